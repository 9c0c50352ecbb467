//! A page's text and a view → the HTML of its body; the only serializer of Markdown.
//!
//! The text is interpreted once more, and what the view does not show is passed over. Plain constructs come out as
//! CommonMark's reference renderer writes them; sections that a directive names go through the theme's components.

use super::footnote::Note;
use super::section::{Boxed, Mode};
use super::{engine, escape};
use crate::config::{Choice, Config};
use crate::content::doc::{Doc, Heading, Node, NodeKind, Section, Whole, interpret};
use crate::content::front::Front;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::{Answer, Ask, Facts, Known, Placement};
use crate::path::SitePath;
use crate::site::View;
use crate::site::splice::Splice;
use crate::site::vars::{names, variable};
use crate::site::walk::{Shape, Who, shifted};
use crate::templates::Words;
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};
use std::sync::Arc;
use tera::Context;

/// A page's body.
#[derive(Default)]
pub struct Body {
    /// The HTML.
    pub html: String,
    /// Questions that this page is the site's first to show: plain text, answer as HTML.
    pub questions: Vec<(String, String)>,
    /// Steps: plain text, anchor.
    pub steps: Vec<(String, String)>,
    /// Where the direct button leads.
    pub action: Option<String>,
    /// Related pages: file and address.
    pub related: Vec<(SitePath, String)>,
    /// What was wrong with it.
    pub notes: Vec<Diagnostic>,
}

/// What a body is rendered for.
pub struct Page<'f> {
    /// The facts.
    pub facts: &'f Facts,
    /// The page's file.
    pub path: &'f SitePath,
    /// Which of its pages.
    pub view: &'f View,
    /// Its front matter.
    pub front: &'f Front,
    /// Where it stands.
    pub placement: &'f Placement,
    /// The settings.
    pub config: &'f Config,
    /// The theme's words.
    pub words: &'f Words,
}

/// Renders the body; an error is a template that failed.
pub fn render(page: &Page) -> Result<Body, Box<Diagnostic>> {
    let Some((text, start)) = page.facts.body(page.path, page.view) else { return Ok(Body::default()) };
    let doc = interpret(text, start, page.path, Whole::Page(&page.front.title.value));
    let splices = if doc.nodes.iter().any(|node| matches!(node.kind, NodeKind::Include(_))) {
        Some(page.facts.ask(Ask::Splices(page.path.clone())))
    } else {
        None
    };
    let splices = match splices.as_deref().map(|known| &known.answer) {
        Some(Answer::Splices(splices)) => splices,
        _ => &Box::default(),
    };
    let shape_view = match page.view {
        View::Single | View::Print => View::Plain,
        other => other.clone(),
    };
    let mut writer = Writer {
        page,
        out: String::with_capacity(text.len() * 2),
        body: Body::default(),
        who: Who::Plain,
        prefix: String::new(),
        shape: shape(page, &shape_view),
        mode: Mode::Plain,
        own_box: Boxed::Here,
        depth: 0,
        steps: 0,
        acted: false,
        chosen: false,
        ticks: Vec::new(),
        notes: Vec::new(),
        table: Vec::new(),
        cell: 0,
    };
    let part = Part { doc: &doc, text, path: page.path, splice: None, splices, parent: None };
    match page.view {
        View::Single | View::Print => writer.everything(&part)?,
        view => {
            writer.who = who(view);
            writer.text(&part)?;
        }
    }
    if *page.view == View::Overview && !writer.chosen {
        writer.chooser()?;
    }
    writer.expiries(&part);
    writer.front_links();
    let mut body = writer.body;
    body.html = writer.out;
    if *page.view == View::Print {
        // The other pages say what is wrong.
        body.notes.clear();
    }
    Ok(body)
}

/// Who reads the page of `view`.
pub fn who(view: &View) -> Who<'_> {
    match view {
        View::Overview => Who::Overview,
        View::Option(id) => Who::Option(id),
        View::Plain | View::Single | View::Print => Who::Plain,
    }
}

/// What `view` shows of the page.
pub fn shape(page: &Page, view: &View) -> Seen {
    Seen(page.facts.ask(Ask::Shape(page.path.clone(), view.clone())))
}

/// The answer to a question for a shape.
#[derive(Clone)]
pub(super) struct Seen(Arc<Known>);

impl std::ops::Deref for Seen {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        static NOTHING: Shape = Shape::EMPTY;
        match &self.0.answer {
            Answer::Shape(shape) => shape,
            _ => &NOTHING,
        }
    }
}

/// A text that is part of the page: its own, or a snippet's.
pub(super) struct Part<'p> {
    pub doc: &'p Doc<'p>,
    pub text: &'p str,
    pub path: &'p SitePath,
    /// How it is included; `None` for the page's own text.
    pub splice: Option<&'p Splice>,
    /// Its own includes, in order.
    pub splices: &'p [Splice],
    /// The text that includes it, and the include's node.
    pub parent: Option<(&'p Part<'p>, usize)>,
}

impl Part<'_> {
    /// A heading's level on the page.
    pub fn level(&self, heading: &Heading) -> u8 {
        // A heading inside a quote or a list is part of what is quoted, and no section of the page.
        if heading.nested {
            heading.level
        } else {
            shifted(heading.level, self.splice.map_or(0, |splice| splice.shift))
        }
    }

    /// What an id of this text is on the page.
    pub fn id<'s>(&'s self, id: &'s str) -> &'s str {
        self.splice.map_or(id, |splice| splice.renamed(id))
    }

    /// Whether `who` sees the node.
    pub fn is_seen(&self, node: usize, who: Who) -> bool {
        self.doc.nodes[node].set.meets(who.bit(&self.doc.names))
            && self.parent.is_none_or(|(parent, include)| parent.is_seen(include, who))
    }

    pub fn heading_at(&self, node: usize) -> Option<&Heading> {
        let at = self.doc.headings.binary_search_by_key(&(node as u32), |heading| heading.node).ok()?;
        Some(&self.doc.headings[at])
    }
}

pub(super) struct Writer<'p, 'f> {
    pub page: &'p Page<'f>,
    pub out: String,
    pub body: Body,
    /// For whom.
    pub who: Who<'p>,
    /// Before every id: the option's id and two hyphens, on a page with everything.
    pub prefix: String,
    pub shape: Seen,
    pub mode: Mode,
    pub own_box: Boxed,
    /// How many lists, quotes and notes are open: directives name what stands in none.
    pub depth: usize,
    /// How many sections of steps have begun.
    pub steps: usize,
    /// Whether the action's button stands already.
    pub acted: bool,
    /// Whether the chooser stands already.
    pub chosen: bool,
    /// Ids of boxes so far.
    pub ticks: Vec<String>,
    /// Footnotes of the text that is being written, in the order of reference.
    pub notes: Vec<Note>,
    table: Vec<Alignment>,
    cell: usize,
}

pub(super) type Written<T = ()> = Result<T, Box<Diagnostic>>;

impl<'p> Writer<'p, '_> {
    /// Notes what is wrong in the file `path`, for this page's account type.
    pub fn note(&mut self, path: &SitePath, mut diagnostic: Diagnostic) {
        self.page.facts.places(path);
        if let Who::Option(id) = self.who {
            diagnostic.variants.push(id.to_owned());
        }
        self.body.notes.push(diagnostic);
    }

    pub fn component(&mut self, name: &str, values: &Context, body: Option<&str>) -> Written {
        let words = &self.page.words.value;
        self.line();
        engine::component(self.page.facts, name, values, words, body, self.page.path, &mut self.out)?;
        self.out.push('\n');
        Ok(())
    }

    /// What `write` writes, instead of writing it.
    pub fn captured(&mut self, write: impl FnOnce(&mut Self) -> Written) -> Written<String> {
        let outer = std::mem::replace(&mut self.out, String::with_capacity(512));
        let written = write(self);
        let inner = std::mem::replace(&mut self.out, outer);
        written.map(|()| inner)
    }

    /// Begins a new line of the source.
    pub fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// The account type whose page or part this is.
    pub fn option(&self) -> Option<&'p Choice> {
        let Who::Option(id) = self.who else { return None };
        let offer = self.page.placement.offer.as_ref()?;
        self.page.config.groups[offer.group as usize].options.iter().find(|option| option.id == id)
    }

    /// The value of a variable; what is undefined is reported and empty.
    pub fn variable(&mut self, path: &SitePath, name: &str, span: Span) -> String {
        let (page, option) = (self.page, self.option());
        let url = crate::site::url_of(&page.placement.url, page.view);
        if let Some(value) = variable(page.config, page.front, &url, option, name) {
            return value;
        }
        let known = names(page.config, page.front, option);
        let note =
            Diagnostic::new(Code::VariableUndefined, path, span, format!("the variable `{name}` has no value here"));
        let help = match crate::diag::nearest(name, known) {
            Some(near) => format!("did you mean `{{{{ {near} }}}}`?"),
            None if name.starts_with("option.") => {
                "account types have pages of their own; put this into a block `for` them".to_owned()
            }
            None => format!("add `{name}` under `vars:` in the front matter or in `site.yaml`, or write `\\{{{{`"),
        };
        self.note(path, note.help(help));
        String::new()
    }

    /// Writes the blocks `from..to` of a part, those that the reader sees.
    pub fn blocks(&mut self, part: &Part, from: usize, to: usize) -> Written {
        let bit = self.who.bit(&part.doc.names);
        let mut at = from;
        while at < to {
            let node = &part.doc.nodes[at];
            if !node.set.meets(bit) {
                if part.splice.is_none() && part.heading_at(at).is_some_and(|heading| !heading.nested) {
                    self.left_out()?;
                }
                at = node.close as usize + 1;
                continue;
            }
            at = self.block(part, at)?;
        }
        Ok(())
    }

    /// Writes the block that begins at `at`; gives the index behind it.
    fn block(&mut self, part: &Part, at: usize) -> Written<usize> {
        let node = &part.doc.nodes[at];
        let close = node.close as usize;
        match &node.kind {
            NodeKind::Include(_) => self.include(part, at)?,
            NodeKind::Event(Event::Start(tag)) => match tag {
                Tag::Heading { .. } => {
                    let heading = part.heading_at(at).expect("every heading's start is in the list");
                    return self.heading(part, heading, at, close);
                }
                Tag::List(first) => self.list(part, at, close, *first)?,
                _ => self.container(part, tag, at, close)?,
            },
            _ => {
                // The inline text of a tight item or definition: up to the next block.
                let mut end = at;
                let stop = |node: &Node| match &node.kind {
                    NodeKind::Event(Event::Start(tag)) => crate::content::place::is_block(tag),
                    NodeKind::Event(Event::End(tag)) => is_block_end(tag),
                    NodeKind::Event(Event::Rule) | NodeKind::Include(_) => true,
                    _ => false,
                };
                if let NodeKind::Event(Event::Rule) = node.kind {
                    self.line();
                    self.out.push_str("<hr />\n");
                    return Ok(at + 1);
                }
                while end < part.doc.nodes.len() && !stop(&part.doc.nodes[end]) {
                    end = part.doc.nodes[end].close as usize + 1;
                }
                self.inline(part, at, end);
                return Ok(end);
            }
        }
        Ok(close + 1)
    }

    fn container(&mut self, part: &Part, tag: &Tag, at: usize, close: usize) -> Written {
        match tag {
            Tag::Paragraph => {
                self.line();
                self.out.push_str("<p>");
                self.inline(part, at + 1, close);
                self.out.push_str("</p>\n");
            }
            Tag::BlockQuote(None) => self.wrapped(part, at, close, "<blockquote>\n", "</blockquote>\n")?,
            Tag::BlockQuote(Some(kind)) => {
                let inner = self.captured(|writer| writer.inside(part, at + 1, close))?;
                let kind = alert(*kind);
                let title = self.page.words.get(kind).to_owned();
                let mut values = Context::new();
                values.insert_value("kind", kind.into());
                values.insert_value("title", title.into());
                self.component("alert", &values, Some(inner.trim_end()))?;
            }
            Tag::CodeBlock(kind) => {
                self.line();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split(' ').next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.out.push_str("<pre tabindex=\"0\"><code");
                if !language.is_empty() {
                    self.out.push_str(" class=\"language-");
                    escape::text(&mut self.out, language);
                    self.out.push('"');
                }
                self.out.push('>');
                for node in &part.doc.nodes[at + 1..close] {
                    if let NodeKind::Event(Event::Text(text)) = &node.kind {
                        escape::text(&mut self.out, text);
                    }
                }
                self.out.push_str("</code></pre>\n");
            }
            Tag::HtmlBlock => {
                let mut html = String::new();
                for node in &part.doc.nodes[at + 1..close] {
                    if let NodeKind::Event(Event::Html(text)) = &node.kind {
                        html.push_str(text);
                    }
                }
                self.raw(part, &html, part.doc.nodes[at].span);
            }
            Tag::Item => {
                self.line();
                self.out.push_str("<li");
                self.item_id(part, at);
                self.out.push('>');
                self.inside(part, at + 1, close)?;
                self.out.push_str("</li>\n");
            }
            // Footnotes stand at the page's end, in the order in which the text refers to them.
            Tag::FootnoteDefinition(_) => {}
            Tag::DefinitionList => self.wrapped(part, at, close, "<dl>\n", "</dl>\n")?,
            Tag::DefinitionListTitle => self.wrapped(part, at, close, "<dt>", "</dt>\n")?,
            Tag::DefinitionListDefinition => self.wrapped(part, at, close, "<dd>", "</dd>\n")?,
            Tag::Table(alignments) => {
                self.table = alignments.clone();
                let inner = self.captured(|writer| {
                    writer.out.push_str("<table>");
                    writer.blocks(part, at + 1, close)?;
                    writer.out.push_str("</tbody></table>");
                    Ok(())
                })?;
                let (facts, words) = (self.page.facts, &self.page.words.value);
                let none = Context::new();
                engine::component(facts, "table_wrap", &none, words, Some(&inner), self.page.path, &mut self.out)?;
                self.out.push('\n');
            }
            Tag::TableHead => {
                self.cell = 0;
                self.out.push_str("<thead><tr>");
                self.cells(part, at + 1, close, "th");
                self.out.push_str("</tr></thead><tbody>\n");
            }
            Tag::TableRow => {
                self.cell = 0;
                self.out.push_str("<tr>");
                self.cells(part, at + 1, close, "td");
                self.out.push_str("</tr>\n");
            }
            _ => self.inline(part, at, close + 1),
        }
        Ok(())
    }

    fn wrapped(&mut self, part: &Part, at: usize, close: usize, open: &str, end: &str) -> Written {
        self.line();
        self.out.push_str(open);
        self.inside(part, at + 1, close)?;
        if open.ends_with('\n') {
            self.line();
        }
        self.out.push_str(end);
        Ok(())
    }

    /// The blocks inside a container, where directives of sections reach no longer.
    pub fn inside(&mut self, part: &Part, from: usize, to: usize) -> Written {
        self.depth += 1;
        let written = self.blocks(part, from, to);
        self.depth -= 1;
        written
    }

    fn cells(&mut self, part: &Part, from: usize, to: usize, name: &str) {
        let mut at = from;
        while at < to {
            let close = part.doc.nodes[at].close as usize;
            let class = match self.table.get(self.cell) {
                Some(Alignment::Left) => " class=\"left\"",
                Some(Alignment::Center) => " class=\"center\"",
                Some(Alignment::Right) => " class=\"right\"",
                _ => "",
            };
            self.cell += 1;
            self.out.push('<');
            self.out.push_str(name);
            self.out.push_str(class);
            self.out.push('>');
            self.inline(part, at + 1, close);
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
            at = close + 1;
        }
    }

    fn list(&mut self, part: &Part, at: usize, close: usize, first: Option<u64>) -> Written {
        if self.depth == 0 && self.marked_list(part, at, close, first)? {
            return Ok(());
        }
        self.line();
        match first {
            Some(1) => self.out.push_str("<ol>\n"),
            Some(start) => self.out.push_str(&format!("<ol start=\"{start}\">\n")),
            None => self.out.push_str("<ul>\n"),
        }
        self.inside(part, at + 1, close)?;
        self.out.push_str(if first.is_some() { "</ol>\n" } else { "</ul>\n" });
        Ok(())
    }

    /// Writes the attribute `id` of an item that has one.
    fn item_id(&mut self, part: &Part, item: usize) {
        if let Some((_, id, _)) = part.doc.item_ids.iter().find(|(node, ..)| *node as usize == item) {
            let id = format!("{}{}", self.prefix, part.id(id));
            self.out.push_str(" id=\"");
            escape::text(&mut self.out, &id);
            self.out.push('"');
        }
    }

    /// A heading, and its whole section if a directive says what that is.
    fn heading(&mut self, part: &Part, heading: &Heading, at: usize, close: usize) -> Written<usize> {
        if !heading.nested && self.depth == 0 {
            let level = part.level(heading);
            if self.is_question(level) {
                self.question(part, heading, at, close)?;
                return Ok(heading.end as usize);
            }
            if self.is_step(level) {
                self.step_section(part, heading, at, close)?;
                return Ok(heading.end as usize);
            }
            if heading.mark != Section::Plain {
                self.plain_heading(part, heading, at, close, part.level(heading));
                self.section(part, heading, close)?;
                return Ok(heading.end as usize);
            }
        }
        self.plain_heading(part, heading, at, close, part.level(heading));
        Ok(close + 1)
    }

    pub fn plain_heading(&mut self, part: &Part, heading: &Heading, at: usize, close: usize, level: u8) {
        let level = if self.prefix.is_empty() { level } else { (level + 1).min(6) };
        let level = char::from(b'0' + level);
        self.line();
        self.out.extend(["<h", level.encode_utf8(&mut [0; 4]), " id=\""]);
        escape::text(&mut self.out, &self.prefix);
        escape::text(&mut self.out, part.id(&heading.id));
        self.out.push_str("\">");
        self.inline(part, at + 1, close);
        self.out.extend(["</h", level.encode_utf8(&mut [0; 4]), ">\n"]);
    }

    /// A snippet in its place.
    fn include(&mut self, part: &Part, at: usize) -> Written {
        let before = part.doc.nodes[..at].iter().filter(|node| matches!(node.kind, NodeKind::Include(_))).count();
        let Some(splice) = part.splices.get(before) else { return Ok(()) };
        let Some(path) = &splice.path else { return Ok(()) };
        let facts = self.page.facts;
        let Some((text, start)) = facts.body(path, self.page.view) else { return Ok(()) };
        let doc = interpret(text, start, path, Whole::Snippet);
        let inner =
            Part { doc: &doc, text, path, splice: Some(splice), splices: &splice.inner, parent: Some((part, at)) };
        self.text(&inner)?;
        self.expiries(&inner);
        Ok(())
    }

    /// Reminders of blocks that this page shows, whose day comes closer. They change nothing of the page.
    fn expiries(&mut self, part: &Part) {
        let everyone = matches!(self.page.view, View::Single | View::Print);
        for expiry in &part.doc.expires {
            let start = expiry.nodes.start as usize;
            if start >= part.doc.nodes.len() || !everyone && !part.is_seen(start, self.who) {
                continue;
            }
            let (code, message) = if self.page.facts.due(expiry.day) {
                (Code::ExpiresPast, format!("this expired on {}", expiry.day))
            } else if self.page.facts.due(expiry.day.plus(-30)) {
                (Code::ExpiresSoon, format!("this expires on {}", expiry.day))
            } else {
                continue;
            };
            let note = Diagnostic::new(code, part.path, expiry.span, message)
                .help("check that it is still right, then move the date, or take the directive away");
            self.note(part.path, note);
        }
    }
}

fn is_block_end(tag: &TagEnd) -> bool {
    !matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

/// The name of an alert's kind, for components, words and styles.
fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// Counts are shared between pages of one guide.
pub fn counts(facts: &Facts, path: &SitePath) -> Arc<Known> {
    facts.ask(Ask::Counts(path.clone()))
}
