//! The keys of a target in an object store → where it is, and how objects are stored; never a credential.

use super::parse::text;
use super::publish::{Find, folder, needed};
use crate::yaml::{Entry, Reader};
use serde::{Deserialize, Serialize};

/// A folder of an object store, of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// A folder of the bucket, with `/` at its end; empty for its root.
    pub prefix: String,
    /// How texts are stored.
    pub compress: Compress,
    /// For how many seconds an answer is waited for.
    pub timeout: u64,
}

/// How texts are stored: browsers are told of it, and decode them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Compress {
    /// As they are.
    None,
    /// With gzip.
    Gzip,
    /// With brotli.
    Brotli,
}

impl Compress {
    /// The word in `Content-Encoding`; none if nothing is said of it.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Compress::None => None,
            Compress::Gzip => Some("gzip"),
            Compress::Brotli => Some("br"),
        }
    }
}

/// A bucket of a server that speaks the protocol of Amazon S3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct S3 {
    /// The bucket.
    pub bucket: Bucket,
    /// The region; the environment's or the profile's if none is given.
    pub region: Option<String>,
    /// The server's address, without the bucket; Amazon's if none is given.
    pub endpoint: Option<String>,
    /// The profile that has the credentials.
    pub profile: Option<String>,
    /// Where the bucket's name stands in addresses.
    pub addressing: Addressing,
    /// Whether the server writes on condition.
    pub conditions: Conditions,
}

/// Where the bucket's name stands in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Addressing {
    /// `https://server/bucket/key`.
    Path,
    /// `https://bucket.server/key`.
    Host,
}

/// Whether a server replaces an object only if it is the one that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Conditions {
    /// It does.
    Kept,
    /// It does not: what is there is read and compared before each write.
    Unknown,
}

/// A container of Azure Blob Storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Azure {
    /// The container.
    pub bucket: Bucket,
    /// The storage account; the environment's if none is given.
    pub account: Option<String>,
    /// The account's address, without the container; Azure's if none is given.
    pub endpoint: Option<String>,
}

/// A bucket of Google Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Gcs {
    /// The bucket.
    pub bucket: Bucket,
    /// The server's address, without the bucket; Google's if none is given.
    pub endpoint: Option<String>,
}

/// The keys of `to: azure`.
pub(super) const AZURE_KEYS: [&str; 6] = ["container", "prefix", "account", "endpoint", "compress", "timeout"];

/// The keys of `to: gcs`.
pub(super) const GCS_KEYS: [&str; 5] = ["bucket", "prefix", "endpoint", "compress", "timeout"];

/// The keys of `to: s3`.
pub(super) const S3_KEYS: [&str; 9] =
    ["bucket", "prefix", "region", "endpoint", "profile", "addressing", "conditional_writes", "compress", "timeout"];

/// For how many seconds an answer is waited for, unless the settings say so.
const TIMEOUT: u64 = 30;

/// The longest time that can be asked for.
const LONGEST: u64 = 3600;

pub(super) fn s3<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<S3> {
    let bucket = bucket(reader, target, find, "bucket")?;
    let mut words = |key: &str| find(key).map(|part| text(reader, part));
    let (region, profile) = (optional(words("region"))?, optional(words("profile"))?);
    let endpoint = endpoint(reader, find("endpoint"), Path::None, "endpoint: https://s3.example.org")?;
    let addressing = match find("addressing") {
        Some(part) => {
            let choices = [("path", Addressing::Path), ("host", Addressing::Host)];
            reader.choice("addressing", &part.value, &choices)?
        }
        None => Addressing::Path,
    };
    let conditions = match find("conditional_writes").map(|part| reader.bool("conditional_writes", &part.value)) {
        Some(None) => return None,
        Some(Some(false)) => Conditions::Unknown,
        Some(Some(true)) | None => Conditions::Kept,
    };
    Some(S3 { bucket, region, endpoint, profile, addressing, conditions })
}

pub(super) fn azure<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<Azure> {
    let bucket = bucket(reader, target, find, "container")?;
    let account = optional(find("account").map(|part| text(reader, part)))?;
    let example = "endpoint: https://account.blob.core.windows.net";
    let endpoint = endpoint(reader, find("endpoint"), Path::Any, example)?;
    Some(Azure { bucket, account, endpoint })
}

pub(super) fn gcs<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<Gcs> {
    let bucket = bucket(reader, target, find, "bucket")?;
    let endpoint = endpoint(reader, find("endpoint"), Path::None, "endpoint: https://storage.googleapis.com")?;
    Some(Gcs { bucket, endpoint })
}

/// The keys that all kinds have; `word` is what this kind calls a bucket.
fn bucket<'e, 'n: 'e>(
    reader: &mut Reader,
    target: &Entry,
    find: Find<'_, 'e, 'n>,
    word: &'static str,
) -> Option<Bucket> {
    let name = needed(reader, target, find(word), &format!("{word}: help-example-org"))?;
    if !is_bucket(&name) {
        let message = format!("`{name}` cannot be the name of a {word}");
        let help =
            format!("write the {word}'s name alone: `{word}: help-example-org`; a folder of it goes to `prefix`");
        let span = find(word).map(|part| part.value.span).unwrap_or_default();
        reader.report(span, message, format!("not a {word}'s name"), help);
        return None;
    }
    let prefix = match find("prefix") {
        Some(part) => {
            let written = text(reader, part)?;
            folder(reader, &written, part.value.span)?
        }
        None => String::new(),
    };
    let compress = match find("compress") {
        Some(part) => {
            let choices = [("none", Compress::None), ("gzip", Compress::Gzip), ("brotli", Compress::Brotli)];
            reader.choice("compress", &part.value, &choices)?
        }
        None => Compress::None,
    };
    let timeout = seconds(reader, find("timeout"))?;
    Some(Bucket { name, prefix, compress, timeout })
}

/// Whether the address of a server may have a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    None,
    Any,
}

/// The address of a server; `None` only if what is written is wrong.
fn endpoint(reader: &mut Reader, part: Option<&Entry>, path: Path, example: &str) -> Option<Option<String>> {
    let Some(part) = part else { return Some(None) };
    let address = text(reader, part)?;
    if is_endpoint(&address, path) {
        return Some(Some(address.trim_end_matches('/').to_owned()));
    }
    let message = format!("`{address}` cannot be the address of a server");
    let help = format!("write scheme and name, without the bucket: `{example}`");
    reader.report(part.value.span, message, "not a server's address", help);
    None
}

/// `None` only if what is written is wrong.
fn optional(read: Option<Option<String>>) -> Option<Option<String>> {
    match read {
        Some(None) => None,
        Some(found) => Some(found),
        None => Some(None),
    }
}

fn seconds(reader: &mut Reader, part: Option<&Entry>) -> Option<u64> {
    let Some(part) = part else { return Some(TIMEOUT) };
    let written = reader.scalar("timeout", &part.value)?;
    match written.parse() {
        Ok(seconds) if (1..=LONGEST).contains(&seconds) => Some(seconds),
        _ => {
            let message = format!("`{written}` cannot be a number of seconds to wait");
            let help = format!("write a whole number from 1 to {LONGEST}: `timeout: {TIMEOUT}`");
            reader.report(part.value.span, message, "not a number of seconds", help);
            None
        }
    }
}

fn is_bucket(name: &str) -> bool {
    let of_a_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    // Websites of Azure have a container of their own.
    name == "$web" || name.len() >= 3 && name.bytes().all(of_a_name) && !name.starts_with('.') && !name.contains("..")
}

fn is_endpoint(address: &str, path: Path) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let whole = rest.trim_end_matches('/');
        let host = if path == Path::Any { whole.split('/').next().unwrap_or_default() } else { whole };
        !host.is_empty() && !host.contains('/') && !whole.contains(|c: char| c.is_whitespace() || "?#@\\".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::super::publish::To;
    use super::*;
    use crate::path::SitePath;

    fn read(target: &str) -> (Option<S3>, Vec<String>) {
        let text = format!("title: T\nurl: https://e.org\npublish:\n  web: {target}\n");
        let (config, notes) = parse(&text, &SitePath::new("site.yaml"));
        let said = notes.into_iter().map(|note| format!("{} | {}", note.message, note.help.unwrap_or_default()));
        let targets = config.map(|config| config.publish).unwrap_or_default();
        let found = targets.into_iter().find_map(|target| match target.to {
            To::S3(own) => Some(own),
            _ => None,
        });
        (found, said.collect())
    }

    #[test]
    fn a_bucket_is_enough() {
        let (found, said) = read("{to: s3, bucket: help-example-org}");
        assert_eq!(said, Vec::<String>::new());
        let found = found.unwrap();
        let Bucket { name, prefix, compress, timeout } = &found.bucket;
        assert_eq!((&**name, &**prefix, *compress, *timeout), ("help-example-org", "", Compress::None, 30));
        assert_eq!((found.addressing, found.conditions), (Addressing::Path, Conditions::Kept));
        let (found, said) = read(concat!(
            "{to: s3, bucket: b.1-x, prefix: /docs/help, endpoint: 'http://127.0.0.1:9000/', region: auto,",
            " profile: site, addressing: host, conditional_writes: false, compress: gzip, timeout: 5}",
        ));
        assert_eq!(said, Vec::<String>::new());
        let found = found.unwrap();
        assert_eq!((&*found.bucket.prefix, found.endpoint.as_deref()), ("docs/help/", Some("http://127.0.0.1:9000")));
        assert_eq!((found.conditions, found.bucket.timeout), (Conditions::Unknown, 5));
        assert_eq!(found.bucket.compress, Compress::Gzip);
    }

    #[test]
    fn mistakes_are_named() {
        for (target, part) in [
            ("{to: s3}", "has no `bucket`"),
            ("{to: s3, bucket: 's3://help/x'}", "cannot be the name of a bucket"),
            ("{to: s3, bucket: help, bukket: x}", "did you mean `bucket`?"),
            ("{to: s3, bucket: help, endpoint: s3.example.org}", "cannot be the address of a server"),
            ("{to: s3, bucket: help, endpoint: 'https://s3.example.org/help'}", "without the bucket"),
            ("{to: s3, bucket: help, timeout: soon}", "cannot be a number of seconds"),
            ("{to: s3, bucket: help, addressing: pth}", "did you mean `path`?"),
            ("{to: s3, bucket: help, secret_access_key: x}", "is a secret"),
            ("{to: s3, bucket: help, compress: zip}", "`gzip`"),
            ("{to: azure}", "has no `container`"),
            ("{to: azure, container: help, bucket: x}", "has no key `bucket`"),
            ("{to: azure, container: help, endpoint: 'https://u@e.org'}", "has a password or a token"),
            ("{to: azure, container: help, endpoint: 'https://e.org/a?b'}", "cannot be the address"),
            ("{to: gcs, bucket: help, endpoint: 'https://e.org/help'}", "without the bucket"),
        ] {
            let (_, said) = read(target);
            assert!(said.len() == 1 && said[0].contains(part), "{target}: {said:?}");
        }
    }
}
