//! Events → nodes, headings and the ranges that directives name; walks the text once and keeps what is open.

use super::doc::*;
use super::front::Text;
use super::set::VariantSet;
use super::{heading, markdown, place};
use crate::day::Day;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// A block or inline container that is still open.
pub(super) struct Frame {
    /// Index of its start.
    pub(super) node: usize,
    pub(super) tag: TagEnd,
    /// Whether a line break of its own text has passed: directives end a block's text, or its first line.
    pub(super) broken: bool,
    /// Directives for the whole of it.
    pub(super) limits: Vec<Limit>,
    /// Scopes that are open among its children.
    pub(super) scopes: Vec<Scope>,
    /// Headings among its children whose sections are open: indexes into `Doc::headings`, and their directives.
    pub(super) sections: Vec<(usize, Vec<Limit>)>,
    /// For a table row: comments that the parser showed us, to find those it dropped.
    pub(super) seen: Vec<Span>,
}

/// A scope alone on its line that awaits its end.
pub(super) struct Scope {
    pub(super) word: &'static str,
    pub(super) span: Span,
    pub(super) node: usize,
    pub(super) limit: Limit,
}

/// What a directive says of a range of nodes.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    For(VariantSet, Span),
    Expires(Day, Span),
}

/// Nodes that are for fewer than everyone.
pub(super) struct Limited {
    pub(super) nodes: std::ops::Range<usize>,
    /// The bytes in which they stand: between them there may be what gives no nodes.
    pub(super) bytes: Span,
    pub(super) set: VariantSet,
    /// The directive that says so.
    pub(super) said: Span,
}

/// Whether a text has variables at all.
#[derive(Clone, Copy)]
pub(super) enum Variables {
    None,
    Some,
}

/// Takes the event out of its place; nobody looks at it there again, but for the ends of lists, which are left.
fn taken<'a>(piece: &mut markdown::Piece<'a>) -> markdown::Piece<'a> {
    (std::mem::replace(&mut piece.0, Event::SoftBreak), piece.1)
}

pub(super) struct Reader<'a, 'p> {
    pub(super) text: &'a str,
    pub(super) variables: Variables,
    pub(super) path: &'p SitePath,
    pub(super) whole: Whole<'p>,
    pub(super) doc: Doc<'a>,
    pub(super) frames: Vec<Frame>,
    /// Ranges of nodes for fewer than everyone.
    pub(super) limits: Vec<Limited>,
    /// What has anchors of its own.
    pub(super) given: heading::Given,
    /// See [`markdown::Parsed::defined`].
    pub(super) defined: Vec<(Span, Span)>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        self.doc.notes.push(diagnostic);
    }

    pub(super) fn at(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.path, span, message)
    }

    pub(super) fn push(&mut self, kind: NodeKind<'a>, span: Span) -> usize {
        let index = self.doc.nodes.len();
        self.doc.nodes.push(Node { kind, span, close: index as u32, set: VariantSet::ALL });
        index
    }

    pub(super) fn open(&mut self, node: usize, tag: TagEnd) {
        self.frames.push(Frame {
            node,
            tag,
            broken: false,
            limits: Vec::new(),
            scopes: Vec::new(),
            sections: Vec::new(),
            seen: Vec::new(),
        });
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the whole text's frame is opened first and closed last")
    }

    pub(super) fn read(&mut self, mut events: Vec<markdown::Piece<'a>>) {
        self.doc.nodes.reserve(events.len());
        self.open(0, TagEnd::MetadataBlock(pulldown_cmark::MetadataBlockKind::YamlStyle));
        let mut i = 0;
        while i < events.len() {
            let (event, span) = &events[i];
            match event {
                Event::Start(Tag::HtmlBlock) => {
                    i = self.html_block(&mut events, i);
                    continue;
                }
                Event::Start(_) => self.start(taken(&mut events[i])),
                Event::End(tag) => self.end(*tag, *span),
                Event::InlineHtml(html) if html.starts_with("<!--") => self.comment(&events, i),
                Event::Text(_) if !matches!(self.frame().tag, TagEnd::CodeBlock) => {
                    i = self.run(&mut events, i);
                    continue;
                }
                Event::SoftBreak | Event::HardBreak => {
                    self.frame().broken = true;
                    self.move_in(&mut events[i]);
                }
                Event::Code(_) if self.in_row() => {
                    self.saw(*span);
                    self.move_in(&mut events[i]);
                }
                _ => self.move_in(&mut events[i]),
            }
            i += 1;
        }
        self.close_children(self.doc.nodes.len(), self.text.len() as u32);
        self.frames.pop();
    }

    /// The event becomes a node.
    pub(super) fn move_in(&mut self, piece: &mut markdown::Piece<'a>) {
        let (event, span) = taken(piece);
        self.push(NodeKind::Event(event), span);
    }

    pub(super) fn start(&mut self, (event, span): markdown::Piece<'a>) {
        let Event::Start(tag) = &event else { return };
        let end = tag.to_end();
        self.slips(tag, span);
        let heading = match tag {
            Tag::Heading { level, id, .. } => Some((*level as u8, id.as_deref().map(Text::from))),
            Tag::FootnoteDefinition(_) => {
                self.given.footnotes.push(self.doc.nodes.len());
                None
            }
            _ => None,
        };
        if let Some((level, _)) = heading {
            self.close_sections(level, span.start);
        }
        let node = self.push(NodeKind::Event(event), span);
        if let Some((level, id)) = heading {
            let heading = self.doc.headings.len();
            if let Some(id) = id {
                self.given.headings.push((heading, id));
            }
            self.doc.headings.push(Heading {
                level,
                id: Text::default(),
                text: Text::default(),
                mark: Section::Plain,
                nested: self.frames.len() > 1,
                node: node as u32,
                end: 0,
            });
            self.frame().sections.push((heading, Vec::new()));
        }
        self.open(node, end);
    }

    pub(super) fn end(&mut self, tag: TagEnd, span: Span) {
        let node = self.frame().node;
        if tag == TagEnd::Paragraph && self.include(node) {
            self.frames.pop();
            return;
        }
        if matches!(tag, TagEnd::Paragraph) && self.doc.nodes.len() == node + 1 {
            // A paragraph of nothing but comments leaves nothing.
            self.doc.nodes.truncate(node);
            self.frames.pop();
            return;
        }
        self.close_children(self.doc.nodes.len(), span.end);
        let close = self.push(NodeKind::Event(Event::End(tag)), span);
        self.doc.nodes[node].close = close as u32;
        let frame = self.frames.pop().expect("every end has a start");
        if tag == TagEnd::TableRow || tag == TagEnd::TableHead {
            self.dropped(&frame, self.doc.nodes[node].span);
        }
        let bytes = self.doc.nodes[node].span;
        for limit in frame.limits {
            self.limit(node..close + 1, bytes, limit);
        }
        if let TagEnd::Heading(_) = tag {
            self.heading_ended(node, close);
        }
    }

    /// Ends what is open among the children of the innermost frame, which ends before the node `end` and the byte `to`.
    pub(super) fn close_children(&mut self, end: usize, to: u32) {
        self.close_sections(1, to);
        if self.frame().scopes.is_empty() {
            return;
        }
        for scope in std::mem::take(&mut self.frame().scopes) {
            let word = scope.word;
            self.note(
                self.at(Code::DirectiveUnbalanced, scope.span, format!("this `{word}` is not closed"))
                    .help(format!("put `<!-- /{word} -->` alone on a line behind the last block that it is for")),
            );
            self.limit(scope.node..end, Span { start: scope.span.start, end: to }, scope.limit);
        }
    }

    /// Ends the open sections of this level and below it, at the byte `to`.
    pub(super) fn close_sections(&mut self, level: u8, to: u32) {
        let end = self.doc.nodes.len();
        while let Some((heading, _)) = self.frame().sections.last() {
            let heading = *heading;
            if self.doc.headings[heading].level < level {
                break;
            }
            let (_, limits) = self.frame().sections.pop().expect("it was looked at above");
            let start = self.doc.headings[heading].node as usize;
            self.doc.headings[heading].end = end as u32;
            let bytes = Span { start: self.doc.nodes[start].span.start, end: to };
            for limit in limits {
                self.limit(start..end, bytes, limit);
            }
        }
    }

    pub(super) fn limit(&mut self, nodes: std::ops::Range<usize>, bytes: Span, limit: Limit) {
        match limit {
            Limit::For(set, said) => self.limits.push(Limited { nodes, bytes, set, said }),
            Limit::Expires(day, span) => {
                let nodes = nodes.start as u32..nodes.end as u32;
                self.doc.expires.push(Expiry { day, span, nodes });
            }
        }
    }

    /// A run of text events: variables are told from text, and text that a backslash protects from both.
    pub(super) fn run(&mut self, events: &mut [markdown::Piece<'a>], first: usize) -> usize {
        let mut last = first + 1;
        while last < events.len() && matches!(events[last].0, Event::Text(_)) {
            last += 1;
        }
        let variables = match self.variables {
            Variables::None => Vec::new(),
            Variables::Some => {
                place::variables(self.text, events[first].1.start as usize, events[last - 1].1.end as usize)
            }
        };
        if variables.is_empty() {
            events[first..last]
                .iter_mut()
                .filter(|(_, span)| span.start < span.end)
                .for_each(|piece| self.move_in(piece));
            return last;
        }
        for (event, span) in &events[first..last] {
            let (mut at, end) = (span.start as usize, span.end as usize);
            while at < end {
                let variable = variables.iter().find(|v| v.end as usize > at && (v.start as usize) < end);
                let stop = variable.map_or(end, |v| (v.start as usize).max(at));
                if stop > at {
                    let whole = at == span.start as usize && stop == end;
                    let event = if whole { event.clone() } else { Event::Text(self.text[at..stop].into()) };
                    self.push(NodeKind::Event(event), Span::new(at, stop));
                } else if let Some(variable) = variable {
                    if variable.start as usize == at {
                        let name = self.text[variable.range()].trim_matches(['{', '}']).trim();
                        self.push(NodeKind::Variable(name), *variable);
                    }
                    at = end.min(variable.end as usize);
                    continue;
                }
                at = stop;
            }
        }
        last
    }

    /// Takes white space from the end of the innermost block's text, where a directive stood behind it.
    pub(super) fn trim(&mut self) {
        let frame = self.frames.last().expect("the whole text's frame is always open");
        if matches!(frame.tag, TagEnd::CodeBlock) || self.doc.nodes.len() == frame.node + 1 {
            return;
        }
        let first = frame.node + 1;
        if let Some(Node { kind: NodeKind::Event(Event::Text(text)), .. }) = self.doc.nodes.last()
            && text.ends_with([' ', '\t'])
        {
            let trimmed: CowStr<'a> = text.trim_end().to_owned().into();
            if trimmed.is_empty() && self.doc.nodes.len() > first {
                self.doc.nodes.pop();
            } else if let Some(node) = self.doc.nodes.last_mut() {
                node.kind = NodeKind::Event(Event::Text(trimmed));
            }
        }
    }

    pub(super) fn in_row(&self) -> bool {
        self.frames.iter().rev().any(|frame| matches!(frame.tag, TagEnd::TableRow | TagEnd::TableHead))
    }

    pub(super) fn saw(&mut self, span: Span) {
        if let Some(row) =
            self.frames.iter_mut().rev().find(|frame| matches!(frame.tag, TagEnd::TableRow | TagEnd::TableHead))
        {
            row.seen.push(span);
        }
    }

    /// If the paragraph that ends is a link with `include` behind it, puts the include in its place.
    pub(super) fn include(&mut self, node: usize) -> bool {
        let Some(directive) = self.frame().seen.pop() else { return false };
        let first = self.doc.nodes.get(node + 1);
        let link = match first {
            Some(Node { kind: NodeKind::Event(Event::Start(Tag::Link { dest_url, .. })), close, .. }) => {
                let rest = &self.doc.nodes[*close as usize + 1..];
                let blank = |n: &Node| matches!(&n.kind, NodeKind::Event(Event::Text(t)) if t.trim().is_empty());
                rest.iter().all(blank).then(|| dest_url.clone())
            }
            _ => None,
        };
        let Some(link) = link else {
            self.note(
                self.at(Code::DirectivePlace, directive, "`include` stands behind a link, in a paragraph of its own")
                    .help("write a line with nothing else: `[Contact support](_snippets/contact.md) <!-- include -->`"),
            );
            return false;
        };
        let limits = std::mem::take(&mut self.frame().limits);
        let link_span = self.doc.nodes[node + 1].span;
        self.doc.nodes.truncate(node);
        self.push(NodeKind::Include(link), link_span);
        for limit in limits {
            self.limit(node..node + 1, link_span, limit);
        }
        true
    }

    /// Makes sets of limits, and anchors of headings.
    pub(super) fn finish(mut self) -> Doc<'a> {
        for limited in &self.limits {
            for node in &mut self.doc.nodes[limited.nodes.clone()] {
                node.set &= limited.set;
            }
        }
        let mut steps = Vec::new();
        for heading in &self.doc.headings {
            if heading.mark == Section::Steps {
                steps.push(heading.node as usize..heading.end as usize);
            }
        }
        for range in &steps {
            for node in &mut self.doc.nodes[range.clone()] {
                node.set = node.set.without(VariantSet::OVERVIEW);
            }
        }
        if !self.limits.is_empty() {
            super::unseen::check(&mut self.doc, self.text, self.path, &self.limits, &steps);
        }
        if !self.limits.is_empty() || !steps.is_empty() {
            super::shrink::shrink(&mut self.doc);
        }
        super::definition::check(&mut self.doc, self.text, self.path, &self.limits, &self.defined);
        heading::identify(&mut self.doc, self.text, self.path, &self.given);
        self.doc
    }
}
