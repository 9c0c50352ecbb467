//! Outputs that were rendered, and rows of those that were kept → the bytes of the next ledger.

use super::change::{Change, Was};
use super::form::{File, Ledger, Raw, Row, bytes, numbers};
use crate::content::Outline;
use crate::diag::Diagnostic;
use crate::facts::reach::{Print, reach};
use crate::facts::{Noted, World};
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::site::route::Recipe;
use crate::source::Role;
use serde::Serialize;
use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The outputs that were rendered so far.
#[derive(Default)]
pub struct Book(pub(super) Mutex<Vec<Fresh>>);

/// An output that was rendered.
pub(super) struct Fresh {
    pub(super) url: Url,
    hash: Hash,
    recipe: Box<[u8]>,
    /// The world's numbers of its shared questions.
    pub(super) shared: Box<[u32]>,
    reach: Box<[u8]>,
    own: Box<[u8]>,
    notes: Box<[u8]>,
}

pub(super) fn encoded<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}

impl Book {
    /// Enters a finished output.
    pub fn enter(
        &self,
        world: &World,
        (url, recipe): (&Url, &Recipe),
        hash: Hash,
        asked: Vec<Noted>,
        notes: &[Diagnostic],
    ) {
        let (mut shared, mut own) = (Vec::new(), Vec::new());
        for noted in asked {
            match noted {
                Noted::Shared(known) => shared.push(known.number),
                Noted::Own(ask, hash) => own.push((ask, hash)),
            }
        }
        let mut prints: Vec<Print> = own.iter().map(|(ask, _)| reach(&world.site, ask).print()).collect();
        prints.sort_unstable();
        prints.dedup();
        let fresh = Fresh {
            url: url.clone(),
            hash,
            recipe: encoded(recipe).into(),
            shared: shared.into(),
            reach: prints.iter().flat_map(|print| print.to_le_bytes()).collect(),
            own: super::form::own(recipe, own).into(),
            notes: if notes.is_empty() { Box::default() } else { encoded(notes).into() },
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fresh);
    }

    /// The finished ledger of `world`, which is made of what is `now`, in one file, with the `kept` rows of the `old` one.
    pub fn whole<'l>(
        &self,
        now: &Was,
        world: &World,
        old: &Ledger,
        kept: impl Iterator<Item = &'l Row<'l>> + Clone,
    ) -> Vec<u8> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        joined(fresh.iter().collect(), now, world, old, kept).unwrap_or_default()
    }

    /// The same; the outputs that were rendered are forgotten, one after the other.
    pub(super) fn emptied<'l>(
        &self,
        now: &Was,
        world: &World,
        old: &Ledger,
        kept: impl Iterator<Item = &'l Row<'l>> + Clone,
    ) -> Vec<u8> {
        let fresh = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        joined(fresh, now, world, old, kept).unwrap_or_default()
    }
}

/// The bytes of `(Was, questions, rows)`, one after the other, for there may be many: nothing is encoded twice.
fn joined<'l, F: Borrow<Fresh>>(
    mut fresh: Vec<F>,
    now: &Was,
    world: &World,
    old: &Ledger,
    kept: impl Iterator<Item = &'l Row<'l>> + Clone,
) -> postcard::Result<Vec<u8>> {
    fresh.sort_by(|a, b| a.borrow().url.cmp(&b.borrow().url));
    let mut asks = Asks { list: Vec::new(), of_old: vec![None; old.asks.len()] };
    for row in kept.clone() {
        for number in numbers(row.shared.0) {
            asks.of_old(old, number);
        }
    }
    let known = if fresh.is_empty() { Vec::new() } else { world.known() };
    // By the world's numbers: whether a question was asked, then its number here.
    let mut of_world: Vec<Option<u32>> = vec![None; known.last().map_or(0, |last| last.number as usize + 1)];
    fresh.iter().flat_map(|fresh| &fresh.borrow().shared).for_each(|number| of_world[*number as usize] = Some(0));
    let known = || known.iter().filter(|known| of_world[known.number as usize].is_some());
    // Of the questions that kept outputs ask, those that fresh ones ask too.
    let hashes: HashSet<Hash> =
        if asks.list.is_empty() { HashSet::new() } else { known().map(|known| known.hash).collect() };
    let listed = asks.list.iter().enumerate().filter(|(_, (_, hash, _))| hashes.contains(hash));
    let by_ask: HashMap<&[u8], u32> = listed.map(|(number, (_, _, ask))| (*ask, number as u32)).collect();
    let (mut more, mut renumbered) = (Vec::new(), Vec::new());
    for known in known() {
        let same = if by_ask.is_empty() { None } else { by_ask.get(&*encoded(&known.ask)).copied() };
        let number = same.unwrap_or_else(|| {
            more.push(known);
            (asks.list.len() + more.len() - 1) as u32
        });
        renumbered.push((known.number, number));
    }
    let of_rows = fresh.iter().map(|fresh| fresh.borrow().size() + 128).sum::<usize>();
    let mut out = Vec::with_capacity(of_rows + 128 * (asks.list.len() + more.len()));
    out = postcard::to_extend(&(now, asks.list.len() + more.len()), out)?;
    for (print, hash, ask) in &asks.list {
        out = postcard::to_extend(&(print, hash, Raw(ask)), out)?;
    }
    for known in more {
        let print = reach(&world.site, &known.ask).print();
        out = postcard::to_extend(&(print, known.hash, Raw(&encoded(&known.ask))), out)?;
    }
    renumbered.into_iter().for_each(|(number, here)| of_world[number as usize] = Some(here));
    out = postcard::to_extend(&(fresh.len() + kept.clone().count()), out)?;
    let put = |row: &Row, out: Vec<u8>| {
        let shared = bytes(numbers(row.shared.0).filter_map(|number| asks.of_old[number as usize]));
        postcard::to_extend(&Row { shared: Raw(&shared), ..*row }, out)
    };
    let mut kept = kept.peekable();
    for fresh in fresh {
        let fresh = fresh.borrow();
        while let Some(row) = kept.next_if(|row| row.url < fresh.url.as_str()) {
            out = put(row, out)?;
        }
        let shared = bytes(fresh.shared.iter().filter_map(|number| of_world[*number as usize]));
        out = postcard::to_extend(&fresh.row(&shared), out)?;
    }
    for row in kept {
        out = put(row, out)?;
    }
    Ok(out)
}

impl Fresh {
    fn size(&self) -> usize {
        self.url.as_str().len() + self.recipe.len() + 4 * self.shared.len() + self.own.len() + self.notes.len()
    }

    pub(super) fn row<'r>(&'r self, shared: &'r [u8]) -> Row<'r> {
        Row {
            url: self.url.as_str(),
            hash: self.hash,
            recipe: Raw(&self.recipe),
            shared: Raw(shared),
            reach: Raw(&self.reach),
            own: Raw(&self.own),
            notes: Raw(&self.notes),
            file: File::Second,
        }
    }
}

/// The shared questions of the ledger that is being written.
struct Asks<'a> {
    list: Vec<(Print, Hash, &'a [u8])>,
    /// The numbers of the old ledger's questions in `list`, as far as they are there.
    of_old: Vec<Option<u32>>,
}

impl<'a> Asks<'a> {
    fn add(&mut self, ask: (Print, Hash, &'a [u8])) -> u32 {
        self.list.push(ask);
        self.list.len() as u32 - 1
    }

    /// The number of a question that has this number in the `old` ledger.
    fn of_old(&mut self, old: &Ledger<'a>, number: u32) -> Option<u32> {
        let ask = *old.asks.get(number as usize)?;
        if self.of_old[number as usize].is_none() {
            self.of_old[number as usize] = Some(self.add(ask));
        }
        self.of_old[number as usize]
    }
}

impl Ledger<'_> {
    /// What may be answered differently by `world`, which is made of what is `now`. `earlier` gives the outline that was
    /// made of a page's file with these bytes.
    pub fn change(
        &self,
        now: &Was,
        world: &World,
        earlier: impl Fn(&SitePath, Role, Hash) -> Option<Outline>,
    ) -> Change {
        match &self.was {
            Some(was) => Change::between(was, now, world, earlier),
            None => Change::Anything,
        }
    }
}
