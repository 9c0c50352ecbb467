//! A bucket of an S3 server on loopback (moto) → a place for the stories, and a look at its objects past our own client.

use super::http::{Reply, Running, ask, between, program};
use super::kit::{self, Place};
use super::proxy::Proxy;
use super::stores::Behind;
use crate::harness::Site;
use std::collections::BTreeMap;
use std::process::Command;

/// A server, and a bucket of it.
pub(crate) struct Bucket {
    server: Running,
    pub(crate) door: Proxy,
    prefix: &'static str,
    more: &'static str,
}

impl Bucket {
    /// A bucket, if moto is there; `more` are lines of the target's settings.
    pub(crate) fn new(prefix: &'static str, more: &'static str) -> Option<Bucket> {
        let remedy = "python3 -m venv target/moto && target/moto/bin/pip install 'moto[server]'";
        let server = Running::start("moto", remedy, |port| {
            let mut command = Command::new(program("GUIDEPOST_MOTO", "target/moto/bin/moto_server", "moto_server"));
            // Listings come in short pages, and after the bucket is made a key must be known.
            let page = if more.contains("# long pages") { "1000" } else { "5" };
            let strangers = if more.contains("# wrong key") { "1" } else { "1000000" };
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command.env("MOTO_S3_DEFAULT_MAX_KEYS", page).env("INITIAL_NO_AUTH_ACTION_COUNT", strangers);
            command
        })?;
        let bucket = Bucket { door: Proxy::new(&server.host), server, prefix, more };
        let made = bucket.ask("PUT", "/help", b"");
        assert!(made.head.contains(" 200 "), "{}", made.head);
        Some(bucket)
    }

    /// Asks the server itself, past the door.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        // Whoever does not name a key is a stranger, who sees nothing.
        let headers = "authorization: AWS4-HMAC-SHA256 Credential=owner/20260801/us-east-1/s3/aws4_request, \
            SignedHeaders=host, Signature=0\r\ncontent-type: text/x-foreign\r\nx-amz-meta-owner: somebody\r\n";
        ask(&self.server.host, method, path, headers, body)
    }

    /// The keys there, with the prefix.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut token = String::new();
        loop {
            let reply = self.ask("GET", &format!("/help?list-type=2{token}"), b"");
            let text = String::from_utf8(reply.body).expect("a listing is text");
            keys.extend(between(&text, "<Key>", "</Key>"));
            match between(&text, "<NextContinuationToken>", "</NextContinuationToken>").first() {
                Some(next) => token = format!("&continuation-token={}", next.replace('+', "%2B").replace('=', "%3D")),
                None => return keys,
            }
        }
    }

    /// The same without the prefix.
    fn own_keys(&self) -> impl Iterator<Item = String> {
        self.keys().into_iter().filter_map(|key| key.strip_prefix(self.prefix).map(str::to_owned))
    }

    pub(crate) fn site(&self) -> Site {
        kit::site(self)
    }
}

impl Place for Bucket {
    fn yaml(&self) -> String {
        let (door, prefix, more) = (&self.door.address, self.prefix, self.more);
        let prefix = if prefix.is_empty() { String::new() } else { format!("    prefix: {prefix}\n") };
        format!("    to: s3\n    bucket: help\n    endpoint: {door}\n{prefix}{more}")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("AWS_ACCESS_KEY_ID", "key-of-the-test".into()), ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test".into())]
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.own_keys()
            .map(|key| (key.clone(), self.ask("GET", &format!("/help/{}{key}", self.prefix), b"").decoded()))
            .collect()
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        self.ask("GET", &format!("/help/{}{key}", self.prefix), b"").found()
    }

    fn prints(&self) -> BTreeMap<String, String> {
        let known = ["content-type", "cache-control", "content-encoding", "x-amz-meta-owner", "etag", "last-modified"];
        let print = |key: String| {
            let reply = self.ask("GET", &format!("/help/{}{key}", self.prefix), b"");
            let headers = known.map(|name| reply.header(name).unwrap_or_default());
            let print = format!("{} {headers:?}", guidepost::hash::Hash::of(&reply.decoded()));
            (key, print)
        };
        self.own_keys().map(print).collect()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let planted = self.ask("PUT", &format!("/help/{}{key}", self.prefix), bytes);
        assert!(planted.head.contains(" 200 "), "{}", planted.head);
    }
}

impl Behind for Bucket {
    fn door(&self) -> &Proxy {
        &self.door
    }

    fn header(&self, key: &str, name: &str) -> Option<String> {
        self.ask("GET", &format!("/help/{}{key}", self.prefix), b"").header(name)
    }
}
