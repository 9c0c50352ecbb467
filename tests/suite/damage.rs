//! Caches, clocks, locks and disks that are not what they should be → builds that are.

use crate::harness::{Site, tree};
use crate::random::{Dice, Files};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

fn page(title: &str, body: &str) -> String {
    format!("---\ntitle: {title}\n---\n\n{body}\n")
}

/// A site of `pages` pages whose texts contain `word`.
fn pages(pages: usize, word: &str) -> Files {
    let mut files = Files::from([("content/index.md".to_owned(), page("Home", word).into_bytes())]);
    for number in 0..pages {
        let body = format!("{word} {number}\n\n## Part {word} {number}\n\n[Next](p{}.md)", (number + 1) % pages);
        files.insert(format!("content/s/p{number}.md"), page(&format!("Page {number}"), &body).into_bytes());
    }
    files
}

fn write(site: &Site, files: &Files) {
    for (path, bytes) in files {
        site.write(path, bytes);
    }
}

/// The output of a build that knows nothing.
fn clean(files: &Files) -> Files {
    let site = Site::new();
    write(&site, files);
    tree(site.run(["build"]).ok().out())
}

fn cached(site: &Site) -> Vec<PathBuf> {
    let folder = site.root().join(".guidepost");
    let names = tree(&folder).into_keys().filter(|name| !name.ends_with("lock") && !name.ends_with(".gitignore"));
    names.map(|name| folder.join(name)).collect()
}

/// Damages one of the caches, and says how.
fn damage(dice: &mut Dice, caches: &[PathBuf], old: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let path = dice.pick(caches);
    let mut bytes = fs::read(path).expect("a cache can be read");
    let at = dice.below(bytes.len().max(1));
    let how = match dice.below(6) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
            "a bit flipped"
        }
        1 => {
            bytes.truncate(at);
            "cut off"
        }
        2 => {
            bytes[at..].fill(0);
            "zeroes at the end"
        }
        3 => {
            let other = dice.pick(caches);
            let others = fs::read(other).expect("a cache can be read");
            fs::write(other, &bytes).expect("a cache can be written");
            bytes = others;
            "swapped with another"
        }
        4 => {
            bytes = old.get(path).cloned().unwrap_or_default();
            "an old version"
        }
        _ => {
            fs::remove_file(path).expect("a cache can be removed");
            return format!("{}: gone", path.display());
        }
    };
    fs::write(path, bytes).expect("a cache can be written");
    format!("{}: {how} ({at})", path.display())
}

fn damaged_caches(times: u64) {
    let seed = crate::equal::number("GUIDEPOST_SEED", 1);
    let mut dice = Dice::of(seed);
    let versions = [pages(12, "one"), pages(11, "two")];
    let expected = versions.each_ref().map(clean);
    let site = Site::new();
    write(&site, &versions[0]);
    site.run(["build"]).ok();
    let old: BTreeMap<PathBuf, Vec<u8>> =
        cached(&site).into_iter().map(|path| (path.clone(), fs::read(path).expect("it can be read"))).collect();
    write(&site, &versions[1]);
    site.run(["build"]).ok();
    for time in 0..times {
        let how = damage(&mut dice, &cached(&site), &old);
        // Either nothing else has changed, or everything has.
        let version = dice.below(2);
        for path in versions[1 - version].keys().filter(|path| !versions[version].contains_key(*path)) {
            if site.root().join(path).exists() {
                site.remove(path);
            }
        }
        write(&site, &versions[version]);
        let run = site.run(["build"]);
        run.ok();
        assert!(tree(run.out()) == expected[version], "seed {seed}, {time}: {how}\n{run}");
    }
}

#[test]
fn damaged_caches_cost_nothing_but_time() {
    damaged_caches(40);
}

#[test]
#[ignore = "a minute: see CONTRIBUTING.md"]
fn five_hundred_damaged_caches_cost_nothing_but_time() {
    damaged_caches(500);
}

#[test]
fn notes_of_another_state_of_the_output_are_not_believed() {
    // A build that is killed between its last file and its last note leaves just this.
    let versions = [pages(3, "one"), pages(3, "two")];
    let site = Site::new();
    write(&site, &versions[0]);
    let run = site.run(["build"]);
    let first = tree(run.ok().out());
    let is_last = |path: &PathBuf| path.ends_with("last");
    let last = cached(&site).into_iter().find(is_last).expect("a build leaves a note of itself");
    let old = fs::read(&last).expect("it can be read");
    write(&site, &versions[1]);
    site.run(["build"]).ok();
    write(&site, &versions[0]);
    fs::write(&last, old).expect("it can be written");
    let run = site.run(["build"]);
    assert!(tree(run.ok().out()) == first, "{run}");
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|meta| meta.modified()).expect("a file has a time")
}

fn set_modified(path: &Path, time: SystemTime) {
    let file = File::options().write(true).open(path);
    file.and_then(|file| file.set_modified(time)).expect("a file's time can be set");
}

#[test]
fn a_files_time_hides_no_edit() {
    let site = Site::new();
    let cases = ["same", "older", "future", "renamed", "git", "touched", "twice"];
    let text = |case: &str, word: &str| page(case, &format!("The word is {word}."));
    for case in cases {
        site.write(&format!("content/{case}.md"), text(case, "aaaa"));
    }
    let file = |case: &str| site.root().join(format!("content/{case}.md"));
    let day = Duration::from_secs(24 * 3600);
    set_modified(&file("future"), SystemTime::now() + day);
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(site.root()).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(arguments);
        git.output().is_ok_and(|output| output.status.success())
    };
    let has_git = git(&["init"]) && git(&["add", "content/git.md"]) && git(&["commit", "-m", "a"]) && {
        site.write("content/git.md", text("git", "bbbb"));
        git(&["commit", "-am", "b"])
    };
    site.run(["build"]).ok();
    // Now every file is old enough for its time to be believed.
    std::thread::sleep(Duration::from_millis(2200));
    site.run(["build"]).ok();
    let run = site.run(["build", "--format", "json"]);
    assert!(run.ok().stdout().contains(r#""rendered":0,"#), "{run}");

    for (case, time) in [("same", modified(&file("same"))), ("older", modified(&file("older")) - day)] {
        site.write(&format!("content/{case}.md"), text(case, "cccc"));
        set_modified(&file(case), time);
    }
    // The clock was set back: the file seems to come from the future, before the edit and after it.
    let future = modified(&file("future"));
    site.write("content/future.md", text("future", "cccc"));
    set_modified(&file("future"), future);
    let time = modified(&file("renamed"));
    site.write("other.md", text("renamed", "cccc"));
    set_modified(&site.root().join("other.md"), time);
    fs::rename(site.root().join("other.md"), file("renamed")).expect("a file can be renamed");
    site.write("content/touched.md", text("touched", "aaaa"));
    assert!(!has_git || git(&["checkout", "HEAD~1", "--", "content/git.md"]));
    site.write("content/twice.md", text("twice", "bbbb"));
    let run = site.run(["build"]);
    // Written again within one tick of the clock, with the same size and the same time.
    let time = modified(&file("twice"));
    for case in ["same", "older", "future", "renamed"] {
        run.ok().has(&format!("{case}/index.html"), "The word is cccc.");
    }
    run.has("touched/index.html", "The word is aaaa.").has("twice/index.html", "The word is bbbb.");
    run.has("git/index.html", "The word is aaaa.");
    site.write("content/twice.md", text("twice", "cccc"));
    set_modified(&file("twice"), time);
    site.run(["build"]).ok().has("twice/index.html", "The word is cccc.");
    site.run(["build", "--verify"]).ok();
    site.run(["build", "--verify", "--no-mtime"]).ok();
}

#[test]
fn a_second_build_waits_for_the_first_or_ends_at_once() {
    let site = Site::new();
    site.write("content/index.md", page("Home", "Text."));
    site.run(["build"]).ok();
    let folder = site.root().join(".guidepost");
    let name = tree(&folder).into_keys().find(|name| name.ends_with("/lock")).expect("a build leaves its lock file");
    let lock = File::options().write(true).open(folder.join(name)).expect("the lock file can be opened");
    lock.lock().expect("nobody else builds here");
    site.run(["build", "--no-wait"]).fails(4).says("another build");
    let mut waiting = site.command("");
    let mut waiting = waiting.arg("build").stderr(std::process::Stdio::piped()).spawn().expect("it can be started");
    std::thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().expect("it can be asked").is_none(), "it did not wait");
    lock.unlock().expect("the lock is ours");
    let output = waiting.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("waiting for another build")).count(), 1, "{text}");
}

/// A small disk of its own, unmounted when it is dropped.
#[cfg(target_os = "linux")]
struct Mounted(PathBuf);

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_output() {
    let site = Site::new();
    let folder = site.root().join("disk");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&folder);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "skipped: mounting a small disk needs the rights of root");
        return;
    }
    let mounted = Mounted(folder.clone());
    let versions = [pages(20, "one"), pages(20, "two")];
    let expected = versions.each_ref().map(clean);
    write(&site, &versions[0]);
    site.run(["build", "--out", "disk/public"]).ok();
    let before = tree(&folder.join("public"));
    assert!(before == expected[0]);
    write(&site, &versions[1]);
    let rest = folder.join("rest");
    // How much is free decides at which write it ends.
    for free in [0, 1, 2, 5, 10] {
        let mut filled = 0;
        let block = [0u8; 4096];
        let mut file = File::create(&rest).expect("the disk has room for a name");
        while file.write_all(&block).is_ok() {
            filled += 1;
        }
        let length = 4096 * u64::try_from(filled).unwrap_or(0).saturating_sub(free);
        file.set_len(length).expect("a file can be made shorter");
        let run = site.run(["build", "--out", "disk/public"]);
        assert!(run.failed(), "with {free} blocks free: {run}");
        assert!(tree(&folder.join("public")) == before, "with {free} blocks free: {run}");
        fs::remove_file(&rest).expect("the file can be removed");
    }
    site.run(["build", "--out", "disk/public"]).ok();
    assert!(tree(&folder.join("public")) == expected[1]);
    drop(mounted);
}
