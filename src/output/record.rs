//! What the file system said of each file when we wrote it ↔ the cache; a hint, and never the reason for a change.

use crate::cache::Cache;
use crate::source::Stamp;
use serde::{Deserialize, Serialize};
use std::fs::Metadata;

/// What tells that a file of the output is still the one that we wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stat {
    pub(super) size: u64,
    modified: i64,
    inode: u64,
}

impl Stat {
    /// The stat in `meta`; `None` if that is not a regular file's. (The time of change is not in it: a rename sets it.)
    pub(super) fn of(meta: &Metadata) -> Option<Stat> {
        let Stamp { modified, inode, .. } = Stamp::of(meta);
        meta.is_file().then_some(Stat { size: meta.len(), modified, inode })
    }
}

/// The stats of an output folder's files, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record(pub(super) Vec<(Box<str>, Stat)>);

impl Record {
    /// The record saved as `name`; empty if there is none, or none to be believed.
    pub(super) fn load(cache: &Cache, name: &str) -> Record {
        cache.load(name).ok().and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default()
    }

    /// Saves it. A record that cannot be saved costs the next run time, so that there is nothing to report.
    pub(super) fn save(&self, cache: &Cache, name: &str) {
        if let Ok(bytes) = postcard::to_stdvec(self) {
            let _ = cache.save(name, &bytes);
        }
    }

    /// The stat of the file `name`.
    pub(super) fn get(&self, name: &str) -> Option<Stat> {
        let index = self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok()?;
        Some(self.0[index].1)
    }
}
