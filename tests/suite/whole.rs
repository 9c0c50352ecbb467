//! Mistakes of the site as a whole → what is said of them, and what stays published.

use crate::harness::{ACCOUNTS, Site, tree};

#[test]
fn a_build_without_pages_removes_nothing() {
    let site = Site::guides();
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

/// What `check` and `build` say of a site with one more file; both have to say the same and fail in good order.
fn said(file: &str, text: &str) -> String {
    let site = Site::guides();
    site.write("content/p.md", "---\ntitle: P\n---\n\nText.\n").write(file, text);
    let (check, build) = (site.run(["check"]), site.run(["build"]));
    check.fails(1);
    build.fails(1);
    let notes = |run: &str| run.split("\n\n").filter(|note| note.starts_with("error[")).map(str::to_owned).collect();
    let (checked, built): (Vec<String>, Vec<String>) = (notes(check.stderr()), notes(build.stderr()));
    assert_eq!(checked, built, "{file}: {text}");
    checked.join("\n\n")
}

fn page(front: &str) -> String {
    format!("---\ntitle: X\n{front}\n---\n\nText.\n")
}

fn settings(more: &str) -> String {
    format!("{ACCOUNTS}{more}\n")
}

#[test]
fn whatever_asks_for_the_file_of_another_is_named_with_both_places() {
    for (file, text, parts) in [
        ("content/x.md", page("aliases: [/g/index.html]"), ["content/x.md:3:11", "content/g.md:2:8"]),
        ("content/x.md", page("aliases: [/index.html]"), ["content/x.md:3:11", "content/index.md:2:8"]),
        ("content/x.md", page("aliases: [/x/index.html]"), ["content/x.md:3:11", "content/x.md:2:8"]),
        ("content/x.md", page("aliases: [/g/client/index.html]"), ["content/x.md:3:11", "content/g.md:2:8"]),
        ("site.yaml", settings("redirects: {/index.html: /p/}"), ["site.yaml:10:13", "content/index.md:2:8"]),
        ("site.yaml", settings("redirects: {/: /p/}"), ["site.yaml:10:13", "content/index.md:2:8"]),
        ("static/g/index.html", "x".into(), ["static/g/index.html", "content/g.md:2:8"]),
        ("content/g/index.html", "x".into(), ["content/g/index.html", "content/g.md:2:8"]),
        ("static/index.html", "x".into(), ["static/index.html", "content/index.md:2:8"]),
    ] {
        let said = said(file, &text);
        let whole = said.starts_with("error[url/collision]") && parts.iter().all(|part| said.contains(part));
        assert!(whole && said.matches("error[").count() == 1, "{file}: {text}\n{said}");
    }
    let said = said("static/a-z", "x");
    assert!(said.starts_with("error[url/collision]") && said.contains("static/a-z"), "{said}");
}

#[test]
fn a_file_of_ones_own_takes_the_place_of_a_list() {
    let site = Site::guides();
    site.write("static/a-z/index.html", "mine")
        .write("content/x.md", "---\ntitle: X\n---\n\n[all](/a-z/), [all](/a-z/index.html)\n");
    let run = site.run(["build", "--strict"]);
    run.ok().has("a-z/index.html", "mine").has("index.html", "href=\"/a-z/\"").lacks("x/index.html", "broken");
}

#[test]
fn addresses_that_no_file_can_have_are_refused() {
    for alias in ["/old\\\\win", "/.guidepost-manifest", "/x/../../y", "/a%2Fb", "/..", "/a:b", "/a*", "/%ff", "/a%00"]
    {
        let said = said("content/x.md", &page(&format!("aliases: [\"{alias}\"]")));
        let whole = said.starts_with("error[url/name]") && said.contains("content/x.md:3:11");
        assert!(whole && said.matches("error[").count() == 1, "{alias}\n{said}");
    }
    let said_of_redirect = said("site.yaml", &settings("redirects: {/a/../b: /p/}"));
    assert!(said_of_redirect.contains("error[url/name]") && said_of_redirect.contains("site.yaml:10:13"));
    for (file, place) in [
        ("content/ .md", "content/ .md"),
        ("content/s/ .md", "content/s/ .md"),
        ("content/ /x.md", "content/ "),
        ("content/a:b/x.md", "content/a:b"),
        ("static/a:b.txt", "static/a:b.txt"),
        ("content/a:b.png", "content/a:b.png"),
    ] {
        let said = said(file, &page(""));
        let whole = said.starts_with("error[url/name]") && said.contains(place);
        assert!(whole && said.matches("error[").count() == 1, "{file}\n{said}");
    }
    let said = said("static/A-Z/index.html", "x");
    assert!(said.starts_with("error[url/case]") && said.contains("static/A-Z/index.html"), "{said}");
}

#[test]
fn two_that_collide_are_told_what_they_are() {
    for (file, text, place, part) in [
        ("content/g/company/index.md", page(""), "site.yaml:9:", "take the former address away: a page is there now"),
        ("content/x.md", page("aliases: [/old/, /old/index.html]"), "content/x.md:3:18", "delete one of the two"),
        ("content/x.md", page("aliases: [\"//evil\"]"), "content/x.md:3:11", "starts with two `/`"),
    ] {
        let site = Site::guides();
        site.write("site.yaml", ACCOUNTS.replace("title: A}", "title: A, aliases: [company]}")).write(file, text);
        site.run(["check"]).fails(1).says(place).says(part);
    }
    let site = Site::guides();
    site.write("static/robots.txt", "x").write("content/robots.txt", "y");
    site.run(["check"]).fails(1).says("delete or rename one of the two").is_silent_about("slug");
}

#[test]
fn what_leads_to_this_site_has_its_base_path() {
    let site = Site::guides();
    let contact = settings("contact: {label: Help, url: \"/g/client/?a=b#do-it\"}");
    site.write("site.yaml", &contact).write("static/f.pdf", "x").write("static/logo.svg", "<svg/>");
    let sources = "sources: [/g/, {title: T, url: /f.pdf}, \"https://x.org/\"]";
    let picture = "<picture><source srcset=\"/logo.svg 2x, /logo.svg\" /><img src=\"/logo.svg\" alt=\"L\" /></picture>";
    site.write("content/x.md", format!("---\ntitle: X\n{sources}\n---\n\n{picture}\n"));
    let run = site.run(["build", "--strict", "--base-url", "https://example.org/a/b"]);
    run.ok().has("index.html", "href=\"/a/b/g/client/?a=b#do-it\"").has("x/index.html", "href=\"/a/b/g/\">");
    run.has("x/index.html", "href=\"/a/b/f.pdf\">T<").has("x/index.html", "href=\"https://x.org/\"");
    run.has("x/index.html", "srcset=\"/a/b/logo.svg 2x, /a/b/logo.svg\"");
    site.write("content/x.md", "---\ntitle: X\nsources: [g.dm]\n---\n\n<img srcset=\"/gone.svg 2x\" alt=\"\" />\n");
    site.run(["check"]).fails(1).says("content/x.md:3:11").says("g.md").says("image/missing");
}

#[test]
fn a_folder_that_was_cleaned_is_still_ours() {
    let site = Site::guides();
    site.run(["build"]).ok();
    site.write("public/own.txt", "x");
    site.run(["clean"]).ok();
    site.run(["clean"]).ok();
    let kept = tree(&site.root().join("public"));
    assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), [".guidepost-manifest", "own.txt"]);
    site.run(["build"]).ok().has("own.txt", "x").has("index.html", "Hello.");
    site.run(["clean"]).ok();
    site.remove("public/own.txt").run(["clean"]).ok();
    assert!(!site.root().join("public").exists(), "an empty folder is gone");
}

#[test]
fn an_escaped_control_character_is_an_error() {
    for (file, text, place) in [
        ("content/x.md", "---\ntitle: \"P\\x07\"\nupdated: 2026-01-01\n---\n\nText.\n".to_owned(), "content/x.md:2:8"),
        ("content/x.md", page("extra: {a: [\"\\a\"]}"), "content/x.md:3:13"),
        ("content/x.md", page("tags: [\"\\u2028\"]"), "content/x.md:3:8"),
        ("site.yaml", settings("description: \"a\\0b\""), "site.yaml:10:14"),
    ] {
        let said = said(file, &text);
        assert!(said.contains("/syntax]") && said.contains(place) && said.contains("U+"), "{text}\n{said}");
    }
    let site = Site::guides();
    site.write("content/x.md", page("description: \"a \\\"quote\\\", a \\\\ and a\\ttab\"")).run(["check"]).ok();
}

#[test]
fn settings_that_lead_nowhere_are_named() {
    for (more, code, place, help) in [
        ("logo: lgo.svg", "image/missing", "site.yaml:10:7", "logo.svg"),
        ("contact: {label: Help, url: /nowhere/}", "link/missing-page", "site.yaml:10:29", "the address of a page"),
        ("contact: {label: Help, url: /pp/}", "link/missing-page", "site.yaml:10:29", "did you mean `/p/`?"),
        ("contact: {label: Help, url: /p.md}", "link/missing-page", "site.yaml:10:29", "`/p/`"),
        ("contact: {label: Help, url: \"/p/#par\"}", "link/missing-anchor", "site.yaml:10:29", "did you mean `#part`?"),
        ("redirects: {/old/: /nowhere/}", "link/missing-page", "site.yaml:10:13", "the address of a page"),
        ("redirects: {/c: /d, /d: /c}", "config/value", "site.yaml:10:13", "by way of this one"),
        ("redirects: {/c: /c/}", "config/value", "site.yaml:10:13", "again and again"),
    ] {
        let site = Site::guides();
        site.write("content/p.md", "---\ntitle: P\n---\n\n## Part\n\nText.\n").write("static/logo.svg", "<svg/>");
        site.write("site.yaml", settings(more));
        let run = site.run(["check"]);
        run.fails(1).says(code).says(place).says(help);
        assert_eq!(run.stderr().matches("error[").count(), 1, "{more}: {run}");
    }
    for more in [
        "logo: logo.svg\ncontact: {label: Help, url: \"/p/#part\"}",
        "contact: {label: Help, url: /logo.svg}\nredirects: {/a: /b/, /b: /p, /c/: \"/g/client/?x#step-1\", /d: /a-z/}",
        "contact: {label: Help, url: /old/}\nredirects: {/old/: \"https://x.org/\"}\nhost: netlify",
    ] {
        let site = Site::guides();
        site.write("content/p.md", "---\ntitle: P\n---\n\n## Part\n\nText.\n").write("static/logo.svg", "<svg/>");
        site.write("site.yaml", settings(more)).run(["check"]).ok();
    }
    let site = Site::guides();
    site.write("site.yaml", settings("contact: {label: Help, url: /b/g/}"));
    site.run(["check", "--base-url", "https://example.org/b/"]).fails(1).says("write `/g/`");
}

#[test]
fn related_pages_are_other_pages_of_the_site() {
    for (related, says) in [
        ("\"https://x.org/\"", "is on another site"),
        ("x.md", "not related to itself"),
        ("/g/", "write `g.md`"),
        ("f.pdf", "is not the file of a page"),
        ("s/", "write `s/index.md`"),
    ] {
        let site = Site::guides();
        site.write("content/f.pdf", "x").write("content/s/index.md", page("order: 1"));
        site.write("content/x.md", page(&format!("related: [{related}]")));
        site.run(["check"]).fails(1).says("front/value").says("content/x.md:3:11").says(says);
    }
    let site = Site::guides();
    site.write("content/x.md", page("related: [g.md, s/index.md]")).write("content/s/index.md", page("order: 1"));
    site.run(["build"]).ok().has("x/index.html", "href=\"/g/\"").has("x/index.html", "href=\"/s/\"");
}

#[test]
fn a_draft_section_is_nowhere() {
    let site = Site::guides();
    site.write("content/sec/index.md", page("draft: true"))
        .write("content/sec/a.md", page("featured: true"))
        .write("content/sec/b/c.md", page("featured: true"))
        .write("content/sec/b/c.png", "x");
    let run = site.run(["build"]);
    run.ok().says("its section is a draft");
    assert!(run.files().iter().all(|file| !file.contains("sec")), "{:?}", run.files());
    run.lacks("index.html", "/sec/").lacks("a-z/index.html", "/sec/");
    site.run(["build", "--drafts"]).ok().has("sec/b/c/index.html", "Text.").has("sec/b/c.png", "x");
    for link in ["sec/index.md", "sec/", "/sec/", "sec/a.md", "/sec/a/"] {
        site.write("content/x.md", format!("---\ntitle: X\n---\n\n[link]({link})\n"));
        site.run(["check"]).fails(1).says("link/to-draft").says("content/x.md:5:8");
    }
}

#[test]
fn what_was_done_was_not_done_tomorrow() {
    let site = Site::guides();
    for (front, place) in [
        ("verified: 2030-01-01", "content/x.md:3:11"),
        ("updated: 2026-08-03", "content/x.md:3:10"),
        ("variants: account\nverified: {client: 2030-01-01}", "content/x.md:4:12"),
    ] {
        site.write("content/x.md", format!("---\ntitle: X\n{front}\n---\n\nText.\n"));
        site.run(["build"]).ok().says("front/future").says(place);
        site.run(["build", "--as-of", "2030-01-01"]).ok().is_silent_about("front/future");
        site.run(["build"]).ok().says("front/future");
    }
    // It is tomorrow somewhere.
    site.write("content/x.md", page("updated: 2026-08-02")).run(["build"]).ok().is_silent_about("front/future");
}

#[test]
fn only_nobody_is_nobody() {
    let said = said("content/x.md", &page("variants: {group: account, only: []}"));
    assert!(said.starts_with("error[front/value]") && said.contains("content/x.md:3:34"), "{said}");
}

#[test]
fn settings_are_used_by_whatever_asks_for_them() {
    let site = Site::guides();
    let run = site.run(["why", "site.yaml"]);
    assert!(run.stdout().contains("/g/") && !run.stdout().contains("no output"), "{run}");
}

#[test]
fn a_secret_is_found_where_it_stands_and_not_shown() {
    let site = Site::guides();
    site.write("site.yaml", settings("publish:\n  web: {to: git, remote: 'https://someone:hunter2@e.org/a.git'}"));
    site.run(["check"]).fails(1).says("--> site.yaml:11:26").is_silent_about("hunter2").is_silent_about("line 11");
    let run = site.run(["check", "--format", "json"]);
    run.fails(1);
    assert!(run.stdout().contains("\"line\":11,\"column\":26") && !run.stdout().contains("hunter2"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_preview_hears_of_a_link_in_a_circle() {
    use crate::preview::{PATIENCE, Preview};
    let site = Site::guides();
    let preview = Preview::of(&site, &[]);
    std::os::unix::fs::symlink("loop", site.root().join("content/loop")).expect("links can be made");
    let start = std::time::Instant::now();
    while !preview.said().contains("content/loop") {
        assert!(start.elapsed() < PATIENCE, "nothing was said: {}", preview.said());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
