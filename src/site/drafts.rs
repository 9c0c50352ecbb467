//! Outlines → the pages that are not published yet, and why; never a page that is asked for with `--drafts`.

use crate::content::Outline;
use crate::path::SitePath;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Why a page is not published yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It says so.
    Draft,
    /// The `index.md` of a folder around it says so of the whole section.
    Section,
}

impl Hidden {
    /// In a few words, behind "because".
    pub fn reason(self) -> &'static str {
        match self {
            Hidden::Draft => "draft",
            Hidden::Section => "its section is a draft",
        }
    }
}

/// The pages that are not published yet. The home page speaks for itself alone.
pub fn hidden(outlines: &[(SitePath, Arc<Outline>)]) -> Vec<(SitePath, Hidden)> {
    let drafts: HashSet<&SitePath> =
        outlines.iter().filter(|(_, outline)| outline.front.draft).map(|(path, _)| path).collect();
    if drafts.is_empty() {
        return Vec::new();
    }
    let sections: HashSet<&str> = drafts.iter().filter(|path| is_section(path)).map(|path| path.parent()).collect();
    let why = |path: &SitePath| match drafts.contains(path) {
        true => Some(Hidden::Draft),
        false => folders(path).any(|folder| sections.contains(folder)).then_some(Hidden::Section),
    };
    outlines.iter().filter_map(|(path, _)| Some((path.clone(), why(path)?))).collect()
}

/// Whether the file `path` lies in a section that is not published yet.
pub(super) fn is_in_draft(path: &SitePath, drafts: &HashMap<SitePath, Hidden>) -> bool {
    !drafts.is_empty()
        && folders(path)
            .filter(|folder| folder.contains('/'))
            .any(|folder| drafts.get(&*[folder, "/index.md"].concat()).is_some_and(|why| *why == Hidden::Draft))
}

fn is_section(path: &SitePath) -> bool {
    path.file_name() == "index.md" && path.parent().contains('/')
}

/// The folders around a file, the nearest first.
fn folders(path: &SitePath) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path.parent()), |folder| Some(folder.rsplit_once('/')?.0))
}
