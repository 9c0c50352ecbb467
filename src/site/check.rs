//! A finished `Site` → what is wrong with its pages that no single text can know: names, steps, empty sections.

use super::splice::Splice;
use super::tree::{listed, unknown_option};
use super::walk::{Who, shape};
use super::{Page, Site};
use crate::content::doc::Section;
use crate::content::front::Spanned;
use crate::content::{List, Mark, Outline};
use crate::diag::{Code, Diagnostic, merged, nearest};
use crate::path::SitePath;

/// Reports what is wrong. What is found in a snippet is reported once, with pages that include it.
pub(super) fn check(site: &Site, notes: &mut Vec<Diagnostic>) {
    let mut shared = Vec::new();
    for page in &site.pages {
        let mut report = |note: Diagnostic| shared.push((note, Some(page.path.clone())));
        names(site, page, &page.path, &page.outline, &mut report);
        for splice in &page.splices {
            inner_names(site, page, splice, &mut report);
        }
        sections(page, &mut report);
        steps(site, page, &mut report);
    }
    notes.extend(merged(shared));
}

fn inner_names(site: &Site, page: &Page, splice: &Splice, report: &mut dyn FnMut(Diagnostic)) {
    if let Some(path) = &splice.path
        && let Some(snippet) = site.snippet(path.as_str())
    {
        names(site, page, path, snippet, report);
        for inner in &splice.inner {
            inner_names(site, page, inner, report);
        }
    }
}

/// Account types that a text mentions must be of the page's group. In a snippet, those that this page does not offer
/// are no mistake: another page may.
fn names(site: &Site, page: &Page, path: &SitePath, outline: &Outline, report: &mut dyn FnMut(Diagnostic)) {
    if outline.mentions.is_empty() {
        return;
    }
    let Some(offer) = &page.offer else {
        // An unknown group was reported already.
        if page.outline.front.variants.is_none() {
            let (_, span) = outline.mentions[0];
            let group = site.config.groups.first().map_or("account", |group| &group.id);
            let which = if path == &page.path { "this page" } else { "a page that includes this" };
            report(
                Diagnostic::new(Code::DirectiveNoVariants, path, span, format!("{which} has no account types"))
                    .help(format!("add `variants: {group}` to its front matter, or take the `for` away")),
            );
        }
        return;
    };
    let group = &site.config.groups[offer.group as usize];
    for (index, span) in &outline.mentions {
        let name = &outline.names.0[*index as usize];
        let offered: Vec<&str> = offer.options.iter().map(|o| group.options[*o as usize].id.as_str()).collect();
        if group.position(name).is_none() {
            let wanted = Spanned { value: name.clone(), span: *span };
            report(unknown_option(path, &wanted, group, Code::DirectiveUnknownOption));
        } else if path == &page.path && !offered.contains(&&**name) {
            let note = Diagnostic::new(
                Code::DirectiveUnknownOption,
                path,
                *span,
                format!("this page does not offer `{name}`"),
            );
            report(match nearest(name, offered.iter().copied()) {
                Some(near) => note.help(format!("did you mean `{near}`?")).fix(*span, near),
                None => note.help(format!("it offers {}; see `variants:` in its front matter", listed(&offered))),
            });
        }
    }
}

/// A section that is said to hold steps, boxes or questions holds some.
fn sections(page: &Page, report: &mut dyn FnMut(Diagnostic)) {
    let marks = &page.outline.marks;
    for (index, mark) in marks.iter().enumerate() {
        let Mark::Heading { level, mark, span, .. } = mark else { continue };
        let own = marks[index + 1..]
            .iter()
            .take_while(|mark| !matches!(mark, Mark::Heading { level: other, .. } if other <= level));
        let mut numbered = false;
        let mut tasks = false;
        let mut below = false;
        let mut include = false;
        for mark in own {
            match mark {
                Mark::Items { list: List::Numbered, .. } => numbered = true,
                Mark::Items { list: List::Tasks, .. } => tasks = true,
                Mark::Heading { level: other, .. } => below |= *other == level + 1,
                Mark::Include { .. } => include = true,
                Mark::Anchor { .. } => {}
            }
        }
        let (missing, help) = match mark {
            Section::Steps if !numbered && !below => (
                "this section has no steps: no numbered list and no sub-headings",
                "number the steps: `1. Open your settings.`",
            ),
            Section::Checklist if !tasks => {
                ("this checklist has no boxes to tick", "write its items as `- [ ] Withdraw your earnings`")
            }
            Section::Faq if !below => {
                ("this section has no questions", "write each question as a heading one level below this one")
            }
            _ => continue,
        };
        if !include {
            report(Diagnostic::new(Code::DirectiveEmpty, &page.path, *span, missing).help(help));
        }
    }
}

/// Every account type has a step, if any has.
fn steps(site: &Site, page: &Page, report: &mut dyn FnMut(Diagnostic)) {
    let Some((group, options)) = site.options(page) else { return };
    let mut any = false;
    let mut place = None;
    walk_everyone(site, page, &mut |mark| {
        if let Mark::Heading { mark: Section::Steps, span, .. } = mark {
            any = true;
            place.get_or_insert(*span);
        }
    });
    if !any {
        return;
    }
    for option in options {
        if shape(site, page, Who::Option(&option.id)).count() == 0 {
            let span = page.outline.front.variants.as_ref().map_or(Default::default(), |offer| offer.group.span);
            let mut note = Diagnostic::new(
                Code::VariantNoSteps,
                &page.path,
                span,
                format!("the account type `{}` has no step on this page", option.id),
            )
            .help(format!(
                "write its steps, marked `<!-- for: {id} -->`; or leave it out: `variants: {{group: {}, except: [{id}]}}`",
                group.id,
                id = option.id
            ));
            if let Some(span) = place {
                note = note.related(&page.path, span, "others have steps here");
            }
            report(note);
        }
    }
}

/// Every mark of the page, for whomever.
fn walk_everyone<'s>(site: &'s Site, page: &'s Page, visit: &mut dyn FnMut(&'s Mark)) {
    page.outline.marks.iter().for_each(&mut *visit);
    let mut splices: Vec<&Splice> = page.splices.iter().collect();
    while let Some(splice) = splices.pop() {
        if let Some(snippet) = splice.path.as_ref().and_then(|path| site.snippet(path.as_str())) {
            snippet.marks.iter().for_each(&mut *visit);
        }
        splices.extend(&splice.inner);
    }
}
