//! Outlines → pages and folders in order, each with its address; never a route.

use super::{CONTENT, Child, Folder, Offered, Page, PageKind};
use crate::config::{Config, Group};
use crate::content::Outline;
use crate::content::doc::Section;
use crate::content::front::{Kind, Spanned, Text};
use crate::content::{Mark, front};
use crate::diag::{Code, Diagnostic, nearest};
use crate::path::{SitePath, Url, unfit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page for addresses that are not there.
const NOT_FOUND: &str = "content/404.md";

/// Plants the tree of folders and pages.
pub(super) fn plant(
    outlines: Vec<(SitePath, Arc<Outline>)>,
    config: &Config,
    notes: &mut Vec<Diagnostic>,
) -> (Vec<Page>, Vec<Folder>) {
    let mut names: BTreeMap<Box<str>, u32> = BTreeMap::from([(CONTENT.into(), 0)]);
    let mut before = CONTENT;
    for (path, _) in &outlines {
        let mut folder = path.parent();
        if folder == before {
            continue;
        }
        before = folder;
        while !names.contains_key(folder) && !folder.is_empty() {
            names.insert(folder.into(), 0);
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    // In path order every folder comes behind the one around it.
    names.iter_mut().enumerate().for_each(|(index, (_, number))| *number = index as u32);
    let mut folders: Vec<Folder> = names
        .keys()
        .map(|path| {
            let (parent, name) = path.rsplit_once('/').unwrap_or((CONTENT, path));
            Folder {
                path: path.clone(),
                title: title_of(name),
                url: Url::new("/"),
                index: None,
                parent: names.get(parent).copied().unwrap_or(0),
                children: Vec::new(),
            }
        })
        .collect();
    for (index, (path, _)) in outlines.iter().enumerate() {
        if path.file_name() == "index.md" {
            folders[names[path.parent()] as usize].index = Some(index as u32);
        }
    }
    for index in 0..folders.len() {
        let front = folders[index].index.map(|page| &outlines[page as usize].1.front);
        if let Some(front) = front {
            folders[index].title = front.title.value.to_string();
        }
        if index > 0 {
            let folder = &folders[index];
            let name = folder.path.rsplit('/').next().unwrap_or_default();
            let mut part =
                front.and_then(|front| front.slug.as_ref()).map_or(url_part(name), |slug| slug.value.to_string());
            if part.is_empty() {
                let message = "the name of this folder is nothing but spaces, and its pages need an address";
                let path = SitePath::new(&folder.path);
                notes.push(Diagnostic::new(Code::UrlName, &path, 0..0, message).help("rename it: `close-account`"));
                part = name.to_owned();
            } else if let Some(note) = misnamed("folder", &part, &SitePath::new(&folder.path)) {
                let renamed = "rename the folder, or set `slug:` in its `index.md`";
                notes.push(note.help(renamed));
            }
            folders[index].url = folders[folder.parent as usize].url.child(&part);
        }
    }
    let mut pages: Vec<Page> = Vec::with_capacity(outlines.len());
    // Pages of a folder come one after the other, most of the time.
    let mut last: (Box<str>, u32) = (CONTENT.into(), 0);
    for (path, outline) in outlines {
        if *last.0 != *path.parent() {
            last = (path.parent().into(), names[path.parent()]);
        }
        let folder = last.1;
        let (kind, url) = identity(&path, &outline, &folders[folder as usize], notes);
        let offer = offer(&path, &outline, config, notes);
        pages.push(Page { path, outline, kind, url, folder, offer, splices: Box::new([]) });
    }
    for (index, page) in pages.iter().enumerate() {
        if !matches!(page.kind, PageKind::Home | PageKind::Section | PageKind::NotFound) {
            folders[page.folder as usize].children.push(Child::Page(index as u32));
        }
    }
    for index in 1..folders.len() {
        let parent = folders[index].parent as usize;
        folders[parent].children.push(Child::Folder(index as u32));
    }
    for index in 0..folders.len() {
        let mut children = std::mem::take(&mut folders[index].children);
        children.sort_by_cached_key(|child| place(*child, &pages, &folders));
        folders[index].children = children;
    }
    (pages, folders)
}

/// By `order`, then by title without regard to case, then by path.
fn place<'s>(child: Child, pages: &'s [Page], folders: &'s [Folder]) -> (i64, String, &'s str) {
    fn by<'s>(front: &front::Front, path: &'s str) -> (i64, String, &'s str) {
        (front.order.unwrap_or(i64::MAX), front.title.value.to_lowercase(), path)
    }
    match child {
        Child::Page(page) => {
            let page = &pages[page as usize];
            by(&page.outline.front, page.path.as_str())
        }
        Child::Folder(folder) => {
            let folder = &folders[folder as usize];
            match folder.index {
                Some(index) => by(&pages[index as usize].outline.front, &folder.path),
                None => (i64::MAX, folder.title.to_lowercase(), &folder.path),
            }
        }
    }
}

/// What a page is, and where.
fn identity(path: &SitePath, outline: &Outline, folder: &Folder, notes: &mut Vec<Diagnostic>) -> (PageKind, Url) {
    if path.as_str() == "content/index.md" {
        return (PageKind::Home, Url::new("/"));
    }
    if path.as_str() == NOT_FOUND {
        return (PageKind::NotFound, Url::new("/404.html"));
    }
    if path.file_name() == "index.md" {
        return (PageKind::Section, folder.url.clone());
    }
    let part = match &outline.front.slug {
        Some(slug) => slug.value.to_string(),
        None => url_part(path.stem()),
    };
    let part = if part.is_empty() {
        let message = "the name of this file is nothing but spaces, and a page needs an address";
        notes.push(Diagnostic::new(Code::UrlName, path, 0..0, message).help(NAMELESS));
        path.stem().to_owned()
    } else {
        notes.extend(misnamed("file", &part, path));
        part
    };
    let kind = match outline.front.kind {
        None | Some(Kind::Guide) => PageKind::Guide,
        Some(Kind::Page | Kind::Section) => PageKind::Page,
        Some(Kind::Faq) => PageKind::Faq,
    };
    if let (Some(Kind::Faq), false) = (outline.front.kind, has(outline, Section::Faq)) {
        notes.push(
            Diagnostic::new(
                Code::DirectiveEmpty,
                path,
                outline.front.title.span,
                "a page of `type: faq` has no questions",
            )
            .help("mark the heading above the questions: `## Questions <!-- faq -->`"),
        );
    }
    (kind, folder.url.child(&part))
}

fn has(outline: &Outline, section: Section) -> bool {
    outline.marks.iter().any(|mark| matches!(mark, Mark::Heading { mark, .. } if *mark == section))
        || outline.marks.iter().any(|mark| matches!(mark, Mark::Include { .. }))
}

const NAMELESS: &str = "rename it, or add `slug: close-account` to the page's front matter";

/// What is said of a part of an address that not every host can serve.
fn misnamed(what: &str, part: &str, path: &SitePath) -> Option<Diagnostic> {
    // An address with these has to be encoded wherever somebody types it.
    let bad = unfit(part).or_else(|| part.chars().find(|c| matches!(c, '#' | '%')))?;
    let mended: String = part.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    let message = format!("the name of this {what} holds `{bad}`, which not every host can serve");
    let help = format!("rename the {what}, or add `slug: {}` to its front matter", mended.to_lowercase());
    Some(Diagnostic::new(Code::UrlName, path, 0..0, message).help(help))
}

/// A file's or folder's name as a part of a URL: white space becomes `-`, the rest stays.
fn url_part(name: &str) -> String {
    if !name.contains(char::is_whitespace) {
        return name.to_owned();
    }
    name.split_whitespace().collect::<Vec<_>>().join("-")
}

/// A folder's name as a title: `close-account` → `Close account`.
fn title_of(name: &str) -> String {
    let spaced = name.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The account types that a page offers, as its front matter says.
fn offer(path: &SitePath, outline: &Outline, config: &Config, notes: &mut Vec<Diagnostic>) -> Option<Offered> {
    let Some(asked) = outline.front.variants.as_ref() else {
        if let Some(front::Verified::Each(days)) = &outline.front.verified
            && let Some((option, _)) = days.first()
        {
            let message = format!("this page has no account types, so none is called `{}`", option.value);
            notes.push(
                Diagnostic::new(Code::FrontUnknownOption, path, option.span, message)
                    .help("write one day for the page, `verified: 2026-08-01`, or add `variants:`"),
            );
        }
        return None;
    };
    if path.as_str() == NOT_FOUND {
        let message = "the page for addresses that are not there is one page, without account types";
        notes.push(
            Diagnostic::new(Code::FrontValue, path, asked.group.span, message)
                .help("take `variants:` out of its front matter, and `for` out of its text"),
        );
        return None;
    }
    let Some(group) = config.groups.iter().position(|group| *group.id == *asked.group.value) else {
        let known: Vec<&str> = config.groups.iter().map(|group| group.id.as_str()).collect();
        let mut note = Diagnostic::new(
            Code::FrontUnknownGroup,
            path,
            asked.group.span,
            format!("`site.yaml` has no group of account types `{}`", asked.group.value),
        );
        note = match nearest(&asked.group.value, known.iter().copied()) {
            Some(near) => note.help(format!("did you mean `{near}`?")).fix(asked.group.span, near),
            None if known.is_empty() => note.help("add it to `site.yaml` under `variants:`"),
            None => note.help(format!("the groups are {}", listed(&known))),
        };
        notes.push(note);
        return None;
    };
    let named = &config.groups[group];
    let find = |wanted: &Spanned<Text>, notes: &mut Vec<Diagnostic>| {
        let found = named.position(&wanted.value);
        if found.is_none() {
            notes.push(unknown_option(path, wanted, named, Code::FrontUnknownOption));
        }
        found
    };
    let only: Vec<usize> = asked.only.iter().filter_map(|id| find(id, notes)).collect();
    let except: Vec<usize> = asked.except.iter().filter_map(|id| find(id, notes)).collect();
    for option in &asked.options {
        find(&option.id, notes);
    }
    if let Some(front::Verified::Each(days)) = &outline.front.verified {
        for (id, _) in days {
            find(id, notes);
        }
    }
    let options: Box<[u16]> = (0..named.options.len())
        .filter(|index| (asked.only.is_empty() || only.contains(index)) && !except.contains(index))
        .map(|index| index as u16)
        .collect();
    if options.is_empty() {
        notes.push(
            Diagnostic::new(Code::FrontValue, path, asked.group.span, "no account type is left")
                .help("name at least one under `only:`, or take some of `except:` away"),
        );
        return None;
    }
    Some(Offered { group: group as u16, options, layout: asked.layout })
}

/// The diagnostic for an option that its group does not have.
pub(super) fn unknown_option(path: &SitePath, wanted: &Spanned<Text>, group: &Group, code: Code) -> Diagnostic {
    let known: Vec<&str> = group.options.iter().map(|option| option.id.as_str()).collect();
    let note = Diagnostic::new(
        code,
        path,
        wanted.span,
        format!("the group `{}` has no account type `{}`", group.id, wanted.value),
    );
    let renamed = group.options.iter().find(|option| option.aliases.iter().any(|alias| **alias == *wanted.value));
    match (renamed, nearest(&wanted.value, known.iter().copied())) {
        (Some(option), _) => note.help(format!("its name is `{}` now", option.id)).fix(wanted.span, option.id.as_str()),
        (None, Some(near)) => note.help(format!("did you mean `{near}`?")).fix(wanted.span, near),
        (None, None) => note.help(format!("its account types are {}", listed(&known))),
    }
}

/// `a, b and c`, each in backticks.
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "none".to_owned(),
    }
}
