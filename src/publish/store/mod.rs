//! An object store → one object at a time for `publish`, one request a call; never a request that is tried again here.

mod answer;
pub mod azure;
mod encode;
pub mod gcs;
mod profile;
pub mod s3;
mod sign;

use super::media::Headers;
use super::objects::{Fault, Keeps, Names, Object, Objects, Over, Time, Version};
use crate::config::store::{Bucket, Compress, Conditions};
use crate::hash::Hash;
use answer::Asking;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, Error, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutResult, RetryConfig, UpdateVersion,
};
use sign::Leads;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::future::Future;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How many requests may be under way at once.
const AT_ONCE: usize = 16;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A slower line than this, in bytes a second, is taken for a dead one.
const SLOWEST: u64 = 20_000;

/// An object above this size goes in parts, so that no more than this is held in memory for each request.
const LARGE: u64 = 16 << 20;

/// The size of a part; a server takes 10,000 of them.
const PART: u64 = 16 << 20;

/// What tells one version of an object from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Versions {
    /// Its ETag.
    Tag,
    /// A number that the server gives it.
    Number,
}

/// A folder of a bucket.
struct Store {
    store: Arc<dyn ObjectStore>,
    place: String,
    /// With `/` at its end; empty for the bucket's root.
    prefix: String,
    compress: Compress,
    conditions: Conditions,
    versions: Versions,
    timeout: Duration,
    /// What to do where the server says that it does not know us.
    credentials: &'static str,
    runtime: Runtime,
}

impl Store {
    fn new(
        store: impl ObjectStore,
        place: String,
        bucket: &Bucket,
        credentials: &'static str,
        runtime: Runtime,
    ) -> Store {
        Store {
            store: Arc::new(store),
            place,
            prefix: bucket.prefix.clone(),
            compress: bucket.compress,
            conditions: Conditions::Kept,
            versions: Versions::Tag,
            timeout: Duration::from_secs(bucket.timeout),
            credentials,
            runtime,
        }
    }

    fn fault(&self, asking: Asking, key: &str, error: &Error) -> Fault {
        answer::fault(asking, key, error, self.credentials)
    }

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

    fn version(&self, tag: Option<String>, number: Option<String>) -> Result<Version, Fault> {
        let known = match self.versions {
            Versions::Tag => tag,
            Versions::Number => number,
        };
        known.map(Version).ok_or_else(|| Fault::fatal("the server does not tell the version (ETag) of an object"))
    }

    fn expected(&self, version: &Version) -> UpdateVersion {
        let text = Some(version.0.clone());
        match self.versions {
            Versions::Tag => UpdateVersion { e_tag: text, version: None },
            Versions::Number => UpdateVersion { e_tag: None, version: text },
        }
    }

    /// The object's bytes, as they are stored, with all that is known of it.
    fn get(&self, key: &str) -> Result<Option<(Vec<u8>, ObjectMeta, Attributes)>, Fault> {
        let path = self.path(key)?;
        let read = async {
            let found = self.store.get(&path).await?;
            let (meta, attributes) = (found.meta.clone(), found.attributes.clone());
            Ok((found.bytes().await?, meta, attributes))
        };
        match self.wait(LARGE, read)? {
            Ok((bytes, meta, attributes)) => Ok(Some((bytes.to_vec(), meta, attributes))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.fault(Asking::Read, key, &error)),
        }
    }

    fn is_there(&self, key: &str) -> Result<bool, Fault> {
        let path = self.path(key)?;
        match self.wait(0, self.store.head(&path))? {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.fault(Asking::Read, key, &error)),
        }
    }

    fn send(&self, key: &str, bytes: Vec<u8>, mode: PutMode, headers: &Headers) -> Result<PutResult, Sent> {
        let path = self.path(key)?;
        let mut options = PutOptions { mode, attributes: attributes(headers), ..PutOptions::default() };
        options.extensions.extend(Leads::of(headers));
        let size = bytes.len() as u64;
        match self.wait(size, self.store.put_opts(&path, bytes.into(), options))? {
            Ok(put) => Ok(put),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Err(Sent::Other),
            Err(error) => Err(Sent::Fault(self.fault(Asking::Write, key, &error))),
        }
    }

    /// Puts an object in parts: it is there, whole, once the last request is answered.
    fn send_in_parts(&self, object: &Object) -> Result<(), Fault> {
        let path = self.path(&object.key)?;
        let mut options = PutMultipartOptions { attributes: attributes(&object.headers), ..Default::default() };
        options.extensions.extend(Leads::of(&object.headers));
        let begun = self.wait(0, self.store.put_multipart_opts(&path, options))?;
        let mut upload = begun.map_err(|error| self.fault(Asking::Write, &object.key, &error))?;
        let sent = self.send_parts(object, &mut *upload);
        if sent.is_err() {
            // What stays of it is seen by nobody, and is the server's to remove.
            let _ = self.wait(0, upload.abort());
        }
        sent
    }

    fn send_parts(&self, object: &Object, upload: &mut dyn MultipartUpload) -> Result<(), Fault> {
        let mut file = File::open(&object.file).map_err(|error| unreadable(object, &error))?;
        let write = |error: Error| self.fault(Asking::Write, &object.key, &error);
        loop {
            let mut part = Vec::new();
            (&mut file).take(PART).read_to_end(&mut part).map_err(|error| unreadable(object, &error))?;
            if part.is_empty() {
                break;
            }
            let size = part.len() as u64;
            self.wait(size, upload.put_part(part.into()))?.map_err(write)?;
        }
        self.wait(object.size, upload.complete())?.map_err(write)?;
        Ok(())
    }
}

fn attributes(headers: &Headers) -> Attributes {
    let mut all = Attributes::new();
    all.insert(Attribute::ContentType, headers.content_type.clone().into());
    all.insert(Attribute::CacheControl, headers.cache_control.clone().into());
    let encoding = headers.encoding.word().map(str::to_owned);
    for (attribute, value) in [
        (Attribute::ContentDisposition, &headers.content_disposition),
        (Attribute::ContentLanguage, &headers.content_language),
        (Attribute::ContentEncoding, &encoding),
    ] {
        if let Some(value) = value {
            all.insert(attribute, value.clone().into());
        }
    }
    all
}

fn unreadable(object: &Object, error: &std::io::Error) -> Fault {
    Fault::fatal(format!("cannot read {}: {error}", object.file.display()))
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
        Keeps::Headers(self.compress)
    }

    fn names(&self) -> Names {
        Names::Flat
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        let Some((bytes, meta, _)) = self.get(key)? else { return Ok(None) };
        Ok(Some((bytes, self.version(meta.e_tag, meta.version)?)))
    }

    fn hash(&self, key: &str) -> Result<Option<Hash>, Fault> {
        let Some((bytes, _, attributes)) = self.get(key)? else { return Ok(None) };
        let encoding = attributes.get(&Attribute::ContentEncoding).map(|value| value.to_string());
        // What cannot be decoded is not what we have put there; it has a hash of its own.
        let plain = encoding.and_then(|encoding| encode::decoded(&bytes, &encoding));
        Ok(Some(Hash::of(&plain.unwrap_or(bytes))))
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        let headers = Headers::plain("application/json", "private, no-store");
        let mode = match (self.conditions, expected) {
            (Conditions::Kept, None) => PutMode::Create,
            (Conditions::Kept, Some(version)) => PutMode::Update(self.expected(version)),
            (Conditions::Unknown, _) => {
                let there = self.read(key)?.map(|(_, version)| version);
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
        self.version(sent.e_tag, sent.version)
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        // Parts cannot be put together on condition.
        let is_large = object.size > LARGE;
        let mode = match (over, self.conditions) {
            (Over::Nothing, Conditions::Kept) if !is_large => PutMode::Create,
            (Over::Nothing, _) if self.is_there(&object.key)? => return Err(Fault::Occupied(object.key.clone())),
            (Over::Nothing | Over::Ours, _) => PutMode::Overwrite,
        };
        if is_large {
            return self.send_in_parts(object);
        }
        let bytes = fs::read(&object.file).map_err(|error| unreadable(object, &error))?;
        let bytes = encode::encoded(bytes, object.headers.encoding);
        let sent = self.send(&object.key, bytes, mode, &object.headers);
        sent.map(drop).map_err(|sent| sent.or(Fault::Occupied(object.key.clone())))
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        let path = self.path(key)?;
        match self.wait(0, self.store.delete(&path))? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.fault(Asking::Delete, key, &error)),
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
        let there = there.map_err(|error| self.fault(Asking::List, &self.prefix, &error))?;
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

/// How long the machine may take to say which role it has.
const ROLE: Duration = Duration::from_secs(5);

/// Whether the machine has a role that gives it credentials.
fn answers<T>(runtime: &Runtime, credential: impl Future<Output = Result<T, Error>>) -> bool {
    runtime.block_on(async { tokio::time::timeout(ROLE, credential).await }).is_ok_and(|found| found.is_ok())
}
