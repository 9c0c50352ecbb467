//! `publish:` of `site.yaml` → the places where the site is published; credentials are never among its keys.

use super::host::hosts;
use super::parse::{base_url, text};
pub use super::server::{Rsync, Sftp};
use super::store::{self, Azure, Gcs, S3};
use super::{BaseUrl, Host, secret, server};
use crate::yaml::{Entry, Node, Reader, listed};
use serde::{Deserialize, Serialize};

/// A place where the site is published.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Its name on the command line.
    pub name: String,
    /// The site's address there; the site's own if none is given.
    pub url: Option<BaseUrl>,
    /// The hosts that it is made ready for; the site's own if none is given.
    pub hosts: Option<Vec<Host>>,
    /// What kind of place it is.
    pub to: To,
}

/// What kind of place, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum To {
    /// Another folder of this machine.
    Folder(Folder),
    /// A branch of a git repository.
    Git(Git),
    /// A folder of releases on a server with ssh and rsync.
    Rsync(Rsync),
    /// A folder on a server that speaks SFTP.
    Sftp(Sftp),
    /// A bucket of Amazon S3, or of a server that speaks its protocol.
    S3(S3),
    /// A bucket of Google Cloud Storage.
    Gcs(Gcs),
    /// A container of Azure Blob Storage.
    Azure(Azure),
}

impl To {
    /// The word that stands behind `to:`.
    pub fn word(&self) -> &'static str {
        match self {
            To::Folder(_) => "folder",
            To::Git(_) => "git",
            To::Rsync(_) => "rsync",
            To::Sftp(_) => "sftp",
            To::S3(_) => "s3",
            To::Gcs(_) => "gcs",
            To::Azure(_) => "azure",
        }
    }

    /// Whether it is an object store, which keeps some headers with each file.
    pub fn is_store(&self) -> bool {
        matches!(self, To::S3(_) | To::Gcs(_) | To::Azure(_))
    }
}

/// Another folder of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Folder {
    /// The folder; from the project's if it is relative.
    pub path: String,
}

/// A branch of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Git {
    /// An address, or the name of a remote of the repository that the project lies in.
    pub remote: String,
    /// The branch.
    pub branch: String,
    /// A folder of the branch, with `/` at its end; empty for its root.
    pub prefix: String,
    /// What becomes of earlier releases.
    pub history: History,
    /// The domain that the file `CNAME` names.
    pub cname: Option<String>,
    /// The first line of the commit's message.
    pub message: Option<String>,
}

/// What becomes of earlier releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum History {
    /// Each is a commit.
    Keep,
    /// The branch has one commit; the one before it is kept under a name of its own.
    Squash,
}

const SHAPE: &str = "\n  production:\n    to: git\n    branch: gh-pages";

/// The keys that every target has.
const COMMON: [&str; 3] = ["to", "url", "host"];

/// What finds a key of a target.
pub(super) type Find<'f, 'e, 'n> = &'f dyn Fn(&str) -> Option<&'e Entry<'n>>;

/// The kinds of targets, and the keys that each has beside the common ones.
const KINDS: [(&str, &[&str]); 7] = [
    ("folder", &["path"]),
    ("git", &["remote", "branch", "prefix", "history", "cname", "message"]),
    ("rsync", &["server", "port", "path", "releases"]),
    ("sftp", &["server", "port", "path", "releases"]),
    ("s3", &store::S3_KEYS),
    ("gcs", &store::GCS_KEYS),
    ("azure", &store::AZURE_KEYS),
];

/// The targets, in the order in which they are written; `site` is the site's own address, if it has one.
pub(super) fn targets(reader: &mut Reader, node: &Node, site: Option<&BaseUrl>) -> Vec<Target> {
    let entries = reader.map("publish", node, SHAPE).unwrap_or_default();
    entries.iter().filter_map(|entry| target(reader, entry, site)).collect()
}

fn target(reader: &mut Reader, entry: &Entry, site: Option<&BaseUrl>) -> Option<Target> {
    if !super::shape::is_id(&entry.key) {
        let message = format!("`{}` cannot be the name of a target", entry.key);
        let help = "write lower-case letters, digits and hyphens: `production:`";
        reader.report(entry.key_span, message, "not a name", help);
    }
    let parts = reader.map(&entry.key, &entry.value, "{to: git, branch: gh-pages}")?;
    let secrets = parts.iter().filter(|part| secret::report(reader, part)).count();
    let find = |key: &str| parts.iter().find(|part| part.key == key);
    let Some(to) = find("to") else {
        let kinds = listed(KINDS.iter().map(|(kind, _)| *kind));
        let message = format!("the target `{}` does not say what it is", entry.key);
        reader.missing(entry.key_span, message, format!("add `to:` with one of {kinds}"));
        return None;
    };
    let choices: Vec<(&str, &[&str])> = KINDS.to_vec();
    let indexed: Vec<(&str, usize)> = choices.iter().enumerate().map(|(at, (kind, _))| (*kind, at)).collect();
    let (kind, keys) = choices[reader.choice("to", &to.value, &indexed)?];
    let known: Vec<&str> = COMMON.iter().chain(keys).copied().collect();
    for part in parts.iter().filter(|part| !known.contains(&&*part.key) && !secret::is_named_like_one(&part.key)) {
        reader.unknown(part, &format!("a target with `to: {kind}`"), &known);
    }
    let url = find("url").and_then(|part| address(reader, part));
    let hosts = find("host").map(|part| hosts(reader, &part.value));
    let to = match kind {
        "folder" => To::Folder(Folder { path: needed(reader, entry, find("path"), "path: /srv/www/help")? }),
        "rsync" => To::Rsync(server::rsync(reader, entry, &find)?),
        "sftp" => To::Sftp(server::sftp(reader, entry, &find)?),
        "s3" => To::S3(store::s3(reader, entry, &find)?),
        "gcs" => To::Gcs(store::gcs(reader, entry, &find)?),
        "azure" => To::Azure(store::azure(reader, entry, &find)?),
        _ => To::Git(git(reader, &find, url.as_ref().or(site))?),
    };
    (secrets == 0).then(|| Target { name: entry.key.to_string(), url, hosts, to })
}

fn git<'e, 'n: 'e>(
    reader: &mut Reader,
    find: &dyn Fn(&str) -> Option<&'e Entry<'n>>,
    url: Option<&BaseUrl>,
) -> Option<Git> {
    let mut read = |key: &str| find(key).map(|part| (text(reader, part), part.value.span));
    let remote = read("remote").map_or(Some("origin".to_owned()), |(found, _)| found)?;
    let branch = read("branch").map_or(Some("gh-pages".to_owned()), |(found, _)| found)?;
    let prefix = read("prefix").and_then(|(found, _)| found).unwrap_or_default();
    let (cname, message) = (read("cname").and_then(|(found, _)| found), read("message").and_then(|(found, _)| found));
    let span = |key: &str| find(key).map(|part| part.value.span).unwrap_or_default();
    if remote.starts_with('-') {
        let message = format!("`{remote}` cannot be a remote");
        reader.report(span("remote"), message, "not a remote", "write a name or an address: `remote: origin`");
        return None;
    }
    if !is_branch(&branch) {
        let message = format!("`{branch}` cannot be the name of a branch");
        reader.report(span("branch"), message, "not a branch", "write its short name: `branch: gh-pages`");
        return None;
    }
    if cname.as_deref().is_some_and(|name| !is_domain(name)) {
        let message = "`cname` is a domain, without scheme and path".to_owned();
        reader.report(span("cname"), message, "not a domain", "write it like `cname: help.example.org`");
        return None;
    }
    let history = match find("history") {
        Some(part) => reader.choice("history", &part.value, &[("keep", History::Keep), ("squash", History::Squash)])?,
        None => History::Keep,
    };
    let prefix = folder(reader, &prefix, span("prefix"))?;
    if let Some(outer) = cname.as_ref().and_then(|_| served(&prefix, url?)) {
        let message = format!("`CNAME` has no effect in `{prefix}`, a folder below the one that the host publishes");
        let at = if outer.is_empty() { "at the branch's root".to_owned() } else { format!("in `{outer}`") };
        let help = format!("leave out `cname`, and put the file `CNAME` {at} by hand, once");
        reader.report(span("cname"), message, "of no effect", help);
        return None;
    }
    Some(Git { remote, branch, prefix, history, cname, message })
}

/// The folder of the branch that a host publishes at the root of its domain, if by the site's address it lies around
/// `prefix`: what of the address is a folder of the branch is below it.
fn served<'p>(prefix: &'p str, url: &BaseUrl) -> Option<&'p str> {
    let below = url.path.trim_matches('/');
    let outer = prefix.trim_end_matches('/').strip_suffix(below).filter(|_| !below.is_empty())?;
    (outer.is_empty() || outer.ends_with('/')).then_some(outer)
}

/// A folder's name, with `/` at its end; empty for none.
pub(super) fn folder(reader: &mut Reader, written: &str, span: crate::diag::Span) -> Option<String> {
    let inner = written.trim_matches('/');
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
    if inner.is_empty() {
        return Some(String::new());
    }
    if !inner.split('/').all(plain) || inner.contains(|c: char| c.is_control() || c == '\\') {
        let message = format!("`{written}` cannot be a folder there");
        reader.report(span, message, "not a folder's name", "write names with `/` between them: `prefix: help`");
        return None;
    }
    Some(format!("{inner}/"))
}

pub(super) fn needed(reader: &mut Reader, target: &Entry, found: Option<&Entry>, example: &str) -> Option<String> {
    match found {
        Some(part) => text(reader, part),
        None => {
            let key = example.split(':').next().unwrap_or_default();
            let message = format!("the target `{}` has no `{key}`", target.key);
            reader.missing(target.key_span, message, format!("add a line: `{example}`"));
            None
        }
    }
}

fn address(reader: &mut Reader, part: &Entry) -> Option<BaseUrl> {
    let written = reader.address("url", &part.value, "https://example.org/help/")?;
    match base_url(written) {
        Ok(base) => Some(base),
        Err(why) => {
            let message = format!("`{written}` cannot be the site's address: {why}");
            let help = "write the full address of the home page there: `url: https://example.org/help/`";
            reader.report(part.value.span, message, "not an address", help);
            None
        }
    }
}

/// Whether git takes the name for a branch (the rules of `git check-ref-format`).
fn is_branch(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    name.split('/').all(part)
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
        && !name.contains(|c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c))
}

fn is_domain(name: &str) -> bool {
    name.contains('.')
        && name.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !part.starts_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::path::SitePath;

    /// The targets of these settings, and what is said of them.
    fn read(publish: &str) -> (Vec<Target>, Vec<String>) {
        let text = format!("title: T\nurl: https://e.org\npublish:\n{publish}\n");
        let (config, notes) = parse(&text, &SitePath::new("site.yaml"));
        let said = notes
            .into_iter()
            .map(|note| format!("{} {} | {}", note.code.id(), note.message, note.help.unwrap_or_default()));
        (config.map(|config| config.publish).unwrap_or_default(), said.collect())
    }

    #[test]
    fn targets_are_read_in_their_order() {
        let (targets, said) = read(concat!(
            "  web: {to: git, remote: 'git@example.org:a/b.git', branch: pages, prefix: /docs/, history: squash,",
            " cname: help.example.org, message: Publish, url: 'https://help.example.org'}\n",
            "  local: {to: folder, path: ../www}",
        ));
        assert_eq!(said, Vec::<String>::new());
        let To::Git(git) = &targets[0].to else { panic!("{targets:?}") };
        assert_eq!(
            (&*git.prefix, git.history, git.cname.as_deref()),
            ("docs/", History::Squash, Some("help.example.org"))
        );
        assert_eq!(targets[0].url.as_ref().map(|url| url.absolute("/")).as_deref(), Some("https://help.example.org/"));
        assert_eq!(
            targets[1],
            Target { name: "local".into(), url: None, hosts: None, to: To::Folder(Folder { path: "../www".into() }) }
        );
    }

    #[test]
    fn what_is_left_out_has_the_usual_value() {
        let (targets, _) = read("  web: {to: git}");
        let To::Git(git) = &targets[0].to else { panic!("{targets:?}") };
        assert_eq!((&*git.remote, &*git.branch, &*git.prefix, git.history), ("origin", "gh-pages", "", History::Keep));
    }

    #[test]
    fn a_domain_belongs_to_what_a_host_publishes() {
        for (prefix, url) in [("docs", "https://e.org/"), ("docs", "https://e.org/x/"), ("my-v2", "https://e.org/v2/")]
        {
            let target = format!("  web: {{to: git, cname: e.org, prefix: {prefix}, url: '{url}'}}");
            assert_eq!(read(&target).1, Vec::<String>::new(), "{target}");
        }
    }

    #[test]
    fn a_server_is_read() {
        let (targets, said) = read("  web: {to: rsync, server: me@e.org, port: 2222, path: '~/www/a b/', releases: 3}");
        assert_eq!(said, Vec::<String>::new());
        let path = "www/a b".to_owned();
        let server = "me@e.org".to_owned();
        let rsync = Rsync { server: server.clone(), port: Some(2222), path: path.clone(), releases: 3 };
        assert_eq!(targets[0].to, To::Rsync(rsync));
        let (targets, said) = read("  web: {to: sftp, server: me@e.org, path: 'www/a b'}");
        assert_eq!(said, Vec::<String>::new());
        assert_eq!(targets[0].to, To::Sftp(Sftp { server, port: None, path, releases: 0 }));
    }

    #[test]
    fn mistakes_are_named() {
        for (target, part) in [
            ("{to: git, brnch: x}", "did you mean `branch`?"),
            ("{to: gti}", "did you mean `git`?"),
            ("{branch: x}", "does not say what it is"),
            ("{to: folder}", "has no `path`"),
            ("{to: git, remote: --upload-pack=x}", "cannot be a remote"),
            ("{to: git, branch: 'a..b'}", "cannot be the name of a branch"),
            ("{to: git, cname: 'https://a.b/'}", "a domain, without scheme"),
            ("{to: git, cname: e.org, prefix: v2, url: 'https://e.org/v2/'}", "`CNAME` at the branch's root by hand"),
            ("{to: git, cname: e.org, prefix: docs/v2, url: 'https://e.org/v2/'}", "`CNAME` in `docs/` by hand"),
            ("{to: git, prefix: ../x}", "cannot be a folder there"),
            ("{to: rsync, path: x}", "has no `server`"),
            ("{to: rsync, server: '-oProxyCommand=x', path: x}", "cannot be a server"),
            ("{to: rsync, server: 'e.org:22', path: x}", "cannot be a server"),
            ("{to: rsync, server: e.org, path: ../x}", "cannot be a folder for a site"),
            ("{to: rsync, server: e.org, path: x, port: 70000}", "a number from 1 to 65535"),
            ("{to: rsync, server: e.org, path: x, releases: 0}", "a number from 1 to 1000"),
            ("{to: rsync, server: e.org, path: x, keep: 3}", "keep"),
            ("{to: sftp, server: e.org}", "has no `path`"),
            ("{to: sftp, server: e.org, path: x, releases: -1}", "a number from 0 to 1000"),
            ("{to: sftp, server: 'e.org:22', path: x}", "cannot be a server"),
            ("{to: folder, path: x, url: e.org}", "cannot be the site's address"),
        ] {
            let (_, said) = read(&format!("  web: {target}"));
            assert!(said.len() == 1 && said[0].contains(part), "{target}: {said:?}");
        }
        assert!(read("  Web Site: {to: git}").1[0].contains("cannot be the name of a target"));
    }
}
