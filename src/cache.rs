//! A name → bytes that an earlier run left in `.guidepost/`; never needed, and never believed if anything is odd.
//!
//! A saved file is its bytes and a seal: a hash of name, program and bytes, the bytes' length, and a mark. Whatever
//! does not have its own seal (another program's, a renamed, truncated or damaged file) is as good as missing.

use crate::hash::{Digest, Hash};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The folder's name in the project.
pub const FOLDER: &str = ".guidepost";

/// Increased when the meaning of saved bytes changes in a way that the program's own sources do not tell.
const FORMAT: &str = "1";

/// The last bytes of every file that we save.
const MARK: &[u8; 16] = b"guidepost cache\n";

/// Length of a seal: hash, length, mark.
const SEAL: usize = 16 + 8 + MARK.len();

/// How much (in bytes) is hashed and written at once.
const PIECE: usize = 256 << 10;

/// What `.gitignore` says in the folder: everything in it is ours, and nobody else's.
const IGNORE: &[u8] = b"*\n";

/// Writes to a file, and hashes what it writes.
struct Hashing<'f> {
    file: &'f File,
    hasher: Digest,
    length: usize,
}

impl Hashing<'_> {
    fn new(file: &File) -> Hashing<'_> {
        Hashing { file, hasher: Digest::default(), length: 0 }
    }

    fn finish(self) -> (Hash, usize) {
        (self.hasher.finish(), self.length)
    }
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.length += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The cache folder of one project, or the reason for having none.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Result<PathBuf, String>,
}

impl Cache {
    /// The cache of the project in `root`. A project that cannot be written to has none; see `off`.
    pub fn open(root: &Path) -> Cache {
        let folder = root.join(FOLDER);
        let made = || -> io::Result<()> {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let ignore = folder.join(".gitignore");
            if !ignore.exists() {
                fs::write(&ignore, IGNORE)?;
            }
            // Neither of the two needs to have been written just now; only a new file tells.
            let probe = folder.join("writable");
            replace(&probe, &|mut file| file.write_all(b"\n"))?;
            match fs::remove_file(&probe) {
                // Another program, which asked the same, has removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            }
        };
        let folder = match made() {
            Ok(()) => Ok(folder),
            Err(error) => Err(format!("nothing can be kept in {}: {error}", folder.display())),
        };
        Cache { folder }
    }

    /// Why nothing is kept from run to run, if so.
    pub fn off(&self) -> Option<&str> {
        self.folder.as_ref().err().map(String::as_str)
    }

    /// Where the file `name` lies, its folders made; `None` if nothing can be kept.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.as_ref().ok()?.join(name);
        fs::create_dir_all(path.parent()?).ok()?;
        Some(path)
    }

    /// The bytes saved under `name` (parts joined by `/`), or why there are none. The caller then starts with nothing.
    pub fn load(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.folder.as_ref().map_err(Clone::clone)?.join(name);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err("nothing is kept yet".to_owned()),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        let Some(length) = bytes.len().checked_sub(SEAL) else {
            return Err(format!("{} is cut off", path.display()));
        };
        let found = bytes.split_off(length);
        if found[24..] != *MARK {
            return Err(format!("{} is damaged", path.display()));
        }
        if found != seal(name, Hash::of(&bytes), bytes.len()) {
            return Err(format!("{} is damaged, or another version of Guidepost wrote it", path.display()));
        }
        Ok(bytes)
    }

    /// Saves `bytes` under `name`: at every moment, and for every reader, the old bytes or the new.
    ///
    /// What goes wrong is told as text, since a full disk or a read-only folder costs time only.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.save_pieces(name, &[bytes])
    }

    /// Saves under `name` these `pieces`, one behind the other, as `save` does.
    pub fn save_pieces(&self, name: &str, pieces: &[impl AsRef<[u8]>]) -> Result<(), String> {
        self.folder.as_ref().map_err(Clone::clone)?;
        let path = self.path(name).ok_or_else(|| format!("the folder of {name} cannot be made"))?;
        let sealed = |file: &File| {
            let mut writer = BufWriter::with_capacity(PIECE, Hashing::new(file));
            pieces.iter().try_for_each(|piece| writer.write_all(piece.as_ref()))?;
            let hashing = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            let (hash, length) = hashing.finish();
            (&mut &*file).write_all(&seal(name, hash, length))
        };
        replace(&path, &sealed).map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }

    /// Removes what killed programs were about to save into the folder of `name`, as far as nobody is writing it.
    ///
    /// It harms nothing, but what is saved only now and then would let it lie for long.
    pub fn sweep(&self, name: &str) {
        let Ok(path) = self.folder.as_ref().map(|folder| folder.join(name)) else { return };
        for entry in path.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
            if is_temporary(&entry.file_name().to_string_lossy())
                && let Ok(file) = File::options().write(true).open(entry.path())
                && file.try_lock().is_ok()
                && is_at(&file, &entry.path())
            {
                // The next run will try again.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Whether `replace` gives this name to a file that is not yet whole.
fn is_temporary(name: &str) -> bool {
    let stem = name.strip_suffix(".tmp").and_then(|name| name.rsplit_once('.'));
    stem.is_some_and(|(_, slot)| slot.parse::<u8>().is_ok())
}

/// The end of the file `name` that holds so many bytes of this hash.
fn seal(name: &str, content: Hash, length: usize) -> Vec<u8> {
    let program = concat!(env!("CARGO_PKG_VERSION"), " ", env!("GUIDEPOST_BUILD"));
    let hash = Hash::of_value(&(name, program, FORMAT, content));
    let mut seal = Vec::with_capacity(SEAL);
    seal.extend_from_slice(hash.bytes());
    seal.extend_from_slice(&(length as u64).to_le_bytes());
    seal.extend_from_slice(MARK);
    seal
}

/// Puts a file that `write` fills in the place of `path`.
///
/// It is written beside it under one of a few names and renamed. Each of these names has its writer's lock on it, so
/// that two programs never write one file, and a name left by a killed one is simply taken over.
fn replace(path: &Path, write: &dyn Fn(&File) -> io::Result<()>) -> io::Result<()> {
    for slot in 0..32 {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(format!(".{slot}.tmp"));
        let temporary = PathBuf::from(temporary);
        let file = File::options().write(true).create(true).truncate(false).open(&temporary)?;
        if file.try_lock().is_err() || !is_at(&file, &temporary) {
            continue;
        }
        file.set_len(0)?;
        let done = write(&file).and_then(|()| fs::rename(&temporary, path));
        if done.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&temporary);
        }
        return done;
    }
    Err(io::Error::other("too many programs are writing it"))
}

/// Whether the open `file` is still what `path` names: its former owner may have renamed it before the lock was ours.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    matches!((file.metadata(), fs::symlink_metadata(path)), (Ok(a), Ok(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// Whether the open `file` is still what `path` names: an open file cannot be renamed here.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Removes from the cache folder of `root` every file that bears our mark, and the folders that are then empty.
/// Gives the number of files removed.
pub fn remove(root: &Path) -> io::Result<usize> {
    let folder = root.join(FOLDER);
    let mut removed = 0;
    // A link is not followed: what it leads to is not ours to empty.
    if fs::symlink_metadata(&folder).is_ok_and(|meta| meta.is_dir()) {
        for entry in walkdir::WalkDir::new(&folder).contents_first(true).max_depth(4) {
            let entry = entry.map_err(io::Error::from)?;
            if entry.file_type().is_dir() {
                match fs::remove_dir(entry.path()) {
                    Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            } else if entry.file_type().is_file() && is_ours(entry.path())? {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// Whether we wrote the file `path` of the cache folder.
fn is_ours(path: &Path) -> io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if name == "lock" {
        return Ok(length == 0);
    }
    if name == ".gitignore" {
        return Ok(length == IGNORE.len() as u64 && fs::read(path)? == IGNORE);
    }
    if is_temporary(&name) {
        return Ok(true);
    }
    if length < SEAL as u64 {
        return Ok(false);
    }
    let mut end = [0; MARK.len()];
    file.seek(SeekFrom::End(-(MARK.len() as i64)))?;
    file.read_exact(&mut end)?;
    Ok(end == *MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(root.path());
        (root, cache)
    }

    #[test]
    fn what_is_saved_is_loaded_and_ignored_by_git() {
        let (root, cache) = cache();
        assert_eq!(cache.off(), None);
        assert_eq!(cache.load("a/b").unwrap_err(), "nothing is kept yet");
        cache.save("a/b", b"one").unwrap();
        cache.save("a/b", b"two").unwrap();
        assert_eq!(Cache::open(root.path()).load("a/b").unwrap(), b"two");
        assert_eq!(fs::read(root.path().join(".guidepost/.gitignore")).unwrap(), b"*\n");
        let mut names: Vec<_> =
            fs::read_dir(root.path().join(".guidepost/a")).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn every_damage_is_noticed() {
        let (root, cache) = cache();
        cache.save("ledger", b"some bytes that matter").unwrap();
        cache.save("other", b"some bytes that matter").unwrap();
        let path = root.path().join(".guidepost/ledger");
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            fs::write(&path, &bad).unwrap();
            assert!(cache.load("ledger").is_err(), "byte {at} flipped");
            fs::write(&path, &good[..at]).unwrap();
            assert!(cache.load("ledger").is_err(), "cut at {at}");
        }
        fs::write(&path, vec![0; good.len()]).unwrap();
        assert!(cache.load("ledger").is_err());
        fs::copy(root.path().join(".guidepost/other"), &path).unwrap();
        assert!(cache.load("ledger").is_err(), "two files swapped");
        fs::write(&path, &good).unwrap();
        assert_eq!(cache.load("ledger").unwrap(), b"some bytes that matter");
    }

    #[test]
    fn a_project_that_cannot_be_written_to_has_no_cache() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(FOLDER), "a file where the folder should be").unwrap();
        let cache = Cache::open(root.path());
        assert!(cache.off().is_some());
        assert!(cache.load("a").is_err());
        assert!(cache.save("a", b"x").is_err());
    }

    #[test]
    fn many_writers_never_mix() {
        let (_root, cache) = cache();
        std::thread::scope(|scope| {
            for writer in 0..8u8 {
                let cache = &cache;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let _ = cache.save("one", &vec![writer; 10_000]);
                        let bytes = cache.load("one").unwrap();
                        assert!(bytes.len() == 10_000 && bytes.iter().all(|&byte| byte == bytes[0]));
                    }
                });
            }
        });
    }

    #[test]
    fn only_what_is_ours_is_removed() {
        let (root, cache) = cache();
        cache.save("outputs/abc/record", b"x").unwrap();
        cache.save("outlines", b"x").unwrap();
        fs::write(cache.path("outputs/abc/lock").unwrap(), "").unwrap();
        fs::write(cache.path("outlines.3.tmp").unwrap(), "half").unwrap();
        fs::write(root.path().join(".guidepost/mine.txt"), "a file that somebody put here").unwrap();
        assert_eq!(remove(root.path()).unwrap(), 5);
        assert!(root.path().join(".guidepost/mine.txt").exists());
        fs::remove_file(root.path().join(".guidepost/mine.txt")).unwrap();
        remove(root.path()).unwrap();
        assert!(!root.path().join(".guidepost").exists());
    }
}
