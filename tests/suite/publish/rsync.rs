//! A folder of releases behind a private `sshd` → what `publish` puts there, and what readers of `current` see meanwhile.

use super::kit::{self, Place, Random};
use super::line::Line;
use super::sshd::{self, Sshd};
use crate::harness::{Site, TODAY, tree};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

pub(super) struct Releases {
    sshd: Sshd,
    kind: &'static str,
    more: &'static str,
    port: u16,
}

impl Releases {
    pub(super) fn new() -> Option<Releases> {
        Releases::with("", "")
    }

    /// Releases, with more lines of settings for the server and for the target; `None` if there is no server here.
    fn with(server: &str, more: &'static str) -> Option<Releases> {
        Releases::by("rsync", server, more)
    }

    /// Releases that are made by another client.
    pub(super) fn by(kind: &'static str, server: &str, more: &'static str) -> Option<Releases> {
        sshd::is_there().then(|| {
            let sshd = Sshd::with(server);
            let releases = Releases { port: sshd.port, sshd, kind, more };
            fs::create_dir_all(releases.path()).expect("folders can be made");
            releases
        })
    }

    /// From now on the server is behind a line that may break.
    pub(super) fn behind_a_line(&mut self) -> Line {
        let (line, port) = self.sshd.line();
        self.port = port;
        line
    }

    /// A name that no shell likes.
    pub(super) fn path(&self) -> PathBuf {
        self.sshd.path().join("srv/it's a \"wüst\" $HOME `x` -r")
    }

    pub(super) fn current(&self) -> PathBuf {
        self.path().join("current")
    }

    /// The releases that are there, as names of folders, and whatever else is beside them.
    pub(super) fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path().join("releases")).expect("there are releases");
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub(super) fn folders(&self) -> Vec<String> {
        self.beside().into_iter().filter(|name| self.path().join("releases").join(name).is_dir()).collect()
    }
}

impl Place for Releases {
    fn yaml(&self) -> String {
        let (user, port, path) = (Sshd::user(), self.port, self.path());
        format!(
            "    to: {}\n    server: {user}@127.0.0.1\n    port: {port}\n    path: {}\n{}",
            self.kind,
            path.display(),
            self.more
        )
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        match fs::canonicalize(self.current()) {
            Ok(folder) => tree(&folder),
            Err(_) => BTreeMap::new(),
        }
    }

    fn prints(&self) -> BTreeMap<String, String> {
        kit::prints_of(&self.current())
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.current().join(key)).ok()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        if !self.current().exists() {
            fs::create_dir_all(self.path().join("by-hand")).expect("folders can be made");
            symlink("by-hand", self.current()).expect("links can be made");
        }
        let path = self.current().join(key);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("PATH", self.sshd.search_path())]
    }
}

#[test]
fn only_what_changed_is_published() {
    let Some(releases) = Releases::new() else { return };
    kit::publishes_what_changed(&releases);
}

#[test]
fn all_files_can_be_put_again() {
    let Some(releases) = Releases::new() else { return };
    kit::puts_all_again(&releases);
}

#[test]
fn foreign_files_stay() {
    let Some(releases) = Releases::new() else { return };
    kit::leaves_what_is_not_ours(&releases);
}

#[test]
fn a_reviewed_plan_is_followed() {
    let Some(releases) = Releases::new() else { return };
    kit::follows_a_reviewed_plan(&releases);
}

#[test]
fn random_edits_are_published() {
    let Some(releases) = Releases::with("", "    releases: 2\n") else { return };
    kit::random_publishes(&releases, kit::cases(6), kit::seed());
    assert_eq!(releases.folders().len(), 2, "{:?}", releases.beside());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(releases) = Releases::new() else { return };
    kit::survives_kills(&releases, kit::cases(4), kit::seed());
    assert!(releases.beside().iter().all(|name| !name.ends_with(".part")), "{:?}", releases.beside());
}

#[test]
fn names_of_every_kind_arrive() {
    let Some(releases) = Releases::new() else { return };
    let site = kit::site(&releases);
    for name in ["-rf", "#first", "it's.txt", "a b.txt", "ünïcode.txt", "$(touch x).txt", "+x", "--delete"] {
        site.write(&format!("static/{name}"), name);
    }
    kit::publish(&site).ok();
    kit::is_published(&site, &releases);
    for name in ["-rf", "#first", "it's.txt", "$(touch x).txt", "+x"] {
        site.remove(&format!("static/{name}"));
    }
    kit::force(&site).ok();
    kit::is_published(&site, &releases);
}

#[test]
fn so_many_releases_are_kept_and_unchanged_files_are_shared() {
    Releases::with("", "    releases: 2\n").iter().for_each(keeps_so_many);
}

pub(super) fn keeps_so_many(releases: &Releases) {
    let site = kit::site(releases);
    releases.plant("notes.txt", b"mine");
    symlink("notes.txt", releases.current().join("link")).expect("links can be made");
    kit::publish(&site).ok();
    let inode = |key: &str| fs::metadata(releases.current().join(key)).expect("it is there").ino();
    let before = (inode("logo.png"), inode("fees/index.html"));
    for number in 0..4 {
        kit::page(&site, "fees", "Fees", &format!("There are {number}."));
        kit::publish(&site).ok();
    }
    assert_eq!(inode("logo.png"), before.0);
    assert_ne!(inode("fees/index.html"), before.1);
    assert_eq!(releases.folders().len(), 2);
    assert_eq!(releases.beside().len(), 4, "each with its list of names: {:?}", releases.beside());
    assert_eq!(fs::read(releases.current().join("link")).expect("it is there"), b"mine");
    assert!(releases.path().join("by-hand/notes.txt").exists(), "what others keep there is theirs");
}

#[test]
fn there_is_a_way_back_and_forth() {
    Releases::new().iter().for_each(goes_back_and_forth);
}

pub(super) fn goes_back_and_forth(releases: &Releases) {
    let site = kit::site(releases);
    let back = |site: &Site| site.run(["publish", "--rollback", "--yes"]);
    back(&site).fails(2).says("no earlier release");
    releases.plant("early.txt", b"mine");
    kit::publish(&site).ok();
    back(&site).fails(2).says("no earlier release");
    let first = releases.files();
    releases.plant("late/note.txt", b"mine, too");
    fs::remove_file(releases.current().join("early.txt")).expect("it is there");
    kit::page(&site, "fees", "Fees", "There are some.");
    site.remove("content/logo.png");
    site.write("content/new.csv", "a,b\n");
    kit::publish(&site).ok();
    let second = releases.files();
    back(&site).ok().says("Rolled back");
    let mut expected = first;
    expected.remove("early.txt");
    expected.insert("late/note.txt".into(), b"mine, too".to_vec());
    assert_eq!(releases.files(), expected);
    back(&site).ok();
    assert_eq!(releases.files(), second);
    assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
}

#[test]
fn a_connection_that_is_cut_does_no_harm() {
    Releases::new().iter().for_each(survives_cuts);
}

pub(super) fn survives_cuts(releases: &Releases) {
    let site = kit::site(releases);
    kit::publish(&site).ok();
    let mut random = Random(kit::seed());
    for step in 0..kit::cases(3) {
        let old = releases.files();
        for name in ["fees", "close", "index"] {
            kit::page(&site, name, "Page", &format!("Step {step}."));
        }
        let mut command = site.command("");
        command.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program can be started");
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(random.below(400) as u64));
            releases.sshd.cut();
            let there = releases.files();
            let is_old = old.iter().all(|(key, bytes)| there.get(key) == Some(bytes));
            let text = String::from_utf8_lossy(&there["fees/index.html"]).into_owned();
            assert!(is_old || text.contains(&format!("Step {step}.")), "neither the old release nor the new one");
        }
        child.wait().expect("it can be waited for");
        kit::force(&site).ok();
        kit::is_published(&site, releases);
    }
}

#[test]
fn of_two_publishers_none_is_lost_without_a_word() {
    Releases::new().iter().for_each(|releases| kit::serves_two_publishers(releases));
}

#[test]
fn no_link_is_followed_out_of_a_release() {
    Releases::with("", "    releases: 1\n").iter().for_each(follows_no_link);
}

pub(super) fn follows_no_link(releases: &Releases) {
    let site = kit::site(releases);
    kit::publish(&site).ok();
    let elsewhere = releases.sshd.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("folders can be made");
    // Somebody moves a folder of ours away, and leaves a link.
    fs::rename(releases.current().join("fees"), elsewhere.join("fees")).expect("folders can be moved");
    symlink(elsewhere.join("fees"), releases.current().join("fees")).expect("links can be made");
    let before = tree(&elsewhere);
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).fails(5).says("publish/foreign");
    site.remove("content/fees.md");
    kit::page(&site, "close", "Close your account", "Press the button.");
    kit::force(&site).ok();
    kit::page(&site, "close", "Close your account", "Press the red button.");
    kit::force(&site).ok();
    assert_eq!(tree(&elsewhere), before);
    assert_eq!(releases.folders().len(), 1, "{:?}", releases.beside());
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let Some(mut releases) = Releases::new() else { return };
    let mut site = kit::site(&releases);
    releases.sshd.trusts_no_stranger(&site);
    fs::create_dir(releases.current()).expect("folders can be made");
    kit::publish(&site).fails(2).says("`current` in").says("is a folder");
    fs::remove_dir(releases.current()).expect("it is there");
    fs::remove_dir(releases.path()).expect("it is there");
    kit::publish(&site).fails(2).says("there is no folder").says("correct `path`");
    releases.sshd.is_missed(&mut site, "ssh");
}

#[test]
fn a_server_without_a_shell_is_told_from_others() {
    let Some(releases) = Releases::with("ForceCommand internal-sftp\n", "") else { return };
    let site = kit::site(&releases);
    kit::publish(&site).fails(2).says("has no shell");
}
