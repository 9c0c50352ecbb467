//! A question about the site → its answer, noted; the only way in which rendering sees anything but its own page's text.
//!
//! [`answer`] is a pure function of the world and the question, so an output whose questions are answered as before is
//! as before. What cannot be asked, no output can depend on.

use crate::assets::{Assets, BRAND};
use crate::config::Config;
use crate::content::front::Front;
use crate::day::Day;
use crate::diag::{Code, Severity};
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::site::link::{Link, Linked, resolve};
use crate::site::lists::{self, AllGuides, ChildCard, Entry, FaqSection, Home};
use crate::site::route::Recipe;
use crate::site::splice::Splice;
use crate::site::walk::{Shape, Who, shape, shape_of};
use crate::site::{Child, Page, PageKind, Site, View};
use crate::source::Sources;
use crate::templates::{Templates, Words};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A question that an output may ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ask {
    /// The settings, but for severities and redirects.
    Config,
    /// The theme's words in a language.
    Words(Box<str>),
    /// Everything that a template reaches.
    Template(Box<str>),
    /// A page's front matter.
    Front(SitePath),
    /// A page's or a snippet's body, as one of the pages sees it.
    Body(SitePath, View),
    /// A file's bytes: asked where a diagnostic names a place in it.
    Text(SitePath),
    /// The snippets that a page includes.
    Splices(SitePath),
    /// What a page is, where it is, and which account types it offers.
    Placement(SitePath),
    /// What a page shows: headings, anchors, steps.
    Shape(SitePath, View),
    /// How many steps, boxes and questions each account type has.
    Counts(SitePath),
    /// What others may show of a page, with its description.
    Card(SitePath),
    /// A page's title in menus, and its addresses.
    Name(SitePath),
    /// The way from home to a folder.
    Crumbs(Box<str>),
    /// The menu of a folder.
    Menu(Box<str>),
    /// The pages before and behind a page.
    Neighbours(SitePath),
    /// What a folder holds.
    Children(Box<str>),
    /// Where a link leads.
    Link(Box<Link>),
    /// A file that is shown or linked: its address, and an image's size.
    Asset(SitePath),
    /// The theme's stylesheets and scripts.
    Styles,
    /// Which of the generated pages there are.
    Nav,
    /// The sections and guides of the home page.
    Home,
    /// The questions of the site, or of a top-level section.
    Faqs(Option<Box<str>>),
    /// The pages in the list of all guides, or those of a letter.
    AllGuides(Option<Box<str>>),
    /// The entries of the feed.
    Feed,
    /// The addresses of the sitemap, or of a part of it.
    Sitemap(Option<u32>),
    /// Whether a day has come.
    Due(Day),
    /// Whether a template can be rendered.
    HasTemplate(Box<str>),
}

impl Ask {
    /// Whether only the outputs of one page ask it, so that its answer is not worth keeping for others.
    fn is_own(&self) -> bool {
        matches!(
            self,
            Ask::Front(_)
                | Ask::Body(..)
                | Ask::Text(_)
                | Ask::Splices(_)
                | Ask::Placement(_)
                | Ask::Shape(..)
                | Ask::Counts(_)
                | Ask::Neighbours(_)
                | Ask::AllGuides(_)
                | Ask::Faqs(_)
                | Ask::Feed
                | Ask::Sitemap(_)
        )
    }
}

/// A question that an output asked.
#[derive(Clone, Debug)]
pub enum Noted {
    /// One that others may ask too.
    Shared(Arc<Known>),
    /// One of the page's own, and the hash of its answer.
    Own(Ask, Hash),
}

impl Noted {
    /// The question.
    pub fn ask(&self) -> &Ask {
        match self {
            Noted::Shared(known) => &known.ask,
            Noted::Own(ask, _) => ask,
        }
    }
}

/// An answer. Those of which only the identity matters are hashes; the value itself is then read where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// There is no such thing.
    Nothing,
    /// The hash of what was asked for.
    Print(Hash),
    /// Yes or no.
    Is(bool),
    /// See [`Ask::Splices`].
    Splices(Box<[Splice]>),
    /// See [`Ask::Placement`].
    Placement(Placement),
    /// See [`Ask::Shape`].
    Shape(Shape),
    /// See [`Ask::Counts`].
    Counts(Vec<Count>),
    /// See [`Ask::Card`].
    Card(Card),
    /// See [`Ask::Name`].
    Name(Name),
    /// See [`Ask::Crumbs`].
    Crumbs(Vec<(String, Url)>),
    /// See [`Ask::Menu`].
    Menu(Menu),
    /// See [`Ask::Neighbours`].
    Neighbours(Option<SitePath>, Option<SitePath>),
    /// See [`Ask::Children`].
    Children(Vec<ChildCard>),
    /// See [`Ask::Link`].
    Link(Linked),
    /// See [`Ask::Asset`].
    Asset(Shown),
    /// See [`Ask::Styles`].
    Styles(Styles),
    /// See [`Ask::Nav`].
    Nav(Nav),
    /// See [`Ask::Home`].
    Home(Home),
    /// See [`Ask::Faqs`].
    Faqs(Vec<FaqSection>),
    /// See [`Ask::AllGuides`].
    AllGuides(AllGuides),
    /// See [`Ask::Feed`].
    Entries(Vec<Entry>),
    /// See [`Ask::Sitemap`].
    Sitemap(Vec<(Url, Option<Day>)>),
}

/// Where a page stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Placement {
    /// What it is.
    pub kind: PageKind,
    /// Its address.
    pub url: Url,
    /// Its folder.
    pub folder: Box<str>,
    /// Index of the group of account types in the settings, and of the options that it offers.
    pub offer: Option<crate::site::Offered>,
    /// The view for readers without an account type.
    pub main: View,
    /// For every part of the page, whether a page with everything shows it once for each account type.
    pub splits: Vec<bool>,
}

/// What others may show of a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Card {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Its address.
    pub url: Url,
    /// Its account types with pages of their own: id, title, address.
    pub options: Vec<(String, String, Url)>,
}

/// What a link to a page needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// Its title in menus.
    pub title: String,
    /// Its address.
    pub url: Url,
    /// Its account types with pages of their own: id and address.
    pub options: Vec<(String, Url)>,
}

/// How much one account type has to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Count {
    /// The option's id.
    pub option: String,
    /// Steps.
    pub steps: u32,
    /// Boxes to tick, per section.
    pub tasks: Vec<(String, u32)>,
    /// Questions, per section.
    pub questions: Vec<(String, u32)>,
}

/// A folder's menu.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Menu {
    /// The folder's title.
    pub title: String,
    /// Its address.
    pub url: Url,
    /// Title and address of what it holds.
    pub items: Vec<(String, Url)>,
}

/// A file that a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shown {
    /// Its address, root-absolute with the base path.
    pub href: String,
    /// Its width and height in pixels, if it is an image that says so.
    pub size: Option<(u32, u32)>,
}

/// The theme's files that every page names, as links.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Styles {
    /// Stylesheets, the site's own last.
    pub styles: Vec<String>,
    /// The script in the head.
    pub theme_js: Option<String>,
    /// The module.
    pub site_js: Option<String>,
}

/// The generated pages that there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nav {
    /// The list of questions.
    pub faq: bool,
    /// The list of all guides.
    pub all_guides: bool,
    /// The feed.
    pub feed: bool,
}

/// Everything that an answer may come from.
pub struct World {
    /// The site.
    pub site: Site,
    /// Its files.
    pub sources: Arc<Sources>,
    /// Its templates.
    pub templates: Arc<Templates>,
    /// The theme's published files.
    pub assets: Arc<Assets>,
    /// The hash of the settings, without severities and redirects.
    pub config: Hash,
    answers: Answers,
}

/// Answers given so far: most questions are asked by many outputs.
struct Answers {
    shards: Vec<Mutex<HashSet<ByAsk, foldhash::fast::FixedState>>>,
    hasher: foldhash::fast::FixedState,
    count: AtomicU32,
}

/// A question, its answer and the answer's fingerprint.
#[derive(Debug)]
pub struct Known {
    /// The question.
    pub ask: Ask,
    /// Its number in this world, in the order of asking; different in every run.
    pub number: u32,
    /// The answer.
    pub answer: Answer,
    /// Its hash.
    pub hash: Hash,
    /// What rendering makes of the answer for every page that asks: a function of it and the settings.
    pub shared: OnceLock<tera::Value>,
}

/// A known answer, found by its question.
struct ByAsk(Arc<Known>);

impl PartialEq for ByAsk {
    fn eq(&self, other: &ByAsk) -> bool {
        self.0.ask == other.0.ask
    }
}

impl Eq for ByAsk {}

impl std::hash::Hash for ByAsk {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.ask.hash(state);
    }
}

impl std::borrow::Borrow<Ask> for ByAsk {
    fn borrow(&self) -> &Ask {
        &self.0.ask
    }
}

impl World {
    /// A world in which nothing has been asked yet.
    pub fn new(site: Site, sources: Arc<Sources>, templates: Arc<Templates>, assets: Arc<Assets>) -> World {
        let config = Hash::of_value(&Config {
            lint: BTreeMap::<Code, Severity>::new(),
            redirects: Vec::new(),
            ..site.config.clone()
        });
        let hasher = foldhash::fast::FixedState::default();
        let shards = (0..64).map(|_| Mutex::new(HashSet::with_hasher(hasher.clone()))).collect();
        World {
            site,
            sources,
            templates,
            assets,
            config,
            answers: Answers { shards, hasher, count: AtomicU32::new(0) },
        }
    }

    /// The answer to `ask`. Those that several outputs may ask are thought out once.
    pub fn ask(&self, ask: Ask) -> Arc<Known> {
        if ask.is_own() {
            return Arc::new(self.think(ask));
        }
        let number = self.answers.hasher.hash_one(&ask) as usize >> 8;
        let shard = &self.answers.shards[number % self.answers.shards.len()];
        if let Some(known) = shard.lock().unwrap_or_else(PoisonError::into_inner).get(&ask) {
            return known.0.clone();
        }
        let known = self.think(ask);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        // Two threads may have thought of it at once: their answers are the same, and the first is kept.
        if let Some(first) = shard.get(&known.ask) {
            return first.0.clone();
        }
        let known = Arc::new(known);
        shard.insert(ByAsk(known.clone()));
        known
    }

    fn think(&self, ask: Ask) -> Known {
        let answer = answer(self, &ask);
        let number = if ask.is_own() { 0 } else { self.answers.count.fetch_add(1, Ordering::Relaxed) };
        Known { hash: Hash::of_value(&answer), answer, ask, number, shared: OnceLock::new() }
    }

    /// The hash of the answer to `ask`.
    pub fn fingerprint(&self, ask: &Ask) -> Hash {
        if ask.is_own() { Hash::of_value(&answer(self, ask)) } else { self.ask(ask.clone()).hash }
    }

    /// Every shared question so far.
    pub fn known(&self) -> Vec<Arc<Known>> {
        let mut all = Vec::new();
        for shard in &self.answers.shards {
            all.extend(shard.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|known| known.0.clone()));
        }
        all.sort_by_key(|known| known.number);
        all
    }
}

/// The answer to a question: a function of nothing but the two arguments.
pub fn answer(world: &World, ask: &Ask) -> Answer {
    let site = &world.site;
    let page = |path: &SitePath| site.page(path.as_str());
    let found = |answer: Option<Answer>| answer.unwrap_or(Answer::Nothing);
    let bytes = |path: &SitePath| world.sources.get(path.as_str()).map(|file| Answer::Print(file.hash));
    match ask {
        Ask::Config => Answer::Print(world.config),
        Ask::Words(language) => Answer::Print(world.templates.words(language).hash),
        Ask::Template(name) => found(world.templates.hash(name).map(Answer::Print)),
        Ask::HasTemplate(name) => Answer::Is(world.templates.has(name)),
        Ask::Front(path) => found(page(path).map(|page| Answer::Print(page.outline.front_hash))),
        Ask::Body(path, view) => {
            let outline = page(path).map(|page| &*page.outline).or_else(|| site.snippet(path.as_str()));
            let projected = outline.and_then(|outline| match view {
                View::Plain | View::Single | View::Print => None,
                View::Overview => outline.view(Who::Overview.bit(&outline.names)),
                View::Option(id) => outline.view(Who::Option(id).bit(&outline.names)),
            });
            found(projected.map(Answer::Print).or_else(|| bytes(path)))
        }
        Ask::Text(path) => found(bytes(path)),
        Ask::Splices(path) => found(page(path).map(|page| Answer::Splices(page.splices.clone()))),
        Ask::Placement(path) => found(page(path).map(|page| {
            Answer::Placement(Placement {
                kind: page.kind,
                url: page.url.clone(),
                folder: site.folders[page.folder as usize].path.clone(),
                offer: page.offer.clone(),
                main: page.main_view(),
                splits: if page.offer.is_some() { crate::site::walk::splits(site, page) } else { Vec::new() },
            })
        })),
        Ask::Shape(path, view) => found(page(path).map(|page| Answer::Shape(shape_of(site, page, view)))),
        Ask::Counts(path) => found(page(path).map(|page| Answer::Counts(counts(site, page)))),
        Ask::Card(path) => found(page(path).map(|page| Answer::Card(card(site, page)))),
        Ask::Name(path) => found(page(path).map(|page| Answer::Name(name(site, page)))),
        Ask::Crumbs(folder) => Answer::Crumbs(crumbs(site, folder)),
        Ask::Menu(folder) => found(menu(site, folder)),
        Ask::Neighbours(path) => {
            let (before, behind) = page(path).map_or((None, None), |page| neighbours(site, page));
            Answer::Neighbours(before, behind)
        }
        Ask::Children(folder) => Answer::Children(lists::children(site, folder)),
        Ask::Link(link) => Answer::Link(resolve(site, link)),
        Ask::Asset(path) => found(asset(world, path)),
        Ask::Styles => Answer::Styles(styles(world)),
        Ask::Nav => Answer::Nav(Nav {
            faq: site.routes.get("/faq/").is_some(),
            all_guides: site.routes.get("/a-z/").is_some(),
            feed: site.routes.get("/feed.xml").is_some(),
        }),
        Ask::Home => Answer::Home(lists::home(site)),
        Ask::Faqs(section) => Answer::Faqs(lists::faqs(site, section.as_deref())),
        Ask::AllGuides(letter) => Answer::AllGuides(lists::all_guides(site, letter.as_deref())),
        Ask::Feed => Answer::Entries(lists::feed(site)),
        Ask::Sitemap(part) => Answer::Sitemap(lists::sitemap(site, *part)),
        Ask::Due(day) => Answer::Is(site.today >= *day),
    }
}

fn counts(site: &Site, page: &Page) -> Vec<Count> {
    let options = site.options(page).into_iter().flat_map(|(_, options)| options);
    options
        .map(|option| {
            let shape = shape(site, page, Who::Option(&option.id));
            Count { option: option.id.clone(), steps: shape.count(), tasks: shape.tasks, questions: shape.questions }
        })
        .collect()
}

fn card(site: &Site, page: &Page) -> Card {
    Card {
        title: page.outline.front.title.value.to_string(),
        description: page.outline.front.description.as_deref().map(str::to_owned),
        url: page.url.clone(),
        options: crate::site::option_pages(site, page),
    }
}

fn name(site: &Site, page: &Page) -> Name {
    Name {
        title: page.nav_title().to_owned(),
        url: page.url.clone(),
        options: crate::site::option_pages(site, page).into_iter().map(|(id, _, url)| (id, url)).collect(),
    }
}

fn crumbs(site: &Site, folder: &str) -> Vec<(String, Url)> {
    let mut crumbs = Vec::new();
    let mut at = site.folder(folder);
    while let Some(folder) = at {
        let title = match folder.index {
            Some(index) => site.pages[index as usize].nav_title().to_owned(),
            None => folder.title.clone(),
        };
        crumbs.push((title, folder.url.clone()));
        at = (folder.url.as_str() != "/").then(|| &site.folders[folder.parent as usize]);
    }
    crumbs.reverse();
    crumbs
}

fn menu(site: &Site, folder: &str) -> Option<Answer> {
    let folder = site.folder(folder)?;
    let items = folder.children.iter().map(|child| match child {
        Child::Page(page) => {
            let page = &site.pages[*page as usize];
            (page.nav_title().to_owned(), page.url.clone())
        }
        Child::Folder(inner) => {
            let inner = &site.folders[*inner as usize];
            let index = inner.index.map(|index| site.pages[index as usize].nav_title());
            (index.unwrap_or(&inner.title).to_owned(), inner.url.clone())
        }
    });
    let title = folder.index.map_or(folder.title.as_str(), |index| site.pages[index as usize].nav_title());
    Some(Answer::Menu(Menu { title: title.to_owned(), url: folder.url.clone(), items: items.collect() }))
}

fn neighbours(site: &Site, page: &Page) -> (Option<SitePath>, Option<SitePath>) {
    let folder = &site.folders[page.folder as usize];
    let pages: Vec<&Page> = folder
        .children
        .iter()
        .filter_map(|child| match child {
            Child::Page(page) => Some(&site.pages[*page as usize]),
            Child::Folder(_) => None,
        })
        .collect();
    let Some(at) = pages.iter().position(|other| other.path == page.path) else { return (None, None) };
    let path = |page: &&Page| page.path.clone();
    (at.checked_sub(1).and_then(|before| pages.get(before)).map(path), pages.get(at + 1).map(path))
}

fn asset(world: &World, path: &SitePath) -> Option<Answer> {
    world.sources.get(path.as_str())?;
    let link = |url: &str| world.site.config.url.link(url);
    let href = match world.assets.get(path) {
        Some(asset) => link(asset.url.as_str()),
        None if path.below("static").is_some() => link(&format!("/{}", path.below("static").unwrap_or_default())),
        None => {
            let url = crate::site::route::asset_url(path, &world.site.folders);
            world.site.routes.get(url.as_str()).filter(|recipe| **recipe == Recipe::Copy(path.clone()))?;
            link(url.as_str())
        }
    };
    let size =
        matches!(path.extension().as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "bmp" | "svg" | "ico")
            .then(|| world.sources.head(path.as_str(), 64 << 10))
            .flatten()
            .and_then(|head| size_of(&head));
    Some(Answer::Asset(Shown { href, size }))
}

fn size_of(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    (size.width > 0 && size.height > 0).then_some((size.width as u32, size.height as u32))
}

fn styles(world: &World) -> Styles {
    let link = |path: &str| world.assets.get(path).map(|asset| world.site.config.url.link(asset.url.as_str()));
    let theme = world.assets.keys().filter(|path| path.extension() == "css" && path.as_str() != BRAND);
    let mut styles: Vec<String> = theme.filter_map(|path| link(path.as_str())).collect();
    styles.extend(link(BRAND));
    Styles { styles, theme_js: link("static/theme/theme.js"), site_js: link("static/theme/site.js") }
}

/// What one output sees of the world. Every question that it asks is noted; clones share their notes.
#[derive(Clone)]
pub struct Facts {
    world: Arc<World>,
    asked: Rc<RefCell<Vec<Noted>>>,
    /// The answers to the page's own questions, which nobody else keeps.
    own: Rc<RefCell<Vec<Arc<Known>>>>,
}

impl Facts {
    /// A fresh page of notes.
    pub fn new(world: &Arc<World>) -> Facts {
        Facts { world: world.clone(), asked: Rc::default(), own: Rc::default() }
    }

    /// What was asked, each question once, in the order of asking.
    pub fn asked(self) -> Vec<Noted> {
        self.asked.take()
    }

    /// The answer to `ask`.
    pub fn ask(&self, ask: Ask) -> Arc<Known> {
        if ask.is_own() {
            if let Some(known) = self.own.borrow().iter().find(|known| known.ask == ask) {
                return known.clone();
            }
            let known = self.world.ask(ask);
            self.own.borrow_mut().push(known.clone());
            self.asked.borrow_mut().push(Noted::Own(known.ask.clone(), known.hash));
            return known;
        }
        let known = self.world.ask(ask);
        let mut asked = self.asked.borrow_mut();
        // There is one answer to a shared question, wherever it is asked.
        if !asked.iter().any(|noted| matches!(noted, Noted::Shared(other) if Arc::ptr_eq(other, &known))) {
            asked.push(Noted::Shared(known.clone()));
        }
        known
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        self.ask(Ask::Config);
        &self.world.site.config
    }

    /// The theme's words in `language`.
    pub fn words(&self, language: &str) -> &Words {
        self.ask(Ask::Words(language.into()));
        self.world.templates.words(language)
    }

    /// The templates, of which `name` and what it reaches will be used.
    pub fn template(&self, name: &str) -> &Templates {
        self.ask(Ask::Template(name.into()));
        &self.world.templates
    }

    /// The templates, of which the component `name` will be used.
    pub fn component(&self, name: &str) -> &Templates {
        if let Some(file) = self.world.templates.component(name) {
            self.ask(Ask::Template(file.into()));
        }
        &self.world.templates
    }

    /// Whether there is a template `name`; if not, the nearest that there is.
    pub fn has_template(&self, name: &str) -> Result<(), Option<&str>> {
        match self.ask(Ask::HasTemplate(name.into())).answer {
            Answer::Is(true) => Ok(()),
            _ => Err(crate::diag::nearest(name, self.world.templates.pages())),
        }
    }

    /// The front matter of the page `path`.
    pub fn front(&self, path: &SitePath) -> Option<&Front> {
        self.ask(Ask::Front(path.clone()));
        self.world.site.page(path.as_str()).map(|page| &page.outline.front)
    }

    /// The text of a page or snippet, to be rendered as `view` sees it, and where its body begins.
    pub fn body(&self, path: &SitePath, view: &View) -> Option<(&str, usize)> {
        self.ask(Ask::Body(path.clone(), view.clone()));
        let site = &self.world.site;
        let outline = site.page(path.as_str()).map(|page| &*page.outline).or_else(|| site.snippet(path.as_str()))?;
        Some((self.world.sources.text(path.as_str())?, outline.body as usize))
    }

    /// Notes that an output's diagnostics name places in the file `path`.
    pub fn places(&self, path: &SitePath) {
        self.ask(Ask::Text(path.clone()));
    }

    /// Whether `day` has come.
    pub fn due(&self, day: Day) -> bool {
        self.ask(Ask::Due(day)).answer == Answer::Is(true)
    }

    /// The published bytes of a file of the theme.
    pub fn theme_bytes(&self, path: &SitePath) -> Option<&[u8]> {
        self.ask(Ask::Asset(path.clone()));
        self.world.assets.get(path).map(|asset| &*asset.bytes)
    }
}
