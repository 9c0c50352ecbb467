//! The bytes of a ledger ↔ its rows, of which each part stays encoded until somebody looks at it.

use super::change::Was;
use crate::facts::Ask;
use crate::facts::reach::Print;
use crate::hash::Hash;
use crate::site::route::Recipe;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// The finished outputs of a build, as they lie in the bytes of the cache's file.
#[derive(Default)]
pub struct Ledger<'b> {
    /// What the build was made of; `None` in an empty ledger.
    pub(super) was: Option<Was>,
    /// Questions that many outputs ask: what their answers come from, the answers' hashes, and the questions, encoded.
    pub(super) asks: Vec<(Print, Hash, &'b [u8])>,
    /// Outputs, sorted by URL.
    pub(super) rows: Vec<Row<'b>>,
}

/// A finished output.
#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Row<'b> {
    /// Its address.
    pub url: &'b str,
    /// The hash of its bytes.
    pub hash: Hash,
    /// How it was made: a [`Recipe`], encoded.
    #[serde(borrow)]
    pub(super) recipe: Raw<'b>,
    /// Its shared questions, by their place in the ledger's list: see [`numbers`].
    #[serde(borrow)]
    pub(super) shared: Raw<'b>,
    /// What the answers to its own questions come from: see [`prints`].
    #[serde(borrow)]
    pub(super) reach: Raw<'b>,
    /// Its own questions and their answers' hashes, encoded.
    #[serde(borrow)]
    pub(super) own: Raw<'b>,
    /// What was wrong with it, encoded; empty if nothing was.
    #[serde(borrow)]
    pub(super) notes: Raw<'b>,
}

impl<'b> Ledger<'b> {
    /// The ledger in `bytes`, or what is wrong with them.
    pub fn read(bytes: &'b [u8]) -> Result<Ledger<'b>, String> {
        let (was, asks, rows): (Was, Vec<(Print, Hash, Raw)>, Vec<Row>) =
            postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        let asks = asks.into_iter().map(|(print, hash, ask)| (print, hash, ask.0)).collect();
        Ok(Ledger { was: Some(was), asks, rows })
    }

    /// The addresses of all outputs, sorted.
    pub fn urls(&self) -> impl Iterator<Item = &'b str> {
        self.rows.iter().map(|row| row.url)
    }

    /// The output at `url`.
    pub fn row(&self, url: &str) -> Option<&Row<'b>> {
        Some(&self.rows[self.rows.binary_search_by(|row| row.url.cmp(url)).ok()?])
    }

    /// All questions of the output of `row`, and the hashes of their answers, sorted.
    pub fn asked(&self, row: &Row) -> Vec<(Ask, Hash)> {
        let shared = numbers(row.shared.0).filter_map(|number| self.asks.get(number as usize));
        let shared = shared.filter_map(|(_, hash, encoded)| Some((postcard::from_bytes(encoded).ok()?, *hash)));
        let mut asked: Vec<(Ask, Hash)> = shared.collect();
        asked.extend(postcard::from_bytes::<Vec<(Ask, Hash)>>(row.own.0).unwrap_or_default());
        asked.sort();
        asked
    }
}

impl Row<'_> {
    /// How it was made.
    pub fn recipe(&self) -> Option<Recipe> {
        postcard::from_bytes(self.recipe.0).ok()
    }
}

/// The numbers in a row's list of shared questions.
pub(super) fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number))
}

/// The prints in a row's list of what it comes from.
pub(super) fn prints(bytes: &[u8]) -> impl Iterator<Item = Print> {
    bytes.as_chunks().0.iter().map(|print| u64::from_le_bytes(*print))
}

/// Bytes that are written and read as they are.
#[derive(Clone, Copy)]
pub(super) struct Raw<'b>(pub(super) &'b [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'b, 'b> Deserialize<'de> for Raw<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw<'b>, D::Error> {
        struct Borrowed;
        impl<'de> Visitor<'de> for Borrowed {
            type Value = Raw<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Raw<'de>, E> {
                Ok(Raw(bytes))
            }
        }
        deserializer.deserialize_bytes(Borrowed)
    }
}
