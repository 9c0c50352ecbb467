//! Generated Markdown → the built body must be what pulldown-cmark's own writer makes of it: CommonMark is never bent.
//!
//! `GUIDEPOST_CASES` sets how many documents are tried (300 if not set), `GUIDEPOST_SEED` which one comes first.

mod compare;
mod generate;

use crate::harness::Site;
use compare::{difference, reference};
use generate::{Dice, document};

/// Codes that speak of the site rather than of Markdown; generated text meets them by chance.
const SETTINGS: &str = "title: Generated
url: https://example.org/
lint:
  text/second-title: off
  text/skipped-level: off
  text/no-alt: off
  text/unsafe-url: off
  text/empty: off
  text/missing-footnote: off
  directive/typo: off
  anchor/duplicate: off
  link/missing-page: off
  link/missing-anchor: off
  image/missing: off
";

/// The class that pulldown-cmark's writer gives to an alert, so that alerts need not be an allowed difference.
const ALERT: &str = "{% component alert(kind: String, title: String, @words) %}\
    <blockquote class=\"markdown-alert-{{ kind }}\">{{ body | safe }}</blockquote>\
    {% endcomponent alert %}\n";

#[test]
fn bodies_are_what_commonmark_says() {
    let number = |name: &str, default: u64| -> u64 {
        std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
    };
    let (first, count) = (number("GUIDEPOST_SEED", 0), number("GUIDEPOST_CASES", 300));
    let documents: Vec<Vec<String>> = (first..first + count).map(|seed| document(&mut Dice::new(seed))).collect();
    let pages: Vec<String> = documents.iter().map(|blocks| blocks.join("\n\n")).collect();
    let Some(wrong) = differences(&pages).iter().position(Option::is_some) else { return };
    let blocks = shrunk(documents[wrong].clone(), "\n\n");
    let lines = shrunk(blocks.join("\n\n").split('\n').map(str::to_owned).collect(), "\n");
    let markdown = lines.join("\n");
    let (expected, found) =
        differences(std::slice::from_ref(&markdown)).pop().flatten().expect("a shrunk document still differs");
    panic!(
        "seed {}: this Markdown\n-----\n{markdown}\n-----\nshould give {expected}\nbut gives   {found}",
        first + wrong as u64
    );
}

/// Builds one site of all the documents; gives for each what the body and the reference do not have in common.
fn differences(pages: &[String]) -> Vec<Option<(String, String)>> {
    let site = Site::empty();
    site.write("site.yaml", SETTINGS)
        .write("templates/page.html", "{{ body }}")
        .write("templates/components/alert.html", ALERT)
        .write("content/index.md", "---\ntitle: Home\n---\n\nHome.\n");
    for (number, page) in pages.iter().enumerate() {
        let front = format!("---\ntitle: Document {number}\ntype: page\n---\n\n");
        site.write(&format!("content/d{number}.md"), format!("{front}{page}\n"));
    }
    let run = site.run(["build"]);
    run.ok();
    pages
        .iter()
        .enumerate()
        .map(|(number, page)| difference(&reference(&format!("{page}\n")), &run.file(&format!("d{number}/index.html"))))
        .collect()
}

/// The fewest units that still differ when halves, quarters, … and single units are left out. One build a round.
fn shrunk(mut units: Vec<String>, between: &str) -> Vec<String> {
    loop {
        let mut smaller: Vec<Vec<String>> = Vec::new();
        let mut size = units.len() / 2;
        while size > 0 {
            for start in (0..units.len()).step_by(size) {
                let kept = units[..start].iter().chain(units.iter().skip(start + size));
                smaller.push(kept.cloned().collect());
            }
            size /= 2;
        }
        let pages: Vec<String> = smaller.iter().map(|units| units.join(between)).collect();
        match differences(&pages).iter().position(Option::is_some) {
            Some(at) => units = smaller.swap_remove(at),
            None => return units,
        }
    }
}

#[test]
fn generated_documents_hold_every_construct() {
    let all: String = (0..300).map(|seed| reference(&document(&mut Dice::new(seed)).join("\n\n"))).collect();
    for tag in [
        "<p>",
        "<h1>",
        "<h2",
        "<h6>",
        "<blockquote>",
        "markdown-alert-tip",
        "<ul>",
        "<ol>",
        "<ol start=",
        "<li>",
        "<pre><code>",
        "language-rust",
        "<hr />",
        "<table>",
        "text-align: center",
        "<dl>",
        "checkbox\" checked",
        "footnote-definition",
        "<em>",
        "<strong>",
        "<del>",
        "<code>",
        "<a href=\"https:",
        "<a href=\"mailto:",
        "<img ",
        "<br />",
        "<kbd>",
        "<!--",
        "<details>",
    ] {
        assert!(all.contains(tag), "no {tag} in 300 documents");
    }
    assert!(!all.contains("{{"), "a variable was generated");
}
