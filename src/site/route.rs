//! Pages, folders and files → `Routes`: every file that the site consists of, known before anything is rendered.

mod claims;
mod clash;
mod moved;

use super::host::{By, HostFile, Moved, decide};
use super::{Folder, Given, Page, PageKind, View};
use crate::diag::{Code, Diagnostic, Place, Span};
use crate::path::{SitePath, Url};
use claims::{Claim, Claims};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Above how many questions the list of questions is split by section.
pub const FAQ_LIMIT: usize = 500;
/// Above how many pages the list of all guides is split by letter.
pub const A_Z_LIMIT: usize = 500;
/// How many addresses one sitemap holds (the protocol allows 50,000).
pub const SITEMAP_LIMIT: usize = 25_000;

/// A map from names, of which there are as many as outputs.
pub(super) type Table<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

fn table<K, V>(size: usize) -> Table<K, V> {
    HashMap::with_capacity_and_hasher(size, foldhash::fast::FixedState::default())
}

/// How an output is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Recipe {
    /// One of a page's views.
    Page(SitePath, View),
    /// A folder without an `index.md`.
    Folder(Box<str>),
    /// The site's questions: all, or those of the top-level section with this name.
    Faq(Option<Box<str>>),
    /// All guides, or those that begin with this letter.
    AllGuides(Option<Box<str>>),
    /// The page for addresses that are not there.
    NotFound,
    /// A page that leads to another.
    Redirect(Target),
    /// The Atom feed.
    Feed,
    /// The sitemap, or its index if it has parts.
    Sitemap,
    /// One part of the sitemap.
    SitemapPart(u32),
    /// `robots.txt`.
    Robots,
    /// An empty file that tells GitHub Pages to leave the rest alone.
    NoJekyll,
    /// Rules for a host.
    Host(HostFile),
    /// A file of the site, byte for byte.
    Copy(SitePath),
    /// A file of the theme, under its fingerprinted name.
    Theme(SitePath),
}

impl Recipe {
    /// Whether it makes a list of pages that nobody wrote.
    pub fn is_list(&self) -> bool {
        matches!(self, Recipe::Folder(_) | Recipe::Faq(_) | Recipe::AllGuides(_))
    }
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// One of a page's views.
    Page(SitePath, View),
    /// An address: on this site if it starts with `/`, else elsewhere.
    Address(Box<str>),
}

/// Every file of the site, by URL. Clones share one list.
#[derive(Clone, Default)]
pub struct Routes {
    list: Arc<[(Url, Recipe)]>,
    by_url: Arc<Table<Url, u32>>,
    moved: Arc<[Moved]>,
}

impl Routes {
    /// All routes, sorted by URL.
    pub fn all(&self) -> &[(Url, Recipe)] {
        &self.list
    }

    /// How the file at `url` is made.
    pub fn get(&self, url: &str) -> Option<&Recipe> {
        self.by_url.get(url).map(|index| &self.list[*index as usize].1)
    }

    /// Addresses that moved, sorted, whether pages or rules of hosts lead on from there.
    pub fn moved(&self) -> &[Moved] {
        &self.moved
    }
}

struct Laying<'n> {
    claims: Claims,
    notes: &'n mut Vec<Diagnostic>,
}

/// Lays all routes.
pub(super) fn lay(
    given: &Given,
    pages: &[Page],
    folders: &[Folder],
    questions: &[(String, usize)],
    notes: &mut Vec<Diagnostic>,
) -> Routes {
    let mut laying = Laying { claims: Claims::new(pages.len() + pages.len() / 16), notes };
    for page in pages {
        let span = page.outline.front.slug.as_ref().map_or(page.outline.front.title.span, |slug| slug.span);
        for view in page.views(&given.config) {
            let url = page.url_of(&view);
            laying.claim(url, Recipe::Page(page.path.clone(), view), Some((&page.path, span)));
        }
    }
    for path in &given.assets {
        laying.notes.extend(not_read(path));
        laying.copy(asset_url(path, folders), path);
    }
    for path in &given.statics {
        laying.copy(static_url(path), path);
    }
    for (url, path) in &given.theme {
        laying.claim(url.clone(), Recipe::Theme(path.clone()), Some((path, Span::default())));
    }
    for folder in folders {
        if folder.index.is_none() {
            laying.fill(folder.url.clone(), Recipe::Folder(folder.path.clone()));
        }
    }
    generated(given, pages, questions, &mut laying);
    moved::redirects(given, pages, &mut laying);
    let without = moved::host_files(given, &mut laying);
    let moved = laying.moved(&given.config, pages);
    laying.finish(decide(&given.config, &without, moved))
}

/// What to say of a file that is Markdown by its name, and not by the one name that counts.
fn not_read(path: &SitePath) -> Option<Diagnostic> {
    const LIKE: [&str; 5] = ["markdown", "mdown", "mkd", "mkdn", "mdx"];
    let extension = path.extension();
    LIKE.iter().find(|like| extension.eq_ignore_ascii_case(like))?;
    let message = "this file is no page: it is published as it is, with its front matter";
    let note = Diagnostic::new(Code::TextNotRead, path, Span::default(), message);
    Some(note.help(format!("pages are named `….md`: rename it to `{}.md`", path.stem())))
}

/// Where a file beside pages is published: below its folder's URL, under its own name.
pub fn asset_url(path: &SitePath, folders: &[Folder]) -> Url {
    let mut folder = path.parent();
    loop {
        if let Ok(index) = folders.binary_search_by(|known| (*known.path).cmp(folder)) {
            let below = path.below(folder).unwrap_or(path.file_name());
            return Url::new(&format!("{}{below}", folders[index].url)).settled();
        }
        match folder.rsplit_once('/') {
            Some((parent, _)) => folder = parent,
            None => return Url::new(&format!("/{}", path.below("content").unwrap_or(path.as_str()))).settled(),
        }
    }
}

/// Where a file of `static/` is published.
pub fn static_url(path: &SitePath) -> Url {
    Url::new(&format!("/{}", path.below("static").unwrap_or(path.as_str()))).settled()
}

/// The pages that nobody wrote. An author's own at the same place replaces them.
fn generated(given: &Given, pages: &[Page], counts: &[(String, usize)], laying: &mut Laying) {
    laying.fill(Url::new("/404.html"), Recipe::NotFound);
    laying.fill(Url::new("/robots.txt"), Recipe::Robots);
    laying.fill(Url::new("/.nojekyll"), Recipe::NoJekyll);
    laying.fill(Url::new("/sitemap.xml"), Recipe::Sitemap);
    if pages.iter().any(is_in_feed) {
        laying.fill(Url::new("/feed.xml"), Recipe::Feed);
    }
    let questions: usize = counts.iter().map(|(_, count)| count).sum();
    if questions > 0 {
        laying.fill(Url::new("/faq/"), Recipe::Faq(None));
        if questions > FAQ_LIMIT {
            for (section, _) in counts.iter().filter(|(section, _)| !section.is_empty()) {
                laying.fill(Url::new("/faq/").child(section), Recipe::Faq(Some(section.as_str().into())));
            }
        }
    }
    let guides: Vec<&Page> = pages.iter().filter(|page| is_listed(page)).collect();
    if !guides.is_empty() {
        laying.fill(Url::new("/a-z/"), Recipe::AllGuides(None));
        if guides.len() > A_Z_LIMIT {
            let letters: std::collections::BTreeSet<String> =
                guides.iter().map(|page| letter(&page.outline.front.title.value)).collect();
            for letter in letters {
                laying.fill(Url::new("/a-z/").child(&letter), Recipe::AllGuides(Some(letter.as_str().into())));
            }
        }
    }
    let lists = laying.claims.all().iter().filter(|(_, claim)| claim.recipe.is_list()).count();
    let views =
        |page: &Page| -> usize { page.views(&given.config).iter().filter(|view| is_in_sitemap(page, view)).count() };
    let addresses = lists + pages.iter().map(views).sum::<usize>();
    if addresses > SITEMAP_LIMIT {
        for part in 0..addresses.div_ceil(SITEMAP_LIMIT) {
            laying.fill(Url::new(&format!("/sitemap-{}.xml", part + 1)), Recipe::SitemapPart(part as u32));
        }
    }
}

/// Whether search engines may know a page: it is in the sitemap.
pub(super) fn is_searched(page: &Page) -> bool {
    let front = &page.outline.front;
    !front.noindex && page.kind != PageKind::NotFound && front.canonical.is_none()
}

/// Whether search engines may know the page of `view`: it is no copy of what another one shows.
pub(super) fn is_in_sitemap(page: &Page, view: &View) -> bool {
    is_searched(page) && *view != View::Print && !super::is_copy(page.offer.as_ref(), view)
}

/// Whether a page may be in the feed: a guide with a date that search engines may know.
pub(super) fn is_in_feed(page: &Page) -> bool {
    page.kind == PageKind::Guide && page.changed().is_some() && is_searched(page)
}

/// Whether a page is in lists of all guides.
pub fn is_listed(page: &Page) -> bool {
    matches!(page.kind, PageKind::Guide | PageKind::Faq | PageKind::Page) && !page.outline.front.noindex
}

/// The name of the top-level folder that a page lies in; empty for those directly in `content/`.
pub fn top_section<'f>(page: &Page, folders: &'f [Folder]) -> &'f str {
    let path = &folders[page.folder as usize].path;
    path.split('/').nth(1).unwrap_or_default()
}

/// The letter under which a title is listed: its first letter in upper case, or `0-9`, or `other`.
pub fn letter(title: &str) -> String {
    match title.chars().find(|c| c.is_alphanumeric()) {
        Some(c) if c.is_numeric() => "0-9".to_owned(),
        Some(c) => {
            use unicode_normalization::UnicodeNormalization;
            // É is listed under E: the first character of the decomposed form.
            c.to_uppercase()
                .next()
                .into_iter()
                .nfd()
                .next()
                .map_or("other".into(), |base| base.to_lowercase().to_string())
        }
        None => "other".to_owned(),
    }
}

impl Laying<'_> {
    /// Lays a route that somebody asks for.
    fn claim(&mut self, url: Url, recipe: Recipe, from: Option<(&SitePath, Span)>) {
        let from = from.map(|(path, span)| Place { path: path.clone(), span });
        let Err(Claim { recipe, from }) = self.claims.enter(url.clone(), Claim { recipe, from }) else { return };
        if let (Some(known), Some(place)) = (self.claims.get(&url), from) {
            self.notes.push(clash::taken(&url, &recipe, &place, known));
        }
    }

    /// Lays the route of a file that is published as it is.
    fn copy(&mut self, url: Url, path: &SitePath) {
        let below = path.as_str().split_once('/').map_or(path.as_str(), |(_, below)| below);
        if let Some(note) = clash::unfit(below, path) {
            self.notes.push(note);
        } else {
            self.claim(url, Recipe::Copy(path.clone()), Some((path, Span::default())));
        }
    }

    /// Lays a route of our own, if the place is free.
    fn fill(&mut self, url: Url, recipe: Recipe) {
        // What is there stays.
        let _ = self.claims.enter(url, Claim { recipe, from: None });
    }

    fn finish(self, moved: Vec<Moved>) -> Routes {
        let by_rule: HashSet<&Url> = moved.iter().filter(|one| one.by == By::Rule).map(|one| &one.from).collect();
        let (list, by_url) = self.claims.sorted(|url| !by_rule.contains(url));
        clash::clashes(&list, &by_url, self.notes);
        let list: Vec<(Url, Recipe)> = list.into_iter().map(|(url, claim)| (url, claim.recipe)).collect();
        Routes { list: list.into(), by_url: Arc::new(by_url), moved: moved.into() }
    }
}
