//! The packed form of a text → its `Doc`, without parsing the text.

use super::*;
use crate::content::doc::{Doc, Heading, Node, NodeKind};
use crate::content::set::VariantSet;
use pulldown_cmark::{CodeBlockKind, CowStr, Event};

impl Packed {
    /// What was packed, read from the same `text`. What was wrong with it, and where it mentions account types, is not
    /// part of it: the outline has both.
    pub fn unpack<'a>(&'a self, text: &'a str) -> Doc<'a> {
        let mut from = Reader { text, bytes: &self.bytes, strings: &self.strings, at: 0 };
        let mut nodes: Vec<Node> = Vec::with_capacity(self.nodes as usize);
        let mut set = VariantSet::ALL;
        let mut open: Vec<usize> = Vec::with_capacity(16);
        while nodes.len() < self.nodes as usize {
            let index = nodes.len();
            let node = |kind, span| Node { kind, span, close: index as u32, set };
            match from.byte() {
                SET => set = from.set(),
                END => {
                    let start = open.pop().and_then(|start| nodes.get_mut(start));
                    let Some(Node { kind: NodeKind::Event(Event::Start(tag)), span, close, .. }) = start else { break };
                    *close = index as u32;
                    let (end, span) = (tag.to_end(), *span);
                    from.at = span.end;
                    nodes.push(node(NodeKind::Event(Event::End(end)), span));
                }
                code => {
                    let span = from.span();
                    let kind = from.kind(code, span);
                    from.at = if let NodeKind::Event(Event::Start(_)) = kind {
                        open.push(index);
                        span.start
                    } else {
                        span.end
                    };
                    nodes.push(node(kind, span));
                }
            }
        }
        let headings = (0..self.headings).map(|_| from.heading()).collect();
        Doc {
            nodes,
            headings,
            names: self.names.clone(),
            mentions: Vec::new(),
            unnamed: Vec::new(),
            expires: self.expires.to_vec(),
            item_ids: self.item_ids.to_vec(),
            notes: Vec::new(),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    strings: &'a str,
    at: u32,
}

impl<'a> Reader<'a> {
    fn kind(&mut self, code: u8, span: Span) -> NodeKind<'a> {
        NodeKind::Event(match code {
            TEXT => Event::Text(CowStr::Borrowed(&self.text[span.range()])),
            OTHER_TEXT => Event::Text(self.string(span)),
            CODE => Event::Code(self.string(span)),
            SOFT_BREAK => Event::SoftBreak,
            HARD_BREAK => Event::HardBreak,
            RULE => Event::Rule,
            HTML => Event::Html(self.string(span)),
            INLINE_HTML => Event::InlineHtml(self.string(span)),
            FOOTNOTE_REFERENCE => Event::FootnoteReference(self.string(span)),
            VARIABLE => return NodeKind::Variable(self.slice(span)),
            INCLUDE => return NodeKind::Include(self.string(span)),
            ticked if ticked == TASK || ticked == TASK + 1 => Event::TaskListMarker(ticked != TASK),
            tag => Event::Start(self.tag(tag, span)),
        })
    }

    fn tag(&mut self, code: u8, span: Span) -> Tag<'a> {
        match code {
            LINK | IMAGE => {
                let link_type = KINDS_OF_LINKS[usize::from(self.byte())];
                let (dest_url, title, id) = (self.string(span), self.string(span), self.string(span));
                match code {
                    LINK => Tag::Link { link_type, dest_url, title, id },
                    _ => Tag::Image { link_type, dest_url, title, id },
                }
            }
            QUOTE => Tag::BlockQuote(QUOTES[usize::from(self.byte())]),
            INDENTED_CODE => Tag::CodeBlock(CodeBlockKind::Indented),
            FENCED_CODE => Tag::CodeBlock(CodeBlockKind::Fenced(self.string(span))),
            BULLETS => Tag::List(None),
            NUMBERS => Tag::List(Some(self.wide())),
            TABLE => Tag::Table((0..self.number()).map(|_| ALIGNMENTS[usize::from(self.byte())]).collect()),
            FOOTNOTE => Tag::FootnoteDefinition(self.string(span)),
            HEADING | HEADING_WITH_ID => {
                let level = LEVELS[usize::from(self.byte())];
                let id = (code == HEADING_WITH_ID).then(|| self.string(span));
                Tag::Heading { level, id, classes: Vec::new(), attrs: Vec::new() }
            }
            other => bare(other),
        }
    }

    fn heading(&mut self) -> Heading {
        let about = self.byte();
        let node = self.number();
        Heading {
            level: about & 7,
            nested: about & 8 != 0,
            mark: MARKS[usize::from(about >> 4)],
            node,
            end: node + self.number(),
            id: self.owned(),
            text: self.owned(),
        }
    }

    fn span(&mut self) -> Span {
        let start = self.step(self.at);
        Span { start, end: start + self.number() }
    }

    fn set(&mut self) -> VariantSet {
        let (bits, rest) = self.bytes.split_first_chunk().expect("a set is written whole");
        self.bytes = rest;
        VariantSet::from_bits(u64::from_le_bytes(*bits))
    }

    fn string(&mut self, near: Span) -> CowStr<'a> {
        CowStr::Borrowed(self.slice(near))
    }

    fn slice(&mut self, near: Span) -> &'a str {
        let number = self.number();
        let length = (number >> 1) as usize;
        if number & 1 == 1 {
            return self.next(length);
        }
        let start = self.step(near.start) as usize;
        &self.text[start..start + length]
    }

    fn owned(&mut self) -> Text {
        let length = self.number() as usize;
        self.next(length).into()
    }

    fn next(&mut self, length: usize) -> &'a str {
        let (next, rest) = self.strings.split_at(length);
        self.strings = rest;
        next
    }

    fn step(&mut self, from: u32) -> u32 {
        let folded = self.wide();
        let half = (folded >> 1) as i64;
        let step = if folded & 1 == 1 { -half - 1 } else { half };
        (i64::from(from) + step) as u32
    }

    fn number(&mut self) -> u32 {
        self.wide() as u32
    }

    fn wide(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.bytes.split_first().expect("every piece is written whole");
        self.bytes = rest;
        *byte
    }
}
