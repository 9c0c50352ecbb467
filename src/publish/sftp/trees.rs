//! Whole folders on a server → listed, copied and removed, by a few connections at once; no link is looked through.

use super::listing::{Thing, join};
use super::session::{local, remote};
use super::there::There;
use crate::publish::listing::Listing;
use crate::publish::objects::Fault;
use crate::publish::retry::Patience;
use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many connections there are at once.
const AT_ONCE: usize = 4;

/// A folder's files and links, and the sizes of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) names: Listing,
    sizes: Vec<(String, u64)>,
}

/// Does `each` for all items, until one fails for good.
pub(super) fn all<T: Sync>(items: &[T], each: impl Fn(&T) -> Result<(), Fault> + Sync) -> Result<(), Fault> {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let first = Mutex::new(None);
    let one = || {
        while !stopped.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            if let Err(fault) = each(item) {
                stopped.store(true, Ordering::Relaxed);
                first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE.min(items.len())).for_each(|_| drop(scope.spawn(one))));
    first.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// What is in a folder and those in it; nothing if there is no such folder.
pub(super) fn walk(there: &There, root: &str) -> Result<Tree, Fault> {
    let tree = Mutex::new(Tree::default());
    let mut folders = vec![String::new()];
    while !folders.is_empty() {
        let inner = Mutex::new(Vec::new());
        all(&folders, |folder| {
            // With `/` at its end the folder that a link leads to is listed, which `current` is.
            let path = if folder.is_empty() { format!("{root}/.") } else { format!("{root}/./{folder}") };
            let Some(names) = Patience::USUAL.call(|_| there.list(&path))? else { return Ok(()) };
            let mut tree = tree.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, thing) in names {
                let key = join(folder, &name);
                match thing {
                    Thing::Folder => inner.lock().unwrap_or_else(PoisonError::into_inner).push(key),
                    Thing::Odd => drop(tree.names.odd.insert(key)),
                    Thing::File(size) => {
                        tree.sizes.push((key.clone(), size));
                        tree.names.files.insert(key);
                    }
                }
            }
            Ok(())
        })?;
        folders = inner.into_inner().unwrap_or_else(PoisonError::into_inner);
    }
    let mut tree = tree.into_inner().unwrap_or_else(PoisonError::into_inner);
    tree.sizes.sort();
    Ok(tree)
}

/// Makes the folders around these keys below `root`, outer ones first.
pub(super) fn make_folders<'k>(there: &There, root: &str, keys: impl Iterator<Item = &'k str>) -> Result<(), Fault> {
    let outer = keys.flat_map(|key| key.match_indices('/').map(|(at, _)| &key[..at]));
    let folders: BTreeSet<&str> = outer.collect();
    let deepest = folders.iter().map(|folder| depth(folder)).max().unwrap_or(0);
    for level in 0..=deepest {
        let folders: Vec<&str> = folders.iter().copied().filter(|folder| depth(folder) == level).collect();
        all(&folders, |folder| there.now_or_already("mkdir", None, &format!("{root}/{folder}")))?;
    }
    Ok(())
}

fn depth(folder: &str) -> usize {
    folder.matches('/').count()
}

impl There {
    /// Gives a command that makes `to`. If an earlier try may have arrived without our being told, it may be there.
    fn now_or_already(&self, word: &str, from: Option<&str>, to: &str) -> Result<(), Fault> {
        let from = from.map_or_else(String::new, |from| format!(" {}", remote(from)));
        Patience::USUAL.call(|made| match self.done(&format!("{word}{from} {}", remote(to))) {
            Err(_) if made > 0 && self.thing(to)?.is_some() => Ok(()),
            done => done,
        })
    }

    /// Whether a second name for `from` can be made; if so, it is made.
    pub(super) fn links(&self, from: &str, to: &str) -> Result<bool, Fault> {
        // Some servers say yes, and do nothing; and an earlier try may have arrived without our being told.
        Patience::USUAL.call(|_| {
            self.sessions.ask(&format!("ln {} {}", remote(from), remote(to)))?;
            Ok(self.thing(to)?.is_some())
        })
    }

    /// Gives a file, or a link, a second name.
    pub(super) fn link(&self, from: &str, to: &str) -> Result<(), Fault> {
        self.now_or_already("ln", Some(from), to)
    }

    /// Copies a file by way of this machine, with its mode and its time.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), Fault> {
        let path = self.passing()?;
        let copied = Patience::USUAL.call(|_| {
            self.done(&format!("get -p {} {}", remote(from), local(&path)?))?;
            let size = fs::metadata(&path).map_err(Fault::fatal)?.len();
            self.done(&format!("put -p {} {}", local(&path)?, remote(to)))?;
            let arrived = self.thing(to)? == Some(Thing::File(size));
            if arrived { Ok(()) } else { Err(Fault::passing("a copy has not the size of its original")) }
        });
        let _ = fs::remove_file(&path);
        copied
    }

    /// Removes these keys below `root`, and the folders that are empty then, `root` among them; whether it is gone.
    pub(super) fn uproot(&self, root: &str, keys: &BTreeSet<String>) -> Result<bool, Fault> {
        let found = walk(self, root)?.names;
        let ours: Vec<&String> = found.files.iter().chain(&found.odd).filter(|key| keys.contains(*key)).collect();
        all(&ours, |key| Patience::USUAL.call(|_| self.removed(&format!("rm {}", remote(&format!("{root}/{key}"))))))?;
        let outer = keys.iter().flat_map(|key| key.match_indices('/').map(|(at, _)| &key[..at]));
        let folders: BTreeSet<&str> = outer.collect();
        let deepest = folders.iter().map(|folder| depth(folder)).max().unwrap_or(0);
        for level in (0..=deepest).rev() {
            let folders: Vec<&str> = folders.iter().copied().filter(|folder| depth(folder) == level).collect();
            // One with something in it stays.
            all(&folders, |folder| {
                self.sessions.ask(&format!("rmdir {}", remote(&format!("{root}/{folder}")))).map(drop)
            })?;
        }
        self.sessions.ask(&format!("rmdir {}", remote(root)))?;
        Ok(self.thing(root)?.is_none())
    }
}
