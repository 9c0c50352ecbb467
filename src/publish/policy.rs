//! A plan and what it was made of → the reasons not to follow it; nothing is tried to find out.

use super::plan::{Plan, What};
use super::sketch::Lost;
use crate::config::BaseUrl;
use crate::diag::{Code, Severity};
use crate::project::{Report, Request};
use crate::site::Drafts;

/// A reason not to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which policy.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The names that it is about.
    pub names: Vec<String>,
    /// What to do.
    pub help: String,
}

/// Policies that somebody has overruled for one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow(pub Vec<Code>);

impl Allow {
    fn has(&self, code: Code) -> bool {
        self.0.contains(&code)
    }
}

/// So many of our objects may always be deleted.
const DELETIONS: usize = 20;

/// And so much of all of them, in percent.
const SHARE: usize = 5;

/// How many names a message lists.
const MOST_NAMED: usize = 10;

/// The reasons that lie in what is asked for: they are known before anything is built.
pub fn of_request(request: &Request, url: &BaseUrl, own: &BaseUrl, allow: &Allow) -> Vec<Refusal> {
    let mut found = Vec::new();
    if request.drafts == Drafts::Shown {
        found.push(Refusal {
            code: Code::PublishDrafts,
            message: "drafts are not published".to_owned(),
            names: Vec::new(),
            help: "leave `--drafts` out; take `draft: true` out of a page that is ready".to_owned(),
        });
    }
    if url != own {
        found.push(Refusal {
            code: Code::PublishAddress,
            message: format!(
                "the site would be built for {}, but there it is {}",
                url.absolute("/"),
                own.absolute("/")
            ),
            names: Vec::new(),
            help: "leave `--base-url` out, or correct `url` of this target in `site.yaml`".to_owned(),
        });
    }
    if is_loopback(&url.origin) && !allow.has(Code::PublishLoopback) {
        found.push(Refusal {
            code: Code::PublishLoopback,
            message: format!("{} is an address of the reader's own machine", url.absolute("/")),
            names: Vec::new(),
            help: "write the site's public address as `url` in `site.yaml`; for a trial on this machine, \
                   `--allow-loopback`"
                .to_owned(),
        });
    }
    found
}

/// The reasons that lie in the site as it was built.
pub fn of_report(report: &Report) -> Vec<Refusal> {
    let broken = |code: Code| {
        matches!(
            code,
            Code::LinkMissingPage
                | Code::LinkMissingAnchor
                | Code::LinkMissingOption
                | Code::LinkToSnippet
                | Code::LinkToDraft
                | Code::ImageMissing
        )
    };
    let found = report.diagnostics.iter().filter(|(severity, _)| *severity == Severity::Warn);
    let broken: Vec<String> = found
        .filter(|(_, note)| broken(note.code))
        .map(|(_, note)| format!("{}: {}", note.place.path, note.message))
        .collect();
    if broken.is_empty() {
        return Vec::new();
    }
    vec![Refusal {
        code: Code::PublishBroken,
        message: format!("{} of the site's links and images lead nowhere", broken.len()),
        names: some(broken),
        help: "mend them; under `lint:` they are only warnings, but readers run into them all the same".to_owned(),
    }]
}

/// The reasons that lie in the plan.
pub fn of_plan(plan: &Plan, allow: &Allow) -> Vec<Refusal> {
    let mut found = Vec::new();
    let deleted: Vec<String> = plan.of(What::Deleted).map(|change| change.key.clone()).collect();
    let ours = plan.unchanged + plan.changes.len() - plan.of(What::Added).count();
    let most = DELETIONS.max(ours * SHARE / 100);
    if deleted.len() > most && !allow.has(Code::PublishDeletions) {
        found.push(Refusal {
            code: Code::PublishDeletions,
            message: format!("{} of the {ours} files there would be deleted, and {most} is the limit", deleted.len()),
            names: some(deleted),
            help: "see whether this is the right site and the right target; if so, `--allow-deletions`".to_owned(),
        });
    }
    let gone = plan.lost.iter().filter(|lost| lost.title.is_some()).count();
    if gone * 2 > plan.pages.0 && !allow.has(Code::PublishFewer) {
        found.push(Refusal {
            code: Code::PublishFewer,
            message: format!("{gone} of the {} pages there would be gone", plan.pages.0),
            names: Vec::new(),
            help: "see whether this is the right site and the right target; if so, `--allow-fewer-pages`".to_owned(),
        });
    }
    if !plan.lost.is_empty() && !allow.has(Code::PublishLost) {
        let count = plan.lost.len();
        let addresses = if count == 1 { "address that readers may know" } else { "addresses that readers may know" };
        found.push(Refusal {
            code: Code::PublishLost,
            message: format!("{count} {addresses} would be gone, and lead nowhere else"),
            names: some(plan.lost.iter().map(described).collect()),
            help: help_for(&plan.lost),
        });
    }
    found
}

/// The reason that lies in what others have put where our files belong.
pub fn foreign(place: &str, keys: Vec<String>) -> Refusal {
    let what = match keys.as_slice() {
        [key] => format!("`{key}` is at {place} already, and Guidepost did not put it there"),
        _ => {
            format!("{} of the site's names are taken at {place} by files that Guidepost did not put there", keys.len())
        }
    };
    Refusal {
        code: Code::PublishForeign,
        message: what,
        names: if keys.len() > 1 { some(keys) } else { Vec::new() },
        help: "move or delete what is there yourself, or publish somewhere else (another `prefix`, folder or branch)"
            .to_owned(),
    }
}

/// The reason that lies in a plan that was reviewed, but does not fit any more.
pub fn stale(reviewed: &Plan, now: &Plan) -> Refusal {
    let what = if reviewed.target != now.target {
        "it was made for another target".to_owned()
    } else if reviewed.release != now.release {
        "the site has changed since".to_owned()
    } else {
        "what is on the target has changed since".to_owned()
    };
    Refusal {
        code: Code::PublishStale,
        message: format!("the plan cannot be followed: {what}"),
        names: Vec::new(),
        help: "make a new plan with `--plan --plan-file FILE`, and have it reviewed".to_owned(),
    }
}

/// The reason if somebody published between plan and beginning.
pub fn overtaken(place: &str) -> Refusal {
    Refusal {
        code: Code::PublishStale,
        message: format!("somebody else has published to {place} since the plan was made; nothing was changed"),
        names: Vec::new(),
        help: "run the command again: it makes a new plan".to_owned(),
    }
}

fn described(lost: &Lost) -> String {
    match &lost.now {
        Some(now) => format!("{} (now {}?)", lost.url, now.url),
        None => lost.url.clone(),
    }
}

fn help_for(lost: &[Lost]) -> String {
    let moved = lost.iter().find_map(|lost| Some((lost, lost.now.as_ref()?)));
    let redirect = match moved {
        Some((lost, now)) if let Some(source) = &now.source => {
            format!("let the old address lead to the new one: `aliases: [{}]` in {source}", lost.url)
        }
        Some((lost, now)) => format!("let it lead there: `redirects: {{{}: {}}}` in site.yaml", lost.url, now.url),
        None => format!("let each lead somewhere: `redirects: {{{}: /}}` in site.yaml", lost[0].url),
    };
    format!("{redirect}; if they may go, `--allow-lost-addresses`")
}

fn some(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names
}

fn is_loopback(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_own_machine_is_known_by_all_its_names() {
        for origin in
            ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "http://0.0.0.0", "http://a.localhost"]
        {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in ["https://example.org", "https://localhost.example.org", "https://[2001:db8::1]"] {
            assert!(!is_loopback(origin), "{origin}");
        }
    }
}
