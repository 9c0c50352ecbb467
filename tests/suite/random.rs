//! A seed → a site that nobody would write, and edits of it that everybody makes.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The files of a project, by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// One edit: what is done, the files that change with it (`None` = gone), and in how many days from then it is built.
#[derive(Clone)]
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    pub(crate) changes: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) days: i32,
}

/// Marsaglia's xorshift: the same row of numbers for the same seed, everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Dice {
        Dice((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const SECTION: usize = 10;

const SETTINGS: &str = "title: Guides 1
url: https://example.org/help/
language: en
vars: {market: Upwork}
facts: {time: Time, cost: Cost}
lint:
  link/missing-page: warn
  link/missing-anchor: warn
  link/missing-option: warn
  link/to-draft: warn
  image/missing: warn
  variant/no-steps: warn
  directive/no-variants: warn
  directive/empty: warn
  anchor/duplicate: warn
variants:
  account:
    title: Account type
    options:
      - {id: freelancer, title: Freelancer}
      - {id: client, title: Client}
      - {id: agency, title: Agency, aliases: [company]}
";

/// A template of which nothing has to do with menus.
const PLAIN: &str =
    "<!doctype html><title>{{ page.title }}</title>{{ body }}{% include \"partials/neighbours.html\" %}";

/// The beginning of an image of this width and height.
fn image(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0".to_vec();
    bytes.extend([1 + dice.below(200) as u8, 0, 0, 0, 3, 8, 6, 0, 0, 0]);
    bytes
}

/// A site of about `pages` pages.
pub(crate) fn site(dice: &mut Dice, pages: usize) -> Files {
    let mut files = Files::new();
    files.insert("site.yaml".into(), SETTINGS.into());
    files.insert("content/index.md".into(), "---\ntitle: Home\n---\n\nWelcome.\n".into());
    for number in 0..4 {
        files.insert(format!("content/_snippets/{number}.md"), snippet(dice).into());
    }
    files.insert("static/brand.css".into(), "body { color: red }\n".into());
    files.insert("templates/custom.html".into(), "{% extends \"guide.html\" %}".into());
    files.insert("templates/plain.html".into(), PLAIN.into());
    for section in 0..pages.div_ceil(SECTION) {
        let folder = format!("content/s{section}");
        if !dice.once_in(5) {
            files.insert(format!("{folder}/index.md"), format!("---\ntitle: Section {section}\n---\n\nText.\n").into());
        }
        files.insert(format!("{folder}/a.png"), image(dice));
        for _ in 0..SECTION.min(pages) {
            let path = format!("{folder}/{}.md", name(dice));
            let text = page(dice, &files);
            files.insert(path, text.into());
        }
    }
    files
}

/// The next edit of a site. `good` are its files when it was last without errors.
pub(crate) fn edit(dice: &mut Dice, files: &Files, good: &Files) -> Edit {
    let days = if dice.once_in(6) { dice.below(60) as i32 - 20 } else { 0 };
    if files != good && !dice.once_in(4) {
        return Edit { name: "repair", changes: difference(files, good), days };
    }
    let (name, changes) = match dice.below(36) {
        0..=9 => ("body", rewritten(dice, files, body_edit)),
        10..=11 => ("step", rewritten(dice, files, |dice, text, _| step_more(dice, text))),
        12..=13 => ("title", rewritten(dice, files, |dice, text, _| set(text, "title", &title(dice)))),
        14..=17 => ("front matter", rewritten(dice, files, front_edit)),
        18 => ("new page", new_page(dice, files)),
        19 => ("delete", removed(dice, files, |path| path.starts_with("content/s"))),
        20 => ("rename", renamed(dice, files)),
        21 => ("rename to upper case", renamed_by_case(dice, files)),
        22 => ("move a section", moved(dice, files)),
        23..=24 => {
            let path = format!("content/_snippets/{}.md", dice.below(5));
            let text = if dice.once_in(8) { None } else { Some(snippet(dice).into_bytes()) };
            ("snippet", vec![(path, text)])
        }
        25 => ("image", vec![(format!("content/s{}/a.png", dice.below(3)), Some(image(dice)))]),
        26 => ("no image", removed(dice, files, |path| path.ends_with(".png"))),
        27..=28 => ("template", template(dice)),
        29 => ("theme", theme(dice)),
        30 => {
            ("no override", removed(dice, files, |path| path.starts_with("templates/") || path.starts_with("static/")))
        }
        31..=32 => ("settings", settings(dice, files)),
        33 => ("mistake", mistake(dice, files)),
        34 => ("nothing", Vec::new()),
        _ => ("touch", rewritten(dice, files, |_, text, _| text.to_owned())),
    };
    Edit { name, changes, days }
}

/// What has to change in `from` to make it `to`.
fn difference(from: &Files, to: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let gone = from.keys().filter(|path| !to.contains_key(*path)).map(|path| (path.clone(), None));
    let changed = to.iter().filter(|(path, bytes)| from.get(*path) != Some(bytes));
    gone.chain(changed.map(|(path, bytes)| (path.clone(), Some(bytes.clone())))).collect()
}

fn pages(files: &Files) -> Vec<&String> {
    files.keys().filter(|path| path.starts_with("content/") && path.ends_with(".md") && !path.contains('_')).collect()
}

fn rewritten(
    dice: &mut Dice,
    files: &Files,
    change: impl Fn(&mut Dice, &str, &Files) -> String,
) -> Vec<(String, Option<Vec<u8>>)> {
    let pages = pages(files);
    if pages.is_empty() {
        return Vec::new();
    }
    let path = dice.pick(&pages).to_string();
    let text = String::from_utf8_lossy(&files[&path]).into_owned();
    let text = change(dice, &text, files);
    vec![(path, Some(text.into_bytes()))]
}

fn removed(dice: &mut Dice, files: &Files, which: impl Fn(&str) -> bool) -> Vec<(String, Option<Vec<u8>>)> {
    let paths: Vec<&String> = files.keys().filter(|path| which(path)).collect();
    if paths.is_empty() { Vec::new() } else { vec![(dice.pick(&paths).to_string(), None)] }
}

fn new_page(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let path = match dice.below(5) {
        0 => format!("content/s{}/index.md", dice.below(4)),
        1 => format!("content/s{}/deep/{}.md", dice.below(3), name(dice)),
        _ => format!("content/s{}/{}.md", dice.below(4), name(dice)),
    };
    vec![(path, Some(page(dice, files).into_bytes()))]
}

fn renamed(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let mut changes = removed(dice, files, |path| path.starts_with("content/s"));
    if let Some((path, _)) = changes.first() {
        let (stem, suffix) = path.rsplit_once('.').expect("every file has a suffix");
        let folder = stem.rsplit_once('/').map_or("content", |(folder, _)| folder);
        let to = format!("{folder}/{}.{suffix}", name(dice));
        let bytes = files[path].clone();
        changes.push((to, Some(bytes)));
    }
    changes
}

fn renamed_by_case(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let mut changes = removed(dice, files, |path| path.starts_with("content/s") && !path.ends_with("index.md"));
    if let Some((path, _)) = changes.first() {
        let (folder, file) = path.rsplit_once('/').expect("it lies in a folder");
        let (upper, lower) = (file.to_uppercase().replace(".MD", ".md").replace(".PNG", ".png"), file.to_lowercase());
        let to = format!("{folder}/{}", if upper == file { lower } else { upper });
        let bytes = files[path].clone();
        changes.push((to, Some(bytes)));
    }
    changes
}

fn moved(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let (from, to) = (format!("content/s{}/", dice.below(3)), format!("content/s{}/", 3 + dice.below(3)));
    let inner = files.iter().filter_map(|(path, bytes)| Some((path, path.strip_prefix(&from)?, bytes)));
    inner.flat_map(|(path, rest, bytes)| [(path.clone(), None), (format!("{to}{rest}"), Some(bytes.clone()))]).collect()
}

fn template(dice: &mut Dice) -> Vec<(String, Option<Vec<u8>>)> {
    let theme = |path: &str| {
        let text = std::fs::read_to_string(crate::harness::repository(path));
        text.unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let number = dice.below(1000);
    let (path, text) = match dice.below(7) {
        0 => ("templates/custom.html", format!("{{% extends \"guide.html\" %}}{{# {number} #}}")),
        1 => ("templates/partials/neighbours.html", format!("<p>{number}</p>\n")),
        2 => (
            "templates/partials/footer.html",
            format!("{}<!-- {number} -->\n", theme("templates/partials/footer.html")),
        ),
        3 => (
            "templates/components/alert.html",
            theme("templates/components/alert.html").replace("class=\"", &format!("class=\"n{number} ")),
        ),
        4 => (
            "templates/components/remark.html",
            theme("templates/components/alert.html").replace("class=\"", &format!("class=\"r{number} ")),
        ),
        5 => {
            let lists = "{% for page in pages(section=\"s1\") %}{{ page.title }} {% endfor %}";
            (
                "templates/custom.html",
                format!("{{% extends \"guide.html\" %}}{{% block aside %}}{lists}{{% endblock aside %}}"),
            )
        }
        _ => ("templates/words/de.yaml", format!("skip: Zum Text {number}\n")),
    };
    vec![(path.to_owned(), Some(text.into_bytes()))]
}

fn theme(dice: &mut Dice) -> Vec<(String, Option<Vec<u8>>)> {
    let number = dice.below(1000);
    let (path, text) = match dice.below(5) {
        0 => ("static/brand.css", format!("body {{ margin: {number}px }}\n")),
        1 => ("static/theme/theme.css", format!("body {{ padding: {number}px }}\n")),
        2 => ("static/theme/site.js", format!("export const n = {number};\n")),
        3 => ("static/sub/file.txt", format!("{number}\n")),
        _ => ("templates/words/en.yaml", format!("skip: Skip {number}\n")),
    };
    vec![(path.to_owned(), Some(text.into_bytes()))]
}

fn settings(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    let Some(bytes) = files.get("site.yaml") else { return Vec::new() };
    let text = String::from_utf8_lossy(bytes).into_owned();
    let toggled = |line: &str| match text.contains(line) {
        true => text.replace(line, ""),
        false => format!("{line}{text}"),
    };
    let text = match dice.below(11) {
        10 => toggled("host: [netlify, nginx]\n"),
        0 => set_line(&text, "title: ", &format!("title: Guides {}", dice.below(9))),
        1 => set_line(&text, "vars: ", &format!("vars: {{market: Market {}}}", dice.below(9))),
        2 => toggled("edit_url: \"https://example.org/edit/{path}\"\n"),
        3 => toggled("description: All of them.\n"),
        4 if dice.below(2) == 0 => toggled("host: [netlify, nginx]\n"),
        4 if dice.below(2) == 0 => toggled("headers: {/s0/*: {X-Robots-Tag: noindex}}\n"),
        4 => toggled("redirects: [{from: /old/, to: /s0/}]\n"),
        5 => match text.contains("      - {id: team") {
            true => set_line(&text, "      - {id: team", ""),
            false => text + "      - {id: team, title: Team}\n",
        },
        6 => set_line(&text, "  text/skipped-level: ", ""),
        7 => text.replace("lint:\n", "lint:\n  text/skipped-level: off\n"),
        8 => set_line(
            &text,
            "url: ",
            dice.pick::<&str>(&["url: https://example.org/", "url: https://example.org/help/"]),
        ),
        _ => set_line(&text, "language: ", dice.pick::<&str>(&["language: en", "language: de"])),
    };
    vec![("site.yaml".to_owned(), Some(text.into_bytes()))]
}

fn mistake(dice: &mut Dice, files: &Files) -> Vec<(String, Option<Vec<u8>>)> {
    match dice.below(6) {
        0 => rewritten(dice, files, |_, text, _| text.replacen("title: ", "title: [", 1)),
        1 => rewritten(dice, files, |_, text, _| text.replacen("title: ", "titel: ", 1)),
        2 => vec![("templates/custom.html".into(), Some(b"{% extends \"guide.html\" %}{% if %}".to_vec()))],
        3 => vec![(
            "templates/custom.html".into(),
            Some(b"{% extends \"guide.html\" %}{% block main %}{{ no }}{% endblock main %}".to_vec()),
        )],
        4 => rewritten(dice, files, |_, text, _| format!("{text}\n[No](/_snippets/none.md) <!-- include -->\n")),
        _ => vec![("site.yaml".into(), Some(format!("{SETTINGS}titel: x\n").into_bytes()))],
    }
}

fn set_line(text: &str, start: &str, line: &str) -> String {
    let lines = text.lines().map(|old| if old.starts_with(start) { line } else { old });
    lines.filter(|line| !line.is_empty()).fold(String::new(), |text, line| text + line + "\n")
}

/// Gives a key of the front matter a value, or takes it away if the value is empty.
fn set(text: &str, key: &str, value: &str) -> String {
    let Some((front, body)) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) else {
        return text.to_owned();
    };
    let start = format!("{key}: ");
    let mut lines: Vec<String> = front.lines().filter(|line| !line.starts_with(&start)).map(str::to_owned).collect();
    if !value.is_empty() {
        lines.push(format!("{start}{value}"));
    }
    format!("---\n{}\n---\n{body}", lines.join("\n"))
}

fn title(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&["Open", "Close", "Äpfel", "Pay", "Zip"]), dice.below(200))
}

fn name(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(&["a", "b", "c"]), dice.below(40))
}

fn date(dice: &mut Dice) -> String {
    format!("2026-{:02}-{:02}", 5 + dice.below(5), 1 + dice.below(28))
}

fn front_edit(dice: &mut Dice, text: &str, files: &Files) -> String {
    let (key, value) = key(dice, files);
    set(text, key, &if dice.once_in(3) { String::new() } else { value })
}

fn key(dice: &mut Dice, files: &Files) -> (&'static str, String) {
    let variants = [
        "account",
        "{group: account, except: [agency]}",
        "{group: account, layout: single}",
        "{group: account, layout: both}",
    ];
    match dice.below(18) {
        0..=2 => ("variants", dice.pick(&variants).to_string()),
        3 => ("description", format!("What it is about {}.", dice.below(9))),
        4 => ("nav_title", format!("Short {}", dice.below(9))),
        5 => ("slug", format!("slug-{}", dice.below(60))),
        6 => ("order", dice.below(20).to_string()),
        7 => ("featured", "true".to_owned()),
        8 => ("updated", date(dice)),
        9 => ("date", date(dice)),
        10 => ("verified", date(dice)),
        11 => ("verify_every", format!("{} days", 10 + dice.below(60))),
        12 => ("related", format!("[{}]", target(dice, files).split(['#', '?']).next().unwrap_or_default())),
        13 => ("draft", "true".to_owned()),
        14 => ("template", dice.pick(&["custom.html", "page.html", "plain.html"]).to_string()),
        15 => ("aliases", format!("[/old-{}/]", dice.below(60))),
        16 => ("lang", dice.pick(&["de", "en", "ar"]).to_string()),
        _ => ("noindex", "true".to_owned()),
    }
}

fn page(dice: &mut Dice, files: &Files) -> String {
    let mut text = format!("---\ntitle: {}\n---\n\n", title(dice));
    for _ in 0..dice.below(4) {
        let (key, value) = key(dice, files);
        text = set(&text, key, &value);
    }
    for _ in 0..1 + dice.below(5) {
        let _ = write!(text, "{}\n\n", block(dice, files));
    }
    text
}

/// Changes one block of a page, or puts one in, or takes one out.
fn body_edit(dice: &mut Dice, text: &str, files: &Files) -> String {
    let (front, body) = text.split_once("\n---\n").unwrap_or(("", text));
    let mut blocks: Vec<String> =
        body.split("\n\n").filter(|block| !block.trim().is_empty()).map(str::to_owned).collect();
    let at = dice.below(blocks.len() + 1);
    match dice.below(4) {
        0 if at < blocks.len() => {
            blocks.remove(at);
        }
        1 => blocks.insert(at, block(dice, files)),
        2 if at < blocks.len() => blocks[at] = block(dice, files),
        _ => {
            // One word, at the end of a line that has no mark.
            let word = format!("Word {}.", dice.below(100));
            match blocks.get_mut(at).filter(|block| block.ends_with('.')) {
                Some(block) => {
                    let _ = write!(block, " {word}");
                }
                None => blocks.push(word),
            }
        }
    }
    format!("{front}\n---\n\n{}\n", blocks.join("\n\n"))
}

/// Adds a step for some account types behind one of the steps.
fn step_more(dice: &mut Dice, text: &str) -> String {
    let steps: Vec<&str> =
        text.lines().filter(|line| line.contains(". Step ") || line.starts_with("1. First")).collect();
    if steps.is_empty() {
        return text.to_owned();
    }
    let line = *dice.pick(&steps);
    text.replacen(line, &format!("{line}\n9. Step {}. <!-- for: {} -->", dice.below(100), option(dice)), 1)
}

fn snippet(dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => format!("Write to us {}.\n", dice.below(99)),
        1 => format!("## Contact {}\n\nBy letter.\n", dice.below(9)),
        2 => format!("1. One.\n2. Two {}.\n", dice.below(9)),
        3 => format!("[A guide](/s0/a{}.md)\n", dice.below(40)),
        4 => format!("### Why {}?\n\nBecause.\n", dice.below(9)),
        _ => format!("For all {}.\n\nFor clients. <!-- for: client -->\n", dice.below(9)),
    }
}

/// Where a link leads: mostly a page that there is.
fn target(dice: &mut Dice, files: &Files) -> String {
    let pages = pages(files);
    if pages.is_empty() || dice.once_in(10) {
        return format!("/s0/{}.md", name(dice));
    }
    let path = dice.pick(&pages).strip_prefix("content").unwrap_or_default();
    let rest = match dice.below(6) {
        0 => format!("#h-{}", dice.below(4)),
        1 => "?for=client".to_owned(),
        2 => "#step-1".to_owned(),
        _ => String::new(),
    };
    format!("{path}{rest}")
}

fn option(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&["freelancer", "client", "agency", "not client", "client, agency"])
}

fn block(dice: &mut Dice, files: &Files) -> String {
    let n = dice.below(100);
    match dice.below(20) {
        0 => format!("Text {n}."),
        1 => format!("## Heading {n} {{#h-{}}}\n\nBelow it {n}.", dice.below(4)),
        2..=3 => {
            let mut text = format!("## Steps {n} <!-- steps -->\n\n1. First.\n");
            for step in 2..4 + dice.below(3) {
                let mark = if dice.once_in(2) { format!(" <!-- for: {} -->", option(dice)) } else { String::new() };
                let _ = writeln!(text, "{step}. Step {n}.{mark}");
            }
            text
        }
        4..=5 => format!("## Questions {n} <!-- faq -->\n\n### Why {n}?\n\nBecause.\n\n### How?\n\nSo."),
        6 => format!("## Before <!-- checklist -->\n\n- [ ] One.\n- [ ] Two {n}. <!-- for: {} -->", option(dice)),
        7..=9 => format!("See [a guide]({}).", target(dice, files)),
        10 => format!("![Picture](/s{}/a.png)", dice.below(3)),
        11..=12 => format!("[Contact](/_snippets/{}.md) <!-- include -->", dice.below(4)),
        13 => format!("> [!NOTE]\n> Mind {n}."),
        14 => format!("| A | B |\n| - | - |\n| {n} | x <!-- for: {} --> |", option(dice)),
        15 => format!("Until then {n}. <!-- expires: {} -->", date(dice)),
        16 => format!("Only {n}. <!-- for: {} -->", option(dice)),
        17 => format!("At {{{{ market }}}}, {{{{ page.title }}}} {n}."),
        18 => format!("## Level two\n\n#### Level four {n}\n\nText."),
        _ => format!("A note[^{n}].\n\n[^{n}]: At the foot."),
    }
}
