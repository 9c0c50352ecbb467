//! The keys of a target in an object store → where it is; never a credential.

use super::parse::text;
use super::publish::folder;
use crate::yaml::{Entry, Reader};
use serde::{Deserialize, Serialize};

/// A bucket of a server that speaks the protocol of Amazon S3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct S3 {
    /// The bucket.
    pub bucket: String,
    /// A folder of the bucket, with `/` at its end; empty for its root.
    pub prefix: String,
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
    /// For how many seconds an answer is waited for.
    pub timeout: u64,
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

/// The keys of `to: s3`.
pub(super) const S3_KEYS: [&str; 8] =
    ["bucket", "prefix", "region", "endpoint", "profile", "addressing", "conditional_writes", "timeout"];

/// For how many seconds an answer is waited for, unless the settings say so.
const TIMEOUT: u64 = 30;

/// The longest time that can be asked for.
const LONGEST: u64 = 3600;

pub(super) fn s3<'e, 'n: 'e>(
    reader: &mut Reader,
    target: &Entry,
    find: &dyn Fn(&str) -> Option<&'e Entry<'n>>,
) -> Option<S3> {
    let Some(bucket) = find("bucket") else {
        let message = format!("the target `{}` has no `bucket`", target.key);
        reader.missing(target.key_span, message, "add a line: `bucket: help-example-org`".to_owned());
        return None;
    };
    let name = text(reader, bucket)?;
    if !is_bucket(&name) {
        let message = format!("`{name}` cannot be the name of a bucket");
        let help = "write the bucket's name alone: `bucket: help-example-org`; a folder of it goes to `prefix`";
        reader.report(bucket.value.span, message, "not a bucket's name", help);
        return None;
    }
    let mut words = |key: &str| find(key).map(|part| text(reader, part));
    let (region, profile) = (optional(words("region"))?, optional(words("profile"))?);
    let (endpoint, prefix) = (optional(words("endpoint"))?, optional(words("prefix"))?);
    if let (Some(address), Some(part)) = (&endpoint, find("endpoint"))
        && !is_endpoint(address)
    {
        let message = format!("`{address}` cannot be the address of a server");
        let help = "write scheme and name, without the bucket: `endpoint: https://s3.example.org`";
        reader.report(part.value.span, message, "not a server's address", help);
        return None;
    }
    let prefix = match (prefix, find("prefix")) {
        (Some(written), Some(part)) => folder(reader, &written, part.value.span)?,
        _ => String::new(),
    };
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
    let timeout = seconds(reader, find("timeout"))?;
    let endpoint = endpoint.map(|address| address.trim_end_matches('/').to_owned());
    Some(S3 { bucket: name, prefix, region, endpoint, profile, addressing, conditions, timeout })
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
    name.len() >= 3 && name.bytes().all(of_a_name) && !name.starts_with('.') && !name.contains("..")
}

fn is_endpoint(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.trim_end_matches('/');
        !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/?#@\\".contains(c))
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
        assert_eq!((&*found.bucket, &*found.prefix, found.timeout), ("help-example-org", "", 30));
        assert_eq!((found.addressing, found.conditions), (Addressing::Path, Conditions::Kept));
        let (found, said) = read(concat!(
            "{to: s3, bucket: b.1-x, prefix: /docs/help, endpoint: 'http://127.0.0.1:9000/', region: auto,",
            " profile: site, addressing: host, conditional_writes: false, timeout: 5}",
        ));
        assert_eq!(said, Vec::<String>::new());
        let found = found.unwrap();
        assert_eq!((&*found.prefix, found.endpoint.as_deref()), ("docs/help/", Some("http://127.0.0.1:9000")));
        assert_eq!((found.conditions, found.timeout), (Conditions::Unknown, 5));
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
        ] {
            let (_, said) = read(target);
            assert!(said.len() == 1 && said[0].contains(part), "{target}: {said:?}");
        }
    }
}
