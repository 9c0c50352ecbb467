//! A text → `Doc`: its events with the account types that each is for, its headings, and what was wrong.
//!
//! This is the one place that obeys directives. The outline and the rendered body are both made from a `Doc`, so they
//! cannot disagree. It never reads another file: an included snippet stays a reference.

use super::directive::{self, Comment, Directive, Word};
use super::front::Text;
use super::set::{Names, VariantSet};
use super::{heading, markdown, place};
use crate::day::Day;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// A text, understood.
pub struct Doc<'a> {
    /// Events and what directives made of them, in the order of the text. Directives themselves are gone.
    pub nodes: Vec<Node<'a>>,
    /// Headings, in order.
    pub headings: Vec<Heading>,
    /// The account types that it mentions.
    pub names: Names,
    /// Every mention: index into `names`, and place.
    pub mentions: Vec<(u8, Span)>,
    /// Blocks that should be looked at again before a day.
    pub expires: Vec<Expiry>,
    /// Anchors of list items: index of the item's start in `nodes`.
    pub item_ids: Vec<(u32, Text, Span)>,
    /// What is wrong with it.
    pub notes: Vec<Diagnostic>,
}

impl Doc<'_> {
    /// How many nodes stand before the first section.
    pub fn intro(&self) -> usize {
        self.headings.first().map_or(self.nodes.len(), |heading| heading.node as usize)
    }
}

/// An event, and whom it is for.
pub struct Node<'a> {
    /// What it is.
    pub kind: NodeKind<'a>,
    /// Its bytes in the file.
    pub span: Span,
    /// For a start: the index of its end. Otherwise its own index.
    pub close: u32,
    /// Whose pages show it. A container's set is no larger than the union of its content's, so that nothing is left
    /// empty by projection.
    pub set: VariantSet,
}

/// What a node is.
pub enum NodeKind<'a> {
    /// Something of Markdown's.
    Event(Event<'a>),
    /// `{{ name }}`: the name.
    Variable(&'a str),
    /// A snippet in a paragraph's place: the link's destination.
    Include(CowStr<'a>),
}

/// A heading and its section.
pub struct Heading {
    /// 1 to 6, as written.
    pub level: u8,
    /// Its anchor, unique on every page that shows it.
    pub id: Text,
    /// Its plain text; variables stand as `{{name}}`.
    pub text: Text,
    /// What its section is.
    pub mark: Section,
    /// Whether it stands inside a list, a quote or a footnote.
    pub nested: bool,
    /// Index of its start in `nodes`.
    pub node: u32,
    /// Index behind the last node of its section.
    pub end: u32,
}

/// What a section's heading says that it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub enum Section {
    /// Nothing of note.
    Plain,
    /// Its list or its sub-headings are steps.
    Steps,
    /// Its task list can be ticked.
    Checklist,
    /// Its sub-headings are questions.
    Faq,
}

/// A block that should be looked at again.
pub struct Expiry {
    /// Before this day.
    pub day: Day,
    /// Where the directive stands.
    pub span: Span,
    /// The block's nodes.
    pub nodes: std::ops::Range<u32>,
}

/// What kind of file a text is the body of.
#[derive(Clone, Copy)]
pub enum Whole<'a> {
    /// A page with this title: a first `# Heading` that repeats it is dropped, any other is a mistake.
    Page(&'a str),
    /// A snippet: its headings take their level from where it is included.
    Snippet,
}

/// Understands `text` from byte `body` on.
pub fn interpret<'a>(text: &'a str, body: usize, path: &SitePath, whole: Whole) -> Doc<'a> {
    let doc = Doc {
        nodes: Vec::new(),
        headings: Vec::new(),
        names: Names::default(),
        mentions: Vec::new(),
        expires: Vec::new(),
        item_ids: Vec::new(),
        notes: Vec::new(),
    };
    let variables = if place::may_have_variables(&text[body..]) { Variables::Some } else { Variables::None };
    let (frames, limits, explicit) = Default::default();
    let mut reader = Reader { text, variables, path, whole, doc, frames, limits, explicit };
    match markdown::events(text, body, path) {
        Ok(events) => reader.read(events),
        Err(too_deep) => reader.doc.notes.push(too_deep),
    }
    reader.finish()
}

/// A block or inline container that is still open.
struct Frame {
    /// Index of its start.
    node: usize,
    tag: TagEnd,
    /// Whether a line break of its own text has passed: directives end a block's text, or its first line.
    broken: bool,
    /// Directives for the whole of it.
    limits: Vec<Limit>,
    /// Scopes that are open among its children.
    scopes: Vec<Scope>,
    /// Headings among its children whose sections are open: indexes into `Doc::headings`, and their directives.
    sections: Vec<(usize, Vec<Limit>)>,
    /// For a table row: comments that the parser showed us, to find those it dropped.
    seen: Vec<Span>,
}

/// A scope alone on its line that awaits its end.
struct Scope {
    word: &'static str,
    span: Span,
    node: usize,
    limit: Limit,
}

/// What a directive says of a range of nodes.
#[derive(Clone, Copy)]
enum Limit {
    For(VariantSet),
    Expires(Day, Span),
}

/// Whether a text has variables at all.
#[derive(Clone, Copy)]
enum Variables {
    None,
    Some,
}

/// Takes the event out of its place; nobody looks at it there again, but for the ends of lists, which are left.
fn taken<'a>(piece: &mut markdown::Piece<'a>) -> markdown::Piece<'a> {
    (std::mem::replace(&mut piece.0, Event::SoftBreak), piece.1)
}

struct Reader<'a, 'p> {
    text: &'a str,
    variables: Variables,
    path: &'p SitePath,
    whole: Whole<'p>,
    doc: Doc<'a>,
    frames: Vec<Frame>,
    /// Ranges of nodes for fewer than everyone.
    limits: Vec<(std::ops::Range<usize>, VariantSet)>,
    /// Anchors that headings were given by hand.
    explicit: Vec<(usize, Text)>,
}

impl<'a> Reader<'a, '_> {
    fn note(&mut self, diagnostic: Diagnostic) {
        self.doc.notes.push(diagnostic);
    }

    fn at(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.path, span, message)
    }

    fn push(&mut self, kind: NodeKind<'a>, span: Span) -> usize {
        let index = self.doc.nodes.len();
        self.doc.nodes.push(Node { kind, span, close: index as u32, set: VariantSet::ALL });
        index
    }

    fn open(&mut self, node: usize, tag: TagEnd) {
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

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the whole text's frame is opened first and closed last")
    }

    fn read(&mut self, mut events: Vec<markdown::Piece<'a>>) {
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
        self.close_children(self.doc.nodes.len());
        self.frames.pop();
    }

    /// The event becomes a node.
    fn move_in(&mut self, piece: &mut markdown::Piece<'a>) {
        let (event, span) = taken(piece);
        self.push(NodeKind::Event(event), span);
    }

    fn start(&mut self, (event, span): markdown::Piece<'a>) {
        let Event::Start(tag) = &event else { return };
        let end = tag.to_end();
        let heading = match tag {
            Tag::Heading { level, id, .. } => Some((*level as u8, id.as_deref().map(Text::from))),
            _ => None,
        };
        if let Some((level, _)) = heading {
            self.close_sections(level);
        }
        let node = self.push(NodeKind::Event(event), span);
        if let Some((level, id)) = heading {
            let heading = self.doc.headings.len();
            if let Some(id) = id {
                self.explicit.push((heading, id));
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

    fn end(&mut self, tag: TagEnd, span: Span) {
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
        self.close_children(self.doc.nodes.len());
        let close = self.push(NodeKind::Event(Event::End(tag)), span);
        self.doc.nodes[node].close = close as u32;
        let frame = self.frames.pop().expect("every end has a start");
        if tag == TagEnd::TableRow || tag == TagEnd::TableHead {
            self.dropped(&frame, self.doc.nodes[node].span);
        }
        for limit in frame.limits {
            self.limit(node..close + 1, limit);
        }
        if let TagEnd::Heading(_) = tag {
            self.heading_ended(node, close);
        }
    }

    /// Ends what is open among the children of the innermost frame.
    fn close_children(&mut self, end: usize) {
        self.close_sections(1);
        if self.frame().scopes.is_empty() {
            return;
        }
        for scope in std::mem::take(&mut self.frame().scopes) {
            let word = scope.word;
            self.note(
                self.at(Code::DirectiveUnbalanced, scope.span, format!("this `{word}` is not closed"))
                    .help(format!("put `<!-- /{word} -->` alone on a line behind the last block that it is for")),
            );
            self.limit(scope.node..end, scope.limit);
        }
    }

    fn close_sections(&mut self, level: u8) {
        let end = self.doc.nodes.len();
        while let Some((heading, _)) = self.frame().sections.last() {
            let heading = *heading;
            if self.doc.headings[heading].level < level {
                break;
            }
            let (_, limits) = self.frame().sections.pop().expect("it was looked at above");
            let start = self.doc.headings[heading].node as usize;
            self.doc.headings[heading].end = end as u32;
            for limit in limits {
                self.limit(start..end, limit);
            }
        }
    }

    fn limit(&mut self, nodes: std::ops::Range<usize>, limit: Limit) {
        match limit {
            Limit::For(set) => self.limits.push((nodes, set)),
            Limit::Expires(day, span) => {
                let nodes = nodes.start as u32..nodes.end as u32;
                self.doc.expires.push(Expiry { day, span, nodes });
            }
        }
    }

    /// A run of text events: variables are told from text, and text that a backslash protects from both.
    fn run(&mut self, events: &mut [markdown::Piece<'a>], first: usize) -> usize {
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
    fn trim(&mut self) {
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

    fn in_row(&self) -> bool {
        self.frames.iter().rev().any(|frame| matches!(frame.tag, TagEnd::TableRow | TagEnd::TableHead))
    }

    fn saw(&mut self, span: Span) {
        if let Some(row) =
            self.frames.iter_mut().rev().find(|frame| matches!(frame.tag, TagEnd::TableRow | TagEnd::TableHead))
        {
            row.seen.push(span);
        }
    }

    /// Directives of a row that the parser dropped because they stand behind the last cell.
    fn dropped(&mut self, row: &Frame, span: Span) {
        let source = &self.text[span.range()];
        if !source.contains('<') || !source.contains("<!--") {
            return;
        }
        for comment in directive::comments(self.text, span) {
            let seen = row.seen.iter().any(|seen| seen.start <= comment.start && comment.end <= seen.end);
            if seen || !matches!(directive::read(self.text, comment, self.path), Comment::Directive(_)) {
                continue;
            }
            let line = &self.text[place::line(self.text, comment.start as usize)];
            let mended = place::moved_into_last_cell(line, &self.text[comment.range()]);
            self.note(
                self.at(
                    Code::DirectiveDropped,
                    comment,
                    "this directive stands behind the row's last cell, where Markdown drops it",
                )
                .label("not part of the row")
                .help(format!("put it inside the last cell: `{mended}`"))
                .fix(place::span(self.text, comment.start as usize), mended),
            );
        }
    }

    /// A comment within a block's text.
    fn comment(&mut self, events: &[markdown::Piece<'a>], i: usize) {
        let span = events[i].1;
        self.saw(span);
        let directive = match directive::read(self.text, span, self.path) {
            Comment::Remark => return,
            Comment::Wrong(wrong) => return self.note(*wrong),
            Comment::Directive(directive) => directive,
        };
        self.trim();
        // What follows: other comments and blanks do not count.
        let mut next = i + 1;
        while let Some((Event::InlineHtml(text) | Event::Text(text), _)) = events.get(next)
            && (text.starts_with("<!--") || text.trim().is_empty())
        {
            next += 1;
        }
        let block_ends = match events.get(next).map(|(event, _)| event) {
            None | Some(Event::End(_)) => true,
            Some(Event::SoftBreak | Event::HardBreak) => !self.frame().broken,
            Some(Event::Start(tag)) => place::is_block(tag),
            Some(_) => false,
        };
        let last_cell = matches!(events.get(next + 1), Some((Event::End(TagEnd::TableRow | TagEnd::TableHead), _)));
        let tag = self.frame().tag;
        match tag {
            _ if !block_ends => self.misplaced(&directive),
            TagEnd::Heading(_) => self.on_heading(directive),
            TagEnd::Item => self.on_item(directive),
            TagEnd::Paragraph => self.on_paragraph(directive),
            TagEnd::TableCell if last_cell && matches!(events.get(next), Some((Event::End(_), _))) => {
                self.on_row(directive)
            }
            TagEnd::TableCell => {
                let line = &self.text[place::line(self.text, span.start as usize)];
                let mended = place::moved_into_last_cell(line, &self.text[span.range()]);
                self.note(
                    self.at(Code::DirectivePlace, span, "a directive for a row stands in its last cell")
                        .help(format!("write `{mended}`"))
                        .fix(place::span(self.text, span.start as usize), mended),
                );
            }
            TagEnd::DefinitionListTitle | TagEnd::DefinitionListDefinition => self.note(
                self.at(Code::DirectivePlace, span, "a directive cannot mark a part of a definition list")
                    .help(scope_form(self.text, &directive)),
            ),
            _ => self.misplaced(&directive),
        }
    }

    /// A directive inside a sentence, or inside emphasis or a link.
    fn misplaced(&mut self, directive: &Directive) {
        let mended = place::moved_to_end(self.text, directive.span);
        self.note(
            self.at(Code::DirectivePlace, directive.span, "a directive stands at the end of what it marks")
                .label("text follows")
                .help(format!("write `{}`", mended.text.trim_start()))
                .fix(mended.span, mended.text),
        );
    }

    fn on_heading(&mut self, directive: Directive) {
        let (heading, mark) = match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                let limit = self.limit_of(&directive);
                let parent = self.frames.len() - 2;
                if let (Some(limit), Some((_, limits))) = (limit, self.frames[parent].sections.last_mut()) {
                    limits.push(limit);
                }
                return;
            }
            Word::Steps => (self.doc.headings.len() - 1, Section::Steps),
            Word::Checklist => (self.doc.headings.len() - 1, Section::Checklist),
            Word::Faq => (self.doc.headings.len() - 1, Section::Faq),
            _ => return self.wrong_block(&directive, "a heading"),
        };
        if self.doc.headings[heading].mark != Section::Plain {
            self.note(
                self.at(Code::DirectivePlace, directive.span, "a section can be only one of checklist, steps and faq")
                    .help("take one of the two directives away"),
            );
        }
        self.doc.headings[heading].mark = mark;
    }

    fn on_item(&mut self, directive: Directive) {
        let node = self.frame().node;
        self.on_item_at(directive, self.frames.len() - 1, node);
    }

    fn on_item_at(&mut self, directive: Directive, frame: usize, node: usize) {
        match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[frame].limits.push(limit);
                }
            }
            Word::Id(name) => {
                self.doc.item_ids.push((node as u32, self.text[name.range()].into(), name));
            }
            _ => self.wrong_block(&directive, "a list item"),
        }
    }

    fn on_paragraph(&mut self, directive: Directive) {
        let frame = self.frames.len() - 1;
        let node = self.frames[frame].node;
        let parent = self.frames[frame - 1].tag;
        let alert = matches!(parent, TagEnd::BlockQuote(_))
            && self.text[self.doc.nodes[node].span.range()].starts_with("[!")
            && !self.frames[frame].broken;
        if alert {
            let kind = self.text[self.doc.nodes[node].span.start as usize..directive.span.start as usize].trim();
            let written = self.text[directive.span.range()].to_owned();
            self.note(
                self.at(Code::DirectivePlace, directive.span, format!("a directive behind `{kind}` breaks the alert"))
                    .help(format!(
                        "put the alert into a scope: `{written}` alone on a line before it, `<!-- /{} -->` alone on a line behind it",
                        directive.word.name()
                    )),
            );
            return;
        }
        match directive.word {
            Word::Include => {
                // Checked when the paragraph ends: it must be one link, and nothing else.
                self.frames[frame].seen.push(directive.span);
            }
            _ if parent == TagEnd::Item && self.frames[frame - 1].node + 1 == node => {
                let item = self.frames[frame - 1].node;
                self.on_item_at(directive, frame - 1, item);
            }
            Word::For { .. } | Word::Expires(_) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[frame].limits.push(limit);
                }
            }
            _ => self.wrong_block(&directive, "a paragraph"),
        }
    }

    fn on_row(&mut self, directive: Directive) {
        let row = self.frames.len() - 2;
        match (&directive.word, self.frames[row].tag) {
            (Word::For { .. } | Word::Expires(_), TagEnd::TableRow) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[row].limits.push(limit);
                }
            }
            (Word::For { .. } | Word::Expires(_), _) => self.note(
                self.at(Code::DirectivePlace, directive.span, "a directive cannot mark a table's head")
                    .help(scope_form(self.text, &directive)),
            ),
            _ => self.wrong_block(&directive, "a table row"),
        }
    }

    fn wrong_block(&mut self, directive: &Directive, block: &str) {
        let name = directive.word.name();
        let help = match directive.word {
            Word::Checklist | Word::Steps | Word::Faq => {
                format!("`{name}` stands at the end of a heading: `## Before you start <!-- {name} -->`")
            }
            Word::Id(_) => "`id` stands at the end of a list item; a heading takes `{#name}` at its end".into(),
            Word::Include => {
                "`include` stands behind a link, in a paragraph of its own: `[Contact](_snippets/contact.md) <!-- include -->`"
                    .into()
            }
            Word::Close(_) => format!("`<!-- {name} -->` stands alone on a line"),
            Word::For { .. } | Word::Expires(_) => scope_form(self.text, directive),
        };
        self.note(self.at(Code::DirectivePlace, directive.span, format!("`{name}` cannot mark {block}")).help(help));
    }

    /// What `for` or `expires` asks for.
    fn limit_of(&mut self, directive: &Directive) -> Option<Limit> {
        match &directive.word {
            Word::Expires(day) => Some(Limit::Expires(*day, directive.span)),
            Word::For { not, names } => {
                let mut set = VariantSet::NONE;
                for span in names {
                    let name = &self.text[span.range()];
                    if name == "overview" {
                        set |= VariantSet::OVERVIEW;
                        continue;
                    }
                    let Some((index, bit)) = self.doc.names.mention(name) else {
                        self.note(self.at(
                            Code::DirectiveValue,
                            *span,
                            format!("one text can mention at most {} account types", super::set::MAX_NAMES),
                        ));
                        return None;
                    };
                    self.doc.mentions.push((index as u8, *span));
                    set |= bit;
                }
                Some(Limit::For(if *not { set.not() } else { set }))
            }
            _ => None,
        }
    }

    /// If the paragraph that ends is a link with `include` behind it, puts the include in its place.
    fn include(&mut self, node: usize) -> bool {
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
            self.limit(node..node + 1, limit);
        }
        true
    }

    /// An HTML block: scopes, comments, or the author's own HTML. Gives the index behind its end.
    fn html_block(&mut self, events: &mut [markdown::Piece<'a>], start: usize) -> usize {
        let span = events[start].1;
        let mut end = start + 1;
        while !matches!(events[end].0, Event::End(TagEnd::HtmlBlock)) {
            end += 1;
        }
        let next = end + 1;
        // A block ends with its last event: its own span may take in the indentation of what follows.
        let span = Span::new(span.start as usize, events[end - 1].1.end.max(span.start) as usize);
        if let Some(comments) = directive::only_comments(self.text, span) {
            for comment in comments {
                match directive::read(self.text, comment, self.path) {
                    Comment::Remark => {}
                    Comment::Wrong(wrong) => self.note(*wrong),
                    Comment::Directive(directive) => self.scope(directive, events, start, next),
                }
            }
            return next;
        }
        for comment in directive::comments(self.text, span) {
            let Comment::Directive(directive) = directive::read(self.text, comment, self.path) else { continue };
            if comment.start == span.start {
                self.misplaced(&directive);
            } else {
                self.note(
                    self.at(Code::DirectivePlace, comment, "a directive inside HTML marks nothing")
                        .help("put an empty line before and behind it"),
                );
            }
        }
        let node = self.push(NodeKind::Event(Event::Start(Tag::HtmlBlock)), span);
        for piece in &mut events[start + 1..end] {
            self.move_in(piece);
        }
        let close = self.push(NodeKind::Event(Event::End(TagEnd::HtmlBlock)), span);
        self.doc.nodes[node].close = close as u32;
        next
    }

    /// A directive alone on a line.
    fn scope(&mut self, directive: Directive, events: &[markdown::Piece<'a>], start: usize, next: usize) {
        let node = self.doc.nodes.len();
        match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                if place::splits_list(self.text, events, start, next) {
                    let written = &self.text[directive.span.range()];
                    return self.note(
                        self.at(Code::DirectivePlace, directive.span, "a line at the margin ends the list before it")
                            .label("the list goes on below")
                            .help(format!("mark the items: `- text of the item {written}`")),
                    );
                }
                let Some(limit) = self.limit_of(&directive) else { return };
                let word = directive.word.name();
                self.frame().scopes.push(Scope { word, span: directive.span, node, limit });
            }
            Word::Close(word) => {
                let position = self.frame().scopes.iter().rposition(|scope| scope.word == word);
                match position {
                    Some(position) => {
                        let scope = self.frame().scopes.remove(position);
                        self.limit(scope.node..node, scope.limit);
                    }
                    None => {
                        let outer = self
                            .frames
                            .iter()
                            .flat_map(|frame| &frame.scopes)
                            .find(|scope| scope.word == word)
                            .map(|scope| scope.span);
                        let mut note = self.at(
                            Code::DirectiveUnbalanced,
                            directive.span,
                            format!("there is no `{word}` to close here"),
                        );
                        note = match outer {
                            Some(span) => note
                                .related(self.path, span, "this one was opened outside of the list or quote")
                                .help("a scope ends in the same list item or quote in which it begins"),
                            None => note.help(format!(
                                "take this line away, or open the scope with `<!-- {word}: … -->` alone on a line"
                            )),
                        };
                        self.note(note);
                    }
                }
            }
            Word::Checklist | Word::Steps | Word::Faq => {
                let name = directive.word.name();
                let above = self.doc.headings.last().filter(|heading| heading.end == 0).map(|heading| {
                    let span = self.doc.nodes[heading.node as usize].span;
                    place::heading_with(&self.text[span.range()], name)
                });
                let line = above.unwrap_or_else(|| format!("## Before you start <!-- {name} -->"));
                self.note(
                    self.at(Code::DirectivePlace, directive.span, format!("`{name}` stands at the end of a heading"))
                        .help(format!("write `{line}`")),
                );
            }
            _ => self.wrong_block(&directive, "what is around it"),
        }
    }

    /// The heading's own text is known: its plain text, and whether it is the page's title once more.
    fn heading_ended(&mut self, node: usize, close: usize) {
        let plain = heading::plain(&self.doc.nodes[node + 1..close]);
        let index = self.doc.headings.len() - 1;
        let level = self.doc.headings[index].level;
        let span = self.doc.nodes[node].span;
        let nested = self.doc.headings[index].nested;
        if let Whole::Page(title) = self.whole
            && level == 1
            && !nested
        {
            if index == 0 && plain.trim() == title.trim() {
                self.doc.nodes.truncate(node);
                self.doc.headings.pop();
                self.frame().sections.pop();
                return;
            }
            let text = self.text[span.range()].trim();
            let note = self
                .at(Code::TextSecondTitle, Span::new(span.start as usize, span.start as usize + text.len()), {
                    "a page has one title, and it stands in the front matter"
                })
                .help(match text.strip_prefix('#') {
                    Some(rest) => format!("make it a section: `##{rest}`"),
                    None => "make it a section: underline it with `---` instead of `===`".to_owned(),
                });
            self.note(note);
        }
        let before = match index.checked_sub(1) {
            Some(previous) => self.doc.headings[previous].level,
            None if matches!(self.whole, Whole::Snippet) => level,
            None => 1,
        };
        if level > before + 1 && !nested {
            let marks = "#".repeat(usize::from(before) + 1);
            let from = "#".repeat(usize::from(before));
            self.note(
                self.at(
                    Code::TextSkippedLevel,
                    span,
                    format!("this heading skips a level: from `{from}` to `{}`", { "#".repeat(usize::from(level)) }),
                )
                .help(format!("write `{marks} {}`", plain.trim())),
            );
        }
        if let Some(mended) = heading::misread_attributes(self.text, span) {
            self.note(
                self.at(Code::DirectivePlace, span, "an id stands at the very end of a heading, behind directives")
                    .help(format!("write `{mended}`"))
                    .fix(span, mended),
            );
        }
        self.doc.headings[index].text = plain.into();
    }

    /// Makes sets of limits, and anchors of headings.
    fn finish(mut self) -> Doc<'a> {
        for (range, set) in &self.limits {
            for node in &mut self.doc.nodes[range.clone()] {
                node.set &= *set;
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
        if !self.limits.is_empty() || !steps.is_empty() {
            super::shrink::shrink(&mut self.doc);
        }
        heading::identify(&mut self.doc, self.text, self.path, &self.explicit);
        self.doc
    }
}

/// How to mark a block that cannot carry a directive.
fn scope_form(text: &str, directive: &Directive) -> String {
    let written = &text[directive.span.range()];
    let close = match directive.word {
        Word::Expires(_) => "expires",
        _ => "for",
    };
    format!("put `{written}` alone on a line before the whole block, and `<!-- /{close} -->` alone on a line behind it")
}
