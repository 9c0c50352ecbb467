//! A folder on a server that speaks SFTP as a target, by the system's `sftp`; whatever else lies in it stays, and no link in
//! it is followed.
//!
//! Each file is uploaded under a temporary name in the folder of the lock, its size there is compared, and it is renamed
//! into its place: over the old one if the server can (`posix-rename@openssh.com`), else the old one is moved aside
//! first. What is new is renamed so that servers which keep to the protocol refuse if something is there by now.
//!
//! Folders are listed once in a run, when something in them is to change.

mod listing;
mod lock;
mod releases;
mod session;
mod there;
mod trees;

use super::objects::{Fault, Hold, Keeps, Names as Naming, Object, Objects, Over, Time, Version};
use super::run::TakeOver;
use super::target::Target;
use crate::config::publish::Sftp as Settings;
use crate::hash::Hash;
use listing::{Names, Thing};
use lock::Watch;
use session::remote;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use there::There;

/// Where files are uploaded before they are renamed into place; also the lock. Gone after a run that ended.
const STAGE: &str = ".guidepost-publish";

/// A folder on a server.
pub struct Sftp {
    there: Arc<There>,
    /// Folders, as they were when they were listed, and as they must be after what was done since.
    folders: Mutex<BTreeMap<String, Names>>,
    /// Whether the server renames a file over another.
    replaces: OnceLock<bool>,
    /// Whether we hold the lock.
    watch: Mutex<Option<Watch>>,
}

/// The folder that the settings name, as a target. Nothing is asked of the server yet.
pub fn open(settings: &Settings, cache: &Path) -> Target {
    let there = Arc::new(There::new(settings.clone(), cache.join("sftp")));
    if settings.releases > 0 {
        return Target::Whole(Box::new(releases::Releases::new(there)));
    }
    Target::Objects(Box::new(Sftp {
        there,
        folders: Mutex::new(BTreeMap::new()),
        replaces: OnceLock::new(),
        watch: Mutex::new(None),
    }))
}

/// The files that are kept in the cache folder of a target.
pub(super) fn forget(cache: &Path) {
    let folder = cache.join("sftp");
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name == lock::OWN || name.parse::<u64>().is_ok()) {
            // What stays keeps the folder there, and is of no use to anybody.
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(&folder);
}

impl Objects for Sftp {
    fn place(&self) -> String {
        self.there.place()
    }

    fn at_once(&self) -> usize {
        4
    }

    fn keeps(&self) -> Keeps {
        Keeps::Bytes
    }

    fn names(&self) -> Naming {
        Naming::Tree
    }

    fn hold(&self, take_over: TakeOver) -> Result<Hold, Fault> {
        let held = match lock::take(&self.there, take_over)? {
            Ok(held) => held,
            Err(silent) => return Ok(Hold::Taken(silent)),
        };
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(Watch::of(&held));
        // What was seen when the plan was made may have changed.
        self.folders().clear();
        Ok(Hold::Sure(Box::new(held)))
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        Ok(self.there.get(key)?.map(|bytes| {
            let version = version(&bytes);
            (bytes, version)
        }))
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        self.look(Duration::ZERO)?;
        if self.read(key)?.map(|(_, version)| version).as_ref() != expected {
            return Err(Fault::Conflict);
        }
        let staged = self.there.stage_bytes(bytes)?;
        self.replace(&staged, key)?;
        Ok(version(bytes))
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        self.look(lock::LOOK)?;
        if let Some(taken) = self.way(&object.key, over)? {
            return Err(Fault::Occupied(taken));
        }
        self.make_folders(&object.key)?;
        let staged = self.there.stage(&object.file, object.size)?;
        let put = match over {
            Over::Ours if self.thing(&object.key)?.is_some() => self.replace(&staged, &object.key),
            _ => self.there.done(&format!("rename -l {} {}", remote(&staged), remote(&object.key))),
        };
        if let Err(fault) = put {
            // Somebody may have come in between: what the folders hold must be seen anew.
            self.folders().clear();
            return Err(match self.way(&object.key, over)? {
                Some(taken) => Fault::Occupied(taken),
                None => fault,
            });
        }
        let (folder, name) = split(&object.key);
        if let Some(names) = self.folders().get_mut(folder) {
            names.insert(name.to_owned(), Thing::File(object.size));
        }
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        self.look(lock::LOOK)?;
        // Whoever put a link or a folder in the place of a file of ours keeps it.
        if self.way(key, Over::Ours)?.is_some() || self.thing(key)?.is_none() {
            return Ok(());
        }
        self.there.removed(&format!("rm {}", remote(key)))?;
        let mut gone = key;
        while let Some(folder) = self.is_emptied(gone) {
            // One that somebody put something into meanwhile stays.
            if !self.there.sessions.ask(&format!("rmdir {}", remote(&folder)))?.is_empty() {
                break;
            }
            gone = &key[..folder.len()];
        }
        Ok(())
    }

    fn occupied(&self, keys: &[&str], time: Time) -> Result<Vec<String>, Fault> {
        let mut taken = Vec::new();
        if time == Time::First {
            for key in keys {
                taken.extend(self.way(key, Over::Nothing)?);
            }
        }
        taken.sort();
        taken.dedup();
        Ok(taken)
    }
}

impl Sftp {
    fn folders(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Names>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on only if we still hold the lock.
    fn look(&self, every: Duration) -> Result<(), Fault> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.as_mut().ok_or_else(|| Fault::fatal("nobody holds the lock"))?.look(&self.there, every)
    }

    /// What is at `key`, whose folder is known to be one if it is there at all.
    fn thing(&self, key: &str) -> Result<Option<Thing>, Fault> {
        let (folder, name) = split(key);
        if let Some(names) = self.folders().get(folder) {
            return Ok(names.get(name).copied());
        }
        let Some(names) = self.there.list(folder)? else { return Ok(None) };
        let thing = names.get(name).copied();
        self.folders().entry(folder.to_owned()).or_insert(names);
        Ok(thing)
    }

    /// What keeps a file from being put at `key`: a link or a file in place of a folder, a folder in place of the file,
    /// and, if nothing may be there, anything.
    fn way(&self, key: &str, over: Over) -> Result<Option<String>, Fault> {
        for (at, _) in key.match_indices('/') {
            match self.thing(&key[..at])? {
                None => return Ok(None),
                Some(Thing::Folder) => {}
                Some(_) => return Ok(Some(key[..at].to_owned())),
            }
        }
        Ok(match self.thing(key)? {
            None => None,
            Some(Thing::File(_)) if over == Over::Ours => None,
            Some(_) => Some(key.to_owned()),
        })
    }

    /// Makes the folders around `key` that are not there yet.
    fn make_folders(&self, key: &str) -> Result<(), Fault> {
        for (at, _) in key.match_indices('/') {
            let folder = &key[..at];
            if self.thing(folder)?.is_some() {
                continue;
            }
            let (outer, name) = split(folder);
            let made = self.there.done(&format!("mkdir {}", remote(folder)));
            let mut folders = self.folders();
            if made.is_ok() {
                folders.entry(folder.to_owned()).or_default();
                folders.get_mut(outer).map(|names| names.insert(name.to_owned(), Thing::Folder));
                continue;
            }
            // Beside us another call has made it, or somebody else.
            folders.remove(outer);
            drop(folders);
            if self.thing(folder)? != Some(Thing::Folder) {
                return made;
            }
        }
        Ok(())
    }

    /// Strikes `gone` out; gives the folder that it lay in, if nothing is left there.
    fn is_emptied(&self, gone: &str) -> Option<String> {
        let (folder, name) = split(gone);
        let mut folders = self.folders();
        let names = folders.get_mut(folder)?;
        names.remove(name);
        let is_empty = names.is_empty() && !folder.is_empty();
        if is_empty {
            folders.remove(folder);
        }
        is_empty.then(|| folder.to_owned())
    }

    /// Renames a staged file into the place of another one of ours, or where nothing is.
    fn replace(&self, staged: &str, key: &str) -> Result<(), Fault> {
        if self.replaces.get() != Some(&false) {
            let Err(fault) = self.there.done(&format!("rename {} {}", remote(staged), remote(key))) else {
                return Ok(());
            };
            if *self.replaces.get_or_init(|| !matches!(self.there.replaces(), Ok(false))) {
                return Err(fault);
            }
        }
        let aside = self.there.slot();
        let rename = |from: &str, to: &str| self.there.done(&format!("rename -l {} {}", remote(from), remote(to)));
        let is_aside = rename(key, &aside).is_ok();
        if let Err(fault) = rename(staged, key) {
            // Whatever it was: readers get the old file.
            let _ = if is_aside { rename(&aside, key) } else { Ok(()) };
            return Err(fault);
        }
        if is_aside { self.there.removed(&format!("rm {}", remote(&aside))) } else { Ok(()) }
    }
}

/// The folder that a key lies in, and its name there.
fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}

fn version(bytes: &[u8]) -> Version {
    Version(Hash::of(bytes).to_string())
}
