//! What was put and kept → the folder as the site wants it; if anything fails before the first move, no change at all.

use super::journal::{self, Plan, Turn};
use super::manifest::{self, Manifest};
use super::record::Record;
use super::{Entry, Output};
use crate::hash::Hash;
use crate::path::folded;
use anyhow::{Context, bail};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::PoisonError;

/// How sure a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    /// Every file and folder is on the medium when it returns.
    Yes,
    /// The journal and the manifest are; after a power cut the next run repairs the rest.
    No,
}

/// What a commit changed: names, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there.
    pub added: Vec<Box<str>>,
    /// Files with other bytes than before, and those that somebody else had changed or removed.
    pub changed: Vec<Box<str>>,
    /// Files that the site no longer has.
    pub removed: Vec<Box<str>>,
    /// How many files were left alone.
    pub same: usize,
}

impl Output {
    /// What was put and kept so far, each name with its hash, as the manifest will list it.
    pub fn planned(&self) -> Vec<(Box<str>, Hash)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut planned: Vec<_> = entries.iter().map(|entry| (entry.name.clone(), entry.hash)).collect();
        planned.par_sort_unstable();
        planned
    }

    /// Makes the folder hold exactly what was put and kept, of all that is ours.
    ///
    /// # Errors
    /// The machine's. Then the folder is as it was, or, if the moves had begun, the next `open` finishes them.
    pub fn commit(self, durable: Durable) -> anyhow::Result<Written> {
        let mut entries = std::mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        entries.par_sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
            bail!("two files of the site are called {}", pair[0].name);
        }
        let written = self.compare(&entries);
        if written.added.is_empty() && written.changed.is_empty() && written.removed.is_empty() && self.is_ours {
            self.save_record(&entries);
            return Ok(written);
        }
        let mut plan = plan(&entries, &written);
        self.check_way(&entries, &plan)?;
        let stage = self.stage()?;
        let files = entries.iter().map(|entry| (entry.name.clone(), entry.hash)).collect();
        (|| {
            if durable == Durable::Yes {
                let slots = plan.moves.par_iter().chain(&plan.late).map(|(slot, _)| *slot);
                slots.try_for_each(|slot| self.disk.sync(&stage.slot(slot)))?;
            }
            plan.manifest = stage.write(Manifest::new(files).text().as_bytes())?.slot;
            self.disk.sync(&stage.slot(plan.manifest))?;
            stage.write_journal(&plan.text())
        })()
        .with_context(|| format!("cannot write {}", self.folder.join(manifest::NAME).display()))?;

        if let Err(error) = journal::make_folders(&self.folder, self.disk, &plan.moves) {
            // Nothing has been moved: it is as if this run had not been. (If even that fails, the next run moves all.)
            let _ = stage.remove_journal();
            return Err(error);
        }
        journal::perform(&self.folder, stage, self.disk, &plan, Turn::First)?;
        if durable == Durable::Yes {
            self.sync_folders(&plan)?;
        }
        stage.remove_journal().with_context(|| format!("cannot finish writing {}", self.folder.display()))?;
        self.save_record(&entries);
        Ok(written)
    }

    /// What differs between the entries and the last run.
    fn compare(&self, entries: &[Entry]) -> Written {
        let mut written = Written::default();
        for entry in entries {
            match entry.slot {
                None => written.same += 1,
                Some(_) if self.manifest.get(&entry.name).is_none() => written.added.push(entry.name.clone()),
                Some(_) => written.changed.push(entry.name.clone()),
            }
        }
        // Both lists are sorted.
        let mut entries = entries.iter().map(|entry| &entry.name).peekable();
        for (name, _) in self.manifest.entries() {
            while entries.next_if(|other| *other < name).is_some() {}
            if entries.peek() != Some(&name) {
                written.removed.push(name.clone());
            }
        }
        written
    }

    /// Makes sure that nothing of others, and nothing of the site itself, is where a file is to go.
    fn check_way(&self, entries: &[Entry], plan: &Plan) -> anyhow::Result<()> {
        let in_the_way = |path: &Path, what: &str| {
            anyhow::anyhow!("{} is in the way: {what}; move it elsewhere and build again", path.display())
        };
        let leaving: BTreeSet<String> = plan.blocking.iter().map(|name| folded(name)).collect();
        let mut folders: BTreeMap<&str, bool> = BTreeMap::from([("", self.folder.exists())]);
        for (_, name) in plan.moves.iter().chain(&plan.late) {
            for (at, _) in name.match_indices('/') {
                let folder = &name[..at];
                if folders.contains_key(folder) {
                    continue;
                }
                if entries.binary_search_by(|entry| (*entry.name).cmp(folder)).is_ok() {
                    bail!("{folder} would have to be a file and a folder, for {name}");
                }
                let path = self.folder.join(folder);
                let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
                let is_there = folders[above]
                    && match fs::symlink_metadata(&path) {
                        Err(_) => false,
                        Ok(meta) if meta.is_dir() => true,
                        Ok(_) if leaving.contains(&folded(folder)) => false,
                        Ok(_) => return Err(in_the_way(&path, "Guidepost did not write it, and needs a folder there")),
                    };
                folders.insert(folder, is_there);
            }
            if !folders[name.rsplit_once('/').map_or("", |(folder, _)| folder)] {
                continue;
            }
            let path = self.folder.join(&**name);
            match fs::symlink_metadata(&path) {
                Err(_) => {}
                Ok(meta) if meta.is_dir() => {
                    if let Some(foreign) = foreign(&self.folder, &path, &plan.blocking) {
                        return Err(in_the_way(&foreign, "Guidepost did not write it, and needs a file there"));
                    }
                }
                Ok(_) if self.manifest.get(name).is_some() || leaving.contains(&folded(name)) => {}
                Ok(_) => return Err(in_the_way(&path, "Guidepost did not write it")),
            }
        }
        Ok(())
    }

    /// Waits until the changed folders' entries are on the medium.
    fn sync_folders(&self, plan: &Plan) -> anyhow::Result<()> {
        let names = plan.names();
        let mut folders: BTreeSet<&str> =
            names.iter().flat_map(|name| name.match_indices('/').map(|(at, _)| &name[..at])).collect();
        folders.insert("");
        folders.into_iter().map(|name| self.folder.join(name)).filter(|folder| folder.is_dir()).try_for_each(|folder| {
            self.disk.sync(&folder).with_context(|| format!("cannot finish writing {}", folder.display()))
        })
    }

    fn save_record(&self, entries: &[Entry]) {
        let record = Record(entries.iter().map(|entry| (entry.name.clone(), entry.stat)).collect());
        if record != self.record {
            record.save(&self.cache, &self.record_name);
        }
    }
}

/// The first thing in the folder `path` of `out` that would still be there when all of `blocking` is removed; `path`
/// itself, if it is empty.
fn foreign(out: &Path, path: &Path, blocking: &[Box<str>]) -> Option<std::path::PathBuf> {
    let leaves = |inner: &Path, is_folder: bool| {
        blocking.iter().any(|name| {
            let name = Path::new(&**name);
            if is_folder { name.starts_with(inner) } else { name == inner }
        })
    };
    walkdir::WalkDir::new(path).sort_by_file_name().into_iter().find_map(|entry| {
        let entry = entry.ok()?;
        let inner = entry.path().strip_prefix(out).ok()?;
        (!leaves(inner, entry.file_type().is_dir())).then(|| entry.path().to_path_buf())
    })
}

/// The steps to the new folder. A removed file stands in the way of a new one if the two could be one on a disk
/// without letter case, if one is where the other needs a folder, or if they spell a folder of theirs differently.
pub(super) fn plan(entries: &[Entry], written: &Written) -> Plan {
    let by_fold: BTreeMap<String, &str> = written.removed.iter().map(|name| (folded(name), &**name)).collect();
    let mut spelt: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for name in &written.removed {
        for (at, _) in name.match_indices('/') {
            spelt.entry(folded(&name[..at])).or_default().insert(&name[..at]);
        }
    }
    let below = |fold: &str| {
        let prefix = format!("{fold}/");
        by_fold.range(prefix.clone()..).take_while(move |(name, _)| name.starts_with(&prefix)).map(|(_, name)| *name)
    };
    let mut blocking: BTreeSet<&str> = BTreeSet::new();
    let mut blocks = |name: &str| {
        if by_fold.is_empty() {
            return false;
        }
        let fold = folded(name);
        let mut found: Vec<&str> = by_fold.get(&fold).copied().into_iter().chain(below(&fold)).collect();
        for (at, _) in name.match_indices('/') {
            let folder = folded(&name[..at]);
            found.extend(by_fold.get(&folder));
            let others = spelt.get(&folder).into_iter().flatten().filter(|other| **other != &name[..at]);
            found.extend(others.flat_map(|other| below(&folder).filter(move |name| name.starts_with(other))));
        }
        blocking.extend(&found);
        !found.is_empty()
    };
    let mut plan = Plan::default();
    for entry in entries {
        if let Some(slot) = entry.slot {
            let moves = if blocks(&entry.name) { &mut plan.late } else { &mut plan.moves };
            moves.push((slot, entry.name.clone()));
        }
    }
    plan.gone = written.removed.iter().filter(|name| !blocking.contains(&***name)).cloned().collect();
    plan.blocking = blocking.into_iter().map(Box::from).collect();
    plan
}
