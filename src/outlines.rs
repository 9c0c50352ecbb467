//! Outlines of earlier runs, by the content they were made of → outlines that need not be made again.
//!
//! An outline is a function of a file's bytes, path and role, so these three are its key. Nothing else can make one
//! stale, and one that cannot be read is made again. They lie in two files: the second holds what was made since the
//! first was written, so that a build after a small edit does not write a large file.

use crate::content::Outline;
use crate::hash::Hash;
use crate::path::SitePath;
use crate::source::Role;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// The names of the two files in the cache.
pub const NAMES: [&str; 2] = ["outlines", "outlines-since"];

/// Above which part of the first file's outlines (one in so many) the second one is merged into it.
const MOST: usize = 8;

/// What is kept, as it lies in the cache's files: in each a list of keys and lengths, then the encoded outlines.
#[derive(Default)]
pub struct Outlines {
    files: [Vec<u8>; 2],
    places: HashMap<Hash, Place>,
    /// What this run used or made. `None` was there before.
    used: Mutex<BTreeMap<Hash, Option<Vec<u8>>>>,
}

/// Where an encoded outline is.
#[derive(Clone, Copy)]
struct Place {
    file: usize,
    at: usize,
    length: usize,
}

/// What has to be saved after a run.
pub enum Saving {
    /// What was there before is still enough.
    Nothing,
    /// The second file.
    Second(Vec<u8>),
    /// Both.
    Both([Vec<u8>; 2]),
}

impl Outlines {
    /// None.
    pub fn empty() -> Outlines {
        Outlines::default()
    }

    /// Those in `files`, of which one that is empty holds none; or what is wrong with them.
    pub fn read(files: [Vec<u8>; 2]) -> Result<Outlines, String> {
        let mut places = HashMap::new();
        for (file, bytes) in files.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
            let (list, rest): (Vec<(Hash, u32)>, &[u8]) =
                postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
            let mut at = bytes.len() - rest.len();
            places.reserve(list.len());
            for (key, length) in list {
                let length = length as usize;
                places.insert(key, Place { file, at, length });
                at += length;
            }
            if at != bytes.len() {
                return Err("its list does not fit its content".to_owned());
            }
        }
        Ok(Outlines { files, places, used: Mutex::default() })
    }

    /// The outline of a file; `make` makes it if it is not known.
    pub fn get(
        &self,
        path: &SitePath,
        role: Role,
        content: Hash,
        make: impl FnOnce() -> Option<Outline>,
    ) -> Option<Outline> {
        let key = key(path, role, content);
        let (outline, encoded) = match self.at(&key) {
            Some(outline) => (outline, None),
            None => {
                let outline = make()?;
                let encoded = postcard::to_stdvec(&outline).unwrap_or_default();
                (outline, Some(encoded))
            }
        };
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key, encoded);
        Some(outline)
    }

    /// The outline that an earlier run made of a file with these bytes, if it is kept.
    pub fn earlier(&self, path: &SitePath, role: Role, content: Hash) -> Option<Outline> {
        self.at(&key(path, role, content))
    }

    fn at(&self, key: &Hash) -> Option<Outline> {
        postcard::from_bytes(self.bytes(*self.places.get(key)?)).ok()
    }

    fn bytes(&self, place: Place) -> &[u8] {
        &self.files[place.file][place.at..place.at + place.length]
    }

    /// What this run used and made, for the cache.
    pub fn write(self) -> Saving {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        let is_first = |key: &Hash| self.places.get(key).is_some_and(|place| place.file == 0);
        let first = self.places.values().filter(|place| place.file == 0).count();
        let of_first = used.iter().filter(|(key, made)| made.is_none() && is_first(key)).count();
        let others = used.len() - of_first;
        if (first - of_first + others) * MOST > first {
            return Saving::Both([self.joined(used.iter()), joined(&[])]);
        }
        if used.values().all(Option::is_none) {
            return Saving::Nothing;
        }
        Saving::Second(self.joined(used.iter().filter(|(key, made)| made.is_some() || !is_first(key))))
    }

    /// The file of these outlines.
    fn joined<'o>(&'o self, of: impl Iterator<Item = (&'o Hash, &'o Option<Vec<u8>>)>) -> Vec<u8> {
        let pieces: Vec<(Hash, &[u8])> = of
            .map(|(key, made)| match (made, self.places.get(key)) {
                (Some(made), _) => (*key, &**made),
                (None, Some(place)) => (*key, self.bytes(*place)),
                (None, None) => (*key, &[][..]),
            })
            .collect();
        joined(&pieces)
    }
}

fn joined(pieces: &[(Hash, &[u8])]) -> Vec<u8> {
    let list: Vec<(Hash, u32)> = pieces.iter().map(|(key, piece)| (*key, piece.len() as u32)).collect();
    let mut out = postcard::to_stdvec(&list).unwrap_or_default();
    out.reserve_exact(pieces.iter().map(|(_, piece)| piece.len()).sum());
    pieces.iter().for_each(|(_, piece)| out.extend_from_slice(piece));
    out
}

fn key(path: &SitePath, role: Role, content: Hash) -> Hash {
    Hash::of_value(&(path, role, content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content;

    /// A run over these texts with what is kept in `files`; gives how many outlines it made, and what it saves.
    fn run(files: [Vec<u8>; 2], texts: &[String]) -> (usize, Saving) {
        let outlines = Outlines::read(files).unwrap();
        let mut made = 0;
        for (index, text) in texts.iter().enumerate() {
            let path = SitePath::new(&format!("content/{index}.md"));
            let make = || {
                made += 1;
                Some(content::page(text, &path).0)
            };
            let outline = outlines.get(&path, Role::Page, Hash::of(text.as_bytes()), make).unwrap();
            assert!(outline == content::page(text, &path).0);
        }
        (made, outlines.write())
    }

    #[test]
    fn a_small_edit_is_saved_in_the_second_file_until_there_are_many() {
        let mut texts: Vec<String> = (0..40).map(|index| format!("---\ntitle: A{index}\n---\n\nText.\n")).collect();
        let (made, saving) = run(Default::default(), &texts);
        let Saving::Both(mut files) = saving else { panic!("all are new") };
        assert_eq!(made, 40);
        let mut merged = 0;
        for edit in 0..30 {
            assert!(matches!(run(files.clone(), &texts), (0, Saving::Nothing)), "edit {edit}");
            texts[edit].push_str("More.\n");
            let (made, saving) = run(files.clone(), &texts);
            assert_eq!(made, 1, "edit {edit}");
            match saving {
                Saving::Nothing => panic!("edit {edit} would be forgotten"),
                Saving::Second(second) => files[1] = second,
                Saving::Both(both) => {
                    merged += 1;
                    files = both;
                }
            }
        }
        assert!((5..15).contains(&merged), "{merged} times");
        texts.truncate(4);
        assert!(matches!(run(files, &texts), (0, Saving::Both(_))), "what nobody uses does not stay");
    }
}
