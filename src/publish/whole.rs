//! The ways to a target that takes a release as a whole, such as a branch or a folder of releases: the switch from one
//! release to the next is one step there, and the one before can come back.

use super::apply::Progress;
use super::objects::{Fault, Version};
use super::plan::Plan;
use super::release::Release;
use super::run::TakeOver;
use super::state::State;

/// A target that takes a release as a whole. Its state lies among the files, without a run.
///
/// Whatever lies beside our files is kept.
pub trait Whole: Sync {
    /// What people call it. Never with a secret in it.
    fn place(&self) -> String;

    /// What each file keeps beside its bytes.
    fn keeps(&self) -> super::objects::Keeps {
        super::objects::Keeps::Bytes
    }

    /// Files that the target needs beside the site's, by key.
    fn extras(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }

    /// The state's text, and the version of the release that it belongs to; `None` if there is no state of ours.
    fn read(&self) -> Result<Current, Fault>;

    /// Which of `keys`, none of which is ours, are taken in what `read` found.
    fn occupied(&self, keys: &[&str]) -> Result<Vec<String>, Fault>;

    /// Puts the release in place of the version `expected`, or does nothing.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if another version is there.
    fn release(&self, next: &Next) -> Result<(), Fault>;

    /// Puts the release before the present one in its place, or does nothing.
    fn roll_back(&self, when: i64) -> Result<RolledBack, Fault>;
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The text of the state, if there is one of ours.
    pub state: Option<Vec<u8>>,
    /// The version of all that is there, ours or not; `None` if nothing is.
    pub version: Option<Version>,
}

/// A release that is about to be there.
#[derive(Clone, Copy)]
pub struct Next<'n> {
    /// What changes.
    pub plan: &'n Plan,
    /// Where the files are.
    pub release: &'n Release,
    /// Its state.
    pub state: &'n State,
    /// The version that it takes the place of.
    pub expected: Option<&'n Version>,
    /// The time, in seconds since 1970.
    pub when: i64,
    /// Whether a run that may be alive is taken over.
    pub take_over: TakeOver,
    /// Where progress is told.
    pub listen: &'n (dyn Fn(Progress) + Sync),
}

/// What became of a rollback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolledBack {
    /// The release of this name is there now.
    To(String),
    /// There is no earlier one.
    NoEarlier,
}
