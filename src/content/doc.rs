//! A text → `Doc`: its events with the account types that each is for, its headings, and what was wrong.
//!
//! This is the one place that obeys directives. The outline and the rendered body are both made from a `Doc`, so they
//! cannot disagree. It never reads another file: an included snippet stays a reference.

use super::front::Text;
use super::heading::Given;
use super::reader::{Reader, Variables};
use super::set::{Names, VariantSet};
use super::{markdown, place};
use crate::day::Day;
use crate::diag::{Diagnostic, Span};
use crate::path::SitePath;
use pulldown_cmark::{CowStr, Event};

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
    /// What is for nobody by name, only for the overview or for those that are not mentioned: directive and set.
    pub unnamed: Vec<(Span, VariantSet)>,
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
#[derive(Clone)]
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
        unnamed: Vec::new(),
        expires: Vec::new(),
        item_ids: Vec::new(),
        notes: Vec::new(),
    };
    let variables = if place::may_have_variables(&text[body..]) { Variables::Some } else { Variables::None };
    let (frames, limits, defined) = Default::default();
    let given = Given { headings: Vec::new(), footnotes: Vec::new() };
    let mut reader = Reader { text, variables, path, whole, doc, frames, limits, given, defined };
    match markdown::events(text, body, path) {
        Ok(parsed) => {
            reader.defined = parsed.defined;
            reader.read(parsed.events);
        }
        Err(too_deep) => reader.doc.notes.push(*too_deep),
    }
    reader.finish()
}
