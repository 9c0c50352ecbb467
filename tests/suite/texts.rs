//! What an author writes in a guide's text → what its readers see of it, and what is said where they would not.

use crate::harness::{Run, Site};

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

/// A site with three account types, a home page and a guide.
fn site() -> Site {
    let site = Site::empty();
    site.write("site.yaml", SETTINGS)
        .write("content/index.md", "---\ntitle: Home\n---\n\nHello.\n")
        .write("content/g.md", "---\ntitle: G\nvariants: account\n---\n\n## Do it <!-- steps -->\n\n1. One.\n2. Two.\n");
    site
}

/// The page `content/p.md` with account types, whose body begins in line 6.
fn guide(body: &str) -> Site {
    let site = site();
    site.write("content/p.md", format!("---\ntitle: P\nvariants: account\n---\n\n{body}\n"));
    site
}

/// The page `content/p.md` without account types, whose body begins in line 5.
fn page(body: &str) -> Site {
    let site = site();
    site.write("content/p.md", format!("---\ntitle: P\n---\n\n{body}\n"));
    site
}

/// How many errors and warnings a run told of.
fn told(run: &Run) -> usize {
    run.stderr().lines().filter(|line| line.starts_with("error[") || line.starts_with("warning[")).count()
}

#[test]
fn no_page_shows_an_address_that_is_defined_for_another_account_type() {
    let each = "<!-- for: client -->\n\nSee the [portal].\n\n[portal]: https://client.example/\n\n<!-- /for -->\n\n\
                <!-- for: agency -->\n\nSee the [portal].\n\n[portal]: https://agency.example/\n\n<!-- /for -->";
    let run = guide(each).run(["build"]);
    run.fails(1).says("error[link/others-address]").says("content/p.md:16:9").says("content/p.md:10:1");
    run.says("`<!-- for: client -->`");
    assert_eq!(told(&run), 1, "{run}");

    let section = "Pay [there].\n\n## Clients <!-- for: client -->\n\n- Item\n\n  [there]: g.md\n\n## Others\n\nPay [there].";
    let run = guide(section).run(["check"]);
    run.fails(1).says("content/p.md:6:5").says("content/p.md:16:5");
    let image = "![It][map]\n\nText <!-- for: client -->\n\n- a <!-- for: not agency -->\n\n  [map]: https://example.org/m.png";
    guide(image).run(["check"]).fails(1).says("link/others-address").says("content/p.md:6:1");
}

#[test]
fn an_address_may_be_defined_where_all_readers_of_the_link_are_meant() {
    let within = "[Shared].\n\n[shared]: g.md\n\n<!-- for: client, agency -->\n\nSee [it]. <!-- for: client -->\n\n\
                  [Shared].\n\n[it]: https://both.example/\n\n<!-- /for -->\n\n## Steps <!-- steps -->\n\n1. [Shared].";
    let run = guide(within).run(["build", "--strict"]);
    run.ok().has("p/client/index.html", "https://both.example/").lacks("p/index.html", "both.example");
}
