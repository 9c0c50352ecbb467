//! A ledger and what a small edit changed → its second file, while that is small; the first is then not written again.

use super::book::{Book, encoded};
use super::change::Was;
use super::form::{File, Ledger, Raw, Row, Second, bytes, numbers};
use crate::facts::reach::reach;
use crate::facts::{Known, World};
use crate::hash::Hash;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

/// Above which part of the first file's outputs (one in so many) the second one is merged into it.
const MOST: usize = 8;

/// What has to be saved of a ledger.
pub enum Saving {
    /// The first file; the second is to be empty.
    First(Vec<u8>),
    /// The second file.
    Second(Vec<u8>),
}

impl Book {
    /// The finished ledger of `world`, which is made of what is `now`, with the `kept` rows of the `old` one, as the files
    /// that have to be written.
    pub fn close<'l>(
        &self,
        now: &Was,
        world: &World,
        old: &'l Ledger,
        kept: impl Iterator<Item = &'l Row<'l>> + Clone,
    ) -> Saving {
        match self.second(now, world, old, kept.clone()) {
            Some(second) => Saving::Second(second),
            None => Saving::First(self.emptied(now, world, old, kept)),
        }
    }

    /// The second file; `None` if it would be large, or has no first.
    fn second<'l>(
        &self,
        now: &Was,
        world: &World,
        old: &'l Ledger,
        kept: impl Iterator<Item = &'l Row<'l>> + Clone,
    ) -> Option<Vec<u8>> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later: Vec<&Row> = kept.clone().filter(|row| row.file == File::Second).collect();
        let gone = gone(old, kept, fresh.iter().map(|fresh| fresh.url.as_str()).collect());
        if (fresh.len() + later.len() + gone.len()) * MOST > old.first.rows {
            return None;
        }
        let mut list: Vec<(u64, Hash, Vec<u8>)> = Vec::new();
        // Numbers of questions that only the second file has, in the old one and in the new one.
        let mut of_old: BTreeMap<u32, u32> = BTreeMap::new();
        let later_shared: Vec<Vec<u8>> = later
            .iter()
            .map(|row| {
                bytes(numbers(row.shared.0).map(|number| {
                    if (number as usize) < old.first.asks {
                        return number;
                    }
                    *of_old.entry(number).or_insert_with(|| {
                        let (print, hash, ask) = old.asks[number as usize];
                        list.push((print, hash, ask.to_vec()));
                        (old.first.asks + list.len() - 1) as u32
                    })
                }))
            })
            .collect();
        let used: HashSet<u32> = fresh.iter().flat_map(|fresh| fresh.shared.iter().copied()).collect();
        let known = if fresh.is_empty() { Vec::new() } else { world.known() };
        let known: HashMap<u32, &Arc<Known>> =
            known.iter().filter(|known| used.contains(&known.number)).map(|known| (known.number, known)).collect();
        let mut of_world: BTreeMap<u32, u32> = BTreeMap::new();
        let fresh_shared: Vec<Vec<u8>> = fresh
            .iter()
            .map(|fresh| {
                bytes(fresh.shared.iter().map(|number| {
                    *of_world.entry(*number).or_insert_with(|| {
                        let known = known[number];
                        list.push((reach(&world.site, &known.ask).print(), known.hash, encoded(&known.ask)));
                        (old.first.asks + list.len() - 1) as u32
                    })
                }))
            })
            .collect();
        let later = later.iter().zip(&later_shared).map(|(row, shared)| Row { shared: Raw(shared), ..**row });
        let mut rows: Vec<Row> = later.collect();
        rows.extend(fresh.iter().zip(&fresh_shared).map(|(fresh, shared)| fresh.row(shared)));
        rows.sort_by(|a, b| a.url.cmp(b.url));
        let asks = list.iter().map(|(print, hash, ask)| (*print, *hash, Raw(ask))).collect();
        let second: Second = (old.first.hash, now.clone(), gone, asks, rows);
        postcard::to_stdvec(&second).ok()
    }
}

/// The addresses of the first file that are outputs no longer, sorted. The `kept` rows are sorted, as all of them are.
fn gone<'l>(old: &'l Ledger, kept: impl Iterator<Item = &'l Row<'l>>, fresh: HashSet<&str>) -> Vec<&'l str> {
    let mut kept = kept.map(|row| row.url).peekable();
    let is_left = |url: &&str| kept.next_if_eq(url).is_none() && !fresh.contains(*url);
    let mut gone: Vec<&str> = old.rows.iter().map(|row| row.url).filter(is_left).collect();
    gone.extend(old.gone.iter().copied().filter(|url| !fresh.contains(*url)));
    gone.sort_unstable();
    gone
}
