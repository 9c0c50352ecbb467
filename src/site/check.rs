//! A finished `Site` → what is wrong with its pages that no single text can know: names, steps, empty sections.

use super::link::{Link, Linked, Wanted, place_of, relative, resolve};
use super::route::Recipe;
use super::splice::{Splice, deep};
use super::tree::{listed, unknown_option};
use super::walk::{Who, shape};
use super::{CONTENT, Page, Site, begins};
use crate::content::doc::Section;
use crate::content::front::{Layout, Spanned};
use crate::content::set::VariantSet;
use crate::content::{List, Mark, Outline};
use crate::diag::{Code, Diagnostic, Span, merged, nearest};
use crate::path::SitePath;

/// What is said of a site without a page, of which `drafts` are written. An empty site is hardly ever meant, and
/// would remove all that was published.
pub(super) fn no_pages(drafts: usize) -> Diagnostic {
    let (message, help) = match drafts {
        0 => ("`content/` has no page: nothing would be left of the site", "write the home page: `content/index.md`"),
        _ => (
            "every page is a draft: nothing would be left of the site",
            "take `draft: true` away from one of them, or build with `--drafts`",
        ),
    };
    Diagnostic::new(Code::SiteNoPages, &SitePath::new(CONTENT), Span::default(), message).help(help)
}

/// Reports what is wrong. What is found in a snippet is reported once, with pages that include it.
pub(super) fn check(site: &Site, notes: &mut Vec<Diagnostic>) {
    let mut shared = Vec::new();
    for page in &site.pages {
        let mut report = |note: Diagnostic| shared.push((note, Some(page.path.clone())));
        names(site, page, &page.path, &page.outline, &mut report);
        nobody(site, page, &mut report);
        for splice in &page.splices {
            inner_names(site, page, splice, &mut report);
        }
        let empty = sections(page, &mut report);
        steps(site, page, &empty, &mut report);
        future(site, page, &mut report);
        related(site, page, &mut report);
    }
    notes.extend(merged(shared));
}

/// What was done was not done tomorrow.
fn future(site: &Site, page: &Page, report: &mut dyn FnMut(Diagnostic)) {
    for (key, day, span) in page.outline.front.days().filter(|(_, day, _)| begins(*day) > site.today) {
        let message = format!("`{key}: {day}` has not come: today is {}", site.today);
        let note = Diagnostic::new(Code::FrontFuture, &page.path, span, message);
        report(note.help("write the day on which it was done, or keep the page a draft until then: `draft: true`"));
    }
}

/// What is shown below a page are other pages. That a link leads to nothing is said when it is followed.
fn related(site: &Site, page: &Page, report: &mut dyn FnMut(Diagnostic)) {
    for link in &page.outline.front.related {
        let written = &*link.value;
        let file = written.split(['#', '?']).next().unwrap_or_default();
        let is_elsewhere =
            written.starts_with("//") || file.find([':', '/']).is_some_and(|at| file[at..].starts_with(':'));
        let place = place_of(&page.path, file);
        let (message, help) = match place {
            _ if written.contains("{{") => continue,
            _ if is_elsewhere => (
                format!("`{written}` is on another site, and `related` lists pages of this one"),
                "link to it in the text, or name it under `sources:`".to_owned(),
            ),
            Some(to) if file.is_empty() || to == page.path => {
                ("a page is not related to itself".to_owned(), "name another page, or take this one away".to_owned())
            }
            Some(to) if site.page(to.as_str()).is_none() && leads(site, &to) => (
                format!("`{written}` is not the file of a page, and `related` lists pages"),
                match behind(site, &to) {
                    Some(path) => format!("write `{}`", relative(&page.path, path.as_str())),
                    None => "link to it in the text instead".to_owned(),
                },
            ),
            _ => continue,
        };
        report(Diagnostic::new(Code::FrontValue, &page.path, link.span, message).help(help));
    }
}

fn leads(site: &Site, to: &SitePath) -> bool {
    let link = Link { to: to.clone(), option: Wanted::Any, fragment: Box::default() };
    matches!(resolve(site, &link), Linked::To(_))
}

/// The page at the address or in the folder that a link names.
fn behind<'s>(site: &'s Site, to: &SitePath) -> Option<&'s SitePath> {
    let index = site.folder(to.as_str()).and_then(|folder| folder.index);
    let at = |address: String| match site.routes.get(&address) {
        Some(Recipe::Page(path, _)) => Some(path),
        _ => None,
    };
    let below = to.below(CONTENT).unwrap_or_default();
    index
        .map(|index| &site.pages[index as usize].path)
        .or_else(|| at(format!("/{below}/")))
        .or_else(|| at(format!("/{below}")))
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
    let (group, options) = offer.choices(&site.config);
    let offered: Vec<&str> = options.map(|option| option.id.as_str()).collect();
    for (index, span) in &outline.mentions {
        let name = &outline.names.0[*index as usize];
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

/// What is for none of the account types that the page offers, and for no overview.
fn nobody(site: &Site, page: &Page, report: &mut dyn FnMut(Diagnostic)) {
    if page.outline.unnamed.is_empty() {
        return;
    }
    let (Some(offer), Some((_, options))) = (&page.offer, site.options(page)) else { return };
    let ids: Vec<&str> = options.map(|option| option.id.as_str()).collect();
    let names = &page.outline.names;
    let mut shown = ids.iter().fold(VariantSet::NONE, |all, id| all | names.bit(id));
    if offer.layout == Layout::Pages {
        shown |= VariantSet::OVERVIEW;
    }
    for (span, set) in page.outline.unnamed.iter().filter(|(_, set)| !set.meets(shown)) {
        let (message, help) = match *set {
            VariantSet::OVERVIEW => (
                "no page shows this: with its `layout`, this page has no overview",
                "name account types, or take this away".to_owned(),
            ),
            _ => (
                "no page shows this: it is for none of the account types of this page",
                format!("this page offers {}", listed(&ids)),
            ),
        };
        report(Diagnostic::new(Code::DirectiveForNobody, &page.path, *span, message).help(help));
    }
}

/// A section that is said to hold steps, boxes or questions holds some. Gives the headings of those that hold none.
fn sections(page: &Page, report: &mut dyn FnMut(Diagnostic)) -> Vec<Span> {
    let mut empty = Vec::new();
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
            empty.push(*span);
            report(Diagnostic::new(Code::DirectiveEmpty, &page.path, *span, missing).help(help));
        }
    }
    empty
}

/// Every account type has a step, if any has. Of the sections that are `empty` for all this has been said.
fn steps(site: &Site, page: &Page, empty: &[Span], report: &mut dyn FnMut(Diagnostic)) {
    let Some((group, options)) = site.options(page) else { return };
    let mut place = None;
    walk_everyone(site, page, &mut |path, mark| {
        if let Mark::Heading { mark: Section::Steps, span, .. } = mark
            && !(path == &page.path && empty.contains(span))
        {
            place.get_or_insert((path, *span));
        }
    });
    let Some((file, place)) = place else { return };
    let options: Vec<_> =
        options.map(|option| (option, shape(site, page, Who::Option(&option.id)).count() == 0)).collect();
    if options.iter().all(|(_, without)| *without) {
        let message = "this section has no steps: no account type sees a numbered list or a sub-heading in it";
        let note = Diagnostic::new(Code::DirectiveEmpty, file, place, message);
        return report(note.help("number the steps: `1. Open your settings.`"));
    }
    for (option, without) in options {
        if without {
            let span = page.outline.front.variants.as_ref().map_or(Default::default(), |offer| offer.group.span);
            let note = Diagnostic::new(
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
            report(note.related(file, place, "others have steps here"));
        }
    }
}

/// Every mark of the page, for whomever, and the file in which it is.
fn walk_everyone<'s>(site: &'s Site, page: &'s Page, visit: &mut dyn FnMut(&'s SitePath, &'s Mark)) {
    page.outline.marks.iter().for_each(|mark| visit(&page.path, mark));
    for splice in deep(&page.splices) {
        if let Some(path) = &splice.path
            && let Some(snippet) = site.snippet(path.as_str())
        {
            snippet.marks.iter().for_each(|mark| visit(path, mark));
        }
    }
}
