//! Places in a text → the lines that an author would type instead; pure text work, without the parser's state.

use super::markdown::Piece;
use crate::diag::Span;
use pulldown_cmark::{Event, Tag, TagEnd};
use std::ops::Range;

/// The bytes of the line around byte `at`, without its end.
pub fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..start + text[start..end].trim_end_matches('\r').len()
}

/// The same as a span.
pub fn span(text: &str, at: usize) -> Span {
    line(text, at).into()
}

/// An edit of a whole line.
pub struct Mended {
    /// The line's bytes.
    pub span: Span,
    /// The line as it should be.
    pub text: String,
}

/// The line of the directive at `directive`, with the directive at its end.
pub fn moved_to_end(text: &str, directive: Span) -> Mended {
    let range = line(text, directive.start as usize);
    let end = range.end.max(directive.end as usize);
    let before = &text[range.start..directive.start as usize];
    let behind = text[directive.end as usize..end].trim();
    let glue = if before.trim().is_empty() || before.ends_with(' ') || behind.is_empty() { "" } else { " " };
    let directive = &text[directive.range()];
    Mended { span: Span::new(range.start, end), text: format!("{before}{glue}{behind} {directive}") }
}

/// What a directive marks.
pub enum Block {
    /// A block of text.
    Text,
    /// A row of a table.
    Row,
}

/// The text of the block with the directive `events[at]` in it, with the directive at its end; from the directive's
/// line on. `last` is the event before it, which does not stand among `events` any more.
pub fn moved_behind_block(text: &str, events: &[Piece], at: usize, last: Option<&Event>, block: Block) -> Mended {
    let directive = events[at].1;
    let line = line(text, directive.start as usize);
    let comment = &text[directive.range()];
    let end = match block {
        Block::Text => end_of_text(events, at),
        Block::Row => line.end,
    };
    let before = &text[line.start..directive.start as usize];
    let behind = &text[directive.end as usize..end.max(directive.end as usize)];
    let bare = match (last, events.get(at + 1).map(|(event, _)| event)) {
        (Some(Event::Start(_) | Event::SoftBreak | Event::HardBreak), _) => {
            format!("{before}{}", behind.trim_start())
        }
        (_, Some(Event::End(_) | Event::SoftBreak | Event::HardBreak)) => format!("{}{behind}", before.trim_end()),
        _ if before.ends_with(' ') || behind.starts_with(' ') => {
            format!("{} {}", before.trim_end(), behind.trim_start())
        }
        _ => format!("{before}{behind}"),
    };
    let text = match block {
        Block::Text => format!("{} {comment}", bare.trim_end()),
        Block::Row => into_last_cell(&bare, comment),
    };
    Mended { span: Span::new(line.start, end.max(directive.end as usize)), text }
}

/// Where the text ends that `events[at]` is part of: before the next block, or the end of its own.
fn end_of_text(events: &[Piece], at: usize) -> usize {
    let inline = events[at..].iter().take_while(|(event, _)| match event {
        Event::Start(tag) => !is_block(tag),
        Event::End(tag) => is_inline(tag),
        _ => true,
    });
    let words = inline.filter(|(event, _)| !matches!(event, Event::SoftBreak | Event::HardBreak));
    words.map(|(_, span)| span.end as usize).max().unwrap_or(0)
}

/// A table row with `comment` inside its last cell.
pub fn moved_into_last_cell(row: &str, comment: &str) -> String {
    into_last_cell(&row.replace(comment, ""), comment)
}

fn into_last_cell(bare: &str, comment: &str) -> String {
    let bare = bare.trim_end();
    let inner = bare.strip_suffix('|').unwrap_or(bare).trim_end();
    format!("{inner} {comment} |")
}

/// A heading's source with a directive at its end, but before an id.
pub fn heading_with(source: &str, word: &str) -> String {
    let source = source.lines().next().unwrap_or_default().trim_end();
    match source.rfind("{#") {
        Some(id) if source.ends_with('}') => {
            format!("{} <!-- {word} --> {}", source[..id].trim_end(), &source[id..])
        }
        _ => format!("{source} <!-- {word} -->"),
    }
}

/// Whether a tag opens a block.
pub fn is_block(tag: &Tag) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

/// Whether an end is that of inline text.
pub fn is_inline(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// Whether the block `events[start..next]`, a comment, stands across a list: between two lists of one kind, without an
/// empty line before it, or with a numbering that goes on behind it.
pub fn splits_list(text: &str, events: &[Piece], start: usize, next: usize) -> bool {
    let Some((Event::End(TagEnd::List(ordered)), before)) = start.checked_sub(1).map(|i| &events[i]) else {
        return false;
    };
    let Some((Event::Start(Tag::List(first)), _)) = events.get(next) else { return false };
    if first.is_some() != *ordered {
        return false;
    }
    let comment = events[start].1;
    let between = &text[(before.end as usize).min(comment.start as usize)..comment.start as usize];
    let above = &text[..comment.start as usize];
    let touching = !between.contains("\n\n") && !above.trim_end_matches([' ', '\t']).ends_with("\n\n");
    touching || first.is_some_and(|number| number > 1)
}

/// Whether two braces open anywhere in `text`. Most texts have none, and this is much faster than to look for what is
/// between them.
pub fn may_have_variables(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| text[at + 1..].starts_with('{'))
}

/// The variables `{{ name }}` in `start..end`, but for those that a backslash protects.
pub fn variables(text: &str, start: usize, end: usize) -> Vec<Span> {
    if !may_have_variables(&text[start..end]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = start;
    while let Some(open) = text[from..end].find("{{") {
        let open = from + open;
        let Some(length) = text[open + 2..end].find("}}") else { break };
        let name = &text[open + 2..open + 2 + length];
        if text[..open].ends_with('\\') || name.contains('{') || name.trim().is_empty() {
            from = open + 2;
            continue;
        }
        from = open + length + 4;
        found.push(Span::new(open, from));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_mended() {
        let text = "a\n<!-- for: client --> Pay the fee.\nb";
        let mended = moved_to_end(text, Span::new(2, 22));
        assert_eq!(mended.text, "Pay the fee. <!-- for: client -->");
        assert_eq!(moved_into_last_cell("| 3 | 4 | <!-- for: d -->", "<!-- for: d -->"), "| 3 | 4 <!-- for: d --> |");
        assert_eq!(heading_with("## Close {#close}\n", "steps"), "## Close <!-- steps --> {#close}");
    }

    #[test]
    fn variables_may_be_protected() {
        let text = r"a \{{ x }} {{ y }} {{}} {{ z";
        let found: Vec<_> = variables(text, 0, text.len()).iter().map(|s| &text[s.range()]).collect();
        assert_eq!(found, ["{{ y }}"]);
    }
}
