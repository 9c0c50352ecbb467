//! A folder of this machine as a target: whatever else lies in it stays, and no link in it is followed.

use super::objects::{Fault, Hold, Keeps, Names, Object, Objects, Over, Time, Version};
use super::run::TakeOver;
use crate::hash::Hash;
use crate::output::{self, Refused};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where files are written before they are renamed into place; also the lock. Gone after a run that ended.
const STAGE: &str = ".guidepost-publish";

/// A folder that may lie beside foreign files.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    slots: AtomicU64,
}

/// The folder `path` (from `root`, if it is relative) as a target, or why it is none.
///
/// # Errors
/// The machine's.
pub fn open(root: &Path, path: &Path, home: Option<&Path>) -> anyhow::Result<Result<Folder, Refused>> {
    let path = match output::beside_others(root, path, home)? {
        Ok(path) => path,
        Err(refused) => return Ok(Err(refused)),
    };
    if fs::symlink_metadata(path.join(output::MANIFEST)).is_ok() {
        let message = format!("the folder `{}` is one that `guidepost build` writes into", path.display());
        let help = "name another folder under `path`; `build --out` and `publish` do not share one".to_owned();
        return Ok(Err(Refused::Folder { message, help }));
    }
    Ok(Ok(Folder { path, slots: AtomicU64::new(0) }))
}

impl Objects for Folder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn at_once(&self) -> usize {
        4
    }

    fn keeps(&self) -> Keeps {
        Keeps::Bytes
    }

    fn names(&self) -> Names {
        Names::Tree
    }

    fn hold(&self, _: TakeOver) -> Result<Hold, Fault> {
        let stage = self.path.join(STAGE);
        fs::create_dir_all(&stage).map_err(|error| self.fault("cannot make", STAGE, &error))?;
        let path = stage.join("lock");
        loop {
            let opened = File::options().write(true).create(true).truncate(false).open(&path);
            let file = match opened {
                // Another run ended just now, and took the folder with it.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    fs::create_dir_all(&stage).map_err(|error| self.fault("cannot make", STAGE, &error))?;
                    continue;
                }
                opened => opened.map_err(|error| self.fault("cannot lock", STAGE, &error))?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Hold::Taken(0)),
                // Some network file systems have no locks; then only the state tells of other runs.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(Hold::None),
                Err(TryLockError::Error(error)) => return Err(self.fault("cannot lock", STAGE, &error)),
            }
            // Its owner may have removed the file while we waited; then nobody else will find our lock.
            if crate::cache::is_at(&file, &path) {
                let lock = Lock { stage, _file: file };
                lock.sweep();
                return Ok(Hold::Sure(Box::new(lock)));
            }
        }
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        match fs::read(self.path.join(key)) {
            Ok(bytes) => {
                let version = version(&bytes);
                Ok(Some((bytes, version)))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(self.fault("cannot read", key, &error)),
        }
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        // The lock is held, so that nobody comes between the comparison and the renaming.
        let there = self.read(key)?.map(|(_, version)| version);
        if there.as_ref() != expected {
            return Err(Fault::Conflict);
        }
        self.write(key, &mut &*bytes)?;
        Ok(version(bytes))
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        if let Some(taken) = self.way(&object.key, over)? {
            return Err(Fault::Occupied(taken));
        }
        let mut file = File::open(&object.file).map_err(|error| self.fault("cannot read", &object.key, &error))?;
        self.write(&object.key, &mut file)
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        // Whoever put a link or a folder in the place of a file of ours keeps it.
        if self.way(key, Over::Ours)?.is_some() {
            return Ok(());
        }
        match fs::remove_file(self.path.join(key)) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(self.fault("cannot delete", key, &error)),
        }
        let mut folder = Path::new(key).parent();
        while let Some(inner) = folder.filter(|inner| *inner != Path::new("")) {
            // A folder with something in it stays, and so do those around it.
            if fs::remove_dir(self.path.join(inner)).is_err() {
                break;
            }
            folder = inner.parent();
        }
        Ok(())
    }

    fn occupied(&self, keys: &[&str], _: Time) -> Result<Vec<String>, Fault> {
        let mut taken = Vec::new();
        for key in keys {
            taken.extend(self.way(key, Over::Nothing)?);
        }
        taken.sort();
        taken.dedup();
        Ok(taken)
    }
}

impl Folder {
    /// What keeps a file from being put at `key`: a link or a file in place of a folder, a folder in place of the file,
    /// and, if nothing may be there, anything.
    fn way(&self, key: &str, over: Over) -> Result<Option<String>, Fault> {
        let mut path = self.path.clone();
        let mut inner = String::new();
        let mut parts = key.split('/').peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            inner.push_str(part);
            let kind = match fs::symlink_metadata(&path) {
                Ok(found) => found.file_type(),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(self.fault("cannot look at", &inner, &error)),
            };
            let is_last = parts.peek().is_none();
            let fits = if is_last { kind.is_file() && over == Over::Ours } else { kind.is_dir() };
            if !fits {
                return Ok(Some(inner));
            }
            inner.push('/');
        }
        Ok(None)
    }

    /// Writes a file beside its place and renames it.
    fn write(&self, key: &str, from: &mut dyn io::Read) -> Result<(), Fault> {
        let staged = self.path.join(STAGE).join(self.slots.fetch_add(1, Ordering::Relaxed).to_string());
        let target = self.path.join(key);
        let written = (|| {
            let mut file = File::create(&staged)?;
            io::copy(from, &mut file)?;
            file.flush()?;
            drop(file);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(&staged, &target)
        })();
        written.map_err(|error: io::Error| self.fault("cannot write", key, &error))
    }

    fn fault(&self, what: &str, key: &str, error: &io::Error) -> Fault {
        let why = format!("{what} {}: {error}", self.path.join(key).display());
        match error.kind() {
            ErrorKind::Interrupted | ErrorKind::ResourceBusy | ErrorKind::StaleNetworkFileHandle => Fault::passing(why),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Fault::with_help(why, "make some room on that disk"),
            ErrorKind::PermissionDenied => Fault::with_help(why, "check whose folder that is and who may write to it"),
            _ => Fault::fatal(why),
        }
    }
}

fn version(bytes: &[u8]) -> Version {
    Version(Hash::of(bytes).to_string())
}

/// The lock on a folder, and the stage, which goes with it.
struct Lock {
    stage: PathBuf,
    _file: File,
}

impl Lock {
    /// Removes what a run that was cut off left on the stage: files with a number for a name.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.stage) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.parse::<u64>().is_ok()) {
                // What stays is overwritten.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.sweep();
        // The lock file goes while it is locked: whoever waits for it finds that it is gone, and makes a new one.
        let _ = fs::remove_file(self.stage.join("lock"));
        let _ = fs::remove_dir(&self.stage);
    }
}
