//! A folder behind a private `sshd` without a shell, or behind rclone's SFTP server → what `publish` does in it.

use super::kit::{self, Place, Random, STATE};
use super::line::Line;
use super::sshd::{self, Sshd};
use crate::harness::{TODAY, tree};
use crate::server;
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// `sftp` and nothing else may be had of this server.
pub(super) const NO_SHELL: &str = "ForceCommand internal-sftp\n";

/// It renames no file over another, and knows no links.
pub(super) const POOR: &str = "ForceCommand internal-sftp -P posix-rename,symlink,hardlink\n";

pub(super) struct Folder {
    sshd: Sshd,
    rclone: Option<(Child, u16)>,
    port: u16,
}

impl Folder {
    /// `None` if there is no server here.
    fn with(settings: &str) -> Option<Folder> {
        (sshd::is_there() && server::is_there("sftp", "/usr/bin/sftp")).then(|| {
            let sshd = Sshd::with(settings);
            let folder = Folder { port: sshd.port, sshd, rclone: None };
            fs::create_dir_all(folder.path()).expect("folders can be made");
            folder
        })
    }

    pub(super) fn new() -> Option<Folder> {
        Folder::with(NO_SHELL)
    }

    /// Behind a server that somebody else wrote: another answer to nearly every question that the protocol leaves open.
    pub(super) fn of_rclone() -> Option<Folder> {
        if !server::is_there("rclone", "/usr/bin/rclone") {
            return None;
        }
        let mut folder = Folder::new()?;
        let (at, port) = (folder.sshd.path(), folder.sshd.another_port());
        let child = Command::new("/usr/bin/rclone")
            .args([
                "serve",
                "sftp",
                "--config",
                "/dev/null",
                "--dir-cache-time",
                "1ms",
                "--addr",
                &format!("127.0.0.1:{port}"),
                "--key",
            ])
            .arg(at.join("host"))
            .arg("--authorized-keys")
            .arg(at.join("authorized_keys"))
            .arg(at.join("srv"))
            .env("XDG_CACHE_HOME", at.join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("rclone can be started");
        folder.rclone = Some((child, port));
        let is_up = (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(is_up, "rclone does not answer");
        Some(folder)
    }

    /// From now on the server is behind a line that may break.
    pub(super) fn behind_a_line(&mut self) -> Line {
        let (line, port) = self.sshd.line();
        self.port = port;
        line
    }

    /// A name that no client likes.
    fn path(&self) -> PathBuf {
        self.sshd.path().join("srv/it's a \"wüst\" $HOME `x` [y] -r")
    }

    /// What is there beside the site, and should not be.
    pub(super) fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("it is there");
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(".guidepost-publish")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.rclone {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Place for Folder {
    fn yaml(&self) -> String {
        let user = Sshd::user();
        let (port, path) = match self.rclone {
            Some((_, port)) => {
                (port, self.path().strip_prefix(self.sshd.path().join("srv")).expect("it is").to_owned())
            }
            None => (self.port, self.path()),
        };
        format!("    to: sftp\n    server: {user}@127.0.0.1\n    port: {port}\n    path: {}\n", path.display())
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        if self.rclone.is_some() {
            // It ends what a client that was killed has asked for.
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut files = tree(&self.path());
        // Where files are uploaded first; what a killed run leaves there is not seen by readers.
        files.retain(|key, _| !key.starts_with(".guidepost-publish"));
        files
    }

    fn prints(&self) -> BTreeMap<String, String> {
        kit::prints_of(&self.path())
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        // rclone's server removes the old file before it renames the new one; what the client asked for was one step.
        let tries = if self.rclone.is_some() { 100 } else { 1 };
        (0..tries).find_map(|number| {
            std::thread::sleep(Duration::from_millis(5 * u64::from(number > 0)));
            fs::read(self.path().join(key)).ok()
        })
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let path = self.path().join(key);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("PATH", self.sshd.search_path())]
    }
}

#[test]
fn only_what_changed_is_published() {
    let Some(folder) = Folder::new() else { return };
    kit::publishes_what_changed(&folder);
    assert_eq!(folder.beside(), Vec::<String>::new());
}

#[test]
fn only_what_changed_is_published_by_rclone() {
    let Some(folder) = Folder::of_rclone() else { return };
    kit::publishes_what_changed(&folder);
    assert_eq!(folder.beside(), Vec::<String>::new());
}

#[test]
fn a_server_that_replaces_no_file_will_do() {
    let Some(folder) = Folder::with(POOR) else { return };
    kit::publishes_what_changed(&folder);
    assert_eq!(folder.beside(), Vec::<String>::new());
    let Some(folder) = Folder::with(POOR) else { return };
    kit::random_publishes(&folder, kit::cases(2), kit::seed());
    assert_eq!(folder.beside(), Vec::<String>::new());
}

#[test]
fn foreign_files_stay() {
    let Some(folder) = Folder::new() else { return };
    kit::leaves_what_is_not_ours(&folder);
    let Some(folder) = Folder::of_rclone() else { return };
    kit::leaves_what_is_not_ours(&folder);
}

#[test]
fn a_reviewed_plan_is_followed() {
    let Some(folder) = Folder::new() else { return };
    kit::follows_a_reviewed_plan(&folder);
}

#[test]
fn random_edits_are_published() {
    let Some(folder) = Folder::new() else { return };
    kit::random_publishes(&folder, kit::cases(6), kit::seed());
    let Some(folder) = Folder::of_rclone() else { return };
    kit::random_publishes(&folder, kit::cases(3), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(folder) = Folder::new() else { return };
    kit::survives_kills(&folder, kit::cases(4), kit::seed());
    assert_eq!(folder.beside(), Vec::<String>::new());
}

#[test]
fn a_killed_run_does_no_harm_at_rclones() {
    let Some(folder) = Folder::of_rclone() else { return };
    kit::survives_kills(&folder, kit::cases(2), kit::seed());
    assert_eq!(folder.beside(), Vec::<String>::new());
}

#[test]
fn names_of_every_kind_arrive() {
    for folder in [Folder::new(), Folder::of_rclone()].into_iter().flatten() {
        let site = kit::site(&folder);
        let names = [
            "-rf",
            "#first",
            "it's.txt",
            "a b.txt",
            "ünïcode.txt",
            "$(touch x).txt",
            "+x",
            "--delete",
            "[ab].txt",
            "!ls",
        ];
        for name in names {
            site.write(&format!("static/{name}"), name);
            site.write(&format!("static/d {name}/x"), name);
        }
        kit::publish(&site).ok();
        kit::is_published(&site, &folder);
        for name in names {
            site.remove(&format!("static/{name}")).remove(&format!("static/d {name}/x"));
        }
        kit::force(&site).ok();
        kit::is_published(&site, &folder);
        assert!(!folder.path().join("d -rf").exists(), "a folder that is empty goes");
    }
}

#[test]
fn a_connection_that_is_cut_does_no_harm() {
    let Some(folder) = Folder::new() else { return };
    let site = kit::site(&folder);
    kit::publish(&site).ok();
    let mut random = Random(kit::seed());
    for step in 0..kit::cases(3) {
        for name in ["fees", "close", "index"] {
            kit::page(&site, name, "Page", &format!("Step {step}."));
        }
        let mut command = site.command("");
        command.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program can be started");
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(random.below(400) as u64));
            folder.sshd.cut();
            for key in ["fees/index.html", "close/index.html", "index.html"] {
                let text = fs::read_to_string(folder.path().join(key)).expect("every page is there");
                assert!(text.contains("</html>"), "{key} is cut");
            }
        }
        child.wait().expect("it can be waited for");
        kit::force(&site).ok();
        kit::is_published(&site, &folder);
        assert_eq!(folder.beside(), Vec::<String>::new());
    }
}

#[test]
fn of_two_publishers_one_leaves_with_a_clear_word() {
    Folder::new().iter().for_each(|folder| kit::serves_two_publishers(folder));
    Folder::of_rclone().iter().for_each(|folder| kit::serves_two_publishers(folder));
}

#[test]
fn a_lock_keeps_others_away_until_its_time_is_over() {
    for folder in [Folder::new(), Folder::of_rclone()].into_iter().flatten() {
        let site = kit::site(&folder);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later").as_secs();
        let lock = |ago: u64| {
            fs::create_dir_all(folder.path().join(".guidepost-publish")).expect("folders can be made");
            let text = format!("guidepost 0123456789abcdef {}\n", now - ago);
            fs::write(folder.path().join(".guidepost-publish/holder"), text).expect("files can be written");
            fs::write(folder.path().join(".guidepost-publish/7"), "half a fi").expect("files can be written");
        };
        lock(130);
        kit::publish(&site).fails(4).says("publish/busy").says("it was heard of 2 minutes ago").says("--take-over");
        assert!(!folder.path().join("index.html").exists());
        assert_eq!(folder.beside(), [".guidepost-publish"]);
        site.run(["publish", "--yes", "--take-over"]).ok();
        kit::is_published(&site, &folder);
        assert_eq!(folder.beside(), Vec::<String>::new());
        kit::page(&site, "fees", "Fees", "There are some.");
        lock(15 * 60 + 10);
        kit::publish(&site).ok();
        kit::is_published(&site, &folder);
        assert_eq!(folder.beside(), Vec::<String>::new());
        // A lock that names no holder is nobody's: a server made it for a file that was late.
        kit::page(&site, "fees", "Fees", "There are three.");
        fs::create_dir_all(folder.path().join(".guidepost-publish")).expect("folders can be made");
        fs::write(folder.path().join(".guidepost-publish/7"), "half a fi").expect("files can be written");
        kit::publish(&site).ok();
        assert_eq!(folder.beside(), Vec::<String>::new());
        // Whatever else somebody keeps under that name stays.
        kit::page(&site, "fees", "Fees", "There are none.");
        lock(15 * 60 + 10);
        fs::write(folder.path().join(".guidepost-publish/notes.txt"), "mine").expect("files can be written");
        kit::publish(&site).ok();
        let notes: Vec<_> = tree(&folder.path()).into_keys().filter(|key| key.ends_with("notes.txt")).collect();
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[test]
fn no_link_is_followed_out_of_the_folder() {
    let Some(folder) = Folder::new() else { return };
    let site = kit::site(&folder);
    let elsewhere = folder.sshd.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("folders can be made");
    symlink(&elsewhere, folder.path().join("fees")).expect("links can be made");
    kit::publish(&site).fails(5).says("publish/foreign").says("`fees`");
    fs::remove_file(folder.path().join("fees")).expect("links can be removed");
    kit::publish(&site).ok();
    // Somebody moves a folder of ours away, and leaves a link.
    fs::rename(folder.path().join("fees"), elsewhere.join("fees")).expect("folders can be moved");
    symlink(elsewhere.join("fees"), folder.path().join("fees")).expect("links can be made");
    let before = tree(&elsewhere);
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).fails(5).says("publish/foreign");
    site.remove("content/fees.md");
    kit::page(&site, "close", "Close your account", "Press the button.");
    kit::force(&site).ok();
    assert_eq!(tree(&elsewhere), before);
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let Some(mut folder) = Folder::new() else { return };
    let mut site = kit::site(&folder);
    folder.sshd.trusts_no_stranger(&site);
    site.run(["publish", "--rollback", "--yes"]).fails(2).says("this kind of target keeps none");
    fs::write(folder.path().join(STATE), "{}").expect("files can be written");
    kit::publish(&site).fails(2).says("not one of Guidepost's");
    fs::remove_file(folder.path().join(STATE)).expect("it is there");
    fs::remove_dir(folder.path()).expect("it is there");
    kit::publish(&site).fails(2).says("there is no folder").says("correct `path`");
    folder.sshd.is_missed(&mut site, "sftp");
}

#[test]
fn a_folder_that_may_not_be_written_in_is_said_so() {
    let Some(folder) = Folder::with("ForceCommand internal-sftp -R\n") else { return };
    let site = kit::site(&folder);
    kit::publish(&site).fails(2).says("Permission denied").says("must be able to write there");
    assert_eq!(tree(&folder.path()), BTreeMap::new());
}

#[test]
fn cleaning_forgets_what_was_kept() {
    let Some(folder) = Folder::new() else { return };
    let site = kit::site(&folder);
    kit::publish(&site).ok();
    site.run(["clean"]).ok();
    assert!(!site.root().join(".guidepost").exists(), "{:#?}", tree(&site.root().join(".guidepost")).keys());
    assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
}
