//! A project's folder → the paths of its files and what each is for; never opens a file, and never leaves the project.

use super::names::{Skip, skip_file, skip_folder};
use super::{Role, SETTINGS};
use crate::diag::{Code, Diagnostic};
use crate::path::SitePath;
use std::fs;
use std::path::Path;
use walkdir::WalkDir;

/// What there is, in no particular order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<(SitePath, Role)>,
    pub(super) skipped: Vec<(SitePath, Skip)>,
    pub(super) notes: Vec<Diagnostic>,
}

/// Lists the project in `root`, which is absolute and free of links.
pub(super) fn walk(root: &Path) -> Found {
    let mut found = Found::default();
    let settings = root.join(SETTINGS);
    if settings.is_symlink()
        && let Err(stop) = follow(root, &settings)
    {
        found.stop(&SitePath::new(SETTINGS), stop);
    } else if settings.exists() {
        found.files.push((SitePath::new(SETTINGS), Role::Settings));
    }
    for folder in ["content", "static", "templates"] {
        tree(root, folder, &mut found);
    }
    found
}

/// What has almost the name of the settings in `folder`, or their name and is a folder: its name, and whether it is one.
pub fn almost_settings(folder: &Path) -> Option<(&'static str, bool)> {
    if folder.join(SETTINGS).is_dir() {
        return Some((SETTINGS, true));
    }
    let name = ["site.yml", "site.yaml.txt", "Site.yaml"].into_iter().find(|name| folder.join(name).is_file())?;
    Some((name, false))
}

/// Lists one of the project's folders.
fn tree(root: &Path, folder: &str, found: &mut Found) {
    let top = root.join(folder);
    if fs::symlink_metadata(&top).is_err() {
        return;
    }
    let mut entries = WalkDir::new(&top).follow_links(true).into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.notes.extend(unreadable(root, &error));
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        match judge(root, &entry) {
            Verdict::File(path, role) => found.files.push((path, role)),
            Verdict::Descend => {}
            Verdict::Stop(path, stop) => {
                found.stop(&path, stop);
                if is_folder {
                    entries.skip_current_dir();
                }
            }
        }
    }
}

enum Verdict {
    File(SitePath, Role),
    Descend,
    Stop(SitePath, Stop),
}

/// Why a name is not followed.
enum Stop {
    Skip(Skip),
    Note(Code, String, String),
}

impl Found {
    fn stop(&mut self, path: &SitePath, stop: Stop) {
        match stop {
            Stop::Skip(skip) => self.skipped.push((path.clone(), skip)),
            Stop::Note(code, message, help) => {
                self.notes.push(Diagnostic::new(code, path, 0..0, message).help(help));
            }
        }
    }
}

fn judge(root: &Path, entry: &walkdir::DirEntry) -> Verdict {
    let (path, exact) = site_path(root, entry.path());
    let is_folder = entry.file_type().is_dir();
    if !exact {
        let message =
            format!("the name of `{}` is not UTF-8, or has a control character", path.as_str().escape_debug());
        return Verdict::Stop(path, Stop::Note(Code::ReadName, message, "rename it".into()));
    }
    let skip = match (entry.depth(), is_folder) {
        (0, _) => None,
        // The one dot folder that is asked for by name, at the one place where it is.
        (_, true) if matches!(path.as_str(), "content/.well-known" | "static/.well-known") => None,
        (_, true) => skip_folder(path.file_name()),
        (_, false) => skip_file(path.file_name()),
    };
    if let Some(skip) = skip {
        return Verdict::Stop(path, Stop::Skip(skip));
    }
    if entry.path_is_symlink()
        && let Err(stop) = follow(root, entry.path())
    {
        return Verdict::Stop(path, stop);
    }
    if is_folder {
        return Verdict::Descend;
    }
    if entry.depth() == 0 {
        let message = format!("`{path}` is a file; it has to be a folder");
        return Verdict::Stop(
            path,
            Stop::Note(Code::ReadFailed, message, "rename it, and make a folder of that name".into()),
        );
    }
    match role(&path) {
        Some(role) => Verdict::File(path, role),
        None => Verdict::Stop(path, Stop::Skip(Skip::Underscore)),
    }
}

/// What the file `path` is for; `None` for a file below a `_name` that no page can include. (Only in `content/`: hosts
/// read `static/_headers`, and a template that is only ever included is often called `_name`.)
fn role(path: &SitePath) -> Option<Role> {
    if path.below("templates").is_some() {
        return Some(Role::Template);
    }
    let Some(inner) = path.below("content") else { return Some(Role::Static) };
    let private = inner.split('/').any(|part| part.starts_with('_'));
    match (private, path.extension() == "md") {
        (true, true) => Some(Role::Snippet),
        (true, false) => None,
        (false, true) => Some(Role::Page),
        (false, false) => Some(Role::Asset),
    }
}

/// Checks where the symbolic link `link` leads.
fn follow(root: &Path, link: &Path) -> Result<(), Stop> {
    let (path, _) = site_path(root, link);
    let written = fs::read_link(link).map_or_else(|_| String::new(), |target| target.display().to_string());
    let note = |code, what: &str, help: &str| {
        Err(Stop::Note(code, format!("the symbolic link `{path}` {what}: {written}"), help.to_owned()))
    };
    let (target, folder) = match (fs::canonicalize(link), link.parent().map(fs::canonicalize)) {
        (Ok(target), Some(Ok(folder))) => (target, folder),
        _ => return note(Code::ReadFailed, "leads to nothing", "mend it, or remove it"),
    };
    let Ok(inner) = target.strip_prefix(root) else {
        return note(Code::ReadEscapes, "leads out of the project", "copy the file into the project");
    };
    if folder.starts_with(&target) {
        return note(Code::ReadEscapes, "leads in a circle", "remove it");
    }
    // What may not be published by its own name may not be by another either.
    let mut folders: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    let last = folders.pop().unwrap_or_default();
    let well_known = |part: &str| part == ".well-known";
    let skip = folders.iter().filter(|part| !well_known(part)).find_map(|part| skip_folder(part)).or_else(|| {
        match target.is_dir() {
            true if well_known(&last) => None,
            true => skip_folder(&last),
            false => skip_file(&last),
        }
    });
    skip.map_or(Ok(()), |skip| Err(Stop::Skip(skip)))
}

/// What to say of an entry that could not be listed. `None` if it is gone since: then it is no file of the site.
fn unreadable(root: &Path, error: &walkdir::Error) -> Option<Diagnostic> {
    let disk = error.path().unwrap_or(root);
    let (path, _) = site_path(root, disk);
    if error.loop_ancestor().is_some() {
        let message = format!("the symbolic link `{path}` leads in a circle");
        return Some(Diagnostic::new(Code::ReadEscapes, &path, 0..0, message).help("remove it"));
    }
    let meta = fs::symlink_metadata(disk).ok()?;
    if skip_file(path.file_name()).is_some() {
        // An editor's lock is often a link to nothing.
        return None;
    }
    let (code, what) = match error.io_error() {
        Some(io) if meta.is_symlink() && io.kind() == std::io::ErrorKind::NotFound => {
            (Code::ReadFailed, format!("the symbolic link `{path}` leads to nothing"))
        }
        Some(_) if meta.is_symlink() && fs::metadata(disk).is_err() => {
            (Code::ReadEscapes, format!("the symbolic link `{path}` leads in a circle"))
        }
        Some(io) => (Code::ReadFailed, format!("`{path}` cannot be read: {io}")),
        None => (Code::ReadFailed, format!("`{path}` cannot be read")),
    };
    Some(Diagnostic::new(code, &path, 0..0, what).help("check who may read it, mend it, or remove it"))
}

/// The path of `disk` from the project's root, and whether that is its exact name.
fn site_path(root: &Path, disk: &Path) -> (SitePath, bool) {
    let inner = disk.strip_prefix(root).unwrap_or(disk);
    let text = inner.to_string_lossy();
    let path = if cfg!(windows) { SitePath::new(&text.replace('\\', "/")) } else { SitePath::new(&text) };
    (path, inner.to_str().is_some_and(|text| !text.chars().any(char::is_control)))
}
