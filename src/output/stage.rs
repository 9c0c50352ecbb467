//! Bytes → numbered files in `.guidepost-stage/`, where no reader looks; never a file outside that folder.

use super::disk::Disk;
use super::lock::{self, Wait};
use super::record::Stat;
use anyhow::Context;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The folder's name, in the output folder.
pub(super) const FOLDER: &str = ".guidepost-stage";

/// The file in it that says what is being moved where, once everything is staged.
const JOURNAL: &str = "journal";

const LOCK: &str = "lock";

/// The stage of one output folder, and the lock on it. Dropped, it leaves nothing behind, unless its journal has been
/// written: then the next run finishes it.
#[derive(Debug)]
pub(super) struct Stage {
    path: PathBuf,
    disk: Disk,
    next: AtomicU64,
    has_journal: AtomicBool,
    /// The output folder and those above it, as far as they had to be made.
    made: Vec<PathBuf>,
    _lock: File,
}

/// A staged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) slot: u64,
    pub(super) stat: Stat,
}

impl Stage {
    /// Makes the stage of the output folder `folder`, and that folder, or takes over one that a dead run left; `None`
    /// if another run is using it and `wait` says no.
    pub(super) fn open(folder: &Path, disk: Disk, wait: Wait) -> anyhow::Result<Option<Stage>> {
        let path = folder.join(FOLDER);
        let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.exists()).collect();
        let mut made = Vec::new();
        let begun = (|| {
            for above in missing.into_iter().rev() {
                disk.create_dir(above).with_context(|| format!("cannot make the folder {}", above.display()))?;
                made.push(above.to_path_buf());
            }
            loop {
                match disk.create_dir(&path) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(error).with_context(|| format!("cannot make the folder {}", path.display()));
                    }
                    Ok(()) | Err(_) => {}
                }
                if !fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
                    anyhow::bail!("{} is not a folder; remove it", path.display());
                }
                match lock::acquire(&path.join(LOCK), wait) {
                    // Its former owner has just removed the folder.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    lock => return lock.with_context(|| format!("cannot lock {}", path.display())),
                }
            }
        })();
        let lock = match begun {
            Ok(Some(lock)) => lock,
            Ok(None) => return Ok(None),
            Err(error) => {
                remove_empty(disk, &path);
                made.iter().rev().for_each(|above| remove_empty(disk, above));
                return Err(error);
            }
        };
        let has_journal = AtomicBool::new(path.join(JOURNAL).exists());
        let stage = Stage { path, disk, next: AtomicU64::new(0), has_journal, made, _lock: lock };
        stage.sweep().with_context(|| format!("cannot clear {}", stage.path.display()))?;
        Ok(Some(stage))
    }

    /// Stages `bytes`.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<Staged> {
        self.fill(|file| self.disk.write(file, bytes))
    }

    /// Stages what `fill` puts into a new file.
    pub(super) fn fill(&self, fill: impl FnOnce(&File) -> io::Result<()>) -> io::Result<Staged> {
        let slot = self.next.fetch_add(1, Ordering::Relaxed);
        let file = self.disk.create(&self.slot(slot))?;
        fill(&file)?;
        let stat = Stat::of(&file.metadata()?).ok_or_else(|| io::Error::other("a new file is not a regular file"))?;
        Ok(Staged { slot, stat })
    }

    /// Where the staged file `slot` is.
    pub(super) fn slot(&self, slot: u64) -> PathBuf {
        self.path.join(slot.to_string())
    }

    /// Writes the journal, so that it is on the medium when this returns. From here on the next run would finish what
    /// it says.
    pub(super) fn write_journal(&self, text: &str) -> io::Result<()> {
        let path = self.path.join(JOURNAL);
        let file = self.disk.create(&path)?;
        self.disk.write(&file, text.as_bytes())?;
        self.disk.sync(&path)?;
        self.disk.sync(&self.path)?;
        self.has_journal.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// The journal that a dead run left.
    pub(super) fn journal(&self) -> io::Result<Option<String>> {
        match fs::read(self.path.join(JOURNAL)) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes the journal (what it says is done, or was never begun) and all that is still staged.
    pub(super) fn remove_journal(&self) -> io::Result<()> {
        self.disk.remove_file(&self.path.join(JOURNAL))?;
        self.has_journal.store(false, Ordering::SeqCst);
        self.sweep()
    }

    /// Removes what is staged, unless a journal says that it is still needed.
    fn sweep(&self) -> io::Result<()> {
        if self.has_journal.load(Ordering::SeqCst) {
            return Ok(());
        }
        // A journal that could not be finished goes first: no run may find it without the files that it names.
        match fs::symlink_metadata(self.path.join(JOURNAL)) {
            Ok(_) => self.disk.remove_file(&self.path.join(JOURNAL))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.parse::<u64>().is_ok()) {
                self.disk.remove_file(&entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run; there is nobody to tell.
        if self.has_journal.load(Ordering::SeqCst) || self.sweep().is_err() {
            return;
        }
        let _ = self.disk.remove_file(&self.path.join(LOCK));
        remove_empty(self.disk, &self.path);
        self.made.iter().rev().for_each(|above| remove_empty(self.disk, above));
    }
}

/// Removes a folder if it is empty, and leaves it otherwise.
fn remove_empty(disk: Disk, folder: &Path) {
    let _ = disk.remove_dir(folder);
}
