//! A URL of the site → the bytes that a build would write there; made when asked for, and kept as long as they are right.

use super::live::{Live, Shown};
use crate::diag::Diagnostic;
use crate::facts::{Ask, Noted, World};
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::project::Project;
use crate::render::{Artifact, Content};
use crate::site::route::Recipe;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many pages are kept: enough for every tab that somebody may have open, and for what they link to.
const MOST: usize = 500;

/// How often a page is made again because its files change while it is made.
const TRIES: usize = 5;

/// An output that was made.
pub struct Page {
    /// How.
    pub recipe: Recipe,
    /// What it holds; `None` if it could not be made, and the notes say why.
    pub bytes: Option<Arc<[u8]>>,
    /// The hash of its bytes, or of what is wrong.
    pub version: Hash,
    /// What was wrong with it.
    pub notes: Vec<Diagnostic>,
    /// What it depends on. A copy is not kept, and depends on nothing.
    asked: Vec<(Ask, Hash)>,
    /// In which state of the site it was right for the last time.
    right_in: AtomicU64,
}

impl Page {
    /// Whether the page in the new world is the same without being made.
    fn is_right(&self, shown: &Shown, world: &World, recipe: &Recipe) -> bool {
        if self.right_in.load(Ordering::Relaxed) == shown.number {
            return true;
        }
        let is_right = self.recipe == *recipe && self.asked.iter().all(|(ask, hash)| world.fingerprint(ask) == *hash);
        if is_right {
            self.right_in.store(shown.number, Ordering::Relaxed);
        }
        is_right
    }
}

/// The pages that are kept.
#[derive(Default)]
pub struct Pages(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    pages: HashMap<Url, Arc<Page>>,
    /// Pages that were replaced by others since somebody last asked which.
    replaced: BTreeSet<Url>,
    /// Pages that had mistakes when they were dropped.
    had_notes: BTreeSet<Url>,
}

impl Pages {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the pages that are not right any more. Gives all that are not what they were since this was last asked.
    pub fn cross_out(&self, shown: &Shown) -> BTreeSet<Url> {
        let mut changed = std::mem::take(&mut self.kept().replaced);
        let Some(world) = shown.project().world() else { return changed };
        let kept: BTreeMap<Url, Arc<Page>> =
            self.kept().pages.iter().map(|(url, page)| (url.clone(), Arc::clone(page))).collect();
        let is_wrong = |url: &Url, page: &Page| {
            world.site.routes.get(url.as_str()).is_none_or(|recipe| !page.is_right(shown, world, recipe))
        };
        let wrong: Vec<_> = kept.into_iter().filter(|(url, page)| is_wrong(url, page)).collect();
        let mut kept = self.kept();
        for (url, page) in wrong {
            if kept.pages.get(&url).is_some_and(|now| Arc::ptr_eq(now, &page)) {
                kept.pages.remove(&url);
                if !page.notes.is_empty() {
                    kept.had_notes.insert(url.clone());
                }
            }
            changed.insert(url);
        }
        changed
    }

    /// Whether the page had mistakes when it was dropped; says so once.
    pub fn had_notes(&self, url: &Url) -> bool {
        self.kept().had_notes.remove(url)
    }

    /// Whether the page is kept.
    pub fn has(&self, url: &Url) -> bool {
        self.kept().pages.contains_key(url)
    }

    /// What is wrong with the pages that are kept, and with the page that each of them shows.
    pub fn notes(&self) -> Vec<(Diagnostic, Option<SitePath>)> {
        let kept = self.kept();
        let pages: BTreeMap<_, _> = kept.pages.iter().filter(|(_, page)| !page.notes.is_empty()).collect();
        let with_source = |page: &Arc<Page>| {
            let source = crate::project::page_of(&page.recipe);
            page.notes.iter().map(|note| (note.clone(), source.clone())).collect::<Vec<_>>()
        };
        pages.into_values().flat_map(with_source).collect()
    }

    fn get(&self, url: &str) -> Option<Arc<Page>> {
        self.kept().pages.get(url).cloned()
    }

    fn keep(&self, url: &Url, page: &Arc<Page>) {
        let mut kept = self.kept();
        if kept.pages.len() >= MOST && !kept.pages.contains_key(url) {
            // Those that were not asked for since the last change are least likely to be asked for again.
            let oldest = kept.pages.iter().min_by_key(|(url, page)| (page.right_in.load(Ordering::Relaxed), *url));
            let oldest = oldest.map(|(url, _)| url.clone());
            oldest.map(|url| kept.pages.remove(&url));
        }
        let before = kept.pages.insert(url.clone(), Arc::clone(page));
        if before.is_some_and(|before| before.version != page.version) {
            kept.replaced.insert(url.clone());
        }
    }
}

impl Live {
    /// The output at `url`, and the state of the site that it is part of; `None` if the site has no such output.
    pub fn page(&self, url: &str) -> anyhow::Result<(Arc<Shown>, Option<Arc<Page>>)> {
        let mut shown = self.shown();
        for _ in 0..TRIES {
            match made(self, &shown, url) {
                Ok(page) => return Ok((shown, page)),
                Err(torn) => {
                    self.hear([torn]);
                    self.settle()?;
                    shown = self.shown();
                }
            }
        }
        anyhow::bail!("files of this page keep changing while they are read")
    }

    /// The source of the output at `url`, if it has one of its own.
    pub fn source(shown: &Shown, url: &str) -> Option<SitePath> {
        match shown.project().routes().get(url)? {
            Recipe::Page(path, _) | Recipe::Copy(path) | Recipe::Theme(path) => Some(path.clone()),
            _ => None,
        }
    }
}

/// Makes the page, or finds it; an error is a file that changed.
fn made(live: &Live, shown: &Shown, url: &str) -> Result<Option<Arc<Page>>, SitePath> {
    let project = shown.project();
    let (Some(world), Some(recipe)) = (project.world(), project.routes().get(url)) else { return Ok(None) };
    if let Some(page) = live.pages.get(url).filter(|page| page.is_right(shown, world, recipe)) {
        return Ok(Some(page));
    }
    let Some(Artifact { content, notes, asked }) = project.get(url) else { return Ok(None) };
    let (bytes, is_kept) = match content {
        Content::Bytes(bytes) => (Some(bytes), true),
        Content::Copy(path) => (Some(copied(project, &path)?), false),
        Content::Failed => (None, true),
    };
    if let Some(torn) = project.sources.torn() {
        return Err(torn);
    }
    let page = Arc::new(Page {
        recipe: recipe.clone(),
        version: bytes.as_ref().map_or_else(|| Hash::of_value(&notes), |bytes| Hash::of(bytes)),
        bytes: bytes.map(Arc::from),
        notes,
        asked: asked.into_iter().map(plain).collect(),
        right_in: AtomicU64::new(shown.number),
    });
    if is_kept {
        live.pages.keep(&Url::new(url), &page);
    }
    Ok(Some(page))
}

/// A question and the hash of its answer, without the answer, which may be large.
fn plain(noted: Noted) -> (Ask, Hash) {
    match noted {
        Noted::Shared(known) => (known.ask.clone(), known.hash),
        Noted::Own(ask, hash) => (ask, hash),
    }
}

/// The bytes of a file that is published as it is.
fn copied(project: &Project, path: &SitePath) -> Result<Vec<u8>, SitePath> {
    let file = project.sources.get(path.as_str()).ok_or_else(|| path.clone())?;
    let bytes = fs::read(project.sources.root().join(path.as_str())).map_err(|_| path.clone())?;
    if Hash::of(&bytes) == file.hash { Ok(bytes) } else { Err(path.clone()) }
}
