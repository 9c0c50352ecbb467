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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The names of the two files in the cache.
pub const NAMES: [&str; 2] = ["outlines", "outlines-since"];

/// Above which part of the first file's outlines (one in so many) the second one is merged into it.
const MOST: usize = 8;

/// What is kept, as it lies in the cache's files: in each a list of keys and lengths, then the encoded outlines.
#[derive(Default)]
pub struct Outlines {
    files: [Vec<u8>; 2],
    places: HashMap<Hash, Place, foldhash::fast::FixedState>,
    /// What this run made.
    made: Mutex<BTreeMap<Hash, Vec<u8>>>,
}

/// Where an encoded outline is.
struct Place {
    file: usize,
    at: usize,
    length: usize,
    /// Whether this run used it.
    used: AtomicBool,
}

impl Place {
    fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

/// What has to be saved after a run.
pub enum Saving {
    /// What was there before is still enough.
    Nothing,
    /// The second file.
    Second(Pieces),
    /// Both.
    Both([Pieces; 2]),
}

/// The content of a file, in pieces that are written one after the other.
pub type Pieces = Vec<Vec<u8>>;

impl Outlines {
    /// None.
    pub fn empty() -> Outlines {
        Outlines::default()
    }

    /// Those in `files`, of which one that is empty holds none; or what is wrong with them.
    pub fn read(files: [Vec<u8>; 2]) -> Result<Outlines, String> {
        let mut places: HashMap<_, _, foldhash::fast::FixedState> = HashMap::default();
        for (file, bytes) in files.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
            let (list, rest): (Vec<(Hash, u32)>, &[u8]) =
                postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
            let mut at = bytes.len() - rest.len();
            places.reserve(list.len());
            for (key, length) in list {
                let length = length as usize;
                places.insert(key, Place { file, at, length, used: AtomicBool::new(false) });
                at += length;
            }
            if at != bytes.len() {
                return Err("its list does not fit its content".to_owned());
            }
        }
        Ok(Outlines { files, places, made: Mutex::default() })
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
        if let Some(place) = self.places.get(&key)
            && let Some(outline) = self.at(place)
        {
            place.used.store(true, Ordering::Relaxed);
            return Some(outline);
        }
        let outline = make()?;
        let encoded = postcard::to_stdvec(&outline).unwrap_or_default();
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, encoded);
        Some(outline)
    }

    /// The outline that an earlier run made of a file with these bytes, if it is kept.
    pub fn earlier(&self, path: &SitePath, role: Role, content: Hash) -> Option<Outline> {
        self.at(self.places.get(&key(path, role, content))?)
    }

    fn at(&self, place: &Place) -> Option<Outline> {
        postcard::from_bytes(self.bytes(place)).ok()
    }

    fn bytes(&self, place: &Place) -> &[u8] {
        &self.files[place.file][place.at..place.at + place.length]
    }

    /// What this run used and made, for the cache.
    pub fn write(self) -> Saving {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let of = |file: usize| self.places.values().filter(move |place| place.file == file);
        let (first, of_first) = (of(0).count(), of(0).filter(|place| place.is_used()).count());
        let others = made.len() + of(1).filter(|place| place.is_used()).count();
        if (first - of_first + others) * MOST > first {
            return Saving::Both([self.joined(|_| true, made), joined(Vec::new())]);
        }
        if made.is_empty() {
            return Saving::Nothing;
        }
        Saving::Second(self.joined(|place| place.file == 1, made))
    }

    /// The file of what this run made, and of those of the used outlines that `stay`.
    fn joined(&self, stay: impl Fn(&Place) -> bool, made: BTreeMap<Hash, Vec<u8>>) -> Pieces {
        let used = self.places.iter().filter(|(key, place)| place.is_used() && stay(place) && !made.contains_key(key));
        let mut all: Vec<(Hash, Vec<u8>)> = used.map(|(key, place)| (*key, self.bytes(place).to_vec())).collect();
        all.extend(made);
        all.sort_unstable_by_key(|(key, _)| *key);
        joined(all)
    }
}

fn joined(all: Vec<(Hash, Vec<u8>)>) -> Pieces {
    let list: Vec<(Hash, u32)> = all.iter().map(|(key, piece)| (*key, piece.len() as u32)).collect();
    let head = postcard::to_stdvec(&list).unwrap_or_default();
    [head].into_iter().chain(all.into_iter().map(|(_, piece)| piece)).collect()
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
        let Saving::Both(files) = saving else { panic!("all are new") };
        let mut files = files.map(|pieces| pieces.concat());
        assert_eq!(made, 40);
        let mut merged = 0;
        for edit in 0..30 {
            assert!(matches!(run(files.clone(), &texts), (0, Saving::Nothing)), "edit {edit}");
            texts[edit].push_str("More.\n");
            let (made, saving) = run(files.clone(), &texts);
            assert_eq!(made, 1, "edit {edit}");
            match saving {
                Saving::Nothing => panic!("edit {edit} would be forgotten"),
                Saving::Second(second) => files[1] = second.concat(),
                Saving::Both(both) => {
                    merged += 1;
                    files = both.map(|pieces| pieces.concat());
                }
            }
        }
        assert!((5..15).contains(&merged), "{merged} times");
        texts.truncate(4);
        assert!(matches!(run(files, &texts), (0, Saving::Both(_))), "what nobody uses does not stay");
    }
}
