//! One file's text → its `Outline`; never a look at another file, at the clock or at the settings.
//!
//! [`doc::interpret`] understands a text, and [`outline`] keeps of it what the rest of the site may ask about: about a
//! kilobyte, and never the events. These go along in packed form until the page is rendered; where an outline comes
//! from an earlier run, the text is interpreted when its body is needed.

mod definition;
pub mod directive;
pub mod doc;
pub mod front;
pub mod heading;
pub mod markdown;
mod obey;
pub mod packed;
pub mod place;
mod reader;
mod scope;
pub mod set;
mod shape;
mod shrink;
mod slip;
mod unseen;

use crate::day::Day;
use crate::diag::{Code, Diagnostic, Span};
use crate::hash::{Feed, Hash};
use crate::path::SitePath;
use doc::{Doc, Node, NodeKind, Section, Whole};
use front::{Front, Text};
use packed::{Packed, pack};
use pulldown_cmark::{Event, Tag};
use serde::{Deserialize, Serialize};
use set::{Names, VariantSet};
use std::hash::Hash as _;

/// What the site knows of a page or a snippet without its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// Its front matter; a snippet's is empty.
    pub front: Front,
    /// Where its body begins.
    pub body: u32,
    /// The account types that it mentions.
    pub names: Names,
    /// Every mention: index into `names`, and place.
    pub mentions: Box<[(u8, Span)]>,
    /// What is for nobody by name, only for the overview or for those that are not mentioned: directive and set.
    pub unnamed: Box<[(Span, VariantSet)]>,
    /// What its body consists of, in order.
    pub marks: Box<[Mark]>,
    /// Whether some of what stands before the first heading is not for everyone.
    pub split: bool,
    /// Blocks that should be looked at again before a day.
    pub expires: Box<[(Day, Span, VariantSet)]>,
    /// The hash of its front matter's bytes.
    pub front_hash: Hash,
    /// Hashes of the body as each bit of [`VariantSet`] sees it: overview, others, then each name. Empty if the text
    /// mentions no name.
    pub views: Box<[Hash]>,
    /// What is wrong with it.
    pub notes: Box<[Diagnostic]>,
}

impl Outline {
    /// The hash of the body as `bit`, a set with one member, sees it; `None` if all see the same.
    pub fn view(&self, bit: VariantSet) -> Option<Hash> {
        let index = match bit {
            VariantSet::OVERVIEW => 0,
            VariantSet::OTHER => 1,
            _ => 2 + (0..self.names.0.len()).find(|index| VariantSet::name(*index) == bit)?,
        };
        self.views.get(index).copied()
    }
}

/// Something in a body that others may ask about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mark {
    /// A heading at the level of sections: not inside a list, a quote or a footnote.
    Heading {
        /// 1 to 6, as written.
        level: u8,
        /// What its section is.
        mark: Section,
        /// Its anchor.
        id: Text,
        /// Its plain text, with variables as `{{name}}`.
        text: Text,
        /// Its place.
        span: Span,
        /// For whom.
        set: VariantSet,
        /// Whether some of its section is not for everyone, so that a page for all account types shows it once for each.
        split: bool,
    },
    /// An anchor inside a block.
    Anchor {
        /// The anchor.
        id: Text,
        /// For whom.
        set: VariantSet,
    },
    /// List items that stand directly in a section, one after the other.
    Items {
        /// Numbered items, or boxes to tick.
        list: List,
        /// How many.
        count: u16,
        /// The anchor, of a single item that has one.
        id: Option<Text>,
        /// For whom.
        set: VariantSet,
    },
    /// A snippet in its place.
    Include {
        /// The link's destination as written.
        dest: Text,
        /// Its place.
        span: Span,
        /// For whom.
        set: VariantSet,
    },
}

/// What kind of list an item belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum List {
    /// `1.`
    Numbered,
    /// `- [ ]`
    Tasks,
}

/// The outline of a page, and its text as it was understood, if that can be kept for rendering.
pub fn page(text: &str, path: &SitePath) -> (Outline, Option<Packed>) {
    let (front, body, notes) = front::parse(text, path);
    let doc = doc::interpret(text, body, path, Whole::Page(&front.title.value));
    let packed = pack(&doc, text);
    (outline(text, path, front, body, notes, doc), packed)
}

/// The same of a snippet.
pub fn snippet(text: &str, path: &SitePath) -> (Outline, Option<Packed>) {
    let mut notes = Vec::new();
    let body = match front::split(text) {
        front::Split::None { body } => body,
        front::Split::Block { body, .. } | front::Split::Amiss { body, .. } => {
            let note = Diagnostic::new(Code::IncludeInvalid, path, 0..3, "a snippet has no front matter");
            notes.push(match path.file_name() {
                "_index.md" => note.help("the page of a folder is called `index.md` here: rename the file"),
                _ => note.help("take the block between the two `---` lines away"),
            });
            body
        }
        front::Split::Unclosed { .. } => 0,
    };
    let doc = doc::interpret(text, body, path, Whole::Snippet);
    let packed = pack(&doc, text);
    (outline(text, path, Front::default(), body, notes, doc), packed)
}

fn outline(text: &str, path: &SitePath, front: Front, body: usize, mut notes: Vec<Diagnostic>, doc: Doc) -> Outline {
    if text[body..].trim().is_empty() && notes.is_empty() && matches!(front.kind, None | Some(front::Kind::Guide)) {
        let end = text.len();
        let note = |message| Diagnostic::new(Code::TextEmpty, path, end..end, message);
        if path.as_str().split('/').any(|part| part.starts_with('_')) {
            notes.push(note("this snippet has no text").help("write what it shall say, or take its includes away"));
        } else if path.file_name() != "index.md" {
            let help = "write the first sentence below the front matter, or set `draft: true`";
            notes.push(note("this page has no text").help(help));
        }
    }
    let marks = marks(&doc);
    let views = views(&doc);
    let split = is_split(&doc.nodes[..doc.intro()]);
    let expires = doc
        .expires
        .iter()
        .map(|expiry| {
            let set = doc.nodes.get(expiry.nodes.start as usize).map_or(VariantSet::ALL, |node| node.set);
            (expiry.day, expiry.span, set)
        })
        .collect();
    notes.extend(doc.notes);
    Outline {
        front,
        body: body as u32,
        names: doc.names,
        mentions: doc.mentions.into(),
        unnamed: doc.unnamed.into(),
        marks: marks.into(),
        split,
        expires,
        front_hash: Hash::of(&text.as_bytes()[..body]),
        views,
        notes: notes.into(),
    }
}

/// The body's marks, in order.
fn marks(doc: &Doc) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut headings = doc.headings.iter().peekable();
    let mut items = doc.item_ids.iter().peekable();
    let mut at = 0;
    // How many containers are open: only what stands in none is at the level of sections.
    let mut depth = 0usize;
    while at < doc.nodes.len() {
        let node = &doc.nodes[at];
        match &node.kind {
            NodeKind::Include(dest) => {
                marks.push(Mark::Include { dest: (**dest).into(), span: node.span, set: node.set });
            }
            NodeKind::Event(Event::Start(tag)) => {
                match tag {
                    Tag::Heading { .. } => {
                        let heading = headings.next().expect("every heading's start is in the list, in order");
                        marks.push(if depth == 0 {
                            Mark::Heading {
                                level: heading.level,
                                mark: heading.mark,
                                id: heading.id.clone(),
                                text: heading.text.clone(),
                                span: node.span,
                                set: node.set,
                                split: is_split(&doc.nodes[at..heading.end as usize]),
                            }
                        } else {
                            Mark::Anchor { id: heading.id.clone(), set: node.set }
                        });
                        at = node.close as usize + 1;
                        continue;
                    }
                    Tag::List(first) if depth == 0 => list(doc, at, *first, &mut marks),
                    Tag::Item => {
                        let id = items.next_if(|(item, ..)| *item as usize == at);
                        if let (Some((_, id, _)), true) = (id, depth > 1) {
                            marks.push(Mark::Anchor { id: id.clone(), set: node.set });
                        }
                    }
                    Tag::FootnoteDefinition(label) => {
                        marks.push(Mark::Anchor { id: heading::footnote(label).into(), set: node.set });
                    }
                    _ => {}
                }
                depth += 1;
            }
            NodeKind::Event(Event::End(_)) => depth -= 1,
            NodeKind::Event(Event::Html(html) | Event::InlineHtml(html)) => {
                for id in html_ids(html) {
                    marks.push(Mark::Anchor { id: id.into(), set: node.set });
                }
            }
            _ => {}
        }
        at += 1;
    }
    marks
}

/// The items of a list that stands directly in a section.
fn list(doc: &Doc, at: usize, first: Option<u64>, marks: &mut Vec<Mark>) {
    let close = doc.nodes[at].close as usize;
    let mut item = at + 1;
    while item < close {
        let kind = match first {
            Some(_) => Some(List::Numbered),
            None => is_task(&doc.nodes[item..close]).then_some(List::Tasks),
        };
        let set = doc.nodes[item].set;
        let id = doc.item_ids.iter().find(|(node, ..)| *node as usize == item).map(|(_, id, _)| id.clone());
        match (kind, id, marks.last_mut()) {
            (Some(kind), None, Some(Mark::Items { list, count, id: None, set: others }))
                if *list == kind && *others == set && *count < u16::MAX =>
            {
                *count += 1;
            }
            (Some(list), id, _) => marks.push(Mark::Items { list, count: 1, id, set }),
            (None, Some(id), _) => marks.push(Mark::Anchor { id, set }),
            (None, None, _) => {}
        }
        item = doc.nodes[item].close as usize + 1;
    }
}

/// Whether some account types see other nodes than others do.
pub fn is_split(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| node.set | VariantSet::OVERVIEW != VariantSet::ALL)
}

/// Whether the item that begins with `nodes` has a box to tick.
pub fn is_task(nodes: &[Node]) -> bool {
    nodes[1..].iter().take(2).any(|node| matches!(node.kind, NodeKind::Event(Event::TaskListMarker(_))))
}

/// The ids that a piece of raw HTML gives.
fn html_ids(html: &str) -> Vec<String> {
    let mut ids = Vec::new();
    if html.contains("id") {
        for token in html5gum::Tokenizer::new(html).flatten() {
            if let html5gum::Token::StartTag(tag) = token
                && let Some(id) = tag.attributes.get(&b"id"[..])
            {
                ids.push(String::from_utf8_lossy(id).into_owned());
            }
        }
    }
    ids
}

/// The hashes of [`Outline::views`].
fn views(doc: &Doc) -> Box<[Hash]> {
    if doc.names.0.is_empty() {
        return Box::new([]);
    }
    let bits: Vec<VariantSet> = [VariantSet::OVERVIEW, VariantSet::OTHER]
        .into_iter()
        .chain((0..doc.names.0.len()).map(VariantSet::name))
        .collect();
    let mut feeds: Vec<Feed> = bits.iter().map(|_| Feed::default()).collect();
    let mut one = Feed::default();
    // What a bit stands for is part of what it sees.
    doc.names.hash(&mut one);
    feeds.iter_mut().for_each(|all| all.append(&one));
    let mut headings = doc.headings.iter().peekable();
    let mut items = doc.item_ids.iter().peekable();
    for (index, node) in doc.nodes.iter().enumerate() {
        one.clear();
        node.set.hash(&mut one);
        match &node.kind {
            NodeKind::Variable(name) => (1u8, name).hash(&mut one),
            NodeKind::Include(dest) => (2u8, &**dest).hash(&mut one),
            NodeKind::Event(event) => feed(event, &mut one),
        }
        if let Some(heading) = headings.next_if(|heading| heading.node as usize == index) {
            (&heading.id, heading.mark).hash(&mut one);
        }
        if let Some((_, id, _)) = items.next_if(|(item, ..)| *item as usize == index) {
            id.hash(&mut one);
        }
        for (bit, all) in bits.iter().zip(&mut feeds) {
            if node.set.meets(*bit) {
                all.append(&one);
            }
        }
    }
    feeds.iter().map(Feed::hash).collect()
}

/// Feeds everything of an event that a rendered body may depend on.
fn feed(event: &Event, to: &mut Feed) {
    std::mem::discriminant(event).hash(to);
    match event {
        Event::Text(text)
        | Event::Code(text)
        | Event::Html(text)
        | Event::InlineHtml(text)
        | Event::InlineMath(text)
        | Event::DisplayMath(text)
        | Event::FootnoteReference(text) => (**text).hash(to),
        Event::TaskListMarker(ticked) => ticked.hash(to),
        Event::Start(tag) => match tag {
            Tag::Link { link_type, dest_url, title, id } | Tag::Image { link_type, dest_url, title, id } => {
                let kinds = (std::mem::discriminant(tag), std::mem::discriminant(link_type));
                (kinds, &**dest_url, &**title, &**id).hash(to);
            }
            // The rest is rare or small: its debug form names all that it holds.
            _ => format!("{tag:?}").hash(to),
        },
        Event::End(tag) => tag.hash(to),
        Event::SoftBreak | Event::HardBreak | Event::Rule => {}
    }
}
