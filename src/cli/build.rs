//! `guidepost build`: the site → a folder, and a summary of what became of it.

use super::excerpt::visible;
use super::request::{self, Hosts, What, from_here, here};
use super::summary::{Outcome, Summary};
use super::tell::{self, Telling};
use super::{Exit, progress};
use crate::output::build::{Built, Keep, Out, Proof, Times, build};
use crate::output::{Durable, Refused, Wait};
use crate::project::Request;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    hosts: Hosts,
    /// The folder to write to [default: `public` in the site's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Take warnings for errors: with any, nothing is written
    #[arg(long)]
    strict: bool,
    /// End at once if another build is writing to the same folder
    #[arg(long)]
    no_wait: bool,
    /// Return only when every file is safe from a power cut
    #[arg(long)]
    durable: bool,
    /// Render everything besides, and compare: exit code 3 if anything differs
    #[arg(long)]
    verify: bool,
    /// Hash every source, whatever its time says
    #[arg(long)]
    no_mtime: bool,
    #[command(flatten)]
    telling: Telling,
}

const EXAMPLES: &str = "\
A site with errors is not written: the folder keeps what the last good build put there. Files \
that Guidepost did not write are never changed or removed.

A build renders only what has changed since the last one into the same folder; `--verbose` lists \
it, with the reason. `guidepost why` tells more.

Examples:
  guidepost build
  guidepost build --verify
  guidepost build --strict --out /srv/www/help --for nginx
  guidepost build --drafts --base-url http://localhost:8000/
  guidepost build --format json > findings.jsonl";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let Arguments { what, hosts, out, strict, no_wait, durable, verify, no_mtime, telling } = arguments;
    let request = Request { hosts: hosts.named(), ..what.request()? };
    let mut target = Out {
        folder: request::out(out.as_deref())?,
        home: request::home(),
        wait: Wait::No,
        durable: if *durable { Durable::Yes } else { Durable::No },
        strict: *strict,
        times: if *no_mtime { Times::Ignored } else { Times::Trusted },
        proof: if *verify { Proof::Full } else { Proof::None },
        keep: Keep::Ledger,
    };
    let folder = shown(out.as_deref(), &request.root, &target.folder)?;
    let mut built = once(&request, &target)?;
    if matches!(built, Built::Refused(Refused::Locked)) && !no_wait {
        // If stderr is gone, nobody wonders why it takes so long.
        let _ = writeln!(anstream::stderr(), "waiting for another build of {} to end", visible(&folder));
        target.wait = Wait::Yes;
        built = once(&request, &target)?;
    }
    let (report, outcome) = match &built {
        Built::Done { report, written, .. } => (report, Outcome::Built(&folder, written)),
        Built::Failed { report } => (report, Outcome::Unwritten(&folder)),
        Built::Differs(difference) => return tell::difference(difference),
        Built::Refused(refused) => return tell::refusal(refused, &folder, telling.format),
    };
    telling.report(report, &Summary { outcome, strict: *strict, time: start.elapsed() })?;
    let exit = if matches!(built, Built::Done { .. }) { Exit::Fine } else { Exit::Site };
    // A large site takes its time to be taken apart, and the program ends here anyway.
    std::mem::forget(built);
    Ok(exit)
}

fn once(request: &Request, out: &Out) -> anyhow::Result<Built> {
    progress::watched(|listen| build(request, out, listen))
}

/// The output folder as somebody here would write it.
fn shown(typed: Option<&Path>, root: &Path, folder: &Path) -> anyhow::Result<String> {
    let path = match typed {
        Some(typed) => typed.to_owned(),
        None => from_here(root, &here()?).join(folder),
    };
    Ok(path.display().to_string())
}
