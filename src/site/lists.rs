//! The site → what lists show of it: folders, home, questions, all guides, feed, sitemap; never how they look.

use super::route::{
    A_Z_LIMIT, FAQ_LIMIT, Recipe, SITEMAP_LIMIT, is_in_feed, is_in_sitemap, is_listed, letter, top_section,
};
use super::vars::{filled, variable};
use super::{Child, Folder, Page, PageKind, Site};
use crate::day::Day;
use crate::path::Url;
use std::collections::BTreeMap;

/// How many entries a feed has.
const FEED_LIMIT: usize = 50;

/// Something in a folder, as its section page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChildCard {
    /// `section`, `guide`, `page` or `faq`.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Its address.
    pub url: Url,
    /// Its account types with pages of their own: id, title, address.
    pub options: Vec<(String, String, Url)>,
    /// For a section: how many pages are in it, at any depth.
    pub count: usize,
    /// For a section on the home page: its first pages.
    pub first: Vec<(String, Url)>,
}

/// The home page's lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Home {
    /// Top-level sections, and pages beside them.
    pub sections: Vec<ChildCard>,
    /// Pages that say `featured: true`.
    pub featured: Vec<ChildCard>,
}

/// The questions of one section.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaqSection {
    /// The section's title.
    pub title: String,
    /// Its address.
    pub url: Url,
    /// Its anchor on the list.
    pub id: String,
    /// If the list is split: the address of its own list.
    pub list: Option<Url>,
    /// Question, address with anchor, title of the page.
    pub questions: Vec<(String, Url, String, String)>,
}

/// A page in the list of all guides: title, address, section's title.
pub type Listed = (String, Url, String);

/// Indexes of pages, by the letter under which they stand in the list of all guides.
pub type Alphabet = BTreeMap<String, Vec<u32>>;

/// Indexes of routes that a sitemap lists, and days of last changes.
pub type Addresses = Vec<(u32, Option<Day>)>;

/// A sitemap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// Addresses, and days of their last changes.
    Addresses(Vec<(Url, Option<Day>)>),
    /// So many parts, which are sitemaps of their own.
    Parts(usize),
}

/// The list of all guides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllGuides {
    /// Letters in order: the letter, and its own page if the list is split.
    pub letters: Vec<(String, Option<Url>)>,
    /// The pages of each letter that is shown here.
    pub pages: Vec<(String, Vec<Listed>)>,
}

/// A page as the feed shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Its address.
    pub url: Url,
    /// When it was last changed.
    pub day: Option<Day>,
}

/// What the folder `path` holds.
pub fn children(site: &Site, path: &str) -> Vec<ChildCard> {
    let Some(folder) = site.folder(path) else { return Vec::new() };
    folder.children.iter().map(|child| child_card(site, *child, 0)).collect()
}

fn child_card(site: &Site, child: Child, first: usize) -> ChildCard {
    match child {
        Child::Page(page) => page_card(site, &site.pages[page as usize]),
        Child::Folder(folder) => {
            let folder = &site.folders[folder as usize];
            let index = folder.index.map(|index| &site.pages[index as usize]);
            let pages = folder.children.iter().filter_map(|child| match child {
                Child::Page(page) => Some(&site.pages[*page as usize]),
                Child::Folder(_) => None,
            });
            ChildCard {
                kind: "section",
                title: folder.title.clone(),
                description: index.and_then(|page| page.outline.front.description.as_deref()).map(str::to_owned),
                url: folder.url.clone(),
                options: Vec::new(),
                count: count(site, folder),
                first: pages.take(first).map(|page| (page.nav_title().to_owned(), page.url.clone())).collect(),
            }
        }
    }
}

fn page_card(site: &Site, page: &Page) -> ChildCard {
    ChildCard {
        kind: match page.kind {
            PageKind::Home | PageKind::Section => "section",
            PageKind::Faq => "faq",
            PageKind::Page | PageKind::NotFound => "page",
            PageKind::Guide => "guide",
        },
        title: page.outline.front.title.value.to_string(),
        description: page.outline.front.description.as_deref().map(str::to_owned),
        url: page.url.clone(),
        options: super::option_pages(site, page),
        count: 0,
        first: Vec::new(),
    }
}

fn count(site: &Site, folder: &Folder) -> usize {
    let of = |child: &Child| match child {
        Child::Page(_) => 1,
        Child::Folder(inner) => count(site, &site.folders[*inner as usize]),
    };
    folder.children.iter().map(of).sum()
}

/// The home page's lists.
pub fn home(site: &Site) -> Home {
    let sections = site
        .folders
        .first()
        .map_or_else(Vec::new, |root| root.children.iter().map(|child| child_card(site, *child, 3)).collect());
    let featured = site.pages.iter().filter(|page| page.outline.front.featured);
    let mut featured: Vec<(i64, ChildCard)> =
        featured.map(|page| (page.outline.front.order.unwrap_or(i64::MAX), page_card(site, page))).collect();
    featured.sort_by_key(|(order, _)| *order);
    Home { sections, featured: featured.into_iter().map(|(_, card)| card).collect() }
}

/// The site's questions by top-level section; those of one section if `only` names it. Answers stand on their pages.
pub fn faqs(site: &Site, only: Option<&str>) -> Vec<FaqSection> {
    let mut sections: BTreeMap<usize, FaqSection> = BTreeMap::new();
    let total: usize = site.questions.iter().map(|(_, count)| count).sum();
    let split = total > FAQ_LIMIT;
    let root = site.folders.first();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, child) in root.iter().flat_map(|root| &root.children).enumerate() {
        if let Child::Folder(at) = child {
            places.insert(&site.folders[*at as usize].path, place + 1);
        }
    }
    let pages = only.map_or(&site.pages[..], |only| site.pages_in(only));
    for page in pages {
        let name = top_section(page, &site.folders);
        if page.outline.front.faq == Some(false) || only.is_some_and(|only| only != name) {
            continue;
        }
        // Of a section that has a list of its own, only that it has questions is said here.
        let listed = !split || only.is_some() || name.is_empty();
        let questions = if listed { questions(site, page) } else { Vec::new() };
        if listed && questions.is_empty() || !listed && super::questions::count(page, &site.config, &site.snippets) == 0
        {
            continue;
        }
        let folder = site.folder(&format!("{}/{name}", super::CONTENT)).filter(|_| !name.is_empty());
        let folder = folder.or(site.folders.first()).expect("a page lies in a folder");
        let place = places.get(&*folder.path).copied();
        let section = sections.entry(place.unwrap_or(0)).or_insert_with(|| FaqSection {
            title: folder.title.clone(),
            url: folder.url.clone(),
            id: if name.is_empty() { "general".to_owned() } else { crate::path::anchor(name) },
            list: (split && only.is_none() && !name.is_empty()).then(|| Url::new("/faq/").child(name)),
            questions: Vec::new(),
        });
        section.questions.extend(questions);
    }
    sections.into_values().collect()
}

/// A page's questions: each on the first of its pages that shows it.
fn questions(site: &Site, page: &Page) -> Vec<(String, Url, String, String)> {
    let listed = super::questions::questions(site, page).into_iter().map(|question| {
        let url = page.url_of(&question.view);
        let look_up = |name: &str| variable(&site.config, &page.outline.front, &url, question.option, name);
        let text = filled(question.text, look_up);
        (text, url.clone(), question.anchor, page.title(&question.view).to_owned())
    });
    listed.collect()
}

/// The pages of the list of all guides.
pub fn alphabet(site: &Site) -> Alphabet {
    let mut letters = Alphabet::new();
    for (index, page) in site.pages.iter().enumerate().filter(|(_, page)| is_listed(page)) {
        letters.entry(letter(&page.outline.front.title.value)).or_default().push(index as u32);
    }
    letters
}

/// The list of all guides, which stand under the `letters`; with `only`, the guides of that letter.
pub fn all_guides(site: &Site, letters: &Alphabet, only: Option<&str>) -> AllGuides {
    let split = letters.values().map(Vec::len).sum::<usize>() > A_Z_LIMIT;
    let list = letters.keys().map(|letter| (letter.clone(), split.then(|| Url::new("/a-z/").child(letter)))).collect();
    let listed = |page: &u32| -> Listed {
        let page = &site.pages[*page as usize];
        let section = &site.folders[page.folder as usize];
        let section = if page.folder == 0 { String::new() } else { section.title.clone() };
        (page.outline.front.title.value.to_string(), page.url.clone(), section)
    };
    let shown = |letter: &str| only.map_or(!split, |only| only == letter);
    let mut pages: Vec<(String, Vec<Listed>)> = letters
        .iter()
        .filter(|(letter, _)| shown(letter))
        .map(|(letter, pages)| (letter.clone(), pages.iter().map(listed).collect()))
        .collect();
    for (_, pages) in &mut pages {
        pages.sort_by_cached_key(|(title, url, _)| (title.to_lowercase(), url.clone()));
    }
    AllGuides { letters: list, pages }
}

fn entry(page: &Page) -> Entry {
    Entry {
        title: page.outline.front.title.value.to_string(),
        description: page.outline.front.description.as_deref().map(str::to_owned),
        url: page.url.clone(),
        day: page.changed(),
    }
}

/// The newest guides that have a date.
pub fn feed(site: &Site) -> Vec<Entry> {
    let dated = site.pages.iter().filter(|page| is_in_feed(page));
    let mut dated: Vec<(Day, &Page)> = dated.filter_map(|page| Some((page.changed()?, page))).collect();
    let newest_first = |a: &(Day, &Page), b: &(Day, &Page)| b.0.cmp(&a.0).then_with(|| a.1.url.cmp(&b.1.url));
    if dated.len() > FEED_LIMIT {
        dated.select_nth_unstable_by(FEED_LIMIT, newest_first);
        dated.truncate(FEED_LIMIT);
    }
    dated.sort_unstable_by(newest_first);
    dated.into_iter().map(|(_, page)| entry(page)).collect()
}

/// The addresses that search engines may know, in order, with the day of their last change.
pub fn addresses(site: &Site) -> Addresses {
    let mut found = Addresses::new();
    for (index, (_, recipe)) in site.routes.all().iter().enumerate() {
        let day = match recipe {
            Recipe::Page(path, view) => {
                let Some(page) = site.page(path.as_str()).filter(|page| is_in_sitemap(page, view)) else { continue };
                page.changed()
            }
            recipe if recipe.is_list() => None,
            _ => continue,
        };
        found.push((index as u32, day));
    }
    found
}

/// The site's sitemap, or the part of it that is named.
pub fn sitemap(site: &Site, addresses: &Addresses, part: Option<u32>) -> Sitemap {
    let of = match part {
        Some(part) => addresses.chunks(SITEMAP_LIMIT).nth(part as usize).unwrap_or_default(),
        None if addresses.len() > SITEMAP_LIMIT => return Sitemap::Parts(addresses.len().div_ceil(SITEMAP_LIMIT)),
        None => addresses,
    };
    let routes = site.routes.all();
    Sitemap::Addresses(of.iter().map(|(index, day)| (routes[*index as usize].0.clone(), *day)).collect())
}
