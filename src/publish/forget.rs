//! What publishing keeps in the cache → gone; nothing on any target is touched, and nothing that is not ours.

use super::git;
use super::sftp;
use crate::cache;
use crate::output::{self, Refused};
use anyhow::Context;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Removes builds, journals and repositories that publishing keeps in the cache of the project in `root`.
///
/// # Errors
/// The machine's. Another run that is publishing is [`Refused::Locked`].
pub fn forget(root: &Path, home: Option<&Path>) -> anyhow::Result<Result<(), Refused>> {
    let folder = root.join(cache::FOLDER).join("publish");
    // A link is not followed: what it leads to is not ours.
    if !fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
        return Ok(Ok(()));
    }
    let unread = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(&folder).with_context(unread)? {
        let entry = entry.with_context(unread)?;
        let target = entry.path();
        if !entry.file_type().with_context(unread)?.is_dir() {
            continue;
        }
        if target.join("site").exists()
            && let Err(refused) = output::remove_from(root, &target.join("site"), home)?
        {
            return Ok(Err(refused));
        }
        for file in ["journal", "journal.new", "extras/.nojekyll", "extras/CNAME"] {
            match fs::remove_file(target.join(file)) {
                Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Err(error).with_context(|| format!("cannot remove {}", target.join(file).display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        git::forget(&target.join("git")).with_context(|| format!("cannot remove {}", target.join("git").display()))?;
        sftp::forget(&target);
        for folder in ["extras", "site", ""] {
            // One with something in it stays.
            let _ = fs::remove_dir(target.join(folder));
        }
    }
    let _ = fs::remove_dir(&folder);
    Ok(Ok(()))
}
