//! The ways to a target that takes one object at a time; each implementation does one request a call, and decides nothing.

use super::run::TakeOver;
use crate::config::store::Compress;
use crate::hash::Hash;
use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A target that takes one object at a time. Keys are those of the site's files, `upwork/index.html`; a target adds its
/// own prefix. Calls come from several threads at once.
///
/// A call does not try again by itself: that is [`super::retry`]'s.
pub trait Objects: Sync {
    /// What people call it: `s3://bucket/prefix/`. Never with a secret in it.
    fn place(&self) -> String;

    /// How many calls may be under way at once.
    fn at_once(&self) -> usize;

    /// What an object keeps beside its bytes.
    fn keeps(&self) -> Keeps;

    /// How names lie beside each other.
    fn names(&self) -> Names;

    /// Whatever a run needs to hold until it ends. Called once, before it begins; a lock that may be of somebody who is
    /// alive is broken only if that is what was asked for.
    fn hold(&self, _: TakeOver) -> Result<Hold, Fault> {
        Ok(Hold::None)
    }

    /// The object's bytes and its version; `None` if there is none.
    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault>;

    /// The hash of the object's bytes as they are in the site; `None` if there is none. A target that stores them in
    /// another form decodes them, or keeps the hash with the object.
    fn hash(&self, key: &str) -> Result<Option<Hash>, Fault> {
        Ok(self.read(key)?.map(|(bytes, _)| Hash::of(&bytes)))
    }

    /// Puts `bytes` in place of the version `expected`; where nothing is, if that is `None`. Gives the new version.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if there is another version. A target without conditional requests reads and compares.
    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault>;

    /// Puts the object, whole or not at all.
    ///
    /// # Errors
    /// [`Fault::Occupied`] if something is there and `over` says that nothing may be; also if something that is not
    /// ours is in the way otherwise, such as a link in place of a folder.
    fn put(&self, object: &Object, over: Over) -> Result<(), Fault>;

    /// Deletes the object. That it is gone already is fine.
    fn delete(&self, key: &str) -> Result<(), Fault>;

    /// Which of `keys` are taken: none of them is ours. A target to which this costs requests answers only the `First`
    /// time, by a listing; later, `put` finds out.
    fn occupied(&self, keys: &[&str], time: Time) -> Result<Vec<String>, Fault>;
}

/// A version of one object, such as its ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// What an object keeps beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing: media types are the server's business.
    Bytes,
    /// Its headers, see [`super::media::Headers`]; and texts are stored like this.
    Headers(Compress),
}

/// How names lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `a` and `a/b` can both be there.
    Flat,
    /// As files in folders: `a` must go before `a/b` can come.
    Tree,
}

/// What keeps other runs away.
pub enum Hold {
    /// Nothing but the run in the state, and its time.
    None,
    /// A lock that ends with its holder: a run in the state is a dead one's.
    Sure(Box<dyn Any>),
    /// Another has that lock, and was heard of so many seconds ago.
    Taken(i64),
}

/// Whether something may be where an object is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// An object of ours may be there.
    Ours,
    /// Nothing may.
    Nothing,
}

/// How well the target knows us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It has no state of ours.
    First,
    /// It has.
    Later,
}

/// An object to be put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// The file that holds its bytes.
    pub file: PathBuf,
    /// How many there are.
    pub size: u64,
    /// What browsers are told of it.
    pub headers: super::media::Headers,
}

/// Why a call did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Trying again may help.
    Retry {
        /// What happened.
        why: String,
        /// For how long the server wants to be left alone.
        after: Option<Duration>,
    },
    /// There is another version.
    Conflict,
    /// Something that is not ours is there, or in the way: its key.
    Occupied(String),
    /// Another run has the lock, and was heard of so many seconds ago.
    Busy(i64),
    /// It will not work, however often it is tried.
    Fatal {
        /// What happened.
        why: String,
        /// What to do.
        help: Option<String>,
    },
}

impl Fault {
    /// A fault that may pass.
    pub fn passing(why: impl fmt::Display) -> Fault {
        Fault::Retry { why: why.to_string(), after: None }
    }

    /// A fault that stays.
    pub fn fatal(why: impl fmt::Display) -> Fault {
        Fault::Fatal { why: why.to_string(), help: None }
    }

    /// A fault that stays, and what to do about it.
    pub fn with_help(why: impl fmt::Display, help: impl Into<String>) -> Fault {
        Fault::Fatal { why: why.to_string(), help: Some(help.into()) }
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&str> {
        match self {
            Fault::Fatal { help, .. } => help.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Retry { why, .. } | Fault::Fatal { why, .. } => f.write_str(why),
            Fault::Conflict => f.write_str("somebody else has changed it meanwhile"),
            Fault::Busy(_) => f.write_str("another run is publishing; wait until it has ended"),
            Fault::Occupied(key) => write!(f, "`{key}` is there already, and Guidepost did not put it there"),
        }
    }
}

impl std::error::Error for Fault {}
