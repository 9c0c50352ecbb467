//! A link as written, and who reads it → where it leads, or what is wrong with it; never writes a diagnostic.

use super::route::{Recipe, asset_url};
use super::walk::{shape_of, shows};
use super::{CONTENT, Child, Page, Site, View};
use crate::content::front::Layout;
use crate::diag::nearest;
use crate::path::{SitePath, Url, decode, folded};
use serde::{Deserialize, Serialize};

/// With how many pages, in the order of their paths, a name that is nowhere is compared.
const MOST_COMPARED: usize = 2_000;

/// A link to something of this site.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// The file that it names; a page's address is below `content` too.
    pub to: SitePath,
    /// The account type whose page is meant.
    pub option: Wanted,
    /// The anchor, without `#`; empty if none is named.
    pub fragment: Box<str>,
}

/// Which account type's page a link asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Wanted {
    /// None: the page for everyone.
    Any,
    /// The reader's own, if the target has it.
    Sticky(Box<str>),
    /// This one, as the link says.
    Only(Box<str>),
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Linked {
    /// Here: root-absolute, with the base path, percent-encoded.
    To(String),
    /// No such file; perhaps this one was meant.
    NoPage(Option<SitePath>),
    /// The page is there, the anchor is not; perhaps this one was meant, or the page of one of these account types.
    NoAnchor(Option<String>, Vec<String>),
    /// The page does not offer that account type; these it offers.
    NoOption(Vec<String>),
    /// The page is not published yet.
    Draft,
    /// It is a snippet.
    Snippet,
}

/// The file that `dest`, without query and fragment, names in the file `from`; `None` if it leads out of `content/`.
pub fn place_of(from: &SitePath, dest: &str) -> Option<SitePath> {
    let dest = decode(dest)?;
    let place = match dest.strip_prefix('/') {
        Some(rooted) => SitePath::new(&format!("{CONTENT}/{rooted}")),
        None => from.resolve(&dest)?,
    };
    (place.as_str() == CONTENT || place.below(CONTENT).is_some()).then_some(place)
}

/// How the file `from` names the file `to`.
pub fn relative(from: &SitePath, to: &str) -> String {
    let here: Vec<&str> = from.parent().split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = to.split('/').collect();
    let common = here.iter().zip(&there[..there.len().saturating_sub(1)]).take_while(|(a, b)| a == b).count();
    let mut out = "../".repeat(here.len() - common);
    out.push_str(&there[common..].join("/"));
    out
}

/// Where `link` leads.
pub fn resolve(site: &Site, link: &Link) -> Linked {
    let to = link.to.as_str();
    if let Some(page) = page_at(site, to) {
        return to_page(site, page, link);
    }
    if site.is_draft(to) {
        return Linked::Draft;
    }
    if site.snippet(to).is_some() {
        return Linked::Snippet;
    }
    let plain = |url: &str| {
        let fragment = if link.fragment.is_empty() { String::new() } else { format!("#{}", link.fragment) };
        Linked::To(format!("{}{fragment}", site.config.url.link(url)))
    };
    let url = asset_url(&link.to, &site.folders);
    if site.routes.get(url.as_str()).is_some_and(|recipe| *recipe == Recipe::Copy(link.to.clone())) {
        return plain(url.as_str());
    }
    if let Some(folder) = site.folder(to) {
        return plain(folder.url.as_str());
    }
    // An address of the site: of a file in `static/`, of a page, or of one of our own.
    let below = link.to.below(CONTENT).unwrap_or_default();
    for address in [format!("/{below}"), format!("/{below}/")] {
        let address = Url::new(&address).settled();
        match site.routes.get(address.as_str()) {
            Some(Recipe::Page(path, view)) => {
                if let Some(page) = site.page(path.as_str()) {
                    return at_view(site, page, view, link);
                }
            }
            Some(_) => return plain(address.as_str()),
            None => {}
        }
    }
    if site.is_draft(&format!("{to}/index.md")) || site.is_draft(&format!("{to}.md")) {
        return Linked::Draft;
    }
    Linked::NoPage(near(site, &link.to))
}

fn page_at<'s>(site: &'s Site, to: &str) -> Option<&'s Page> {
    site.page(to).or_else(|| {
        let folder = site.folder(to)?;
        folder.index.map(|index| &site.pages[index as usize])
    })
}

fn to_page(site: &Site, page: &Page, link: &Link) -> Linked {
    let offered = |id: &str| site.options(page).is_some_and(|(_, mut options)| options.any(|option| option.id == id));
    let view = match &link.option {
        Wanted::Any => page.main_view(),
        Wanted::Sticky(id) if offered(id) => View::Option(id.clone()),
        Wanted::Sticky(_) => page.main_view(),
        Wanted::Only(id) if offered(id) => View::Option(id.clone()),
        Wanted::Only(_) => {
            let options = site.options(page).into_iter().flat_map(|(_, options)| options);
            return Linked::NoOption(options.map(|option| option.id.clone()).collect());
        }
    };
    at_view(site, page, &view, link)
}

fn at_view(site: &Site, page: &Page, view: &View, link: &Link) -> Linked {
    // On a page with everything, an account type is a part of it, and its anchors begin with its id.
    let single = page.offer.as_ref().is_some_and(|offer| offer.layout == Layout::Single);
    let (view, option) = match view {
        View::Option(id) if single => (View::Single, Some(id.clone())),
        other => (other.clone(), None),
    };
    let url = site.config.url.link(page.url_of(&view).as_str());
    if link.fragment.is_empty() {
        return Linked::To(url);
    }
    let fragment = decode(&link.fragment).unwrap_or_else(|| link.fragment.to_string());
    if option.is_none() && shows(site, page, &view, &fragment) {
        return Linked::To(format!("{url}#{}", crate::path::encode(&fragment)));
    }
    let shape = shape_of(site, page, &view);
    let own = option.map(|id| format!("{id}--{fragment}")).filter(|own| shape.has(own));
    if let Some(id) = own.or_else(|| Some(fragment.clone()).filter(|id| shape.has(id))) {
        return Linked::To(format!("{url}#{}", crate::path::encode(&id)));
    }
    let options = site.options(page).into_iter().flat_map(|(_, options)| options).map(|option| option.id.clone());
    let has = |id: &String| match single {
        true => shape.has(&format!("{id}--{fragment}")),
        false => shape_of(site, page, &View::Option(id.as_str().into())).has(&fragment),
    };
    let options: Vec<String> = options.filter(has).collect();
    let all: Vec<String> = shape.all().collect();
    let near = nearest(&fragment, all.iter().map(String::as_str)).map(str::to_owned);
    Linked::NoAnchor(near, options)
}

/// What to do about an anchor that is not there, but perhaps `near`.
pub fn anchor_help(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("did you mean `#{near}`?"),
        None => "anchors are made from headings; see the page's table of contents".to_owned(),
    }
}

/// The page that `to` names with other characters for the same letters, or as the HTML that is made of it.
fn written_otherwise(site: &Site, to: &SitePath) -> Option<SitePath> {
    let text = to.as_str();
    if let Some(stem) = text.strip_suffix(".html").or_else(|| text.strip_suffix(".htm")) {
        let stem = stem.strip_suffix("/index").unwrap_or(stem);
        let pages = [format!("{stem}.md"), format!("{stem}/index.md")];
        return pages.into_iter().find(|page| site.page(page).is_some()).map(|page| SitePath::new(&page));
    }
    if text.is_ascii() {
        return None;
    }
    let wanted = folded(text);
    site.pages.iter().map(|page| &page.path).find(|path| folded(path.as_str()) == wanted).cloned()
}

/// The page that was perhaps meant by `to`: one in the same folder with a name like it, or one with its name elsewhere.
fn near(site: &Site, to: &SitePath) -> Option<SitePath> {
    let name = to.file_name();
    if name == "index.md" {
        // Every folder may have one: another folder's is not meant.
        return site.folder(to.parent()).map(|_| SitePath::new(to.parent()));
    }
    if let Some(written) = written_otherwise(site, to) {
        return Some(written);
    }
    let in_folder = site.folder(to.parent()).and_then(|folder| {
        let pages = folder.children.iter().filter_map(|child| match child {
            Child::Page(page) => Some(&site.pages[*page as usize].path),
            Child::Folder(_) => None,
        });
        let names: Vec<&SitePath> = pages.collect();
        let near = nearest(name, names.iter().map(|path| path.file_name()))
            .or_else(|| nearest(&format!("{name}.md"), names.iter().map(|path| path.file_name())))?;
        names.into_iter().find(|path| path.file_name() == near).cloned()
    });
    let elsewhere = || site.pages.iter().map(|page| &page.path).find(|path| path.file_name() == name).cloned();
    in_folder.or_else(elsewhere).or_else(|| {
        let names = site.pages.iter().take(MOST_COMPARED).map(|page| &page.path);
        let near = nearest(name, names.clone().map(SitePath::file_name))?;
        names.into_iter().find(|path| path.file_name() == near).cloned()
    })
}
