//! A server on loopback → the same server behind a line that breaks, or falls silent, after so many bytes of its answers.

use super::kit::{self, Place};
use super::{releases, rsync, sftp};
use crate::harness::Site;
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is closed.
    Cut,
    /// It stays, and nothing comes any more.
    Silent,
}

#[derive(Default)]
struct Book {
    passed: usize,
    fate: Option<(usize, Fate)>,
}

/// A line to a server.
pub(crate) struct Line(Arc<Mutex<Book>>);

impl Line {
    /// A line from one port of this machine to another. It lasts as long as the test's process.
    pub(crate) fn new(port: u16, behind: u16) -> Line {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let book = Arc::<Mutex<Book>>::default();
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let book = Arc::clone(&shared);
                // A side that goes away is what this is about.
                thread::spawn(move || drop(pass(client, behind, &book)));
            }
        });
        Line(book)
    }

    /// Lets the connection over which the byte of this number comes, from now on, meet its fate. Those after it do not.
    pub(crate) fn meets(&self, fate: Option<(usize, Fate)>) {
        *self.0.lock().expect("nobody panicked") = Book { passed: 0, fate };
    }

    /// How many bytes have come from the server since.
    pub(crate) fn passed(&self) -> usize {
        self.0.lock().expect("nobody panicked").passed
    }

    /// Whether the fate was met.
    pub(crate) fn is_met(&self) -> bool {
        self.0.lock().expect("nobody panicked").fate.is_none()
    }
}

fn pass(client: TcpStream, behind: u16, book: &Mutex<Book>) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", behind))?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (server, client);
    let mut piece = [0; 4096];
    loop {
        let count = from.read(&mut piece)?;
        let fate = {
            let mut book = book.lock().expect("nobody panicked");
            book.passed += count;
            let is_due = book.fate.is_some_and(|(at, _)| book.passed >= at);
            if is_due { book.fate.take() } else { None }
        };
        match fate {
            Some((_, Fate::Silent)) => {
                thread::sleep(Duration::from_secs(60));
                break;
            }
            Some((_, Fate::Cut)) => break,
            None if count == 0 => break,
            None => to.write_all(&piece[..count])?,
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    from.shutdown(Shutdown::Both)
}

/// Whatever happens to the line, and when: the run ends, readers have every page, and the next run does the rest. `count`
/// moments are tried for each fate.
pub(crate) fn may_break(site: &Site, place: &dyn Place, line: &Line, count: usize) {
    kit::publish(site).ok();
    let steps = Cell::new(0);
    let change = || {
        let step = steps.get() + 1;
        steps.set(step);
        for name in ["fees", "close", "index"] {
            kit::page(site, name, "Page", &format!("Step {step}."));
        }
        let (come, go) = (format!("content/{step}.csv"), format!("content/{}.csv", step - 1));
        site.write(&come, format!("a,{step}\n"));
        if site.root().join(&go).exists() {
            site.remove(&go);
        }
    };
    change();
    line.meets(None);
    kit::force(site).ok();
    let usual = line.passed();
    assert!(usual > 3000, "{usual}");
    for fate in [Fate::Cut, Fate::Silent] {
        let mut met = 0;
        for number in 0..count {
            change();
            let old = place.files();
            let at = usual * number / count;
            line.meets(Some((at, fate)));
            let started = Instant::now();
            let run = kit::force(site);
            met += usize::from(line.is_met());
            let took = started.elapsed();
            assert!(took < Duration::from_secs(100), "{fate:?} at byte {at}: {took:?}");
            assert!(!run.failed() || run.stderr().contains("error"), "{fate:?} at byte {at}: {run}");
            let there = place.files();
            for (key, bytes) in old.iter().filter(|(key, _)| key.ends_with(".html")) {
                let found = there.get(key).unwrap_or_else(|| panic!("{key} is gone, {fate:?} at byte {at}"));
                let is_new = String::from_utf8_lossy(found).contains(&format!("Step {}.", steps.get()));
                assert!(found == bytes || is_new, "{key} is torn, {fate:?} at byte {at}");
            }
            line.meets(None);
            kit::force(site).ok();
            kit::is_published(site, place);
        }
        assert!(met * 2 > count, "{fate:?}: the line broke in {met} of {count} runs");
    }
}

#[test]
fn a_line_to_a_server_may_break_or_fall_silent() {
    lines_may_break(kit::cases(3));
}

#[test]
#[ignore = "minutes"]
fn a_line_to_a_server_may_break_or_fall_silent_at_fifty_moments() {
    lines_may_break(kit::cases(50));
}

fn lines_may_break(count: usize) {
    sftp::Folder::new().iter_mut().for_each(|folder| {
        let line = folder.behind_a_line();
        may_break(&kit::site(folder), folder, &line, count);
    });
    for releases in [releases::new(), rsync::Releases::new()].iter_mut().flatten() {
        let line = releases.behind_a_line();
        may_break(&kit::site(releases), releases, &line, count);
    }
}
