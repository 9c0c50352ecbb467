//! A built site → the place where readers find it; only what changed, and never a file there that is not ours.
//!
//! # What is on the target
//!
//! Beside the site's files lies one object of ours, the **state** ([`state`]): which files are ours, with their hashes,
//! and, while somebody publishes, a **run**: who, since when, which names it is about to add or delete. Whether a file
//! is ours is decided by the state alone. All changes of the state are conditional on the version that was read
//! ([`objects::Objects::swap`]), so that it is manifest and lock in one: of two runs, one cannot begin.
//!
//! # The protocol, for targets that take one object at a time
//!
//! 1. **Read** the state, S. Make the plan of it. If there is nothing to do, that is all.
//! 2. **Begin**: swap S for S with a run that names every key to be added or changed, with the hash that it will have.
//!    From here on an object of that hash at such a key is ours.
//! 3. **Upload**, in this order: fingerprinted assets, other assets, pages, index pages, feeds and sitemap. A key that is
//!    new to us is put only where nothing is; somebody else's object there ends the run. An upload that failed for
//!    good ends the run: no page is put that could need it, nothing is deleted, the run stays in the state.
//! 4. **Commit**: swap for the new files, with a run that names every key to be deleted, and its hashes.
//! 5. **Delete** them, and **end**: swap for the new files without a run. (With nothing to delete, 4 is the end.)
//!
//! That is n changes and at most four requests more. Killed at any moment, the target is in one of these states:
//!
//! - before 2 it is as it was, after 5 it is done;
//! - between 2 and 4 every file of the old release is there, each key with its old or new bytes; the state still lists
//!   the old files, and the run the keys that may be there besides. The next run puts whatever the
//!   cut-off one may have put, but for what a journal in the cache says was confirmed ([`journal`]); what it finds at a
//!   key of the run it takes for ours only if it has a hash that the run names;
//! - between 4 and 5 the new release is complete; the next run deletes what the run in the state names.
//!
//! A run in the state belongs to somebody who may be alive. The next run takes it over if it is its own (the journal
//! has its number), if the target's lock ends with its holder ([`objects::Hold::Sure`]), if its time has run out, or if
//! it is told to. A run that lasts renews its time, and one that could not stops by itself before that is over, so that
//! clocks may differ by [`run::SKEW`]. Whoever was overtaken fails at its next swap, and deletes nothing.
//!
//! Targets that take a whole release ([`whole::Whole`]), such as a branch or a folder of releases on a server, have the state among the release's files.

pub mod apply;
mod credentials;
pub mod folder;
mod forget;
pub mod git;
pub mod journal;
mod listing;
pub mod media;
pub mod objects;
pub mod plan;
pub mod policy;
pub mod prepare;
pub mod release;
pub mod retry;
pub mod rsync;
pub mod run;
pub mod sftp;
pub mod sketch;
mod ssh;
pub mod state;
#[cfg(feature = "object-store")]
mod store;
pub mod target;
pub mod whole;

pub use apply::{Applied, Progress};
pub use forget::forget;
pub use plan::Plan;
pub use policy::{Allow, Refusal};
