//! What an output may ask, and the answers' forms; whatever is not here, no output can depend on.

use crate::day::Day;
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::site::host::Table;
use crate::site::link::{Link, Linked};
use crate::site::lists::{AllGuides, ChildCard, Entry, FaqSection, Home, Sitemap};
use crate::site::questions::Firsts;
use crate::site::splice::Splice;
use crate::site::walk::Shape;
use crate::site::{PageKind, View};
use serde::{Deserialize, Serialize};

/// A question that an output may ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ask {
    /// The settings, but for severities, redirects and what only hosts are told.
    Config,
    /// The theme's words in a language.
    Words(Box<str>),
    /// Everything that a template reaches.
    Template(Box<str>),
    /// Everything that a component reaches, whichever file defines it.
    Component(Box<str>),
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
    /// What hosts are told: headers, and addresses that moved.
    Hosts,
    /// Whether a day has come.
    Due(Day),
    /// Whether a template can be rendered.
    HasTemplate(Box<str>),
    /// Where the site first shows the questions of a snippet.
    Firsts(SitePath),
}

impl Ask {
    /// Whether only the outputs of one page ask it, so that its answer is not worth keeping for others.
    pub(super) fn is_own(&self) -> bool {
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

    /// The file of the page that the question is about, if it is about one page.
    pub(crate) fn page_mut(&mut self) -> Option<&mut SitePath> {
        match self {
            Ask::Front(path)
            | Ask::Body(path, _)
            | Ask::Text(path)
            | Ask::Splices(path)
            | Ask::Placement(path)
            | Ask::Shape(path, _)
            | Ask::Counts(path)
            | Ask::Neighbours(path) => Some(path),
            _ => None,
        }
    }
}

/// An answer. Those of which only the identity matters are hashes; the value itself is then read where it lies.
/// Many are kept, so the large ones lie elsewhere.
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
    Placement(Box<Placement>),
    /// See [`Ask::Shape`].
    Shape(Box<Shape>),
    /// See [`Ask::Counts`].
    Counts(Vec<Count>),
    /// See [`Ask::Card`].
    Card(Box<Card>),
    /// See [`Ask::Name`].
    Name(Name),
    /// See [`Ask::Crumbs`].
    Crumbs(Vec<(String, Url)>),
    /// See [`Ask::Menu`].
    Menu(Box<Menu>),
    /// See [`Ask::Neighbours`].
    Neighbours(Option<SitePath>, Option<SitePath>),
    /// See [`Ask::Children`].
    Children(Vec<ChildCard>),
    /// See [`Ask::Link`].
    Link(Linked),
    /// See [`Ask::Asset`].
    Asset(Shown),
    /// See [`Ask::Styles`].
    Styles(Box<Styles>),
    /// See [`Ask::Nav`].
    Nav(Nav),
    /// See [`Ask::Home`].
    Home(Box<Home>),
    /// See [`Ask::Faqs`].
    Faqs(Vec<FaqSection>),
    /// See [`Ask::AllGuides`].
    AllGuides(Box<AllGuides>),
    /// See [`Ask::Feed`].
    Entries(Vec<Entry>),
    /// See [`Ask::Sitemap`].
    Sitemap(Sitemap),
    /// See [`Ask::Hosts`].
    Hosts(Box<Table>),
    /// See [`Ask::Firsts`].
    Firsts(Firsts),
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
