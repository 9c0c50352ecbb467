//! Any row of edits → after every one of them exactly what a clean build gives: files, bytes, diagnostics, success.

use crate::harness::{remove, say, tree};
use crate::random::{Dice, Edit, Files, edit, site};
use guidepost::day::Day;
use guidepost::diag::{Diagnostic, Severity};
use guidepost::facts::Ask;
use guidepost::ledger::Reason;
use guidepost::output::build::{Built, Keep, Out, Proof, Times, build};
use guidepost::output::{Durable, Wait};
use guidepost::project::Request;
use guidepost::site::Drafts;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What a build came to.
#[derive(PartialEq)]
struct End {
    done: bool,
    diagnostics: Vec<(Severity, Diagnostic)>,
    pages: Vec<(&'static str, usize)>,
    skipped: Vec<(String, String)>,
}

/// The folder of one of the two builds.
struct Side {
    root: tempfile::TempDir,
}

impl Side {
    fn new(files: &Files) -> Side {
        let root = tempfile::Builder::new().prefix("guidepost-equal-").tempdir().expect("a temporary folder");
        let side = Side { root };
        for (path, bytes) in files {
            side.change(path, Some(bytes));
        }
        side
    }

    fn change(&self, path: &str, bytes: Option<&Vec<u8>>) {
        let file = self.root.path().join(path);
        match bytes {
            Some(bytes) => {
                fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("a folder can be made");
                fs::write(file, bytes).expect("a file can be written");
            }
            // An edit that was left out may have been the one that made it.
            None => drop(fs::remove_file(file)),
        }
    }

    fn build(&self, today: Day) -> (End, Vec<Reason>) {
        let request = Request {
            root: self.root.path().to_owned(),
            base_url: None,
            hosts: None,
            drafts: Drafts::Hidden,
            today,
            now: jiff::Timestamp::now(),
            rendering: guidepost::project::Rendering::Quick,
        };
        let out = Out {
            folder: "public".into(),
            home: None,
            wait: Wait::No,
            durable: Durable::No,
            strict: false,
            times: Times::Trusted,
            proof: Proof::None,
            keep: Keep::Ledger,
        };
        let built = build(&request, &out, &|_| {}).expect("the machine is in order");
        let (done, report) = match built {
            Built::Done { report, .. } => (true, report),
            Built::Failed { report } => (false, report),
            Built::Differs(_) | Built::Refused(_) => panic!("nothing was to be compared, and the folder is ours"),
        };
        let skipped = report.skipped.iter().map(|(path, why)| (path.to_string(), why.clone())).collect();
        let end = End { done, diagnostics: report.diagnostics, pages: report.pages, skipped };
        (end, report.reasons.into_iter().map(|(_, reason)| reason).collect())
    }

    fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.root.path().join("public"))
    }

    fn forget(&self) {
        for folder in ["public", ".guidepost"] {
            let folder = self.root.path().join(folder);
            if folder.exists() {
                remove(&folder);
            }
        }
    }
}

/// A site, and what was done to it.
struct Story {
    files: Files,
    edits: Vec<Edit>,
}

/// What a story saw.
#[derive(Default)]
struct Seen {
    reasons: BTreeSet<String>,
    good: usize,
    rendered: usize,
}

const FIRST: Day = Day { year: 2026, month: 7, day: 1 };

/// The two builds of one site, side by side.
struct Pair {
    kept: Side,
    clean: Side,
    files: Files,
    good: Files,
    last: BTreeMap<String, Vec<u8>>,
    today: Day,
}

impl Pair {
    fn new(files: &Files) -> Pair {
        Pair {
            kept: Side::new(files),
            clean: Side::new(files),
            files: files.clone(),
            good: files.clone(),
            last: BTreeMap::new(),
            today: FIRST,
        }
    }

    fn apply(&mut self, edit: &Edit) {
        for (path, bytes) in &edit.changes {
            self.kept.change(path, bytes.as_ref());
            self.clean.change(path, bytes.as_ref());
            match bytes {
                Some(bytes) => drop(self.files.insert(path.clone(), bytes.clone())),
                None => drop(self.files.remove(path)),
            }
        }
        self.today = self.today.plus(edit.days);
    }

    /// Builds both, and says how they differ.
    fn compare(&mut self, seen: &mut Seen) -> Result<(), String> {
        let (kept, reasons) = self.kept.build(self.today);
        self.clean.forget();
        let (clean, _) = self.clean.build(self.today);
        seen.rendered += reasons.len();
        seen.reasons.extend(reasons.iter().map(word));
        if kept != clean {
            return Err(said(&kept, &clean));
        }
        let tree = self.kept.tree();
        if !clean.done {
            return if tree == self.last { Ok(()) } else { Err("a failed build changed the output".to_owned()) };
        }
        seen.good += 1;
        let expected = self.clean.tree();
        let names: BTreeSet<&String> = tree.keys().chain(expected.keys()).collect();
        if let Some(name) = names.into_iter().find(|name| tree.get(*name) != expected.get(*name)) {
            return Err(match (tree.get(name), expected.get(name)) {
                (Some(_), None) => format!("{name} should not be there"),
                (None, Some(_)) => format!("{name} is missing"),
                (Some(kept), Some(clean)) => format!("{name}: {}", first_difference(kept, clean)),
                (None, None) => unreachable!("one of the two has the name"),
            });
        }
        self.last = tree;
        self.good = self.files.clone();
        Ok(())
    }
}

fn said(kept: &End, clean: &End) -> String {
    if kept.done != clean.done {
        return format!("a clean build {}", if clean.done { "succeeds" } else { "fails" });
    }
    let only =
        |a: &End, b: &End| a.diagnostics.iter().find(|one| !b.diagnostics.contains(one)).map(|one| format!("{one:?}"));
    format!("only this build says {:?}, only a clean one {:?}", only(kept, clean), only(clean, kept))
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let part =
        |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.saturating_sub(60)..bytes.len().min(at + 60)]).into_owned();
    format!("at byte {at}:\n  this build  …{}…\n  clean       …{}…", part(a), part(b))
}

/// The kind of a reason: its variant's name.
fn word(reason: &Reason) -> String {
    let text = match reason {
        Reason::Answer(ask) => format!("{ask:?}"),
        other => format!("{other:?}"),
    };
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// Plays `story` again; the number of the edit after which the builds differed, and how.
fn play(story: &Story, seen: &mut Seen) -> Result<(), (usize, String)> {
    let mut pair = Pair::new(&story.files);
    pair.compare(seen).map_err(|why| (0, why))?;
    for (number, edit) in story.edits.iter().enumerate() {
        pair.apply(edit);
        pair.compare(seen).map_err(|why| (number + 1, why))?;
    }
    Ok(())
}

/// Makes up `steps` edits of a site with `pages` pages, and plays them.
fn tell(seed: u64, pages: usize, steps: usize, seen: &mut Seen) {
    let mut dice = Dice::of(seed);
    let files = mended(site(&mut dice, pages));
    let mut pair = Pair::new(&files);
    let mut story = Story { files, edits: Vec::new() };
    let mut result = pair.compare(seen);
    for _ in 0..steps {
        if result.is_err() {
            break;
        }
        let next = edit(&mut dice, &pair.files, &pair.good);
        pair.apply(&next);
        story.edits.push(next);
        result = pair.compare(seen);
    }
    if let Err(why) = result {
        let (story, why) = shrink(story, why);
        panic!("seed {seed}: {why}\n{}", as_text(&story));
    }
}

/// The site without the pages that keep it from being built.
fn mended(mut files: Files) -> Files {
    loop {
        let (end, _) = Side::new(&files).build(FIRST);
        let before = files.len();
        for (severity, diagnostic) in &end.diagnostics {
            if *severity == Severity::Error {
                files.remove(diagnostic.place.path.as_str());
            }
        }
        if end.done || files.len() == before {
            return files;
        }
    }
}

/// Leaves out edits and files, as long as the builds still differ.
fn shrink(mut story: Story, mut why: String) -> (Story, String) {
    let mut tries = 200;
    let mut fails = |story: &mut Story, why: &mut String| -> bool {
        if tries == 0 {
            return false;
        }
        tries -= 1;
        let found = std::panic::catch_unwind(|| play(story, &mut Seen::default()));
        match found {
            Ok(Err((number, how))) => {
                story.edits.truncate(number);
                *why = how;
                true
            }
            Ok(Ok(())) | Err(_) => false,
        }
    };
    let mut size = story.edits.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < story.edits.len() {
            let edits = story.edits.clone();
            story.edits.drain(at..(at + size).min(edits.len()));
            if !fails(&mut story, &mut why) {
                story.edits = edits;
                at += size;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    let mut size = story.files.len().div_ceil(2);
    while size > 0 {
        let names: Vec<String> = story.files.keys().filter(|name| *name != "site.yaml").cloned().collect();
        for some in names.chunks(size) {
            let files = story.files.clone();
            story.files.retain(|name, _| !some.contains(name));
            if !fails(&mut story, &mut why) {
                story.files = files;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    (story, why)
}

fn as_text(story: &Story) -> String {
    let file = |(path, bytes): (&String, Option<&Vec<u8>>)| match bytes {
        Some(bytes) => {
            format!("  {path}:\n    | {}\n", String::from_utf8_lossy(bytes).trim_end().replace('\n', "\n    | "))
        }
        None => format!("  {path}: removed\n"),
    };
    let mut text = "a site:\n".to_owned();
    for (path, bytes) in &story.files {
        text += &file((path, Some(bytes)));
    }
    for edit in &story.edits {
        text += &format!("then {} (and {} days):\n", edit.name, edit.days);
        for (path, bytes) in &edit.changes {
            text += &file((path, bytes.as_ref()));
        }
    }
    text
}

pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn every_build_gives_what_a_clean_one_gives() {
    let seed = number("GUIDEPOST_SEED", 1);
    let mut seen = Seen::default();
    for story in 0..number("GUIDEPOST_CASES", 3) {
        tell(seed + story, 20, 25, &mut seen);
    }
    assert!(seen.good > 40, "only {} of the sites could be built", seen.good);
}

/// A thousand edits of 200 pages, after which every kind of question must have been a reason.
#[test]
#[ignore = "minutes: see CONTRIBUTING.md"]
fn a_thousand_edits_give_what_clean_builds_give() {
    let mut seen = Seen::default();
    let seed = number("GUIDEPOST_SEED", 1);
    tell(seed, 200, number("GUIDEPOST_CASES", 1000) as usize, &mut seen);
    // Only where there is little can the last question or the last date go.
    for small in 0..20 {
        tell(seed + small, 3, 30, &mut seen);
    }
    say(format_args!("{} good builds, {} outputs rendered, because of {:?}", seen.good, seen.rendered, seen.reasons));
    let missing: Vec<&str> = KINDS.into_iter().filter(|kind| !seen.reasons.contains(*kind)).collect();
    assert!(missing.is_empty(), "never a reason: {missing:?}");
}

#[test]
#[ignore = "minutes: see CONTRIBUTING.md"]
fn edits_of_a_large_site_give_what_clean_builds_give() {
    tell(number("GUIDEPOST_SEED", 1), 2000, number("GUIDEPOST_CASES", 100) as usize, &mut Seen::default());
}

/// The kinds of questions; a new one has to be entered here for [`kind`] to compile.
const KINDS: [&str; 30] = [
    "Config",
    "Words",
    "Template",
    "Component",
    "Front",
    "Body",
    "Text",
    "Splices",
    "Placement",
    "Shape",
    "Counts",
    "Card",
    "Name",
    "Crumbs",
    "Menu",
    "Neighbours",
    "Children",
    "Link",
    "Asset",
    "Styles",
    "Nav",
    "Home",
    "Faqs",
    "AllGuides",
    "Feed",
    "Sitemap",
    "Due",
    "HasTemplate",
    "Hosts",
    "Firsts",
];

/// The place of a question's kind among [`KINDS`].
fn kind(ask: &Ask) -> usize {
    match ask {
        Ask::Config => 0,
        Ask::Words(_) => 1,
        Ask::Template(_) => 2,
        Ask::Component(_) => 3,
        Ask::Front(_) => 4,
        Ask::Body(..) => 5,
        Ask::Text(_) => 6,
        Ask::Splices(_) => 7,
        Ask::Placement(_) => 8,
        Ask::Shape(..) => 9,
        Ask::Counts(_) => 10,
        Ask::Card(_) => 11,
        Ask::Name(_) => 12,
        Ask::Crumbs(_) => 13,
        Ask::Menu(_) => 14,
        Ask::Neighbours(_) => 15,
        Ask::Children(_) => 16,
        Ask::Link(_) => 17,
        Ask::Asset(_) => 18,
        Ask::Styles => 19,
        Ask::Nav => 20,
        Ask::Home => 21,
        Ask::Faqs(_) => 22,
        Ask::AllGuides(_) => 23,
        Ask::Feed => 24,
        Ask::Sitemap(_) => 25,
        Ask::Due(_) => 26,
        Ask::HasTemplate(_) => 27,
        Ask::Hosts => 28,
        Ask::Firsts(_) => 29,
    }
}

#[test]
fn every_kind_of_question_is_known_by_its_name() {
    for ask in [Ask::Config, Ask::Styles, Ask::Nav, Ask::Home, Ask::Feed, Ask::Words("en".into())] {
        assert_eq!(word(&Reason::Answer(ask.clone())), KINDS[kind(&ask)]);
    }
}
