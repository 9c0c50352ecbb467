//! What outputs asked, and what they were answered → which of them are still right; never a second way to render.
//!
//! An output is a function of the answers to its questions. So an output whose recipe is the same, whose questions are
//! answered as before and whose file is as it was left needs no rendering; every other one does. A clean build is the
//! same thing with an empty ledger.

use crate::diag::Diagnostic;
use crate::facts::{Ask, Noted, World};
use crate::hash::Hash;
use crate::path::Url;
use crate::site::route::Recipe;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The finished outputs of a build.
#[derive(Default)]
pub struct Ledger {
    /// Questions that many outputs ask.
    shared: Vec<(Ask, Hash)>,
    /// Outputs by URL, encoded: there are many, and most are only looked at once.
    entries: Vec<(Url, Box<[u8]>)>,
}

/// A finished output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// How it was made.
    pub recipe: Recipe,
    /// The hash of its bytes.
    pub hash: Hash,
    /// Its shared questions, by their place in the ledger's list.
    shared: Vec<u32>,
    /// Its own questions and their answers' hashes.
    own: Vec<(Ask, Hash)>,
    /// What was wrong with it.
    pub notes: Vec<Diagnostic>,
}

/// Why an output has to be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was not there before.
    New,
    /// Another recipe makes it now.
    Recipe,
    /// A question is answered differently.
    Answer(Ask),
    /// Its file is gone, or is no longer the one that was written.
    File,
}

/// How a ledger stands towards a site.
#[derive(Default)]
pub struct Standing {
    /// Outputs that are still right.
    pub kept: Vec<(Url, Entry)>,
    /// Indexes of routes whose outputs have to be rendered, and why.
    pub stale: Vec<(usize, Reason)>,
}

impl Ledger {
    /// The ledger in `bytes`, or what is wrong with them.
    pub fn read(bytes: &[u8]) -> Result<Ledger, String> {
        let (shared, entries) = postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        Ok(Ledger { shared, entries })
    }

    /// The ledger as bytes.
    pub fn write(&self) -> Vec<u8> {
        postcard::to_stdvec(&(&self.shared, &self.entries)).unwrap_or_default()
    }

    /// The addresses of all outputs, sorted.
    pub fn urls(&self) -> impl Iterator<Item = &Url> {
        self.entries.iter().map(|(url, _)| url)
    }

    /// The output at `url`, with all of its questions.
    pub fn entry(&self, url: &str) -> Option<(Entry, Vec<(Ask, Hash)>)> {
        let at = self.entries.binary_search_by(|(known, _)| known.as_str().cmp(url)).ok()?;
        let entry: Entry = postcard::from_bytes(&self.entries[at].1).ok()?;
        let shared = entry.shared.iter().filter_map(|index| self.shared.get(*index as usize).cloned());
        let mut asked: Vec<(Ask, Hash)> = shared.chain(entry.own.iter().cloned()).collect();
        asked.sort();
        Some((entry, asked))
    }

    /// Puts every question again to `world`. `is_there` tells whether the file of an output still has these bytes.
    pub fn advance(&self, world: &World, is_there: &(dyn Fn(&Url, Hash) -> bool + Sync)) -> Standing {
        let same: Vec<bool> = self.shared.par_iter().map(|(ask, hash)| world.ask(ask.clone()).hash == *hash).collect();
        let judged: Vec<Result<(Url, Entry), (usize, Reason)>> = world
            .site
            .routes
            .all()
            .par_iter()
            .enumerate()
            .map(|(index, (url, recipe))| {
                self.judge(world, url, recipe, &same, is_there).map_err(|reason| (index, reason))
            })
            .collect();
        let mut standing = Standing::default();
        for one in judged {
            match one {
                Ok(kept) => standing.kept.push(kept),
                Err(stale) => standing.stale.push(stale),
            }
        }
        standing
    }

    fn judge(
        &self,
        world: &World,
        url: &Url,
        recipe: &Recipe,
        same: &[bool],
        is_there: &(dyn Fn(&Url, Hash) -> bool + Sync),
    ) -> Result<(Url, Entry), Reason> {
        let at = self.entries.binary_search_by(|(known, _)| known.cmp(url)).map_err(|_| Reason::New)?;
        let mut entry: Entry = postcard::from_bytes(&self.entries[at].1).map_err(|_| Reason::New)?;
        if entry.recipe != *recipe {
            return Err(Reason::Recipe);
        }
        for index in &mut entry.shared {
            let (ask, _) = self.shared.get(*index as usize).ok_or(Reason::New)?;
            if !same[*index as usize] {
                return Err(Reason::Answer(ask.clone()));
            }
            // From now on the question has the number that this world gave it.
            *index = world.ask(ask.clone()).number;
        }
        for (ask, hash) in &entry.own {
            if world.fingerprint(ask) != *hash {
                return Err(Reason::Answer(ask.clone()));
            }
        }
        if !is_there(url, entry.hash) {
            return Err(Reason::File);
        }
        Ok((url.clone(), entry))
    }
}

/// A ledger that is being written.
#[derive(Default)]
pub struct Book(Mutex<Vec<(Url, Box<[u8]>)>>);

impl Book {
    /// Enters a finished output.
    pub fn enter(&self, url: &Url, recipe: &Recipe, hash: Hash, asked: Vec<Noted>, notes: Vec<Diagnostic>) {
        let mut entry = Entry { recipe: recipe.clone(), hash, shared: Vec::new(), own: Vec::new(), notes };
        for noted in asked {
            match noted {
                Noted::Shared(known) => entry.shared.push(known.number),
                Noted::Own(ask, hash) => entry.own.push((ask, hash)),
            }
        }
        self.keep(url, &entry);
    }

    /// Enters an output that was kept.
    pub fn keep(&self, url: &Url, entry: &Entry) {
        let encoded = postcard::to_stdvec(entry).unwrap_or_default().into();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((url.clone(), encoded));
    }

    /// The finished ledger: with those of the world's questions that an output asked.
    pub fn close(self, world: &World) -> Ledger {
        let mut entries = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        for (_, encoded) in &mut entries {
            let Ok(mut entry) = postcard::from_bytes::<Entry>(encoded) else { continue };
            for number in &mut entry.shared {
                let next = numbers.len() as u32;
                *number = *numbers.entry(*number).or_insert(next);
            }
            *encoded = postcard::to_stdvec(&entry).unwrap_or_default().into();
        }
        let mut shared: Vec<(u32, (Ask, Hash))> = world
            .known()
            .into_iter()
            .filter_map(|known| Some((*numbers.get(&known.number)?, (known.ask.clone(), known.hash))))
            .collect();
        shared.sort_by_key(|(number, _)| *number);
        Ledger { shared: shared.into_iter().map(|(_, known)| known).collect(), entries }
    }
}
