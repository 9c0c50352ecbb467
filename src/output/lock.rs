//! A path → the one lock on it: the operating system's own, which ends with its process; never a note about who runs.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// What to do while another build is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Wait for it to end, however long that takes.
    Yes,
    /// Come back at once.
    No,
}

/// Opens or makes the file `path` and locks it; `None` if another has the lock and `wait` says no.
pub(super) fn acquire(path: &Path, wait: Wait) -> io::Result<Option<File>> {
    loop {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        let locked = match wait {
            Wait::Yes => file.lock(),
            Wait::No => match file.try_lock() {
                Ok(()) => Ok(()),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            },
        };
        match locked {
            // Some network file systems have no locks. Building there alone must be possible.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Some(file)),
            locked => locked?,
        }
        // Its owner may have removed the file while we waited; then the lock is on a file that nobody else will find.
        if crate::cache::is_at(&file, path) {
            return Ok(Some(file));
        }
    }
}
