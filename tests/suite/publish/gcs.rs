//! A stand-in for Google Cloud Storage on loopback → what `publish` does in it. It knows the few requests that are made, as
//! Google's documentation of the XML interface tells them: generations, conditions, pages of listings.

use super::http::{Reply, ask, between};
use super::kit::{self, Place};
use super::proxy::{Proxy, request};
use super::stores::{self, Behind};
use guidepost::path::decode;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the program must show.
const TOKEN: &str = "token-of-the-test";

/// How many keys a page of a listing has.
const PAGE: usize = 5;

#[derive(Clone)]
struct Stored {
    generation: u64,
    headers: Vec<String>,
    bytes: Vec<u8>,
}

/// An object that comes in parts.
struct Upload {
    key: String,
    headers: Vec<String>,
    parts: BTreeMap<usize, Vec<u8>>,
}

#[derive(Default)]
struct Objects {
    last: u64,
    all: BTreeMap<String, Stored>,
    uploads: BTreeMap<String, Upload>,
}

impl Objects {
    /// Stores an object; gives its generation.
    fn store(&mut self, key: &str, headers: Vec<String>, bytes: Vec<u8>) -> u64 {
        self.last += 1;
        let generation = self.last;
        self.all.insert(key.to_owned(), Stored { generation, headers, bytes });
        generation
    }
}

/// A bucket.
pub(super) struct Bucket {
    host: String,
    door: Proxy,
    prefix: &'static str,
    more: &'static str,
    objects: Arc<Mutex<Objects>>,
}

impl Bucket {
    pub(super) fn new(prefix: &'static str, more: &'static str) -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let objects = Arc::<Mutex<Objects>>::default();
        let shared = Arc::clone(&objects);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let objects = Arc::clone(&shared);
                // A client that goes away is none of the server's troubles.
                thread::spawn(move || drop(serve(client, &objects)));
            }
        });
        Bucket { door: Proxy::new(&host), host, prefix, more, objects }
    }

    /// The keys there, without the prefix.
    fn own_keys(&self) -> impl Iterator<Item = String> {
        let mut keys = Vec::new();
        let mut after = String::new();
        let headers = format!("authorization: Bearer {TOKEN}\r\n");
        loop {
            let reply = ask(&self.host, "GET", &format!("/help?continuation-token={after}"), &headers, b"");
            let text = String::from_utf8(reply.body).expect("a listing is text");
            keys.extend(between(&text, "<Key>", "</Key>"));
            match between(&text, "<NextContinuationToken>", "</NextContinuationToken>").pop() {
                Some(next) => after = next,
                None => break,
            }
        }
        keys.into_iter().filter_map(|key| key.strip_prefix(self.prefix).map(str::to_owned))
    }

    fn object(&self, method: &str, key: &str, headers: &str, body: &[u8]) -> Reply {
        let headers = format!("authorization: Bearer {TOKEN}\r\n{headers}");
        ask(&self.host, method, &format!("/help/{}{key}", self.prefix), &headers, body)
    }
}

/// Answers one request.
fn serve(mut client: TcpStream, objects: &Mutex<Objects>) -> std::io::Result<()> {
    let (head, body) = request(&mut client)?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = &*decode(path).expect("addresses are encoded");
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    };
    if header("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return answer(&mut client, "403 Forbidden", "", b"<Error><Code>AccessDenied</Code></Error>");
    }
    let mut objects = objects.lock().expect("nobody panicked");
    let Some(key) = path.strip_prefix("/help/").filter(|key| !key.is_empty()) else {
        return match path.trim_end_matches('/') {
            "/help" => answer(&mut client, "200 OK", "", listing(&objects, query).as_bytes()),
            _ => answer(&mut client, "404 Not Found", "", b"<Error><Code>NoSuchBucket</Code></Error>"),
        };
    };
    let there = objects.all.get(key).cloned();
    let kept = ["content-type", "cache-control", "content-encoding", "content-language", "content-disposition"];
    let kept = kept.into_iter().chain(["x-goog-meta-owner"]);
    let headers: Vec<String> = kept.filter_map(|name| Some(format!("{name}: {}", header(name)?))).collect();
    let asked = query.split('&').map(|part| part.split_once('=').unwrap_or((part, ""))).collect::<BTreeMap<_, _>>();
    if let Some(id) = asked.get("uploadId") {
        return part(&mut client, &mut objects, method, id, asked.get("partNumber").copied(), body);
    }
    match method {
        "POST" if asked.contains_key("uploads") => {
            objects.last += 1;
            let id = format!("upload-{}", objects.last);
            objects.uploads.insert(id.clone(), Upload { key: key.to_owned(), headers, parts: BTreeMap::new() });
            let text = format!(
                "<InitiateMultipartUploadResult><Bucket>help</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>\
                 </InitiateMultipartUploadResult>"
            );
            answer(&mut client, "200 OK", "", text.as_bytes())
        }
        "PUT" => {
            let generation = there.map_or(0, |there| there.generation);
            if header("x-goog-if-generation-match").is_some_and(|wanted| wanted != generation.to_string()) {
                return answer(&mut client, "412 Precondition Failed", "", b"");
            }
            let generation = objects.store(key, headers, body);
            answer(&mut client, "200 OK", &version(generation), b"")
        }
        "DELETE" if there.is_some() => {
            objects.all.remove(key);
            answer(&mut client, "204 No Content", "", b"")
        }
        "GET" | "HEAD" if let Some(there) = there => {
            let mut headers = version(there.generation) + "last-modified: Sat, 01 Aug 2026 00:00:00 GMT\r\n";
            there.headers.iter().for_each(|line| headers.push_str(&format!("{line}\r\n")));
            answer(&mut client, "200 OK", &headers, &there.bytes)
        }
        _ => answer(&mut client, "404 Not Found", "", b"<Error><Code>NoSuchKey</Code></Error>"),
    }
}

/// Answers a request about an upload in parts: one more of them, all of them together, or none.
fn part(
    client: &mut TcpStream,
    objects: &mut Objects,
    method: &str,
    id: &str,
    number: Option<&str>,
    body: Vec<u8>,
) -> std::io::Result<()> {
    let Some(upload) = objects.uploads.get_mut(id) else {
        return answer(client, "404 Not Found", "", b"<Error><Code>NoSuchUpload</Code></Error>");
    };
    match (method, number.and_then(|number| number.parse().ok())) {
        ("PUT", Some(number)) => {
            upload.parts.insert(number, body);
            answer(client, "200 OK", &format!("etag: \"p{number}\"\r\n"), b"")
        }
        ("POST", None) => {
            let listed = between(&String::from_utf8_lossy(&body), "<PartNumber>", "</PartNumber>");
            let known: Vec<String> = upload.parts.keys().map(usize::to_string).collect();
            let last = upload.parts.len();
            // All but the last have 5 MiB at least.
            let small = upload.parts.iter().any(|(number, bytes)| *number != last && bytes.len() < 5 << 20);
            if listed != known || small {
                return answer(client, "400 Bad Request", "", b"<Error><Code>InvalidPart</Code></Error>");
            }
            let Upload { key, headers, parts } = objects.uploads.remove(id).expect("it was there just now");
            let generation = objects.store(&key, headers, parts.into_values().flatten().collect());
            let text = format!(
                "<CompleteMultipartUploadResult><Bucket>help</Bucket><Key>{key}</Key><ETag>\"e{generation}\"</ETag>\
                 </CompleteMultipartUploadResult>"
            );
            answer(client, "200 OK", &version(generation), text.as_bytes())
        }
        _ => {
            objects.uploads.remove(id);
            answer(client, "204 No Content", "", b"")
        }
    }
}

fn version(generation: u64) -> String {
    format!("etag: \"e{generation}\"\r\nx-goog-generation: {generation}\r\n")
}

fn answer(client: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    client.write_all(head.as_bytes())?;
    client.write_all(body)
}

fn listing(objects: &Objects, query: &str) -> String {
    let value = |name: &str| {
        let parts = query.split('&').filter_map(|part| part.split_once('='));
        let found = parts.filter(|(known, _)| *known == name).filter_map(|(_, value)| decode(value)).next();
        found.unwrap_or_default()
    };
    let (prefix, after) = (value("prefix"), value("continuation-token"));
    let below: Vec<_> = objects.all.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after).collect();
    let mut text = String::from("<?xml version=\"1.0\"?><ListBucketResult>");
    for (key, stored) in below.iter().take(PAGE) {
        let (size, tag) = (stored.bytes.len(), stored.generation);
        let _ = write!(
            text,
            "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>\"e{tag}\"</ETag>\
             <LastModified>2026-08-01T00:00:00.000Z</LastModified></Contents>"
        );
    }
    if below.len() > PAGE {
        let _ = write!(text, "<NextContinuationToken>{}</NextContinuationToken>", below[PAGE - 1].0);
    }
    text + "</ListBucketResult>"
}

impl Place for Bucket {
    fn yaml(&self) -> String {
        let (door, prefix, more) = (&self.door.address, self.prefix, self.more);
        let prefix = if prefix.is_empty() { String::new() } else { format!("    prefix: {prefix}\n") };
        format!("    to: gcs\n    bucket: help\n    endpoint: {door}\n{prefix}{more}")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN.into())]
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.own_keys().map(|key| (key.clone(), self.object("GET", &key, "", b"").decoded())).collect()
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        self.object("GET", key, "", b"").found()
    }

    fn prints(&self) -> BTreeMap<String, String> {
        let known = ["content-type", "cache-control", "x-goog-meta-owner", "etag"];
        let print = |key: String| {
            let reply = self.object("GET", &key, "", b"");
            let headers = known.map(|name| reply.header(name).unwrap_or_default());
            let print = format!("{} {headers:?}", guidepost::hash::Hash::of(&reply.decoded()));
            (key, print)
        };
        self.own_keys().map(print).collect()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let headers = "content-type: text/x-foreign\r\nx-goog-meta-owner: somebody\r\n";
        let planted = self.object("PUT", key, headers, bytes);
        assert!(planted.head.contains(" 200 "), "{}", planted.head);
    }
}

impl Behind for Bucket {
    fn door(&self) -> &Proxy {
        &self.door
    }

    fn header(&self, key: &str, name: &str) -> Option<String> {
        self.object("GET", key, "", b"").header(name)
    }
}

#[test]
fn only_what_changed_is_published() {
    kit::publishes_what_changed(&Bucket::new("docs/help/", ""));
}

#[test]
fn foreign_objects_stay() {
    kit::leaves_what_is_not_ours(&Bucket::new("", ""));
}

#[test]
fn random_edits_are_published() {
    kit::random_publishes(&Bucket::new("", "    compress: gzip\n"), kit::cases(4), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    kit::survives_kills(&Bucket::new("", ""), kit::cases(4), kit::seed());
}

#[test]
fn few_requests_are_made() {
    stores::few_requests(&Bucket::new("", ""));
}

#[test]
fn objects_have_their_headers() {
    stores::has_headers(&Bucket::new("docs/", "    compress: gzip\n"), "");
}

#[test]
fn a_large_file_goes_in_parts() {
    let bucket = Bucket::new("", "    timeout: 3\n");
    stores::takes_large_files(&bucket, "partNumber");
    assert!(bucket.objects.lock().expect("nobody panicked").uploads.is_empty(), "nothing is left half");
    stores::any_part_may_fail(&bucket);
    assert!(bucket.objects.lock().expect("nobody panicked").uploads.len() < 3, "little is left half");
}

#[test]
fn a_server_that_fails_at_any_request_is_published_to_in_the_end() {
    stores::any_request_may_fail(&Bucket::new("", "    timeout: 2\n"), 4);
}

#[test]
fn two_publishers_do_not_disturb_each_other() {
    stores::two_at_once(&Bucket::new("", ""), kit::cases(3));
}

#[test]
fn what_goes_wrong_is_said_without_secrets() {
    let bucket = Bucket::new("", "");
    let mut site = kit::site(&bucket);
    site.env("GOOGLE_OAUTH_ACCESS_TOKEN", "wrong-token");
    let run = kit::publish(&site);
    run.fails(2).says("403").says("GOOGLE_APPLICATION_CREDENTIALS").says("`publish.md`").is_silent_about("wrong-token");
    site.env("GOOGLE_OAUTH_ACCESS_TOKEN", "").env("GOOGLE_APPLICATION_CREDENTIALS", "/not/there.json");
    kit::publish(&site).fails(2).says("/not/there.json");
}
