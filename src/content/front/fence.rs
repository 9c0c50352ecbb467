//! A text that begins with something like front matter → what is amiss with it, and what was meant.

use super::{Split, behind, line_at};
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;

/// Why a block is not read as front matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amiss {
    /// TOML between lines of `+++`.
    Toml,
    /// There are empty lines above it.
    Late,
    /// Its first line is indented.
    Indented,
    /// Its first line is made of other hyphens, or of more than three.
    Hyphens,
}

/// The front matter that was most likely meant by a text whose first line, at `start`, is no `---`.
pub(super) fn meant(text: &str, start: usize) -> Option<Split> {
    let mut at = start;
    let first = loop {
        let line = line_at(text, at)?;
        if !line.trim().is_empty() {
            break line;
        }
        at = behind(text, at + line.len());
    };
    let open = at..at + first.len();
    let begin = behind(text, open.end);
    let toml = first.trim() == "+++";
    let key = line_at(text, begin)?;
    let (why, is_key) = match () {
        () if toml => (Amiss::Toml, key.contains('=') || key.starts_with('[')),
        () if !is_like_fence(first) => return None,
        () if at > start => (Amiss::Late, is_key(key)),
        () if first.starts_with([' ', '\t']) => (Amiss::Indented, is_key(key)),
        () => (Amiss::Hyphens, is_key(key)),
    };
    at = begin;
    while let Some(line) = line_at(text, at).filter(|_| is_key) {
        let end = behind(text, at + line.len());
        if if toml { line.trim() == "+++" } else { is_like_fence(line) } {
            let above = if why == Amiss::Late { start..open.start } else { open.clone() };
            return Some(Split::Amiss { why, open: above, yaml: begin..if toml { begin } else { at }, body: end });
        }
        at = end;
    }
    None
}

/// A line of hyphens, or of the dashes that word processors make of them.
fn is_like_fence(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line != "-" && line.chars().all(|c| matches!(c, '-' | '–' | '—'))
}

fn is_key(line: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    line.split_once(':').is_some_and(|(word, _)| is_word(word.trim()))
}

/// What is amiss with the block that `open` begins, or stands above.
pub(super) fn note(why: Amiss, path: &SitePath, open: Span) -> Diagnostic {
    let note = |message: &str| Diagnostic::new(Code::FrontSyntax, path, open, message);
    match why {
        Amiss::Toml => note("this front matter is TOML, and here it is written in YAML")
            .label("opened here")
            .help("write `---` instead of both lines `+++`, and `title: …` instead of `title = …`"),
        Amiss::Late => note("the front matter does not begin on the first line")
            .label("empty")
            .help("delete what is above `---`")
            .fix(open, ""),
        Amiss::Indented => note("the line that opens the front matter is indented")
            .label("indented")
            .help("write `---` at the start of the line")
            .fix(open, "---"),
        Amiss::Hyphens => note("front matter is opened by exactly three hyphens")
            .label("not three hyphens")
            .help("write `---` here, and behind the last key")
            .fix(open, "---"),
    }
}
