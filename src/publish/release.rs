//! A project that was built into a folder → the release that is to be published: its files, pages and redirects.

use super::sketch;
use crate::config::Host;
use crate::hash::Hash;
use crate::path::{SitePath, Url, decode};
use crate::project::Project;
use crate::site::host::{Written, object_redirects};
use crate::site::route::Recipe;
use crate::site::{PageKind, Site, View};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A built site.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// Its files, by key: the name in the folder.
    pub files: BTreeMap<String, File>,
    /// Addresses that lead elsewhere, from the site's root, and where.
    pub redirects: BTreeMap<String, String>,
    /// The site's title.
    pub title: String,
    /// What of it is more than its host takes, in sentences.
    pub limits: Vec<String>,
}

/// A file of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The hash of its bytes.
    pub hash: Hash,
    /// How many there are.
    pub size: u64,
    /// Its place in the order of uploads.
    pub kind: Kind,
    /// What it shows, if it is a page for readers.
    pub page: Option<Page>,
    /// The address to which its object leads, on a host that knows such objects.
    pub redirect: Option<String>,
    /// Headers that the settings give it, by name.
    pub headers: Vec<(String, String)>,
    /// Where its bytes are.
    pub at: PathBuf,
}

/// A page for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// The author's file, if there is one.
    pub source: Option<SitePath>,
}

/// Kinds of files, in the order in which they are uploaded: nothing before what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file whose name changes with its bytes.
    Fingerprinted,
    /// Any other file that pages may need.
    Asset,
    /// A page.
    Page,
    /// A page that lists pages.
    Index,
    /// What leads robots and hosts to pages: feeds, sitemaps, rules.
    Feed,
}

impl Kind {
    /// All kinds, in their order.
    pub const ALL: [Kind; 5] = [Kind::Fingerprinted, Kind::Asset, Kind::Page, Kind::Index, Kind::Feed];
}

impl Release {
    /// Adds a file that the target needs, unless the site has one of that name. It is kept in the folder `cache`.
    pub(super) fn add(&mut self, key: &str, bytes: &[u8], cache: &Path) -> anyhow::Result<()> {
        if self.files.contains_key(key) {
            return Ok(());
        }
        let path = cache.join("extras").join(key);
        let parent = path.parent().unwrap_or(cache);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {}", path.display()))?;
        let file = File {
            hash: Hash::of(bytes),
            size: bytes.len() as u64,
            kind: Kind::Asset,
            page: None,
            redirect: None,
            headers: Vec::new(),
            at: path,
        };
        self.files.insert(key.to_owned(), file);
        Ok(())
    }
}

/// The release in `folder`, which `project` was just built into; `wrote` are the names and hashes of its files.
///
/// # Errors
/// The folder cannot be read, or holds something else than was built.
pub fn release(project: &Project, folder: &Path, wrote: &[(Box<str>, Hash)]) -> anyhow::Result<Release> {
    let world = project.world().context("the site could not be assembled")?;
    let site = &world.site;
    let mut release = Release { title: site.config.title.clone(), ..Release::default() };
    let recipes: BTreeMap<String, (&str, &Recipe)> =
        site.routes.all().iter().map(|(url, recipe)| (url.file(), (url.as_str(), recipe))).collect();
    let written = (!site.config.headers.is_empty()).then(|| Written::new(site));
    for (name, hash) in wrote {
        let path = folder.join(&**name);
        let size = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?.len();
        let recipe = recipes.get(&**name).map(|(_, recipe)| *recipe);
        let (kind, page) = match recipe {
            Some(recipe) => (kind(site, recipe), page(site, recipe)),
            None => (Kind::Feed, None),
        };
        // A folder of the site has its title in its page only.
        let page = match page {
            Some(page) if page.title.is_empty() => {
                let html = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                Some(Page { title: sketch::title(&html).unwrap_or_default(), ..page })
            }
            page => page,
        };
        let url = recipes.get(&**name).map(|(url, _)| Url::new(url));
        let headers = url.zip(written.as_ref()).map(|(url, written)| written.of(&url)).unwrap_or_default();
        let file = File { hash: *hash, size, kind, page, redirect: None, headers, at: path };
        release.files.insert(name.to_string(), file);
    }
    if site.config.hosts.contains(&Host::S3) {
        for (key, to) in object_redirects(site) {
            if let Some(file) = release.files.get_mut(&key) {
                file.redirect = Some(to);
            }
        }
    }
    let base = &site.config.url.path;
    for moved in site.routes.moved() {
        let own = moved.to.strip_prefix(base.as_str()).and_then(decode).map(|path| format!("/{path}"));
        release.redirects.insert(moved.from.to_string(), own.unwrap_or_else(|| moved.to.clone()));
    }
    Ok(release)
}

fn kind(site: &Site, recipe: &Recipe) -> Kind {
    match recipe {
        Recipe::Theme(_) => Kind::Fingerprinted,
        Recipe::Copy(_) | Recipe::NoJekyll => Kind::Asset,
        Recipe::Page(path, _) => match site.page(path.as_str()).map(|page| page.kind) {
            Some(PageKind::Home | PageKind::Section) => Kind::Index,
            _ => Kind::Page,
        },
        Recipe::Redirect(_) | Recipe::NotFound => Kind::Page,
        Recipe::Folder(_) | Recipe::Faq(_) | Recipe::AllGuides(_) => Kind::Index,
        Recipe::Feed | Recipe::Sitemap | Recipe::SitemapPart(_) | Recipe::Robots | Recipe::Host(_) => Kind::Feed,
    }
}

/// What a page shows. The page for addresses that are not there has none of its own.
fn page(site: &Site, recipe: &Recipe) -> Option<Page> {
    match recipe {
        Recipe::Page(path, view) => {
            let page = site.page(path.as_str()).filter(|page| page.kind != PageKind::NotFound)?;
            let option = match view {
                View::Option(id) => site.options(page).and_then(|(_, mut options)| {
                    options.find(|option| *option.id == **id).map(|option| option.title.clone())
                }),
                View::Print => Some("print".to_owned()),
                _ => None,
            };
            let title = page.title(view);
            let title = option.map_or_else(|| title.to_owned(), |option| format!("{title} ({option})"));
            Some(Page { title, source: Some(path.clone()) })
        }
        Recipe::Folder(_) | Recipe::Faq(_) | Recipe::AllGuides(_) => Some(Page { title: String::new(), source: None }),
        _ => None,
    }
}

/// The address of the file `key` from the site's root: `/upwork/` for `upwork/index.html`.
pub fn url_of(key: &str) -> String {
    match key.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => format!("/{folder}"),
        _ => format!("/{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_like_links_do() {
        assert_eq!(url_of("index.html"), "/");
        assert_eq!(url_of("a/index.html"), "/a/");
        assert_eq!(url_of("a/my-index.html"), "/a/my-index.html");
        assert_eq!(url_of("feed.xml"), "/feed.xml");
    }
}
