//! Directives around a text → what no page can show, because they exclude each other; never a look at the site.

use super::doc::Doc;
use super::reader::Limited;
use super::set::VariantSet;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use std::collections::BTreeSet;
use std::ops::Range;

/// Reports what is for nobody, and keeps in `doc.unnamed` what is for nobody by name. Sets of nodes are those that
/// directives say; `steps` are the sections that an overview leaves out.
pub(super) fn check(doc: &mut Doc, text: &str, path: &SitePath, limits: &[Limited], steps: &[Range<usize>]) {
    let named = doc.names.all();
    for limited in limits {
        let first = doc.nodes.get(limited.nodes.start).filter(|_| !limited.nodes.is_empty());
        if let Some(node) = first.filter(|node| node.set != VariantSet::NONE && !node.set.meets(named)) {
            doc.unnamed.push((limited.said, node.set));
        }
    }
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    let mut at = 0;
    while at < doc.nodes.len() {
        let node = &doc.nodes[at];
        if node.set != VariantSet::NONE {
            at += 1;
            continue;
        }
        let mut around: Vec<&Limited> = limits.iter().filter(|limited| limited.nodes.contains(&at)).collect();
        around.sort_by_key(|limited| (limited.nodes.len(), std::cmp::Reverse(limited.said)));
        at = node.close as usize + 1;
        let Some((inner, others)) = around.split_first() else { continue };
        if !reported.insert(inner.said) {
            continue;
        }
        let own = &text[inner.said.range()];
        let other = others.iter().find(|other| !other.set.meets(inner.set)).or(others.first());
        let all = around.iter().fold(VariantSet::ALL, |all, limited| all & limited.set);
        let note = |message: String| Diagnostic::new(Code::DirectiveForNobody, path, inner.said, message);
        let section = doc.headings.iter().rfind(|heading| {
            let nodes = heading.node as usize..heading.end as usize;
            steps.contains(&nodes) && nodes.contains(&inner.nodes.start)
        });
        doc.notes.push(match (other, section) {
            (_, Some(section)) if all == VariantSet::OVERVIEW => {
                note("no page shows this: steps are not on the overview".to_owned())
                    .related(path, doc.nodes[section.node as usize].span, "these are steps")
                    .help("name account types, or move this out of the section")
            }
            (Some(other), _) => {
                note(format!("no page shows this: `{own}` stands within `{}`", &text[other.said.range()]))
                    .related(path, other.said, "nobody is left whom both of them mean")
                    .help("take one of the two away, or name somebody whom both of them mean")
            }
            (None, _) => continue,
        });
    }
}
