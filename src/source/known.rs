//! What an earlier run saw of the files → hashes that need not be computed again; never trusted where a clock could lie.

use crate::hash::Hash;
use crate::path::SitePath;
use serde::{Deserialize, Serialize};
use std::fs::Metadata;

/// A file may be written twice within one tick of its file system's clock (FAT: two seconds). A file younger than
/// this when it was hashed, in nanoseconds, is hashed again.
const TICK: i64 = 2_000_000_000;

/// What the file system says of a file beside its size. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// When its bytes were last written, or were said to be.
    pub modified: i64,
    /// Its number on its file system; 0 where there is none.
    pub inode: u64,
    /// When anything of it last changed; a program cannot set it at will. 0 where there is none.
    pub changed: i64,
}

impl Stamp {
    /// The stamp in `meta`.
    #[cfg(unix)]
    pub fn of(meta: &Metadata) -> Stamp {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Stamp {
            modified: nanoseconds(meta.mtime(), meta.mtime_nsec()),
            inode: meta.ino(),
            changed: nanoseconds(meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// The stamp in `meta`.
    #[cfg(not(unix))]
    pub fn of(meta: &Metadata) -> Stamp {
        let since_1970 = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).ok();
        let modified = meta.modified().ok().and_then(since_1970).map_or(0, |age| age.as_nanos() as i64);
        Stamp { modified, inode: 0, changed: 0 }
    }
}

/// The stamps and hashes of a project's files at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// A moment before the files were looked at, in nanoseconds since 1970.
    pub(super) taken: i64,
    /// Sorted by path.
    pub(super) files: Vec<(SitePath, Stamp, u64, Hash)>,
}

impl Known {
    /// Nothing: every file is hashed.
    pub fn empty() -> Known {
        Known::default()
    }

    pub(super) fn new(taken: jiff::Timestamp, files: Vec<(SitePath, Stamp, u64, Hash)>) -> Known {
        debug_assert!(files.is_sorted_by(|a, b| a.0 < b.0), "files come sorted");
        Known { taken: i64::try_from(taken.as_nanosecond()).unwrap_or(i64::MIN), files }
    }

    /// Whether a later run will not have to open a single file that is as it was.
    pub fn is_settled(&self) -> bool {
        let settled = |time: i64| time.saturating_add(TICK) <= self.taken;
        self.files.iter().all(|(_, stamp, ..)| settled(stamp.modified) && settled(stamp.changed))
    }

    /// The hash of `path`, if it is certain that a file with this stamp and size still has the bytes that were hashed.
    pub(super) fn hash(&self, path: &SitePath, stamp: Stamp, size: u64) -> Option<Hash> {
        let index = self.files.binary_search_by(|(other, ..)| other.cmp(path)).ok()?;
        let (_, known, known_size, hash) = &self.files[index];
        let settled = |time: i64| time.saturating_add(TICK) <= self.taken;
        (*known == stamp && *known_size == size && settled(stamp.modified) && settled(stamp.changed)).then_some(*hash)
    }
}
