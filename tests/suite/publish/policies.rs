//! A site that should not be published, or not like this → why not, and what to do; nothing is at the target afterwards.

use super::kit;
use crate::harness::{Site, tree};

fn site() -> Site {
    let site = Site::new();
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\npublish:\n  web: {to: folder, path: ../www}\n");
    kit::page(&site, "index", "Home", "Welcome.");
    site
}

fn www(site: &Site) -> Vec<String> {
    tree(&site.root().join("../www")).into_keys().collect()
}

#[test]
fn what_would_mislead_readers_is_not_published() {
    let site = site();
    let nothing = |site: &Site| assert_eq!(www(site), Vec::<String>::new());
    site.run(["publish", "--yes", "--drafts"]).fails(5).says("publish/drafts").says("--drafts");
    site.run(["publish", "--yes", "--base-url", "https://example.org/other/"]).fails(5).says("publish/other-address");
    kit::page(&site, "a", "A", "[Gone](gone.md)");
    site.run(["publish", "--yes"]).fails(1).says("link/missing-page");
    nothing(&site);
    let target = "publish:\n  web: {to: folder, path: ../www}\n";
    site.write(
        "site.yaml",
        format!("title: Guides\nurl: https://example.org/\nlint: {{link/missing-page: warn}}\n{target}"),
    );
    site.run(["publish", "--yes"]).fails(5).says("publish/broken-links").says("content/a.md");
    nothing(&site);
    site.remove("content/a.md");
    site.write("site.yaml", format!("title: Guides\nurl: http://localhost:8000/\n{target}"));
    site.run(["publish", "--yes"]).fails(5).says("publish/loopback");
    nothing(&site);
    site.run(["publish", "--yes", "--allow-loopback"]).ok();
    site.run(["publish", "--yes", "--base-url", "http://localhost:8000", "--allow-loopback"]).ok();
}

#[test]
fn a_target_may_have_an_address_of_its_own() {
    let site = site();
    site.write(
        "site.yaml",
        "title: G\nurl: https://example.org/\npublish:\n  web: {to: folder, path: ../www, url: 'https://beta.example.org/x/'}\n",
    );
    site.run(["publish", "--yes"]).ok().says("Published https://beta.example.org/x/");
    let sitemap = std::fs::read_to_string(site.root().join("../www/sitemap.xml")).expect("it was published");
    assert!(sitemap.contains("https://beta.example.org/x/"), "{sitemap}");
}

#[test]
fn a_site_does_not_shrink_by_mistake() {
    let site = site();
    for number in 0..30 {
        kit::page(&site, &format!("p{number}"), &format!("Page {number}"), "Text.");
    }
    site.run(["publish", "--yes"]).ok();
    let before = www(&site);
    for number in 0..30 {
        site.remove(&format!("content/p{number}.md"));
    }
    let run = site.run(["publish", "--yes"]);
    run.fails(5).says("publish/deletions").says("and 20 is the limit").says("publish/fewer-pages");
    run.says("publish/lost-addresses").says("and 21 more");
    assert_eq!(www(&site), before);
    site.run(["publish", "--yes", "--allow-deletions", "--allow-lost-addresses"]).fails(5).says("publish/fewer-pages");
    site.run(["publish", "--yes", "--allow-deletions", "--allow-fewer-pages"]).fails(5).says("publish/lost-addresses");
    assert_eq!(www(&site), before);
    kit::force(&site).ok();
    assert!(www(&site).len() < 15);
}

#[test]
fn a_page_that_moved_is_recognised() {
    let site = site();
    let text = "Open the settings of your account, and choose a new word that nobody knows. It has at least twelve \
        letters, and you use it nowhere else. All other devices are signed out, and you get a message about it.";
    kit::page(&site, "old", "Change your password", text);
    kit::page(&site, "other", "Delete your picture", "Press the cross beside it.");
    site.run(["publish", "--yes"]).ok();
    site.remove("content/old.md");
    kit::page(&site, "account/new", "Change the password", &text.replace("twelve", "fourteen"));
    let run = site.run(["publish", "--plan"]);
    run.fails(5).says("/old/ (now /account/new/?)").says("`aliases: [/old/]` in content/account/new.md");
    let text = "---\ntitle: Change the password\naliases: [/old/]\ntype: page\n---\n\nOpen the settings.\n";
    site.write("content/account/new.md", text);
    site.run(["publish", "--yes"]).ok();
    // The redirect itself is an address that readers may know.
    site.write("content/account/new.md", text.replace("aliases: [/old/]\n", ""));
    site.run(["publish", "--plan"]).fails(5).says("/old/ (now /account/new/?)");
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let site = site();
    site.run(["publish"]).fails(2).says("`--plan`").says("`--yes`");
    site.run(["publish", "--plan", "--yes"]).fails(2);
    assert_eq!(www(&site), Vec::<String>::new());
}

#[test]
fn the_target_is_named_if_there_are_several() {
    let site = site();
    site.run(["publish", "wbe", "--yes"]).fails(2).says("did you mean `web`?");
    site.write(
        "site.yaml",
        "title: G\nurl: https://example.org/\npublish:\n  web: {to: folder, path: ../www}\n  beta: {to: folder, path: ../beta}\n",
    );
    site.run(["publish", "--yes"]).fails(2).says("name one").says("`web`, `beta`");
    site.run(["publish", "beta", "--yes"]).ok();
    assert_eq!(www(&site), Vec::<String>::new());
    site.write("site.yaml", "title: G\nurl: https://example.org/\n");
    site.run(["publish", "--yes"]).fails(2).says("does not say where").says("to: git");
}

#[test]
fn programs_read_plans_and_outcomes() {
    let site = site();
    let lines = |run: &crate::harness::Run| -> Vec<serde_json::Value> {
        run.stdout().lines().map(|line| serde_json::from_str(line).expect("a line is a JSON object")).collect()
    };
    let plan = lines(site.run(["publish", "--plan", "--format", "json"]).ok());
    assert_eq!(plan[0]["plan"]["target"]["name"], "web");
    assert!(plan[0]["plan"]["changes"].as_array().expect("changes are listed").len() > 3);
    let done = lines(site.run(["publish", "--yes", "--format", "json"]).ok());
    assert_eq!(done[1]["summary"], "published");
    let refused = lines(site.run(["publish", "--yes", "--drafts", "--format", "json"]).fails(5));
    assert_eq!((&refused[0]["summary"], &refused[0]["code"]), (&"refused".into(), &"publish/drafts".into()));
}

#[test]
fn a_state_that_is_not_ours_is_not_believed() {
    let site = site();
    site.run(["publish", "--yes"]).ok();
    let path = site.root().join("../www/.guidepost-release.json");
    let text = std::fs::read_to_string(&path).expect("it was published");
    for (bad, part) in [
        ("{}".to_owned(), "not one of Guidepost's"),
        (text.replace("\"guidepost_release\":1", "\"guidepost_release\":9"), "knows form 1"),
        (text.replace("\"robots.txt\"", "\"../robots.txt\""), "cannot be a file of a site"),
    ] {
        std::fs::write(&path, bad).expect("files can be written");
        site.run(["publish", "--yes"]).fails(2).says(part);
    }
}

#[test]
fn a_target_is_made_ready_for_its_host_and_the_plan_names_its_limits() {
    let site = site();
    let target = "publish:\n  web: {to: folder, path: ../www, host: cloudflare}\n";
    site.write("site.yaml", format!("title: G\nurl: https://example.org/\nredirects: {{/old/: /}}\n{target}"));
    site.run(["publish", "--yes"]).ok();
    assert!(www(&site).contains(&"_redirects".to_owned()) && !www(&site).contains(&"old/index.html".to_owned()));
    site.write("content/film.mp4", vec![0; 26 << 20]);
    let plan = site.run(["publish", "--plan"]);
    plan.ok();
    assert!(plan.stdout().contains("! Cloudflare Pages takes files of"), "{plan}");
    // An address that led elsewhere by a rule is one that readers may know.
    site.remove("content/film.mp4");
    site.write("site.yaml", format!("title: G\nurl: https://example.org/\n{target}"));
    site.run(["publish", "--yes"]).fails(5).says("publish/lost-addresses").says("/old/ (now /?)");
}
