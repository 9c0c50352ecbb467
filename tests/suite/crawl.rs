//! An output folder → what a reader who follows every link would trip over; knows nothing of how it was made.

use crate::corpus::{self, Audience};
use crate::harness::{Site, repository, tree};
use crate::html::{Piece, pieces};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A built site, read from disk.
pub(crate) struct Built {
    files: BTreeMap<String, Vec<u8>>,
    anchors: BTreeMap<String, BTreeSet<String>>,
    origin: String,
    base: String,
}

impl Built {
    /// The site in the folder `out`, published at `address` (`https://example.org/help/`).
    pub(crate) fn read(out: &Path, address: &str) -> Built {
        let after_scheme = address.find("://").map_or(0, |at| at + 3);
        let path = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
        let files = tree(out);
        let anchors = html_files(&files)
            .map(|(name, page)| {
                let ids = pieces(&page).into_iter().filter_map(|piece| match piece {
                    Piece::Start(tag, mut attributes) => {
                        attributes.remove("id").or_else(|| attributes.remove("name").filter(|_| tag == "a"))
                    }
                    _ => None,
                });
                (name, ids.collect())
            })
            .collect();
        Built { files, anchors, origin: address[..path].to_owned(), base: address[path..].to_owned() }
    }

    /// Every link, image, style sheet, fragment and label that leads nowhere, and every id that is there twice.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, page) in html_files(&self.files) {
            self.check_page(&name, &page, &mut problems);
        }
        for (name, bytes) in &self.files {
            let text = String::from_utf8_lossy(bytes);
            match name.rsplit_once('.').map(|(_, ending)| ending) {
                Some("xml") => self.check_xml(name, &text, &mut problems),
                Some("css") => {
                    for target in css_targets(&text) {
                        self.check(name, &target, &mut problems);
                    }
                }
                _ => {}
            }
        }
        problems
    }

    /// The files, of whatever kind, that hold this text.
    pub(crate) fn files_with(&self, text: &str) -> Vec<&str> {
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        self.files.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name.as_str()).collect()
    }

    fn check_page(&self, name: &str, page: &str, problems: &mut Vec<String>) {
        let mut ids = BTreeSet::new();
        let mut in_json = false;
        for piece in pieces(page) {
            let (tag, attributes) = match piece {
                Piece::Start(tag, attributes) => (tag, attributes),
                Piece::Text(json) if in_json => {
                    self.check_json(name, &json, problems);
                    continue;
                }
                Piece::End(_) => {
                    in_json = false;
                    continue;
                }
                _ => continue,
            };
            in_json = tag == "script" && attributes.get("type").is_some_and(|kind| kind == "application/ld+json");
            if let Some(id) = attributes.get("id")
                && !ids.insert(id.clone())
            {
                problems.push(format!("{name}: the id `{id}` is there twice"));
            }
            for (attribute, value) in &attributes {
                match attribute.as_str() {
                    "href" | "src" | "poster" | "action" => self.check(name, value, problems),
                    "data" if tag == "object" => self.check(name, value, problems),
                    "srcset" => value
                        .split(',')
                        .filter_map(|part| part.split_whitespace().next())
                        .for_each(|target| self.check(name, target, problems)),
                    "for" | "aria-labelledby" | "aria-describedby" | "aria-controls" | "aria-owns"
                    | "popovertarget" => {
                        for id in value.split_whitespace().filter(|id| !self.has_anchor(name, id)) {
                            problems.push(format!("{name}: {attribute}=\"{value}\", but nothing has the id `{id}`"));
                        }
                    }
                    "content"
                        if attributes.get("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh")) =>
                    {
                        let target = value.split_once("url=").map_or("", |(_, target)| target);
                        self.check(name, target.trim_matches(['\'', '"']), problems);
                    }
                    _ => {}
                }
            }
        }
    }

    fn check_xml(&self, name: &str, text: &str, problems: &mut Vec<String>) {
        let mut in_location = false;
        for piece in pieces(text) {
            match piece {
                Piece::Start(tag, attributes) => {
                    in_location = tag == "loc";
                    if let Some(target) = attributes.get("href") {
                        self.check(name, target, problems);
                    }
                }
                Piece::Text(target) if in_location => self.check(name, target.trim(), problems),
                Piece::End(_) => in_location = false,
                Piece::Text(_) => {}
            }
        }
    }

    fn check_json(&self, name: &str, json: &str, problems: &mut Vec<String>) {
        match serde_json::from_str(json) {
            Ok(value) => {
                let mut texts = Vec::new();
                texts_of(&value, &mut texts);
                for text in texts.iter().filter(|text| text.starts_with(&format!("{}/", self.origin))) {
                    self.check(name, text, problems);
                }
            }
            Err(error) => problems.push(format!("{name}: its JSON-LD is no JSON: {error}")),
        }
    }

    /// Notes a problem if `target`, as written in the file `name`, is on this site but not there.
    fn check(&self, name: &str, target: &str, problems: &mut Vec<String>) {
        let inner = target.strip_prefix(&self.origin).filter(|rest| rest.starts_with('/')).unwrap_or(target);
        if has_scheme(inner) || inner.starts_with("//") {
            return;
        }
        let (address, fragment) = inner.split_once('#').map_or((inner, None), |(path, id)| (path, Some(id)));
        let path = address.split('?').next().unwrap_or_default();
        let Some(file) = self.file(name, path) else {
            problems.push(format!("{name}: `{target}` leads nowhere"));
            return;
        };
        let Some(fragment) = fragment.filter(|id| !id.is_empty() && !matches!(*id, "top")) else { return };
        let id = percent_decode_str(fragment).decode_utf8_lossy();
        if !self.has_anchor(&file, &id) {
            problems.push(format!("{name}: `{target}`: {file} has no id `{id}`"));
        }
    }

    /// The file that a web server would send for a path written in the file `name`.
    fn file(&self, name: &str, path: &str) -> Option<String> {
        if path.is_empty() {
            return Some(name.to_owned());
        }
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let from_home = match path.strip_prefix('/') {
            Some(_) => path.strip_prefix(self.base.as_str())?.to_owned(),
            None => format!("{}/{path}", name.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in from_home.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                _ => parts.push(part),
            }
        }
        if from_home.is_empty() || from_home.ends_with('/') {
            parts.push("index.html");
        }
        Some(parts.join("/")).filter(|file| self.files.contains_key(file))
    }

    fn has_anchor(&self, file: &str, id: &str) -> bool {
        self.anchors.get(file).is_some_and(|ids| ids.contains(id))
    }
}

fn html_files(files: &BTreeMap<String, Vec<u8>>) -> impl Iterator<Item = (String, String)> {
    files
        .iter()
        .filter(|(name, _)| name.ends_with(".html"))
        .map(|(name, bytes)| (name.clone(), String::from_utf8_lossy(bytes).into_owned()))
}

fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

fn css_targets(css: &str) -> Vec<String> {
    css.split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.trim().trim_matches(['"', '\'']).to_owned())
        .collect()
}

fn texts_of(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts_of(value, texts)),
        serde_json::Value::Object(map) => map.values().for_each(|value| texts_of(value, texts)),
        _ => {}
    }
}

/// Holds if a reader can follow every link of the site in `out`.
#[track_caller]
pub(crate) fn assert_sound(out: &Path, address: &str) {
    let built = Built::read(out, address);
    assert!(!built.anchors.is_empty(), "there is no page in {}", out.display());
    let problems = built.problems();
    assert!(problems.is_empty(), "{} problems in {}\n{}", problems.len(), out.display(), problems.join("\n"));
}

#[test]
fn planted_dead_ends_are_found() {
    let site = Site::empty();
    site.write(
        "index.html",
        "<p id=a><a href='/help/b/#c'>1</a><a href='b/#%C3%BC'>2</a><a href='#a'>3</a><a href='https://example.com/'>4</a>\
         <a href='/b/'>5</a><a href='b'>6</a><a href='b/#d'>7</a><img src=dot.png><p id=a><label for=x>",
    );
    site.write(
        "b/index.html",
        "<p id=c><p id='ü'><a href='../'>home</a><script type='application/ld+json'>\
         {\"@id\": \"https://example.org/help/gone/\"}</script><meta http-equiv=refresh content='0; url=/help/away/'>",
    );
    site.write(
        "sitemap.xml",
        "<urlset><url><loc>https://example.org/help/</loc></url><url><loc>https://example.org/help/c/</loc>",
    );
    site.write("a.css", "a { background: url(\"b.svg\") } b { background: url(data:image/svg+xml,1) }");
    let built = Built::read(&site.root(), "https://example.org/help/");
    assert_eq!(
        built.problems(),
        [
            "b/index.html: `https://example.org/help/gone/` leads nowhere",
            "b/index.html: `/help/away/` leads nowhere",
            "index.html: `/b/` leads nowhere",
            "index.html: `b` leads nowhere",
            "index.html: `b/#d`: b/index.html has no id `d`",
            "index.html: `dot.png` leads nowhere",
            "index.html: the id `a` is there twice",
            "index.html: for=\"x\", but nothing has the id `x`",
            "a.css: `b.svg` leads nowhere",
            "sitemap.xml: `https://example.org/help/c/` leads nowhere",
        ]
    );
    assert_eq!(built.files_with("gone"), ["b/index.html"]);
}

#[test]
fn the_corpus_builds_without_a_warning_and_every_link_leads_somewhere() {
    for audience in [Audience::Everyone, Audience::AccountTypes] {
        let site = Site::empty();
        corpus::write(&site.root(), 120, audience).expect("the corpus can be written");
        let run = site.run(["build", "--strict"]);
        run.ok();
        assert_sound(run.out(), "https://example.org/help/");
    }
}

#[test]
fn the_corpus_is_the_same_every_time() {
    assert_eq!(corpus::guide(7, 100, Audience::AccountTypes), corpus::guide(7, 100, Audience::AccountTypes));
    let length = corpus::guide(7, 100, Audience::Everyone).len();
    assert!((4500..5500).contains(&length), "a guide has {length} bytes");
}

#[test]
fn our_own_site_builds_without_a_warning_and_every_link_leads_somewhere() {
    let settings = std::fs::read_to_string(repository("site.yaml")).expect("the repository has a site of its own");
    let address = settings.lines().find_map(|line| line.strip_prefix("url:")).expect("it has an address").trim();
    let site =
        Site::copied(&repository("."), &[".git", ".guidepost", "target", "public", "node_modules", "src", "tests"]);
    // By then all that the pages say was done has been done.
    let run = site.run(["build", "--strict", "--as-of", "2099-01-01"]);
    run.ok();
    assert_sound(run.out(), address);
}

/// A word that stands for one account type must be on that type's page, on the print page, and nowhere else.
#[test]
fn nothing_of_another_account_type_is_on_a_page() {
    let site = Site::empty();
    site.write(
        "site.yaml",
        "title: Guides\nurl: https://example.org/\nvariants:\n  account:\n    title: Account type\n    options:\n\
         \x20     - {id: freelancer, title: Freelancer}\n      - {id: client, title: Client}\n      - {id: agency, title: Agency}\n",
    );
    site.write("content/index.md", "---\ntitle: Home\n---\n\nWelcome.\n");
    site.write("content/close.md", CLOSE);
    let run = site.run(["build", "--strict"]);
    run.ok();
    assert_sound(run.out(), "https://example.org/");
    let built = Built::read(run.out(), "https://example.org/");
    for option in ["freelancer", "client", "agency"] {
        let mark = format!("only-{option}");
        let page = format!("close/{option}/index.html");
        let mut expected = vec![page.as_str(), "close/print/index.html"];
        let question = format!("close/{option}/#may-i-{mark}");
        let mut found = built.files_with(&mark);
        found.retain(|file| *file != "faq/index.html");
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{mark}");
        assert!(built.files_with(&question).iter().all(|file| *file == "faq/index.html"), "{question}");
    }
}

const CLOSE: &str = "---
title: Close your account
variants: account
---

Text for all.

## Before you start <!-- checklist -->

- [ ] Shared item
- [ ] Item only-freelancer <!-- for: freelancer -->
- [ ] Item only-client <!-- for: client -->
- [ ] Item only-agency <!-- for: agency -->

## Steps <!-- steps -->

1. Shared step
2. Step only-freelancer <!-- for: freelancer -->
3. Step only-client <!-- for: client -->
4. Step only-agency <!-- for: agency -->
5. Last step

## Costs only-freelancer <!-- for: freelancer -->

[A link only-freelancer](https://example.com/only-freelancer)

## Costs only-client <!-- for: client -->

| Table | only-client |
| --- | --- |
| a | b |

## Costs for all

Paragraph only-agency <!-- for: agency -->

| Shared | table |
| --- | --- |
| for | everyone |
| Row | only-freelancer <!-- for: freelancer --> |
| Row | only-client <!-- for: client --> |
| Row | only-agency <!-- for: agency --> |

<!-- for: client, agency -->

> For two types.

<!-- /for -->

## Questions <!-- faq -->

### Is it free?

Yes.

### May I only-freelancer? <!-- for: freelancer -->

Answer only-freelancer.

### May I only-client? <!-- for: client -->

Answer only-client.

### May I only-agency? <!-- for: agency -->

Answer only-agency.
";
