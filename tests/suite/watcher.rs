//! The ways in which files are saved, moved and replaced → one correct preview each.

use crate::harness::{Site, TODAY, say, tree};
use crate::preview::Preview;
use std::fs;
use std::path::Path;
use std::process::Command;

/// How often each way of saving is tried; `GUIDEPOST_SAVES=100 cargo test watcher` tries each a hundred times.
const SAVES: usize = 4;

fn page(text: &str) -> String {
    format!("---\ntitle: Page\n---\n\n{text}\n")
}

fn saves() -> usize {
    std::env::var("GUIDEPOST_SAVES").ok().and_then(|saves| saves.parse().ok()).unwrap_or(SAVES)
}

fn site() -> Site {
    let site = Site::new();
    site.write("content/index.md", page("Home.")).write("content/section/page.md", page("At first."));
    site
}

/// A way of saving: the file, and its new text.
type Way = (&'static str, fn(&Path, &str));

const WAYS: [Way; 7] = [
    ("in place", |file, text| fs::write(file, text).expect("a test may do that")),
    ("vim", |file, text| {
        let folder = file.parent().expect("a test may do that");
        fs::write(folder.join("4913"), "").expect("a test may do that");
        fs::remove_file(folder.join("4913")).expect("a test may do that");
        let backup = folder.join("page.md~");
        fs::rename(file, &backup).expect("a test may do that");
        fs::write(file, text).expect("a test may do that");
        fs::remove_file(backup).expect("a test may do that");
    }),
    ("emacs", |file, text| {
        let folder = file.parent().expect("a test may do that");
        fs::write(folder.join("#page.md#"), text).expect("a test may do that");
        std::os::unix::fs::symlink("me@host.1:2", folder.join(".#page.md")).expect("a test may do that");
        fs::rename(file, folder.join("page.md~")).expect("a test may do that");
        fs::write(file, text).expect("a test may do that");
        fs::remove_file(folder.join(".#page.md")).expect("a test may do that");
        fs::remove_file(folder.join("#page.md#")).expect("a test may do that");
    }),
    ("JetBrains", |file, text| {
        let folder = file.parent().expect("a test may do that");
        let (new, old) = (folder.join("page.md___jb_tmp___"), folder.join("page.md___jb_old___"));
        fs::write(&new, text).expect("a test may do that");
        fs::rename(file, &old).expect("a test may do that");
        fs::rename(&new, file).expect("a test may do that");
        fs::remove_file(old).expect("a test may do that");
    }),
    ("sed -i", |file, text| {
        let last = text.trim_end().lines().last().expect("a test may do that");
        let done =
            Command::new("sed").arg("-i").arg(format!("$s/.*/{last}/")).arg(file).status().expect("a test may do that");
        assert!(done.success());
    }),
    ("mv", |file, text| {
        let new = file
            .parent()
            .expect("a test may do that")
            .parent()
            .expect("a test may do that")
            .parent()
            .expect("a test may do that")
            .join("outside.md");
        fs::write(&new, text).expect("a test may do that");
        assert!(Command::new("mv").arg(&new).arg(file).status().expect("a test may do that").success());
    }),
    ("cp", |file, text| {
        let new = file
            .parent()
            .expect("a test may do that")
            .parent()
            .expect("a test may do that")
            .parent()
            .expect("a test may do that")
            .join("outside.md");
        fs::write(&new, text).expect("a test may do that");
        assert!(Command::new("cp").arg(&new).arg(file).status().expect("a test may do that").success());
    }),
];

#[test]
fn every_way_of_saving_is_seen() {
    let site = site();
    let preview = Preview::of(&site, &[]);
    let file = site.root().join("content/section/page.md");
    for round in 0..saves() {
        for (way, save) in WAYS {
            let text = format!("Saved by {way} in round {round}.");
            save(&file, &page(&text));
            preview.shows("section/page/", &text);
        }
    }
    assert!(!preview.said().contains("error"), "{}", preview.said());
    preview.until("section/4913", |reply| reply.status == 404);
}

#[test]
fn every_way_of_saving_is_seen_when_polling() {
    let site = site();
    let preview = Preview::of(&site, &["--poll=20"]);
    let file = site.root().join("content/section/page.md");
    for (way, save) in WAYS {
        let text = format!("Saved by {way}.");
        save(&file, &page(&text));
        preview.shows("section/page/", &text);
    }
}

#[test]
fn folders_come_go_and_move() {
    let site = site();
    let preview = Preview::of(&site, &[]);
    for round in 0..saves() {
        let folder = format!("content/made-{round}/deep/deeper");
        for number in 0..30 {
            site.write(&format!("{folder}/{number}.md"), page(&format!("Number {number}.")));
        }
        for number in [0, 13, 29] {
            preview.shows(&format!("made-{round}/deep/deeper/{number}/"), &format!("Number {number}."));
        }
        let (from, to) =
            (site.root().join(format!("content/made-{round}")), site.root().join(format!("content/moved-{round}")));
        fs::rename(&from, &to).expect("a test may do that");
        preview.shows(&format!("moved-{round}/deep/deeper/29/"), "Number 29.");
        preview.until(&format!("made-{round}/deep/deeper/29/"), |reply| reply.status == 404);
        site.write(&format!("content/moved-{round}/deep/deeper/29.md"), page("Edited after the move."));
        preview.shows(&format!("moved-{round}/deep/deeper/29/"), "Edited after the move.");
    }
}

#[test]
fn the_content_folder_may_be_another_one() {
    let site = site();
    let preview = Preview::of(&site, &[]);
    let content = site.root().join("content");
    fs::rename(&content, site.root().join("old")).expect("a test may do that");
    site.write("content/index.md", page("Home.")).write("content/section/page.md", page("In another folder."));
    preview.shows("section/page/", "In another folder.");
    site.write("content/section/page.md", page("And edited."));
    preview.shows("section/page/", "And edited.");
    site.write("templates/partials/colophon.html", "<p>A folder that was not there.</p>\n");
    preview.shows("section/page/", "A folder that was not there.");
}

#[test]
fn links_are_followed_to_what_they_show() {
    let site = Site::new();
    site.write("texts/index.md", page("Home.")).write("texts/page.md", page("At first."));
    site.write("shared/note.md", page("A note."));
    std::os::unix::fs::symlink("texts", site.root().join("content")).expect("a test may do that");
    std::os::unix::fs::symlink("../shared/note.md", site.root().join("texts/note.md")).expect("a test may do that");
    let preview = Preview::of(&site, &[]);
    site.write("texts/page.md", page("Edited."));
    preview.shows("page/", "Edited.");
    site.write("shared/note.md", page("Another note."));
    preview.shows("note/", "Another note.");
}

#[test]
fn a_checkout_of_many_files_is_one_update() {
    let site = site();
    for number in 0..500 {
        site.write(&format!("content/many/{number}.md"), page("Old."));
    }
    let preview = Preview::of(&site, &[]);
    for number in 0..500 {
        site.write(&format!("content/many/{number}.md"), page(&format!("New {number}.")));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    for number in [0, 250, 499] {
        preview.shows(&format!("many/{number}/"), &format!("New {number}."));
    }
    let updates = preview.said().lines().filter(|line| line.contains(" → ")).count();
    assert!(updates <= 4, "{updates} updates\n{}", preview.said());
}

/// A preview for which the system watches no more than so many folders (`watches`) in so many ways (`instances`); `None`,
/// with one line, where no such limit can be set. It holds for a namespace of its own, and for nobody else.
fn limited(site: &Site, watches: u32, instances: u32) -> Option<Preview> {
    let own = site.command("");
    let limits = format!(
        "echo {watches} > /proc/sys/user/max_inotify_watches && echo {instances} > /proc/sys/user/max_inotify_instances"
    );
    let within = |then: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", &format!("{limits} && {then}")]);
        command
    };
    let is_possible = within("true").output().is_ok_and(|output| output.status.success());
    if !is_possible {
        let required = std::env::var("GUIDEPOST_REQUIRE").unwrap_or_default();
        let required = required.split(',').any(|one| one.trim() == "unshare");
        assert!(!required, "GUIDEPOST_REQUIRE names unshare, and no user namespace can be made");
        say(format_args!("skipped: the limits of inotify are not met (`unshare --user` makes no namespace here)"));
        return None;
    }
    let mut command = within("exec \"$0\" \"$@\"");
    command.arg(own.get_program()).args(["serve", "--port", "0", "--as-of", TODAY]);
    command.current_dir(site.root()).env("NO_COLOR", "1");
    Some(Preview::started(command))
}

#[test]
fn where_the_system_watches_no_more_the_files_are_looked_at() {
    for (watches, instances) in [(2, 100), (100, 0)] {
        let site = site();
        let Some(preview) = limited(&site, watches, instances) else { return };
        site.write("content/section/page.md", page("Edited."));
        preview.shows("section/page/", "Edited.");
        site.write("content/new/deep/page.md", page("In a new folder."));
        preview.shows("new/deep/page/", "In a new folder.");
        site.remove("content/new/deep/page.md");
        preview.until("new/deep/page/", |reply| reply.status == 404);
        assert_eq!(preview.said().matches("limit of watched folders").count(), 1, "{}", preview.said());
    }
}

#[test]
fn the_limit_may_be_met_while_the_preview_runs() {
    let site = site();
    let Some(preview) = limited(&site, 8, 100) else { return };
    preview.shows("section/page/", "At first.");
    assert!(!preview.said().contains("limit of watched folders"), "{}", preview.said());
    for number in 0..20 {
        site.write(&format!("content/made-{number}/page.md"), page("At first."));
    }
    for number in 0..20 {
        preview.shows(&format!("made-{number}/page/"), "At first.");
        site.write(&format!("content/made-{number}/page.md"), page(&format!("Edited {number}.")));
        preview.shows(&format!("made-{number}/page/"), &format!("Edited {number}."));
    }
    assert_eq!(preview.said().matches("limit of watched folders").count(), 1, "{}", preview.said());
}

/// Takes minutes: `cargo test --release watcher -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn what_the_system_could_not_report_is_found() {
    let site = site();
    for number in 0..6000 {
        site.write(&format!("content/many/{}/{number}.md", number % 20), page("Old."));
    }
    let preview = Preview::of(&site, &[]);
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &preview.process()]).status().expect("a test may do that").success());
    };
    for round in 0..20 {
        signal("-STOP");
        for number in 0..6000 {
            let folder = format!("content/many/{}", number % 20);
            site.write(&format!("{folder}/{number}.md.tmp"), page(&format!("Round {round}, number {number}.")));
            let (from, to) = (format!("{folder}/{number}.md.tmp"), format!("{folder}/{number}.md"));
            fs::rename(site.root().join(from), site.root().join(to)).expect("a test may do that");
        }
        signal("-CONT");
        site.write("content/section/page.md", page(&format!("After round {round}.")));
        preview.shows("section/page/", &format!("After round {round}."));
        let built = site.run(["build", "--out", "../built"]);
        for (name, bytes) in tree(built.ok().out()).iter().filter(|(name, _)| !name.starts_with(".guidepost")) {
            let path = name.strip_suffix("index.html").unwrap_or(name);
            preview.until(path, |reply| reply.built() == *bytes);
        }
    }
}
