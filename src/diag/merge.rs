//! Diagnostics as they were met → each once, with whom it concerns.

use super::Diagnostic;
use crate::path::SitePath;
use std::collections::{BTreeMap, BTreeSet};

/// Each diagnostic once, sorted by place. Those that pages of several account types met carry all their ids; one that a
/// page met without an account type, or that was found before any page was rendered, carries none. Each comes with the
/// page that met it, and one in a snippet names up to three of them.
pub fn merged(diagnostics: impl IntoIterator<Item = (Diagnostic, Option<SitePath>)>) -> Vec<Diagnostic> {
    #[derive(Default)]
    struct Met {
        everyone: bool,
        variants: BTreeSet<String>,
        pages: BTreeSet<SitePath>,
    }
    let mut all: BTreeMap<Diagnostic, Met> = BTreeMap::new();
    for (mut diagnostic, page) in diagnostics {
        let variants = std::mem::take(&mut diagnostic.variants);
        let page = page.filter(|page| diagnostic.place.path != *page);
        let met = all.entry(diagnostic).or_default();
        met.everyone |= variants.is_empty();
        met.variants.extend(variants);
        met.pages.extend(page);
    }
    let finish = |(mut diagnostic, met): (Diagnostic, Met)| {
        if !met.everyone {
            diagnostic.variants = met.variants.into_iter().collect();
        }
        let why = match diagnostic.place.path.as_str() {
            path if path.starts_with("content/") => "included by this page",
            _ => "while this page was rendered",
        };
        for path in met.pages.into_iter().take(3) {
            diagnostic = diagnostic.related(&path, 0..0, why);
        }
        diagnostic
    };
    all.into_iter().map(finish).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Code;
    use super::*;

    #[test]
    fn merging_lists_account_types_once() {
        let at = |variants: &[&str]| {
            let mut one = Diagnostic::new(Code::LinkMissingPage, &SitePath::new("a.md"), 1..2, "gone");
            one.variants = variants.iter().map(|v| v.to_string()).collect();
            one
        };
        let merged = |all: Vec<Diagnostic>| super::merged(all.into_iter().map(|one| (one, None)));
        assert_eq!(merged(vec![at(&["b"]), at(&["a"]), at(&["b"])]), [at(&["a", "b"])]);
        assert_eq!(merged(vec![at(&["b"]), at(&[])]), [at(&[])]);
    }
}
