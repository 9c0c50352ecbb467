//! A place of any kind → the stories that it must pass: they see only the program, and what is at the place.

use crate::harness::{Run, Site, TODAY, tree};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// The key of the state.
pub(crate) const STATE: &str = ".guidepost-release.json";

/// Files of ours that no build has.
const EXTRAS: [&str; 2] = [".nojekyll", "CNAME"];

/// Somewhere to publish to, as somebody sees it who is not Guidepost.
pub(crate) trait Place {
    /// The lines of `site.yaml` below `publish:` and the target's name, each indented by four blanks.
    fn yaml(&self) -> String;

    /// Every object there with its bytes, decoded if it is stored compressed, by its key without the prefix.
    fn files(&self) -> BTreeMap<String, Vec<u8>>;

    /// All that is known of each object, so that a change of an object that is not ours is seen: bytes, and whatever
    /// else is stored with it.
    fn prints(&self) -> BTreeMap<String, String> {
        let print = |bytes: Vec<u8>| guidepost::hash::Hash::of(&bytes).to_string();
        self.files().into_iter().map(|(key, bytes)| (key, print(bytes))).collect()
    }

    /// The bytes that a reader gets who asks for one object now.
    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        self.files().remove(key)
    }

    /// Puts an object there that is not ours.
    fn plant(&self, key: &str, bytes: &[u8]);

    /// Whether a file can go and a folder of its name come in one run, and the other way round.
    fn changes_kinds(&self) -> bool {
        true
    }

    /// Variables that the program needs to get there.
    fn environment(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// All that is known of the files in a folder: bytes, mode, and when they were changed last.
pub(crate) fn prints_of(folder: &Path) -> BTreeMap<String, String> {
    let print = |(key, bytes): (String, Vec<u8>)| {
        let hash = guidepost::hash::Hash::of(&bytes);
        let found = std::fs::metadata(folder.join(&key)).expect("it is there");
        let print = format!("{hash} {:?} {:?}", found.permissions(), found.modified().expect("files have a time"));
        (key, print)
    };
    tree(folder).into_iter().map(print).collect()
}

/// A site with a target `web` at the place, a few pages, and an image.
pub(crate) fn site(place: &dyn Place) -> Site {
    let mut site = Site::new();
    for (name, value) in place.environment() {
        site.env(name, &value);
    }
    settings(&site, place, "");
    page(&site, "index", "Home", "Welcome.");
    page(&site, "close", "Close your account", "Press the button that ends it. See [fees](fees.md).");
    page(&site, "fees", "Fees", "There are none.");
    site.write("content/logo.png", "not really an image");
    site
}

/// Writes `site.yaml`, with more lines of settings.
pub(crate) fn settings(site: &Site, place: &dyn Place, more: &str) {
    let target = place.yaml();
    site.write("site.yaml", format!("title: Guides\nurl: https://example.org/\n{more}publish:\n  web:\n{target}"));
}

/// Writes a page.
pub(crate) fn page(site: &Site, name: &str, title: &str, text: &str) {
    site.write(&format!("content/{name}.md"), format!("---\ntitle: {title}\ntype: page\n---\n\n{text}\n"));
}

/// Publishes without being asked.
pub(crate) fn publish(site: &Site) -> Run {
    site.run(["publish", "--yes"])
}

/// Publishes whatever the policies on what may go say.
pub(crate) fn force(site: &Site) -> Run {
    site.run(["publish", "--yes", "--allow-deletions", "--allow-fewer-pages", "--allow-lost-addresses"])
}

/// Holds if of all that is ours the place has what a build gives, and nothing else; gives all that is there.
#[track_caller]
pub(crate) fn is_published(site: &Site, place: &dyn Place) -> BTreeMap<String, Vec<u8>> {
    site.run(["build", "--out", "../built"]).ok();
    let mut built = tree(&site.root().join("../built"));
    built.remove(".guidepost-manifest");
    let all = place.files();
    let mut there = all.clone();
    let state = there.remove(STATE).expect("there is a state");
    let state: serde_json::Value = serde_json::from_slice(&state).expect("the state is JSON");
    assert!(state["run"].is_null(), "no run is under way: {}", state["run"]);
    let ours = state["files"].as_object().expect("the state lists files");
    there.retain(|key, _| ours.contains_key(key));
    EXTRAS.iter().filter(|key| !built.contains_key(**key)).for_each(|key| drop(there.remove(*key)));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&there), names(&built), "the files at the place and those of a build");
    for (key, bytes) in &built {
        assert!(there[key] == *bytes, "{key} is not what a build gives");
    }
    all
}

/// First, no change, an edit, a rename, a deletion.
pub(crate) fn publishes_what_changed(place: &dyn Place) {
    let site = site(place);
    place.plant("notes.txt", b"mine");
    place.plant("close/mine.html", b"mine, too");
    let foreign = |prints: BTreeMap<String, String>| {
        ["notes.txt", "close/mine.html"].map(|key| prints.get(key).cloned().unwrap_or_default())
    };
    let before = foreign(place.prints());
    let plan = site.run(["publish", "--plan"]);
    plan.ok();
    assert!(plan.stdout().contains("+ /close/"), "{plan}");
    assert!(!place.files().contains_key("close/index.html"), "a plan changes nothing");
    publish(&site).ok().says("Published https://example.org/");
    is_published(&site, place);

    let again = publish(&site);
    again.ok();
    assert!(again.stdout().contains("Nothing to do"), "{again}");

    page(&site, "fees", "Fees", "There are some.");
    let edit = publish(&site);
    edit.ok();
    assert!(edit.stdout().contains("0 added, 1 changed, 0 deleted"), "{edit}");
    is_published(&site, place);

    site.remove("content/close.md").remove("content/logo.png");
    publish(&site).fails(5).says("publish/lost-addresses").says("/close/");
    site.write(
        "content/end.md",
        "---\ntitle: Close your account\ntype: page\naliases: [/close/]\n---\n\nPress the button. See [fees](fees.md).\n",
    );
    let rename = publish(&site);
    rename.ok();
    assert!(rename.stdout().contains("- /logo.png") && rename.stdout().contains("> /close/"), "{rename}");
    is_published(&site, place);

    site.remove("content/end.md");
    force(&site).ok();
    is_published(&site, place);
    assert!(!place.files().contains_key("close/index.html"));
    assert_eq!(foreign(place.prints()), before, "what is not ours is as it was");
}

/// An object of somebody else's at a key of ours keeps the site from being published, and stays.
pub(crate) fn leaves_what_is_not_ours(place: &dyn Place) {
    let site = site(place);
    place.plant("fees/index.html", b"somebody else's");
    let before = place.prints();
    publish(&site).fails(5).says("publish/foreign").says("fees/index.html");
    assert_eq!(place.prints().get("fees/index.html"), before.get("fees/index.html"));
    site.remove("content/fees.md");
    page(&site, "close", "Close your account", "Press the button.");
    publish(&site).ok();
    is_published(&site, place);
    // Now that there is a state, too.
    page(&site, "fees", "Fees", "There are none.");
    publish(&site).fails(5).says("publish/foreign").says("fees/index.html");
    assert_eq!(place.prints().get("fees/index.html"), before.get("fees/index.html"));
    site.remove("content/fees.md");
    publish(&site).ok();
    is_published(&site, place);
}

/// What somebody else did to files of ours stays unseen, until all of them are put again.
pub(crate) fn puts_all_again(place: &dyn Place) {
    let site = site(place);
    publish(&site).ok();
    place.plant("fees/index.html", b"somebody else's");
    assert!(publish(&site).ok().stdout().contains("Nothing to do"));
    let plan = site.run(["publish", "--plan", "--all"]);
    assert!(plan.ok().stdout().contains(" 0 deleted, 0 unchanged;"), "{plan}");
    assert_eq!(place.answer("fees/index.html").as_deref(), Some(&b"somebody else's"[..]));
    site.run(["publish", "--yes", "--all"]).ok();
    is_published(&site, place);
    assert!(publish(&site).ok().stdout().contains("Nothing to do"));
}

/// A plan that was reviewed is followed exactly, or not at all.
pub(crate) fn follows_a_reviewed_plan(place: &dyn Place) {
    let site = site(place);
    site.run(["publish", "--plan", "--plan-file", "plan.json"]).ok();
    assert!(!place.files().contains_key("index.html"));
    page(&site, "fees", "Fees", "There are some.");
    site.run(["publish", "--yes", "--plan-file", "plan.json"]).fails(5).says("publish/stale-plan").says("the site has");
    assert!(!place.files().contains_key("index.html"));
    page(&site, "fees", "Fees", "There are none.");
    site.run(["publish", "--yes", "--plan-file", "plan.json"]).ok();
    is_published(&site, place);
    page(&site, "fees", "Fees", "There are some.");
    site.run(["publish", "--plan", "--plan-file", "plan.json"]).ok();
    publish(&site).ok();
    site.run(["publish", "--yes", "--plan-file", "plan.json"]).fails(5).says("what is on the target has changed");
}

/// Two publish at once: at least one does, and whoever does not leaves with a clear word. Afterwards each can.
pub(crate) fn serves_two_publishers(place: &dyn Place) {
    let sites = [site(place), site(place)];
    publish(&sites[0]).ok();
    for (number, site) in sites.iter().enumerate() {
        page(site, "fees", "Fees", &format!("Publisher {number}."));
    }
    let start = |site: &Site| {
        let mut command = site.command("");
        command.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the program can be started")
    };
    let children = sites.each_ref().map(start);
    let ended = children.map(|child| child.wait_with_output().expect("it can be waited for"));
    assert!(ended.iter().any(|output| output.status.success()));
    for output in ended.iter().filter(|output| !output.status.success()) {
        let said = String::from_utf8_lossy(&output.stderr);
        let is_busy = output.status.code() == Some(4) && said.contains("another run is publishing");
        let is_overtaken = output.status.code() == Some(5) && said.contains("somebody else has published");
        assert!(is_busy || is_overtaken, "{said}");
    }
    for site in &sites {
        publish(site).ok();
        is_published(site, place);
    }
}

/// Random edits, each published: the place has the site, and whatever is not ours stays as it is.
pub(crate) fn random_publishes(place: &dyn Place, count: usize, seed: u64) {
    let mut random = Random(seed);
    let site = site(place);
    for name in NAMES {
        place.plant(&format!("foreign/{name}.txt"), format!("somebody's {name}").as_bytes());
        place.plant(&format!("{name}/note"), b"beside a page of ours");
    }
    let foreign: Vec<String> = place.prints().into_keys().collect();
    let prints = || -> BTreeMap<String, String> {
        place.prints().into_iter().filter(|(key, _)| foreign.contains(key)).collect()
    };
    let before = prints();
    for step in 0..count {
        for _ in 0..1 + random.below(4) {
            edit(&site, place, &mut random);
        }
        force(&site).ok();
        is_published(&site, place);
        assert_eq!(prints(), before, "what is not ours, after step {step} of seed {seed}");
    }
}

/// Kills a run at random moments, and lets the next one end: before that, every page of the old release is there with
/// its old or its new bytes.
#[cfg(unix)]
pub(crate) fn survives_kills(place: &dyn Place, count: usize, seed: u64) {
    let mut random = Random(seed);
    let site = site(place);
    for number in 0..150 {
        site.write(&format!("static/files/{number}.txt"), format!("file {number}"));
    }
    publish(&site).ok();
    let mut old = place.files();
    let (mut killed, mut longest) = (0, Duration::from_millis(1));
    for step in 0..count {
        for number in 0..150 {
            site.write(&format!("static/files/{number}.txt"), format!("file {number} of step {step}"));
        }
        for _ in 0..4 {
            edit(&site, place, &mut random);
        }
        site.run(["build", "--out", "../built"]).ok();
        let new = tree(&site.root().join("../built"));
        let started = std::time::Instant::now();
        let mut child = site
            .command("")
            .args(["publish", "--yes", "--allow-deletions", "--allow-fewer-pages", "--allow-lost-addresses"])
            .args(["--as-of", TODAY])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let end = longest.mul_f64(random.below(1000) as f64 / 1000.0);
        // By a thread of its own: at some places reading takes longer than a run.
        let killer = std::thread::spawn(move || {
            while started.elapsed() < end && child.try_wait().expect("it can be waited for").is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let ended = child.try_wait().expect("it can be waited for").is_some();
            let took = started.elapsed();
            if !ended {
                child.kill().expect("it can be killed");
            }
            child.wait().expect("it can be waited for");
            ended.then_some(took)
        });
        while !killer.is_finished() {
            answers(place, &old, &new, step);
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(took) = killer.join().expect("nothing went wrong there") {
            longest = longest.min(took);
        } else {
            killed += 1;
            longest = (longest * 5 / 4).min(Duration::from_secs(20));
        }
        let state = place.answer(STATE).expect("the state is there");
        let state: serde_json::Value = serde_json::from_slice(&state).expect("the state is whole");
        let deleting = state["run"]["changes"].as_object().is_some_and(serde_json::Map::is_empty);
        for (key, bytes) in old.iter().filter(|(key, _)| key.ends_with(".html")) {
            match place.answer(key) {
                Some(found) => assert!(
                    found == *bytes || new.get(key) == Some(&found),
                    "{key} is neither old nor new, step {step}"
                ),
                None => assert!(
                    !new.contains_key(key) && (deleting || state["run"].is_null()),
                    "{key} is gone before the new release is there, step {step} of seed {seed}"
                ),
            }
        }
        force(&site).ok();
        old = is_published(&site, place);
    }
    assert!(killed * 2 > count, "{killed} of {count} runs were killed");
}

/// Holds if a reader gets every page of the old release, with its old or its new bytes; a page that the new one does not
/// have may only be gone when every page of the new one is there.
#[cfg(unix)]
fn answers(place: &dyn Place, old: &BTreeMap<String, Vec<u8>>, new: &BTreeMap<String, Vec<u8>>, step: usize) {
    for (key, bytes) in old.iter().filter(|(key, _)| key.ends_with(".html")) {
        match place.answer(key) {
            Some(found) => assert!(found == *bytes || new.get(key) == Some(&found), "{key} is torn in step {step}"),
            None => {
                assert!(!new.contains_key(key), "{key} does not answer in step {step}");
                let mut pages = new.iter().filter(|(key, _)| key.ends_with(".html"));
                assert!(
                    pages.all(|(key, bytes)| place.answer(key).as_ref() == Some(bytes)),
                    "{key} is gone before the new release is there, step {step}"
                );
            }
        }
    }
}

const NAMES: [&str; 8] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];

/// Changes the site at random: a page comes, changes, moves or goes; a file beside it, too.
fn edit(site: &Site, place: &dyn Place, random: &mut Random) {
    let name = NAMES[random.below(NAMES.len())];
    let path = format!("content/{name}.md");
    let exists = site.root().join(&path).exists();
    match random.below(6) {
        0 if exists => drop(site.remove(&path)),
        1 if exists => {
            let to = NAMES[random.below(NAMES.len())];
            let text = std::fs::read_to_string(site.root().join(&path)).expect("the page is there");
            site.remove(&path).write(&format!("content/{to}.md"), text);
        }
        // A file where a folder was, and the other way round.
        2 if place.changes_kinds() => {
            let file = site.root().join(format!("static/{name}-x"));
            if file.is_file() {
                site.remove(&format!("static/{name}-x")).write(&format!("static/{name}-x/inner.txt"), "inner");
            } else {
                if file.is_dir() {
                    crate::harness::remove(&file);
                }
                site.write(&format!("static/{name}-x"), format!("{}", random.below(100)));
            }
        }
        3 => drop(site.write(&format!("content/{name}.csv"), format!("a,{}\n", random.below(1000)))),
        _ => page(site, name, &format!("Page {name}"), &format!("Number {}.", random.below(1000))),
    }
}

/// A row of numbers that is the same for the same seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }
}

/// How many cases a long test plays: `GUIDEPOST_CASES`, or `usual`.
pub(crate) fn cases(usual: usize) -> usize {
    std::env::var("GUIDEPOST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// `GUIDEPOST_SEED`, or 1.
pub(crate) fn seed() -> u64 {
    std::env::var("GUIDEPOST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}
