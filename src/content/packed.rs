//! A `Doc` → a few bytes for each of its nodes, and back; never anything that the text itself has not said.
//!
//! A page's text is understood before the site is known, and its body is written after. What lies between the two is
//! kept in this form, about a third of the text's size, which costs far less than to parse the text once more. Strings
//! that stand in the text are kept as places in it.

mod read;
mod write;

pub use write::pack;

use super::doc::{Expiry, Section};
use super::front::Text;
use super::set::Names;
use crate::diag::Span;
use pulldown_cmark::{Alignment, BlockQuoteKind, HeadingLevel, LinkType, Tag};

/// The nodes and headings of a text.
pub struct Packed {
    bytes: Box<[u8]>,
    /// Strings that do not stand in the text as they are, one behind the other.
    strings: Box<str>,
    nodes: u32,
    headings: u32,
    names: Names,
    expires: Box<[Expiry]>,
    item_ids: Box<[(u32, Text, Span)]>,
}

/// The code of a tag that holds nothing.
fn code_of(tag: &Tag) -> Option<u8> {
    Some(match tag {
        Tag::Paragraph => FIRST_BARE,
        Tag::Item => FIRST_BARE + 1,
        Tag::TableCell => FIRST_BARE + 2,
        Tag::TableRow => FIRST_BARE + 3,
        Tag::TableHead => FIRST_BARE + 4,
        Tag::Strong => FIRST_BARE + 5,
        Tag::Emphasis => FIRST_BARE + 6,
        Tag::Strikethrough => FIRST_BARE + 7,
        Tag::HtmlBlock => FIRST_BARE + 8,
        Tag::DefinitionList => FIRST_BARE + 9,
        Tag::DefinitionListTitle => FIRST_BARE + 10,
        Tag::DefinitionListDefinition => FIRST_BARE + 11,
        Tag::Superscript => FIRST_BARE + 12,
        Tag::Subscript => FIRST_BARE + 13,
        _ => return None,
    })
}

/// The tag of a code of [`code_of`].
fn bare(code: u8) -> Tag<'static> {
    match code - FIRST_BARE {
        0 => Tag::Paragraph,
        1 => Tag::Item,
        2 => Tag::TableCell,
        3 => Tag::TableRow,
        4 => Tag::TableHead,
        5 => Tag::Strong,
        6 => Tag::Emphasis,
        7 => Tag::Strikethrough,
        8 => Tag::HtmlBlock,
        9 => Tag::DefinitionList,
        10 => Tag::DefinitionListTitle,
        11 => Tag::DefinitionListDefinition,
        12 => Tag::Superscript,
        _ => Tag::Subscript,
    }
}

const KINDS_OF_LINKS: [LinkType; 9] = [
    LinkType::Inline,
    LinkType::Reference,
    LinkType::ReferenceUnknown,
    LinkType::Collapsed,
    LinkType::CollapsedUnknown,
    LinkType::Shortcut,
    LinkType::ShortcutUnknown,
    LinkType::Autolink,
    LinkType::Email,
];

const QUOTES: [Option<BlockQuoteKind>; 6] = [
    None,
    Some(BlockQuoteKind::Note),
    Some(BlockQuoteKind::Tip),
    Some(BlockQuoteKind::Important),
    Some(BlockQuoteKind::Warning),
    Some(BlockQuoteKind::Caution),
];

const LEVELS: [HeadingLevel; 6] =
    [HeadingLevel::H1, HeadingLevel::H2, HeadingLevel::H3, HeadingLevel::H4, HeadingLevel::H5, HeadingLevel::H6];

const ALIGNMENTS: [Alignment; 4] = [Alignment::None, Alignment::Left, Alignment::Center, Alignment::Right];

const MARKS: [Section; 4] = [Section::Plain, Section::Steps, Section::Checklist, Section::Faq];

// What a piece begins with. `SET` says whose pages show the pieces behind it.
const SET: u8 = 0;
const END: u8 = 1;
/// Text that is its own place in the source.
const TEXT: u8 = 2;
const OTHER_TEXT: u8 = 3;
const CODE: u8 = 4;
const SOFT_BREAK: u8 = 5;
const HARD_BREAK: u8 = 6;
const RULE: u8 = 7;
const HTML: u8 = 8;
const INLINE_HTML: u8 = 9;
const TASK: u8 = 10;
const FOOTNOTE_REFERENCE: u8 = 12;
const VARIABLE: u8 = 13;
const INCLUDE: u8 = 14;
const LINK: u8 = 15;
const IMAGE: u8 = 16;
const QUOTE: u8 = 17;
const INDENTED_CODE: u8 = 18;
const FENCED_CODE: u8 = 19;
const BULLETS: u8 = 20;
const NUMBERS: u8 = 21;
const TABLE: u8 = 22;
const FOOTNOTE: u8 = 23;
const HEADING: u8 = 24;
const HEADING_WITH_ID: u8 = 25;
const FIRST_BARE: u8 = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::doc::{Doc, NodeKind, Whole, interpret};
    use crate::path::SitePath;

    /// Packs what is understood of `text` and holds everything that comes back against it.
    fn round_trip(text: &str) {
        let doc = interpret(text, 0, &SitePath::new("content/a.md"), Whole::Page("Title"));
        let packed = pack(&doc, text).expect("every construct has a form");
        let back = packed.unpack(text);
        assert_eq!(back.nodes.len(), doc.nodes.len());
        for (a, b) in back.nodes.iter().zip(&doc.nodes) {
            let same = match (&a.kind, &b.kind) {
                (NodeKind::Event(a), NodeKind::Event(b)) => a == b,
                (NodeKind::Variable(a), NodeKind::Variable(b)) => a == b,
                (NodeKind::Include(a), NodeKind::Include(b)) => a == b,
                _ => false,
            };
            let place = &text[b.span.range()];
            assert!(same && (a.span, a.close, a.set) == (b.span, b.close, b.set), "{:?}: {place}", b.span);
        }
        let headings = |doc: &Doc| -> Vec<_> {
            let all = doc.headings.iter();
            all.map(|h| (h.level, h.id.clone(), h.text.clone(), h.mark, h.nested, h.node, h.end)).collect()
        };
        assert_eq!(headings(&back), headings(&doc));
        let expires = |doc: &Doc| -> Vec<_> { doc.expires.iter().map(|e| (e.day, e.span, e.nodes.clone())).collect() };
        assert_eq!(expires(&back), expires(&doc));
        assert_eq!((back.names, back.item_ids), (doc.names, doc.item_ids));
    }

    #[test]
    fn every_construct_comes_back_as_it_was() {
        round_trip("");
        round_trip(include_str!("../../content/theme/elements.md"));
        round_trip(include_str!("../../content/docs/content-model.md"));
        round_trip(include_str!("../../content/upwork/delete-account.md"));
        round_trip(
            "Text &amp; entity, \\* escape, `` c ` ``, <b>raw</b>, ![i](a.png \"t\"), <https://x.org>, <a@b.org>  \n\
             hard, [r][], [r], [x][r] ~~s~~ **b *i*** {{ name }} \\{{ no }} [^n]\n\n[r]: b.md 'title'\n[^n]: note\n\n\
             > [!TIP]\n> tip\n\n> quote\n\n    indented\n\n```sh x\ncode\n```\n\n| a | b |\n|:-|-:|\n| 1 | `x` |\n\n\
             Term\n: Definition\n\n7. seven\n8. eight <!-- id: eight -->\n\n- [ ] a <!-- for: client -->\n- [x] b\n\n\
             ## H <!-- for: not agency --> {#own}\n\n<!-- expires: 2030-01-01 -->\ntext\n<!-- /expires -->\n\n---\n\n\
             <div>\nblock\n</div>\n\n[S](_s.md) <!-- include -->\n\n## H <!-- steps -->\n\n1. \u{e4}\u{1f600}&#65;\n",
        );
    }

    #[test]
    fn attributes_of_headings_are_left_to_the_parser() {
        let text = "## H {.class}\n";
        let doc = interpret(text, 0, &SitePath::new("content/a.md"), Whole::Snippet);
        assert!(pack(&doc, text).is_none());
    }
}
