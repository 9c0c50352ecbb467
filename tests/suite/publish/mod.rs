//! A site and a place to publish it to → what is there afterwards, whatever went wrong on the way.
//!
//! `kit` has the stories that every kind of target must pass; a kind brings a [`kit::Place`] and calls them.

#[cfg(unix)]
mod behind;
mod folder;
mod git;
pub(crate) mod kit;
mod lease;
#[cfg(unix)]
mod long;
mod policies;
mod protocol;
#[cfg(unix)]
mod releases;
#[cfg(unix)]
mod rsync;
#[cfg(unix)]
mod sftp;
#[cfg(unix)]
mod sshd;
#[cfg(target_os = "linux")]
mod terminal;
