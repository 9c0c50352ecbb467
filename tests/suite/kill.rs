//! Builds that are killed at any moment, and somebody who reads the site meanwhile → whole pages, old or new, always.

use crate::corpus::{Audience, guide};
use crate::equal::number;
use crate::harness::{Site, tree};
use crate::random::Dice;
use guidepost::hash::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a reader found: of every file the contents, or that it was not there (`None`).
type Found = BTreeMap<String, BTreeSet<Option<Hash>>>;

fn hashes(out: &Path) -> BTreeMap<String, Hash> {
    tree(out).into_iter().map(|(name, bytes)| (name, Hash::of(&bytes))).collect()
}

/// Reads the files `names` of `out` over and over, until told to stop.
fn read(out: &Path, names: &[String], begun: &AtomicBool, stop: &AtomicBool) -> Found {
    let mut found = Found::new();
    begun.store(true, Ordering::Relaxed);
    while !stop.load(Ordering::Relaxed) {
        for name in names {
            let content = match fs::read(out.join(name)) {
                Ok(bytes) => Some(Hash::of(&bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => panic!("{name}: {error}"),
            };
            found.entry(name.clone()).or_default().insert(content);
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    found
}

/// The source of guide `index`, whose text says how often it was edited.
fn source(index: usize, guides: usize, times: usize) -> String {
    // The corpus lies in other folders, so that its links would lead nowhere; here only whole files matter.
    let text = guide(index, guides, Audience::Everyone).replace("](", "] (");
    text + &format!("\nEdited {times} times.\n")
}

fn path(index: usize) -> String {
    format!("content/s{}/g{index}.md", index / 50)
}

/// Changes 1 to 50 guides, and sometimes takes one away or adds one. Gives what was there before.
fn change(dice: &mut Dice, site: &Site, guides: usize, times: usize) -> Vec<(String, Option<Vec<u8>>)> {
    let mut before: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    for _ in 0..1 + dice.below(50) {
        let index = dice.below(guides);
        let (path, old) = (path(index), fs::read(site.root().join(path(index))).ok());
        if old.is_some() && dice.once_in(20) {
            site.remove(&path);
        } else {
            site.write(&path, source(index, guides, times));
        }
        before.entry(path).or_insert(old);
    }
    before.into_iter().collect()
}

fn revert(site: &Site, before: &[(String, Option<Vec<u8>>)]) {
    for (path, bytes) in before {
        match bytes {
            Some(bytes) => drop(site.write(path, bytes)),
            None if site.root().join(path).exists() => drop(site.remove(path)),
            None => {}
        }
    }
}

fn start(site: &Site) -> Child {
    let mut command = site.command("");
    command.args(["build", "--as-of", crate::harness::TODAY]).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program can be started")
}

/// Holds if every file that was read is one of those in `either`, and none was missing that is in all of them.
#[track_caller]
fn judge(found: &Found, either: &[&BTreeMap<String, Hash>], about: &str) {
    for (name, contents) in found {
        for content in contents {
            assert!(
                either.iter().any(|files| files.get(name).copied() == *content),
                "{about}: {name} was {}",
                if content.is_some() { "neither its old nor its new bytes" } else { "missing" }
            );
        }
    }
}

fn left_over(site: &Site) -> Vec<String> {
    let stage = site.root().join("public/.guidepost-stage");
    let names = tree(&site.root().join(".guidepost")).into_keys().filter(|name| name.ends_with(".tmp"));
    names.chain(stage.exists().then(|| "the stage".to_owned())).collect()
}

/// What becomes of the sources between a kill and the next build.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Reverted,
    Edited,
}

/// A site that is edited in step with another, and built in peace: what it writes is what the other's builds were about
/// to write.
struct Twin(Site);

impl Twin {
    /// Takes over the sources `paths` of `site`, and gives what a build makes of them.
    fn builds(&self, site: &Site, paths: impl IntoIterator<Item = String>) -> BTreeMap<String, Hash> {
        for path in paths {
            match fs::read(site.root().join(&path)) {
                Ok(bytes) => drop(self.0.write(&path, bytes)),
                Err(_) if self.0.root().join(&path).exists() => drop(self.0.remove(&path)),
                Err(_) => {}
            }
        }
        hashes(self.0.run(["build"]).ok().out())
    }
}

/// Two sites with the same sources, both built.
fn twins(guides: usize) -> (Site, Twin) {
    let twins = [Site::new(), Site::new()];
    for site in &twins {
        site.write("content/index.md", "---\ntitle: Home\n---\n\nText.\n");
        for index in 0..guides {
            site.write(&path(index), source(index, guides, 0));
        }
        site.run(["build"]).ok();
    }
    let [site, twin] = twins;
    (site, Twin(twin))
}

fn killed_builds(guides: usize, times: u64) {
    let seed = number("GUIDEPOST_SEED", 1);
    let mut dice = Dice::of(seed);
    let (site, twin) = twins(guides);
    let out = site.root().join("public");
    let mut length = Duration::from_millis(200);
    let (mut cut_off, mut finished_for_another, mut third) = (0, 0, 0);
    for time in 0..usize::try_from(times).expect("it is a small number") {
        let between = [Between::Nothing, Between::Reverted, Between::Edited][dice.below(3)];
        let about = format!("seed {seed}, build {time}, {between:?}");
        let old = hashes(&out);
        let before = change(&mut dice, &site, guides, 2 * time + 1);
        let edited = before.iter().map(|(path, _)| path.clone());
        let killed = twin.builds(&site, edited.clone());
        let names: Vec<String> =
            old.keys().chain(killed.keys()).filter(|name| !name.starts_with(".guidepost")).cloned().collect();
        let (begun, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let (found, cut, new) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| read(&out, &names, &begun, &stop));
            while !begun.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let begin = Instant::now();
            let mut build = start(&site);
            if dice.once_in(3) {
                // Files are being moved as soon as there is a journal, and that does not take long.
                while !out.join(".guidepost-stage/journal").exists() && build.try_wait().is_ok_and(|end| end.is_none())
                {
                    std::thread::sleep(Duration::from_micros(50));
                }
            } else {
                std::thread::sleep(length.mul_f64(dice.below(1200) as f64 / 1000.0));
            }
            build.kill().expect("a process of ours can be killed");
            let ended = build.wait().expect("it ends");
            if ended.success() {
                // It was faster than the axe, which falls earlier from now on.
                length = begin.elapsed().min(length);
            } else {
                length = length.mul_f64(1.05);
                cut_off += 1;
            }
            finished_for_another +=
                usize::from(out.join(".guidepost-stage/journal").exists() && !matches!(between, Between::Nothing));
            let cut = hashes(&out);
            let new = match between {
                Between::Nothing => killed.clone(),
                Between::Reverted => {
                    revert(&site, &before);
                    twin.builds(&site, edited)
                }
                Between::Edited => {
                    let more = change(&mut dice, &site, guides, 2 * time + 2);
                    twin.builds(&site, more.into_iter().map(|(path, _)| path))
                }
            };
            let again = start(&site).wait();
            assert!(again.is_ok_and(|status| status.success()), "{about}: the next build failed");
            stop.store(true, Ordering::Relaxed);
            (reader.join().expect("the reader reads to the end"), cut, new)
        });
        // The next build first finishes what the killed one had begun, if it had written its journal. So a reader may
        // meet, beside the old files and the new, those of the killed build, whatever the sources say by then.
        judge(&found, &[&old, &killed, &new], &about);
        let in_neither = |(name, contents): &(&String, &BTreeSet<Option<Hash>>)| {
            contents.iter().any(|content| [&old, &new].iter().all(|files| files.get(*name).copied() != *content))
        };
        third += found.iter().filter(in_neither).count();
        for (name, hash) in cut.iter().filter(|(name, _)| !name.starts_with(".guidepost-stage/")) {
            let whole = old.get(name) == Some(hash) || killed.get(name) == Some(hash);
            assert!(whole, "{about}: {name} was cut off with the build");
        }
        for name in old.keys().filter(|name| killed.contains_key(*name)) {
            assert!(cut.contains_key(name), "{about}: {name} was lost with the build");
        }
        assert_eq!(left_over(&site), Vec::<String>::new(), "{about}");
        assert!(hashes(&out) == new, "{about}: the next build gives something else than one that was never killed");
        site.run(["build", "--verify"]).ok();
        assert!(hashes(&out) == new, "{about}: a further build changes something");
        let marks = manifest(&out);
        let files: BTreeMap<String, String> = new
            .iter()
            .filter(|(name, _)| *name != ".guidepost-manifest")
            .map(|(name, hash)| (name.clone(), hash.to_string()))
            .collect();
        assert!(files == marks, "{about}: the output is not what its manifest says");
    }
    crate::harness::say(format_args!(
        "{times} builds, {cut_off} cut off, {finished_for_another} of them in mid-commit before the sources were changed \
         again; in those, {third} files were met as the killed build wrote them"
    ));
    assert!(cut_off > 0, "seed {seed}: every build was faster than the axe");
    assert!(equals_clean(&site, &out), "seed {seed}: a clean build gives something else");
}

/// Whether a build of the same sources elsewhere gives what is in `out`.
fn equals_clean(site: &Site, out: &Path) -> bool {
    let clean = Site::empty();
    for (path, bytes) in tree(&site.root()) {
        if path.starts_with("content/") || path == "site.yaml" {
            clean.write(&path, &bytes);
        }
    }
    hashes(clean.run(["build"]).ok().out()) == hashes(out)
}

/// Names and hashes that the manifest states.
fn manifest(out: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(out.join(".guidepost-manifest")).expect("every output has one");
    let lines = text.lines().skip(1).filter_map(|line| line.split_once("  "));
    lines.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect()
}

#[test]
fn a_killed_build_leaves_whole_pages() {
    killed_builds(100, 10);
}

#[test]
#[ignore = "many minutes: see CONTRIBUTING.md"]
fn two_hundred_killed_builds_leave_whole_pages() {
    killed_builds(2000, number("GUIDEPOST_CASES", 200));
}

/// The system calls that change files.
const CALLS: [&str; 7] = ["write", "rename", "unlink", "rmdir", "mkdir", "fsync", "ftruncate"];

/// Every call of each kind (or every n-th: `GUIDEPOST_STEP`) is in turn the last of a build, whichever part of the
/// program makes it.
#[test]
#[ignore = "needs strace: see CONTRIBUTING.md"]
fn any_call_may_be_the_last() {
    const GUIDES: usize = 12;
    let (site, twin) = twins(GUIDES);
    let out = site.root().join("public");
    let old = hashes(&out);
    let edits = [(path(3), Some(1)), (path(5), Some(1)), (path(7), None), (path(GUIDES), Some(1))];
    let before: Vec<(String, Option<Vec<u8>>)> =
        edits.iter().map(|(path, _)| (path.clone(), fs::read(site.root().join(path)).ok())).collect();
    let edit = || {
        for (index, (path, times)) in edits.iter().enumerate() {
            match times {
                Some(times) => drop(site.write(path, source(index, GUIDES, *times))),
                None => drop(site.remove(path)),
            }
        }
    };
    edit();
    let paths = || before.iter().map(|(path, _)| path.clone());
    let new = twin.builds(&site, paths());
    revert(&site, &before);
    let step = usize::try_from(number("GUIDEPOST_STEP", 1)).expect("it is a small number");
    let (mut cut_off, mut journals) = (0, 0);
    for call in CALLS {
        for at in (1..).step_by(step) {
            let about = format!("{call} number {at}");
            edit();
            let mut traced = std::process::Command::new("strace");
            traced.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={call}:signal=KILL:when={at}")]);
            let plain = site.command("");
            traced.current_dir(site.root()).arg(plain.get_program()).args(["build", "--as-of", crate::harness::TODAY]);
            traced.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let ended = traced.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            let survived = ended.expect("strace is installed").success();
            cut_off += usize::from(!survived);
            journals += usize::from(out.join(".guidepost-stage/journal").exists());
            let cut = hashes(&out);
            for (name, hash) in cut.iter().filter(|(name, _)| !name.starts_with(".guidepost-stage/")) {
                assert!(old.get(name) == Some(hash) || new.get(name) == Some(hash), "{about}: {name} was cut off");
            }
            for name in old.keys().filter(|name| new.contains_key(*name)) {
                assert!(cut.contains_key(name), "{about}: {name} is missing");
            }
            if at / step % 2 == 0 {
                site.run(["build"]).ok();
                assert!(hashes(&out) == new, "{about}: the next build gives something else");
            }
            revert(&site, &before);
            site.run(["build"]).ok();
            assert!(hashes(&out) == old, "{about}: with the old sources again, the next build gives something else");
            assert_eq!(left_over(&site), Vec::<String>::new(), "{about}");
            if survived {
                break;
            }
        }
    }
    crate::harness::say(format_args!("{cut_off} builds cut off, {journals} with a journal"));
    assert!(cut_off * step > 40 && journals > 1, "the calls are those that builds make: {cut_off}, {journals}");
}
