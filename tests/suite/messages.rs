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

fn front(lines: &str) -> String {
    format!("---\ntitle: P\n{lines}\n---\n\nText.\n")
}

fn page(body: &str) -> String {
    format!("---\ntitle: P\n---\n\n{body}\n")
}

const P: &str = "content/p.md";

#[test]
fn what_is_almost_front_matter_is_called_by_its_name() {
    said_once(&[
        (P, "+++\ntitle = \"P\"\n+++\n\nText.\n", "is TOML", &["no front matter"]),
        (P, "\n---\ntitle: P\n---\n\nText.\n", "does not begin on the first line", &["no front matter"]),
        (P, " ---\ntitle: P\n---\n\nText.\n", "is indented", &["no front matter"]),
        (P, "----\ntitle: P\n----\n\nText.\n", "exactly three hyphens", &["no front matter"]),
        ("content/s/_index.md", "---\ntitle: S\n---\n\nText.\n", "called `index.md` here", &["take the block"]),
        (P, &page("{{< figure src=\"a.png\" >}}"), "shortcodes of other programs", &["under `vars:`"]),
    ]);
    said(&[(
        P,
        "----\ntitle: P\ntitel: x\n---\n\nText.\n",
        &["three hyphens", "content/p.md:3:1", "did you mean `title`?"],
    )]);
}

#[test]
fn settings_under_almost_their_name_are_found() {
    let site = Site::empty();
    site.write("site.yml", SETTINGS).run(["build"]).fails(2).says("`site.yml`, which is not read");
    site.remove("site.yml").write("site.yaml/a", "").run(["build"]).fails(2).says("is a folder");
    site.run(["build", "--root", "."]).fails(2).says("is a folder");
}

#[test]
fn a_suggested_fix_is_one() {
    let settings = |lines: &str| format!("{lines}\n");
    said_once(&[
        ("site.yaml", &settings("title = \"G\"\nurl: https://example.org/"), "write `title: \"G\"`", &["no `title`"]),
        ("site.yaml", &settings("title: G\nurl: true"), "write `url: https://", &["in quotes"]),
        ("site.yaml", &settings("title: G\nurl: ~"), "write `url: https://", &["in quotes"]),
        (P, &front("canonical: 5"), "write `canonical: https://", &["in quotes"]),
    ]);
    let said_of = with(P, &front("order: 99999999999999999999\ntitel: x"));
    said_of.says("so many digits").says("content/p.md:4:1").is_silent_about("YAML cannot read");
}

#[test]
fn one_mistake_is_one_error() {
    said_once(&[
        (P, &front("related: [g.md, g.md"), "is opened here and not closed", &["no page"]),
        (P, &front("tags: [a, &b]"), "front/syntax", &["is text"]),
        ("site.yaml", &format!("{SETTINGS}redirects: {{a: b\n"), "opened here and not closed", &["is a map"]),
        (P, "---\ntitle:P\n---\n\nText.\n", "write `title: P`", &["no title"]),
        ("site.yaml", &format!("{SETTINGS}---\ntitle: Guides\n"), "only one YAML document", &["given twice"]),
        (P, "# Hello\n\nText.\n", "title: Hello", &["text/second-title"]),
        ("content/_s/a.md", "[x](b.md)\n<!-- include -->\n", "directive/place", &["link/to-snippet"]),
    ]);
    let site = site();
    site.write("content/_s/a.md", "A snippet.\n").write(P, page("[x](_s/a.md)\n<!-- include -->"));
    site.run(["build"]).fails(1).says("directive/place").is_silent_about("link/to-snippet");
    site.write(P, page("[x](_s/a.md)")).run(["build"]).fails(1).says("link/to-snippet");
}

#[test]
fn a_link_that_leads_nowhere_gets_the_advice_that_fits() {
    let link = |text: &str| page(text);
    said_once(&[
        (P, &link("[x](https://example.org/x.md) <!-- include -->"), "an address elsewhere", &["is a page"]),
        (P, &link("[x](_s/c.md#frag) <!-- include -->"), "take `#frag` away: `_s/c.md`", &["create"]),
        (P, &link("[x](_s/x.txt) <!-- include -->"), "is no Markdown file", &["there is no snippet"]),
        ("content/_s/e.md", "\n", "this snippet has no text", &["draft"]),
        (P, &link("![q](g.md)"), "take the `!` away", &["put it at"]),
        (P, &link("[x](g.html)"), "did you mean `g.md`?", &[]),
        (P, &link("[x](www.example.org)"), "did you mean `https://www.example.org`?", &[]),
        (P, &link("[x](a@b.de)"), "did you mean `mailto:a@b.de`?", &[]),
        (P, &link("[x](sub/index.md)"), "there is no page `sub/index.md`", &["did you mean"]),
    ]);
    let site = site();
    site.write("content/sub/a.md", page("Text.")).write(P, link("[x](sub/index.md)"));
    site.run(["build"]).fails(1).says("did you mean `sub/`?");
    site.write(P, link("[x](sub/)")).run(["build"]).ok();
    site.write("content/u\u{308}.md", page("Text.")).write(P, link("[x](\u{fc}.md)"));
    site.run(["build"]).fails(1).says("written with other characters").is_silent_about("g.md");
}

#[test]
fn what_is_open_in_a_template_is_named_where_it_was_opened() {
    const PAGE: &str = "templates/page.html";
    const ALERT: &str = "templates/components/alert.html";
    said(&[
        (PAGE, "<p>\n{% if page.title %}\n", &["templates/page.html:2:1", "not closed", "write `{% endif %}`"]),
        (PAGE, "{# {% if a %} #}{% for x in y %}{% if x %}{% endif %}", &["page.html:1:17", "write `{% endfor %}`"]),
        (PAGE, "{% block a %}{% raw %}{% if %}{% endraw %}", &["page.html:1:1", "write `{% endblock %}`"]),
        (PAGE, "{% if page.title %}\n{% endfor %}", &["page.html:2:4", "page.html:1:1", "write `{% endif %}`"]),
        (ALERT, "{% component alert(kind: String) %}", &["alert.html:1:1", "write `{% endcomponent %}`"]),
    ]);
    let site = site();
    site.write(P, page("> [!NOTE]\n> Text."))
        .write(ALERT, "\n{% component alert(kind: String, @words) %}{{ body }}{% endcomponent alert %}");
    let head = "begin it as the theme does: `{% component alert(kind: String, title: String, @words) %}`";
    site.run(["build"]).fails(1).says("alert.html:2:1").says("has no parameter `title`").says(head);
    site.write(P, "---\ntitle: P\nvariants: account\n---\n\nText <!-- for: client, -->\n");
    site.run(["build"]).fails(1).says("a comma in this `for` has no account type behind it");
}

#[test]
fn what_does_not_come_out_as_it_was_written_is_a_warning() {
    said(&[
        (P, "---\ntitle: Pay {{ fee }}\n---\n\nText.\n", &["front/variable", "content/p.md:2:12", "value of `fee`"]),
        (P, &front("description: \"It is {{fee}}.\""), &["front/variable", "content/p.md:3:21"]),
        (
            P,
            &front("description: Issue #5 is fixed"),
            &["front/comment", "p.md:3:20", "`description: \"Issue #5 is fixed\"`"],
        ),
        ("content/a.markdown", "---\ntitle: A\n---\n", &["text/not-read", "rename it to `a.md`"]),
    ]);
    let site = site();
    site.write(P, front("description: \"Issue #5\" # why\nnav_title: P # not #5")).run(["build", "--strict"]).ok();
    site.write(P, front("description: Issue #5")).run(["build"]).ok();
}

#[test]
fn a_wrong_target_is_told_before_anybody_could_be_asked() {
    let site = site();
    site.write("site.yaml", format!("{SETTINGS}publish: {{live: {{to: folder, path: content}}}}\n"));
    site.run(["publish", "nope"]).fails(2).says("no target `nope`").is_silent_about("nobody can be asked");
    site.run(["publish", "live"]).fails(2).says("the target's `path`").is_silent_about("--out");
    site.run(["publish", "--dry-run"]).fails(2).says("'--plan'").is_silent_about("-- --dry-run");
    site.write("site.yaml", SETTINGS).run(["publish"]).fails(2).says("does not say where");
    site.write("site.yaml", format!("{SETTINGS}publish: {{live: {{to: folder, path: ../live}}}}\n"));
    site.run(["publish"]).fails(2).says("nobody can be asked");
}
