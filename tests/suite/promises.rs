//! What the documentation promises about a page's content → stories that hold it.

use crate::harness::{ACCOUNTS, Site};

/// A site with three account types and an empty home page.
fn site() -> Site {
    let site = Site::new();
    site.write("site.yaml", ACCOUNTS).write("content/index.md", page("Hello."));
    site
}

fn page(body: &str) -> String {
    with("", body)
}

/// A page whose front matter has these lines, too.
fn with(front: &str, body: &str) -> String {
    format!("---\ntitle: P\n{front}---\n\n{body}\n")
}

#[test]
fn snippets_that_multiply_are_an_error_before_they_are_put_together() {
    let site = site();
    for level in 1..=12 {
        let line = format!("[x](s{}.md) <!-- include -->\n\n", level + 1);
        site.write(&format!("content/_s/s{level}.md"), line.repeat(10));
    }
    site.write("content/_s/s13.md", "Text.\n")
        .write("content/p.md", page("[x](_s/s1.md) <!-- include -->"))
        .write("content/q.md", page("[x](_s/s13.md) <!-- include -->\n\n[y](_s/s10.md) <!-- include -->"));
    let run = site.run(["build"]);
    run.fails(1).says("include/too-much").says("content/_s/s9.md:").says("included by this page").says("content/p.md");
    assert_eq!(run.stderr().matches("include/too-much").count(), 1, "{run}");
    assert!(!run.stderr().contains("content/q.md"), "1,112 parts are no mistake: {run}");
}

#[test]
fn snippets_in_circles_end_however_many_there_are() {
    let site = site();
    for own in 0..11 {
        let lines: String = (0..11).map(|other| format!("[x](s{other}.md) <!-- include -->\n\n")).collect();
        site.write(&format!("content/_s/s{own}.md"), lines);
    }
    site.write("content/p.md", page("[x](_s/s0.md) <!-- include -->"));
    site.run(["build"]).fails(1).says("include/cycle").says("content/_s/s0.md → content/_s/s0.md");
}

#[test]
fn too_much_text_of_snippets_is_an_error() {
    let site = site();
    site.write("content/_s.md", "Some words.\n".repeat(50_000))
        .write("content/p.md", page(&"[x](_s.md) <!-- include -->\n\n".repeat(20)));
    let run = site.run(["build"]);
    run.fails(1).says("include/too-much").says("more than 8 MB").says("content/p.md:21:1");
    assert_eq!(run.stderr().matches("include/too-much").count(), 1, "{run}");
}

/// How often a page's structured data has the question.
fn told(run: &crate::harness::Run, path: &str, question: &str) -> usize {
    run.file(path).matches(&format!("\"Question\",\"name\":\"{question}\"")).count()
}

const QUESTIONS: &str = "## Q <!-- faq -->\n\n### Shared?\n\nYes.\n\n### Clients? <!-- for: client -->\n\nNo.";

#[test]
fn a_page_with_everything_is_where_its_questions_stand_first() {
    for layout in ["single", "both"] {
        let site = site();
        site.write("content/p.md", with(&format!("variants: {{group: account, layout: {layout}}}\n"), QUESTIONS));
        let run = site.run(["build", "--strict"]);
        run.ok().has("faq/index.html", "\"/p/#freelancer--shared\"").has("faq/index.html", "\"/p/#client--clients\"");
        run.has("p/index.html", "id=\"freelancer--shared\"").has("p/index.html", "id=\"client--clients\"");
        assert_eq!((told(&run, "p/index.html", "Shared?"), told(&run, "p/index.html", "Clients?")), (1, 1), "{layout}");
        if layout == "both" {
            let of_client =
                (told(&run, "p/client/index.html", "Shared?"), told(&run, "p/client/index.html", "Clients?"));
            assert_eq!(of_client, (0, 0));
        }
    }
}

#[test]
fn questions_of_a_snippet_are_listed_and_told_once() {
    let site = site();
    site.write("content/_faq.md", QUESTIONS)
        .write("content/_more.md", "## Really?\n\nReally.\n")
        .write("content/a.md", with("variants: account\n", "[q](_faq.md) <!-- include -->"))
        .write("content/b.md", page("## Ask <!-- faq -->\n\n[q](_more.md) <!-- include -->\n\n## More\n\nText."))
        .write(
            "content/c.md",
            page("## Ask <!-- faq -->\n\n[q](_more.md) <!-- include -->\n\n[q](_more.md) <!-- include -->"),
        )
        .write("content/d.md", with("variants: account\nnoindex: true\n", "[q](_faq.md) <!-- include -->"));
    let run = site.run(["build", "--strict"]);
    run.ok().has("faq/index.html", "\"/a/#shared\"").has("faq/index.html", "\"/a/client/#clients\"");
    run.has("faq/index.html", "\"/b/#really\"").has("faq/index.html", "\"/c/#really-1\"");
    let all = |question: &str| -> usize {
        run.files().iter().filter(|path| path.ends_with(".html")).map(|path| told(&run, path, question)).sum()
    };
    assert_eq!((all("Shared?"), all("Clients?"), all("Really?")), (1, 1, 1));
    assert_eq!((told(&run, "a/index.html", "Shared?"), told(&run, "a/client/index.html", "Clients?")), (1, 1));
    assert_eq!(told(&run, "b/index.html", "Really?"), 1);
    site.remove("content/b.md");
    let run = site.run(["build", "--strict", "--verify"]);
    run.ok();
    assert_eq!(told(&run, "c/index.html", "Really?"), 1);
}

#[test]
fn a_snippet_for_account_types_on_a_page_without_them_is_an_error() {
    let site = site();
    site.write("content/_x.md", "X <!-- for: clint -->\n")
        .write("content/p.md", page("[x](_x.md) <!-- include -->"))
        .write("content/q.md", with("variants: account\n", "[x](_x.md) <!-- include -->"));
    let run = site.run(["build"]);
    run.fails(1)
        .says("directive/no-variants")
        .says("content/_x.md:1:")
        .says("included by this page\n --> content/p.md");
    run.says("directive/unknown-option").says("did you mean `client`?");
}

#[test]
fn unsafe_addresses_are_published_in_no_attribute() {
    let raw = [
        "<meta http-equiv=\"refresh\" content=\"0; URL='java&#10;script:alert(1)'\">",
        "<iframe srcdoc='<a href=\"javascript:alert(1)\">x</a>'></iframe>",
        "<svg><a><animate attributeName=\"href\" values=\"/;javascript:alert(1)\" /></a></svg>",
        "<svg><a><set attributeName=\"href\" to=\"javascript:alert(1)\" /></a></svg>",
        "<img alt=\"x\" srcset=\"https://example.org/a.png 1x, javascript:alert(1) 2x\">",
        "<a href=\"https://example.org/\" ping=\"https://example.org/ javascript:alert(1)\">x</a>",
        "<div style=\"background: url( 'javascript:alert(1)')\">x</div>",
    ];
    for html in raw {
        let site = site();
        site.write("content/p.md", page(html));
        site.run(["build"]).fails(1).says("text/unsafe-url").says("content/p.md:5:");
        let settings = std::fs::read_to_string(site.root().join("site.yaml")).expect("it was written");
        site.write("site.yaml", settings + "lint: {text/unsafe-url: off}\n");
        site.run(["build"]).ok().lacks("p/index.html", "script:alert");
    }
    let site = site();
    site.write("content/p.md", page("<p style=\"color: red\" title=\"javascript: the good parts\">x</p>"));
    site.run(["build", "--strict"])
        .ok()
        .has("p/index.html", "style=\"color: red\" title=\"javascript: the good parts\"");
}

#[test]
fn pages_that_show_less_than_the_overview_name_it_to_search_engines() {
    let site = site();
    site.write(
        "content/p.md",
        with("variants: {group: account, layout: both}\n", "Text.\n\nMore. <!-- for: client -->"),
    );
    let run = site.run(["build", "--strict"]);
    run.ok().has("p/client/index.html", "rel=\"canonical\" href=\"https://example.org/p/\"");
    run.has("sitemap.xml", "<loc>https://example.org/p/</loc>").lacks("sitemap.xml", "/p/client/");
}

#[test]
fn a_feed_holds_guides_that_search_engines_may_know() {
    let site = site();
    site.write("content/a.md", with("date: 2026-01-01\ntype: page\n", "Text."))
        .write("content/b.md", with("date: 2026-01-01\nnoindex: true\n", "Text."))
        .write("content/c.md", with("date: 2026-01-01\ncanonical: https://example.com/\n", "Text."));
    site.run(["build", "--strict"]).ok().has_no("feed.xml").lacks("index.html", "feed.xml");
    site.write("content/d.md", with("date: 2026-01-01\n", "Text."));
    let run = site.run(["build", "--strict"]);
    run.ok().has("feed.xml", "https://example.org/d/");
    assert_eq!(run.file("feed.xml").matches("<entry>").count(), 1);
}

#[test]
fn days_of_checks_are_shown_wherever_an_account_type_is() {
    let verified = "verified: {client: 2026-07-01, agency: 2026-06-01}\n";
    for (layout, paths) in [("single", vec!["p/index.html", "p/print/index.html"]), ("both", vec!["p/index.html"])] {
        let site = site();
        let front = format!("variants: {{group: account, layout: {layout}}}\n{verified}");
        site.write("content/p.md", with(&front, "Text.\n\nMore. <!-- for: client -->"));
        let run = site.run(["build", "--strict"]);
        for path in paths {
            run.ok()
                .has(path, "C: Checked on")
                .has(path, "datetime=\"2026-07-01\"")
                .has(path, "datetime=\"2026-06-01\"");
        }
    }
    let site = site();
    site.write("content/p.md", with("verified: {clint: 2026-07-01}\n", "Text."));
    site.run(["build"]).fails(1).says("front/unknown-option").says("content/p.md:3:12");
}

#[test]
fn folders_that_differ_by_case_only_are_an_error() {
    let site = site();
    site.write("content/A/p.md", page("Text.")).write("content/a/q.md", page("Text."));
    site.run(["build"]).fails(1).says("url/case").says("content/A/p.md").says("content/a/q.md");
}

#[test]
fn words_that_yaml_reads_as_truth_values_want_quotes() {
    for (front, says) in [("facts: {reversible: no}\n", "reversible: \"no\""), ("vars: {v: no}\n", "v: \"no\"")] {
        let site = site();
        site.write("content/p.md", with(front, "Text."));
        site.run(["build"]).fails(1).says("front/value").says(says);
    }
}

#[test]
fn there_are_up_to_five_facts() {
    let site = site();
    site.write("content/p.md", with("facts: {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}\n", "Text."));
    site.run(["build"]).fails(1).says("front/value").says("up to 5 facts");
}

#[test]
fn steps_of_a_page_with_everything_are_told_for_each_account_type() {
    let site = site();
    let steps = "## Do it <!-- steps -->\n\n1. All.\n2. Clients. <!-- for: client -->";
    site.write("content/p.md", with("variants: {group: account, layout: single}\nschema: {howto: true}\n", steps));
    let run = site.run(["build", "--strict"]);
    run.ok()
        .has("p/index.html", "\"HowTo\",\"name\":\"P – C\"")
        .has("p/index.html", "https://example.org/p/#client--step-2");
    assert_eq!(run.file("p/index.html").matches("\"HowTo\"").count(), 3);
}

#[test]
fn what_is_wrong_with_a_snippet_names_pages_that_include_it() {
    let site = site();
    site.write("content/_x.md", "## A\n\n#### B\n\nText.\n").write("content/p.md", page("[x](_x.md) <!-- include -->"));
    site.run(["build"]).says("text/skipped-level").says("included by this page\n --> content/p.md");
}

#[test]
fn a_missing_anchor_that_is_a_warning_leaves_the_text() {
    let site = site();
    let settings = std::fs::read_to_string(site.root().join("site.yaml")).expect("it was written");
    site.write("site.yaml", settings + "lint: {link/missing-anchor: warn}\n")
        .write("content/p.md", page("[x](index.md#gone)"));
    site.run(["build"]).ok().has("p/index.html", "<a class=\"broken\">x</a>");
}

#[test]
fn an_image_beside_its_snippet_is_explained() {
    let site = site();
    site.write("content/_snippets/c.md", "![al](pic.png)\n")
        .write("content/_snippets/pic.png", "")
        .write("content/p.md", page("[c](_snippets/c.md) <!-- include -->"));
    let run = site.run(["build"]);
    run.fails(1).says("image/missing").says("`_snippets` and what is in it is never published").says("static/pic.png");
}

#[test]
fn directives_that_would_be_shown_to_everyone_cannot_be_passed_over() {
    for code in ["directive/place", "directive/value"] {
        let site = site();
        let settings = std::fs::read_to_string(site.root().join("site.yaml")).expect("it was written");
        site.write("site.yaml", settings + &format!("lint: {{{code}: off}}\n"));
        site.run(["build"]).fails(1).says("config/value").says(code);
    }
}

#[test]
fn slips_in_directives_are_seen_in_rows_and_with_other_signs() {
    for (line, code) in [
        ("| X | y | <!-- fro: client -->", "directive/typo"),
        ("| X | y <!-- for: client | agency --> |", "directive/value"),
        ("X <!-- for=client -->", "directive/typo"),
        ("X <!-- for： client -->", "directive/typo"),
    ] {
        let site = site();
        let body = if line.starts_with('|') { format!("| a | b |\n| - | - |\n{line}") } else { line.to_owned() };
        site.write("content/p.md", with("variants: account\n", &body));
        site.run(["build", "--strict"]).fails(1).says(code).says("content/p.md:");
    }
}
