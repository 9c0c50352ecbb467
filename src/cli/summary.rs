//! A finished run → its last lines: what there is, what changed, what was left out, and how long it took.

use super::excerpt::visible;
use super::json;
use crate::output::Written;
use crate::path::SitePath;
use crate::project::Report;
use annotate_snippets::renderer::DEFAULT_ERROR_STYLE as BAD;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

/// How many skipped files are listed, unless all are asked for.
const MOST_SKIPPED: usize = 10;

const GOOD: Style = AnsiColor::Green.on_default().bold();

/// How a run ended.
pub(super) struct Summary<'a> {
    /// What came of it.
    pub(super) outcome: Outcome<'a>,
    /// Whether warnings count as errors.
    pub(super) strict: bool,
    /// How long it took.
    pub(super) time: Duration,
}

/// What came of a run.
pub(super) enum Outcome<'a> {
    /// The site is in this folder.
    Built(&'a str, &'a Written),
    /// The site has errors, so this folder is as it was.
    Unwritten(&'a str),
    /// The site was only looked at.
    Checked,
}

/// Whether a site with these findings is refused.
pub(super) fn is_bad(report: &Report, strict: bool) -> bool {
    report.errors() > 0 || strict && report.warnings() > 0
}

/// Writes the summary for people; `everything` lists all that was skipped.
pub(super) fn human(to: &mut dyn Write, report: &Report, summary: &Summary, everything: bool) -> io::Result<()> {
    let time = format!("in {:.2} s", summary.time.as_secs_f64());
    match &summary.outcome {
        Outcome::Unwritten(folder) => {
            writeln!(to, "{}; nothing was written to {}", verdict(report, summary.strict), visible(folder))
        }
        Outcome::Checked if is_bad(report, summary.strict) => writeln!(to, "{}", verdict(report, summary.strict)),
        Outcome::Checked => {
            writeln!(to, "{GOOD}Checked{GOOD:#} {time}, {}", found(report).unwrap_or("nothing is wrong".to_owned()))
        }
        Outcome::Built(folder, written) => {
            writeln!(to, "{GOOD}Built{GOOD:#} {} {time}", visible(folder))?;
            let pages = report.pages.iter().map(|(kind, count)| counted(*count, kind)).collect::<Vec<_>>();
            row(to, "Pages", &pages.join(", "))?;
            row(to, "Files", &changes(written))?;
            if report.kept > 0 || everything {
                row(to, "Outputs", &format!("{} rendered, {} kept", report.rendered, report.kept))?;
            }
            skipped(to, &report.skipped, if everything { usize::MAX } else { MOST_SKIPPED })?;
            row(to, "Warnings", &report.warnings().to_string())
        }
    }
}

/// Writes the summary as a JSON object.
pub(super) fn json(to: &mut dyn Write, report: &Report, summary: &Summary) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        summary: &'static str,
        errors: usize,
        warnings: usize,
        strict: bool,
        pages: BTreeMap<&'static str, usize>,
        rendered: usize,
        kept: usize,
        files: Option<Files>,
        skipped: Vec<Skipped<'a>>,
        seconds: f64,
    }
    #[derive(Serialize)]
    struct Files {
        added: usize,
        changed: usize,
        removed: usize,
        same: usize,
    }
    #[derive(Serialize)]
    struct Skipped<'a> {
        file: &'a SitePath,
        reason: &'a str,
    }
    let (word, files) = match &summary.outcome {
        Outcome::Built(_, written) => {
            let (added, changed, removed) = (written.added.len(), written.changed.len(), written.removed.len());
            ("built", Some(Files { added, changed, removed, same: written.same }))
        }
        Outcome::Checked if !is_bad(report, summary.strict) => ("checked", None),
        Outcome::Checked | Outcome::Unwritten(_) => ("failed", None),
    };
    let line = Line {
        summary: word,
        errors: report.errors(),
        warnings: report.warnings(),
        strict: summary.strict,
        pages: report.pages.iter().copied().collect(),
        rendered: report.rendered,
        kept: report.kept,
        files,
        skipped: report.skipped.iter().map(|(file, reason)| Skipped { file, reason }).collect(),
        seconds: (summary.time.as_secs_f64() * 1000.0).round() / 1000.0,
    };
    json::object(to, &line)
}

/// Why a site is refused.
fn verdict(report: &Report, strict: bool) -> String {
    let found = found(report).unwrap_or_default();
    let why = if strict && report.warnings() > 0 { "; warnings count as errors here (`--strict`)" } else { "" };
    format!("{BAD}error{BAD:#}: the site has {found}{why}")
}

/// How many errors and warnings there are; `None` without any.
fn found(report: &Report) -> Option<String> {
    let counts = [(report.errors(), "error"), (report.warnings(), "warning")];
    let words: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| counted(*n, word)).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}

fn changes(written: &Written) -> String {
    let Written { added, changed, removed, same } = written;
    let counts = [(added.len(), "new"), (changed.len(), "changed"), (removed.len(), "removed"), (*same, "unchanged")];
    let words: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn skipped(to: &mut dyn Write, skipped: &[(SitePath, String)], most: usize) -> io::Result<()> {
    for (index, (path, why)) in skipped.iter().take(most).enumerate() {
        let name = if index == 0 { "Skipped" } else { "" };
        row(to, name, &format!("{path} ({why})"))?;
    }
    match skipped.len().checked_sub(most) {
        Some(more) if more > 0 => row(to, "", &format!("and {more} more (`--verbose` lists them)")),
        _ => Ok(()),
    }
}

fn row(to: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(to, "  {name:<8}  {}", visible(text))
}

/// `1 page`, `2 pages`.
fn counted(count: usize, word: &str) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => format!("1 {word}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {word}s"),
    }
}
