//! A folder that a user named → whether we may write there; no flag overrules it, and nothing is written to find out.

use super::{manifest, stage};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Why an output folder is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It could harm what is not ours.
    Folder {
        /// What is wrong with it, in one sentence without a full stop.
        message: String,
        /// What to do instead.
        help: String,
    },
    /// Another build is writing into it, and waiting was not wanted.
    Locked,
}

/// The project's folders that hold what a person wrote, or what we keep.
const PRECIOUS: [&str; 6] = ["content", "templates", "static", "src", ".git", ".guidepost"];

/// What makes a folder somebody's work.
const WORK: [&str; 2] = [".git", "Cargo.toml"];

/// What desktops leave in an empty folder.
const DUST: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

const ELSEWHERE: &str = "leave out `--out` to write into `public/`, or name a new or an empty folder";

fn folder(message: String, help: &str) -> Refused {
    Refused::Folder { message, help: help.to_owned() }
}

/// The folder that `out` means (from `root` if it is relative), absolute and without links, whether it exists or not.
pub(super) fn resolve(root: &Path, out: &Path) -> Result<PathBuf, Refused> {
    let mut path = PathBuf::new();
    for part in root.join(out).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop()),
            Component::Prefix(_) | Component::RootDir => path.push(part),
            Component::Normal(name) => {
                path.push(name);
                if fs::symlink_metadata(&path).is_ok() {
                    path = fs::canonicalize(&path).map_err(|_| {
                        let message = format!("`{}` is a link that leads to nothing", path.display());
                        folder(message, "mend the link, or name another folder")
                    })?;
                }
            }
        }
    }
    Ok(path)
}

/// Judges the place of the resolved folder `out`, for a project in `root` and a user at `home` (both without links).
pub(super) fn place(root: &Path, out: &Path, home: Option<&Path>) -> Result<(), Refused> {
    let refuse = |what: String| Err(folder(format!("the output folder `{}` {what}", out.display()), ELSEWHERE));
    if out.parent().is_none() {
        return refuse("is the root of the file system".into());
    }
    if same(out, root) {
        return refuse("is the project itself".into());
    }
    if contains(out, root) {
        return refuse(format!("contains the project `{}`", root.display()));
    }
    if let Some(home) = home {
        if same(out, home) {
            return refuse("is your home folder".into());
        }
        if contains(out, home) {
            return refuse("contains your home folder".into());
        }
    }
    if is_private(root, out) {
        return Ok(());
    }
    for name in PRECIOUS {
        let precious = root.join(name);
        let real = fs::canonicalize(&precious).unwrap_or_else(|_| precious.clone());
        if same(out, &precious) || same(out, &real) {
            return refuse(format!("is the project's `{name}/`"));
        }
        if contains(&precious, out) || contains(&real, out) {
            return refuse(format!("lies inside the project's `{name}/`"));
        }
        if contains(out, &real) {
            return refuse(format!("contains the project's `{name}/`"));
        }
    }
    for part in out.iter() {
        if [".git", crate::cache::FOLDER, stage::FOLDER].iter().any(|name| part.eq_ignore_ascii_case(name)) {
            return refuse(format!("lies inside a `{}` folder", part.display()));
        }
    }
    if let Some(file) = out.ancestors().find(|path| path.exists()).filter(|path| !path.is_dir()) {
        return if file == out {
            refuse("is a file".into())
        } else {
            refuse(format!("cannot be made: `{}` is a file", file.display()))
        };
    }
    Ok(())
}

/// Whether `out` is where a site is built before it is published: `.guidepost/publish/NAME/site`.
fn is_private(root: &Path, out: &Path) -> bool {
    let below = out.strip_prefix(root.join(crate::cache::FOLDER).join("publish")).ok();
    below.is_some_and(|below| below.components().count() == 2 && below.ends_with("site"))
}

/// Judges what is in the folder `out`, and gives its manifest's text if it is ours. An unfinished run must have been
/// finished or swept away before.
pub(super) fn contents(out: &Path) -> io::Result<Result<Option<String>, Refused>> {
    if let Err(refused) = work(out)? {
        return Ok(Err(refused));
    }
    let mut names = names(out)?;
    if names.iter().any(|name| name == manifest::NAME) {
        return match fs::read_to_string(out.join(manifest::NAME)) {
            Ok(text) => Ok(Ok(Some(text))),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Err(damaged(out))),
            Err(error) => Err(error),
        };
    }
    names.retain(|name| name != stage::FOLDER && !DUST.iter().any(|dust| name == dust));
    match names.first() {
        None => Ok(Ok(None)),
        Some(name) => {
            let help = "name a new or an empty folder; if everything in this one may go, empty it yourself";
            let what = format!("is not empty, and Guidepost did not write it: it has `{}` in it", name.display());
            Ok(Err(folder(format!("the output folder `{}` {what}", out.display()), help)))
        }
    }
}

/// Judges whether the folder `out` holds somebody's work: a repository or a crate.
pub(super) fn work(out: &Path) -> io::Result<Result<(), Refused>> {
    let names = names(out)?;
    let refuse = |what: String| Ok(Err(folder(format!("the output folder `{}` {what}", out.display()), ELSEWHERE)));
    for work in WORK {
        if names.iter().any(|name| name.eq_ignore_ascii_case(work)) {
            return refuse(format!("has a `{work}` in it: it is somebody's work"));
        }
        if let Some(name) = names.iter().find(|name| fs::symlink_metadata(out.join(name).join(work)).is_ok()) {
            let inner = name.display();
            return refuse(format!("contains somebody's work: `{inner}/` has a `{work}` in it"));
        }
    }
    Ok(Ok(()))
}

/// The names in a folder, sorted; none if it is not there.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    names.sort();
    Ok(names)
}

/// What to say of a folder whose manifest cannot be believed: it would not tell what is ours.
pub(super) fn damaged(out: &Path) -> Refused {
    let message = format!(
        "the output folder `{}` has a damaged `{}`, which would say which files are Guidepost's",
        out.display(),
        manifest::NAME
    );
    folder(message, "empty the folder yourself, or name another one")
}

/// Whether `outer` is a folder above `inner`.
fn contains(outer: &Path, inner: &Path) -> bool {
    inner.ancestors().skip(1).any(|above| same(outer, above))
}

/// Whether two paths are one folder, be it by name or (through another mount, or on a disk without letter case) in fact.
#[cfg(unix)]
fn same(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    a == b || matches!((fs::metadata(a), fs::metadata(b)), (Ok(a), Ok(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// Whether two paths are one folder. (Paths without links have the letters that the disk has.)
#[cfg(not(unix))]
fn same(a: &Path, b: &Path) -> bool {
    a == b
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
