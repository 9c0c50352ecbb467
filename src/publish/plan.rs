//! What is on a target and what is to be there → the plan: every change by its name, and nothing that would not be done.

use super::journal::{Confirmed, Journal};
use super::release::{Kind, Release, url_of};
use super::sketch::{Lost, lost};
use super::state::{State, as_text};
use crate::hash::Hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of a plan's form in a file.
const FORMAT: u32 = 1;

/// What publishing would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    guidepost_plan: u32,
    /// Where.
    pub target: Identity,
    /// The release that is there; `None` if none of ours is.
    pub before: Option<String>,
    /// The release that will be there.
    #[serde(with = "as_text")]
    pub release: Hash,
    /// Whether a run that did not end goes on.
    pub resumes: bool,
    /// What changes, sorted by key.
    pub changes: Vec<Change>,
    /// How many files stay as they are.
    pub unchanged: usize,
    /// Addresses that lead elsewhere from now on, and where.
    pub redirects: BTreeMap<String, String>,
    /// Addresses that are gone.
    pub lost: Vec<Lost>,
    /// How many pages there were, and are then.
    pub pages: (usize, usize),
    /// What of the site is more than its host takes, in sentences.
    pub limits: Vec<String>,
}

/// A target, so that nobody mistakes it for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its name in `site.yaml`.
    pub name: String,
    /// Its kind there.
    pub to: String,
    /// Where it is.
    pub place: String,
    /// The site's address there.
    pub url: String,
}

/// One file that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its key.
    pub key: String,
    /// What becomes of it.
    pub what: What,
    /// Its size, in bytes; what it was, if it is deleted.
    pub size: u64,
    /// The hash of its new bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Its place in the order of uploads.
    pub kind: Kind,
}

impl Change {
    /// Its address from the site's root.
    pub fn url(&self) -> String {
        url_of(&self.key)
    }
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It was not there.
    Added,
    /// It has other bytes, or headers.
    Changed,
    /// It may be there already, from a run that did not end, or was to be put again.
    Again,
    /// The site no longer has it.
    Deleted,
}

/// Which files of the site are put on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Those that differ from what is there by the target's list.
    Changes,
    /// All, for somebody else may have changed what is there.
    All,
}

impl Plan {
    /// What leads from `before` to `next`, the state of `release`. `before` is `None` if the target has no state.
    pub fn new(
        target: Identity,
        before: Option<&State>,
        next: &State,
        release: &Release,
        journal: &Journal,
        put: Put,
    ) -> Plan {
        let none = State::empty();
        let known = before.unwrap_or(&none);
        let ours = ours(known, journal);
        let mut changes = Vec::new();
        let mut unchanged = 0;
        for (key, entry) in &next.files {
            let what = match ours.get(key.as_str()) {
                None => What::Added,
                Some(None) => What::Again,
                Some(Some(there)) if put == Put::Changes && *there == (entry.hash, entry.headers.clone()) => {
                    unchanged += 1;
                    continue;
                }
                Some(Some(there)) if *there != (entry.hash, entry.headers.clone()) => What::Changed,
                Some(Some(_)) => What::Again,
            };
            let kind = release.files.get(key).map_or(Kind::Feed, |file| file.kind);
            changes.push(Change { key: key.clone(), what, size: entry.size, hash: Some(entry.hash.to_string()), kind });
        }
        for key in ours.keys().filter(|key| !next.files.contains_key(**key)) {
            let size = known.files.get(*key).map_or(0, |entry| entry.size);
            let key = (*key).to_owned();
            changes.push(Change { key, what: What::Deleted, size, hash: None, kind: Kind::Asset });
        }
        changes.sort_by(|a, b| a.key.cmp(&b.key));
        let gained = next.redirects.iter().filter(|(from, to)| known.redirects.get(*from) != Some(to));
        Plan {
            guidepost_plan: FORMAT,
            target,
            before: before.map(|before| before.release().to_string()),
            release: next.release(),
            resumes: known.run.is_some(),
            changes,
            unchanged,
            redirects: gained.map(|(from, to)| (from.clone(), to.clone())).collect(),
            lost: lost(known, next, release),
            pages: (known.pages().len(), next.pages().len()),
            limits: release.limits.clone(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.resumes && self.before.as_deref() == Some(&*self.release.to_string())
    }

    /// The changes of one kind.
    pub fn of(&self, what: What) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.what == what)
    }

    /// The files that are uploaded.
    pub fn uploads(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.what != What::Deleted)
    }

    /// The plan in `text`, or what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Plan, String> {
        let plan: Plan =
            serde_json::from_slice(text).map_err(|error| format!("it is no plan of this version: {error}"))?;
        if plan.guidepost_plan == FORMAT { Ok(plan) } else { Err("another version of Guidepost wrote it".to_owned()) }
    }

    /// Its text for a file: pretty, with a line end.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("its keys are text, and its numbers are numbers");
        text + "\n"
    }
}

/// Every key that is ours, with what is there, if that is known.
fn ours<'s>(state: &'s State, journal: &'s Journal) -> BTreeMap<&'s str, Option<Confirmed>> {
    let mut ours: BTreeMap<&str, Option<Confirmed>> =
        state.files.iter().map(|(key, entry)| (&**key, Some((entry.hash, entry.headers.clone())))).collect();
    if let Some(run) = &state.run {
        for key in run.keys.keys().chain(run.changes.keys()) {
            ours.insert(key, journal.confirmed(&run.id, key).cloned());
        }
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::super::state::{Entry, Run};
    use super::*;

    fn state(files: &[(&str, &str)]) -> State {
        let entry = |(key, bytes): &(&str, &str)| {
            let hash = Hash::of(bytes.as_bytes());
            (key.to_string(), Entry { hash, size: bytes.len() as u64, headers: None, title: None, sketch: None })
        };
        State::new(files.iter().map(entry).collect(), BTreeMap::new())
    }

    fn plan(before: Option<&State>, next: &State) -> Plan {
        let target =
            Identity { name: "web".into(), to: "folder".into(), place: "/w".into(), url: "https://e.org/".into() };
        Plan::new(target, before, next, &Release::default(), &Journal::none(), Put::Changes)
    }

    fn said(plan: &Plan) -> Vec<(&str, What)> {
        plan.changes.iter().map(|change| (&*change.key, change.what)).collect()
    }

    #[test]
    fn a_plan_names_each_change_once() {
        let (old, new) = (state(&[("a", "1"), ("b", "1"), ("c", "1")]), state(&[("a", "1"), ("b", "2"), ("d", "1")]));
        let plan1 = plan(Some(&old), &new);
        assert_eq!(said(&plan1), [("b", What::Changed), ("c", What::Deleted), ("d", What::Added)]);
        assert_eq!((plan1.unchanged, plan1.is_empty()), (1, false));
        assert!(plan(Some(&new), &new).is_empty());
        assert!(!plan(None, &State::empty()).is_empty(), "the first release of an empty site is one");
        assert_eq!(Plan::parse(plan1.text().as_bytes()), Ok(plan1));
    }

    #[test]
    fn what_a_run_may_have_done_is_done_again() {
        let (mut old, new) = (state(&[("a", "1"), ("b", "1")]), state(&[("a", "1"), ("b", "2"), ("d", "1")]));
        let hashes = |keys: &[&str]| keys.iter().map(|key| (key.to_string(), Vec::new())).collect();
        old.run = Some(Run { id: "1".into(), alive: 0, keys: hashes(&["d", "x"]), changes: hashes(&["b"]) });
        let plan = plan(Some(&old), &new);
        assert_eq!(said(&plan), [("b", What::Again), ("d", What::Again), ("x", What::Deleted)]);
        assert!(plan.resumes);
    }
}
