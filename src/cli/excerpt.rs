//! A file's bytes and a span of them → line, column, and a few lines to show; no span is too odd, no line too long.

use crate::diag::Span;
use std::borrow::Cow;
use std::ops::Range;

/// A span of more lines than this is shown by its first line.
const MOST_LINES: usize = 5;

/// How much of a line is given out before and behind a caret, in characters. The printer trims that to the terminal.
const CARET: Window = Window { before: 2000, behind: 200 };

/// How much of a line is given out around a change. It is printed as it is.
const CHANGE: Window = Window { before: 50, behind: 60 };

/// A file, cut into lines. They end with `\n`, `\r\n` or `\r`, as in Markdown.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

/// Where a span is, for people: lines and columns count from 1, and a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The line of the first character.
    pub(super) line: usize,
    /// The column of the first character.
    pub(super) column: usize,
    /// The line of the last character.
    pub(super) end_line: usize,
    /// The column behind the last character.
    pub(super) end_column: usize,
}

/// The lines around a span, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// Whole lines, but for those that were cut.
    pub(super) text: String,
    /// The number of the first one.
    pub(super) first_line: usize,
    /// The span in `text`.
    pub(super) span: Range<usize>,
    /// Whether the start of the first line was left out.
    pub(super) is_cut: bool,
}

/// How long lines may be that are changed as a whole.
const BIG_CHANGE: Window = Window { before: 0, behind: 500 };

/// Numbers of characters around a place in a line.
#[derive(Clone, Copy)]
struct Window {
    before: usize,
    behind: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Lines<'a> {
        // A byte order mark belongs to no line: no editor counts it.
        let start = if bytes.starts_with("\u{feff}".as_bytes()) { '\u{feff}'.len_utf8() } else { 0 };
        let mut starts = vec![start];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Lines { bytes, starts }
    }

    /// How long the file is, in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where `span` is. A line end at its end is no part of it.
    pub(super) fn position(&self, span: Span) -> Position {
        let Range { start, end } = self.trimmed(span);
        let (first, last) = (self.line_of(start), self.line_of(end));
        Position {
            line: first + 1,
            column: self.column(first, start),
            end_line: last + 1,
            end_column: self.column(last, end),
        }
    }

    /// The lines of `span`, or the first of them if they are many or long.
    pub(super) fn excerpt(&self, span: Span) -> Excerpt {
        let span = self.trimmed(span);
        self.whole_excerpt(span.clone(), CARET).unwrap_or_else(|| self.cut(span, CARET))
    }

    /// The lines of `span`, with its line ends, such that all of it can be seen; `None` if it is too much.
    pub(super) fn replaceable(&self, span: Span) -> Option<Excerpt> {
        let span = self.clamped(span);
        let is_small = span.end <= self.line(self.line_of(span.start)).end && span.len() < CHANGE.behind;
        self.whole_excerpt(span.clone(), CHANGE)
            .or_else(|| is_small.then(|| self.cut(span.clone(), CHANGE)))
            .or_else(|| self.whole_excerpt(span, BIG_CHANGE))
    }

    /// All lines of `span`, if they are few and short.
    fn whole_excerpt(&self, span: Range<usize>, window: Window) -> Option<Excerpt> {
        let (first, last) = (self.line_of(span.start), self.line_of(span.end));
        let long = |line: usize| {
            let line = self.line(line);
            let most = window.before + window.behind;
            line.len() > most && shown(&self.bytes[line]).chars().count() > most
        };
        if last - first >= MOST_LINES || (first..=last).any(long) {
            return None;
        }
        let (mut text, mut start, mut end) = (String::new(), 0, 0);
        for line in first..=last {
            let range = self.line(line);
            let inside = span.start.clamp(range.start, range.end)..span.end.clamp(range.start, range.end);
            text.push_str(&shown(&self.bytes[range.start..inside.start]));
            if line == first {
                start = text.len();
            }
            text.push_str(&shown(&self.bytes[inside.clone()]));
            end = text.len();
            text.push_str(&shown(&self.bytes[inside.end..range.end]));
            if line < last {
                text.push('\n');
            }
        }
        Some(Excerpt { text, first_line: first + 1, span: start..end, is_cut: false })
    }

    /// The part of the span's first line that is around it.
    fn cut(&self, span: Range<usize>, window: Window) -> Excerpt {
        let number = self.line_of(span.start);
        let line = self.line(number);
        let start = span.start.min(line.end);
        let span = start..span.end.clamp(start, line.end);
        let before = shown(&self.bytes[line.start..span.start]);
        let kept = before.chars().rev().take(window.before).map(char::len_utf8).sum::<usize>();
        let is_cut = kept < before.len();
        let mut text = String::from(if is_cut { "…" } else { "" });
        text.push_str(&before[before.len() - kept..]);
        let start = text.len();
        text.push_str(&first_chars(&self.bytes[span.clone()], window.behind));
        let end = text.len();
        let room = window.behind - text[start..].chars().count();
        let rest = &self.bytes[span.end..line.end];
        let behind = first_chars(rest, room);
        text.push_str(&behind);
        if behind.len() < rest.len() {
            text.push('…');
        }
        Excerpt { text, first_line: number + 1, span: start..end, is_cut }
    }

    /// The span inside the file.
    fn clamped(&self, span: Span) -> Range<usize> {
        let (from, to) = (self.starts[0], self.bytes.len());
        let start = (span.start as usize).clamp(from, to);
        start..(span.end as usize).clamp(start, to)
    }

    /// The span inside the file, without the line ends that it ends with.
    fn trimmed(&self, span: Span) -> Range<usize> {
        let Range { start, mut end } = self.clamped(span);
        while end > start + 1 && matches!(self.bytes[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        start..end
    }

    /// The index of the line that holds the byte `at`; its line end is part of it.
    fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes of a line, without its end.
    fn line(&self, index: usize) -> Range<usize> {
        let start = self.starts[index];
        let mut end = self.starts.get(index + 1).copied().unwrap_or(self.bytes.len());
        while end > start && matches!(self.bytes[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        start..end
    }

    fn column(&self, line: usize, at: usize) -> usize {
        1 + String::from_utf8_lossy(&self.bytes[self.starts[line]..at]).chars().count()
    }
}

/// At most the first `most` characters of `bytes`, of which no more is looked at than these can have.
fn first_chars(bytes: &[u8], most: usize) -> String {
    shown(&bytes[..bytes.len().min(4 * most)]).chars().take(most).collect()
}

/// Bytes as text that can do nothing to a terminal.
fn shown(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => visible(text),
        Cow::Owned(text) => Cow::Owned(visible(&text).into_owned()),
    }
}

/// Text in which every character that could move a cursor or turn the text around is replaced; line ends stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !c.is_control() && !is_turning(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER }).collect())
}

/// Characters that change the direction of what stands behind them.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Range<usize>) -> (usize, usize, usize, usize) {
        let position = Lines::of(text.as_bytes()).position(span.into());
        (position.line, position.column, position.end_line, position.end_column)
    }

    #[test]
    fn columns_are_characters_and_any_line_end_counts() {
        assert_eq!(at("äö\nü x", 8..9), (2, 3, 2, 4));
        assert_eq!(at("a\r\nb\rc\nd", 7..8), (4, 1, 4, 2));
        assert_eq!(at("\u{feff}a", 0..0), (1, 1, 1, 1));
        assert_eq!(at("one\ntwo\n", 0..4), (1, 1, 1, 4));
        assert_eq!(at("one\n", 4..4), (2, 1, 2, 1));
        assert_eq!(at("", 7..9), (1, 1, 1, 1));
    }

    #[test]
    fn a_short_line_is_shown_whole() {
        let lines = Lines::of("a\nthe link\r\nb".as_bytes());
        let expected = Excerpt { text: "the link".into(), first_line: 2, span: 4..8, is_cut: false };
        assert_eq!(lines.excerpt((6..10).into()), expected);
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}HERE{}", "ä".repeat(100_000), "b".repeat(100_000));
        let lines = Lines::of(text.as_bytes());
        for (window, excerpt) in [
            (CARET, Some(lines.excerpt((200_000..200_004).into()))),
            (CHANGE, lines.replaceable((200_000..200_004).into())),
        ] {
            let excerpt = excerpt.unwrap();
            assert_eq!(&excerpt.text[excerpt.span.clone()], "HERE");
            assert_eq!(excerpt.text.chars().count(), window.before + window.behind + 2);
            assert!(excerpt.is_cut && excerpt.text.starts_with("…ä") && excerpt.text.ends_with("b…"));
        }
        assert_eq!(lines.excerpt((0..300_000).into()).text.chars().count(), CARET.behind + 1);
    }

    #[test]
    fn many_lines_are_shown_by_their_first() {
        let text = "line\n".repeat(50);
        assert_eq!(Lines::of(text.as_bytes()).excerpt((5..200).into()).text, "line");
        assert_eq!(Lines::of(text.as_bytes()).excerpt((5..15).into()).text, "line\nline");
        assert_eq!(Lines::of(text.as_bytes()).replaceable((5..200).into()), None);
    }

    #[test]
    fn nothing_reaches_the_terminal_that_could_move_its_cursor() {
        let excerpt = Lines::of(b"a\x1b[2Jb\xff\x00c").excerpt((6..7).into());
        assert_eq!(excerpt.text, "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
        assert_eq!(visible("a\u{202e}b\u{9b}\n"), "a\u{fffd}b\u{fffd}\n");
    }

    #[test]
    fn no_span_is_too_odd() {
        let texts = ["", "a", "ä\r\nö\r\r\n\n", "\u{feff}x\n", &"ß".repeat(400)];
        for text in texts {
            let lines = Lines::of(text.as_bytes());
            for start in 0..text.len() + 3 {
                for end in (0..text.len() + 3).step_by(1 + text.len() / 40) {
                    let span = Span::new(start, end);
                    lines.position(span);
                    for excerpt in [Some(lines.excerpt(span)), lines.replaceable(span)].into_iter().flatten() {
                        assert!(excerpt.text.get(excerpt.span.clone()).is_some(), "{excerpt:?}");
                    }
                }
            }
        }
    }
}
