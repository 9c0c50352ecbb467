//! Outlines → `Site`: pages, sections, account types and every route; never the text of a page, never a template.

mod again;
mod check;
mod drafts;
mod frame;
pub mod host;
mod hosting;
pub mod limits;
pub mod link;
pub mod lists;
pub mod questions;
pub mod route;
mod settings;
pub mod splice;
mod tree;
pub mod vars;
pub mod walk;
pub mod weigh;

use crate::config::{Choice, Config, Group};
use crate::content::Outline;
use crate::content::front::Layout;
use crate::day::Day;
use crate::diag::Diagnostic;
use crate::path::{SitePath, Url};
pub use drafts::{Hidden, hidden};
use route::{Routes, Table};
use serde::{Deserialize, Serialize};
use splice::Splice;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
pub use tree::listed;

/// The folder of all pages.
pub const CONTENT: &str = "content";

/// What `assemble` is given, beside the outlines.
pub struct Given {
    /// The settings.
    pub config: Config,
    /// Whether drafts are pages.
    pub drafts: Drafts,
    /// Today, where a date decides.
    pub today: Day,
    /// Every file of `content/` that is not Markdown.
    pub assets: Vec<SitePath>,
    /// Every file of `static/` that is published under its own name.
    pub statics: Vec<SitePath>,
    /// Sizes in bytes of snippets and of the files that are published as they are.
    pub sizes: HashMap<SitePath, u64>,
    /// The URLs of published theme files, and the files that they come from.
    pub theme: Vec<(Url, SitePath)>,
}

/// Whether drafts are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Drafts {
    /// They reach nothing.
    Hidden,
    /// They are pages like any other.
    Shown,
}

/// The site's structure.
#[derive(Clone)]
pub struct Site {
    /// The settings.
    pub config: Config,
    /// Today.
    pub today: Day,
    /// All pages, sorted by path.
    pub pages: Vec<Page>,
    /// All folders with pages, sorted by path; the first is `content`.
    pub folders: Vec<Folder>,
    /// Every file that the site consists of.
    pub routes: Routes,
    /// How many questions each top-level section has.
    pub questions: Vec<(String, usize)>,
    snippets: HashMap<SitePath, Arc<Outline>>,
    pages_by_path: Table<SitePath, u32>,
    folders_by_path: Table<Box<str>, u32>,
    drafts: HashMap<SitePath, Hidden>,
}

/// A page that an author wrote.
#[derive(Clone)]
pub struct Page {
    /// Its file.
    pub path: SitePath,
    /// What its text says.
    pub outline: Arc<Outline>,
    /// What it is.
    pub kind: PageKind,
    /// Where it is: its overview's address if it has account types.
    pub url: Url,
    /// Index of its folder.
    pub folder: u32,
    /// The account types that it offers.
    pub offer: Option<Offered>,
    /// The snippets that it includes.
    pub splices: Box<[Splice]>,
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PageKind {
    /// `content/index.md`.
    Home,
    /// Another folder's `index.md`.
    Section,
    /// Step-by-step help.
    Guide,
    /// Any other page.
    Page,
    /// Hand-written questions and answers.
    Faq,
    /// `content/404.md`.
    NotFound,
}

/// The account types of a guide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Offered {
    /// Index of the group in the settings.
    pub group: u16,
    /// Indexes of the options in the group, in display order.
    pub options: Box<[u16]>,
    /// Which pages there are.
    pub layout: Layout,
}

impl Offered {
    /// The group, and the options in display order.
    pub fn choices<'c>(&self, config: &'c Config) -> (&'c Group, impl Iterator<Item = &'c Choice> + Clone) {
        let group = &config.groups[self.group as usize];
        (group, self.options.iter().map(|option| &group.options[*option as usize]))
    }
}

/// Which of a guide's pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum View {
    /// The only one.
    Plain,
    /// The one with a chooser.
    Overview,
    /// The one for the option with this id.
    Option(Box<str>),
    /// Everything on one page.
    Single,
    /// Everything, to be printed.
    Print,
}

impl View {
    /// The id of the option, if it is one option's page.
    pub fn option(&self) -> Option<&str> {
        match self {
            View::Option(id) => Some(id),
            _ => None,
        }
    }
}

/// A folder of `content/` that holds pages: a section.
#[derive(Clone)]
pub struct Folder {
    /// Its path: `content/upwork`.
    pub path: Box<str>,
    /// Its title: its `index.md`'s, else made from its name.
    pub title: String,
    /// Where it is.
    pub url: Url,
    /// Index of its `index.md`.
    pub index: Option<u32>,
    /// Index of the folder around it; its own for `content`.
    pub parent: u32,
    /// What it holds, in order.
    pub children: Vec<Child>,
}

/// Something in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// Index of a folder.
    Folder(u32),
    /// Index of a page.
    Page(u32),
}

/// Puts the site together. Everything that is wrong with it is in the second part.
pub fn assemble(
    given: Given,
    outlines: Vec<(SitePath, Arc<Outline>)>,
    snippets: Vec<(SitePath, Arc<Outline>)>,
) -> (Site, Vec<Diagnostic>) {
    let mut notes = Vec::new();
    let snippets: HashMap<_, _> = snippets.into_iter().collect();
    let (mut given, mut kept) = (given, outlines);
    let mut drafts = HashMap::new();
    if given.drafts == Drafts::Hidden {
        drafts.extend(drafts::hidden(&kept));
        given.assets.retain(|path| !drafts::is_in_draft(path, &drafts));
        kept.retain(|(path, _)| !drafts.contains_key(path));
    }
    if kept.is_empty() {
        notes.push(check::no_pages(drafts.len()));
    }
    let (mut pages, folders) = tree::plant(kept, &given.config, &mut notes);
    splice::splice(&mut pages, &snippets, &given.sizes, &mut notes);
    let pages_by_path = pages.iter().enumerate().map(|(index, page)| (page.path.clone(), index as u32)).collect();
    let folders_by_path =
        folders.iter().enumerate().map(|(index, folder)| (folder.path.clone(), index as u32)).collect();
    let questions = questions::counts(&pages, &folders, &given.config, &snippets);
    let routes = route::lay(&given, &pages, &folders, &questions, &mut notes);
    let Given { config, today, sizes, statics, theme, .. } = given;
    let site =
        Site { config, today, pages, folders, routes, questions, snippets, pages_by_path, folders_by_path, drafts };
    check::check(&site, &mut notes);
    let files: HashSet<SitePath> = statics.into_iter().chain(theme.into_iter().map(|(_, path)| path)).collect();
    settings::check(&site, &files, &mut notes);
    hosting::check(&site, &sizes, &mut notes);
    (site, notes)
}

impl Site {
    /// The page of the file `path`.
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages_by_path.get(path).map(|index| &self.pages[*index as usize])
    }

    /// The pages in the top-level section `name`, at any depth.
    pub fn pages_in(&self, name: &str) -> &[Page] {
        let prefix = format!("{CONTENT}/{name}/");
        let start = self.pages.partition_point(|page| *page.path.as_str() < *prefix);
        let length = self.pages[start..].partition_point(|page| page.path.as_str().starts_with(&prefix));
        &self.pages[start..start + length]
    }

    /// The folder `path`.
    pub fn folder(&self, path: &str) -> Option<&Folder> {
        self.folders_by_path.get(path).map(|index| &self.folders[*index as usize])
    }

    /// The outline of the snippet `path`.
    pub fn snippet(&self, path: &str) -> Option<&Outline> {
        self.snippets.get(path).map(|outline| &**outline)
    }

    /// Days that decide what is said of the pages: those that have not come, and the last one that has.
    pub fn days(&self) -> Vec<Day> {
        let all = self.pages.iter().flat_map(|page| page.outline.front.days());
        let (mut days, past): (Vec<Day>, Vec<Day>) =
            all.map(|(_, day, _)| begins(day)).partition(|day| *day > self.today);
        days.extend(past.into_iter().max());
        days
    }

    /// Whether `path` is a page that is not published yet.
    pub fn is_draft(&self, path: &str) -> bool {
        self.drafts.contains_key(path)
    }

    /// The group of account types and the options that `page` offers, in display order.
    pub fn options<'s>(&'s self, page: &'s Page) -> Option<(&'s Group, impl Iterator<Item = &'s Choice> + 's)> {
        Some(page.offer.as_ref()?.choices(&self.config))
    }
}

/// The day, by universal time, on which `day` begins somewhere on Earth.
fn begins(day: Day) -> Day {
    day.plus(-1)
}

/// Where the view of a page at `url` is.
pub fn url_of(url: &Url, view: &View) -> Url {
    match view {
        View::Plain | View::Overview | View::Single => url.clone(),
        View::Option(id) => url.child(id),
        View::Print => url.child("print"),
    }
}

/// Whether search engines shall know the page of `view` by the guide's main page, which shows all that it shows.
pub fn is_copy(offer: Option<&Offered>, view: &View) -> bool {
    matches!(view, View::Option(_)) && offer.is_some_and(|offer| offer.layout == Layout::Both)
}

/// The options of a page that have a page of their own.
pub fn option_pages(site: &Site, page: &Page) -> Vec<(String, String, Url)> {
    let single = page.offer.as_ref().is_none_or(|offer| offer.layout == Layout::Single);
    let options = site.options(page).filter(|_| !single).into_iter().flat_map(|(_, options)| options);
    options.map(|option| (option.id.clone(), option.title.clone(), page.url.child(&option.id))).collect()
}

impl Page {
    /// The title of the page that `view` names.
    pub fn title(&self, view: &View) -> &str {
        let own = view.option().and_then(|id| self.overrides(id)).and_then(|option| option.title.as_deref());
        own.unwrap_or(&self.outline.front.title.value)
    }

    /// The description of the page that `view` names.
    pub fn description(&self, view: &View) -> Option<&str> {
        let own = view.option().and_then(|id| self.overrides(id)).and_then(|option| option.description.as_deref());
        own.or(self.outline.front.description.as_deref())
    }

    /// The day of its last change, if it says so.
    pub fn changed(&self) -> Option<Day> {
        self.outline.front.updated.or(self.outline.front.date)
    }

    /// The title in menus.
    pub fn nav_title(&self) -> &str {
        self.outline.front.nav_title.as_deref().unwrap_or(&self.outline.front.title.value)
    }

    /// Where the page that `view` names is.
    pub fn url_of(&self, view: &View) -> Url {
        url_of(&self.url, view)
    }

    /// The pages that it consists of.
    pub fn views(&self, config: &Config) -> Vec<View> {
        let Some(offer) = &self.offer else { return vec![View::Plain] };
        let options = offer.choices(config).1.map(|option| View::Option(option.id.as_str().into()));
        let mut views = vec![match offer.layout {
            Layout::Pages => View::Overview,
            Layout::Single | Layout::Both => View::Single,
        }];
        if offer.layout != Layout::Single {
            views.extend(options);
        }
        views.push(View::Print);
        views
    }

    /// The page that readers without an account type get.
    pub fn main_view(&self) -> View {
        match &self.offer {
            None => View::Plain,
            Some(offer) if offer.layout == Layout::Pages => View::Overview,
            Some(_) => View::Single,
        }
    }

    fn overrides(&self, id: &str) -> Option<&crate::content::front::Override> {
        self.outline.front.variants.as_ref()?.options.iter().find(|option| *option.id.value == *id)
    }
}
