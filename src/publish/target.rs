//! A target's settings → the way to it.

use super::folder;
use super::git;
use super::objects::Objects;
use super::rsync;
use super::sftp;
#[cfg(feature = "object-store")]
use super::store;
use super::whole::Whole;
use crate::config::publish::{Target as Settings, To};
use crate::output::Refused;
use std::path::Path;

/// The way to a target.
pub enum Target {
    /// It takes one object at a time.
    Objects(Box<dyn Objects>),
    /// It takes a release as a whole.
    Whole(Box<dyn Whole>),
}

/// What a way may need, beside the target's settings.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// A folder in the cache for this target alone.
    pub cache: &'a Path,
    /// The user's home folder.
    pub home: Option<&'a Path>,
}

/// The way to the target, or why it cannot be one. Nothing is asked of it yet.
///
/// # Errors
/// The machine's.
pub fn open(settings: &Settings, around: Around) -> anyhow::Result<Result<Target, Refused>> {
    match &settings.to {
        To::Folder(own) => {
            let opened = folder::open(around.root, Path::new(&own.path), around.home)?;
            Ok(opened.map(|folder| Target::Objects(Box::new(folder))))
        }
        To::Rsync(own) => Ok(Ok(Target::Whole(Box::new(rsync::open(own))))),
        To::Sftp(own) => Ok(Ok(sftp::open(own, around.cache))),
        To::Git(own) => Ok(Ok(Target::Whole(Box::new(git::open(own, around)?)))),
        #[cfg(feature = "object-store")]
        To::S3(own) => Ok(Ok(Target::Objects(Box::new(store::s3::open(own, around.home)?)))),
        #[cfg(feature = "object-store")]
        To::Gcs(own) => Ok(Ok(Target::Objects(Box::new(store::gcs::open(own, around.home)?)))),
        #[cfg(feature = "object-store")]
        To::Azure(own) => Ok(Ok(Target::Objects(Box::new(store::azure::open(own)?)))),
        #[cfg(not(feature = "object-store"))]
        To::S3(_) | To::Gcs(_) | To::Azure(_) => {
            let word = settings.to.word();
            let why = format!(
                "this Guidepost was built without the Cargo feature `object-store`, so that it knows no `to: {word}`"
            );
            let help = "install it with its usual features, or with `--features object-store`";
            Err(super::objects::Fault::with_help(why, help).into())
        }
    }
}

impl Target {
    /// What people call it.
    pub fn place(&self) -> String {
        match self {
            Target::Objects(target) => target.place(),
            Target::Whole(target) => target.place(),
        }
    }
}
