//! A bucket of another S3 server on loopback (s3s-fs), which checks every signature → what `publish` does in it. Its objects
//! are files of a folder, where they are looked at.

use super::http::{Running, program};
use super::kit::{self, Place};
use crate::harness::tree;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

pub(super) struct Bucket {
    server: Running,
    folder: TempDir,
}

impl Bucket {
    pub(super) fn new() -> Option<Bucket> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("help/docs")).expect("folders can be made");
        let remedy = "cargo install s3s-fs --version 0.14.1 --features binary --root target/s3s";
        let server = Running::start("s3s-fs", remedy, |port| {
            let mut command = Command::new(program("GUIDEPOST_S3S", "target/s3s/bin/s3s-fs", "s3s-fs"));
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            command.args(["--access-key", "key-of-the-test", "--secret-key", "secret-of-the-test"]).arg(folder.path());
            command
        })?;
        Some(Bucket { server, folder })
    }
}

impl Place for Bucket {
    fn yaml(&self) -> String {
        // Objects of former addresses have a header that is signed by us, and not by object_store.
        let host = &self.server.host;
        format!("    to: s3\n    host: s3\n    bucket: help\n    prefix: docs\n    endpoint: http://{host}\n")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("AWS_ACCESS_KEY_ID", "key-of-the-test".into()), ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test".into())]
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.folder.path().join("help/docs"))
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.path().join("help/docs").join(key)).ok()
    }

    fn changes_kinds(&self) -> bool {
        // Its objects are files: of `a` and `a/b` there is one at a time, and a folder stays when it is empty.
        false
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let path = self.folder.path().join("help/docs").join(key);
        let parent = path.parent().expect("it lies in a folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes)).expect("files can be written");
    }
}

#[test]
fn only_what_changed_is_published() {
    let Some(bucket) = Bucket::new() else { return };
    kit::publishes_what_changed(&bucket);
}

#[test]
fn foreign_objects_stay() {
    let Some(bucket) = Bucket::new() else { return };
    kit::leaves_what_is_not_ours(&bucket);
}

#[test]
fn random_edits_are_published() {
    let Some(bucket) = Bucket::new() else { return };
    kit::random_publishes(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(bucket) = Bucket::new() else { return };
    kit::survives_kills(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn a_large_file_goes_in_parts() {
    let Some(bucket) = Bucket::new() else { return };
    let site = kit::site(&bucket);
    site.write("static/film.mp4", (0..35u32 << 20).map(|at| (at / 1000) as u8).collect::<Vec<u8>>());
    kit::publish(&site).ok();
    kit::is_published(&site, &bucket);
}

#[test]
fn a_wrong_secret_is_refused() {
    let Some(bucket) = Bucket::new() else { return };
    let mut site = kit::site(&bucket);
    site.env("AWS_SECRET_ACCESS_KEY", "wrong-secret");
    kit::publish(&site).fails(2).says("SignatureDoesNotMatch").is_silent_about("wrong-secret");
    assert!(bucket.files().is_empty());
}
