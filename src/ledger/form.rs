//! The bytes of a ledger ↔ its rows, of which each part stays encoded until somebody looks at it.

use super::change::Was;
use crate::facts::Ask;
use crate::facts::reach::Print;
use crate::hash::Hash;
use crate::path::SitePath;
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
    /// Its own questions and their answers' hashes: see `questions`.
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
        asked.extend(row.questions().unwrap_or_default());
        asked.sort();
        asked
    }
}

impl Row<'_> {
    /// How it was made.
    pub fn recipe(&self) -> Option<Recipe> {
        postcard::from_bytes(self.recipe.0).ok()
    }

    /// Its own questions and their answers' hashes; `None` if they cannot be read.
    pub(super) fn questions(&self) -> Option<Vec<(Ask, Hash)>> {
        let mut own: Vec<(Ask, Hash)> = postcard::from_bytes(self.own.0).ok()?;
        if let Some(Recipe::Page(page, _)) = self.recipe() {
            let paths = own.iter_mut().filter_map(|(ask, _)| ask.page_mut());
            paths.filter(|path| path.as_str().is_empty()).for_each(|path| *path = page.clone());
        }
        Some(own)
    }
}

/// An output's own questions and their answers' hashes, as a row keeps them: most are about the page that the output
/// shows, whose path they leave out.
pub(super) fn own(recipe: &Recipe, mut own: Vec<(Ask, Hash)>) -> Vec<u8> {
    if let Recipe::Page(page, _) = recipe {
        let nothing = SitePath::new("");
        let paths = own.iter_mut().filter_map(|(ask, _)| ask.page_mut());
        paths.filter(|path| **path == *page).for_each(|path| *path = nothing.clone());
    }
    postcard::to_stdvec(&own).unwrap_or_default()
}

/// A row's list of shared questions: the numbers, encoded one behind the other, small ones in one byte.
pub(super) fn bytes(mut numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    let empty = Vec::with_capacity(128);
    numbers.try_fold(empty, |bytes, number| postcard::to_extend(&number, bytes)).unwrap_or_default()
}

/// The numbers in a row's list of shared questions.
pub(super) fn numbers(mut bytes: &[u8]) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let (number, rest) = postcard::take_from_bytes(bytes).ok()?;
        bytes = rest;
        Some(number)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::View;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let some = [0, 1, 127, 128, 16_383, 16_384, 300_000, u32::MAX];
        assert_eq!(numbers(&bytes(some.into_iter())).collect::<Vec<_>>(), some);
        assert_eq!(bytes([5, 127].into_iter()), [5, 127]);
    }

    #[test]
    fn questions_of_the_page_itself_leave_its_path_out_and_those_of_others_do_not() {
        let (page, other) = (SitePath::new("content/a.md"), SitePath::new("content/_b.md"));
        let recipe = Recipe::Page(page.clone(), View::Plain);
        let asked = vec![
            (Ask::Front(page.clone()), Hash::of(b"a")),
            (Ask::Body(page.clone(), View::Plain), Hash::of(b"b")),
            (Ask::Body(other, View::Plain), Hash::of(b"c")),
            (Ask::Feed, Hash::of(b"d")),
        ];
        let own = own(&recipe, asked.clone());
        assert!(!String::from_utf8_lossy(&own).contains(page.as_str()));
        let recipe = postcard::to_stdvec(&recipe).unwrap();
        let none = Raw(&[]);
        let (hash, file) = (Hash::default(), File::First);
        let row = Row {
            url: "/a/",
            hash,
            recipe: Raw(&recipe),
            shared: none,
            reach: none,
            own: Raw(&own),
            notes: none,
            file,
        };
        assert_eq!(row.questions(), Some(asked));
    }
}
