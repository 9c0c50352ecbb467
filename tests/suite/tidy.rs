//! The code's own text → what in it breaks a rule that the compiler does not know.

use crate::harness::{blessing, repository, tree};
use crate::paths::{code_of, comments_of, named, without_tests};
use guidepost::diag::Code;
use std::collections::BTreeSet;

/// The layers, lowest first. A module may name only those below its own.
///
/// The words of the lowest layer need each other in one order (a diagnostic has a path, a YAML value can be wrong), and
/// the ledger is about facts, and what is published was built, so that these stand here as several layers.
const LAYERS: [&[&str]; 14] = [
    &["path", "hash", "day"],
    &["diag"],
    &["yaml"],
    &["source", "cache"],
    &["config"],
    &["content", "templates", "assets"],
    &["site", "outlines"],
    &["facts"],
    &["ledger"],
    &["render"],
    &["project"],
    &["output", "check", "scaffold", "serve"],
    &["publish"],
    &["cli"],
];

/// A group of paths, and the only modules (or single files) that may name them outside tests.
struct Reserved {
    what: &'static str,
    paths: &'static [&'static str],
    to: &'static [&'static str],
}

const RESERVED: [Reserved; 4] = [
    Reserved { what: "the environment", paths: &["std::env"], to: &["cli", "main", "publish::credentials"] },
    Reserved {
        what: "the disk and the network",
        paths: &["std::fs", "std::net", "std::process::Command"],
        to: &["source", "cache", "output", "check", "scaffold", "serve", "publish"],
    },
    Reserved { what: "a timer", paths: &["std::time::Instant"], to: &["cli", "main", "serve", "publish"] },
    Reserved {
        what: "a file's time",
        paths: &["std::time::SystemTime", "std::time::UNIX_EPOCH"],
        to: &["source", "cache", "output", "cli", "main", "serve", "publish"],
    },
];

/// Pieces of names that say nothing about what a thing is.
const EMPTY_WORDS: [&str; 8] = ["Manager", "Helper", "Helpers", "Context", "Data", "Util", "Utils", "Misc"];

/// How long a file of `src/` may be, its tests at the foot not counted.
const LONGEST: usize = 400;

/// A file of `src/`: its path there, and its text.
type File = (String, String);

fn sources() -> Vec<File> {
    texts("src", ".rs")
}

/// The sources that are part of the program; a `tests.rs` is a test module that has a file of its own.
fn program() -> Vec<File> {
    sources().into_iter().filter(|(name, _)| !name.ends_with("/tests.rs")).collect()
}

fn texts(folder: &str, ending: &str) -> Vec<File> {
    tree(&repository(folder))
        .into_iter()
        .filter(|(name, _)| name.ends_with(ending))
        .map(|(name, bytes)| (name, String::from_utf8(bytes).expect("a text of the repository is UTF-8")))
        .collect()
}

#[track_caller]
fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn layers_hold() {
    none(sources().iter().flat_map(layer_problems).collect());
}

#[test]
fn rendering_sees_facts_only() {
    none(sources().iter().flat_map(render_problems).collect());
}

#[test]
fn clock_environment_and_disk_are_reserved() {
    none(program().iter().flat_map(reserve_problems).collect());
}

#[test]
fn only_the_command_line_prints() {
    none(program().iter().filter(|(name, _)| !is_below(&module(name), "cli")).flat_map(print_problems).collect());
}

#[test]
fn no_forbidden_word_is_used() {
    let everywhere = ["src", "tests", "examples", "benches"].into_iter().flat_map(|folder| texts(folder, ".rs"));
    let mut problems: Vec<String> = everywhere.flat_map(|file| word_problems(&file)).collect();
    problems.extend(program().iter().flat_map(unwrap_problems));
    none(problems);
}

#[test]
fn every_file_is_short_enough() {
    let too_long = |(name, text): &File| {
        let lines = text.split("\n#[cfg(test)]\nmod tests {").next().map_or(0, |code| code.lines().count());
        (lines > LONGEST).then(|| format!("src/{name} has {lines} lines"))
    };
    none(program().iter().filter_map(too_long).collect());
}

/// What a site may set in its own stylesheet is what the documentation lists, and each of it changes something.
#[test]
fn every_property_of_the_theme_is_documented_and_used() {
    let read = |name| std::fs::read_to_string(repository(name)).expect("the repository has it");
    let (page, theme) = (read("content/docs/templates.md"), read("static/theme/theme.css"));
    let names = |text: &str, before: &str| -> BTreeSet<String> {
        let is_part = |c: char| c == '-' || c.is_ascii_alphanumeric();
        text.split(before).skip(1).map(|rest| rest.chars().take_while(|c| is_part(*c)).collect()).collect()
    };
    let styles = page.split("\n## ").find(|part| part.starts_with("Styles")).expect("a section on styles");
    let table: String = styles.lines().filter(|line| line.starts_with('|')).collect();
    let (tokens, rules) = theme.split_once("\n}\n").expect("tokens come first");
    let documented = names(&table, "`--");
    assert_eq!(documented, names(tokens, "\n  --"), "what is documented, and what the theme sets");
    let used = &names(tokens, "var(--") | &names(rules, "var(--");
    none(documented.difference(&used).map(|name| format!("nothing follows from --{name}")).collect());
}

#[test]
fn every_diagnostic_is_documented() {
    let pages = texts("content", "diagnostics.md");
    let headings: BTreeSet<String> = pages
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("### `")?.split_once('`').map(|(id, _)| id.to_owned()))
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.id().to_owned()).collect();
    let missing = codes.difference(&headings).map(|id| format!("no heading ### `{id}` in content/**/diagnostics.md"));
    let unused = headings.difference(&codes).map(|id| format!("### `{id}` is documented, but there is no such code"));
    none(missing.chain(unused).collect());
}

/// The section `## Module map` of `src/README.md` is written from the first line of each file; with `GUIDEPOST_BLESS`
/// it is written anew.
#[test]
fn the_module_map_is_the_tree() {
    const HEADING: &str = "## Module map\n";
    let mut map = String::from("\n| file | what it does |\n|---|---|\n");
    for (name, text) in sources() {
        let doc = match text.lines().next() {
            Some("#![doc = include_str!(\"README.md\")]") => "this page, and the list of modules",
            Some(line) if line.starts_with("//! ") => line[4..].trim_end_matches('.'),
            _ => panic!("src/{name} does not start with a line `//! X → Y`"),
        };
        map.push_str(&format!("| `{name}` | {} |\n", doc.replace('|', "\\|")));
    }
    let page = repository("src/README.md");
    let text = std::fs::read_to_string(&page).expect("src/README.md is there");
    let start = text.find(HEADING).map(|at| at + HEADING.len());
    let end = start.map(|start| text[start..].find("\n## ").map_or(text.len(), |at| start + at));
    let found = start.zip(end).map_or("", |(start, end)| &text[start..end]);
    if blessing() && found != map {
        let (before, after) = start.zip(end).map_or((text.as_str(), ""), |(start, end)| (&text[..start], &text[end..]));
        let heading = if start.is_none() { format!("\n{HEADING}") } else { String::new() };
        std::fs::write(&page, format!("{before}{heading}{map}{after}")).expect("the repository can be written");
        return;
    }
    assert!(found == map, "the map in src/README.md is not\n{map}\nRun GUIDEPOST_BLESS=1 cargo test module_map");
}

/// `content/front.rs` → `["content", "front"]`.
fn module(name: &str) -> Vec<String> {
    let path = name.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

fn is_below(module: &[String], parent: &str) -> bool {
    let parent: Vec<&str> = parent.split("::").collect();
    module.len() >= parent.len() && module.iter().zip(parent).all(|(a, b)| a == b)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn layer_problems((name, text): &File) -> Vec<String> {
    let module = module(name);
    let Some(own) = module.first() else { return Vec::new() };
    let binary = own == "main";
    let Some(height) = (if binary { Some(LAYERS.len()) } else { layer(own) }) else {
        return vec![format!("src/{name} is in no layer")];
    };
    let here: Vec<&str> = if binary { Vec::new() } else { module.iter().map(String::as_str).collect() };
    named(&code_of(text), &here)
        .into_iter()
        .filter(|path| path.parts.first().is_some_and(|root| root == "crate"))
        .filter_map(|path| {
            let place = format!("src/{name}:{}: `{}`", path.line, path.parts.join("::"));
            let Some(target) = path.parts.get(1) else { return Some(format!("{place} names the whole crate")) };
            if target == own {
                return None;
            }
            match layer(target) {
                Some(depth) if depth < height => None,
                Some(_) => Some(format!("{place} is not below `{own}`")),
                None => Some(format!("{place} is in no layer")),
            }
        })
        .collect()
}

fn render_problems((name, text): &File) -> Vec<String> {
    if !is_below(&module(name), "render") {
        return Vec::new();
    }
    let module = module(name);
    let here: Vec<&str> = module.iter().map(String::as_str).collect();
    named(&code_of(text), &here)
        .into_iter()
        .filter(|path| path.parts.get(1).is_some_and(|top| top == "site"))
        .filter(|path| path.parts.len() == 2 || path.parts[2..].iter().any(|part| part == "Site" || part == "*"))
        .map(|path| format!("src/{name}:{}: rendering sees `{}`", path.line, path.parts.join("::")))
        .collect()
}

fn reserve_problems((name, text): &File) -> Vec<String> {
    let module = module(name);
    let here: Vec<&str> = module.iter().map(String::as_str).collect();
    let code = without_tests(&code_of(text));
    let allowed = |to: &[&str]| to.iter().any(|one| is_below(&module, one));
    let mut problems = Vec::new();
    for path in named(&code, &here) {
        let written = path.parts.join("::");
        for reserved in &RESERVED {
            let meant = reserved.paths.iter().any(|one| written == *one || written.starts_with(&format!("{one}::")));
            if meant && !allowed(reserved.to) {
                problems.push(format!("src/{name}:{}: `{written}` touches {}", path.line, reserved.what));
            }
        }
        if ["std::*", "std::time::*", "std::time"].contains(&written.as_str()) {
            problems.push(format!("src/{name}:{}: `{written}` hides what is used of it", path.line));
        }
    }
    if !allowed(&["cli", "main", "serve", "publish"]) {
        problems.extend(lines_with(&code, "::now(").map(|line| format!("src/{name}:{line}: asks the clock")));
    }
    problems
}

fn print_problems((name, text): &File) -> Vec<String> {
    let code = without_tests(&code_of(text));
    ["print!(", "println!(", "stdout()", "stderr()"]
        .into_iter()
        .flat_map(|word| lines_with(&code, word).map(move |line| format!("src/{name}:{line}: prints (`{word}`)")))
        .collect()
}

/// What may stand nowhere, not even in tests.
fn word_problems((name, text): &File) -> Vec<String> {
    let code = code_of(text);
    let mut problems = Vec::new();
    for word in ["todo!", "unimplemented!", "dbg!", "#[allow(", "#![allow(", "#[expect(", "#![expect(", "unsafe "] {
        problems.extend(lines_with(&code, word).map(|line| format!("{name}:{line}: `{word}`")));
    }
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let comments = comments_of(text);
    for note in notes {
        problems.extend(lines_with(&comments, note).map(|line| format!("{name}:{line}: `{note}`")));
    }
    problems.extend(empty_names(&code).into_iter().map(|(word, line)| format!("{name}:{line}: `{word}` says nothing")));
    problems
}

fn unwrap_problems((name, text): &File) -> Vec<String> {
    let code = without_tests(&code_of(text));
    [".unwrap()", "remove_dir_all"]
        .into_iter()
        .flat_map(|word| lines_with(&code, word).map(move |line| format!("src/{name}:{line}: `{word}`")))
        .collect()
}

/// Names of types, traits and modules that are defined here and hold one of [`EMPTY_WORDS`].
fn empty_names(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if ["struct", "enum", "trait", "type", "mod"].contains(&word)
                && let Some(name) = words.next()
                && pieces(name).iter().any(|piece| EMPTY_WORDS.contains(&piece.as_str()))
            {
                found.push((name.to_owned(), number + 1));
            }
        }
    }
    found
}

/// `PageData` → `Page`, `Data`; `string_utils` → `String`, `Utils`.
fn pieces(name: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut starts = true;
    for c in name.chars() {
        if starts || c.is_uppercase() {
            pieces.push(String::new());
        }
        starts = c == '_';
        if let Some(piece) = pieces.last_mut().filter(|_| c != '_') {
            let first = piece.is_empty();
            piece.extend(if first { c.to_uppercase().next() } else { Some(c) });
        }
    }
    pieces
}

fn lines_with<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter(move |(_, line)| line.contains(word)).map(|(number, _)| number + 1)
}

#[test]
fn planted_violations_are_caught() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let caught = |name: &str, text: &str| !layer_problems(&file(name, text)).is_empty();
    assert!(caught("hash.rs", "fn f() -> crate::config::Config { loop {} }"), "upwards, in a signature");
    assert!(caught("hash.rs", "use crate::path::Url;"), "sideways");
    assert!(caught("content/front.rs", "use super::super::site::Site;"), "upwards through super");
    assert!(caught("content/mod.rs", "mod tests { use super::super::render; }"), "upwards from a test module");
    assert!(caught("config/mod.rs", "use crate::{diag, content::{front, heading}};"), "upwards in a group");
    assert!(caught("config/mod.rs", "use crate::*;"), "everything at once");
    assert!(caught("facts.rs", "use crate::ledger::Ledger;"), "facts are asked before the ledger");
    assert!(caught("blog.rs", ""), "a module without a layer");
    assert!(!caught("ledger.rs", "use crate::facts::Ask; // crate::render\nconst A: &str = \"crate::cli\";"));
    assert!(!caught("content/front.rs", "use super::heading; use crate::config::Config; use crate::content::faq;"));
    assert!(!caught("main.rs", "fn main() { guidepost::cli::run() }"));

    let seen = |text: &str| !render_problems(&file("render/page.rs", text)).is_empty();
    assert!(seen("use crate::site::Site;") && seen("use crate::site;") && seen("use crate::site::tree::{Site, Card};"));
    assert!(!seen("use crate::site::Card; use crate::facts::Facts;"));

    let touched = |name: &str, text: &str| !reserve_problems(&file(name, text)).is_empty();
    assert!(touched("render/page.rs", "fn f() { let t = std::time::Instant::now(); }"));
    assert!(touched("render/page.rs", "use std::{collections::BTreeMap, env};"));
    assert!(touched("site/mod.rs", "fn f() { std::fs::read(\"a\"); }"));
    assert!(touched("config/mod.rs", "fn f() { jiff::Timestamp::now() }"));
    assert!(touched("publish/plan.rs", "use std::env;") && !touched("publish/credentials.rs", "use std::env;"));
    assert!(!touched("config/mod.rs", "#[cfg(test)]\nmod tests { fn f() { std::env::temp_dir(); } }"));

    assert!(!print_problems(&file("render/page.rs", "fn f() { eprintln!(\"a\") }")).is_empty());
    assert!(!unwrap_problems(&file("render/page.rs", "fn f() { a.unwrap() }")).is_empty());
    assert!(unwrap_problems(&file("render/page.rs", "#[test] fn f() { a.unwrap() }")).is_empty());
    assert!(!word_problems(&file("a.rs", concat!("// TO", "DO: later"))).is_empty());
    assert!(!word_problems(&file("a.rs", "pub(crate) struct PageData;")).is_empty());
    assert!(!word_problems(&file("a.rs", "mod string_utils;")).is_empty());
    assert!(word_problems(&file("a.rs", "use anyhow::Context; struct Metadata; struct Database;")).is_empty());
}
