//! Somebody says of a living run that it is dead → that run notices and stops, and what is there is the other one's.

use super::kit::{self, Place};
use super::sftp::Folder;
use crate::harness::TODAY;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_living_run_by_sftp_notices_that_it_is_taken_for_dead() {
    for folder in [Folder::new(), Folder::of_rclone()].into_iter().flatten() {
        let sites = [kit::site(&folder), kit::site(&folder)];
        for (site, name) in sites.iter().zip(["first", "second"]) {
            kit::page(site, "index", "Home", name);
            for number in 0..2500 {
                site.write(&format!("static/files/{number}.txt"), format!("{name} {number}"));
            }
        }
        let mut command = sites[0].command("");
        command.args(["publish", "--yes", "--as-of", TODAY]).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program can be started");
        let started = Instant::now();
        while folder.answer("files/0.txt").is_none() {
            assert!(started.elapsed() < Duration::from_secs(60), "nothing arrives");
            std::thread::sleep(Duration::from_millis(2));
        }
        let signal = |name: &str| {
            let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
            assert!(sent.expect("kill can be started").success(), "it is at work");
        };
        signal("-STOP");
        kit::publish(&sites[1]).fails(4).says("publish/busy");
        signal("-CONT");
        let run = sites[1].run(["publish", "--yes", "--take-over"]);
        let first = child.wait_with_output().expect("it can be waited for");
        let said = String::from_utf8_lossy(&first.stderr);
        assert_eq!(first.status.code(), Some(6), "{said}");
        assert!(said.contains("another run has taken over") || said.contains("somebody else"), "{said}");
        run.ok();
        kit::is_published(&sites[1], &folder);
        assert!(kit::publish(&sites[1]).ok().stdout().contains("Nothing to do"));
        assert_eq!(folder.beside(), Vec::<String>::new());
        kit::publish(&sites[0]).ok();
        kit::is_published(&sites[0], &folder);
    }
}
