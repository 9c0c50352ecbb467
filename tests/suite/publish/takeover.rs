//! Somebody says of a living run that it is dead → that run notices and stops, and what is there is the other one's.

use super::kit::{self, Place};
use super::sftp::Folder;
use crate::harness::{Site, TODAY};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts a run of the first site, and says of it that it is dead while it uploads; gives what it said when it ended with
/// exit code 6.
fn taken_for_dead(sites: &[Site; 2], place: &dyn Place) -> String {
    let mut command = sites[0].command("");
    command.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program can be started");
    let started = Instant::now();
    while place.answer("files/0.txt").is_none() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing arrives");
        std::thread::sleep(Duration::from_millis(2));
    }
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(sent.expect("kill can be started").success(), "it is at work");
    };
    signal("-STOP");
    kit::publish(&sites[1]).fails(4).says("publish/busy");
    signal("-CONT");
    let run = sites[1].run(["publish", "--yes", "--take-over"]);
    let first = child.wait_with_output().expect("it can be waited for");
    let said = String::from_utf8_lossy(&first.stderr).into_owned();
    assert_eq!(first.status.code(), Some(6), "{said}");
    run.ok();
    said
}

/// Two sites with so many files of different texts.
fn sites(place: &dyn Place, count: usize) -> [Site; 2] {
    ["first", "second"].map(|name| {
        let site = kit::site(place);
        kit::page(&site, "index", "Home", name);
        for number in 0..count {
            site.write(&format!("static/files/{number}.txt"), format!("{name} {number}"));
        }
        site
    })
}

#[cfg(feature = "object-store")]
#[test]
fn after_a_living_run_was_taken_for_dead_at_a_store_both_sites_can_be_published() {
    let Some(bucket) = super::moto::Bucket::new("", "    # long pages\n") else { return };
    let sites = sites(&bucket, 400);
    let said = taken_for_dead(&sites, &bucket);
    assert!(said.contains("somebody else has"), "{said}");
    for site in &sites {
        kit::publish(site).ok();
        kit::is_published(site, &bucket);
    }
}

#[test]
fn a_living_run_by_sftp_notices_that_it_is_taken_for_dead() {
    for folder in [Folder::new(), Folder::of_rclone()].into_iter().flatten() {
        let sites = sites(&folder, 2500);
        let said = taken_for_dead(&sites, &folder);
        assert!(said.contains("another run has taken over") || said.contains("somebody else has"), "{said}");
        kit::is_published(&sites[1], &folder);
        assert!(kit::publish(&sites[1]).ok().stdout().contains("Nothing to do"));
        assert_eq!(folder.beside(), Vec::<String>::new());
        kit::publish(&sites[0]).ok();
        kit::is_published(&sites[0], &folder);
    }
}
