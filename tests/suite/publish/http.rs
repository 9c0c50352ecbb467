//! A request → what a server on loopback answers, past our own client; and servers that end with their test.

use crate::harness::say;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A server.
pub(crate) struct Running {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) host: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// The server that `command` starts at a port, once it listens. If it is not installed, that is an error if
    /// `GUIDEPOST_REQUIRE` names it, else one line.
    pub(crate) fn start(name: &str, remedy: &str, command: impl FnOnce(u16) -> Command) -> Option<Running> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let started = command(port).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(child) = started else {
            let required = std::env::var("GUIDEPOST_REQUIRE").unwrap_or_default();
            let required = required.split(',').any(|one| one.trim() == name);
            assert!(!required, "GUIDEPOST_REQUIRE names {name}, and it is not there: {remedy}");
            say(format_args!("skipped: there is no {name} to publish to ({remedy})"));
            return None;
        };
        let running = Running { child, host: format!("127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(&running.host).is_err() {
            assert!(Instant::now() < deadline, "{name} does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        Some(running)
    }
}

/// The program: the one that a variable names, or the one below `target/`, or the one on the path.
pub(crate) fn program(variable: &str, own: &str, name: &str) -> PathBuf {
    let own = Some(crate::harness::repository(own)).filter(|own| own.exists());
    std::env::var_os(variable).map(PathBuf::from).or(own).unwrap_or_else(|| name.into())
}

/// What a server answers.
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    }

    /// The same, if there is anything.
    pub(crate) fn found(self) -> Option<Vec<u8>> {
        assert!([" 200 ", " 404 "].iter().any(|status| self.head.contains(status)), "{}", self.head);
        self.head.contains(" 200 ").then(|| self.decoded())
    }

    /// The body as a browser has it.
    pub(crate) fn decoded(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = match self.header("content-encoding").as_deref() {
            None | Some("") => return self.body,
            Some("gzip") => flate2::read::GzDecoder::new(&*self.body).read_to_end(&mut bytes),
            Some("br") => brotli::Decompressor::new(&*self.body, 4096).read_to_end(&mut bytes),
            Some(other) => panic!("nobody knows the encoding {other}"),
        };
        read.expect("it is stored as it says");
        bytes
    }
}

/// Asks the server; `headers` are whole lines, each with its end.
pub(crate) fn ask(host: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(host).expect("the server answers");
    let length = body.len();
    // Version 1.0, so that the answer is not in chunks.
    let head = format!("{method} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("the server listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let body = answer.split_off(end + 4);
    Reply { head: String::from_utf8(answer).expect("a head is text"), body }
}

/// All that stands between two words.
pub(crate) fn between(text: &str, open: &str, close: &str) -> Vec<String> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).map(str::to_owned).collect()
}
