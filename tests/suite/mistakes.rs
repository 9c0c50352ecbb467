//! A site with one mistake → the run that names it: code, place, and the word that mends it.

use crate::harness::Site;
use guidepost::diag::{Code, Severity, Weight};

const SETTINGS: &str = "title: Guides
url: https://example.org/
variants:
  account:
    title: Account type
    options:
      - {id: freelancer, title: Freelancer}
      - {id: client, title: Client}
host: [any, cloudflare, nginx]
";

/// What is wrong: a file of the site and its text, the code, where it is reported, and what the report also says.
struct Mistake {
    file: &'static str,
    text: String,
    code: Code,
    place: &'static str,
    says: &'static str,
}

fn mistake(
    file: &'static str,
    text: impl Into<String>,
    code: Code,
    place: &'static str,
    says: &'static str,
) -> Mistake {
    Mistake { file, text: text.into(), code, place, says }
}

/// A page whose body starts at line 5.
fn page(body: &str) -> String {
    format!("---\ntitle: A page\n---\n\n{body}\n")
}

/// A guide with account types, whose body starts at line 6.
fn guide(body: &str) -> String {
    format!("---\ntitle: A guide\nvariants: account\n---\n\n{body}\n")
}

fn front(lines: &str) -> String {
    format!("---\ntitle: A page\n{lines}\n---\n\nText.\n")
}

const A: &str = "content/a.md";

fn mistakes() -> Vec<Mistake> {
    use Code::*;
    vec![
        mistake("site.yaml", "title: [\n", ConfigSyntax, "site.yaml:", ""),
        mistake("site.yaml", format!("{SETTINGS}langauge: en\n"), ConfigUnknownKey, "site.yaml:10:1", "language"),
        mistake("site.yaml", "title: Guides\n", ConfigMissing, "site.yaml", "url"),
        mistake("site.yaml", format!("{SETTINGS}html: maybe\n"), ConfigValue, "site.yaml:10:", "escape"),
        mistake(A, "", FrontMissing, A, "title"),
        mistake(A, "Text only.\n", FrontMissing, "content/a.md:1:1", "title"),
        mistake(A, "---\ndescription: No title\n---\n\nText.\n", FrontMissing, A, "title"),
        mistake(A, front("titel: x"), FrontUnknownKey, "content/a.md:3:1", "title"),
        mistake(A, "---\ntitle: Step 2: close\n---\n\nText.\n", FrontSyntax, "content/a.md:2:", "\"Step 2: close\""),
        mistake(A, "---\ntitle: 2026\n---\n\nText.\n", FrontValue, "content/a.md:2:", "\"2026\""),
        mistake(A, front("updated: 2026-02-30"), FrontValue, "content/a.md:3:", ""),
        mistake(A, front(&format!("extra: {}", "[".repeat(200_000))), FrontTooLarge, A, ""),
        mistake(A, front("variants: acount"), FrontUnknownGroup, "content/a.md:3:", "account"),
        mistake(A, front("variants: {group: account, only: [clint]}"), FrontUnknownOption, "content/a.md:3:", "client"),
        mistake(A, front("updated: 2026-08-03"), FrontFuture, "content/a.md:3:10", "2026-08-01"),
        mistake(A, page(&format!("{} deep", "> ".repeat(50_000))), TextTooDeep, "content/a.md:5:", ""),
        mistake(A, page("# Another title"), TextSecondTitle, "content/a.md:5:1", "##"),
        mistake(A, page("## Two\n\n#### Four"), TextSkippedLevel, "content/a.md:7:1", "###"),
        mistake(A, page("![](https://example.org/a.png)"), TextNoAlt, "content/a.md:5:1", ""),
        mistake(A, page("[x](java&#115;cript:alert(1))"), TextUnsafeUrl, "content/a.md:5:", ""),
        mistake(A, page("## Q <!-- faq -->\n\n### Empty?\n\n### Full?\n\nx"), TextNoAnswer, "content/a.md:7:1", ""),
        mistake(A, page("> [!HINT]\n> Text."), TextAlert, "content/a.md:5:3", "[!TIP]"),
        mistake(A, page("Text.\n\n<!-- note --\n\n## Important"), TextOpenComment, "content/a.md:7:1", "-->"),
        mistake(A, page("[a]()"), LinkEmpty, "content/a.md:5:1", ""),
        mistake(A, guide("Text <!-- fro: client -->"), DirectiveTypo, "content/a.md:6:", "for"),
        mistake(A, guide("<!-- for: client --> Text"), DirectivePlace, "content/a.md:6:1", "Text <!-- for: client -->"),
        mistake(A, guide("Text <!-- for: frelancer -->"), DirectiveUnknownOption, "content/a.md:6:", "freelancer"),
        mistake(A, guide("<!-- for: client -->\n\nText"), DirectiveUnbalanced, "content/a.md:6:1", "/for"),
        mistake(
            A,
            guide("| a | b |\n| --- | --- |\n| c | d | <!-- for: client -->"),
            DirectiveDropped,
            "content/a.md:8:",
            "d <!-- for: client --> |",
        ),
        mistake(
            A,
            guide("## H <!-- for: client -->\n\nLost. <!-- for: not client -->\n\nText."),
            DirectiveForNobody,
            "content/a.md:8:7",
            "within `<!-- for: client -->`",
        ),
        mistake(A, page("Text <!-- for: client -->"), DirectiveNoVariants, "content/a.md:5:", "variants"),
        mistake(A, page("## Do it <!-- steps -->\n\nText."), DirectiveEmpty, "content/a.md:5:", ""),
        mistake(A, page("Text <!-- expires: soon -->"), DirectiveValue, "content/a.md:5:", ""),
        mistake(A, page("Text <!-- expires: 2026-07-31 -->"), ExpiresPast, "content/a.md:5:", ""),
        mistake(A, page("Hello {{ sitt.title }}"), VariableUndefined, "content/a.md:5:", ""),
        mistake(A, page("## One {#x}\n\n## Two {#x}"), AnchorDuplicate, "content/a.md:7:", "x"),
        mistake(A, guide("## Do it <!-- steps --> <!-- for: client -->\n\n1. Once"), VariantNoSteps, A, "freelancer"),
        mistake(A, page("[x](_s/none.md) <!-- include -->"), IncludeMissing, "content/a.md:5:", "none.md"),
        mistake("content/_s/b.md", "[x](b.md) <!-- include -->\n", IncludeCycle, "content/_s/b.md:1:", ""),
        mistake(
            A,
            guide("See [it].\n\n<!-- for: client -->\n\n[it]: https://example.org/\n\n<!-- /for -->"),
            LinkOthersAddress,
            "content/a.md:6:5",
            "[it](https://example.org/)",
        ),
        mistake(
            A,
            page(&"[x](_s/b.md) <!-- include -->\n\n".repeat(5001)),
            IncludeTooMuch,
            "content/a.md:10005:1",
            "5000",
        ),
        mistake(A, page("[x](hom.md)"), LinkMissingPage, "content/a.md:5:", "home.md"),
        mistake(A, page("[x](home.md#secton)"), LinkMissingAnchor, "content/a.md:5:", "section"),
        mistake(A, page("[x](_s/b.md)"), LinkToSnippet, "content/a.md:5:", "include"),
        mistake(A, page("![x](gone.png)"), ImageMissing, "content/a.md:5:", "gone.png"),
        mistake("content/home/index.md", page("Text."), UrlCollision, "content/home", "content/home.md"),
        mistake("content/HOME.md", page("Text."), UrlCase, "content/", "content/home.md"),
        mistake(
            "site.yaml",
            format!("{SETTINGS}headers: {{/a/: {{A: b}}}}\n"),
            HostNoHeaders,
            "site.yaml:10:11",
            "name the host",
        ),
        mistake("static/nginx.conf", "# mine\n", HostOwnFile, "static/nginx.conf", "redirects:"),
        mistake("static/film.mp4", "x".repeat(26_300_000), HostLimit, "static/film.mp4", "takes files of 25 MiB"),
        mistake("templates/page.html", "{% if %}", TemplateSyntax, "templates/page.html:1:", ""),
        mistake(
            "templates/page.html",
            "{% include \"gone.html\" %}",
            TemplateMissing,
            "templates/page.html",
            "gone.html",
        ),
        mistake(
            "templates/page.html",
            "\n{{ nothing.here }}",
            TemplateRender,
            "templates/page.html:2:",
            "content/a.md",
        ),
    ]
}

fn site() -> Site {
    let site = Site::empty();
    site.write("site.yaml", SETTINGS)
        .write("content/index.md", "---\ntitle: Home\n---\n\nWelcome.\n")
        .write("content/home.md", "---\ntitle: First page\n---\n\n## Section\n\nText.\n")
        .write("content/_s/b.md", "A snippet.\n")
        .write("content/a.md", "---\ntitle: A page\ntype: page\n---\n\n[The snippet](_s/b.md) <!-- include -->\n");
    site
}

#[test]
fn the_site_without_a_mistake_has_none() {
    site().run(["build", "--strict"]).ok().has("a/index.html", "A snippet.");
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let mut problems = Vec::new();
    for mistake in mistakes() {
        let site = site();
        site.write(mistake.file, &mistake.text);
        let run = site.run(["build", "--strict"]);
        for part in [mistake.code.id(), mistake.place, mistake.says] {
            if !run.stderr().contains(part) {
                problems.push(format!("{}: no `{part}` in {run}", mistake.code.id()));
            }
        }
        if !run.failed() || run.stderr().contains("panicked") {
            problems.push(format!("{}: not an orderly failure: {run}", mistake.code.id()));
        }
        let weighs_less = mistake.code.weight() == Weight::Adjustable(Severity::Warn);
        if weighs_less && site.run(["build"]).failed() {
            problems.push(format!("{}: a warning fails the build without --strict", mistake.code.id()));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn all_mistakes_are_reported_in_one_run_and_each_once() {
    let site = site();
    site.write("content/b.md", "---\ntitle: B\ntitel: x\n---\n\n[x](gone.md)\n\n![y](gone.png)\n")
        .write("content/c.md", guide("Shared [x](gone.md)\n\n## Steps <!-- steps -->\n\n1. One"));
    let run = site.run(["build"]);
    run.fails(1).says("front/unknown-key").says("content/b.md:6:").says("image/missing").says("content/c.md:6:");
    assert_eq!(run.stderr().matches("content/c.md:6:").count(), 1, "once, though three pages meet it: {run}");
}

#[test]
fn text_that_is_not_utf8_is_named() {
    let site = site();
    site.write(A, b"---\ntitle: A page\n---\n\nStra\xDFe\n");
    site.run(["build"]).fails(1).says("read/not-utf8").says("content/a.md:5:5").says("iconv");
}

#[test]
fn byte_order_marks_and_line_ends_of_windows_are_welcome() {
    let site = site();
    site.write(A, "\u{feff}---\r\ntitle: A page\r\ntype: page\r\n---\r\n\r\n## Part\r\n\r\nOne\r\ntwo.\r\n");
    site.run(["build", "--strict"]).ok().has("a/index.html", "A page").has("a/index.html", "id=\"part\"");
    site.write(A, "\u{feff}---\r\ntitle: A page\r\ntitel: x\r\n---\r\n\r\nText\r\n");
    site.run(["build"]).fails(1).says("content/a.md:3:1");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_not_followed() {
    let site = site();
    let secret = site.root().join("../home/secret.md");
    std::fs::write(&secret, "---\ntitle: Secret\n---\n").expect("the temporary folder can be written");
    std::os::unix::fs::symlink(&secret, site.root().join("content/stolen.md")).expect("links can be made");
    site.run(["build"]).fails(1).says("read/escapes").says("content/stolen.md");
}

#[test]
fn a_template_that_is_wrong_hides_no_mistake_of_a_page() {
    let site = site();
    site.write("content/broken.md", "---\ntitle: Broken\n---\n\n[x](nowhere.md)\n");
    for template in ["{% if x %}", "{{ missing.x }}"] {
        site.write("templates/guide.html", template);
        for command in ["check", "build"] {
            let run = site.run([command]);
            run.fails(1).says("templates/guide.html:1:").says("error[link/missing-page]").says("content/broken.md:5:");
        }
    }
}

/// The engine stops at the first parent that is missing, and says the rest in one text.
#[test]
fn everything_that_templates_name_wrongly_is_said_in_one_run() {
    let site = site();
    site.write("templates/page.html", "{% extends \"bsae.html\" %}")
        .write(
            "templates/guide.html",
            "{% extends \"base.html\" %}\n{% block mian %}é {{ <alrt kind=\"note\"/> }}{% endblock %}",
        )
        .write(
            "templates/404.html",
            "{% include \"partials/heder.html\" %}\n{{ site.title | uper }} {{ aset(path=\"/x\") }}",
        )
        .write("templates/section.html", "{% if %}")
        .write("templates/faq.html", "{% extends \"section.html\" %}{% block main %}{% endblock %}");
    let run = site.run(["check"]);
    assert!(run.failed());
    let expected = [
        ("templates/page.html:1:13", "bsae.html", "did you mean `base.html`?"),
        ("templates/guide.html:2:23", "alrt", "did you mean `alert`?"),
        ("templates/404.html:1:12", "partials/heder.html", "did you mean `partials/header.html`?"),
        ("templates/404.html:2:17", "uper", "listed in `templates`"),
        ("templates/404.html:2:28", "aset", "listed in `templates`"),
        ("templates/section.html:1:", "error[template/syntax]", "Tera 2"),
    ];
    for (place, what, help) in expected {
        let found = run.stderr().split("\n\n").find(|note| note.contains(place));
        assert!(found.is_some_and(|note| note.contains(what) && note.contains(help)), "{place}: {}", run.stderr());
    }
    assert!(!run.stderr().contains("templates/faq.html"), "{}", run.stderr());
    site.write("templates/section.html", "").write("templates/page.html", "").write("templates/faq.html", "");
    let run = site.run(["check"]);
    assert!(run.stderr().contains("did you mean `main`?"), "{}", run.stderr());
}
