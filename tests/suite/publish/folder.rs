//! A folder beside the site → what `publish` does in it.

use super::kit::{self, Place};
use crate::harness::{Site, TODAY, tree};
use crate::preview::Preview;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;

pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("www")
    }
}

impl Place for Folder {
    fn yaml(&self) -> String {
        format!("    to: folder\n    path: {}\n", self.path().display())
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = tree(&self.path());
        // Where files are written first; its lock stays if a run is killed.
        files.retain(|key, _| !key.starts_with(".guidepost-publish/"));
        files
    }

    fn prints(&self) -> BTreeMap<String, String> {
        kit::prints_of(&self.path())
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.path().join(key)).ok()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let path = self.path().join(key);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }
}

#[test]
fn only_what_changed_is_published() {
    kit::publishes_what_changed(&Folder::new());
}

#[test]
fn all_files_can_be_put_again() {
    kit::puts_all_again(&Folder::new());
}

#[test]
fn foreign_files_stay() {
    kit::leaves_what_is_not_ours(&Folder::new());
}

#[test]
fn a_reviewed_plan_is_followed() {
    kit::follows_a_reviewed_plan(&Folder::new());
}

#[test]
fn random_edits_are_published() {
    kit::random_publishes(&Folder::new(), kit::cases(12), kit::seed());
}

#[cfg(unix)]
#[test]
fn a_killed_run_does_no_harm() {
    kit::survives_kills(&Folder::new(), kit::cases(8), kit::seed());
}

#[test]
fn nothing_is_left_behind() {
    let folder = Folder::new();
    kit::publish(&kit::site(&folder)).ok();
    assert!(!folder.path().join(".guidepost-publish").exists());
}

#[test]
fn two_publishers_do_not_meet() {
    let folder = Folder::new();
    let site = kit::site(&folder);
    fs::create_dir_all(folder.path().join(".guidepost-publish")).expect("folders can be made");
    let lock = fs::File::create(folder.path().join(".guidepost-publish/lock")).expect("files can be made");
    lock.lock().expect("files can be locked");
    kit::publish(&site).fails(4).says("publish/busy").says("another run is publishing");
    assert!(!folder.path().join("index.html").exists());
    drop(lock);
    kit::publish(&site).ok();
    kit::is_published(&site, &folder);
    kit::serves_two_publishers(&Folder::new());
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_out_of_the_folder() {
    let folder = Folder::new();
    let site = kit::site(&folder);
    fs::create_dir_all(folder.0.path().join("elsewhere")).expect("folders can be made");
    fs::create_dir_all(folder.path()).expect("folders can be made");
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("fees")).expect("links can be made");
    kit::publish(&site).fails(5).says("publish/foreign").says("`fees`");
    fs::remove_file(folder.path().join("fees")).expect("links can be removed");
    kit::publish(&site).ok();
    // Somebody moves a folder of ours away, and leaves a link.
    fs::rename(folder.path().join("fees"), folder.0.path().join("elsewhere/fees")).expect("folders can be moved");
    std::os::unix::fs::symlink("../elsewhere/fees", folder.path().join("fees")).expect("links can be made");
    let before = tree(&folder.0.path().join("elsewhere"));
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).fails(5).says("publish/foreign");
    site.remove("content/fees.md");
    kit::page(&site, "close", "Close your account", "Press the button.");
    kit::force(&site).ok();
    assert_eq!(tree(&folder.0.path().join("elsewhere")), before);
}

#[test]
fn folders_that_could_be_harmed_are_refused() {
    let site = Site::new();
    kit::page(&site, "index", "Home", "Welcome.");
    for (path, part) in [
        (".", "is the project itself"),
        ("..", "contains the project"),
        ("content/x", "lies inside the project's `content/`"),
        (".guidepost/x", "`.guidepost"),
        ("../home", "is your home folder"),
    ] {
        site.write(
            "site.yaml",
            format!("title: T\nurl: https://e.org/\npublish:\n  web: {{to: folder, path: {path}}}\n"),
        );
        site.run(["publish", "--yes"]).fails(2).says("output/refused").says(part);
    }
    site.write("site.yaml", "title: T\nurl: https://e.org/\npublish:\n  web: {to: folder, path: public}\n");
    site.run(["build"]).ok();
    site.run(["publish", "--yes"]).fails(2).says("output/refused").says("`guidepost build` writes into");
}

#[test]
fn a_preview_goes_on_while_the_site_is_published() {
    let folder = Folder::new();
    let site = kit::site(&folder);
    let preview = Preview::of(&site, &[]);
    preview.shows("fees/", "There are none.");
    kit::publish(&site).ok();
    kit::is_published(&site, &folder);
    kit::page(&site, "fees", "Fees", "There are some.");
    preview.shows("fees/", "There are some.");
    // Whoever looks meanwhile gets pages; the release has no word of the preview in it.
    let mut publishing = site.command("");
    publishing.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut publishing = publishing.spawn().expect("the program can be started");
    while publishing.try_wait().expect("it can be waited for").is_none() {
        assert_eq!(preview.get("fees/").status, 200);
    }
    assert!(publishing.wait().expect("it can be waited for").success());
    kit::is_published(&site, &folder);
    let page = String::from_utf8(folder.files()["fees/index.html"].clone()).expect("pages are text");
    assert!(page.contains("There are some.") && !page.contains("data-guidepost="), "{page}");
    kit::page(&site, "fees", "Fees", "There were some.");
    preview.shows("fees/", "There were some.");
}

#[test]
fn a_folder_keeps_no_earlier_release() {
    let folder = Folder::new();
    let site = kit::site(&folder);
    kit::publish(&site).ok();
    site.run(["publish", "--rollback", "--yes"]).fails(2).says("this kind of target keeps none");
    kit::is_published(&site, &folder);
}

#[test]
fn cleaning_forgets_what_was_kept_and_leaves_what_is_published() {
    let folder = Folder::new();
    let site = kit::site(&folder);
    kit::publish(&site).ok();
    let before = folder.files();
    site.run(["clean"]).ok();
    assert!(!site.root().join(".guidepost").exists(), "{:#?}", tree(&site.root().join(".guidepost")).keys());
    assert_eq!(folder.files(), before);
    assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
}
