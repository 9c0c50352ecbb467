//! An object store → one object at a time for `publish`, one request a call; never a request that is tried again here.

mod answer;
mod profile;
pub mod s3;

use super::media::Headers;
use super::objects::{Fault, Keeps, Names, Object, Objects, Over, Time, Version};
use crate::config::store::Conditions;
use answer::Asking;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    RetryConfig, UpdateVersion,
};
use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How many requests may be under way at once.
const AT_ONCE: usize = 16;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A slower line than this, in bytes a second, is taken for a dead one.
const SLOWEST: u64 = 20_000;

/// A folder of a bucket.
struct Store {
    store: Arc<dyn ObjectStore>,
    place: String,
    /// With `/` at its end; empty for the bucket's root.
    prefix: String,
    conditions: Conditions,
    timeout: Duration,
    runtime: Runtime,
}

impl Store {
    fn path(&self, key: &str) -> Result<Path, Fault> {
        Path::parse(format!("{}{key}", self.prefix))
            .map_err(|_| Fault::fatal(format!("`{key}` cannot be the name of an object")))
    }

    /// Waits for the answer, as long as `size` bytes may take.
    fn wait<T>(&self, size: u64, answer: impl Future<Output = Result<T, Error>>) -> Result<Result<T, Error>, Fault> {
        let limit = self.timeout + Duration::from_secs(size / SLOWEST);
        self.runtime
            .block_on(async { tokio::time::timeout(limit, answer).await })
            .map_err(|_| Fault::passing(format!("the server did not answer within {} s", limit.as_secs())))
    }

    fn version(&self, tag: Option<String>) -> Result<Version, Fault> {
        tag.map(Version).ok_or_else(|| Fault::fatal("the server does not tell the version (ETag) of an object"))
    }

    /// The bytes and the version of the object.
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        let path = self.path(key)?;
        let read = async {
            let found = self.store.get(&path).await?;
            let tag = found.meta.e_tag.clone();
            Ok((found.bytes().await?, tag))
        };
        match self.wait(0, read)? {
            Ok((bytes, tag)) => Ok(Some((bytes.to_vec(), self.version(tag)?))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(answer::fault(Asking::Read, key, &error)),
        }
    }

    fn send(&self, key: &str, bytes: Vec<u8>, mode: PutMode, headers: &Headers) -> Result<Option<String>, Sent> {
        let path = self.path(key)?;
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, headers.content_type.clone().into());
        attributes.insert(Attribute::CacheControl, headers.cache_control.into());
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let size = bytes.len() as u64;
        match self.wait(size, self.store.put_opts(&path, bytes.into(), options))? {
            Ok(put) => Ok(put.e_tag),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Err(Sent::Other),
            Err(error) => Err(Sent::Fault(answer::fault(Asking::Write, key, &error))),
        }
    }
}

/// Why an object was not put.
enum Sent {
    /// What is there is not what the request was for.
    Other,
    /// It did not get so far.
    Fault(Fault),
}

impl From<Fault> for Sent {
    fn from(fault: Fault) -> Sent {
        Sent::Fault(fault)
    }
}

impl Sent {
    fn or(self, other: Fault) -> Fault {
        match self {
            Sent::Other => other,
            Sent::Fault(fault) => fault,
        }
    }
}

impl Objects for Store {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn keeps(&self) -> Keeps {
        Keeps::Headers
    }

    fn names(&self) -> Names {
        Names::Flat
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        self.get(key)
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        let headers =
            Headers { content_type: "application/json".to_owned(), cache_control: "private, no-store", redirect: None };
        let mode = match (self.conditions, expected) {
            (Conditions::Kept, None) => PutMode::Create,
            (Conditions::Kept, Some(Version(tag))) => {
                PutMode::Update(UpdateVersion { e_tag: Some(tag.clone()), version: None })
            }
            (Conditions::Unknown, _) => {
                let there = self.get(key)?.map(|(_, version)| version);
                if there.as_ref() != expected {
                    return Err(Fault::Conflict);
                }
                PutMode::Overwrite
            }
        };
        let sent = self.send(key, bytes.to_vec(), mode.clone(), &headers).map_err(|sent| sent.or(Fault::Conflict))?;
        // A server that does not know of conditions would take the same request again: then there is no lock. This is
        // asked once in the life of a target.
        if mode == PutMode::Create {
            match self.send(key, bytes.to_vec(), PutMode::Create, &headers) {
                Err(Sent::Other) => {}
                Err(Sent::Fault(fault)) => return Err(fault),
                Ok(_) => return Err(answer::without_conditions()),
            }
        }
        self.version(sent)
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        let bytes = fs::read(&object.file)
            .map_err(|error| Fault::fatal(format!("cannot read {}: {error}", object.file.display())))?;
        let mode = match (over, self.conditions) {
            (Over::Nothing, Conditions::Kept) => PutMode::Create,
            (Over::Nothing, Conditions::Unknown) => {
                let path = self.path(&object.key)?;
                match self.wait(0, self.store.head(&path))? {
                    Ok(_) => return Err(Fault::Occupied(object.key.clone())),
                    Err(Error::NotFound { .. }) => PutMode::Overwrite,
                    Err(error) => return Err(answer::fault(Asking::Read, &object.key, &error)),
                }
            }
            (Over::Ours, _) => PutMode::Overwrite,
        };
        let sent = self.send(&object.key, bytes, mode, &object.headers);
        sent.map(drop).map_err(|sent| sent.or(Fault::Occupied(object.key.clone())))
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        let path = self.path(key)?;
        match self.wait(0, self.store.delete(&path))? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(answer::fault(Asking::Delete, key, &error)),
        }
    }

    fn occupied(&self, keys: &[&str], time: Time) -> Result<Vec<String>, Fault> {
        if time == Time::Later || keys.is_empty() {
            return Ok(Vec::new());
        }
        let prefix = Path::parse(&self.prefix).map_err(|_| Fault::fatal("the prefix cannot be a folder's name"))?;
        let listing = self.store.list(Some(&prefix)).map_ok(|found| found.location.to_string());
        // A listing comes in pages, each of which may take its time.
        let pages = 10 * SLOWEST * self.timeout.as_secs();
        let there = self.wait(pages, listing.try_collect::<BTreeSet<String>>())?;
        let there = there.map_err(|error| answer::fault(Asking::List, &self.prefix, &error))?;
        let taken = keys.iter().filter(|key| there.contains(&format!("{}{key}", self.prefix)));
        Ok(taken.map(|key| (*key).to_owned()).collect())
    }
}

/// How requests are made: none is made twice, for [`super::retry`] does that; and time is counted in [`Store::wait`].
fn options(endpoint: Option<&str>) -> ClientOptions {
    // TLS needs it before the first client is made; that there is one already is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ClientOptions::new()
        .with_allow_http(endpoint.is_some_and(|address| address.starts_with("http://")))
        .with_connect_timeout(CONNECT)
        .with_timeout_disabled()
}

fn no_retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, retry_timeout: Duration::ZERO }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
