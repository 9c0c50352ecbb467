//! A bucket of an S3 server on loopback (moto) → what `publish` does in it, and with which requests.

use super::kit::{self, Place};
use super::proxy::{Proxy, Trouble};
use crate::harness::{Site, say};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A server, and a bucket of it.
struct Bucket {
    server: Child,
    /// `127.0.0.1:port`.
    host: String,
    door: Proxy,
    prefix: &'static str,
    more: &'static str,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program: the one that `GUIDEPOST_MOTO` names, or the one below `target/`, or the one on the path.
fn program() -> String {
    let own = crate::harness::repository("target/moto/bin/moto_server");
    let own = own.exists().then(|| own.display().to_string());
    std::env::var("GUIDEPOST_MOTO").ok().or(own).unwrap_or_else(|| "moto_server".to_owned())
}

impl Bucket {
    /// A bucket, if moto is there. If not, that is an error if `GUIDEPOST_REQUIRE` names it, else one line.
    fn new(prefix: &'static str, more: &'static str) -> Option<Bucket> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let started = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            // Listings come in pages of five, and after the bucket is made a key must be known.
            .env("MOTO_S3_DEFAULT_MAX_KEYS", "5")
            .env("INITIAL_NO_AUTH_ACTION_COUNT", if more.contains("# wrong key") { "1" } else { "1000000" })
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(server) = started else {
            let required = std::env::var("GUIDEPOST_REQUIRE").unwrap_or_default();
            let required = required.split(',').any(|one| one.trim() == "moto");
            assert!(!required, "GUIDEPOST_REQUIRE names moto, and it is not there: pip install 'moto[server]'");
            say(format_args!("skipped: nothing is published to S3 (pip install 'moto[server]')"));
            return None;
        };
        let host = format!("127.0.0.1:{port}");
        let bucket = Bucket { server, door: Proxy::new(&host), host, prefix, more };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(&bucket.host).is_err() {
            assert!(Instant::now() < deadline, "{} does not answer", program());
            thread::sleep(Duration::from_millis(50));
        }
        let made = bucket.ask("PUT", "/help", b"");
        assert!(made.head.contains(" 200 "), "{}", made.head);
        Some(bucket)
    }

    /// Asks the server itself, past the door.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.host).expect("the server answers");
        let (host, length) = (&self.host, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n");
        // Whoever does not name a key is a stranger, who sees nothing.
        let key =
            "AWS4-HMAC-SHA256 Credential=owner/20260801/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!("{head}authorization: {key}\r\n");
        let head = format!("{head}content-type: text/x-foreign\r\nx-amz-meta-owner: somebody\r\n\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("the server listens");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server answers");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let body = answer.split_off(end + 4);
        Reply { head: String::from_utf8(answer).expect("a head is text"), body }
    }

    /// The keys there, with the prefix.
    fn keys(&self) -> Vec<String> {
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

    /// The header of an object.
    fn header(&self, key: &str, name: &str) -> Option<String> {
        let reply = self.ask("GET", &format!("/help/{}{key}", self.prefix), b"");
        let lines = reply.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    }

    fn site(&self) -> Site {
        kit::site(self)
    }
}

struct Reply {
    head: String,
    body: Vec<u8>,
}

fn between(text: &str, open: &str, close: &str) -> Vec<String> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).map(str::to_owned).collect()
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
        let keys = self.keys().into_iter().filter_map(|key| key.strip_prefix(self.prefix).map(str::to_owned));
        let bytes = |key: &str| self.ask("GET", &format!("/help/{}{key}", self.prefix), b"").body;
        keys.map(|key| (key.clone(), bytes(&key))).collect()
    }

    fn prints(&self) -> BTreeMap<String, String> {
        let print = |(key, bytes): (String, Vec<u8>)| {
            let known = ["content-type", "cache-control", "x-amz-meta-owner", "etag", "last-modified"];
            let headers = known.map(|name| self.header(&key, name).unwrap_or_default());
            (key, format!("{} {headers:?}", guidepost::hash::Hash::of(&bytes)))
        };
        self.files().into_iter().map(print).collect()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let planted = self.ask("PUT", &format!("/help/{}{key}", self.prefix), bytes);
        assert!(planted.head.contains(" 200 "), "{}", planted.head);
    }
}

#[test]
fn only_what_changed_is_published() {
    let Some(bucket) = Bucket::new("docs/help/", "") else { return };
    kit::publishes_what_changed(&bucket);
    assert!(bucket.keys().iter().all(|key| key.starts_with("docs/help/")), "{:?}", bucket.keys());
}

#[test]
fn foreign_objects_stay() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::leaves_what_is_not_ours(&bucket);
}

#[test]
fn a_server_without_conditions_is_published_to_when_that_is_said() {
    let Some(bucket) = Bucket::new("", "    conditional_writes: false\n") else { return };
    kit::leaves_what_is_not_ours(&bucket);
}

#[test]
fn random_edits_are_published() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::random_publishes(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::survives_kills(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn few_requests_are_made_and_objects_have_headers() {
    let Some(bucket) = Bucket::new("", "") else { return };
    let site = bucket.site();
    kit::publish(&site).ok();
    assert_eq!(bucket.header("index.html", "content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert!(bucket.header("index.html", "cache-control").is_some_and(|value| value.contains("must-revalidate")));
    let styles = bucket.keys().into_iter().find(|key| key.ends_with(".css")).expect("the theme has a style sheet");
    assert!(bucket.header(&styles, "cache-control").is_some_and(|value| value.contains("immutable")));

    bucket.door.requests();
    kit::publish(&site).ok();
    let nothing = bucket.door.requests();
    assert_eq!(nothing.len(), 1, "{nothing:#?}");
    assert!(nothing[0].starts_with("GET /help/.guidepost-release.json"), "{nothing:#?}");

    for (edit, text) in [("fees", "There are some."), ("fees", "There are many.")] {
        kit::page(&site, edit, "Fees", text);
        let run = kit::publish(&site);
        run.ok();
        let changes = run.stdout().lines().filter(|line| line.starts_with("  ~ ")).count();
        let requests = bucket.door.requests();
        assert!(changes > 0 && requests.len() <= changes + 4, "{changes} changes: {requests:#?}");
    }
}

#[test]
fn what_goes_wrong_is_said_without_secrets() {
    let Some(bucket) = Bucket::new("", "    # wrong key\n") else { return };
    let site = bucket.site();
    let run = kit::publish(&site);
    run.fails(2).says("403").says("AWS_ACCESS_KEY_ID").says("`publish.md`").is_silent_about("secret-of-the-test");

    let Some(bucket) = Bucket::new("", "") else { return };
    let mut site = bucket.site();
    let text = format!("title: Guides\nurl: https://example.org/\npublish:\n  web:\n{}", bucket.yaml());
    site.write("site.yaml", text.replace("bucket: help", "bucket: hepl"));
    kit::publish(&site).fails(2).says("NoSuchBucket").says("make the bucket");
    site.write("site.yaml", text);
    site.env("AWS_ACCESS_KEY_ID", "").env("AWS_EC2_METADATA_DISABLED", "true");
    kit::publish(&site).fails(2).says("no credentials").says("AWS_ACCESS_KEY_ID");
    site.env("AWS_PROFILE", "work");
    kit::publish(&site).fails(2).says("no profile `work`");
    std::fs::create_dir_all(site.root().join("../home/.aws")).expect("the home folder can be written");
    site.write("../home/.aws/credentials", "[work]\naws_access_key_id = a\naws_secret_access_key = b\n");
    kit::publish(&site).ok();
    kit::is_published(&site, &bucket);
}

/// Whatever happens to the request of each number, the run ends well or the next one does.
#[test]
fn a_server_that_fails_at_any_request_is_published_to_in_the_end() {
    let Some(bucket) = Bucket::new("", "    timeout: 2\n") else { return };
    let site = bucket.site();
    kit::publish(&site).ok();
    let mut step = 0;
    let mut change = || {
        step += 1;
        kit::page(&site, "fees", "Fees", &format!("There are {step}."));
        let (come, go) = (format!("content/{step}.csv"), format!("content/{}.csv", step - 1));
        site.write(&come, format!("a,{step}\n"));
        if site.root().join(&go).exists() {
            site.remove(&go);
        }
    };
    change();
    bucket.door.requests();
    kit::force(&site).ok();
    change();
    kit::force(&site).ok();
    let usual = bucket.door.requests().len() / 2;
    assert!(usual >= 6, "{usual}");
    for trouble in [Trouble::Busy, Trouble::Closed, Trouble::Unanswered, Trouble::Broken, Trouble::Silent] {
        // A silence lasts, so that only some requests meet one.
        let every = if trouble == Trouble::Silent { 4 } else { 1 };
        for number in (0..usual).step_by(every) {
            change();
            bucket.door.fail(Some((number, trouble)));
            let run = kit::force(&site);
            if trouble == Trouble::Broken {
                assert!(run.failed() && run.stderr().contains("Pay your bill"), "{number}: {run}");
            } else {
                run.ok();
            }
            bucket.door.fail(None);
            kit::force(&site).ok();
            kit::is_published(&site, &bucket);
        }
    }
}
