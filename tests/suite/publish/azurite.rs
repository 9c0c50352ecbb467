//! A container of an Azure emulator on loopback (Azurite) → what `publish` does in it.

use super::http::{Reply, Running, ask, between, program};
use super::kit::{self, Place};
use super::proxy::Proxy;
use super::stores::{self, Behind};
use std::collections::BTreeMap;
use std::process::Command;
use tempfile::TempDir;

/// The account of every emulator, and its key, which is no secret.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A signature with that key which lets its bearer do everything until 2099.
const SIGNED: &str = "sv=2018-03-28&ss=b&srt=sco&sp=rwdlac&se=2099-01-01T00%3A00%3A00Z&\
    sig=YrY7fDnx7qor69uROsxzCW3jIEd5ohct0TgkmI4rFms%3D";

pub(super) struct Container {
    server: Running,
    door: Proxy,
    prefix: &'static str,
    more: &'static str,
    _folder: TempDir,
}

impl Container {
    pub(super) fn new(prefix: &'static str, more: &'static str) -> Option<Container> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let remedy = "npm install --prefix target/azurite azurite@3";
        let server = Running::start("azurite", remedy, |port| {
            let own = "target/azurite/node_modules/.bin/azurite-blob";
            let mut command = Command::new(program("GUIDEPOST_AZURITE", own, "azurite-blob"));
            command.args(["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"]);
            command.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]).current_dir(folder.path());
            command
        })?;
        let container = Container { door: Proxy::new(&server.host), server, prefix, more, _folder: folder };
        let made = ask(&container.server.host, "PUT", &format!("/{ACCOUNT}/help?restype=container&{SIGNED}"), "", b"");
        assert!(made.head.contains(" 201 "), "{}", made.head);
        Some(container)
    }

    /// The same without the prefix.
    fn own_keys(&self) -> impl Iterator<Item = String> {
        self.keys().into_iter().filter_map(|key| key.strip_prefix(self.prefix).map(str::to_owned))
    }

    fn blob(&self, method: &str, key: &str, headers: &str, body: &[u8]) -> Reply {
        let path = format!("/{ACCOUNT}/help/{}{key}?{SIGNED}", self.prefix);
        ask(&self.server.host, method, &path, headers, body)
    }

    /// The keys there, with the prefix.
    fn keys(&self) -> Vec<String> {
        let path = format!("/{ACCOUNT}/help?restype=container&comp=list&{SIGNED}");
        let reply = ask(&self.server.host, "GET", &path, "", b"");
        between(&String::from_utf8(reply.body).expect("a listing is text"), "<Name>", "</Name>")
    }
}

impl Place for Container {
    fn yaml(&self) -> String {
        let (door, prefix, more) = (&self.door.address, self.prefix, self.more);
        let prefix = if prefix.is_empty() { String::new() } else { format!("    prefix: {prefix}\n") };
        format!(
            "    to: azure\n    container: help\n    account: {ACCOUNT}\n    endpoint: {door}/{ACCOUNT}\n{prefix}{more}"
        )
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("AZURE_STORAGE_KEY", KEY.into())]
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.own_keys().map(|key| (key.clone(), self.blob("GET", &key, "", b"").decoded())).collect()
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        self.blob("GET", key, "", b"").found()
    }

    fn prints(&self) -> BTreeMap<String, String> {
        let known = ["content-type", "cache-control", "x-ms-meta-owner", "etag", "last-modified"];
        let print = |key: String| {
            let reply = self.blob("GET", &key, "", b"");
            let headers = known.map(|name| reply.header(name).unwrap_or_default());
            let print = format!("{} {headers:?}", guidepost::hash::Hash::of(&reply.decoded()));
            (key, print)
        };
        self.own_keys().map(print).collect()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let headers = "x-ms-blob-type: BlockBlob\r\nx-ms-meta-owner: somebody\r\ncontent-type: text/x-foreign\r\n";
        let planted = self.blob("PUT", key, headers, bytes);
        assert!(planted.head.contains(" 201 "), "{}", planted.head);
    }
}

impl Behind for Container {
    fn door(&self) -> &Proxy {
        &self.door
    }

    fn header(&self, key: &str, name: &str) -> Option<String> {
        self.blob("GET", key, "", b"").header(name)
    }
}

#[test]
fn only_what_changed_is_published() {
    let Some(container) = Container::new("docs/help/", "") else { return };
    kit::publishes_what_changed(&container);
    assert!(container.keys().iter().all(|key| key.starts_with("docs/help/")), "{:?}", container.keys());
}

#[test]
fn foreign_blobs_stay() {
    let Some(container) = Container::new("", "") else { return };
    kit::leaves_what_is_not_ours(&container);
}

#[test]
fn random_edits_are_published() {
    let Some(container) = Container::new("", "") else { return };
    kit::random_publishes(&container, kit::cases(4), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(container) = Container::new("", "    compress: gzip\n") else { return };
    kit::survives_kills(&container, kit::cases(4), kit::seed());
}

#[test]
fn few_requests_are_made() {
    let Some(container) = Container::new("", "") else { return };
    stores::few_requests(&container);
}

#[test]
fn blobs_have_their_headers() {
    let Some(container) = Container::new("docs/", "    compress: gzip\n") else { return };
    stores::has_headers(&container, "");
}

#[test]
fn a_large_file_goes_in_parts() {
    let Some(container) = Container::new("", "") else { return };
    stores::takes_large_files(&container, "comp=block&");
    stores::any_part_may_fail(&container);
}

#[test]
fn a_server_that_fails_at_any_request_is_published_to_in_the_end() {
    let Some(container) = Container::new("", "    timeout: 2\n") else { return };
    stores::any_request_may_fail(&container, 4);
}

#[test]
fn two_publishers_do_not_disturb_each_other() {
    let Some(container) = Container::new("", "") else { return };
    stores::two_at_once(&container, kit::cases(3));
}

#[test]
fn what_goes_wrong_is_said_without_secrets() {
    let Some(container) = Container::new("", "") else { return };
    let mut site = kit::site(&container);
    let wrong = "d3Jvbmcta2V5LW9mLXRoZS10ZXN0";
    site.env("AZURE_STORAGE_KEY", wrong);
    let run = kit::publish(&site);
    run.fails(2).says("403").says("AZURE_STORAGE_KEY").says("`publish.md`").is_silent_about(wrong);
    site.env("AZURE_STORAGE_KEY", KEY);
    let text = format!("title: Guides\nurl: https://example.org/\npublish:\n  web:\n{}", container.yaml());
    site.write("site.yaml", text.replace("container: help", "container: hepl"));
    kit::publish(&site).fails(2).says("ContainerNotFound").says("make the bucket");
    let door = format!("{}/{ACCOUNT}", container.door.address);
    let connection = format!("AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={door};");
    site.env("AZURE_STORAGE_KEY", "").env("AZURE_STORAGE_CONNECTION_STRING", &connection);
    site.write("site.yaml", text.replace(&format!("    endpoint: {door}\n"), ""));
    kit::publish(&site).ok();
    kit::is_published(&site, &container);
    let sas = SIGNED.replace("&\n    ", "&");
    site.env("AZURE_STORAGE_CONNECTION_STRING", "").env("AZURE_STORAGE_SAS_TOKEN", &sas);
    site.write("site.yaml", &text);
    kit::publish(&site).ok();
}
