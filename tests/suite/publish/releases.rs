//! A folder of releases behind a private `sshd` that gives SFTP and no shell → what `publish` puts there, and what readers of
//! `current` see meanwhile.

use super::kit::{self, Place};
use super::rsync::{self, Releases};
use super::sftp::{self, NO_SHELL, POOR};
use crate::server;

fn releases(more: &'static str) -> Option<Releases> {
    server::is_there("sftp", "/usr/bin/sftp").then(|| Releases::by("sftp", NO_SHELL, more)).flatten()
}

/// With as many of them as usual.
pub(super) fn new() -> Option<Releases> {
    releases("    releases: 3\n")
}

#[test]
fn only_what_changed_is_published() {
    new().iter().for_each(|releases| kit::publishes_what_changed(releases));
}

#[test]
fn foreign_files_stay() {
    new().iter().for_each(|releases| kit::leaves_what_is_not_ours(releases));
}

#[test]
fn a_reviewed_plan_is_followed() {
    new().iter().for_each(|releases| kit::follows_a_reviewed_plan(releases));
}

#[test]
fn random_edits_are_published() {
    let Some(releases) = releases("    releases: 2\n") else { return };
    kit::random_publishes(&releases, kit::cases(4), kit::seed());
    assert_eq!(releases.folders().len(), 2, "{:?}", releases.beside());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(releases) = new() else { return };
    kit::survives_kills(&releases, kit::cases(3), kit::seed());
    assert!(releases.beside().iter().all(|name| !name.ends_with(".part")), "{:?}", releases.beside());
    assert_eq!(releases.folders().len(), 3, "{:?}", releases.beside());
}

#[test]
fn so_many_releases_are_kept_and_unchanged_files_are_shared() {
    releases("    releases: 2\n").iter().for_each(rsync::keeps_so_many);
}

#[test]
fn there_is_a_way_back_and_forth() {
    new().iter().for_each(rsync::goes_back_and_forth);
}

#[test]
fn a_connection_that_is_cut_does_no_harm() {
    new().iter().for_each(rsync::survives_cuts);
}

#[test]
fn of_two_publishers_none_is_lost_without_a_word() {
    new().iter().for_each(|releases| kit::serves_two_publishers(releases));
}

#[test]
fn no_link_is_followed_out_of_a_release() {
    releases("    releases: 1\n").iter().for_each(rsync::follows_no_link);
}

#[test]
fn a_server_without_hard_links_will_do() {
    let server = "ForceCommand internal-sftp -P hardlink\n";
    let Some(releases) = Releases::by("sftp", server, "    releases: 5\n") else { return };
    let site = kit::site(&releases);
    releases.plant("notes/mine.txt", b"mine");
    let notes = || {
        let found = std::fs::metadata(releases.current().join("notes/mine.txt")).expect("it is there");
        let seconds = found.modified().expect("files have a time").duration_since(std::time::UNIX_EPOCH);
        (found.permissions(), seconds.expect("it is later").as_secs())
    };
    let before = notes();
    kit::publish(&site).ok();
    kit::is_published(&site, &releases);
    let first = releases.files();
    kit::page(&site, "fees", "Fees", "There are some.");
    site.remove("content/logo.png");
    kit::publish(&site).ok();
    kit::is_published(&site, &releases);
    site.run(["publish", "--rollback", "--yes"]).ok();
    assert_eq!(releases.files(), first);
    assert_eq!(notes(), before);
}

#[test]
fn a_server_that_cannot_switch_is_said_so_before_anything_is_uploaded() {
    let Some(releases) = Releases::by("sftp", POOR, "    releases: 2\n") else { return };
    let site = kit::site(&releases);
    kit::publish(&site).fails(2).says("cannot switch from one release to the next").says("leave out `releases`");
    assert!(!releases.path().join("current").exists() && !releases.path().join("releases").exists());
    let Some(folder) = sftp::Folder::of_rclone() else { return };
    let site = kit::site(&folder);
    let text = std::fs::read_to_string(site.root().join("site.yaml")).expect("it is there");
    site.write("site.yaml", text + "    releases: 2\n");
    kit::publish(&site).fails(2).says("cannot switch from one release to the next");
}
