//! A site with one mistake that is easily made → all that is said of it, and what no longer is.

use crate::harness::{Run, Site};

const SETTINGS: &str = "title: Guides
url: https://example.org/
variants: {account: {title: Account type, options: [{id: freelancer, title: F}, {id: client, title: C}, {id: agency, title: A}]}}
";

fn site() -> Site {
    let site = Site::empty();
    site.write("site.yaml", SETTINGS)
        .write("content/index.md", "---\ntitle: Home\n---\n\nHello.\n")
        .write("content/g.md", "---\ntitle: G\nvariants: account\n---\n\n## Do it <!-- steps -->\n\n1. One\n2. Two\n");
    site
}

/// A site with one file more, or with another text in one, is built strictly.
fn with(path: &str, text: &str) -> Run {
    let site = site();
    site.write(path, text);
    site.run(["build", "--strict"])
}

/// Each row: a file, its text, and what the run says.
#[track_caller]
fn said(rows: &[(&str, &str, &[&str])]) {
    let mut problems = Vec::new();
    for (path, text, says) in rows {
        let run = with(path, text);
        let lacking: Vec<&&str> = says.iter().filter(|part| !run.stderr().contains(**part)).collect();
        if !lacking.is_empty() || !run.failed() {
            problems.push(format!("{path}: {text}\nlacks {lacking:?} in {run}"));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n\n"));
}

/// Each row: a file, its text, the one mistake that is reported, and what is not said.
#[track_caller]
fn said_once(rows: &[(&str, &str, &str, &[&str])]) {
    let mut problems = Vec::new();
    for (path, text, says, silent) in rows {
        let run = with(path, text);
        let errors = run.stderr().lines().filter(|line| line.starts_with("error")).count();
        let too_much: Vec<&&str> = silent.iter().filter(|part| run.stderr().contains(**part)).collect();
        if !run.stderr().contains(says) || !too_much.is_empty() || errors > 2 {
            problems.push(format!("{path}: {text}\nwants `{says}`, not {too_much:?}, in {run}"));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n\n"));
}

#[test]
fn what_is_wrong_with_words_is_named_with_its_place() {
    const EN: &str = "templates/words/en.yaml";
    said(&[
        (EN, "overveiw: x\n", &["template/words", "templates/words/en.yaml:1:1", "did you mean `overview`?"]),
        (EN, "steps: \"{m} steps\"\n", &["templates/words/en.yaml:1:9", "`{m}` in `steps`", "write `{n}`"]),
        (EN, "step_of: \"Step {where} of {totl}\"\n", &["write `{n}` and `{total}`", "write `{total}`"]),
        (EN, "overview: For {everyone}\n", &["templates/words/en.yaml:1:15", "take the braces away"]),
        (EN, "done: \"{{ n }} of {total} done\"\n", &["templates/words/en.yaml:1:8", "write `{n}`"]),
        (EN, "home: A\nhome: B\n", &["templates/words/en.yaml:2:1", "`home`", "twice"]),
        (EN, "overview: 5\n", &["templates/words/en.yaml:1:11", "put it in quotes: `overview: \"5\"`"]),
        (EN, "home:\n", &["templates/words/en.yaml:1:6", "`home` has no value"]),
        (EN, "home: [a]\n", &["templates/words/en.yaml:1:7", "`home` is text"]),
        (EN, "months: [a, b]\n", &["templates/words/en.yaml:1:9", "this list has 2"]),
        (EN, "- Overview\n", &["templates/words/en.yaml:1:1", "one `key: text` on each line"]),
        ("templates/words/en.yml", "home: A\n", &["template/words", "rename it to `en.yaml`"]),
        ("templates/words/french.yaml", "home: A\n", &["template/words", "such as `fr.yaml`"]),
        ("site.yaml", &format!("{SETTINGS}language: fr\n"), &["template/no-words", "site.yaml:4:11", "words/fr.yaml"]),
    ]);
}

#[test]
fn words_that_are_right_are_used() {
    let site = site();
    site.write("site.yaml", format!("{SETTINGS}language: fr\n"))
        .write("templates/words/fr.yaml", "overview: Pour tous\nsteps: \"{n} étapes\"\n\"yes\": Oui\nmine: À moi {x}\n")
        .write("templates/words/en.yaml", "yes: Yes\nmine: Mine {x}\n")
        .write("templates/show.html", "{{ words.mine | replace(from=\"{x}\", to=\"!\") }} {{ words.overview }}")
        .write("content/p.md", "---\ntitle: P\ntemplate: show\n---\n\nText.\n");
    site.run(["build", "--strict"]).ok().has("p/index.html", "À moi ! Pour tous");
}

#[test]
fn a_template_that_nothing_uses_is_named() {
    const ALERT: &str = "{% component alrt(kind: String, title: String, @words) %}x{% endcomponent alrt %}";
    said(&[
        ("templates/guid.html", "<p>x</p>", &["template/unused", "templates/guid.html", "`templates/guide.html`?"]),
        ("templates/partials/heder.html", "x", &["template/unused", "`templates/partials/header.html`?"]),
        ("templates/landing.html", "x", &["template/unused", "`template: landing.html`"]),
        ("templates/guide.htm", "x", &["template/unused", "rename it to `templates/guide.html`"]),
        ("templates/components/alrt.html", ALERT, &["template/unused", "alrt.html:1:14", "did you mean `alert`"]),
        ("templates/components/alert.html", ALERT, &["template/unused", "alert.html:1:14", "did you mean `alert`"]),
        ("templates/components/alert.html", "<p>x</p>", &["template/unused", "{% component alert(kind: String"]),
    ]);
}

#[test]
fn a_template_that_something_names_is_not() {
    let site = site();
    site.write("templates/guide.html", "{% extends \"theme/guide.html\" %}")
        .write("templates/landing.html", "{% include \"mine/part.html\" %}{{ <box/> }}")
        .write("templates/mine/part.html", "A part.")
        .write("templates/components/mine.html", "{% component box() %}A box.{% endcomponent box %}")
        .write("templates/README.md", "Ours.")
        .write("content/p.md", "---\ntitle: P\ntemplate: landing\n---\n\nText.\n");
    site.run(["build", "--strict"]).ok().has("p/index.html", "A part.A box.");
}

#[test]
fn a_template_that_asks_for_a_folder_that_is_not_there_fails() {
    let site = site();
    let page = |folder: &str| format!("{{% for p in pages(section=\"{folder}\") %}}{{{{ p.title }}}}{{% endfor %}}.");
    site.write("templates/page.html", page("/nope")).write("content/p.md", "---\ntitle: P\ntype: page\n---\n\nText.\n");
    site.run(["build"]).fails(1).says("template/render").says("there is no folder `/nope`");
    site.write("content/deep/index.md", "---\ntitle: D\n---\n\nText.\n");
    for folder in ["/", "/deep", "/deep/"] {
        site.write("templates/page.html", page(folder)).run(["build"]).ok();
    }
}
