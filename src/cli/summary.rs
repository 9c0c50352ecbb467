//! A finished run → its last lines: what there is, what changed, what was left out, and how long it took.

use super::excerpt::visible;
use super::{json, why};
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
            if everything {
                for (url, reason) in &report.reasons {
                    row(to, "", &format!("{url}: {}", why::because(reason)))?;
                }
                for remark in &report.remarks {
                    row(to, "Cache", remark)?;
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diagnostic, Severity};
    use crate::source::{Known, Sources};
    use std::sync::Arc;

    fn report(skipped: usize, found: &[Severity]) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::read(folder.path(), &Known::empty(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let path = SitePath::new("content/a.md");
        Report {
            diagnostics: found.iter().map(|s| (*s, Diagnostic::new(Code::TextNoAlt, &path, 1..2, "none"))).collect(),
            sources: Arc::new(sources),
            pages: vec![("page", 1), ("account-type page", 3), ("entry", 2)],
            skipped: (0..skipped).map(|n| (SitePath::new(&format!("content/{n}.md")), "draft".to_owned())).collect(),
            rendered: 6,
            kept: 0,
            reasons: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn told(report: &Report, outcome: Outcome, strict: bool, everything: bool) -> String {
        let summary = Summary { outcome, strict, time: Duration::from_millis(1234) };
        let mut text = Vec::new();
        human(&mut text, report, &summary, everything).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(text).unwrap()).to_string()
    }

    #[test]
    fn a_build_ends_with_what_there_is() {
        let written = Written { added: vec!["a".into()], same: 5, ..Written::default() };
        let expected = "\
Built public in 1.23 s
  Pages     1 page, 3 account-type pages, 2 entries
  Files     1 new, 5 unchanged
  Skipped   content/0.md (draft)
            content/1.md (draft)
  Warnings  1
";
        assert_eq!(told(&report(2, &[Severity::Warn]), Outcome::Built("public", &written), false, false), expected);
        let many = report(12, &[]);
        let some = told(&many, Outcome::Built("public", &written), false, false);
        assert!(some.contains("            and 2 more (`--verbose` lists them)\n"), "{some}");
        let all = told(&many, Outcome::Built("public", &written), false, true);
        assert!(all.contains("content/11.md (draft)") && all.contains("6 rendered, 0 kept"), "{all}");
    }

    #[test]
    fn a_refused_site_is_told_why() {
        use Severity::{Error, Warn};
        assert_eq!(
            told(&report(0, &[Error, Error, Warn]), Outcome::Unwritten("public"), false, false),
            "error: the site has 2 errors and 1 warning; nothing was written to public\n"
        );
        assert_eq!(
            told(&report(0, &[Warn, Warn]), Outcome::Checked, true, false),
            "error: the site has 2 warnings; warnings count as errors here (`--strict`)\n"
        );
        assert_eq!(told(&report(0, &[]), Outcome::Checked, true, false), "Checked in 1.23 s, nothing is wrong\n");
        assert_eq!(told(&report(0, &[Warn]), Outcome::Checked, false, false), "Checked in 1.23 s, 1 warning\n");
    }

    #[test]
    fn programs_are_told_in_one_object() {
        let (mut text, written) = (Vec::new(), Written { removed: vec!["a".into()], same: 5, ..Written::default() });
        let summary = Summary { outcome: Outcome::Built("public", &written), strict: true, time: Duration::ZERO };
        json(&mut text, &report(1, &[]), &summary).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            concat!(
                r#"{"summary":"built","errors":0,"warnings":0,"strict":true,"#,
                r#""pages":{"account-type page":3,"entry":2,"page":1},"rendered":6,"kept":0,"#,
                r#""files":{"added":0,"changed":0,"removed":1,"same":5},"#,
                r#""skipped":[{"file":"content/0.md","reason":"draft"}],"seconds":0.0}"#,
                "\n"
            )
        );
    }
}
