//! A site and a place to publish it to → what is there afterwards, whatever went wrong on the way.
//!
//! `kit` has the stories that every kind of target must pass; a kind brings a [`kit::Place`] and calls them.

mod folder;
mod git;
pub(crate) mod kit;
mod policies;
mod protocol;
#[cfg(all(unix, feature = "object-store"))]
mod proxy;
#[cfg(unix)]
mod rsync;
#[cfg(all(unix, feature = "object-store"))]
mod s3;
#[cfg(unix)]
mod sshd;
