//! Every change that `output` makes to the disk, one function per system call; nothing else of `output` makes one.
//!
//! That there is one place lets a test fail, or stop, at each of these calls in turn. (Only lock files, which hold
//! nothing, are made in `lock`.)

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails; those after it do not.
    Error,
    /// From here on nothing can be created or written.
    Full,
    /// The process is as good as dead: a write stops in the middle, and no later call does anything.
    Kill,
}

/// Counts the calls, and lets one of them go wrong.
#[derive(Debug)]
pub struct Faults {
    fault: Fault,
    at: usize,
    calls: AtomicUsize,
}

impl Faults {
    /// `fault` at the call number `at`, counted from 0.
    pub fn new(fault: Fault, at: usize) -> Faults {
        Faults { fault, at, calls: AtomicUsize::new(0) }
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// What a call needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Space,
    Nothing,
}

/// The way to the disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk {
    pub(super) faults: Option<&'static Faults>,
}

impl Disk {
    /// Makes a new file, which must not exist.
    pub(super) fn create(self, path: &Path) -> io::Result<File> {
        self.step(Needs::Space)?;
        File::create_new(path)
    }

    /// Appends `bytes`.
    pub(super) fn write(self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step(Needs::Space) {
            // A disk that fills up, or a process that dies, stops in the middle.
            return file.write_all(&bytes[..bytes.len() / 2]).and(Err(error));
        }
        file.write_all(bytes)
    }

    /// Waits until the bytes of the file or the entries of the folder `path` are on the medium.
    pub(super) fn sync(self, path: &Path) -> io::Result<()> {
        self.step(Needs::Nothing)?;
        // Folders cannot be opened everywhere; where they cannot, their entries need no such call.
        if cfg!(not(unix)) && path.is_dir() { Ok(()) } else { File::open(path)?.sync_all() }
    }

    pub(super) fn rename(self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Needs::Nothing)?;
        fs::rename(from, to)
    }

    pub(super) fn remove_file(self, path: &Path) -> io::Result<()> {
        self.step(Needs::Nothing)?;
        fs::remove_file(path)
    }

    pub(super) fn create_dir(self, path: &Path) -> io::Result<()> {
        self.step(Needs::Space)?;
        fs::create_dir(path)
    }

    /// Removes an empty folder.
    pub(super) fn remove_dir(self, path: &Path) -> io::Result<()> {
        self.step(Needs::Nothing)?;
        fs::remove_dir(path)
    }

    fn step(self, needs: Needs) -> io::Result<()> {
        let Some(faults) = self.faults else { return Ok(()) };
        let call = faults.calls.fetch_add(1, Ordering::SeqCst);
        let fails = match faults.fault {
            Fault::Error => call == faults.at,
            Fault::Full => call >= faults.at && needs == Needs::Space,
            Fault::Kill => call >= faults.at,
        };
        if fails { Err(io::Error::other(format!("{:?} at call {call}", faults.fault))) } else { Ok(()) }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
