//! A text that a page shows, its own or a snippet's → levels and ids as they are on the page.

use crate::content::doc::{Doc, Heading};
use crate::path::SitePath;
use crate::site::splice::Splice;
use crate::site::walk::{Who, shifted};

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
