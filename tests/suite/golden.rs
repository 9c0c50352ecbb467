//! `tests/golden/<case>/` → the built site must be its `expected/`, file by file; rewritten with `GUIDEPOST_BLESS=1`.
//!
//! A case is a small complete site. `expected/` holds its output, `messages.txt` what `check` says about it (without
//! such a file it must say nothing about warnings or errors); a case with `messages.txt` and without `expected/` is one
//! that must fail. A case without `templates/` gets those of `_templates/`, which show every variable and component
//! with as little HTML as can be: so a change of the theme is seen only by the cases that are about the theme. What differs from one commit to the next without a difference in the feature is masked: the
//! fingerprints in asset names, the program's version, durations. The theme's own files are not part of `expected/`.

use crate::harness::{Run, Site, blessing, repository, tree};
use guidepost::diag::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What a case's folder holds beside its site.
const OURS: [&str; 2] = ["expected", "messages.txt"];

#[test]
fn golden() {
    let cases = repository("tests/golden");
    let mut names: Vec<String> = fs::read_dir(&cases)
        .unwrap_or_else(|error| panic!("{}: {error}", cases.display()))
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort();
    let problems: Vec<String> = names
        .iter()
        .flat_map(|name| compare(&cases.join(name)).into_iter().map(move |problem| format!("{name}: {problem}")))
        .collect();
    assert!(
        problems.is_empty(),
        "{} differences; if they are meant, run GUIDEPOST_BLESS=1 cargo test golden\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Builds the site of a case; gives what differs from what is expected.
fn compare(case: &Path) -> Vec<String> {
    let site = Site::copied(case, &OURS);
    if !case.join("templates").exists() {
        for (name, bytes) in tree(&case.with_file_name("_templates")) {
            site.write(&format!("templates/{name}"), bytes);
        }
    }
    let checked = site.run(["check"]);
    let fails = if blessing() { checked.failed() } else { !case.join("expected").exists() };
    let built = if fails { BTreeMap::new() } else { output(&site.run(["build", "--verify"])) };
    let mut found: BTreeMap<String, Vec<u8>> =
        built.into_iter().map(|(name, bytes)| (format!("expected/{name}"), bytes)).collect();
    let messages = messages(checked.stderr());
    if !messages.is_empty() {
        found.insert("messages.txt".to_owned(), messages.into_bytes());
    }
    let mut expected = tree(case);
    expected.retain(|name, _| OURS.iter().any(|ours| name == ours || name.starts_with(&format!("{ours}/"))));
    if blessing() {
        assert!(!fails || found.contains_key("messages.txt"), "this cannot be meant: {checked}");
        bless(case, &expected, &found);
        return Vec::new();
    }
    let mut problems = differences(&expected, &found);
    if fails != checked.failed() {
        problems.push(format!("it was not to {} {checked}", if fails { "succeed:" } else { "fail:" }));
    }
    problems
}

/// The output of a build, masked, without what belongs to the theme or describes the output itself.
fn output(run: &Run) -> BTreeMap<String, Vec<u8>> {
    run.ok();
    let theme: BTreeSet<String> = tree(&repository("static/theme")).into_keys().collect();
    tree(run.out())
        .into_iter()
        .filter(|(name, _)| name != ".guidepost-manifest")
        .map(|(name, bytes)| (mask(&name), bytes))
        .filter(|(name, _)| {
            name.strip_prefix("assets/").is_none_or(|asset| !theme.contains(&asset.replace(".<hash>.", ".")))
        })
        .map(|(name, bytes)| match String::from_utf8(bytes) {
            Ok(text) => (name, mask(&text).into_bytes()),
            Err(binary) => (name, binary.into_bytes()),
        })
        .collect()
}

/// The stderr of a run without its durations; empty if it names no diagnostic.
fn messages(stderr: &str) -> String {
    let found = Code::ALL.iter().any(|code| stderr.contains(code.id()));
    if found { durations(stderr) } else { String::new() }
}

fn differences(expected: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, bytes) in found {
        match expected.get(name) {
            None => problems.push(format!("{name} is new")),
            Some(old) if old != bytes => problems.push(format!("{name} differs{}", first_difference(old, bytes))),
            Some(_) => {}
        }
    }
    problems.extend(expected.keys().filter(|name| !found.contains_key(*name)).map(|name| format!("{name} is unused")));
    problems
}

/// The first line that differs, as it should be and as it is.
fn first_difference(expected: &[u8], found: &[u8]) -> String {
    let (Ok(expected), Ok(found)) = (std::str::from_utf8(expected), std::str::from_utf8(found)) else {
        return String::new();
    };
    let (mut old, mut new) = (expected.lines(), found.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old != new => {
                let (old, new) = (old.unwrap_or("<end>"), new.unwrap_or("<end>"));
                return format!(" at line {number}\n    expected: {old}\n    found:    {new}");
            }
            _ => {}
        }
    }
    " in its line ends".to_owned()
}

fn bless(case: &Path, old: &BTreeMap<String, Vec<u8>>, new: &BTreeMap<String, Vec<u8>>) {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        fs::remove_file(case.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (name, bytes) in new {
        let file = case.join(name);
        fs::create_dir_all(file.parent().expect("it lies in the case's folder"))
            .and_then(|()| fs::write(&file, bytes))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Fingerprints in asset names become `<hash>`, the version of the program `<version>`.
fn mask(text: &str) -> String {
    let generator = format!("Guidepost {}", env!("CARGO_PKG_VERSION"));
    let text = text.replace(&generator, "Guidepost <version>");
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("assets/") {
        let (before, asset) = rest.split_at(at + "assets/".len());
        masked.push_str(before);
        let end = asset.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(asset.len());
        let mut parts: Vec<&str> = asset[..end].split('.').collect();
        let hash = parts.len().saturating_sub(2);
        if hash > 0 && parts[hash].len() == 8 && parts[hash].bytes().all(|b| b.is_ascii_hexdigit()) {
            parts[hash] = "<hash>";
        }
        masked.push_str(&parts.join("."));
        rest = &asset[end..];
    }
    masked + rest
}

/// Numbers in front of a unit of time become `<time>`.
fn durations(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<&str> = line.split(' ').collect();
        let masked: Vec<String> =
            words.iter().map(|word| duration(word).unwrap_or_else(|| (*word).to_owned())).collect();
        out.push_str(&masked.join(" "));
    }
    out
}

/// `1.25s,` → `<time>,`; nothing if the word is no duration.
fn duration(word: &str) -> Option<String> {
    let number = word.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
    let unit = ["ms", "µs", "s"].into_iter().find(|unit| word[number..].starts_with(unit))?;
    let rest = &word[number + unit.len()..];
    (!rest.starts_with(char::is_alphanumeric)).then(|| format!("<time>{rest}"))
}

#[test]
fn a_golden_difference_is_found_and_named() {
    let files = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    };
    let expected = files(&[("a", "one\ntwo\n"), ("b", "same"), ("gone", "")]);
    let found = files(&[("a", "one\n2\n"), ("b", "same"), ("more", "")]);
    assert_eq!(
        differences(&expected, &found),
        ["a differs at line 2\n    expected: two\n    found:    2", "more is new", "gone is unused"]
    );
}

#[test]
fn only_fingerprints_versions_and_durations_are_masked() {
    assert_eq!(
        mask("<link href=\"/help/assets/theme.1a2b3c4d.css\">"),
        "<link href=\"/help/assets/theme.<hash>.css\">"
    );
    assert_eq!(mask("assets/logo.svg assets/a.12345678"), "assets/logo.svg assets/a.12345678");
    assert_eq!(durations("12 pages in 1.25s, 3 steps\n"), "12 pages in <time>, 3 steps\n");
}
