//! What the documentation promises about a page's content → stories that hold it.

use crate::harness::Site;

/// A site with three account types and an empty home page.
fn site() -> Site {
    let site = Site::new();
    site.write(
        "site.yaml",
        "title: Guides\nurl: https://example.org/\nvariants:\n  account:\n    title: Account type\n    options:\n      \
         - {id: freelancer, title: F}\n      - {id: client, title: C}\n      - {id: agency, title: A}\n",
    )
    .write("content/index.md", page("Hello."));
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
