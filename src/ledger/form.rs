//! The bytes of a ledger ↔ its rows, of which each part stays encoded until somebody looks at it.

use super::change::Was;
use crate::facts::Ask;
use crate::facts::reach::Print;
use crate::hash::Hash;
use crate::site::route::Recipe;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// The names of a ledger's two files in the cache. The second holds what differs from the first, so that a build after a
/// small edit does not write a large file.
pub const NAMES: [&str; 2] = ["ledger", "ledger-since"];

/// The finished outputs of a build, as they lie in the bytes of the cache's files.
#[derive(Default)]
pub struct Ledger<'b> {
    /// What the build was made of; `None` in an empty ledger.
    pub(super) was: Option<Was>,
    /// Questions that many outputs ask: what their answers come from, the answers' hashes, and the questions, encoded.
    pub(super) asks: Vec<(Print, Hash, &'b [u8])>,
    /// Outputs, sorted by URL.
    pub(super) rows: Vec<Row<'b>>,
    /// What of this is the first file's.
    pub(super) first: First,
    /// Addresses of the first file that are no longer outputs.
    pub(super) gone: Vec<&'b str>,
}

/// The first file of a ledger.
#[derive(Default)]
pub(super) struct First {
    /// A hash of what it was made of, and of its questions: the second file is of use with no other.
    pub(super) hash: Hash,
    pub(super) asks: usize,
    pub(super) rows: usize,
}

/// The second file: the hash of the first, what the build was made of, addresses that are gone, questions, outputs. The
/// numbers of its questions go on from those of the first.
pub(super) type Second<'b> = (Hash, Was, Vec<&'b str>, Asks<'b>, Vec<Row<'b>>);

type Asks<'b> = Vec<(Print, Hash, Raw<'b>)>;

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
    /// Which file it lies in.
    #[serde(skip)]
    pub(super) file: File,
}

/// One of a ledger's two files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum File {
    #[default]
    First,
    Second,
}

impl<'b> Ledger<'b> {
    /// The ledger in the bytes of its two files, or what is wrong with the first. A second that does not belong to it is
    /// as good as missing.
    pub fn read(first: &'b [u8], second: &'b [u8]) -> Result<Ledger<'b>, String> {
        let wrong = |error: postcard::Error| error.to_string();
        let ((was, asks), rest): ((Was, Asks), _) = postcard::take_from_bytes(first).map_err(wrong)?;
        let hash = Hash::of(&first[..first.len() - rest.len()]);
        let rows: Vec<Row> = postcard::from_bytes(rest).map_err(wrong)?;
        let plain = |asks: Asks<'b>| asks.into_iter().map(|(print, hash, ask)| (print, hash, ask.0));
        let asks: Vec<_> = plain(asks).collect();
        let first = First { hash, asks: asks.len(), rows: rows.len() };
        let mut ledger = Ledger { was: Some(was), asks, rows, first, gone: Vec::new() };
        let second: Option<Second> = postcard::from_bytes(second).ok();
        if let Some((_, was, gone, asks, rows)) = second.filter(|second| second.0 == ledger.first.hash) {
            ledger.was = Some(was);
            ledger.asks.extend(plain(asks));
            let among = |url: &str| rows.binary_search_by(|row| row.url.cmp(url)).is_ok();
            ledger.rows.retain(|row| !among(row.url) && gone.binary_search(&row.url).is_err());
            ledger.rows.extend(rows.iter().map(|row| Row { file: File::Second, ..*row }));
            ledger.rows.sort_by(|a, b| a.url.cmp(b.url));
            ledger.gone = gone;
        }
        Ok(ledger)
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
