//! A folder's name → a small site in it to start from; never over anything that is there.

pub mod ci;

use crate::day::Day;
use anyhow::Context;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The files of a new site: where each goes, and its text.
const FILES: [(&str, &str); 8] = [
    ("site.yaml", include_str!("starter/site.yaml")),
    (".gitignore", include_str!("starter/gitignore")),
    ("content/index.md", include_str!("starter/content/index.md")),
    ("content/questions.md", include_str!("starter/content/questions.md")),
    ("content/guides/index.md", include_str!("starter/content/guides/index.md")),
    ("content/guides/change-email.md", include_str!("starter/content/guides/change-email.md")),
    ("content/guides/close-account.md", include_str!("starter/content/guides/close-account.md")),
    ("content/_snippets/contact.md", include_str!("starter/content/_snippets/contact.md")),
];

/// The day that stands in the texts of a new site for the day on which it is made.
const DAY: &str = "2026-01-01";

/// What may lie in a folder that counts as empty: a new repository, and what desktops leave behind.
const NOTHING: [&str; 4] = [".git", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scaffolded {
    /// The files that were made, relative to the folder.
    Made(Vec<&'static str>),
    /// Nothing was made, for this is a file and no folder.
    IsFile(PathBuf),
    /// Nothing was made, for there is something in the folder: this, for one.
    Holds(OsString),
}

/// Makes a small site in `folder`, which is made too if it is not there. `today` is the day of its guides.
///
/// # Errors
/// The machine's, and a file that somebody else makes at the same moment.
pub fn scaffold(folder: &Path, today: Day) -> anyhow::Result<Scaffolded> {
    if let Some(file) = folder.ancestors().find(|path| path.exists()).filter(|path| !path.is_dir()) {
        return Ok(Scaffolded::IsFile(file.to_owned()));
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut names = (|| fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>())()
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    names.retain(|name| !NOTHING.iter().any(|nothing| name == nothing));
    names.sort();
    if let Some(name) = names.into_iter().next() {
        return Ok(Scaffolded::Holds(name));
    }
    for (path, text) in FILES {
        let file = folder.join(path);
        write_new(&file, &text.replace(DAY, &today.to_string()))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(Scaffolded::Made(FILES.map(|(path, _)| path).to_vec()))
}

/// Writes a file that is not there yet, and the folders that it needs.
fn write_new(file: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day { year: 2026, month: 11, day: 24 };

    #[test]
    fn a_site_is_made_in_a_folder_that_holds_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("my help/deep");
        let Scaffolded::Made(files) = scaffold(&folder, TODAY).unwrap() else { panic!("the folder is new") };
        assert_eq!(files.len(), FILES.len());
        let guide = fs::read_to_string(folder.join("content/guides/close-account.md")).unwrap();
        assert!(guide.contains("updated: 2026-11-24") && !guide.contains(DAY));
        let again = scaffold(&folder, TODAY).unwrap();
        assert_eq!(again, Scaffolded::Holds(".gitignore".into()));
    }

    #[test]
    fn a_new_repository_is_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        assert!(matches!(scaffold(folder.path(), TODAY).unwrap(), Scaffolded::Made(_)));
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("help");
        fs::write(&file, "mine").unwrap();
        assert_eq!(scaffold(&file, TODAY).unwrap(), Scaffolded::IsFile(file.clone()));
        assert_eq!(scaffold(&file.join("site"), TODAY).unwrap(), Scaffolded::IsFile(file.clone()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}
