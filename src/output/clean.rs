//! An output folder and its cache → gone, as far as they are ours; never a folder with all that is in it.

use super::{Manifest, Output, Refused, Wait, journal, manifest, open_on};
use crate::cache;
use crate::output::disk::Disk;
use anyhow::Context;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What `clean` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The output folder.
    pub folder: PathBuf,
    /// How many files were removed from it.
    pub removed: usize,
    /// Whether it still holds something, which is not ours.
    pub has_others: bool,
}

/// Removes the files that the manifest of `out` names, the folders that this leaves empty, and then the cache of the
/// project in `root`. Takes the same folders as `open`, and does not wait for another run.
///
/// # Errors
/// The machine's; cleaning again goes on where it stopped.
pub fn clean(root: &Path, out: &Path, home: Option<&Path>) -> anyhow::Result<Result<Cleaned, Refused>> {
    let cleaned = remove_from(root, out, home)?;
    if cleaned.is_ok() {
        cache::remove(root).context("cannot remove the cache folder")?;
    }
    Ok(cleaned)
}

/// The same, but for the cache, which stays.
///
/// # Errors
/// The machine's.
pub fn remove_from(root: &Path, out: &Path, home: Option<&Path>) -> anyhow::Result<Result<Cleaned, Refused>> {
    let disk = Disk { faults: None };
    let output = match open_on(root, out, home, Wait::No, disk)? {
        Ok(output) => output,
        Err(refused) => return Ok(Err(refused)),
    };
    let cleaned = output.remove_all()?;
    drop(output);
    // An empty folder may be where a disk is mounted: then it stays.
    let _ = disk.remove_dir(&cleaned.folder);
    Ok(Ok(cleaned))
}

impl Output {
    fn remove_all(&self) -> anyhow::Result<Cleaned> {
        let names: Vec<Box<str>> = self.manifest.entries().iter().map(|(name, _)| name.clone()).collect();
        journal::remove(&self.folder, self.disk, &names)?;
        let has_others = match fs::read_dir(&self.folder) {
            Ok(mut entries) => entries.any(|entry| {
                entry
                    .is_ok_and(|entry| entry.file_name() != super::stage::FOLDER && entry.file_name() != manifest::NAME)
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.folder.display())),
        };
        // Last, for until then it says what is ours. Beside files of others an empty one stays: without it the folder
        // would be refused from now on, as somebody else's.
        let path = self.folder.join(manifest::NAME);
        if has_others && !names.is_empty() {
            let stage = self.stage()?;
            let staged = stage.write(Manifest::default().text().as_bytes()).map(|staged| stage.slot(staged.slot));
            let moved = staged.and_then(|staged| self.disk.rename(&staged, &path));
            moved.with_context(|| format!("cannot write {}", path.display()))?;
        } else if self.is_ours && !has_others {
            self.disk.remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(Cleaned { folder: self.folder.clone(), removed: names.len(), has_others })
    }
}
