//! The world and a question → its answer; pure, so that equal worlds give equal answers.

use super::*;
use crate::assets::BRAND;
use crate::path::{SitePath, Url};
use crate::site::link::resolve;
use crate::site::lists::{self};
use crate::site::route::{Recipe, static_url};
use crate::site::walk::{Who, shape, shape_of};
use crate::site::{Child, Page, Site, View};

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
        Ask::Component(name) => {
            found(world.templates.component(name).and_then(|file| world.templates.hash(file)).map(Answer::Print))
        }
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
            Answer::Placement(Box::new(Placement {
                kind: page.kind,
                url: page.url.clone(),
                folder: site.folders[page.folder as usize].path.clone(),
                offer: page.offer.clone(),
                main: page.main_view(),
                splits: if page.offer.is_some() { crate::site::walk::splits(site, page) } else { Vec::new() },
            }))
        })),
        Ask::Shape(path, view) => found(page(path).map(|page| Answer::Shape(shape_of(site, page, view).into()))),
        Ask::Counts(path) => found(page(path).map(|page| Answer::Counts(counts(site, page)))),
        Ask::Card(path) => found(page(path).map(|page| Answer::Card(card(site, page).into()))),
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
        Ask::Styles => Answer::Styles(styles(world).into()),
        Ask::Nav => Answer::Nav(Nav {
            faq: site.routes.get("/faq/").is_some(),
            all_guides: site.routes.get("/a-z/").is_some(),
            feed: site.routes.get("/feed.xml").is_some(),
        }),
        Ask::Home => Answer::Home(lists::home(site).into()),
        Ask::Faqs(section) => Answer::Faqs(lists::faqs(site, section.as_deref())),
        Ask::AllGuides(letter) => {
            Answer::AllGuides(lists::all_guides(site, world.alphabet(), letter.as_deref()).into())
        }
        Ask::Feed => Answer::Entries(lists::feed(site)),
        Ask::Sitemap(part) => Answer::Sitemap(lists::sitemap(site, world.addresses(), *part)),
        Ask::Hosts => Answer::Hosts(crate::site::host::table(site).into()),
        Ask::Firsts(snippet) => Answer::Firsts(world.firsts().get(snippet).cloned().unwrap_or_default()),
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
    Some(Answer::Menu(Box::new(Menu { title: title.to_owned(), url: folder.url.clone(), items: items.collect() })))
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
        None if path.below("static").is_some() => link(static_url(path).as_str()),
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
