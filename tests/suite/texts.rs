//! What an author writes in a guide's text → what its readers see of it, and what is said where they would not.

use crate::harness::{Run, Site};

/// The page `content/p.md` with account types, whose body begins in line 6.
fn guide(body: &str) -> Site {
    let site = Site::guides();
    site.write("content/p.md", format!("---\ntitle: P\nvariants: account\n---\n\n{body}\n"));
    site
}

/// The page `content/p.md` without account types, whose body begins in line 5.
fn page(body: &str) -> Site {
    let site = Site::guides();
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

    let section =
        "Pay [there].\n\n## Clients <!-- for: client -->\n\n- Item\n\n  [there]: g.md\n\n## Others\n\nPay [there].";
    let run = guide(section).run(["check"]);
    run.fails(1).says("content/p.md:6:5").says("content/p.md:16:5");
    let image =
        "![It][map]\n\nText <!-- for: client -->\n\n- a <!-- for: not agency -->\n\n  [map]: https://example.org/m.png";
    guide(image).run(["check"]).fails(1).says("link/others-address").says("content/p.md:6:1");
}

#[test]
fn an_address_may_be_defined_where_all_readers_of_the_link_are_meant() {
    let within = "[Shared].\n\n[shared]: g.md\n\n<!-- for: client, agency -->\n\nSee [it]. <!-- for: client -->\n\n\
                  [Shared].\n\n[it]: https://both.example/\n\n<!-- /for -->\n\n## Steps <!-- steps -->\n\n1. [Shared].";
    let run = guide(within).run(["build", "--strict"]);
    run.ok().has("p/client/index.html", "https://both.example/").lacks("p/index.html", "both.example");
}

/// Links within the page that lead to no id of it, and ids that stand there twice.
fn loose_ends(html: &str) -> Vec<String> {
    let values = |attribute: &str| -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        html.split(&begin).skip(1).map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    let ids = values("id");
    let twice = ids.iter().enumerate().filter(|(at, id)| ids[..*at].contains(id)).map(|(_, id)| format!("{id} twice"));
    let links = values("href").into_iter().filter_map(|href| Some(href.strip_prefix('#')?.to_owned()));
    let dead = links.filter(|link| !ids.contains(link)).map(|link| format!("no {link}"));
    twice.chain(dead).collect()
}

#[track_caller]
fn assert_tight(run: &Run, pages: &[&str]) {
    for page in pages {
        assert_eq!(loose_ends(&run.file(page)), Vec::<String>::new(), "{page}:\n{}", run.file(page));
    }
}

#[test]
fn links_within_a_page_lead_to_the_same_account_type_where_all_are_shown() {
    let body = "Words [here](#else).\n\n## Do <!-- steps -->\n\n1. One.\n2. Two. <!-- for: client --> <!-- id: two -->\n\
                3. See [first](#step-1).\n\n   - Or [two](#two). <!-- for: client -->\n\n\
                ## More\n\n[Sub](#sub), [raw](#raw), <b id=\"raw\">b</b> and [else](#else).\n\n\
                Only here. <!-- for: agency -->\n\n### Sub\n\nText.\n\n\
                ## Again <!-- steps -->\n\n1. Back to [sub](#sub).\n2. [Here](#again-step-1)\n\n## Else\n\nText.";
    for layout in ["pages", "both", "single"] {
        let site = Site::guides();
        let front = format!("---\ntitle: P\nvariants: {{group: account, layout: {layout}}}\n---\n\n");
        // What is shown once cannot lead to a place that each account type has for itself.
        let body =
            if layout == "pages" { body.to_owned() } else { body.replace("1. Back to [sub](#sub).", "1. Back.") };
        site.write("content/p.md", format!("{front}{body}\n"));
        let run = site.run(["build", "--strict"]);
        run.ok()
            .has("p/print/index.html", "href=\"#client--step-1\"")
            .has("p/print/index.html", "href=\"#agency--sub\"");
        run.has("p/print/index.html", "href=\"#client--two\"").has("p/print/index.html", "id=\"client--raw\"");
        assert_tight(&run, &["p/print/index.html", "p/index.html"]);
        if layout != "single" {
            assert_tight(&run, &["p/client/index.html", "p/agency/index.html"]);
        }
    }
}

#[test]
fn what_is_shown_once_cannot_lead_to_what_each_account_type_has_for_itself() {
    let site = Site::guides();
    let body = "See [sub](#sub).\n\n## More\n\nOnly here. <!-- for: agency -->\n\n### Sub\n\nText.\n";
    for layout in ["single", "both"] {
        let front = format!("---\ntitle: P\nvariants: {{group: account, layout: {layout}}}\n---\n\n");
        site.write("content/p.md", format!("{front}{body}"));
        site.run(["build"]).fails(1).says("link/missing-anchor").says("content/p.md:6:11").says("#sub");
    }
}

#[test]
fn text_that_no_page_can_show_is_pointed_out() {
    let warns = |body: &str, place: &str, words: &str| {
        let run = guide(body).run(["check"]);
        run.ok().says("directive/for-nobody").says(place).says(words);
        assert_eq!(told(&run), 1, "{run}");
    };
    warns(
        "<!-- for: client -->\n\nLost. <!-- for: agency -->\n\n- Lost, too.\n\n  And this. <!-- for: client -->\n\n\
         <!-- /for -->",
        "content/p.md:8:7",
        "`<!-- for: agency -->` stands within `<!-- for: client -->`",
    );
    warns(
        "## A <!-- for: freelancer -->\n\nText.\n\nLost. <!-- for: not freelancer -->",
        "content/p.md:10:7",
        "within",
    );
    warns("## A <!-- for: freelancer -->\n\n- Lost. <!-- for: overview -->\n\nText.", "content/p.md:8:9", "within");
    warns(
        "Text.\n\nLost. <!-- for: not client, agency, freelancer -->",
        "content/p.md:8:7",
        "none of the account types",
    );
    warns(
        "## Do <!-- steps -->\n\n1. One.\n2. Two. <!-- for: overview -->",
        "content/p.md:9:9",
        "steps are not on the overview",
    );
    let site = Site::guides();
    let front = "title: P\nvariants: {group: account, only: [client, agency], layout: single}";
    site.write("content/p.md", format!("---\n{front}\n---\n\nText.\n\nLost. <!-- for: overview -->\n"));
    site.run(["check"]).ok().says("directive/for-nobody").says("content/p.md:8:7").says("has no overview");
    site.write("content/p.md", format!("---\n{front}\n---\n\nText.\n\nLost. <!-- for: not client, agency -->\n"));
    site.run(["check"]).ok().says("directive/for-nobody").says("content/p.md:8:7").says("`client` and `agency`");

    let seen = "Text. <!-- for: overview -->\n\nText. <!-- for: not client, agency -->\n\n\
                ## A <!-- for: not client -->\n\nText. <!-- for: agency -->\n\nText.";
    guide(seen).run(["check", "--strict"]).ok();
}

#[test]
fn no_id_stands_twice_on_a_page() {
    let boxes = "## Checklist <!-- checklist -->\n\n- [ ] a\n\n## More <!-- checklist -->\n\n- [ ] b\n\n- c\n\n* [ ] d";
    let run = page(boxes).run(["build", "--strict"]);
    assert_tight(run.ok(), &["p/index.html"]);
    run.has("p/index.html", "id=\"checklist-2\"").has("p/index.html", "id=\"checklist-3\"");

    let notes = "## fn-1\n\nA[^1][^1]\n\n## fnref-1\n\nB[^1-2]\n\n[^1]: one\n\n[^1-2]: two";
    let run = page(notes).run(["build", "--strict"]);
    assert_tight(run.ok(), &["p/index.html"]);
    run.has("p/index.html", "id=\"fn-1-1\"");

    let about = "Text. <!-- for: client -->\n\n## About\n\nText. <!-- for: client -->\n\nMore.";
    assert_tight(guide(about).run(["build", "--strict"]).ok(), &["p/print/index.html"]);
}

#[test]
fn ids_by_hand_are_not_those_that_the_page_has_already() {
    let refuses = |body: &str, place: &str| {
        let run = page(body).run(["check"]);
        run.fails(1).says("error[anchor/duplicate]").says(place);
        assert_eq!(told(&run), 1, "{run}");
    };
    refuses("## M {#main}\n\nText.", "content/p.md:5:8");
    refuses("## S {#site-js}\n\nText.", "content/p.md:5:8");
    refuses("- a <!-- id: main -->", "content/p.md:5:14");
    refuses("## Do <!-- steps -->\n\n1. a\n\n## One {#step-1}\n\nText.", "content/p.md:9:10");
    refuses("## N {#fn-1}\n\nText[^1]\n\n[^1]: note", "content/p.md:5:8");
    page("## N {#nearest}\n\nText.\n\n## One {#step-1}\n\nText.").run(["check", "--strict"]).ok();
}

#[test]
fn footnotes_of_a_page_and_of_its_snippets_have_one_numbering_and_one_list() {
    let site = page(
        "A[^1]\n\n[x](_s/d.md) <!-- include -->\n\n[x](_s/c.md) <!-- include -->\n\n[x](_s/c.md) <!-- include -->\n\nZ[^last][^1]\n\n[^1]: page\n\n[^last]: end",
    );
    site.write("content/_s/d.md", "None.\n");
    site.write(
        "content/_s/c.md",
        "B[^1] and B[^1], C[^more]\n\n[^1]: snippet[^deep]\n\n[^more]: more\n\n[^deep]: deeper\n",
    );
    let run = site.run(["build", "--strict"]);
    assert_tight(run.ok(), &["p/index.html"]);
    let html = run.file("p/index.html");
    assert_eq!(html.matches("<section class=\"footnotes\">").count(), 1, "{html}");
    let behind = |text: &'static str, of: &str| -> Vec<String> {
        let parts = html.split(text).skip(1).filter_map(|part| part.split_once(of));
        parts.map(|(_, rest)| rest.split('<').next().unwrap_or_default().trim().to_owned()).collect()
    };
    let numbers = behind("<a id=\"fnref", "\">").concat();
    assert_eq!(numbers, "12235568147", "in the text, then in the list: {html}");
    let listed = behind("<li id=\"fn-", "<p>");
    assert_eq!(listed, ["page", "snippet", "more", "deeper", "snippet", "more", "deeper", "end"], "{html}");
    assert!(html.find("Z<sup").unwrap() < html.find("<section class=\"footnotes\">").unwrap(), "{html}");
}

#[test]
fn footnotes_of_snippets_stand_with_their_account_type_where_all_are_shown() {
    let site = guide("A[^1]\n\n## More\n\nB[^1]\n\n[x](_s/c.md) <!-- include -->\n\n[^1]: page");
    site.write("content/_s/c.md", "B[^1]\n\nC[^1] <!-- for: client -->\n\n[^1]: snippet\n");
    let run = site.run(["build", "--strict"]);
    assert_tight(run.ok(), &["p/index.html", "p/client/index.html", "p/print/index.html"]);
    run.has("p/client/index.html", "id=\"fnref-1-1--2\"").lacks("p/agency/index.html", "id=\"fnref-1-1--2\"");
}

#[test]
fn the_page_for_missing_addresses_shows_its_text_and_has_no_account_types() {
    let site = Site::guides();
    site.write("content/404.md", "---\ntitle: Not here\n---\n\nAsk [us](g.md#do-it).\n\n## Nearest\n\nText.\n");
    site.run(["check"]).fails(1).says("link/missing-anchor");
    site.write("content/404.md", "---\ntitle: Not here\n---\n\nAsk [us](g.md).\n\n## Nearest\n\nText.\n");
    let run = site.run(["build", "--strict"]);
    run.ok().has("404.html", "<h1>Not here</h1>").has("404.html", "Ask <a href=\"/g/\">us</a>.");
    assert_tight(&run, &["404.html"]);
    site.write("content/404.md", "---\ntitle: Not here\nvariants: account\n---\n\nText. <!-- for: client -->\n");
    let run = site.run(["build"]);
    run.fails(1).says("front/value").says("content/404.md:3:11").says("take `variants:` out");
    assert_eq!(told(&run), 1, "{run}");
    site.remove("content/404.md");
    site.run(["build"]).ok().lacks("404.html", "class=\"prose");
}

#[test]
fn a_question_without_an_answer_is_pointed_out_and_not_in_the_data() {
    let run = page("## Q <!-- faq -->\n\n### Empty?\n\n### Full?\n\nx").run(["build"]);
    run.ok().says("warning[text/no-answer]").says("content/p.md:7:1");
    run.has("p/index.html", "\"name\":\"Full?\"")
        .lacks("p/index.html", "\"name\":\"Empty?\"")
        .has("p/index.html", "Empty?");
    let all = "## Q <!-- faq -->\n\n### Full?\n\n![x](x.svg)\n\n### More?\n\n#### Below\n\nx";
    let site = page(all);
    site.write("content/x.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>");
    site.run(["check", "--strict"]).ok();
}

#[test]
fn where_only_some_account_types_have_an_anchor_they_are_named() {
    let steps =
        "## Do <!-- steps -->\n\n1. One\n2. Two <!-- id: two -->\n3. Three <!-- id: three --> <!-- for: client -->";
    let site = guide(&format!("See [two](#two) and [three](#three).\n\n{steps}"));
    site.write("content/q.md", "---\ntitle: Q\ntype: page\n---\n\nSee [two](p.md#two), [not](p.md#tow).\n");
    let run = site.run(["check"]);
    run.fails(1).says("no anchor `#two`; only those of `freelancer`, `client` and `agency` have it");
    run.says("`?for=freelancer#two`")
        .says("`p.md?for=freelancer#two`")
        .says("`<!-- for: freelancer, client, agency -->`");
    run.says("no anchor `#three`; only that of `client` has it").says("no anchor `#tow`\n");
    assert_eq!(told(&run), 4, "{run}");
    for layout in ["both", "single"] {
        let front = format!("---\ntitle: P\nvariants: {{group: account, layout: {layout}}}\n---\n\n");
        site.write("content/p.md", format!("{front}See [three](#three).\n\n{steps}\n"));
        let run = site.run(["check"]);
        run.fails(1).says("no anchor `#three`; only that of `client` has it").says("`?for=client#three`");
        site.write("content/p.md", format!("{front}See [three](?for=client#three).\n\n{steps}\n"));
        site.write("content/q.md", "---\ntitle: Q\ntype: page\n---\n\nSee [two](p.md?for=client#two).\n");
        site.run(["build"])
            .ok()
            .has("q/index.html", if layout == "both" { "/p/client/#two" } else { "/p/#client--two" });
    }
}

#[test]
fn a_section_without_steps_is_one_mistake() {
    let one = |site: Site, code: &str, place: &str| {
        let run = site.run(["check"]);
        run.fails(1).says(code).says(place).is_silent_about("others have steps");
        assert_eq!(told(&run), 1, "{run}");
    };
    one(guide("## H <!-- steps -->\n\ntext"), "directive/empty", "content/p.md:6:1");
    let site = guide("## H <!-- steps -->\n\n[x](_s/c.md) <!-- include -->");
    site.write("content/_s/c.md", "No list.\n");
    one(site, "directive/empty", "content/p.md:6:1");
    let run =
        guide("## A <!-- steps -->\n\ntext\n\n## B <!-- steps -->\n\n1. One. <!-- for: client -->").run(["check"]);
    run.fails(1).says("directive/empty").says("variant/no-steps").says("content/p.md:10:1");
    assert_eq!(told(&run), 3, "{run}");
}

/// The first suggested edit of `check`, in the file that it mends.
fn mended(site: &Site) -> String {
    let run = site.run(["check", "--format", "json"]);
    let lines = run.stdout().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let fix = lines.map(|line| line["fix"].clone()).find(|fix| !fix.is_null());
    let fix = fix.unwrap_or_else(|| panic!("no fix in {run}"));
    let text = std::fs::read_to_string(site.root().join("content/p.md")).expect("the page is there");
    let number = |key: &str| fix[key].as_u64().expect("a number") as usize - 1;
    let at = |line: usize, column: usize| text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column;
    let (start, end) = (at(number("line"), number("column")), at(number("end_line"), number("end_column")));
    format!("{}{}{}", &text[..start], fix["text"].as_str().expect("text"), &text[end..])
}

#[test]
fn what_is_suggested_for_a_misplaced_directive_is_right() {
    let cases = [
        ("| a | b |\n|---|---|\n| i | j <!-- for: client --> x |", "| i | j x <!-- for: client --> |\n"),
        ("| a | b |\n|---|---|\n| i <!-- for: client --> | *j* |", "| *j* <!-- for: client --> |\n"),
        ("| a | b |\n|---|---|\n| i | *j <!-- for: client -->* x |", "| i | *j* x <!-- for: client --> |\n"),
        ("Para one\ntwo <!-- for: agency -->\nthree.", "\nPara one\ntwo\nthree. <!-- for: agency -->\n"),
        ("*emph <!-- for: client -->* more", "\n*emph* more <!-- for: client -->\n"),
        ("*emph <!-- for: client --> a* more\nthan *that*.", "\n*emph a* more\nthan *that*. <!-- for: client -->\n"),
        ("[link <!-- for: client -->](g.md)", "\n[link](g.md) <!-- for: client -->\n"),
        ("[<!-- for: client --> link](g.md)", "\n[link](g.md) <!-- for: client -->\n"),
        ("- <!-- for: client --> a\n  b\n  - c\n- d", "\n- a <!-- for: client -->\n  b\n  - c\n- d\n"),
        ("- x <!-- for: client --> a\n  b\n  - c\n- d", "\n- x a\n  b <!-- for: client -->\n  - c\n- d\n"),
        ("> One <!-- for: client --> two\n> three", "\n> One two\n> three <!-- for: client -->\n"),
        ("## One <!-- for: client --> two {#x}\n\nText.", "\n## One two <!-- for: client --> {#x}\n"),
        ("Text <!-- for: !client, ! agency -->", "\nText <!-- for: not client, agency -->\n"),
        ("Text <!-- if: client -->", "\nText <!-- for: client -->\n"),
    ];
    for (body, expected) in cases {
        let site = guide(body);
        let mended = mended(&site);
        assert!(mended.contains(expected), "{body}\nbecame\n{mended}");
        site.write("content/p.md", mended);
        let run = site.run(["check", "--strict"]);
        assert!(!run.failed(), "{body}\n{run}");
    }
    guide("## O <!-- faq -->\n\nx\n\n<!-- steps -->").run(["check"]).fails(1).says("heading of its own");
    guide("## O <!-- faq -->\n\nx\n\n<!-- faq -->").run(["check"]).fails(1).says("says so already");
    guide("Text <!-- for: ! -->").run(["check"]).fails(1).says("directive/value").says("`not` once");
    guide("Text <!-- for: client, !agency -->").run(["check"]).fails(1).says("directive/value").says("`not` once");
}

#[test]
fn slips_that_markdown_takes_for_something_else_are_pointed_out() {
    let warns = |body: &str, code: &str, place: &str, words: &str| {
        let run = page(body).run(["check"]);
        run.ok().says(code).says(place).says(words);
        assert_eq!(told(&run), 1, "{run}");
    };
    warns("Text [a]() and more.", "link/empty", "content/p.md:5:6", "no address");
    warns("![b]()", "link/empty", "content/p.md:5:1", "no file");
    warns("> [!WARNNIG]\n> Text.", "text/alert", "content/p.md:5:3", "[!WARNING]");
    warns("- a\n\n  > [!info]\n  > Text.", "text/alert", "content/p.md:7:5", "[!NOTE]");
    warns("> [!NOTE] Text.", "text/alert", "content/p.md:5:3", "`> Text.`");
    warns("Text.\n\n<!-- note --\n\n## Important", "text/open-comment", "content/p.md:7:1", "not closed");
    warns("Text.\n\n<!-- note --\n\nLost.\n\n<!-- more -->", "text/open-comment", "content/p.md:7:1", "the next one");
    let run = guide("<!-- for: client --\n\nText.\n\n<!-- /for -->\n\nMore.").run(["check"]);
    run.fails(1).says("content/p.md:6:1").says("this comment is not closed");
    assert_eq!(told(&run), 1, "{run}");
    let fine = "> [!note]\n> Text.\n\n> [!HINT](g.md)\n\n> [!x]: y\n\n<!-- note -->\n\n> [1] Text.\n\n<!--\na\n\nb\n-->\n\n\
                [a](#) [c](g.md)\n\n> Text.\n> [!HINT]";
    page(fine).run(["check", "--strict"]).ok();
}
