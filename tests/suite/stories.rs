//! What someone at a terminal does → what they see and find.

use crate::crawl::assert_sound;
use crate::harness::{Site, repository, tree};
use std::collections::BTreeMap;

const HOME: &str = "---\ntitle: Home\n---\n\nWelcome.\n";

fn page(title: &str, body: &str) -> String {
    format!("---\ntitle: {title}\n---\n\n{body}\n")
}

fn guides() -> Site {
    let site = Site::new();
    site.write("content/index.md", HOME)
        .write("content/upwork/index.md", page("Upwork", "Guides."))
        .write("content/upwork/fees.md", page("Fees", "## Refund\n\nText one."))
        .write("content/upwork/close.md", page("Close", "See [fees](fees.md#refund)."));
    site
}

#[test]
fn a_new_site_builds_without_a_warning() {
    let mut site = Site::empty();
    site.env("SOURCE_DATE_EPOCH", "1785542400");
    site.run(["new", "help"]).ok();
    let run = site.run_below("help", &["build", "--strict"]);
    run.ok().has("index.html", "<title>").has("sitemap.xml", "<loc>").has("404.html", "<html").has(".nojekyll", "");
    assert!(site.root().join("help/.gitignore").exists(), "a new site has a .gitignore");
    let settings = std::fs::read_to_string(site.root().join("help/site.yaml")).expect("a new site has settings");
    let address = settings.lines().find_map(|line| line.strip_prefix("url:")).expect("they have an address").trim();
    let address = if address.ends_with('/') { address.to_owned() } else { format!("{address}/") };
    assert_sound(run.out(), &address);
}

#[test]
fn a_new_site_is_not_made_over_an_old_one() {
    let site = guides();
    let before = tree(&site.root());
    assert!(site.run(["new", "."]).failed(), "`new` in a folder with a site");
    assert_eq!(tree(&site.root()), before);
}

#[test]
fn a_site_is_found_from_any_of_its_folders() {
    let site = guides();
    site.run_below("content/upwork", &["build"]).ok().has("upwork/fees/index.html", "Text one.");
    let elsewhere = Site::empty();
    let root = site.root();
    let root = root.to_str().expect("a temporary path is UTF-8");
    elsewhere.run(["build", "--root", root, "--out", "web"]).ok().has("upwork/fees/index.html", "Text one.");
    assert!(elsewhere.run(["build"]).failed(), "there is no site.yaml");
    elsewhere.run(["build"]).fails(2).says("site.yaml");
}

#[test]
fn a_build_with_errors_leaves_the_published_pages_alone() {
    let site = guides();
    let good = tree(site.run(["build"]).ok().out());
    site.write("content/upwork/fees.md", page("Fees", "[Gone](gone.md)"));
    let bad = site.run(["build"]);
    bad.fails(1).says("link/missing-page").says("content/upwork/fees.md:5:").says("fees.md#refund");
    assert_eq!(tree(bad.out()), good);
    site.write("content/upwork/fees.md", page("Fees", "## Refund\n\nText two."));
    site.run(["build"]).ok().has("upwork/fees/index.html", "Text two.").lacks("upwork/fees/index.html", "Text one.");
}

#[test]
fn a_removed_page_is_removed_and_nothing_else() {
    let site = guides();
    site.run(["build"]).ok();
    site.write("public/mine.txt", "not written by the program").remove("content/upwork/close.md");
    let run = site.run(["build"]);
    run.ok()
        .has_no("upwork/close/index.html")
        .has("upwork/fees/index.html", "Text one.")
        .has("mine.txt", "not written");
}

#[test]
fn check_says_the_same_and_writes_nothing() {
    let site = guides();
    let run = site.run(["check"]);
    run.ok().is_silent_about("error");
    assert!(!run.out().exists(), "`check` wrote {:?}", run.files());
    site.write("content/upwork/fees.md", page("Fees", "[Gone](gone.md)"));
    site.run(["check"]).fails(1).says("link/missing-page");
}

#[test]
fn clean_removes_what_was_built_and_only_that() {
    let site = guides();
    let before = tree(&site.root());
    site.run(["build"]).ok().has("index.html", "Welcome.");
    site.run(["clean"]).ok();
    assert_eq!(tree(&site.root()), before);
    site.run(["build"]).ok();
    site.write("public/mine.txt", "not written by the program");
    site.run(["clean"]).ok();
    assert!(site.root().join("public/mine.txt").exists(), "`clean` removed a file that is not ours");
}

#[test]
fn drafts_are_nowhere_until_asked_for() {
    let site = guides();
    site.write(
        "content/secret.md",
        "---\ntitle: Unfinished thing\ndraft: true\nfeatured: true\nupdated: 2026-01-01\n---\n\nText.\n",
    );
    let run = site.run(["build"]);
    run.ok().has_no("secret/index.html").says("draft");
    for (name, bytes) in tree(run.out()) {
        assert!(!String::from_utf8_lossy(&bytes).contains("Unfinished"), "{name} tells of a draft");
    }
    site.run(["build", "--drafts"]).ok().has("secret/index.html", "Unfinished thing");
}

#[test]
fn another_address_changes_every_link() {
    let site = guides();
    site.run(["build", "--base-url", "https://example.net/docs/"])
        .ok()
        .has("upwork/close/index.html", "href=\"/docs/upwork/fees/#refund\"")
        .has("sitemap.xml", "https://example.net/docs/upwork/fees/")
        .lacks("sitemap.xml", "example.org");
}

#[test]
fn warnings_count_only_if_they_are_asked_to() {
    let site = guides();
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\nlint:\n  link/missing-page: warn\n");
    site.write("content/upwork/fees.md", page("Fees", "## Refund\n\n[Gone](gone.md)"));
    site.run(["build"]).ok().says("link/missing-page").has("upwork/fees/index.html", "class=\"broken\"");
    site.run(["build", "--strict"]).fails(1).says("link/missing-page");
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\nlint:\n  link/missing-page: off\n");
    site.run(["build", "--strict"]).ok().is_silent_about("link/missing-page");
}

#[test]
fn output_for_machines_is_on_stdout_and_is_json() {
    let site = guides();
    site.write("content/upwork/fees.md", page("Fees", "[Gone](gone.md)"));
    let run = site.run(["build", "--format", "json"]);
    run.fails(1);
    assert!(run.stdout().contains("link/missing-page"), "no diagnostic in {}", run.stdout());
    for line in run.stdout().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error} in `{line}`"));
    }
}

#[test]
fn a_site_may_replace_one_file_of_the_theme() {
    let site = guides();
    site.write("templates/404.html", "{% extends \"theme/404.html\" %}{% block title %}Lost{% endblock title %}");
    site.run(["build"]).ok().has("404.html", "Lost").has("upwork/fees/index.html", "Text one.");
}

/// Whether the site has its own of that name or not, and whether its own is all that names it.
#[test]
fn a_template_may_stand_on_one_of_the_themes() {
    let site = guides();
    site.write("templates/wide.html", "{% extends \"theme/guide.html\" %}{% block title %}Wide{% endblock title %}");
    site.write("content/upwork/fees.md", "---\ntitle: Fees\ntemplate: wide\n---\n\n## Refund\n\nText one.\n");
    let run = site.run(["build"]);
    run.ok().has("upwork/fees/index.html", "<title>Wide</title>").has("upwork/fees/index.html", "Text one.");
    site.write("templates/guide.html", "{% extends \"base.html\" %}{% block main %}{{ body }}{% endblock main %}");
    let run = site.run(["build"]);
    run.ok().has("upwork/fees/index.html", "<title>Wide</title>").has("upwork/fees/index.html", "class=\"article\"");
}

#[test]
fn the_alert_that_the_documentation_shows_replaces_the_themes() {
    let manual = std::fs::read_to_string(repository("content/docs/templates.md")).expect("it is there");
    let (_, after) = manual.split_once("`templates/components/alert.html`:").expect("the page shows one");
    let alert = after.split("```").nth(1).and_then(|block| block.strip_prefix("html\n")).expect("as a block of HTML");
    let site = guides();
    site.write("content/upwork/fees.md", page("Fees", "## Refund\n\n> [!WARNING]\n> Text of the alert."));
    let before = tree(site.run(["build"]).ok().out());
    site.write("templates/components/alert.html", alert).write("static/alert.svg", "<svg/>");
    let run = site.run(["build"]);
    run.ok()
        .has("upwork/fees/index.html", "<p class=\"alert-title\"><img src=\"/alert.svg\"")
        .has("alert.svg", "<svg/>");
    run.has("upwork/fees/index.html", "Text of the alert.");
    let after = tree(run.out());
    let changed = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).map(|(path, _)| path.as_str());
    assert_eq!(changed.collect::<Vec<_>>(), [".guidepost-manifest", "alert.svg", "upwork/fees/index.html"]);
}

/// The same bytes whatever the number of threads, the language, the time zone and the order in which files were made.
#[test]
fn the_output_depends_on_nothing_but_the_site() {
    let files: BTreeMap<String, Vec<u8>> = (0..40)
        .map(|number| {
            let body = format!("## Refund\n\n[Next](p{}.md#refund)", (number + 1) % 40);
            (format!("content/s/p{number}.md"), page(&format!("Page {number} Ii"), &body).into_bytes())
        })
        .chain([("content/index.md".to_owned(), HOME.into()), ("content/s/index.md".to_owned(), page("S", "T").into())])
        .collect();
    let forwards = built(files.iter(), &[("RAYON_NUM_THREADS", "1"), ("TZ", "UTC")]);
    let backwards = built(
        files.iter().rev(),
        &[("RAYON_NUM_THREADS", "7"), ("TZ", "Pacific/Kiritimati"), ("LC_ALL", "tr_TR.UTF-8")],
    );
    assert!(forwards.len() > files.len(), "only {:?}", forwards.keys());
    let differing: Vec<&String> = forwards.keys().filter(|name| forwards.get(*name) != backwards.get(*name)).collect();
    assert!(differing.is_empty() && forwards.len() == backwards.len(), "these differ: {differing:?}");
}

fn built<'a>(
    files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>,
    environment: &[(&str, &str)],
) -> BTreeMap<String, Vec<u8>> {
    let mut site = Site::new();
    for (name, bytes) in files {
        site.write(name, bytes);
    }
    for (name, value) in environment {
        site.env(name, value);
    }
    tree(site.run(["build"]).ok().out())
}

#[test]
fn the_day_may_come_from_the_environment() {
    let mut site = guides();
    site.env("SOURCE_DATE_EPOCH", "1785542400");
    site.write("content/upwork/fees.md", page("Fees", "## Refund\n\nOld. <!-- expires: 2026-07-01 -->"));
    site.run(["build"]).ok().says("expires/past");
    site.env("SOURCE_DATE_EPOCH", "1735689600");
    site.run(["build"]).ok().is_silent_about("expires/past");
}

#[test]
fn completions_name_the_commands() {
    let site = Site::empty();
    for shell in ["bash", "zsh", "fish"] {
        let run = site.run(["completions", shell]);
        run.ok();
        assert!(run.stdout().contains("build"), "no `build` in the completions for {shell}");
    }
}

#[test]
fn harmful_output_folders_are_refused() {
    for out in ["..", ".", "content", "templates/web", "/", "../home"] {
        let site = guides();
        site.write("templates/.keep", "").write("static/.keep", "");
        let before = tree(&site.root());
        let run = site.run_below("", &["build", "--out", out]);
        assert!(run.failed(), "`--out {out}` was accepted: {run}");
        run.says("output/refused");
        let mut after = tree(&site.root());
        after.retain(|name, _| !name.starts_with(".guidepost/"));
        assert_eq!(after, before, "`--out {out}` changed the site");
    }
    let site = guides();
    site.write("web/mine.txt", "not written by the program");
    assert!(site.run(["build", "--out", "web"]).failed(), "a folder with other files");
    assert!(site.root().join("web/mine.txt").exists());
}
