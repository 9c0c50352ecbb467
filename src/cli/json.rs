//! Diagnostics → one JSON object a line for other programs; every one of them, and never anything for people.

use super::excerpt::Position;
use super::files::Files;
use crate::diag::{Diagnostic, Place, Severity, Span};
use crate::path::SitePath;
use serde::Serialize;
use std::io::{self, Write};

/// A place; lines and columns count from 1, and are missing if the file cannot be shown.
#[derive(Serialize)]
struct At<'a> {
    file: &'a SitePath,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'static str,
    severity: Severity,
    #[serde(flatten)]
    at: At<'a>,
    message: &'a str,
    label: &'a str,
    help: Option<&'a str>,
    fix: Option<Change<'a>>,
    related: Vec<Related<'a>>,
    variants: &'a [String],
}

#[derive(Serialize)]
struct Change<'a> {
    #[serde(flatten)]
    at: At<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    at: At<'a>,
    message: &'a str,
}

/// Writes every diagnostic to `to`.
pub(super) fn diagnostics(to: &mut dyn Write, found: &[(Severity, Diagnostic)], files: &mut Files) -> io::Result<()> {
    for (severity, diagnostic) in found {
        let line = Line {
            code: diagnostic.code.id(),
            severity: *severity,
            at: at(&diagnostic.place.path, diagnostic.place.span, files),
            message: &diagnostic.message,
            label: &diagnostic.label,
            help: diagnostic.help.as_deref(),
            fix: diagnostic
                .fix
                .as_ref()
                .map(|fix| Change { at: at(&diagnostic.place.path, fix.span, files), text: &fix.text }),
            related: diagnostic
                .related
                .iter()
                .map(|(place, why)| Related { at: at(&place.path, place.span, files), message: why })
                .collect(),
            variants: &diagnostic.variants,
        };
        object(to, &line)?;
    }
    Ok(())
}

/// Writes one object on a line of its own.
pub(super) fn object(to: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}

fn at<'a>(path: &'a SitePath, span: Span, files: &mut Files) -> At<'a> {
    let place = Place { path: path.clone(), span };
    let position = files.lines(&place).map(|lines| lines.position(span));
    let of = |part: fn(&Position) -> usize| position.as_ref().map(part);
    At {
        file: path,
        line: of(|at| at.line),
        column: of(|at| at.column),
        end_line: of(|at| at.end_line),
        end_column: of(|at| at.end_column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;
    use crate::source::{Known, Sources};

    #[test]
    fn a_diagnostic_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("content")).unwrap();
        std::fs::write(folder.path().join("content/a.md"), "ä\nö [x](y)\n").unwrap();
        let sources = Sources::read(folder.path(), &Known::empty(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let (here, gone) = (SitePath::new("content/a.md"), SitePath::new("content/gone.png"));
        let mut diagnostic = Diagnostic::new(Code::LinkMissingPage, &here, 6..12, "no page \u{1b}`y`")
            .fix(10..11, "z")
            .related(&gone, 0..0, "the file");
        diagnostic.variants = vec!["client".into()];
        let mut text = Vec::new();
        diagnostics(&mut text, &[(Severity::Warn, diagnostic)], &mut Files::of(&sources)).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            concat!(
                r#"{"code":"link/missing-page","severity":"warn","file":"content/a.md","#,
                r#""line":2,"column":3,"end_line":2,"end_column":9,"#,
                r#""message":"no page \u001b`y`","label":"","help":null,"#,
                r#""fix":{"file":"content/a.md","line":2,"column":7,"end_line":2,"end_column":8,"text":"z"},"#,
                r#""related":[{"file":"content/gone.png","line":null,"column":null,"end_line":null,"#,
                r#""end_column":null,"message":"the file"}],"variants":["client"]}"#,
                "\n"
            )
        );
    }
}
