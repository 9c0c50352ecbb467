//! A site and one named edit → exactly the outputs that the next build renders, no fewer and no more.

use crate::harness::{Run, Site, tree};
use std::collections::BTreeSet;

const SETTINGS: &str = "title: Guides
url: https://example.org/
variants:
  account:
    title: Account type
    options:
      - {id: freelancer, title: Freelancer}
      - {id: client, title: Client}
      - {id: agency, title: Agency}
";

const CLOSE: &str = "---
title: Close your account
description: It can be opened again.
variants: account
order: 1
---

Every account can be closed.

## Close it <!-- steps -->

1. Open the settings.
2. Choose Individual. <!-- for: freelancer -->
3. Choose Company. <!-- for: client -->
4. Choose Team. <!-- for: agency -->
";

fn page(title: &str, keys: &str, body: &str) -> String {
    format!("---\ntitle: {title}\ndescription: About {title}.\n{keys}---\n\n{body}\n")
}

/// The beginning of an image of this width, which is all that is read of it.
fn png(width: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0".to_vec();
    bytes.extend([width, 0, 0, 0, 3, 8, 6, 0, 0, 0]);
    bytes
}

/// Two sections: one of plain guides, and one whose first guide has account types.
fn site() -> Site {
    let site = Site::new();
    site.write("site.yaml", SETTINGS)
        .write("content/index.md", page("Home", "", "Welcome."))
        .write("content/fees/index.md", page("Fees", "", "What it costs."))
        .write("content/fees/card.md", page("Card", "order: 1\n", "A card is free.\n\n[A bank](bank.md) is not."))
        .write("content/fees/bank.md", page("Bank", "order: 2\n", "One euro.\n\n## Abroad\n\nTwo euros."))
        .write("content/fees/cash.md", page("Cash", "order: 3\n", "No."))
        .write("content/accounts/index.md", page("Accounts", "", "What you can do."))
        .write("content/accounts/close.md", CLOSE)
        .write(
            "content/accounts/open.md",
            page("Open", "order: 2\n", "![A form](form.png)\n\nSee [the fees](../fees/card.md)."),
        )
        .write("content/accounts/form.png", png(4));
    site
}

/// The outputs that a build rendered, by the reasons that it gives for each.
#[track_caller]
fn rendered(run: &Run) -> BTreeSet<String> {
    let lines = run.stderr().lines().filter_map(|line| line.strip_prefix("            /"));
    let urls: BTreeSet<String> =
        lines.map(|line| format!("/{}", line.split(": ").next().unwrap_or_default())).collect();
    run.says(&format!("  Outputs   {} rendered, ", urls.len()));
    urls
}

fn build(site: &Site) -> Run {
    site.run(["build", "--verbose", "--verify"])
}

/// Builds, and holds if exactly these outputs were rendered. That the result is that of a clean build, `--verify` says;
/// that a third build finds nothing to do, we look for.
#[track_caller]
fn renders<const N: usize>(site: &Site, expected: [&str; N]) {
    let run = build(site);
    run.ok();
    assert_eq!(rendered(&run), expected.into_iter().map(str::to_owned).collect(), "{run}");
    let again = build(site);
    again.ok();
    assert_eq!(rendered(&again), BTreeSet::new(), "{again}");
}

/// The site, built.
#[track_caller]
fn built() -> Site {
    let site = site();
    build(&site).ok();
    site
}

/// Replaces a part of a file that stands there once.
#[track_caller]
fn edit(site: &Site, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(site.root().join(path)).expect("a file of the site");
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {path}");
    site.write(path, text.replace(from, to));
}

const CLOSE_ALL: [&str; 5] = [
    "/accounts/close/",
    "/accounts/close/agency/",
    "/accounts/close/client/",
    "/accounts/close/freelancer/",
    "/accounts/close/print/",
];

#[test]
fn no_edit_renders_nothing() {
    let site = built();
    let run = site.run(["build", "--format", "json"]);
    run.ok();
    assert!(run.stdout().contains(r#""rendered":0,"kept":"#), "{run}");
    assert!(run.stdout().contains(r#""added":0,"changed":0,"removed":0"#), "{run}");
}

#[test]
fn a_touch_renders_nothing() {
    let site = built();
    for (path, bytes) in tree(&site.root()).into_iter().filter(|(path, _)| path.starts_with("content/")) {
        site.write(&path, bytes);
    }
    renders(&site, []);
}

#[test]
fn a_body_edit_renders_the_pages_own_outputs() {
    let site = built();
    edit(&site, "content/fees/cash.md", "No.", "No, never.");
    renders(&site, ["/fees/cash/"]);
    edit(&site, "content/accounts/close.md", "Every account", "Any account");
    renders(&site, CLOSE_ALL);
    edit(&site, "content/index.md", "Welcome.", "You are welcome.");
    renders(&site, ["/"]);
}

#[test]
fn a_step_of_one_account_type_renders_its_page_and_the_print_page() {
    let site = built();
    edit(&site, "content/accounts/close.md", "Choose Team.", "Choose the team.");
    renders(&site, ["/accounts/close/agency/", "/accounts/close/print/"]);
    // One step more changes the number that the chooser on the overview shows.
    edit(&site, "content/accounts/close.md", "4. Choose", "4. Ask the owner. <!-- for: agency -->\n5. Choose");
    renders(&site, ["/accounts/close/", "/accounts/close/agency/", "/accounts/close/print/"]);
}

#[test]
fn a_title_renders_the_pages_that_show_it() {
    let site = built();
    edit(&site, "content/fees/bank.md", "title: Bank", "title: Bank transfer");
    // Itself, its section, the two that list sections, its neighbours with the same menu, and the list of all guides.
    renders(&site, ["/", "/404.html", "/a-z/", "/fees/", "/fees/bank/", "/fees/card/", "/fees/cash/"]);
    edit(&site, "content/fees/index.md", "title: Fees", "title: Prices");
    renders(&site, ["/", "/404.html", "/a-z/", "/fees/", "/fees/bank/", "/fees/card/", "/fees/cash/"]);
}

#[test]
fn a_heading_renders_its_page_and_those_that_link_to_it() {
    let site = built();
    edit(&site, "content/fees/cash.md", "No.", "No. [Abroad](bank.md#abroad) neither.");
    renders(&site, ["/fees/cash/"]);
    edit(&site, "content/fees/bank.md", "## Abroad", "## In other countries {#abroad}");
    renders(&site, ["/fees/bank/"]);
    edit(&site, "content/fees/bank.md", "{#abroad}", "{#elsewhere}");
    build(&site).fails(1).says("link/missing-anchor").says("content/fees/cash.md");
}

#[test]
fn a_template_renders_the_pages_that_use_it() {
    let site = site();
    site.write("templates/card.html", "{% extends \"guide.html\" %}");
    edit(&site, "content/fees/card.md", "order: 1", "order: 1\ntemplate: card.html");
    edit(&site, "content/fees/cash.md", "order: 3", "order: 3\ntemplate: card.html");
    build(&site).ok();
    site.write("templates/card.html", "{% extends \"guide.html\" %}\n");
    renders(&site, ["/fees/card/", "/fees/cash/"]);
    // What it is made of counts as well: here every page of a guide.
    site.write("templates/partials/neighbours.html", "<p>Neighbours</p>\n");
    let run = build(&site);
    let urls = rendered(&run);
    assert!(urls.contains("/fees/card/") && urls.contains("/fees/bank/") && !urls.contains("/sitemap.xml"), "{run}");
}

#[test]
fn a_component_renders_the_pages_whose_text_uses_it() {
    let site = site();
    edit(&site, "content/fees/cash.md", "No.", "> [!NOTE]\n> No.");
    build(&site).ok();
    let theme = std::fs::read_to_string(crate::harness::repository("templates/components/alert.html"));
    let theme = theme.expect("the theme has alerts");
    // The site's own in place of the theme's, in a file of the same name or of another, and the theme's again.
    for path in ["templates/components/alert.html", "templates/components/remark.html"] {
        site.write(path, theme.replace("role=\"note\"", "role=\"note\" lang=\"en\""));
        renders(&site, ["/fees/cash/"]);
        edit(&site, path, "lang=\"en\"", "lang=\"de\"");
        renders(&site, ["/fees/cash/"]);
        site.remove(path);
        renders(&site, ["/fees/cash/"]);
    }
}

#[test]
fn a_component_is_looked_for_where_it_is_defined_and_not_where_it_is_told_of() {
    let site = site();
    edit(&site, "content/fees/cash.md", "No.", "> [!NOTE]\n> No.");
    let head = "alert(kind: String, title: String, @words) %}";
    site.write(
        "templates/components/alert.html",
        format!("{{% component  {head}SITE {{{{ body }}}}{{% endcomponent alert %}}"),
    );
    site.write(
        "templates/x.html",
        format!("{{# {{% component {head} #}}{{% raw %}}{{% component {head}{{% endraw %}}"),
    );
    build(&site).ok().has("fees/cash/index.html", "SITE");
    edit(&site, "templates/components/alert.html", "SITE", "OUR");
    renders(&site, ["/fees/cash/"]);
    build(&site).has("fees/cash/index.html", "OUR");
}

#[test]
fn what_the_entries_of_a_menu_ask_for_counts_for_every_page_that_has_the_menu() {
    let site = built();
    let entry = "{% component menu_item(title: String, url: String, current: Bool, @words) -%}
<li>{{ title }}{% if not current %}{% set open = page(path=\"/accounts/open.md\") %}, {{ open.title }}{% endif %}</li>
{%- endcomponent menu_item %}
";
    site.write("templates/components/menu_item.html", entry);
    let guides = ["/fees/bank/", "/fees/card/", "/fees/cash/"];
    let urls = rendered(&build(&site));
    assert!(guides.iter().all(|guide| urls.contains(*guide)) && !urls.contains("/a-z/"), "{urls:?}");
    edit(&site, "content/accounts/open.md", "title: Open", "title: Open an account");
    let urls = rendered(&build(&site));
    assert!(guides.iter().all(|guide| urls.contains(*guide)), "{urls:?}");
    edit(&site, "content/accounts/open.md", "See", "Do see");
    renders(&site, ["/accounts/open/"]);
}

#[test]
fn a_menu_is_the_same_entry_by_entry() {
    let site = built();
    let page = || std::fs::read_to_string(site.root().join("public/fees/bank/index.html")).expect("a page of the site");
    let before = page();
    assert_eq!(before.matches("\n<li><a href=\"/fees/").count(), 3, "{before}");
    let entry = "<li><a href=\"{{ item.url }}\"{% if item.current %} aria-current=\"page\"{% endif %}>{{ item.title }}</a></li>";
    let entries = format!("{{% for item in menu.items %}}{entry}\n{{% endfor %}}");
    let theme = std::fs::read_to_string(crate::harness::repository("templates/partials/menu.html"));
    let theme = theme.expect("the theme has a menu");
    site.write("templates/partials/menu.html", theme.replace("{{ menu.list }}", &entries));
    assert!(rendered(&build(&site)).contains("/fees/bank/"));
    assert_eq!(page(), before);
}

#[test]
fn a_stylesheet_renders_what_links_it() {
    let site = built();
    site.write("static/brand.css", "body { color: red }\n");
    build(&site).ok();
    edit(&site, "static/brand.css", "red", "blue");
    let run = build(&site);
    let urls = rendered(&run);
    assert!(urls.contains("/fees/cash/") && urls.iter().any(|url| url.starts_with("/assets/brand.")), "{run}");
    assert!(!urls.contains("/sitemap.xml") && !urls.contains("/accounts/form.png"), "{run}");
}

#[test]
fn a_snippet_renders_the_pages_that_include_it() {
    let site = site();
    site.write("content/_snippets/contact.md", "Write to us.\n");
    for path in ["content/fees/cash.md", "content/accounts/open.md"] {
        let text = std::fs::read_to_string(site.root().join(path)).expect("a file of the site");
        site.write(path, text + "\n[Contact](../_snippets/contact.md) <!-- include -->\n");
    }
    build(&site).ok();
    site.write("content/_snippets/contact.md", "Call us.\n");
    renders(&site, ["/accounts/open/", "/fees/cash/"]);
}

#[test]
fn a_file_renders_its_copy_and_what_shows_its_size() {
    let site = built();
    let form = "content/accounts/form.png";
    site.write(form, [png(4), b"more".to_vec()].concat());
    renders(&site, ["/accounts/form.png"]);
    site.write(form, png(5));
    renders(&site, ["/accounts/form.png", "/accounts/open/"]);
}

#[test]
fn a_date_that_has_come_renders_the_pages_that_asked_about_it() {
    let site = site();
    edit(&site, "content/fees/cash.md", "order: 3", "order: 3\nverified: 2026-01-01\nverify_every: 30 days");
    let on = |day: &str| site.run(["build", "--verbose", "--verify", "--as-of", day]);
    on("2026-01-05").ok();
    for (day, expected) in [("2026-01-20", 0), ("2026-02-20", 1), ("2026-02-21", 0), ("2026-01-05", 1)] {
        let run = on(day);
        run.ok();
        assert_eq!(rendered(&run).len(), expected, "on {day}: {run}");
    }
}

#[test]
fn a_page_that_goes_or_comes_renders_what_listed_it() {
    let site = built();
    let cash = std::fs::read(site.root().join("content/fees/cash.md")).expect("a file of the site");
    site.remove("content/fees/cash.md");
    renders(&site, ["/", "/404.html", "/a-z/", "/fees/", "/fees/bank/", "/fees/card/", "/sitemap.xml"]);
    assert!(!site.root().join("public/fees/cash").exists());
    site.write("content/fees/coins.md", cash);
    renders(&site, ["/", "/404.html", "/a-z/", "/fees/", "/fees/bank/", "/fees/card/", "/fees/coins/", "/sitemap.xml"]);
}

#[test]
fn what_somebody_did_to_the_output_is_undone() {
    let site = built();
    let before = tree(&site.root().join("public"));
    site.remove("public/fees/cash/index.html").write("public/fees/bank/index.html", "<p>by hand</p>");
    renders(&site, ["/fees/bank/", "/fees/cash/"]);
    assert_eq!(tree(&site.root().join("public")), before);
}

#[test]
fn a_build_that_fails_leaves_the_output_and_the_next_one_goes_on() {
    let site = built();
    let before = tree(&site.root().join("public"));
    edit(&site, "content/fees/cash.md", "order: 3", "order: three");
    for _ in 0..2 {
        build(&site).fails(1).says("front/value");
        assert_eq!(tree(&site.root().join("public")), before);
    }
    edit(&site, "content/fees/cash.md", "order: three", "order: 3");
    renders(&site, []);
    edit(&site, "content/fees/cash.md", "No.", "[No](nowhere.md).");
    for _ in 0..2 {
        build(&site).fails(1).says("link/missing-page");
        assert_eq!(tree(&site.root().join("public")), before);
    }
    edit(&site, "content/fees/cash.md", "[No](nowhere.md).", "Never.");
    renders(&site, ["/fees/cash/"]);
}

#[test]
fn warnings_of_pages_that_were_kept_are_told_again() {
    let site = site();
    edit(&site, "content/fees/cash.md", "No.", "## One\n\n#### Two\n\nText.");
    build(&site).ok().says("text/skipped-level");
    for (from, to) in [("One euro.", "1 euro."), ("1 euro.", "1 Euro.")] {
        edit(&site, "content/fees/bank.md", from, to);
        build(&site).ok().says("text/skipped-level");
        build(&site).ok().says("text/skipped-level");
    }
    site.run(["build", "--strict"]).fails(1);
}

#[test]
fn an_address_that_another_host_does_not_get_is_asked_about_again_although_no_file_changed() {
    let site = Site::new();
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\nlint: {link/missing-page: warn}\n");
    site.write("content/index.md", page("Home", "", "[Formerly](/former/)\n"));
    site.write("content/a.md", page("A", "aliases: [/former/]\n", "Text.\n"));
    site.run(["build"]).ok();
    for host in ["netlify", "github", "cloudflare", "apache", "nginx"] {
        site.run(["build", "--verify", "--for", host]).ok();
        site.run(["build", "--verify"]).ok();
    }
}
