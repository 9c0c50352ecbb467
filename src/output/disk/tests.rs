//! Every call that changes the disk → what is left if it fails, or if it is the last; the next build never minds.

use super::{Fault, Faults};
use crate::output::tests::{Project, build, clean_tree, tree};
use crate::output::{Durable, Wait, open_with};
use std::collections::BTreeMap;
use std::path::Path;

const OLD: [(&str, &str); 9] = [
    ("index.html", "old home"),
    ("same.html", "same"),
    ("changed/index.html", "old text, rather long"),
    ("gone/deep/index.html", "old"),
    ("file-to-folder", "old"),
    ("folder-to-file/a.html", "old a"),
    ("folder-to-file/b/c.html", "old b"),
    ("Case/Name.html", "old case"),
    ("assets/site.css", "old css"),
];

const NEW: [(&str, &str); 9] = [
    ("index.html", "new home"),
    ("same.html", "same"),
    ("changed/index.html", "new text"),
    ("added/deep/er/index.html", "new"),
    ("file-to-folder/index.html", "new"),
    ("folder-to-file", "new"),
    ("case/name.html", "new case"),
    ("assets/site.css", "new css"),
    ("sitemap.xml", "new map"),
];

/// What a reader may find under `name` while a build from `old` to `new` is going on, or after it was cut off.
fn assert_no_half_file(folder: &Path, old: &[(&str, &str)], new: &[(&str, &str)], at: &str) {
    let of = |site: &[(&str, &str)], name: &str| {
        site.iter().find(|(other, _)| *other == name).map(|(_, text)| text.to_string())
    };
    let found = tree(folder);
    for (name, text) in found.iter().filter(|(name, _)| !name.starts_with(".guidepost-") && !name.ends_with('/')) {
        let text = Some(text.clone());
        assert!(text == of(old, name) || text == of(new, name), "{at}: {name} is {text:?}");
    }
    for (name, _) in old.iter().filter(|(name, _)| of(new, name).is_some()) {
        assert!(found.contains_key(*name), "{at}: {name} is missing");
    }
}

/// Builds `new` over `old` with `fault` at every call in turn, then `next` without one.
fn try_all(fault: Fault, old: Option<&[(&str, &str)]>, new: &[(&str, &str)], next: &[(&str, &str)]) {
    let clean_old = old.map(clean_tree).unwrap_or_default();
    let (clean_new, clean_next) = (clean_tree(new), clean_tree(next));
    let mut committed = false;
    for at in 0.. {
        let project = Project::new();
        if let Some(old) = old {
            project.build(old).unwrap();
        }
        let faults: &'static Faults = Box::leak(Box::new(Faults::new(fault, at)));
        let result = open_with(&project.path(""), Path::new("public"), None, Wait::No, faults).and_then(|output| {
            let output = output.unwrap();
            new.iter().try_for_each(|(name, text)| output.put(name, text.as_bytes()).map(drop))?;
            output.commit(if fault == Fault::Error { Durable::Yes } else { Durable::No })
        });
        let what = format!("{fault:?} at call {at}: {result:?}");
        assert_no_half_file(&project.path("public"), old.unwrap_or_default(), new, &what);
        let tree = project.tree();
        let is_unfinished = tree.contains_key(".guidepost-stage/journal");
        let without_stage: BTreeMap<_, _> =
            tree.into_iter().filter(|(name, _)| !name.starts_with(".guidepost-stage")).collect();
        match &result {
            Ok(_) => assert_eq!(without_stage, clean_new, "{what}"),
            Err(error) => {
                assert!(format!("{error:#}").contains("public"), "the path is named: {error:#}");
                assert!(is_unfinished || without_stage == clean_old, "{what}: {without_stage:?}");
            }
        }
        // A disk that is full when the journal is written leaves the tree as it was, and the journal goes too.
        if fault != Fault::Kill && result.is_err() && !is_unfinished {
            assert_eq!(without_stage, clean_old, "{what}");
        }
        project.build(next).unwrap_or_else(|error| panic!("{what}: the next build says {error:#}"));
        assert_eq!(project.tree(), clean_next, "{what}");
        let output = project.open();
        assert!(next.iter().all(|(name, _)| output.is_intact(name)), "{what}");
        if faults.calls() <= at {
            committed = result.is_ok();
            assert!(at > 20, "the faults were on the way: {at}");
            break;
        }
    }
    assert!(committed, "without a fault the build succeeds");
}

#[test]
fn a_call_that_fails_leaves_the_old_tree_or_one_that_the_next_build_finishes() {
    for next in [&NEW, &OLD] {
        try_all(Fault::Error, Some(&OLD), &NEW, next);
        try_all(Fault::Error, None, &NEW, next);
    }
}

#[test]
fn a_full_disk_leaves_the_old_tree() {
    for next in [&NEW, &OLD] {
        try_all(Fault::Full, Some(&OLD), &NEW, next);
        try_all(Fault::Full, None, &NEW, next);
    }
}

#[test]
fn a_build_killed_at_any_call_leaves_whole_files_and_the_next_one_equals_clean() {
    for next in [&NEW, &OLD] {
        try_all(Fault::Kill, Some(&OLD), &NEW, next);
        try_all(Fault::Kill, None, &NEW, next);
    }
}

#[test]
fn a_build_that_finishes_another_may_be_killed_too() {
    let clean = clean_tree(&OLD);
    for first in (10..).step_by(3) {
        let mut calls = 0;
        for second in 0.. {
            let project = Project::new();
            project.build(&OLD).unwrap();
            let faults: &'static Faults = Box::leak(Box::new(Faults::new(Fault::Kill, first)));
            if open_with(&project.path(""), Path::new("public"), None, Wait::No, faults)
                .and_then(|output| build(output.unwrap(), &NEW))
                .is_ok()
            {
                return;
            }
            let again: &'static Faults = Box::leak(Box::new(Faults::new(Fault::Kill, second)));
            let _ = open_with(&project.path(""), Path::new("public"), None, Wait::No, again);
            assert_no_half_file(&project.path("public"), &OLD, &NEW, &format!("killed at {first}, then at {second}"));
            project.build(&OLD).unwrap();
            assert_eq!(project.tree(), clean, "killed at {first}, then at {second}");
            calls += 1;
            if again.calls() <= second {
                break;
            }
        }
        assert!(calls > 0);
    }
}

#[test]
fn names_in_an_unfinished_journal_are_unknown() {
    for at in 0.. {
        let project = Project::new();
        project.build(&OLD).unwrap();
        let faults: &'static Faults = Box::leak(Box::new(Faults::new(Fault::Kill, at)));
        let result = open_with(&project.path(""), Path::new("public"), None, Wait::No, faults)
            .and_then(|output| build(output.unwrap(), &NEW));
        if !project.path("public/.guidepost-stage/journal").exists() {
            assert!(result.is_err(), "no kill met the journal");
            continue;
        }
        let output = project.open();
        if output.manifest().get("sitemap.xml").is_none() {
            continue; // the journal was not complete, and nothing has happened
        }
        assert!(!output.is_intact("index.html") && !output.is_intact("sitemap.xml"));
        assert!(output.is_intact("same.html"));
        return;
    }
}

/// The next number of a fixed, uneven sequence below `below`.
fn next(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as usize % below
}

/// A few of these names: no two that differ by letter case only, and none that is also a folder of another.
fn some_site(state: &mut u64) -> Vec<(&'static str, &'static str)> {
    const NAMES: [&str; 14] = [
        "a",
        "A",
        "a/b",
        "a/B/c",
        "A/b/c",
        "a/b/c/d.html",
        "b.html",
        "B.html",
        "b/index.html",
        "b/c.css",
        "B/d",
        "c.xml",
        "c.xml/e",
        "index.html",
    ];
    let mut site: Vec<(&str, &str)> = Vec::new();
    for _ in 0..next(state, 8) {
        let name = NAMES[next(state, NAMES.len())];
        let (fold, text) = (name.to_lowercase(), ["one", "two", "a longer text"][next(state, 3)]);
        let spelt = |other: &str| {
            // Two spellings of one folder are two names of one thing, too.
            let same = |(a, b): (&str, &str)| a == b || a.to_lowercase() != b.to_lowercase();
            other.split('/').zip(name.split('/')).take_while(|(a, b)| a.to_lowercase() == b.to_lowercase()).all(same)
        };
        let clash = |other: &str| {
            let other_fold = other.to_lowercase();
            other_fold == fold
                || other_fold.starts_with(&format!("{fold}/"))
                || fold.starts_with(&format!("{other_fold}/"))
                || !spelt(other)
        };
        if !site.iter().any(|(other, _)| clash(other)) {
            site.push((name, text));
        }
    }
    site
}

#[test]
fn after_any_history_of_cuts_a_build_equals_a_clean_one() {
    for seed in 0..12 {
        let mut state = seed;
        let project = Project::new();
        for step in 0..25 {
            let site = some_site(&mut state);
            let fault = [Fault::Error, Fault::Full, Fault::Kill][next(&mut state, 3)];
            let faults: &'static Faults = Box::leak(Box::new(Faults::new(fault, next(&mut state, 70))));
            let result = open_with(&project.path(""), Path::new("public"), None, Wait::No, faults)
                .and_then(|output| build(output.unwrap(), &site));
            if result.is_ok() && fault != Fault::Kill {
                let tree: BTreeMap<_, _> =
                    project.tree().into_iter().filter(|(name, _)| !name.starts_with(".guidepost-stage")).collect();
                assert_eq!(tree, clean_tree(&site), "seed {seed}, step {step}, {fault:?}");
            }
            if next(&mut state, 3) == 0 {
                let site = some_site(&mut state);
                project.build(&site).unwrap_or_else(|error| panic!("seed {seed}, step {step}, {fault:?}: {error:#}"));
                assert_eq!(project.tree(), clean_tree(&site), "seed {seed}, step {step}, {fault:?}");
            }
        }
    }
}
