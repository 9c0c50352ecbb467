//! Sets of nodes → sets in which no container is shown without content; never widens a set.

use super::doc::{Doc, NodeKind};
use super::set::VariantSet;
use pulldown_cmark::{Event, Tag};

/// Takes from every list, item, quote, table and section those account types for whom nothing of its content is left.
///
/// A container that was empty as written stays: only what projection would leave empty goes.
pub(super) fn shrink(doc: &mut Doc) {
    let end = doc.nodes.len();
    blocks(doc, 0, end);
    // From the last section to the first, so that a section's own sections are known before it.
    for index in (0..doc.headings.len()).rev() {
        let (start, end) = (doc.headings[index].node as usize, doc.headings[index].end as usize);
        let close = doc.nodes[start].close as usize;
        if close + 1 < end {
            let content = union(doc, close + 1, end);
            for node in &mut doc.nodes[start..=close] {
                node.set &= content;
            }
        }
    }
    // A quote or an item may have held nothing but sections.
    blocks(doc, 0, end);
}

/// The union of the sets of the blocks in `start..end`.
fn union(doc: &Doc, start: usize, end: usize) -> VariantSet {
    let mut union = VariantSet::NONE;
    let mut at = start;
    while at < end {
        union |= doc.nodes[at].set;
        at = doc.nodes[at].close as usize + 1;
    }
    union
}

fn blocks(doc: &mut Doc, start: usize, end: usize) {
    let mut at = start;
    while at < end {
        let close = doc.nodes[at].close as usize;
        match &doc.nodes[at].kind {
            NodeKind::Event(Event::Start(
                Tag::List(_)
                | Tag::Item
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)
                | Tag::DefinitionList
                | Tag::DefinitionListDefinition,
            )) => {
                blocks(doc, at + 1, close);
                contain(doc, at, close, at + 1);
            }
            NodeKind::Event(Event::Start(Tag::Table(_))) => {
                let head_close = doc.nodes[at + 1].close as usize;
                contain(doc, at, close, head_close + 1);
                let set = doc.nodes[at].set;
                for node in &mut doc.nodes[at + 1..=head_close] {
                    node.set &= set;
                }
            }
            _ => {}
        }
        at = close + 1;
    }
}

/// Gives the container `at..=close` no more than its content from `first` on has, if it has any.
fn contain(doc: &mut Doc, at: usize, close: usize, first: usize) {
    if first < close {
        let content = union(doc, first, close);
        doc.nodes[at].set &= content;
        doc.nodes[close].set &= content;
    }
}
