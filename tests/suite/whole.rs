//! Mistakes of the site as a whole → what is said of them, and what stays published.

use crate::harness::{Site, tree};

const SETTINGS: &str = "title: Guides
url: https://example.org/
variants:
  account:
    title: Account type
    options:
      - {id: freelancer, title: F}
      - {id: client, title: C}
      - {id: agency, title: A}
";

/// A site with a home page, and a guide for three account types.
fn guides() -> Site {
    let site = Site::empty();
    site.write("site.yaml", SETTINGS)
        .write("content/index.md", "---\ntitle: Home\n---\n\nHello.\n")
        .write("content/g.md", "---\ntitle: G\nvariants: account\n---\n\n## Do it <!-- steps -->\n\n1. One\n2. Two\n");
    site
}

#[test]
fn a_build_without_pages_removes_nothing() {
    let site = guides();
    let good = tree(site.run(["build"]).ok().out());
    let content = site.root().join("content");
    std::fs::rename(&content, site.root().join("elsewhere")).expect("a folder can be renamed");
    let none = site.run(["build"]);
    none.fails(1).says("site/no-pages").says("content/index.md");
    assert_eq!(tree(none.out()), good);
    std::fs::create_dir(&content).expect("a folder can be made");
    site.run(["build"]).fails(1).says("site/no-pages");
    site.run(["check"]).fails(1).says("site/no-pages");
    site.write("content/index.md", "---\ntitle: Home\ndraft: true\n---\n\nHello.\n");
    site.run(["build"]).fails(1).says("site/no-pages").says("--drafts");
    site.run(["build", "--drafts"]).ok();
}
