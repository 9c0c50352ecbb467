//! Claims to addresses, one after the other → one claim for each address, sorted; whoever comes first has it.

use super::{Recipe, Table, table};
use crate::diag::Place;
use crate::path::Url;
use std::collections::hash_map::Entry;

/// A route that is about to be laid, and who asks for it.
pub(super) struct Claim {
    pub(super) recipe: Recipe,
    pub(super) from: Option<Place>,
}

/// All claims so far.
pub(super) struct Claims {
    list: Vec<(Url, Claim)>,
    /// By settled address, for two addresses may have one file.
    by_url: Table<Url, u32>,
}

impl Claims {
    /// None, and room for as many as `size`.
    pub(super) fn new(size: usize) -> Claims {
        Claims { list: Vec::with_capacity(size), by_url: table(size) }
    }

    /// The claim to the file of `url`.
    pub(super) fn get(&self, url: &Url) -> Option<&Claim> {
        self.by_url.get(&url.settled()).map(|at| &self.list[*at as usize].1)
    }

    /// Enters a claim, or gives it back if the address, or its file, has one.
    pub(super) fn enter(&mut self, url: Url, claim: Claim) -> Result<(), Claim> {
        match self.by_url.entry(url.settled()) {
            Entry::Occupied(_) => Err(claim),
            Entry::Vacant(free) => {
                self.list.push((url, claim));
                free.insert(self.list.len() as u32 - 1);
                Ok(())
            }
        }
    }

    /// All claims, in the order of coming.
    pub(super) fn all(&self) -> &[(Url, Claim)] {
        &self.list
    }

    /// The claims that `stays` is true of, sorted by address, and the place of each address among them.
    pub(super) fn sorted(self, stays: impl Fn(&Url) -> bool) -> (Vec<(Url, Claim)>, Table<Url, u32>) {
        let Claims { mut list, mut by_url } = self;
        list.retain(|(url, _)| stays(url));
        list.sort_by(|a, b| a.0.cmp(&b.0));
        by_url.clear();
        by_url.extend(list.iter().enumerate().map(|(index, (url, _))| (url.clone(), index as u32)));
        (list, by_url)
    }
}
