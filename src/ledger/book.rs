//! Outputs that were rendered, and rows of those that were kept → the bytes of the next ledger.

use super::change::{Change, Was};
use super::form::{File, Ledger, Raw, Row, numbers};
use crate::content::Outline;
use crate::diag::Diagnostic;
use crate::facts::reach::{Print, reach};
use crate::facts::{Ask, Noted, World};
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::site::route::Recipe;
use crate::source::Role;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The outputs that were rendered so far.
#[derive(Default)]
pub struct Book(pub(super) Mutex<Vec<Fresh>>);

/// An output that was rendered.
pub(super) struct Fresh {
    pub(super) url: Url,
    hash: Hash,
    recipe: Vec<u8>,
    /// The world's numbers of its shared questions.
    pub(super) shared: Box<[u32]>,
    reach: Vec<u8>,
    own: Vec<u8>,
    notes: Vec<u8>,
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
            recipe: encoded(recipe),
            shared: shared.into(),
            reach: prints.iter().flat_map(|print| print.to_le_bytes()).collect(),
            own: encoded(&own),
            notes: if notes.is_empty() { Vec::new() } else { encoded(notes) },
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
        let mut fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.sort_by(|a, b| a.url.cmp(&b.url));
        let mut asks = Asks { list: Vec::new(), of_old: vec![None; old.asks.len()] };
        let kept_shared: Vec<Vec<u8>> = kept
            .clone()
            .map(|row| bytes(numbers(row.shared.0).filter_map(|number| asks.of_old(old, number))))
            .collect();
        let known = if fresh.is_empty() { Vec::new() } else { world.known() };
        let used: HashSet<u32> = fresh.iter().flat_map(|fresh| fresh.shared.iter().copied()).collect();
        let known: HashMap<u32, (Vec<u8>, &Ask, Hash)> = known
            .iter()
            .filter(|known| used.contains(&known.number))
            .map(|known| (known.number, (encoded(&known.ask), &known.ask, known.hash)))
            .collect();
        // Of the questions that kept outputs ask, those that fresh ones ask too.
        let hashes: HashSet<Hash> = known.values().map(|(_, _, hash)| *hash).collect();
        let listed = asks.list.iter().enumerate().filter(|(_, (_, hash, _))| hashes.contains(hash));
        let by_ask: HashMap<&[u8], u32> = listed.map(|(number, (_, _, ask))| (*ask, number as u32)).collect();
        let mut of_world: HashMap<u32, u32> = HashMap::new();
        let fresh_shared: Vec<Vec<u8>> = fresh
            .iter()
            .map(|fresh| {
                bytes(fresh.shared.iter().filter_map(|number| {
                    let (encoded, ask, hash) = known.get(number)?;
                    Some(*of_world.entry(*number).or_insert_with(|| match by_ask.get(&**encoded) {
                        Some(number) => *number,
                        None => asks.add((reach(&world.site, ask).print(), *hash, encoded)),
                    }))
                }))
            })
            .collect();
        let kept = kept.zip(&kept_shared).map(|(row, shared)| Row { shared: Raw(shared), ..*row });
        let mut rows: Vec<Row> = kept.collect();
        rows.extend(fresh.iter().zip(&fresh_shared).map(|(fresh, shared)| fresh.row(shared)));
        rows.sort_by(|a, b| a.url.cmp(b.url));
        let count = asks.list.len();
        let asks: Vec<(Print, Hash, Raw)> =
            asks.list.into_iter().map(|(print, hash, ask)| (print, hash, Raw(ask))).collect();
        let room = rows.iter().map(|row| row.own.0.len() + row.shared.0.len() + row.notes.0.len() + 128).sum::<usize>();
        postcard::to_extend(&(now, asks, rows), Vec::with_capacity(room + 64 * count)).unwrap_or_default()
    }
}

impl Fresh {
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

pub(super) fn bytes(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    bytes
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
