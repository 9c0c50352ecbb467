//! `guidepost check`: the site → what is wrong with it; writes nothing.

use super::request::{Hosts, What};
use super::summary::{self, Outcome, Summary};
use super::tell::Telling;
use super::{Exit, progress};
use crate::check::check;
use crate::project::Request;
use std::time::Instant;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    hosts: Hosts,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    telling: Telling,
}

const EXAMPLES: &str = "\
Every page is rendered, so that nothing is found later by `build` that was not found here.

Examples:
  guidepost check --strict
  guidepost check --root help --as-of 2027-01-31
  guidepost check --format json | jq -r .message";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let request = Request { hosts: arguments.hosts.named(), ..arguments.what.request()? };
    let report = progress::watched(|listen| check(&request, listen))?;
    let strict = arguments.strict;
    arguments.telling.report(&report, &Summary { outcome: Outcome::Checked, strict, time: start.elapsed() })?;
    Ok(if summary::is_bad(&report, strict) { Exit::Site } else { Exit::Fine })
}
