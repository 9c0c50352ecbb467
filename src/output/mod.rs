//! Bytes → an output folder; never a file of it that we did not write, and never half a file.
//!
//! A run opens the folder (which may be refused), puts or keeps every file that the site consists of, and commits.
//! Until then the folder is as it was. A commit moves what was staged into place under a journal; a run that was cut
//! off in the middle is finished by the next `open`. A file of which neither manifest nor record is sure is compared
//! byte by byte, so that what did not change is never written again.

pub mod build;
mod clean;
mod commit;
mod disk;
mod journal;
mod lock;
mod manifest;
mod record;
mod refuse;
mod stage;
mod verify;
pub mod why;

pub use clean::{Cleaned, clean, remove_from};
pub use commit::{Durable, Written};
pub use disk::{Fault, Faults};
pub use lock::Wait;
pub use manifest::{Manifest, NAME as MANIFEST};
pub use refuse::Refused;
pub use verify::Difference;

use crate::cache::Cache;
use crate::hash::Hash;
use anyhow::Context;
use disk::Disk;
use journal::{Plan, Turn};
use rayon::prelude::*;
use record::{Record, Stat};
use stage::Stage;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// An output folder that was accepted and is locked. Dropped without `commit`, it leaves the folder as it was.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    disk: Disk,
    cache: Cache,
    record_name: String,
    manifest: Manifest,
    /// Whether the manifest is on disk; a folder that is new to us has none.
    is_ours: bool,
    record: Record,
    stage: OnceLock<Stage>,
    starting: Mutex<()>,
    entries: Mutex<Vec<Entry>>,
    _lock: Option<File>,
}

/// A file that the site consists of.
#[derive(Debug)]
struct Entry {
    name: Box<str>,
    hash: Hash,
    stat: Stat,
    /// Its number on the stage; `None` if it is in place.
    slot: Option<u64>,
}

/// What became of a file that was to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// It is in place, or staged.
    Whole,
    /// Its bytes were not those expected, so that it was not staged: the run must start again.
    Torn,
}

/// Opens the folder `out` (relative to `root`, if it is relative) for the project in `root`, and finishes what a run
/// that was cut off left there. `home` is the user's home folder.
///
/// Of two runs at a time the second gets `Refused::Locked`, or waits, as `wait` says; to tell that it waits, a caller
/// tries with `Wait::No` first. The lock is a file of the cache folder, and while files are staged one of the stage;
/// a project that cannot be written to has no cache folder, and then the stage is made here for its lock.
///
/// # Errors
/// The machine's: a folder that cannot be read or made, an unfinished run that still cannot be finished.
pub fn open(root: &Path, out: &Path, home: Option<&Path>, wait: Wait) -> anyhow::Result<Result<Output, Refused>> {
    open_on(root, out, home, wait, Disk { faults: None })
}

/// `open`, and everything later, with a disk that goes wrong; for tests.
pub fn open_with(
    root: &Path,
    out: &Path,
    home: Option<&Path>,
    wait: Wait,
    faults: &'static Faults,
) -> anyhow::Result<Result<Output, Refused>> {
    open_on(root, out, home, wait, Disk { faults: Some(faults) })
}

/// Whether `name` can be that of a file of the site: it leads nowhere else, and is none of our own.
pub fn is_name(name: &str) -> bool {
    manifest::check(name).is_ok()
}

/// The folder `out` (relative to `root`, if it is relative), absolute and without links, if the site may be published
/// into it, beside whatever else is there: the rules of an output folder hold but for that.
///
/// # Errors
/// The machine's.
pub fn beside_others(root: &Path, out: &Path, home: Option<&Path>) -> anyhow::Result<Result<PathBuf, Refused>> {
    let root = fs::canonicalize(root).with_context(|| format!("cannot read the folder {}", root.display()))?;
    let home = home.map(|home| fs::canonicalize(home).unwrap_or_else(|_| home.to_path_buf()));
    let judged =
        refuse::resolve(&root, out).and_then(|folder| refuse::place(&root, &folder, home.as_deref()).map(|()| folder));
    match judged {
        Ok(folder) => {
            let work = refuse::work(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
            Ok(work.map(|()| folder))
        }
        refused => Ok(refused),
    }
}

/// The name in the cache of what is kept as `name` for the folder `out`, such as its ledger.
pub fn cache_name(root: &Path, out: &Path, name: &str) -> String {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let folder = refuse::resolve(&root, out).unwrap_or_else(|_| root.join(out));
    format!("outputs/{}/{name}", Hash::of(folder.as_os_str().as_encoded_bytes()))
}

fn open_on(
    root: &Path,
    out: &Path,
    home: Option<&Path>,
    wait: Wait,
    disk: Disk,
) -> anyhow::Result<Result<Output, Refused>> {
    let root = fs::canonicalize(root).with_context(|| format!("cannot read the folder {}", root.display()))?;
    let home = home.map(|home| fs::canonicalize(home).unwrap_or_else(|_| home.to_path_buf()));
    let folder = match refuse::resolve(&root, out) {
        Ok(folder) => folder,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Err(refused) = refuse::place(&root, &folder, home.as_deref()) {
        return Ok(Err(refused));
    }
    let cache = Cache::open(&root);
    let lock = match cache.path(&cache_name(&root, &folder, "lock")) {
        None => None,
        Some(path) => match lock::acquire(&path, wait).with_context(|| format!("cannot lock {}", path.display()))? {
            None => return Ok(Err(Refused::Locked)),
            lock => lock,
        },
    };

    let record_name = cache_name(&root, &folder, "record");
    let stage = OnceLock::new();
    if fs::symlink_metadata(folder.join(stage::FOLDER)).is_ok() {
        let Some(left) = Stage::open(&folder, disk, wait)? else { return Ok(Err(Refused::Locked)) };
        finish(&folder, &left, disk, &cache, &record_name)
            .with_context(|| format!("an earlier build of {} was cut off and cannot be finished", folder.display()))?;
    }
    let text = match refuse::contents(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        Ok(text) => text,
        Err(refused) => return Ok(Err(refused)),
    };
    let is_ours = text.is_some();
    let (manifest, record) = rayon::join(
        || text.map_or(Some(Manifest::default()), |text| Manifest::parse(&text)),
        || Record::load(&cache, &record_name),
    );
    let Some(manifest) = manifest else {
        return Ok(Err(refuse::damaged(&folder)));
    };
    if lock.is_none() {
        let Some(first) = Stage::open(&folder, disk, wait)? else { return Ok(Err(Refused::Locked)) };
        stage.get_or_init(|| first);
    }
    let (starting, entries) = Default::default();
    Ok(Ok(Output {
        folder,
        disk,
        cache,
        record_name,
        manifest,
        is_ours,
        record,
        stage,
        starting,
        entries,
        _lock: lock,
    }))
}

/// Does all of a journal again. Of the names in it nothing is known any more but what the disk says.
fn finish(folder: &Path, stage: &Stage, disk: Disk, cache: &Cache, record_name: &str) -> anyhow::Result<()> {
    let Some(text) = stage.journal()? else { return Ok(()) };
    if let Some(plan) = Plan::parse(&text) {
        let names = plan.names();
        let mut record = Record::load(cache, record_name);
        record.0.retain(|(name, _)| !names.contains(&**name));
        record.save(cache, record_name);
        let missing: Vec<_> = plan.moves.iter().filter(|(slot, _)| stage.slot(*slot).exists()).cloned().collect();
        journal::make_folders(folder, disk, &missing)?;
        journal::perform(folder, stage, disk, &plan, Turn::Again)?;
    }
    stage.remove_journal().context("cannot remove its journal")
}

impl Output {
    /// The folder, absolute and without links.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files that the last finished run left, and their hashes.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Of each file of the manifest, in its order, whether it is, to all that can be known without reading it, as the
    /// last finished run left it.
    pub fn intact(&self) -> Vec<bool> {
        let entries = self.manifest.entries().par_iter().enumerate();
        entries.map(|(at, (name, _))| self.recorded(at).is_some_and(|stat| self.stat(name) == Some(stat))).collect()
    }

    /// Keeps the manifest's files at these places, all different, as the last finished run left them; the caller has
    /// found them intact.
    ///
    /// # Errors
    /// Nothing is known of such a file; it has to be `put`.
    pub fn keep(&self, places: impl Iterator<Item = usize>) -> anyhow::Result<()> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for at in places {
            let (name, hash) = &self.manifest.entries()[at];
            let Some(stat) = self.recorded(at) else {
                anyhow::bail!("{} cannot be kept: it is not known", self.folder.join(&**name).display());
            };
            entries.push(Entry { name: name.clone(), hash: *hash, stat, slot: None });
        }
        Ok(())
    }

    /// What the last finished run saw of the manifest's file `at`.
    fn recorded(&self, at: usize) -> Option<Stat> {
        let name = &*self.manifest.entries()[at].0;
        // The two lists name the same files, unless a run was cut off.
        match self.record.0.get(at) {
            Some((same, stat)) if **same == *name => Some(*stat),
            _ => self.record.get(name),
        }
    }

    /// Makes `bytes`, whose hash it gives, the content of the file `name`. From any thread, once for each name.
    pub fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Hash> {
        self.check(name)?;
        let hash = Hash::of(bytes);
        if let Some(stat) = self.unchanged(name, hash) {
            self.enter(name, hash, stat, None);
            return Ok(hash);
        }
        let staged =
            self.stage()?.write(bytes).with_context(|| format!("cannot write {}", self.folder.join(name).display()))?;
        self.enter(name, hash, staged.stat, Some(staged.slot));
        Ok(hash)
    }

    /// Leaves everything as the last finished run left it.
    pub fn commit_nothing(self) -> Written {
        Written { same: self.manifest.entries().len(), ..Written::default() }
    }

    /// Makes a copy of the file `from`, whose hash is expected to be `expected`, the file `name`. It is never in
    /// memory as a whole.
    pub fn copy(&self, name: &str, from: &Path, expected: Hash) -> anyhow::Result<Copied> {
        self.check(name)?;
        if let Some(stat) = self.unchanged(name, expected) {
            self.enter(name, expected, stat, None);
            return Ok(Copied::Whole);
        }
        let source = match File::open(from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Copied::Torn),
            source => source.with_context(|| format!("cannot read {}", from.display()))?,
        };
        let mut hash = None;
        let staged = self.stage()?.fill(|to| {
            hash = Some(Hash::of_reader(Tee { from: &source, to, disk: self.disk })?);
            Ok(())
        });
        let staged = staged
            .with_context(|| format!("cannot copy {} to {}", from.display(), self.folder.join(name).display()))?;
        if hash != Some(expected) {
            // The stage removes the file with all others.
            return Ok(Copied::Torn);
        }
        self.enter(name, expected, staged.stat, Some(staged.slot));
        Ok(Copied::Whole)
    }

    /// The stat of the file `name` if its bytes on disk have the hash `hash`, and the last finished run left them.
    fn unchanged(&self, name: &str, hash: Hash) -> Option<Stat> {
        if self.manifest.get(name) != Some(hash) {
            return None;
        }
        let stat = self.stat(name)?;
        if self.record.get(name) == Some(stat) {
            return Some(stat);
        }
        let on_disk = File::open(self.folder.join(name)).and_then(Hash::of_reader).ok()?;
        (on_disk == hash).then_some(stat)
    }

    /// What the file system says of the file `name`; `None` if there is no such regular file.
    fn stat(&self, name: &str) -> Option<Stat> {
        Stat::of(&fs::symlink_metadata(self.folder.join(name)).ok()?)
    }

    fn enter(&self, name: &str, hash: Hash, stat: Stat, slot: Option<u64>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(Entry { name: name.into(), hash, stat, slot });
    }

    fn check(&self, name: &str) -> anyhow::Result<()> {
        manifest::check(name).map_err(|why| anyhow::anyhow!("`{name}` cannot be the name of an output file: {why}"))
    }

    /// The stage, which is made when the first file needs it.
    fn stage(&self) -> anyhow::Result<&Stage> {
        if let Some(stage) = self.stage.get() {
            return Ok(stage);
        }
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stage) = self.stage.get() {
            return Ok(stage);
        }
        let stage = Stage::open(&self.folder, self.disk, Wait::No)?
            .with_context(|| format!("another project is being built into {}", self.folder.display()))?;
        anyhow::ensure!(
            stage.journal()?.is_none(),
            "another build of {} was cut off; try again",
            self.folder.display()
        );
        Ok(self.stage.get_or_init(|| stage))
    }
}

/// Reads, and writes what it has read.
struct Tee<'a> {
    from: &'a File,
    to: &'a File,
    disk: Disk,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        if length > 0 {
            self.disk.write(self.to, &buffer[..length])?;
        }
        Ok(length)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
