//! A `Doc` → its packed form; what has no form there is left to the parser.

use super::*;
use crate::content::doc::{Doc, NodeKind};
use crate::content::set::VariantSet;
use pulldown_cmark::{CodeBlockKind, Event};

/// Packs what was understood of `text`; `None` if it has something that has no form here, and must be parsed again.
pub fn pack(doc: &Doc, text: &str) -> Option<Packed> {
    let mut to = Writer { text, bytes: Vec::with_capacity(doc.nodes.len() * 5), strings: String::new(), at: 0 };
    let mut set = VariantSet::ALL;
    let mut open: Vec<usize> = Vec::new();
    for (index, node) in doc.nodes.iter().enumerate() {
        if node.set != set {
            set = node.set;
            to.bytes.push(SET);
            to.bytes.extend_from_slice(&set.bits().to_le_bytes());
        }
        match &node.kind {
            NodeKind::Event(Event::End(end)) => {
                let start = &doc.nodes[open.pop()?];
                let NodeKind::Event(Event::Start(tag)) = &start.kind else { return None };
                if start.close as usize != index || start.span != node.span || tag.to_end() != *end {
                    return None;
                }
                to.bytes.push(END);
                to.at = node.span.end;
            }
            NodeKind::Event(Event::Start(tag)) => {
                open.push(index);
                to.tag(tag, node.span)?;
                to.at = node.span.start;
            }
            kind => {
                to.leaf(kind, node.span)?;
                to.at = node.span.end;
            }
        }
    }
    if !open.is_empty() {
        return None;
    }
    for heading in &doc.headings {
        let length = heading.end.checked_sub(heading.node)?;
        let mark = MARKS.iter().position(|mark| *mark == heading.mark)?;
        to.bytes.push(heading.level | (u8::from(heading.nested) << 3) | ((mark as u8) << 4));
        to.number(heading.node);
        to.number(length);
        to.owned(&heading.id);
        to.owned(&heading.text);
    }
    Some(Packed {
        bytes: to.bytes.into(),
        strings: to.strings.into(),
        nodes: doc.nodes.len() as u32,
        headings: doc.headings.len() as u32,
        names: doc.names.clone(),
        expires: doc.expires.clone().into(),
        item_ids: doc.item_ids.clone().into(),
    })
}

struct Writer<'t> {
    text: &'t str,
    bytes: Vec<u8>,
    strings: String,
    /// Where the piece before ended, or began if it is still open.
    at: u32,
}

impl Writer<'_> {
    fn leaf(&mut self, kind: &NodeKind, span: Span) -> Option<()> {
        match kind {
            NodeKind::Event(Event::Text(text))
                if self.place(text) == Some(span.start) && text.len() == span.range().len() =>
            {
                self.begin(TEXT, span);
            }
            NodeKind::Event(Event::Text(text)) => self.with_string(OTHER_TEXT, span, text),
            NodeKind::Event(Event::Code(text)) => self.with_string(CODE, span, text),
            NodeKind::Event(Event::Html(text)) => self.with_string(HTML, span, text),
            NodeKind::Event(Event::InlineHtml(text)) => self.with_string(INLINE_HTML, span, text),
            NodeKind::Event(Event::FootnoteReference(label)) => self.with_string(FOOTNOTE_REFERENCE, span, label),
            NodeKind::Event(Event::SoftBreak) => self.begin(SOFT_BREAK, span),
            NodeKind::Event(Event::HardBreak) => self.begin(HARD_BREAK, span),
            NodeKind::Event(Event::Rule) => self.begin(RULE, span),
            NodeKind::Event(Event::TaskListMarker(ticked)) => self.begin(TASK + u8::from(*ticked), span),
            NodeKind::Variable(name) => self.with_string(VARIABLE, span, name),
            NodeKind::Include(to) => self.with_string(INCLUDE, span, to),
            NodeKind::Event(_) => return None,
        }
        Some(())
    }

    fn tag(&mut self, tag: &Tag, span: Span) -> Option<()> {
        match tag {
            Tag::Heading { level, id, classes, attrs } if classes.is_empty() && attrs.is_empty() => {
                self.begin(if id.is_some() { HEADING_WITH_ID } else { HEADING }, span);
                self.bytes.push(*level as u8 - 1);
                if let Some(id) = id {
                    self.string(id, span);
                }
            }
            Tag::Link { link_type, dest_url, title, id } | Tag::Image { link_type, dest_url, title, id } => {
                let kind = KINDS_OF_LINKS.iter().position(|kind| kind == link_type)?;
                self.begin(if matches!(tag, Tag::Link { .. }) { LINK } else { IMAGE }, span);
                self.bytes.push(kind as u8);
                for string in [dest_url, title, id] {
                    self.string(string, span);
                }
            }
            Tag::BlockQuote(kind) => {
                let kind = QUOTES.iter().position(|known| known == kind)?;
                self.begin(QUOTE, span);
                self.bytes.push(kind as u8);
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => self.begin(INDENTED_CODE, span),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => self.with_string(FENCED_CODE, span, info),
            Tag::List(None) => self.begin(BULLETS, span),
            Tag::List(Some(first)) => {
                let first = u32::try_from(*first).ok()?;
                self.begin(NUMBERS, span);
                self.number(first);
            }
            Tag::Table(alignments) => {
                self.begin(TABLE, span);
                self.number(alignments.len() as u32);
                for alignment in alignments {
                    let known = ALIGNMENTS.iter().position(|known| known == alignment)?;
                    self.bytes.push(known as u8);
                }
            }
            Tag::FootnoteDefinition(label) => self.with_string(FOOTNOTE, span, label),
            other => self.begin(code_of(other)?, span),
        }
        Some(())
    }

    /// Begins a piece: what it is, and its place.
    fn begin(&mut self, code: u8, span: Span) {
        self.bytes.push(code);
        self.step(span.start, self.at);
        self.number(span.end - span.start);
    }

    fn with_string(&mut self, code: u8, span: Span, string: &str) {
        self.begin(code, span);
        self.string(string, span);
    }

    /// Where `string` lies in the text, if it is a part of it and not a copy.
    fn place(&self, string: &str) -> Option<u32> {
        let at = (string.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (at + string.len() <= self.text.len()).then_some(at as u32)
    }

    fn string(&mut self, string: &str, near: Span) {
        match self.place(string) {
            Some(at) => {
                self.number((string.len() as u32) << 1);
                self.step(at, near.start);
            }
            None => {
                self.number(((string.len() as u32) << 1) | 1);
                self.strings.push_str(string);
            }
        }
    }

    fn owned(&mut self, string: &str) {
        self.number(string.len() as u32);
        self.strings.push_str(string);
    }

    /// How far `to` is from `from`, in either direction.
    fn step(&mut self, to: u32, from: u32) {
        let step = i64::from(to) - i64::from(from);
        let folded = if step < 0 { (-step * 2 - 1) as u64 } else { (step * 2) as u64 };
        self.wide(folded);
    }

    fn number(&mut self, number: u32) {
        self.wide(u64::from(number));
    }

    fn wide(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}
