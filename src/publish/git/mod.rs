//! A branch of a repository as a target: each release is a commit, whose parent is what was fetched. Never a change of
//! the author's repository, and never of a file on the branch that is not ours.
//!
//! All is done with git's plumbing in a repository of our own in the cache: a temporary index is filled from the tip,
//! only changed files are hashed and entered, and the tree is committed and pushed with a lease on the tip. So the switch
//! from one release to the next is one step, which either happens or does not; whoever pushed meanwhile wins.

mod back;
mod call;
mod says;
mod way;

pub(super) use call::forget;

use super::credentials::redacted;
use super::objects::{Fault, Version};
use super::plan::What;
use super::state::{self, State};
use super::target::Around;
use super::whole::{Current, Next, RolledBack, Whole};
use crate::config::publish::{Git as Settings, History};
use call::Repository;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The name that the remote has in our repository.
const REMOTE: &str = "guidepost";

/// Where our repository keeps the tip.
const TIP: &str = "refs/guidepost/tip";

/// An entry of a tree that is not there.
const NO_BLOB: &str = "0000000000000000000000000000000000000000";

/// A branch.
pub struct Git {
    settings: Settings,
    repository: Repository,
    address: String,
    tip: Mutex<Option<String>>,
}

/// The branch that the settings name, as a target. Nothing is asked of the remote yet.
///
/// # Errors
/// There is no such remote, or no git.
pub fn open(settings: &Settings, around: Around) -> Result<Git, Fault> {
    let address = address(&settings.remote, around.root)?;
    let repository = Repository::open(around.cache.join("git"), around.root, &address)?;
    Ok(Git { settings: settings.clone(), repository, address: redacted(&address), tip: Mutex::default() })
}

/// The address of the remote: written out, or that of a remote of the repository around `root`.
fn address(remote: &str, root: &Path) -> Result<String, Fault> {
    if remote.contains("://") || Path::new(remote).is_absolute() {
        return Ok(remote.to_owned());
    }
    if remote.starts_with("./") || remote.starts_with("../") {
        return Ok(root.join(remote).display().to_string());
    }
    // The short form of ssh: a host, a colon, a path.
    if remote.contains(':') {
        return Ok(remote.to_owned());
    }
    let found = call::of_author(root, &["remote", "get-url", "--push", "--", remote])?;
    if let Ok(address) = found {
        let address = address.trim_end();
        return Ok(match address.starts_with("./") || address.starts_with("../") {
            true => root.join(address).display().to_string(),
            false => address.to_owned(),
        });
    }
    let why = format!("there is no remote `{remote}` in the repository around {}", root.display());
    let remotes = call::of_author(root, &["remote"])?.unwrap_or_default();
    let help = match remotes.split_whitespace().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") {
        names if names.is_empty() => {
            "write the repository's address under `remote`, such as `git@github.com:you/help.git`".to_owned()
        }
        names => format!("the remotes are {names}; or write an address under `remote`"),
    };
    Err(Fault::with_help(why, help))
}

impl Whole for Git {
    fn place(&self) -> String {
        let Settings { branch, prefix, .. } = &self.settings;
        let folder = if prefix.is_empty() { String::new() } else { format!(", folder {prefix}") };
        format!("{} branch {branch}{folder}", self.address)
    }

    fn extras(&self) -> Vec<(&'static str, Vec<u8>)> {
        // Without it GitHub leaves out names that begin with `_`.
        let mut extras = vec![(".nojekyll", Vec::new())];
        extras.extend(self.settings.cname.iter().map(|name| ("CNAME", format!("{name}\n").into_bytes())));
        extras
    }

    fn read(&self) -> Result<Current, Fault> {
        let tip = self.fetch()?;
        *self.tip.lock().unwrap_or_else(PoisonError::into_inner) = tip.clone();
        let state = match &tip {
            Some(tip) => self.state_at(tip)?,
            None => None,
        };
        Ok(Current { state, version: tip.map(Version) })
    }

    fn occupied(&self, keys: &[&str]) -> Result<Vec<String>, Fault> {
        let tip = self.tip.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(tip) = tip else { return Ok(Vec::new()) };
        let names = self.names(&tip)?;
        let mut taken = Vec::new();
        for key in keys {
            let inside = format!("{key}/");
            let outer = key.match_indices('/').map(|(at, _)| &key[..at]).find(|outer| names.contains(*outer));
            let inner = names.range(inside.clone()..).next().filter(|name| name.starts_with(&inside));
            let own = names.contains(*key).then_some(*key).filter(|key| !self.is_welcome(&tip, key));
            taken.extend(own.or(outer).or(inner.map(|_| *key)).map(str::to_owned));
        }
        taken.dedup();
        Ok(taken)
    }

    fn release(&self, next: &Next) -> Result<(), Fault> {
        let tip = next.expected.map(|version| version.0.as_str());
        let uploads: Vec<_> = next.plan.uploads().collect();
        let mut paths = String::new();
        for change in &uploads {
            let file = next.release.files.get(&change.key).ok_or_else(|| Fault::fatal("it is no file of the site"))?;
            paths.push_str(&format!("{}\n", file.at.display()));
        }
        let blobs = self.repository.line(&["hash-object", "-w", "--no-filters", "--stdin-paths"], paths.as_bytes())?;
        let state = self.repository.line(&["hash-object", "-w", "--no-filters", "--stdin"], &next.state.text())?;
        let mut entries = Vec::new();
        for change in next.plan.of(What::Deleted) {
            self.entry(&mut entries, NO_BLOB, &change.key);
        }
        for (change, blob) in uploads.iter().zip(blobs.lines()) {
            self.entry(&mut entries, blob, &change.key);
        }
        self.entry(&mut entries, &state, state::KEY);
        let tree = self.tree(tip, &entries)?;
        let counts = [What::Added, What::Changed, What::Deleted].map(|what| next.plan.of(what).count());
        let first = self.settings.message.clone().unwrap_or_else(|| format!("Publish {}", next.release.title));
        let message = format!(
            "{first}\n\n{} added, {} changed, {} deleted.\n\nGuidepost-Release: {}\n",
            counts[0], counts[1], counts[2], next.plan.release
        );
        let commit = self.commit(&tree, tip, &message, next.when)?;
        self.push(tip, &commit)
    }

    fn roll_back(&self, when: i64) -> Result<RolledBack, Fault> {
        back::roll_back(self, when)
    }
}

impl Git {
    /// The tip of the branch on the remote, fetched; `None` if there is no such branch.
    fn fetch(&self) -> Result<Option<String>, Fault> {
        let branch = format!("refs/heads/{}", self.settings.branch);
        let listed = self.repository.line(&["ls-remote", REMOTE, &branch], b"")?;
        let found = listed.lines().filter_map(|line| line.split_once('\t')).find(|(_, name)| *name == branch);
        let Some((tip, _)) = found else { return Ok(None) };
        if self.repository.run(&["cat-file", "-e", &format!("{tip}^{{tree}}")], b"").is_ok() {
            return Ok(Some(tip.to_owned()));
        }
        self.fetch_deep(&branch, TIP, "--depth=1")?;
        self.repository.line(&["rev-parse", "--verify", TIP], b"").map(Some)
    }

    /// Fetches the remote's ref `from` as ours, with as many commits as `depth` says.
    fn fetch_deep(&self, from: &str, ours: &str, depth: &str) -> Result<(), Fault> {
        let refs = format!("+{from}:{ours}");
        let call = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", depth, REMOTE, &refs];
        self.repository.run(&call, b"").map(drop)
    }

    /// The text of the state in a commit.
    fn state_at(&self, commit: &str) -> Result<Option<Vec<u8>>, Fault> {
        let name = format!("{commit}:{}{}", self.settings.prefix, state::KEY);
        if self.repository.run(&["cat-file", "-e", &name], b"").is_err() {
            return Ok(None);
        }
        self.repository.run(&["cat-file", "blob", &name], b"").map(Some)
    }

    /// The names of all files in a commit, below our folder.
    fn names(&self, commit: &str) -> Result<BTreeSet<String>, Fault> {
        let listed = self.repository.run(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit], b"")?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let ours = listed.split('\0').filter_map(|name| name.strip_prefix(&self.settings.prefix));
        Ok(ours.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// Whether a file that others put on the branch is what we would put there: the mark against Jekyll, and the domain
    /// as GitHub's own settings write it.
    fn is_welcome(&self, tip: &str, key: &str) -> bool {
        let same_domain = || {
            let there =
                self.repository.line(&["cat-file", "blob", &format!("{tip}:{}{key}", self.settings.prefix)], b"");
            there.is_ok_and(|there| self.settings.cname.as_deref().is_some_and(|name| there.trim() == name))
        };
        key == ".nojekyll" || key == "CNAME" && same_domain()
    }

    /// Adds a line for `update-index --index-info`.
    fn entry(&self, entries: &mut Vec<u8>, blob: &str, key: &str) {
        let mode = if blob == NO_BLOB { "0" } else { "100644" };
        entries.extend_from_slice(format!("{mode} {blob}\t{}{key}\0", self.settings.prefix).as_bytes());
    }

    /// The tree of the commit `tip` with these entries.
    fn tree(&self, tip: Option<&str>, entries: &[u8]) -> Result<String, Fault> {
        // A run that was cut off may have left its lock; the target's private folder is ours alone while we build.
        let _ = std::fs::remove_file(self.repository.index().with_extension("lock"));
        self.repository.run(&["read-tree", tip.unwrap_or("--empty")], b"")?;
        self.repository.run(&["update-index", "-z", "--index-info"], entries)?;
        self.repository.line(&["write-tree"], b"")
    }

    /// A commit of the tree. The same tree, parent, message, time and author give the same commit.
    fn commit(&self, tree: &str, tip: Option<&str>, message: &str, when: i64) -> Result<String, Fault> {
        let mut call = vec!["commit-tree", tree];
        if let Some(tip) = tip.filter(|_| self.settings.history == History::Keep) {
            call.extend(["-p", tip]);
        }
        let date = format!("@{when} +0000");
        let mut variables = vec![("GIT_AUTHOR_DATE", &*date), ("GIT_COMMITTER_DATE", &*date)];
        let known = ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"];
        if self.repository.run(&known, b"").is_err() {
            variables.extend(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Guidepost")));
            variables.extend(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "guidepost@localhost")));
        }
        let commit = self.repository.run_with(&call, message.as_bytes(), &variables)?;
        Ok(String::from_utf8_lossy(&commit).trim_end().to_owned())
    }

    /// Makes the commit the branch's tip, if that is still `tip`.
    fn push(&self, tip: Option<&str>, commit: &str) -> Result<(), Fault> {
        let branch = format!("refs/heads/{}", self.settings.branch);
        let lease = format!("--force-with-lease={branch}:{}", tip.unwrap_or_default());
        let new = format!("{commit}:{branch}");
        let mut call = vec!["push".to_owned(), "--porcelain".into(), lease, REMOTE.into(), new];
        if let Some(tip) = tip.filter(|_| self.settings.history == History::Squash) {
            call.insert(1, "--atomic".into());
            call.push(format!("+{tip}:{}", self.backup()));
        }
        match self.repository.run(&call, b"") {
            Ok(_) => {}
            // An earlier try may have arrived without our being told.
            Err(Fault::Conflict) if self.fetch()?.as_deref() == Some(commit) => {}
            Err(fault) => return Err(fault),
        }
        // It only spares the next run from fetching.
        let _ = self.repository.run(&["update-ref", TIP, commit], b"");
        Ok(())
    }

    /// Where the one release before the present one is kept, if the branch has no history.
    fn backup(&self) -> String {
        format!("refs/guidepost/{}", self.settings.branch)
    }

    /// The files of ours in a commit.
    fn ours(&self, commit: &str) -> Result<Option<State>, Fault> {
        let text = self.state_at(commit)?;
        text.map(|text| State::parse(&text)).transpose().map_err(|why| {
            Fault::fatal(format!("the state in commit {commit} cannot be used: `{}`: {why}", state::KEY))
        })
    }
}
