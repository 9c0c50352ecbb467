//! Sources and the files that may have changed since → the sources as they are now; opens no other file unless the set
//! of files is another one, and believes the disk, never the word that something changed.

use super::names::{skip_file, skip_folder};
use super::{File, Origin, SETTINGS, Sources, take};
use crate::path::SitePath;
use std::fs;
use std::sync::{Arc, OnceLock};

/// What a name that was heard of means for the files that we know.
enum Meaning {
    /// Nothing that could be part of the site.
    Nothing,
    /// The file with this index may have other bytes.
    Bytes(usize),
    /// Files came or went.
    Names,
}

impl Sources {
    /// The sources as they are on disk, if nothing but what is at or below the paths `heard` can have changed.
    ///
    /// `now` is a moment before this call. Fails only if the project's folder cannot be read.
    pub fn refreshed(&self, heard: &[SitePath], now: jiff::Timestamp) -> anyhow::Result<Sources> {
        let mut indexes = Vec::new();
        for path in heard {
            match self.meaning(path) {
                Meaning::Nothing => {}
                Meaning::Bytes(index) => indexes.push(index),
                Meaning::Names => return self.reread(now),
            }
        }
        let mut files = self.files.clone();
        let mut notes = self.notes.clone();
        let known = super::Known::empty();
        for index in indexes {
            let old = &self.files[index];
            let (Some(new), note) = take(&self.root, old.path.clone(), old.role, &known) else {
                return self.reread(now);
            };
            notes.retain(|note| note.place.path != old.path);
            notes.extend(note);
            files[index] = new;
        }
        notes.sort();
        Ok(Sources {
            root: self.root.clone(),
            files,
            theme: self.theme.clone(),
            skipped: self.skipped.clone(),
            notes,
            taken: now,
            torn: OnceLock::new(),
        })
    }

    /// The sources as they are on disk. Files whose stamp says that they are the same are not opened.
    pub fn reread(&self, now: jiff::Timestamp) -> anyhow::Result<Sources> {
        let mut new = Sources::read(&self.root, &self.known(), now)?;
        for file in &mut new.files {
            if let Some(old) = self.get(file.path.as_str()).filter(|old| old.is_same(file)) {
                file.held = Arc::clone(&old.held);
            }
        }
        Ok(new)
    }

    /// Whether what the file system says of the file `path` is still what it said when it was read.
    pub fn is_current(&self, path: &str) -> bool {
        self.get(path).is_none_or(|file| {
            file.origin == Origin::Theme
                || fs::metadata(self.root.join(path))
                    .is_ok_and(|meta| meta.len() == file.size && super::Stamp::of(&meta) == file.stamp)
        })
    }

    fn meaning(&self, path: &SitePath) -> Meaning {
        let text = path.as_str();
        let inside =
            ["content", "static", "templates"].iter().any(|folder| text == *folder || path.below(folder).is_some());
        if !inside && text != SETTINGS {
            return Meaning::Nothing;
        }
        let disk = fs::symlink_metadata(self.root.join(text));
        if let Ok(index) = self.files.binary_search_by(|file| file.path.as_str().cmp(text))
            && self.files[index].origin == Origin::Site
        {
            // A link may lead elsewhere now, which only a new walk can judge.
            return if disk.is_ok_and(|meta| meta.is_file()) { Meaning::Bytes(index) } else { Meaning::Names };
        }
        let is_known_folder = self
            .files
            .get(self.files.partition_point(|file| file.path.as_str() < text))
            .is_some_and(|file| file.origin == Origin::Site && file.path.below(text).is_some());
        match disk {
            _ if is_known_folder => Meaning::Names,
            Ok(meta) if is_passed_over(path, meta.is_dir()) => Meaning::Nothing,
            Ok(_) => Meaning::Names,
            Err(_) => Meaning::Nothing,
        }
    }
}

impl File {
    fn is_same(&self, other: &File) -> bool {
        (self.hash, self.size, self.stamp, self.role) == (other.hash, other.size, other.stamp, other.role)
    }
}

/// Whether a name keeps what is there from ever being published.
fn is_passed_over(path: &SitePath, is_folder: bool) -> bool {
    let mut folders: Vec<&str> = path.as_str().split('/').collect();
    let last = folders.pop().unwrap_or_default();
    let skip = |name: &str| name != ".well-known" && skip_folder(name).is_some();
    folders.into_iter().any(skip) || if is_folder { skip(last) } else { skip_file(last).is_some() }
}
