//! Links whose address stands in a definition → those that some readers follow for whom the definition is not.
//!
//! Markdown knows nothing of account types: a definition counts for the whole text, wherever it stands, and of two with
//! one label the first. So it must not stand where only some of the link's readers are meant.

use super::doc::{Doc, NodeKind};
use super::reader::Limited;
use super::set::VariantSet;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use pulldown_cmark::{Event, Tag};

/// Reports links that would show an address to account types for whom it is not. `defined` has the places of links and
/// of their definitions, in order.
pub(super) fn check(doc: &mut Doc, text: &str, path: &SitePath, limits: &[Limited], defined: &[(Span, Span)]) {
    if limits.is_empty() || defined.is_empty() {
        return;
    }
    let mut notes = Vec::new();
    let mut defined = defined.iter().peekable();
    for node in &doc.nodes {
        let NodeKind::Event(Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. }))) = &node.kind else { continue };
        while defined.next_if(|(link, _)| link.start < node.span.start).is_some() {}
        let Some((_, definition)) = defined.next_if(|(link, _)| *link == node.span) else { continue };
        let around = limits.iter().filter(|limited| limited.bytes.range().contains(&(definition.start as usize)));
        let (mut set, mut said) = (VariantSet::ALL, Span::default());
        for limited in around {
            set &= limited.set;
            if !node.set.is_within(limited.set) {
                said = limited.said;
            }
        }
        if node.set.is_within(set) {
            continue;
        }
        let (Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = tag else { continue };
        let mark = &text[said.range()];
        let written = text[node.span.range()].split(']').next().unwrap_or_default();
        notes.push(
            Diagnostic::new(
                Code::LinkOthersAddress,
                path,
                node.span,
                format!("the address of this link is defined in text that is only `{mark}`, and others see the link"),
            )
            .related(path, *definition, "defined here; of two definitions with one label, Markdown takes the first")
            .help(format!(
                "write the address into the link, such as `{written}]({dest_url})`, or move the definition out of that text"
            )),
        );
    }
    doc.notes.append(&mut notes);
}
