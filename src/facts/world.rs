//! A site, its files, its templates → answers, those that many ask thought out once.

use super::*;
use crate::assets::Assets;
use crate::config::{Config, Places};
use crate::content::packed::Packed;
use crate::diag::{Code, Severity};
use crate::hash::Hash;
use crate::site::questions::{self, Firsts};
use crate::site::{Site, lists};
use crate::source::Sources;
use crate::templates::{Shared, Templates};
use hashbrown::HashTable;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    /// The hash of the settings, without severities, redirects and what only hosts are told.
    pub config: Hash,
    /// Texts that were parsed in this run.
    pub docs: Docs,
    answers: Answers,
    /// By key.
    fragments: Mutex<HashMap<String, Arc<Fragment>, foldhash::fast::FixedState>>,
    /// The list of all guides, from which each letter's page takes its part.
    alphabet: OnceLock<lists::Alphabet>,
    /// The addresses of the sitemap, from which each part takes its own.
    addresses: OnceLock<lists::Addresses>,
    /// Where the site first shows the questions of snippets.
    firsts: OnceLock<HashMap<SitePath, Firsts>>,
}

/// Texts as they were understood; the others are interpreted when a body is rendered. They are found by path only.
#[derive(Default)]
pub struct Docs(HashMap<SitePath, Mutex<Option<Arc<Packed>>>, foldhash::fast::FixedState>);

impl Docs {
    /// Those of `texts`.
    pub fn of(texts: impl Iterator<Item = (SitePath, Packed)>) -> Docs {
        Docs(texts.map(|(path, packed)| (path, Mutex::new(Some(Arc::new(packed))))).collect())
    }

    /// The text of `path`, if it is here.
    pub(super) fn get(&self, path: &SitePath) -> Option<Arc<Packed>> {
        self.0.get(path)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self, path: &SitePath) {
        if let Some(packed) = self.0.get(path) {
            *packed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// HTML that many outputs show, in pieces, and the questions that it depends on.
pub struct Fragment {
    /// The pieces, one behind the other.
    pub html: String,
    /// Where each ends.
    pub ends: Vec<usize>,
    pub(super) asked: Vec<Noted>,
}

/// Answers given so far: most questions are asked by many outputs.
struct Answers {
    shards: Vec<Mutex<HashTable<Arc<Known>>>>,
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
    pub shared: OnceLock<Arc<Shared>>,
}

impl World {
    /// A world in which nothing has been asked yet.
    pub fn new(site: Site, sources: Arc<Sources>, templates: Arc<Templates>, assets: Arc<Assets>, docs: Docs) -> World {
        let config = Hash::of_value(&Config {
            lint: BTreeMap::<Code, Severity>::new(),
            redirects: Vec::new(),
            publish: Vec::new(),
            headers: Vec::new(),
            hosts: Vec::new(),
            places: Places::default(),
            ..site.config.clone()
        });
        let hasher = foldhash::fast::FixedState::default();
        let shards = (0..64).map(|_| Mutex::default()).collect();
        World {
            site,
            sources,
            templates,
            assets,
            config,
            docs,
            answers: Answers { shards, hasher, count: AtomicU32::new(0) },
            fragments: Mutex::default(),
            alphabet: OnceLock::new(),
            addresses: OnceLock::new(),
            firsts: OnceLock::new(),
        }
    }

    /// The answer to `ask`. Those that several outputs may ask are thought out once.
    pub fn ask(&self, ask: Ask) -> Arc<Known> {
        if ask.is_own() {
            return Arc::new(self.think(ask));
        }
        let hasher = &self.answers.hasher;
        let hash = hasher.hash_one(&ask);
        let shard = &self.answers.shards[(hash as usize >> 8) % self.answers.shards.len()];
        let locked = || shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = locked().find(hash, |known| known.ask == ask) {
            return known.clone();
        }
        let known = self.think(ask);
        let mut shard = locked();
        // Two threads may have thought of it at once: their answers are the same, and the first is kept.
        if let Some(first) = shard.find(hash, |other| other.ask == known.ask) {
            return first.clone();
        }
        let known = Arc::new(known);
        shard.insert_unique(hash, known.clone(), |other| hasher.hash_one(&other.ask));
        known
    }

    /// Lets go of what only rendering `path` needs; if it is rendered once more, it is read and interpreted again.
    pub fn forget(&self, path: &SitePath) {
        self.sources.forget(path.as_str());
        self.docs.forget(path);
    }

    fn think(&self, ask: Ask) -> Known {
        let answer = answer(self, &ask);
        let number = if ask.is_own() { 0 } else { self.answers.count.fetch_add(1, Ordering::Relaxed) };
        Known { hash: Hash::of_value(&answer), answer, ask, number, shared: OnceLock::new() }
    }

    /// The fragment of `key`, if it has been made.
    pub(super) fn fragment(&self, key: &str) -> Option<Arc<Fragment>> {
        self.fragments.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a fragment. Two threads may have made it at once: they made the same.
    pub(super) fn keep(&self, key: String, fragment: &Arc<Fragment>) {
        self.fragments.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(fragment));
    }

    /// The pages of the list of all guides.
    pub(super) fn alphabet(&self) -> &lists::Alphabet {
        self.alphabet.get_or_init(|| lists::alphabet(&self.site))
    }

    /// The addresses of the sitemap.
    pub(super) fn addresses(&self) -> &lists::Addresses {
        self.addresses.get_or_init(|| lists::addresses(&self.site))
    }

    /// Where the site first shows the questions of snippets.
    pub(super) fn firsts(&self) -> &HashMap<SitePath, Firsts> {
        self.firsts.get_or_init(|| questions::firsts(&self.site))
    }

    /// The hash of the answer to `ask`.
    pub fn fingerprint(&self, ask: &Ask) -> Hash {
        if ask.is_own() { Hash::of_value(&answer(self, ask)) } else { self.ask(ask.clone()).hash }
    }

    /// Every shared question so far.
    pub fn known(&self) -> Vec<Arc<Known>> {
        let mut all = Vec::new();
        for shard in &self.answers.shards {
            all.extend(shard.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        }
        all.sort_by_key(|known| known.number);
        all
    }
}
