//! Includes of pages → where each snippet goes: its file, how its headings shift, which of its ids change.

use super::link::place_of;
use super::weigh::{Scales, Weight};
use super::{Page, Site};
use crate::content::front::Text;
use crate::content::{Mark, Outline};
use crate::diag::{Code, Diagnostic, Span, merged, nearest};
use crate::path::SitePath;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How many levels deep snippets may include snippets.
const MAX_LEVELS: usize = 16;

/// One include: the snippet that stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Splice {
    /// The snippet; `None` if it is missing or would include itself.
    pub path: Option<SitePath>,
    /// What is added to its headings' levels.
    pub shift: i8,
    /// Ids that the page has already, and what they become.
    pub renames: Box<[(Text, Text)]>,
    /// Its own includes, in order.
    pub inner: Box<[Splice]>,
}

impl Splice {
    /// What the snippet's `id` is on the page.
    pub fn renamed<'a>(&'a self, id: &'a str) -> &'a str {
        self.renames.iter().find(|(old, _)| **old == *id).map_or(id, |(_, new)| new)
    }
}

/// All of `splices`, and those inside of them.
pub(super) fn deep(splices: &[Splice]) -> impl Iterator<Item = &Splice> {
    let mut waiting: Vec<&Splice> = splices.iter().collect();
    std::iter::from_fn(move || {
        let splice = waiting.pop()?;
        waiting.extend(&splice.inner);
        Some(splice)
    })
}

impl Site {
    /// What is wrong with snippets, with pages that include them.
    pub fn with_including_pages(&self, notes: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let mut met: Vec<(Diagnostic, Option<SitePath>)> = Vec::new();
        let including = self.pages.iter().filter(|page| !page.splices.is_empty() && !notes.is_empty());
        for page in including {
            let within: HashSet<&SitePath> = deep(&page.splices).filter_map(|splice| splice.path.as_ref()).collect();
            let own = notes.iter().filter(|note| within.contains(&note.place.path));
            met.extend(own.map(|note| (note.clone(), Some(page.path.clone()))));
        }
        merged(met.into_iter().chain(notes.into_iter().map(|note| (note, None))))
    }
}

/// What all pages' splices are made of.
struct Splicing<'s> {
    snippets: &'s HashMap<SitePath, Arc<Outline>>,
    scales: Scales<'s>,
}

/// Fills in every page's splices. `sizes` are the bytes of each snippet's file.
pub(super) fn splice(
    pages: &mut [Page],
    snippets: &HashMap<SitePath, Arc<Outline>>,
    sizes: &HashMap<SitePath, u64>,
    notes: &mut Vec<Diagnostic>,
) {
    let mut found = Vec::new();
    let mut splicing = Splicing { snippets, scales: Scales::new(snippets, sizes) };
    for page in pages {
        if !page.outline.marks.iter().any(|mark| matches!(mark, Mark::Include { .. })) {
            continue;
        }
        let mut taken: BTreeMap<Text, usize> = ids(&page.outline).map(|id| (Text::from(id), 0)).collect();
        let mut chain = vec![page.path.clone()];
        page.splices = level(&page.path, &page.outline, 0, &mut splicing, &mut taken, &mut chain, &mut |note| {
            found.push((note, Some(page.path.clone())));
        });
    }
    notes.extend(merged(found));
}

fn level(
    path: &SitePath,
    outline: &Outline,
    shift: i8,
    splicing: &mut Splicing,
    taken: &mut BTreeMap<Text, usize>,
    chain: &mut Vec<SitePath>,
    report: &mut dyn FnMut(Diagnostic),
) -> Box<[Splice]> {
    let mut splices = Vec::new();
    let mut around = 1i8;
    let mut weight = Weight::default();
    for mark in &outline.marks {
        match mark {
            Mark::Heading { level: own, .. } => around = *own as i8 + shift,
            Mark::Include { dest, span, .. } => {
                let found = target(path, dest, *span, splicing.snippets, chain, report);
                let fits = found.filter(|(to, _)| match splicing.scales.add(path, *span, to, &mut weight) {
                    Ok(()) => true,
                    Err(note) => {
                        note.into_iter().for_each(|note| report(*note));
                        false
                    }
                });
                splices.push(match fits {
                    None => Splice { path: None, shift: 0, renames: Box::new([]), inner: Box::new([]) },
                    Some((to, snippet)) => {
                        let top = snippet.marks.iter().filter_map(|mark| match mark {
                            Mark::Heading { level, .. } => Some(*level as i8),
                            _ => None,
                        });
                        let shift = top.min().map_or(0, |top| around + 1 - top);
                        let renames = ids(snippet).filter_map(|id| rename(id, taken)).collect();
                        chain.push(to.clone());
                        let inner = level(&to, snippet, shift, splicing, taken, chain, report);
                        chain.pop();
                        Splice { path: Some(to), shift, renames, inner }
                    }
                });
            }
            _ => {}
        }
    }
    splices.into()
}

/// The snippet that an include names.
fn target<'s>(
    path: &SitePath,
    dest: &str,
    span: Span,
    snippets: &'s HashMap<SitePath, Arc<Outline>>,
    chain: &[SitePath],
    report: &mut dyn FnMut(Diagnostic),
) -> Option<(SitePath, &'s Outline)> {
    if dest.contains("://") || dest.starts_with("//") {
        let message = "only a snippet of this site can be included, and this is an address elsewhere";
        let note = Diagnostic::new(Code::IncludeMissing, path, span, message);
        report(note.help("take `<!-- include -->` away, or put the text into a file such as `_snippets/contact.md`"));
        return None;
    }
    if let Some((file, part)) = dest.split_once(['#', '?']) {
        let message = "an include shows all of a snippet, and cannot name a part of it";
        let note = Diagnostic::new(Code::IncludeMissing, path, span, message);
        let mark = &dest[file.len()..dest.len() - part.len()];
        report(note.help(format!("take `{mark}{part}` away: `{file}`")));
        return None;
    }
    let Some(to) = place_of(path, dest) else {
        report(
            Diagnostic::new(Code::IncludeMissing, path, span, format!("`{dest}` leads out of `content/`"))
                .help("snippets lie below `content/`, in a folder whose name starts with `_`"),
        );
        return None;
    };
    let Some(snippet) = snippets.get(&to) else {
        let mut known: Vec<&str> = Vec::new();
        known.extend(snippets.keys().map(SitePath::as_str));
        known.sort_unstable();
        let note = if to.extension() != "md" && nearest(to.as_str(), known.iter().copied()).is_none() {
            Diagnostic::new(Code::IncludeMissing, path, span, format!("`{to}` is no Markdown file"))
                .help("only files whose name ends in `.md` can be included")
        } else if to.extension() == "md" && !to.as_str().split('/').any(|part| part.starts_with('_')) {
            Diagnostic::new(Code::IncludeMissing, path, span, format!("`{to}` is a page, not a snippet"))
                .help("only files whose name, or whose folder's name, starts with `_` can be included")
        } else {
            let note = Diagnostic::new(Code::IncludeMissing, path, span, format!("there is no snippet `{to}`"));
            match nearest(to.as_str(), known) {
                Some(near) => note.help(format!("did you mean `{}`?", super::link::relative(path, near))),
                None => note.help(format!("create `{to}`, or take this line away")),
            }
        };
        report(note);
        return None;
    };
    if chain.len() > MAX_LEVELS {
        report(
            Diagnostic::new(
                Code::IncludeCycle,
                path,
                span,
                format!("more than {MAX_LEVELS} snippets inside each other"),
            )
            .help("include the innermost one directly"),
        );
        return None;
    }
    Some((to, snippet))
}

/// The ids that a text gives, in order.
fn ids(outline: &Outline) -> impl Iterator<Item = &str> {
    outline.marks.iter().filter_map(|mark| match mark {
        Mark::Heading { id, .. } | Mark::Anchor { id, .. } | Mark::Items { id: Some(id), .. } => Some(&**id),
        _ => None,
    })
}

/// Takes `id` for the page; if it is taken, gives its replacement. With each id goes the last number that it got.
fn rename(id: &str, taken: &mut BTreeMap<Text, usize>) -> Option<(Text, Text)> {
    let Some(last) = taken.get(id).copied() else {
        taken.insert(id.into(), 0);
        return None;
    };
    let numbered = (last + 1..).map(|number| (number, Text::from(format!("{id}-{number}"))));
    let (number, new) = numbered.into_iter().find(|(_, new)| !taken.contains_key(new)).expect("some number is free");
    taken.insert(id.into(), number);
    taken.insert(new.clone(), 0);
    Some((id.into(), new))
}
