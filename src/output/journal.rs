//! Staged files → the output folder, in an order that is safe at every step; what was cut off is done again, whole.

use super::disk::Disk;
use super::manifest;
use super::stage::Stage;
use crate::hash::Hash;
use anyhow::Context;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

const HEADER: &str = "guidepost journal 1";

/// The last steps of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Staged files and where they go.
    pub(super) moves: Vec<(u64, Box<str>)>,
    /// Files that stand where one of `late` goes, by their own name or by being, or having, a folder of it.
    pub(super) blocking: Vec<Box<str>>,
    /// Staged files that can only be moved when those are gone.
    pub(super) late: Vec<(u64, Box<str>)>,
    /// Files that the site no longer has.
    pub(super) gone: Vec<Box<str>>,
    /// The staged manifest.
    pub(super) manifest: u64,
}

/// Whether a plan is carried out for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    /// A run that carried it out was cut off somewhere.
    Again,
}

impl Plan {
    /// The journal's text. Its last line makes sure that the others are complete.
    pub(super) fn text(&self) -> String {
        let mut lines = format!("{HEADER}\n");
        let mut line = |word: &str, slot: u64, name: &str| lines.push_str(&format!("{word} {slot} {name}\n"));
        self.moves.iter().for_each(|(slot, name)| line("move", *slot, name));
        self.blocking.iter().for_each(|name| line("blocking", 0, name));
        self.late.iter().for_each(|(slot, name)| line("late", *slot, name));
        self.gone.iter().for_each(|name| line("gone", 0, name));
        line("manifest", self.manifest, manifest::NAME);
        let hash = Hash::of(lines.as_bytes());
        lines + &format!("end {hash}\n")
    }

    /// The plan in `text`; `None` if it is not complete: then none of it was begun.
    pub(super) fn parse(text: &str) -> Option<Plan> {
        let end = text.trim_end_matches('\n').rfind('\n')? + 1;
        let (lines, last) = text.split_at(end);
        if last != format!("end {}\n", Hash::of(lines.as_bytes())) {
            return None;
        }
        let mut plan = Plan::default();
        for line in lines.strip_prefix(HEADER)?.strip_prefix('\n')?.lines() {
            let mut parts = line.splitn(3, ' ');
            let (word, slot, name) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
            if word == "manifest" {
                plan.manifest = slot;
                continue;
            }
            manifest::check(name).ok()?;
            match word {
                "move" => plan.moves.push((slot, name.into())),
                "blocking" => plan.blocking.push(name.into()),
                "late" => plan.late.push((slot, name.into())),
                "gone" => plan.gone.push(name.into()),
                _ => return None,
            }
        }
        Some(plan)
    }

    /// Every name whose file it changes.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let moved = self.moves.iter().chain(&self.late).map(|(_, name)| &**name);
        moved.chain(self.blocking.iter().chain(&self.gone).map(|name| &**name)).collect()
    }
}

/// Makes the folders that the first moves of `plan` need, and gives those that were not there, outermost first; if one
/// cannot be made, those that were are removed again.
pub(super) fn make_folders(folder: &Path, disk: Disk, moves: &[(u64, Box<str>)]) -> anyhow::Result<Vec<String>> {
    let mut wanted = BTreeSet::new();
    for (_, name) in moves {
        let mut above = &**name;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if !wanted.insert(parent) {
                break;
            }
            above = parent;
        }
    }
    let mut made = Vec::new();
    // In the order of their bytes a folder comes before those in it.
    for name in wanted {
        let path = folder.join(name);
        let done = match disk.create_dir(&path) {
            Ok(()) => {
                made.push(name.to_owned());
                Ok(())
            }
            // A link would lead the files that go there out of the output folder.
            Err(_) if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            // The first error is the one to tell; an empty folder does no harm.
            made.iter().rev().for_each(|name| drop(disk.remove_dir(&folder.join(name))));
            return Err(error).with_context(|| format!("cannot make the folder {}", path.display()));
        }
    }
    Ok(made)
}

/// Carries out `plan`: assets, then pages, then what lists them, then what was blocked, deletions, and the manifest.
/// The folders of the first moves have been made.
pub(super) fn perform(folder: &Path, stage: &Stage, disk: Disk, plan: &Plan, turn: Turn) -> anyhow::Result<()> {
    let bring = |(slot, name): &(u64, Box<str>)| bring(folder, stage, disk, *slot, name, turn);
    for rank in [Rank::Asset, Rank::Page, Rank::List] {
        plan.moves.par_iter().filter(|(_, name)| Rank::of(name) == rank).try_for_each(bring)?;
    }
    // All that blocks is removed before the first of `late` moves. So if one has moved, a name in `blocking` may by
    // now be a new file (on a disk without letter case), and must not be removed again.
    if turn == Turn::First || plan.late.iter().all(|(slot, _)| stage.slot(*slot).exists()) {
        remove(folder, disk, &plan.blocking)?;
    }
    make_folders(folder, disk, &plan.late)?;
    for rank in [Rank::Asset, Rank::Page, Rank::List] {
        plan.late.par_iter().filter(|(_, name)| Rank::of(name) == rank).try_for_each(bring)?;
    }
    remove(folder, disk, &plan.gone)?;
    bring(&(plan.manifest, manifest::NAME.into()))
}

/// When a file may appear: after those that it refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Asset,
    Page,
    List,
}

impl Rank {
    fn of(name: &str) -> Rank {
        match name.rsplit_once('.') {
            Some((_, "html" | "md")) => Rank::Page,
            Some((_, "xml")) => Rank::List,
            _ if matches!(name, "robots.txt" | "llms.txt") => Rank::List,
            _ => Rank::Asset,
        }
    }
}

fn bring(folder: &Path, stage: &Stage, disk: Disk, slot: u64, name: &str, turn: Turn) -> anyhow::Result<()> {
    let (from, to) = (stage.slot(slot), folder.join(name));
    match disk.rename(&from, &to) {
        // It was moved before the cut. (If the medium lost it, its stat tells the next build.)
        Err(error) if turn == Turn::Again && error.kind() == io::ErrorKind::NotFound && !from.exists() => Ok(()),
        done => done.with_context(|| format!("cannot write {}", to.display())),
    }
}

/// Removes the files `names`, then the folders that this leaves empty.
pub(super) fn remove(folder: &Path, disk: Disk, names: &[Box<str>]) -> anyhow::Result<()> {
    names.par_iter().filter(|name| is_reached_by_folders(folder, name)).try_for_each(|name| {
        let path = folder.join(&**name);
        match fs::symlink_metadata(&path) {
            // A folder in its place is not what we wrote.
            Ok(meta) if meta.is_dir() => return Ok(()),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
        disk.remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    })?;
    let mut above = BTreeSet::new();
    for name in names {
        let mut inner = &**name;
        while let Some((parent, _)) = inner.rsplit_once('/') {
            above.insert(parent);
            inner = parent;
        }
    }
    for name in above.into_iter().rev() {
        let path = folder.join(name);
        // One look saves the call (and its place in the count) for most folders, which still have files.
        let is_empty = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir())
            && fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
        if is_empty {
            disk.remove_dir(&path).with_context(|| format!("cannot remove the empty folder {}", path.display()))?;
        }
    }
    Ok(())
}

/// Whether the file `name` is reached through real folders only. Behind a link it would be another's.
fn is_reached_by_folders(folder: &Path, name: &str) -> bool {
    name.match_indices('/')
        .all(|(at, _)| fs::symlink_metadata(folder.join(&name[..at])).is_ok_and(|meta| meta.is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_plan_are_one_and_half_a_text_is_none() {
        let plan = Plan {
            moves: vec![(3, "a b/index.html".into())],
            blocking: vec!["c".into()],
            late: vec![(4, "c/x".into())],
            gone: vec!["d/e".into()],
            manifest: 5,
        };
        let text = plan.text();
        assert_eq!(Plan::parse(&text), Some(plan));
        for at in 0..text.len() {
            assert_eq!(Plan::parse(&text[..at]), None, "cut at {at}");
        }
        assert_eq!(Plan::parse(&text.replace("d/e", "../e")), None);
    }
}
