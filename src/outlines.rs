//! Outlines of earlier runs, by the content they were made of → outlines that need not be made again.
//!
//! An outline is a function of a file's bytes, path and role, so these three are its key. Nothing else can make one
//! stale, and one that cannot be read is made again.

use crate::content::Outline;
use crate::hash::Hash;
use crate::path::SitePath;
use crate::source::Role;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// What is kept, as it lies in the cache's file: a list of keys and lengths, then the encoded outlines one by one.
#[derive(Default)]
pub struct Outlines {
    bytes: Vec<u8>,
    places: HashMap<Hash, (usize, usize)>,
    /// What this run used or made. `None` was there before.
    used: Mutex<BTreeMap<Hash, Option<Vec<u8>>>>,
}

impl Outlines {
    /// None.
    pub fn empty() -> Outlines {
        Outlines::default()
    }

    /// Those in `bytes`, or what is wrong with them.
    pub fn read(bytes: Vec<u8>) -> Result<Outlines, String> {
        let (list, rest): (Vec<(Hash, u32)>, &[u8]) =
            postcard::take_from_bytes(&bytes).map_err(|error| error.to_string())?;
        let mut at = bytes.len() - rest.len();
        let mut places = HashMap::with_capacity(list.len());
        for (key, length) in list {
            places.insert(key, (at, length as usize));
            at += length as usize;
        }
        if at != bytes.len() {
            return Err("its list does not fit its content".to_owned());
        }
        Ok(Outlines { bytes, places, used: Mutex::default() })
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
        let (at, length) = self.places.get(key)?;
        postcard::from_bytes(&self.bytes[*at..at + length]).ok()
    }

    /// What this run used and made, for the cache; `None` if that is what was there before.
    pub fn write(self) -> Option<Vec<u8>> {
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        if used.len() == self.places.len() && used.values().all(Option::is_none) {
            return None;
        }
        let pieces: Vec<(Hash, &[u8])> = used
            .iter()
            .map(|(key, made)| match (made, self.places.get(key)) {
                (Some(made), _) => (*key, &**made),
                (None, Some((at, length))) => (*key, &self.bytes[*at..at + length]),
                (None, None) => (*key, &[][..]),
            })
            .collect();
        let list: Vec<(Hash, u32)> = pieces.iter().map(|(key, piece)| (*key, piece.len() as u32)).collect();
        let mut out = postcard::to_stdvec(&list).unwrap_or_default();
        out.reserve_exact(pieces.iter().map(|(_, piece)| piece.len()).sum());
        pieces.iter().for_each(|(_, piece)| out.extend_from_slice(piece));
        Some(out)
    }
}

fn key(path: &SitePath, role: Role, content: Hash) -> Hash {
    Hash::of_value(&(path, role, content))
}
