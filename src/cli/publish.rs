//! `guidepost publish`: the site → the place where readers find it, after a plan that somebody has seen or agreed to.

use super::failure::{self, Wrong};
use super::request::{self, What as Site, here};
use super::summary::{Outcome, Summary};
use super::tell::{self, Format, Telling};
use super::{Exit, json, plan, progress};
use crate::check::check;
use crate::diag::Code;
use crate::output::Refused;
use crate::output::build::Built;
use crate::publish::objects::Fault;
use crate::publish::plan::Put;
use crate::publish::prepare::{self, Asked, Choice, Chosen, Prepared, Ready, choose, follow, prepare};
use crate::publish::run::TakeOver;
use crate::publish::whole::RolledBack;
use crate::publish::{Allow, Applied, Plan, Refusal, policy};
use clap::ArgAction;
use clap::builder::UnknownArgumentValueParser;
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The target, as `publish` in `site.yaml` names it [default: the only one]
    target: Option<String>,
    #[command(flatten)]
    site: Site,
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "yes")]
    plan: bool,
    /// What other programs call `--plan`
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = UnknownArgumentValueParser::suggest_arg("--plan"))]
    dry_run: String,
    /// Publish without asking
    #[arg(long)]
    yes: bool,
    /// With `--plan`, write the plan to a file; with `--yes`, follow exactly the plan in the file
    #[arg(long, value_name = "FILE")]
    plan_file: Option<PathBuf>,
    /// Put the release before the present one in its place; for targets that keep it
    #[arg(long, conflicts_with_all = ["plan", "plan_file"])]
    rollback: bool,
    /// Take warnings for errors: with any, nothing is published
    #[arg(long)]
    strict: bool,
    /// Upload every file, not only what has changed since the last time: if somebody else changed files there
    #[arg(long, conflicts_with = "rollback")]
    all: bool,
    /// Go on even if another run may still be publishing
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    overruled: Overruled,
    #[command(flatten)]
    telling: Telling,
}

/// Policies that may be overruled.
#[derive(clap::Args)]
#[command(next_help_heading = "Policies")]
struct Overruled {
    /// Delete more files than a change usually does
    #[arg(long)]
    allow_deletions: bool,
    /// Publish although more than half of the pages would be gone
    #[arg(long)]
    allow_fewer_pages: bool,
    /// Let addresses go without leading them elsewhere
    #[arg(long)]
    allow_lost_addresses: bool,
    /// Publish with an address of this machine, for a trial
    #[arg(long)]
    allow_loopback: bool,
}

const EXAMPLES: &str = "\
The site is built afresh and verified, compared with the list of what was published last, and only what has changed is \
uploaded: files that Guidepost did not put there are never changed or deleted. On a terminal the \
plan is shown first; elsewhere `--yes` is needed.

A target in `site.yaml` is a folder, a branch, a server with rsync, or a bucket (s3, gcs, azure):
  publish:
    production: {to: git, branch: gh-pages}
    mirror: {to: s3, bucket: help-example-org, region: eu-central-1}

Examples:
  guidepost publish --plan
  guidepost publish production
  guidepost publish production --yes
  guidepost publish --plan --plan-file plan.json    for somebody to read
  guidepost publish --yes --plan-file plan.json     does exactly that, or nothing
  guidepost publish production --rollback           takes the last release back

Targets in `site.yaml`:
  publish:
    pages: {to: git, branch: gh-pages}
    own-server: {to: rsync, server: deploy@example.org, path: /srv/www/help}
    web-space: {to: sftp, server: you@example.org, path: public_html/help}
    disk: {to: folder, path: /mnt/www/help}";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let Arguments { target, site, yes, strict, telling, .. } = arguments;
    let reviewed = match &arguments.plan_file {
        Some(file) if !arguments.plan => Some(prepare::read_plan(&here()?.join(file))?),
        _ => None,
    };
    let asked = Asked {
        request: site.request()?,
        name: target.clone(),
        allow: arguments.overruled.allow(),
        home: request::home(),
        strict: *strict,
        put: if arguments.all { Put::All } else { Put::Changes },
    };
    let chosen = match choice(&asked, telling, &start)? {
        Ok(chosen) => chosen,
        Err(exit) => return Ok(exit),
    };
    let goes_on = *yes || arguments.plan || io::stdin().is_terminal() && io::stderr().is_terminal();
    if !goes_on {
        let help = "look at the plan with `--plan`, and publish with `--yes`";
        return Err(Wrong::new("nobody can be asked here whether to publish", help).into());
    }
    if arguments.rollback {
        return rolled_back(arguments, &chosen);
    }
    let ready = match progress::watched(|listen| prepare(&asked, &chosen, listen))? {
        Prepared::Ready(ready) => ready,
        Prepared::Refused(_, refusals) => return refused(&refusals, telling.format),
        Prepared::Unbuilt(built) => return unbuilt(&built, arguments, &start),
    };
    show(&ready.plan, telling)?;
    if let Some(reviewed) = reviewed.filter(|reviewed| *reviewed != ready.plan) {
        return refused(&[policy::stale(&reviewed, &ready.plan)], telling.format);
    }
    if let Some(file) = arguments.plan_file.as_ref().filter(|_| arguments.plan) {
        prepare::write_plan(&ready.plan, &here()?.join(file))?;
    }
    if !ready.refusals.is_empty() {
        return refused(&ready.refusals, telling.format);
    }
    if arguments.plan || ready.plan.is_empty() || !*yes && !agreed("Publish?", telling.format)? {
        return Ok(Exit::Fine);
    }
    applied(arguments, &chosen, &ready, &start)
}

impl Overruled {
    fn allow(&self) -> Allow {
        let flags = [
            (self.allow_deletions, Code::PublishDeletions),
            (self.allow_fewer_pages, Code::PublishFewer),
            (self.allow_lost_addresses, Code::PublishLost),
            (self.allow_loopback, Code::PublishLoopback),
        ];
        Allow(flags.into_iter().filter(|(given, _)| *given).map(|(_, code)| code).collect())
    }
}

fn choice(asked: &Asked, telling: &Telling, start: &Instant) -> anyhow::Result<Result<Box<Chosen>, Exit>> {
    let listed = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let wrong = match choose(asked)? {
        Choice::Chosen(chosen) => return Ok(Ok(chosen)),
        Choice::Refused(Refused::Folder { message, .. }) => {
            let help = "name a new or an empty folder as the target's `path` in `site.yaml`".to_owned();
            return tell::refusal(&Refused::Folder { message, help }, "", telling.format).map(Err);
        }
        Choice::Refused(refused) => return tell::refusal(&refused, "", telling.format).map(Err),
        // They are told as a check tells them.
        Choice::Broken => {
            let report = progress::watched(|listen| check(&asked.request, listen))?;
            let (outcome, strict) = (Outcome::Unwritten("the target"), asked.strict);
            telling.report(&report, &Summary { outcome, strict, time: start.elapsed() })?;
            return Ok(Err(Exit::Site));
        }
        Choice::Unknown(names) if names.is_empty() => Wrong::new(
            "`site.yaml` does not say where the site is published",
            "add a target:\npublish:\n  production:\n    to: git\n    branch: gh-pages",
        ),
        Choice::Unknown(names) => {
            let name = asked.name.as_deref().unwrap_or_default();
            let near = crate::diag::nearest(name, names.iter().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the targets are {}", listed(&names)),
            };
            Wrong::new(format!("there is no target `{name}` under `publish` in `site.yaml`"), help)
        }
        Choice::Several(names) => Wrong::new(
            "`site.yaml` has several targets, and none is named",
            format!("name one, such as `guidepost publish {}`; the targets are {}", names[0], listed(&names)),
        ),
    };
    Err(wrong.into())
}

fn unbuilt(built: &Built, arguments: &Arguments, start: &Instant) -> anyhow::Result<Exit> {
    let telling = &arguments.telling;
    match built {
        Built::Differs(difference) => tell::difference(difference),
        Built::Refused(refused) => tell::refusal(refused, "the folder for this target", telling.format),
        Built::Failed { report } | Built::Done { report, .. } => {
            let outcome = Outcome::Unwritten("the target");
            telling.report(report, &Summary { outcome, strict: arguments.strict, time: start.elapsed() })?;
            Ok(Exit::Site)
        }
    }
}

/// Shows the plan: on stdout, for it is what was asked for.
fn show(plan: &Plan, telling: &Telling) -> anyhow::Result<()> {
    match telling.format {
        Format::Human => {
            let mut text = Vec::new();
            plan::human(&mut text, plan, telling.verbose)?;
            tell::stdout(|_| anstream::stdout().write_all(&text))
        }
        Format::Json => {
            #[derive(Serialize)]
            struct Line<'p> {
                plan: &'p Plan,
            }
            tell::stdout(|to| json::object(to, &Line { plan }))
        }
    }
}

/// Asks whether to go on; says what comes of a no.
fn agreed(question: &str, format: Format) -> anyhow::Result<bool> {
    // If stderr is gone, nobody is there to be asked, and stdin will say so.
    let _ = write!(anstream::stderr(), "{} [y/N] ", super::excerpt::visible(question));
    let mut answer = String::new();
    let was_answered = io::stdin().lock().read_line(&mut answer)? > 0;
    let agrees = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !agrees && format == Format::Json {
        tell::stdout(|to| json::object(to, &serde_json::json!({"summary": "declined"})))?;
    } else if !agrees {
        // The end of the input leaves the cursor behind the question.
        let line = if was_answered { "" } else { "\n" };
        let _ = writeln!(anstream::stderr(), "{line}Nothing was changed");
    }
    Ok(agrees)
}

fn refused(refusals: &[Refusal], format: Format) -> anyhow::Result<Exit> {
    for refusal in refusals {
        let Refusal { code, message, names, help } = refusal;
        match format {
            Format::Human => {
                failure::note(Some(code.id()), message, names, help);
            }
            Format::Json => {
                let line = serde_json::json!({
                    "summary": "refused", "code": code.id(), "message": message, "names": names, "help": help,
                });
                tell::stdout(|to| json::object(to, &line))?;
            }
        }
    }
    Ok(Exit::Refused)
}

fn applied(arguments: &Arguments, chosen: &Chosen, ready: &Ready, start: &Instant) -> anyhow::Result<Exit> {
    let take_over = if arguments.take_over { TakeOver::Always } else { TakeOver::IfDead };
    let place = &ready.plan.target.place;
    let when = request::moment()?;
    let format = arguments.telling.format;
    let applied = progress::published(|listen| follow(chosen, ready, take_over, when, listen));
    let (exit, code, message, cause, help) = match applied.map_err(anyhow::Error::new)? {
        Applied::Done => {
            done(ready, format, start)?;
            return Ok(Exit::Fine);
        }
        Applied::Overtaken => return refused(&[policy::overtaken(place)], format),
        Applied::Foreign(key) => return refused(&[policy::foreign(place, vec![key])], format),
        Applied::Busy(silent) => {
            let message = format!("another run is publishing to {place} ({})", ago(silent));
            let help = "wait until it has ended, and try again; if it is dead, `--take-over`".to_owned();
            (Exit::Locked, Some(Code::PublishBusy.id()), message, None, help)
        }
        Applied::Incomplete { what, fault, done } => {
            let total = ready.plan.changes.len();
            let message =
                format!("publishing to {place} was cut short at `{what}`: {done} of {total} changes are made");
            let help = match fault.help() {
                Some(help) => format!("{help}; then run the command again: it goes on from there"),
                None => "run the command again: it goes on from there".to_owned(),
            };
            (Exit::Incomplete, None, message, Some(fault), help)
        }
    };
    report(format, exit, code, &message, cause.as_ref(), &help)?;
    Ok(exit)
}

fn rolled_back(arguments: &Arguments, chosen: &Chosen) -> anyhow::Result<Exit> {
    let place = chosen.target.place();
    let format = arguments.telling.format;
    if !arguments.yes && !agreed(&format!("Put the release before the present one in its place at {place}?"), format)? {
        return Ok(Exit::Fine);
    }
    let none = |help: &str| Wrong::new(format!("there is no earlier release to go back to at {place}"), help).into();
    match prepare::roll_back(chosen, request::moment()?) {
        Ok(None) => Err(none("this kind of target keeps none; publish an earlier state of the sources instead")),
        Ok(Some(RolledBack::NoEarlier)) => Err(none("the present one is the first that Guidepost put there")),
        Ok(Some(RolledBack::To(release))) => {
            if format == Format::Json {
                let line = serde_json::json!({"summary": "rolled back", "place": place, "release": release});
                tell::stdout(|to| json::object(to, &line))?;
            } else {
                // If stderr is gone, the exit code is all that can still be given.
                let _ = writeln!(anstream::stderr(), "Rolled back {} to {release}", super::excerpt::visible(&place));
            }
            Ok(Exit::Fine)
        }
        Err(Fault::Conflict) => refused(&[policy::overtaken(&place)], format),
        Err(Fault::Occupied(key)) => refused(&[policy::foreign(&place, vec![key])], format),
        Err(fault) => Err(anyhow::Error::new(fault).context(format!("cannot roll back {place}"))),
    }
}

fn report(
    format: Format,
    exit: Exit,
    code: Option<&str>,
    message: &str,
    cause: Option<&Fault>,
    help: &str,
) -> anyhow::Result<()> {
    if format == Format::Json {
        let word = if exit == Exit::Locked { "locked" } else { "incomplete" };
        let cause = cause.map(ToString::to_string);
        let line = serde_json::json!({"summary": word, "code": code, "message": message, "cause": cause, "help": help});
        return tell::stdout(|to| json::object(to, &line));
    }
    failure::say(code, message, cause.map(ToString::to_string).into_iter(), Some(help));
    Ok(())
}

fn done(ready: &Ready, format: Format, start: &Instant) -> anyhow::Result<()> {
    let seconds = start.elapsed().as_secs_f64();
    let Plan { target, changes, unchanged, release, .. } = &ready.plan;
    if format == Format::Json {
        let line = serde_json::json!({
            "summary": "published", "target": target.name, "place": target.place, "url": target.url,
            "release": release.to_string(), "changes": changes.len(), "unchanged": unchanged, "seconds": seconds,
        });
        return tell::stdout(|to| json::object(to, &line));
    }
    // If stderr is gone, the exit code is all that can still be given.
    let _ = writeln!(anstream::stderr(), "Published {} in {seconds:.2} s", super::excerpt::visible(&target.url));
    Ok(())
}

fn ago(seconds: i64) -> String {
    match seconds {
        0..60 => "it was heard of less than a minute ago".to_owned(),
        _ => format!("it was heard of {} minutes ago", seconds / 60),
    }
}
