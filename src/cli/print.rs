//! Diagnostics → text for people, each with its source line and a caret; never more of them than somebody can read.

use super::excerpt::{Excerpt, Position, visible};
use super::files::{Files, is_whole};
use crate::diag::{Code, Diagnostic, Place, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use std::io::{self, Write};

/// How many diagnostics are printed in full.
const MOST: usize = 200;

/// How many places that belong to a diagnostic are shown with it.
const MOST_RELATED: usize = 4;

/// A fix of more characters than this is left to the help line.
const LONGEST_FIX: usize = 300;

/// How diagnostics are to look.
pub(super) struct Look {
    /// Puts carets under lines, and colours them or not.
    pub(super) renderer: Renderer,
    /// What stands before the path of every file, so that it can be found from where the program was called.
    pub(super) prefix: String,
}

/// Writes the diagnostics to `to`: all that weigh most first, as far as the number goes, but in the order of `found`.
pub(super) fn diagnostics(
    to: &mut dyn Write,
    found: &[(Severity, Diagnostic)],
    files: &mut Files,
    look: &Look,
) -> io::Result<()> {
    let errors = found.iter().filter(|(severity, _)| *severity == Severity::Error).count();
    let (mut room_for_errors, mut room_for_others) = (MOST, MOST.saturating_sub(errors));
    for (severity, diagnostic) in found {
        let room = if *severity == Severity::Error { &mut room_for_errors } else { &mut room_for_others };
        if *room > 0 {
            *room -= 1;
            writeln!(to, "{}\n", render(*severity, diagnostic, files, look))?;
        }
    }
    if let Some(more) = found.len().checked_sub(MOST).filter(|more| *more > 0) {
        writeln!(to, "and {more} more; `guidepost check --format json` lists them all\n")?;
    }
    Ok(())
}

/// One diagnostic as text, without a line end behind it.
fn render(severity: Severity, diagnostic: &Diagnostic, files: &mut Files, look: &Look) -> String {
    let level = if severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(visible(&diagnostic.message)).id(diagnostic.code.id());
    let main = Group::with_title(title);
    let mut main = match diagnostic.code {
        // Its line must not be shown.
        Code::ConfigSecret => named(main, &diagnostic.place, files, look),
        _ => located(main, &diagnostic.place, &diagnostic.label, files, look),
    };
    if !diagnostic.variants.is_empty() {
        let ids = diagnostic.variants.join(", ");
        main = main.element(Level::NOTE.with_name("for").message(visible(&ids).into_owned()));
    }
    if files.is_theme(&diagnostic.place.path) {
        main = main.element(Level::NOTE.message("this file is part of the built-in theme"));
    }
    let mut groups = Vec::new();
    for (place, why) in diagnostic.related.iter().take(MOST_RELATED) {
        let group = Group::with_title(Level::NOTE.secondary_title(visible(why)));
        groups.push(located(group, place, "", files, look));
    }
    let unseen = diagnostic.related.len().saturating_sub(MOST_RELATED);
    if unseen > 0 {
        groups.push(Group::with_title(Level::NOTE.secondary_title(format!("and {unseen} more places"))));
    }
    match (patch(diagnostic, files), &diagnostic.help) {
        (Some((snippet, does)), help) => {
            // What is behind the first line of a help text is what the patch shows.
            let first = help.as_deref().and_then(|help| help.lines().next()).unwrap_or(does);
            groups.push(Group::with_title(Level::HELP.secondary_title(visible(first))).element(snippet));
        }
        (None, Some(help)) => main = main.element(Level::HELP.message(visible(help))),
        (None, None) => {}
    }
    groups.insert(0, main);
    look.renderer.render(&groups)
}

/// The group with the place in it, by path, line and column.
fn named<'a>(group: Group<'a>, place: &Place, files: &mut Files, look: &Look) -> Group<'a> {
    let origin = Origin::path(visible(&format!("{}{}", look.prefix, place.path)).into_owned());
    let Some(lines) = files.lines(place) else { return group.element(origin) };
    let Position { line, column, .. } = lines.position(place.span);
    group.element(origin.line(line).char_column(column))
}

/// The group with the place in it: its path, and where that says something its line and a caret.
fn located<'a>(group: Group<'a>, place: &'a Place, label: &'a str, files: &mut Files, look: &Look) -> Group<'a> {
    let path = visible(&format!("{}{}", look.prefix, place.path)).into_owned();
    let Some(lines) = files.lines(place) else { return group.element(Origin::path(path)) };
    let Position { line, column, .. } = lines.position(place.span);
    let origin = Origin::path(path.clone()).line(line).char_column(column);
    if is_whole(place) {
        return group.element(origin);
    }
    let Excerpt { text, first_line, span, is_cut } = lines.excerpt(place.span);
    let label = Some(visible(label)).filter(|label| !label.is_empty());
    let snippet = Snippet::source(text).line_start(first_line);
    let snippet = snippet.annotation(AnnotationKind::Primary.span(span).label(label));
    // The renderer counts columns in what it is given, which is right only from a line's start.
    if is_cut { group.element(origin).element(snippet) } else { group.element(snippet.path(path)) }
}

/// The fix as a change of the lines that it touches, and what it does in words, if it is small enough to be shown.
fn patch(diagnostic: &Diagnostic, files: &mut Files) -> Option<(Snippet<'static, Patch<'static>>, &'static str)> {
    let fix = diagnostic.fix.as_ref().filter(|fix| fix.text.len() <= LONGEST_FIX)?;
    let place = Place { path: diagnostic.place.path.clone(), span: fix.span };
    let Excerpt { text, first_line, span, .. } = files.lines(&place)?.replaceable(fix.span)?;
    let does = match (span.is_empty(), fix.text.is_empty()) {
        (_, true) => "delete this",
        (true, _) => "add this",
        (false, _) => "write this instead",
    };
    let patch = Patch::new(span, visible(&fix.text).into_owned());
    Some((Snippet::source(text).line_start(first_line).patch(patch), does))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;
    use crate::path::SitePath;
    use crate::source::{Known, Sources};

    const TEXT: &str = "---\ntitle: A page\ntitel: x\n---\n\nA [link](gone.md) here.\n";

    fn printed(found: &[(Severity, Diagnostic)], bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("content")).unwrap();
        std::fs::write(folder.path().join("content/a.md"), bytes).unwrap();
        let sources = Sources::read(folder.path(), &Known::default(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let look = Look { renderer: Renderer::plain(), prefix: String::new() };
        let mut text = Vec::new();
        diagnostics(&mut text, found, &mut Files::of(&sources), &look).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn at(code: Code, span: std::ops::Range<usize>, message: &str) -> Diagnostic {
        Diagnostic::new(code, &SitePath::new("content/a.md"), span, message)
    }

    #[track_caller]
    fn looks(diagnostic: Diagnostic, text: &str) {
        let printed = printed(&[(Severity::Error, diagnostic)], TEXT.as_bytes());
        assert_eq!(printed.trim_end(), text, "\n{printed}");
    }

    #[test]
    fn a_caret_stands_under_the_mistake() {
        let mut diagnostic =
            at(Code::LinkMissingPage, 34..49, "there is no page `gone.md`").label("leads nowhere").help("make one");
        diagnostic.variants = vec!["agency".into(), "client".into()];
        looks(
            diagnostic,
            "\
error[link/missing-page]: there is no page `gone.md`
 --> content/a.md:6:3
  |
6 | A [link](gone.md) here.
  |   ^^^^^^^^^^^^^^^ leads nowhere
  |
  = for: agency, client
  = help: make one",
        );
    }

    #[test]
    fn a_fix_is_shown_as_a_change() {
        let slip = at(Code::FrontUnknownKey, 18..23, "there is no key `titel`").help("did you mean `title`?");
        looks(
            slip.clone().fix(18..23, "title"),
            "\
error[front/unknown-key]: there is no key `titel`
 --> content/a.md:3:1
  |
3 | titel: x
  | ^^^^^
  |
help: did you mean `title`?
  |
3 - titel: x
3 + title: x
  |",
        );
        let extra = at(Code::FrontUnknownKey, 18..23, "there is no key `titel`").fix(18..27, "");
        looks(
            extra,
            "\
error[front/unknown-key]: there is no key `titel`
 --> content/a.md:3:1
  |
3 | titel: x
  | ^^^^^
  |
help: delete this
  |
3 - titel: x
  |",
        );
        let none = at(Code::FrontMissing, 0..0, "no front matter")
            .help("begin with this:\n---\ntitle: A")
            .fix(0..0, "---\ntitle: A\n---\n\n");
        looks(
            none,
            "\
error[front/missing]: no front matter
 --> content/a.md:1:1
  |
help: begin with this:
  |
1 + ---
2 + title: A
3 + ---
  |",
        );
    }

    #[test]
    fn other_places_follow() {
        let here = SitePath::new("content/a.md");
        let guides = SitePath::new("content/guide.md");
        let diagnostic = at(Code::FrontSyntax, 18..23, "`titel` is there twice")
            .related(&here, 4..9, "given first here")
            .related(&guides, 0..0, "included by this page");
        looks(
            diagnostic,
            "\
error[front/syntax]: `titel` is there twice
 --> content/a.md:3:1
  |
3 | titel: x
  | ^^^^^
  |
note: given first here
 --> content/a.md:2:1
  |
2 | title: A page
  | ^^^^^
note: included by this page
 --> content/guide.md",
        );
    }

    #[test]
    fn a_file_as_a_whole_has_no_caret() {
        looks(
            at(Code::UrlName, 0..0, "the name of this file holds `?`").help("rename it"),
            "\
error[url/name]: the name of this file holds `?`
--> content/a.md:1:1
 = help: rename it",
        );
    }

    #[test]
    fn a_long_line_is_trimmed_around_the_caret() {
        let text = format!("{}[link](gone.md){}\n", "word ".repeat(100), " word".repeat(100));
        let diagnostic = at(Code::LinkMissingPage, 500..515, "there is no page `gone.md`")
            .label("leads nowhere")
            .fix(507..514, "go.md");
        let printed = printed(&[(Severity::Error, diagnostic)], text.as_bytes());
        assert_eq!(
            printed.trim_end(),
            "\
error[link/missing-page]: there is no page `gone.md`
 --> content/a.md:1:501
  |
1 | ...word word word word word word word word word word [link](gone.md) word word word word word word word word word word word word word...
  |                                                      ^^^^^^^^^^^^^^^ leads nowhere
  |
help: write this instead
  |
1 - …rd word word word word word word word word [link](gone.md) word word word word word word word word word word w…
1 + …rd word word word word word word word word [link](go.md) word word word word word word word word word word w…
  |",
            "\n{printed}"
        );
        let far = format!("{}[link](gone.md)", "word ".repeat(20_000));
        let diagnostic = at(Code::LinkMissingPage, 100_000..100_015, "there is no page `gone.md`");
        let printed = super::tests::printed(&[(Severity::Error, diagnostic)], far.as_bytes());
        assert!(printed.contains("content/a.md:1:100001\n") && printed.len() < 500, "{printed}");
    }

    #[test]
    fn odd_spans_and_bytes_are_no_reason_to_panic() {
        let span = |start: usize, end: usize| Span::new(start, end).range();
        for (start, end) in [(0, 1), (50, 900), (900, 901), (57, 57), (3, 4), (30, 5)] {
            let diagnostic = at(Code::ReadNotUtf8, span(start, end), "odd").fix(span(start, end), "x\ny");
            let found = [(Severity::Warn, diagnostic)];
            for bytes in [TEXT.as_bytes(), b"", b"\xff\xfe\x00a\r\rb", "ä".repeat(4000).as_bytes()] {
                assert!(printed(&found, bytes).contains("content/a.md:"), "{start}..{end}");
            }
        }
    }

    #[test]
    fn of_many_the_errors_come_first() {
        let mut found = vec![(Severity::Warn, at(Code::TextNoAlt, 5..6, "a warning")); 300];
        found.push((Severity::Error, at(Code::LinkMissingPage, 34..49, "an error")));
        let printed = printed(&found, TEXT.as_bytes());
        assert_eq!((printed.matches("an error").count(), printed.matches("a warning").count()), (1, 199));
        assert!(printed.trim_end().ends_with("and 101 more; `guidepost check --format json` lists them all"));
    }
}
