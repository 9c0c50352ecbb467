//! Somebody at a terminal → what they are asked, and what comes of each answer. The terminal is made by util-linux's `script`.

use super::kit;
use crate::harness::{Site, TODAY, tree};
use crate::server;
use std::io::Write;
use std::process::{Command, Stdio};

fn site() -> Site {
    let site = Site::new();
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\npublish:\n  web: {to: folder, path: ../www}\n");
    kit::page(&site, "index", "Home", "Welcome.");
    site
}

fn is_published(site: &Site) -> bool {
    tree(&site.root().join("../www")).contains_key("index.html")
}

/// Publishes at a terminal, types this when asked, and gives what the terminal showed and the exit code.
pub(super) fn typed(site: &Site, keys: &str, more: &str) -> (String, Option<i32>) {
    let program = env!("CARGO_BIN_EXE_guidepost");
    let plain = site.command("");
    let mut command = Command::new("/usr/bin/script");
    command.env_clear().current_dir(site.root());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["--quiet", "--return", "--command"]).arg(format!("'{program}' publish --as-of {TODAY} {more}"));
    command.arg("/dev/null").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("script can be started");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(keys.as_bytes()).expect("the terminal takes keys");
    // It ends when the program does; if it ended before, nobody could be asked.
    let output = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| child.wait_with_output().expect("it can be waited for"));
        while !waiting.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        drop(stdin);
        waiting.join().expect("nothing panics there")
    });
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[test]
fn only_a_yes_publishes() {
    if !server::is_there("script", "/usr/bin/script") {
        return;
    }
    let site = site();
    // The last is Ctrl-D: the end of what is typed.
    for no in ["n\n", "\n", "yep\n", "\u{4}"] {
        let (shown, code) = typed(&site, no, "");
        assert!(shown.contains("Plan for `web`") && shown.contains("Publish? [y/N]"), "{no:?}: {shown}");
        assert!(shown.contains("Nothing was changed"), "{no:?}: {shown}");
        assert_eq!(code, Some(0), "{no:?}: {shown}");
        assert!(!is_published(&site), "{no:?}: {shown}");
    }
    let (shown, code) = typed(&site, "y\n", "");
    assert!(shown.contains("Published https://example.org/"), "{shown}");
    assert!(code == Some(0) && is_published(&site));
    let (shown, code) = typed(&site, "", "");
    assert!(shown.contains("Nothing to do") && !shown.contains("Publish?"), "{shown}");
    assert_eq!(code, Some(0));
}

#[cfg(unix)]
#[test]
fn how_far_it_is_is_shown() {
    let Some(folder) = super::sftp::Folder::new() else { return };
    if !server::is_there("script", "/usr/bin/script") {
        return;
    }
    let mut site = kit::site(&folder);
    site.env("TERM", "xterm");
    for number in 0..1500 {
        site.write(&format!("static/files/{number}.txt"), format!("file {number}"));
    }
    let (shown, code) = typed(&site, "", "--yes");
    assert!(code == Some(0) && shown.contains("Publishing ") && shown.contains(" of 1,5"), "{shown}");
    kit::is_published(&site, &folder);
    assert!(!kit::publish(&site).stderr().contains("Publishing "), "not in a pipe");
}

#[test]
fn a_refusal_is_not_asked_about() {
    if !server::is_there("script", "/usr/bin/script") {
        return;
    }
    let site = site();
    let (shown, code) = typed(&site, "yes\n", "--drafts");
    assert!(shown.contains("publish/drafts") && !shown.contains("Publish?"), "{shown}");
    assert_eq!(code, Some(5));
    assert!(!is_published(&site));
    let (shown, code) = typed(&site, "YES\n", "");
    assert!(code == Some(0) && is_published(&site), "{shown}");
}
