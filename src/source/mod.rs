//! A project's folder → `Sources`: its files and their bytes; never writes, and never reads outside the project.

mod known;
mod names;
mod refresh;
mod text;
mod theme;
mod walk;

pub use known::{Known, Stamp};
pub use names::Skip;
pub use walk::almost_settings;

use crate::diag::{Code, Diagnostic};
use crate::hash::Hash;
use crate::path::SitePath;
use anyhow::Context;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The file that makes a folder a project.
pub const SETTINGS: &str = "site.yaml";

/// Text files above this size (in bytes) are refused: no guide is that long, and spans stay small.
const MOST_TEXT: u64 = 16 << 20;

/// Files that are only published as they are stay in memory up to this size (in bytes) when their bytes are asked for.
const MOST_KEPT: u64 = 1 << 20;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `site.yaml`.
    Settings,
    /// A Markdown file of `content/` that becomes a page.
    Page,
    /// A Markdown file below a `_name` of `content/`, which pages may include.
    Snippet,
    /// Any other file of `content/`, published beside its page.
    Asset,
    /// A file of `templates/`.
    Template,
    /// A file of `static/`.
    Static,
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// It lies in the project.
    Site,
    /// It lies in the program.
    Theme,
}

/// One file: what is known of it without its bytes. Clones share what is in memory of it.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the project's root.
    pub path: SitePath,
    /// What it is for.
    pub role: Role,
    /// Whose it is.
    pub origin: Origin,
    /// The fingerprint of its bytes.
    pub hash: Hash,
    /// Its length in bytes.
    pub size: u64,
    /// What the file system said of it; all zero for the theme's.
    pub stamp: Stamp,
    held: Arc<Held>,
}

/// What is in memory of a file.
#[derive(Debug, Default)]
struct Held {
    /// What stays there.
    kept: OnceLock<Kept>,
    /// A text of `content/`, until it is forgotten.
    passing: Mutex<Option<Arc<str>>>,
}

/// The bytes of a file.
#[derive(Debug)]
enum Kept {
    Text(Box<str>),
    Bytes(Box<[u8]>),
    /// Too large, gone, or no longer the file that was hashed.
    Nothing,
}

impl Kept {
    fn of(bytes: Vec<u8>) -> Kept {
        match String::from_utf8(bytes) {
            Ok(text) => Kept::Text(text.into()),
            Err(error) => Kept::Bytes(error.into_bytes().into()),
        }
    }
}

/// The files of a project over those of the theme, as they were at one moment.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    files: Vec<File>,
    theme: BTreeMap<SitePath, &'static [u8]>,
    skipped: Vec<(SitePath, Skip)>,
    notes: Vec<Diagnostic>,
    taken: jiff::Timestamp,
    torn: OnceLock<SitePath>,
}

impl Sources {
    /// Reads the project in the folder `root`; `now` is a moment before this call, and `known` what an earlier run
    /// knew of these files.
    ///
    /// A file that can be told by `known` to be unchanged is not opened. Fails only if `root` itself cannot be read;
    /// trouble with a single file is one of the `notes`.
    pub fn read(root: &Path, known: &Known, now: jiff::Timestamp) -> anyhow::Result<Sources> {
        let root = fs::canonicalize(root).with_context(|| format!("cannot read the folder {}", root.display()))?;
        let walk::Found { files: found, mut skipped, mut notes } = walk::walk(&root);
        let read: Vec<(Option<File>, Option<Diagnostic>)> =
            found.into_par_iter().map(|(path, role)| take(&root, path, role, known)).collect();

        let mut files = Vec::with_capacity(read.len());
        for (file, note) in read {
            files.extend(file);
            notes.extend(note);
        }
        files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let theme: BTreeMap<SitePath, &'static [u8]> = theme::files().collect();
        let is_own = |path: &SitePath| files.binary_search_by(|file| file.path.cmp(path)).is_ok();
        let not_own: Vec<File> = theme.iter().filter(|(path, _)| !is_own(path)).map(of_theme).collect();
        files.extend(not_own);
        // Two sorted runs, which is what this sort is made for.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        skipped.sort();
        notes.sort();
        Ok(Sources { root, files, theme, skipped, notes, taken: now, torn: OnceLock::new() })
    }

    /// The project's folder, absolute and without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, sorted by the bytes of its path. A file of the site stands in place of the theme's of its path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The file `path`.
    pub fn get(&self, path: &str) -> Option<&File> {
        let index = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        Some(&self.files[index])
    }

    /// The text of the file `path`, byte order mark included.
    ///
    /// `None` if there is no such file, if it is not text (then `notes` say so, where it matters), or if it changed
    /// since it was hashed (then `torn` says so).
    pub fn text(&self, path: &str) -> Option<&str> {
        let file = self.get(path)?;
        if !text::may_be_text(file) || file.size > MOST_TEXT {
            return None;
        }
        match self.kept(file) {
            Kept::Text(text) => Some(text),
            Kept::Bytes(_) | Kept::Nothing => None,
        }
    }

    /// What `text` gives of a text of `content/`, but in memory only until it is forgotten; then it is read once more.
    pub fn passing(&self, path: &str) -> Option<Arc<str>> {
        let file = self.get(path)?;
        if file.size > MOST_TEXT {
            return None;
        }
        let mut passing = file.held.passing();
        if passing.is_none() {
            *passing = match file.held.kept.get() {
                Some(Kept::Text(text)) => Some((&**text).into()),
                Some(_) => None,
                None => match self.again(file) {
                    Kept::Text(text) => Some(text.into()),
                    Kept::Bytes(_) | Kept::Nothing => None,
                },
            };
        }
        passing.clone()
    }

    /// Lets go of a text of `content/` that was passing.
    pub fn forget(&self, path: &str) {
        if let Some(file) = self.get(path) {
            *file.held.passing() = None;
        }
    }

    /// The bytes of the file `path`; they stay in memory, so `None` for an asset above 1 MB, as for what `text` says.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        let file = self.get(path)?;
        if file.size > if text::may_be_text(file) { MOST_TEXT } else { MOST_KEPT } {
            return None;
        }
        match self.kept(file) {
            Kept::Text(text) => Some(text.as_bytes()),
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Nothing => None,
        }
    }

    /// At most the first `most` bytes of the file `path`, however large it is; nothing stays in memory.
    pub fn head(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        let file = self.get(path)?;
        if let Some(bytes) = file.held.kept.get() {
            return match bytes {
                Kept::Text(text) => Some(text.as_bytes()[..text.len().min(most)].to_vec()),
                Kept::Bytes(bytes) => Some(bytes[..bytes.len().min(most)].to_vec()),
                Kept::Nothing => None,
            };
        }
        let read = || -> io::Result<Option<Vec<u8>>> {
            let open = fs::File::open(self.root.join(path))?;
            let mut head = Vec::new();
            (&open).take(most as u64).read_to_end(&mut head)?;
            let meta = open.metadata()?;
            Ok((Stamp::of(&meta) == file.stamp && meta.len() == file.size).then_some(head))
        };
        let head = read().ok().flatten();
        if head.is_none() {
            self.tear(file);
        }
        head
    }

    /// The theme's own text of `path`, even where the site has its own.
    pub fn theme_text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.theme.get(path)?).ok()
    }

    /// The paths of all files of the theme, in order.
    pub fn theme_paths(&self) -> impl Iterator<Item = &str> {
        self.theme.keys().map(SitePath::as_str)
    }

    /// What is not published because of its name, in order; a folder stands for all that is in it.
    pub fn skipped(&self) -> &[(SitePath, Skip)] {
        &self.skipped
    }

    /// What is wrong with the files themselves.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// A file that no longer had, when it was read later, the bytes that were hashed. What was made of these sources
    /// must then be thrown away and the run started again.
    pub fn torn(&self) -> Option<SitePath> {
        self.torn.get().cloned()
    }

    /// What a later run may know of these files without opening them.
    pub fn known(&self) -> Known {
        let doubtful: BTreeSet<&SitePath> = self.notes.iter().map(|note| &note.place.path).collect();
        let own = self.files.iter().filter(|file| file.origin == Origin::Site && !doubtful.contains(&file.path));
        Known::new(self.taken, own.map(|file| (file.path.clone(), file.stamp, file.size, file.hash)).collect())
    }

    fn kept<'a>(&'a self, file: &'a File) -> &'a Kept {
        file.held.kept.get_or_init(|| match &*file.held.passing() {
            Some(text) => Kept::Text((&**text).into()),
            None => self.again(file),
        })
    }

    /// The file, read once more.
    fn again(&self, file: &File) -> Kept {
        match read(&self.root.join(file.path.as_str()), file.size) {
            Ok(bytes) if Hash::of(&bytes) == file.hash => Kept::of(bytes),
            Ok(_) | Err(_) => {
                self.tear(file);
                Kept::Nothing
            }
        }
    }

    fn tear(&self, file: &File) {
        // The first one is enough: the whole run starts again.
        let _ = self.torn.set(file.path.clone());
    }
}

impl Held {
    fn of(kept: Kept, role: Role) -> Arc<Held> {
        let held = Held::default();
        match (kept, role) {
            (Kept::Text(text), Role::Page | Role::Snippet) => *held.passing() = Some(text.into()),
            (kept, _) => drop(held.kept.set(kept)),
        }
        Arc::new(held)
    }

    fn passing(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.passing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of the file `path`, which most likely are `size`: the file system need not be asked once more.
fn read(path: &Path, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size as usize + 1);
    fs::File::open(path)?.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file of the theme.
fn of_theme((path, bytes): (&SitePath, &&'static [u8])) -> File {
    File {
        path: path.clone(),
        role: if path.below("static").is_some() { Role::Static } else { Role::Template },
        origin: Origin::Theme,
        hash: Hash::of(bytes),
        size: bytes.len() as u64,
        stamp: Stamp::default(),
        held: Held::of(Kept::of(bytes.to_vec()), Role::Template),
    }
}

/// The nearest folder at or above `from` that holds a `site.yaml`.
pub fn find_root(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|folder| folder.join(SETTINGS).is_file()).map(Path::to_path_buf)
}

/// Takes note of one file: its stamp, its hash, and its text if that had to be read for the hash.
fn take(root: &Path, path: SitePath, role: Role, known: &Known) -> (Option<File>, Option<Diagnostic>) {
    let failed = |error: io::Error| {
        let message = format!("`{path}` cannot be read: {error}");
        Diagnostic::new(Code::ReadFailed, &path, 0..0, message).help("check who may read it, or remove it")
    };
    let disk = root.join(path.as_str());
    let meta = match fs::metadata(&disk) {
        Ok(meta) => meta,
        // Gone since the folder was listed: then it is no file of the site.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (None, None),
        Err(error) => return (None, Some(failed(error))),
    };
    if !meta.is_file() {
        let message = format!("`{path}` is neither a file nor a folder");
        let note = Diagnostic::new(Code::ReadFailed, &path, 0..0, message).help("move it out of the project");
        return (None, Some(note));
    }
    let (size, stamp) = (meta.len(), Stamp::of(&meta));
    let file = |hash, kept: Option<Kept>| {
        let held = kept.map_or_else(Arc::default, |kept| Held::of(kept, role));
        Some(File { path: path.clone(), role, origin: Origin::Site, hash, size, stamp, held })
    };
    let must_be_text = text::must_be_text(&path, role);
    if must_be_text && size > MOST_TEXT {
        return (file(Hash::default(), Some(Kept::Nothing)), Some(text::too_large(&path, size, MOST_TEXT)));
    }
    if let Some(hash) = known.hash(&path, stamp, size) {
        return (file(hash, None), None);
    }
    if !must_be_text {
        return match fs::File::open(&disk).and_then(Hash::of_reader) {
            Ok(hash) => (file(hash, None), None),
            Err(error) => (None, Some(failed(error))),
        };
    }
    match read(&disk, size) {
        Ok(bytes) => {
            let hash = Hash::of(&bytes);
            match Kept::of(bytes) {
                Kept::Bytes(bytes) => {
                    let note = text::not_utf8(&path, &bytes);
                    (file(hash, Some(Kept::Bytes(bytes))), Some(note))
                }
                kept => (file(hash, Some(kept)), None),
            }
        }
        Err(error) => (None, Some(failed(error))),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
