//! What outputs asked, and what they were answered → which of them are still right; never a second way to render.
//!
//! An output is a function of the answers to its questions. So an output whose recipe is the same, whose questions are
//! answered as before and whose file is as it was left needs no rendering; every other one does. A clean build is the
//! same thing with an empty ledger. Of an output that is kept nothing is decoded that need not be looked at.

mod book;
mod change;
mod form;
mod second;

pub use book::Book;
pub use change::{Change, Was};
pub use form::{Ledger, NAMES, Row};
pub use second::Saving;

use crate::diag::Diagnostic;
use crate::facts::reach::{Print, reach};
use crate::facts::{Ask, World};
use crate::hash::Hash;
use crate::path::Url;
use crate::site::route::Recipe;
use form::{numbers, prints};
use rayon::prelude::*;
use std::collections::HashSet;

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
pub struct Standing<'l> {
    /// Outputs that are still right, in the order of their routes.
    pub kept: Vec<Kept<'l>>,
    /// Indexes of routes whose outputs have to be rendered, and why.
    pub stale: Vec<(usize, Reason)>,
}

/// An output that is still right.
#[derive(Clone, Copy)]
pub struct Kept<'l> {
    /// The index of its route.
    pub route: usize,
    /// What `is_there` said of its file.
    pub file: usize,
    /// Its row in the ledger.
    pub row: &'l Row<'l>,
}

/// What is known of a shared question.
enum Shared {
    Same,
    Different(Ask),
    /// It cannot be read, which is as if it had not been asked.
    Unknown,
}

impl Ledger<'_> {
    /// Puts the questions again to `world`, but for those whose answers `change` cannot reach. `is_there` gives the place
    /// of an output's file among those of the last build, if it still has these bytes.
    pub fn advance(
        &self,
        world: &World,
        change: &Change,
        is_there: &(dyn Fn(&Url, Hash) -> Option<usize> + Sync),
    ) -> Standing<'_> {
        // What only outputs asked that have been rendered since is of no interest.
        let asked: HashSet<u32> = if cfg!(debug_assertions) { self.numbers() } else { HashSet::new() };
        let shared: Vec<Shared> =
            (0..self.asks.len()).into_par_iter().map(|number| self.put_again(world, change, number, &asked)).collect();
        let judged: Vec<Result<_, (usize, Reason)>> = world
            .site
            .routes
            .all()
            .par_iter()
            .enumerate()
            .map(|(index, (url, recipe))| {
                let row = self.row(url.as_str()).ok_or((index, Reason::New))?;
                match judge(row, world, recipe, change, &shared) {
                    Some(reason) => Err((index, reason)),
                    None => match is_there(url, row.hash) {
                        Some(file) => Ok(Kept { route: index, file, row }),
                        None => Err((index, Reason::File)),
                    },
                }
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

    /// The numbers of the questions that its outputs asked.
    fn numbers(&self) -> HashSet<u32> {
        self.rows.iter().flat_map(|row| numbers(row.shared.0)).collect()
    }

    fn put_again(&self, world: &World, change: &Change, number: usize, asked: &HashSet<u32>) -> Shared {
        let (print, hash, encoded) = self.asks[number];
        if !change.reaches(print) {
            debug_assert!(
                !asked.contains(&(number as u32))
                    || postcard::from_bytes(encoded).is_ok_and(|ask| is_same(world, &ask, print, hash)),
                "the answer to {:?} changed, although nothing that it comes from did",
                postcard::from_bytes::<Ask>(encoded)
            );
            return Shared::Same;
        }
        match postcard::from_bytes::<Ask>(encoded) {
            Ok(ask) if world.fingerprint(&ask) == hash => Shared::Same,
            Ok(ask) => Shared::Different(ask),
            Err(_) => Shared::Unknown,
        }
    }
}

/// Why the output of `row` is no longer right, if so; of its file nothing is said.
fn judge(row: &Row, world: &World, recipe: &Recipe, change: &Change, shared: &[Shared]) -> Option<Reason> {
    if postcard::to_stdvec(recipe).ok().as_deref() != Some(row.recipe.0) {
        return Some(Reason::Recipe);
    }
    for number in numbers(row.shared.0) {
        match shared.get(number as usize) {
            Some(Shared::Same) => {}
            Some(Shared::Different(ask)) => return Some(Reason::Answer(ask.clone())),
            Some(Shared::Unknown) | None => return Some(Reason::New),
        }
    }
    if !cfg!(debug_assertions) && !prints(row.reach.0).any(|print| change.reaches(print)) {
        return None;
    }
    let Some(own) = row.questions() else { return Some(Reason::New) };
    for (ask, hash) in own {
        let print = reach(&world.site, &ask).print();
        if !change.reaches(print) {
            debug_assert!(
                is_same(world, &ask, print, hash),
                "the answer to {ask:?} changed, although nothing that it comes from did"
            );
        } else if world.fingerprint(&ask) != hash {
            return Some(Reason::Answer(ask));
        }
    }
    None
}

/// Whether a question that is not put again is answered as before, and comes from the same.
fn is_same(world: &World, ask: &Ask, print: Print, hash: Hash) -> bool {
    world.fingerprint(ask) == hash && reach(&world.site, ask).print() == print
}

/// What was wrong with the output of a row, and how it was made.
impl Row<'_> {
    /// What was wrong with it.
    pub fn notes(&self) -> Vec<Diagnostic> {
        if self.notes.0.is_empty() { Vec::new() } else { postcard::from_bytes(self.notes.0).unwrap_or_default() }
    }
}
