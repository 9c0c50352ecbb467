//! A branch → the same with the release before the present one; what others put there stays as it is now.

use super::{Git, NO_BLOB, TIP};
use crate::config::publish::History;
use crate::publish::objects::Fault;
use crate::publish::state;
use crate::publish::whole::RolledBack;
use std::collections::BTreeMap;

/// How many commits are looked at, in steps; 0 stands for all.
const DEPTHS: [u32; 4] = [2, 20, 200, 0];

/// Publishes the release before the present one as a new commit.
pub(super) fn roll_back(git: &Git, when: i64) -> Result<RolledBack, Fault> {
    let Some(tip) = git.fetch()? else { return Ok(RolledBack::NoEarlier) };
    let Some(present) = git.ours(&tip)? else { return Ok(RolledBack::NoEarlier) };
    let Some(earlier) = earlier(git, &tip, &present.release().to_string())? else { return Ok(RolledBack::NoEarlier) };
    let Some(past) = git.ours(&earlier)? else { return Ok(RolledBack::NoEarlier) };
    let blobs = blobs(git, &earlier)?;
    let names = git.names(&tip)?;
    let mut entries = Vec::new();
    for key in present.files.keys() {
        git.entry(&mut entries, NO_BLOB, key);
    }
    for key in past.files.keys().map(String::as_str).chain([state::KEY]) {
        if key != state::KEY && !present.files.contains_key(key) && names.contains(key) {
            return Err(Fault::Occupied(key.to_owned()));
        }
        // Somebody may have deleted it from the branch, then as now.
        if let Some(blob) = blobs.get(key) {
            git.entry(&mut entries, blob, key);
        }
    }
    let tree = git.tree(Some(&tip), &entries)?;
    let release = past.release().to_string();
    let message = format!("Roll back\n\nGuidepost-Release: {release}\n");
    let commit = git.commit(&tree, Some(&tip), &message, when)?;
    git.push(Some(&tip), &commit)?;
    Ok(RolledBack::To(release))
}

/// The last commit before `tip` that holds another release of ours.
fn earlier(git: &Git, tip: &str, present: &str) -> Result<Option<String>, Fault> {
    if git.settings.history == History::Squash {
        let kept = "refs/guidepost/backup";
        let listed = git.repository.line(&["ls-remote", super::REMOTE, &git.backup()], b"")?;
        if listed.is_empty() {
            return Ok(None);
        }
        git.fetch_deep(&git.backup(), kept, "--depth=1")?;
        return git.repository.line(&["rev-parse", "--verify", kept], b"").map(Some);
    }
    let branch = format!("refs/heads/{}", git.settings.branch);
    for depth in DEPTHS {
        let depth = if depth == 0 { "--unshallow".to_owned() } else { format!("--depth={depth}") };
        match git.fetch_deep(&branch, TIP, &depth) {
            // All of it is here already.
            Err(Fault::Fatal { why, .. }) if why.contains("--unshallow on a complete repository") => {}
            fetched => fetched?,
        }
        let commits = git.repository.line(&["rev-list", "--first-parent", tip], b"")?;
        for commit in commits.lines().skip(1) {
            let Some(state) = git.ours(commit)? else { continue };
            if state.release().to_string() != present {
                return Ok(Some(commit.to_owned()));
            }
        }
    }
    Ok(None)
}

/// The blobs of a commit, by key.
fn blobs(git: &Git, commit: &str) -> Result<BTreeMap<String, String>, Fault> {
    let listed = git.repository.run(&["ls-tree", "-r", "-z", "--full-tree", commit], b"")?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let entry = |line: &str| {
        let (meta, name) = line.split_once('\t')?;
        let key = name.strip_prefix(&git.settings.prefix)?;
        Some((key.to_owned(), meta.split(' ').nth(2)?.to_owned()))
    };
    Ok(listed.split('\0').filter_map(entry).collect())
}
