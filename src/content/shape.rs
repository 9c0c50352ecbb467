//! Two outlines of one file → whether they differ only where no other page looks; never lets a difference pass that
//! could change the site's structure.

use super::{Mark, Outline};

impl Outline {
    /// Whether the site that is assembled with one is the site that is assembled with the other, but for the outline
    /// itself and for the places that diagnostics name.
    pub fn is_shaped_like(&self, other: &Outline) -> bool {
        let mentions = |outline: &Outline| outline.mentions.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let unnamed = |outline: &Outline| outline.unnamed.iter().map(|(_, set)| *set).collect::<Vec<_>>();
        let expires = |outline: &Outline| outline.expires.iter().map(|(day, _, set)| (*day, *set)).collect::<Vec<_>>();
        self.front_hash == other.front_hash
            && self.front == other.front
            && self.names == other.names
            && self.split == other.split
            && mentions(self) == mentions(other)
            && unnamed(self) == unnamed(other)
            && expires(self) == expires(other)
            && self.marks.len() == other.marks.len()
            && self.marks.iter().zip(&other.marks).all(|(a, b)| is_like(a, b))
    }
}

/// Whether two marks are the same at different places.
fn is_like(a: &Mark, b: &Mark) -> bool {
    let (mut a, mut b) = (a.clone(), b.clone());
    for mark in [&mut a, &mut b] {
        match mark {
            Mark::Heading { span, .. } | Mark::Include { span, .. } => *span = Default::default(),
            Mark::Anchor { .. } | Mark::Items { .. } => {}
        }
    }
    a == b
}

#[cfg(test)]
mod tests {
    use crate::content;
    use crate::path::SitePath;

    fn alike(a: &str, b: &str) -> bool {
        let outline = |text: &str| content::page(text, &SitePath::new("content/a.md")).0;
        outline(a).is_shaped_like(&outline(b))
    }

    #[test]
    fn only_words_in_the_text_leave_the_shape_alone() {
        let page = "---\ntitle: A\n---\n\nText.\n\n## Heading\n\n1. one\n2. two\n\nMore.\n";
        assert!(alike(page, &page.replace("Text.", "Some more text.")));
        assert!(alike(page, &page.replace("two", "three words here")));
        for (from, to) in [("title: A", "title: B"), ("## Heading", "## Other"), ("2. two\n", ""), ("## H", "### H")] {
            assert!(!alike(page, &page.replace(from, to)), "{from} → {to}");
        }
        assert!(!alike(page, &format!("{page}\n<!-- include: _x.md -->\n[x](_x.md)<!-- include -->\n")));
    }
}
