//! What a build or a check found → stderr for people, or stdout for programs.

use super::files::Files;
use super::print::{self, Look};
use super::request::{from_here, here};
use super::summary::{self, Summary};
use super::{Exit, failure, json, why};
use crate::diag::Code;
use crate::output::{Difference, Refused};
use crate::project::Report;
use annotate_snippets::Renderer;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How wide a source line may be: no terminal is narrower, and the output is the same on all.
pub(super) const WIDTH: usize = 80;

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Text on stderr
    Human,
    /// One JSON object a line on stdout: a diagnostic each, and at last a summary
    Json,
}

/// How much.
#[derive(clap::Args)]
pub(super) struct Telling {
    /// Whom the output is for
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Human)]
    pub(super) format: Format,
    /// List everything that was skipped, and more
    #[arg(short, long)]
    pub(super) verbose: bool,
}

impl Telling {
    /// Tells all diagnostics of the report and how it ended.
    pub(super) fn report(&self, report: &Report, summary: &Summary) -> anyhow::Result<()> {
        let mut files = Files::of(&report.sources);
        match self.format {
            Format::Human => {
                let renderer = Renderer::styled().term_width(WIDTH);
                let look = Look { renderer, prefix: prefix(report.sources.root())? };
                let mut to = BufWriter::new(anstream::stderr());
                // If stderr is gone, the exit code is all that can still be given.
                let _ = print::diagnostics(&mut to, &report.diagnostics, &mut files, &look)
                    .and_then(|()| summary::human(&mut to, report, summary, self.verbose))
                    .and_then(|()| to.flush());
                Ok(())
            }
            Format::Json => stdout(|to| {
                json::diagnostics(to, &report.diagnostics, &mut files)?;
                summary::json(to, report, summary)
            }),
        }
    }
}

/// Says why an output folder is not used.
pub(super) fn refusal(refused: &Refused, folder: &str, format: Format) -> anyhow::Result<Exit> {
    let (exit, code, message, help) = match refused {
        Refused::Folder { message, help } => {
            (Exit::Call, Some(Code::OutputRefused.id()), message.clone(), help.as_str())
        }
        Refused::Locked => {
            let message = format!("another build is writing to {folder}");
            (Exit::Locked, None, message, "wait until it has ended, and try again")
        }
    };
    if format == Format::Json {
        let word = if exit == Exit::Locked { "locked" } else { "refused" };
        let line = serde_json::json!({"summary": word, "code": code, "message": message, "help": help});
        stdout(|to| json::object(to, &line))?;
    } else {
        failure::say(code, &message, std::iter::empty(), Some(help));
    }
    Ok(exit)
}

/// Says in what a build differs from a clean one.
pub(super) fn difference(difference: &Difference) -> anyhow::Result<Exit> {
    let whose = difference.url.as_ref().map_or_else(|| "what is said of the site".to_owned(), |url| format!("`{url}`"));
    let asked = difference
        .asked
        .iter()
        .map(|(ask, same)| format!("{}{}", why::question(ask), if *same { "" } else { " (answered differently)" }));
    let lines: Vec<String> = asked.collect();
    failure::say(
        None,
        &format!("{whose} is not what a clean build gives: {}", difference.what),
        lines.into_iter(),
        Some("this is a mistake of Guidepost's; delete `.guidepost/` to build afresh, and please report it"),
    );
    Ok(Exit::Differs)
}

/// Writes to stdout. That nobody reads it is no failure: `guidepost … | head` is a fine thing to do.
pub(super) fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut to = BufWriter::new(io::stdout().lock());
    match write(&mut to).and_then(|()| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// What stands before the paths of a site's files, so that they can be opened from here.
pub(super) fn prefix(root: &Path) -> anyhow::Result<String> {
    let mut prefix = from_here(root, &here()?).display().to_string();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    Ok(prefix)
}
