//! A site and a running `guidepost serve` → what a browser would get from it, over real sockets.

use crate::harness::{Site, TODAY};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// How long anything may take on a machine that has other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running preview; it ends when this is dropped.
pub(crate) struct Preview {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) host: String,
    /// The base path, with a slash at both ends.
    pub(crate) base: String,
    said: Arc<Mutex<String>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body without the one element that a preview adds.
    pub(crate) fn built(&self) -> Vec<u8> {
        let text = self.text();
        let Some(start) = text.find("<script type=\"module\" src=\"/.guidepost/live.js\"") else {
            return self.body.clone();
        };
        let end = start + text[start..].find("</script>").expect("the element is closed") + "</script>".len();
        format!("{}{}", &text[..start], &text[end..]).into_bytes()
    }
}

impl Preview {
    /// Starts a preview of the site.
    #[track_caller]
    pub(crate) fn of(site: &Site, arguments: &[&str]) -> Preview {
        let mut command = site.command("");
        command.args(["serve", "--port", "0", "--as-of", TODAY]).args(arguments);
        Preview::started(command)
    }

    /// Starts a preview by a command of its own.
    #[track_caller]
    pub(crate) fn started(mut command: Command) -> Preview {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program can be started");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let said = Arc::new(Mutex::new(String::new()));
        let writing = Arc::clone(&said);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writing.lock().expect("nothing panics while it holds the lock").push_str(&format!("{line}\n"));
            }
        });
        let start = Instant::now();
        let address = loop {
            let text = said.lock().expect("nothing panics while it holds the lock").clone();
            if let Some(at) = text.find("http://").filter(|_| text.contains("Ctrl-C")) {
                break text[at + 7..].split(' ').next().unwrap_or_default().to_owned();
            }
            let ended = child.try_wait().expect("the program can be asked");
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "no preview: {ended:?}\n{text}");
            thread::sleep(Duration::from_millis(5));
        };
        let at = address.find('/').expect("an address has a path");
        Preview { child, host: address[..at].to_owned(), base: address[at..].to_owned(), said }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("nothing panics while it holds the lock").clone()
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// Asks for an address of the site, from its base path on.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {}{path} HTTP/1.1\r\nHost: {}\r\n", self.base, self.host)).expect("an answer")
    }

    /// Sends the head of a request, and gives the answer if there is one.
    pub(crate) fn ask(&self, head: &str) -> Option<Reply> {
        self.send(format!("{head}Connection: close\r\n\r\n").as_bytes(), PATIENCE)
    }

    /// Sends bytes, and gives the answer if there is one; waits no longer than `wait` for what is behind it.
    pub(crate) fn send(&self, bytes: &[u8], wait: Duration) -> Option<Reply> {
        let mut stream = TcpStream::connect(&self.host).expect("the preview accepts connections");
        stream.set_read_timeout(Some(wait)).expect("a timeout can be set");
        // The preview may hang up before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Reply { status, head, body: answer[end + 4..].to_vec() })
    }

    /// Waits until an address answers such that `is_right`.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, is_right: impl Fn(&Reply) -> bool) -> Reply {
        let start = Instant::now();
        loop {
            let reply = self.get(path);
            if is_right(&reply) {
                return reply;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{path} stays wrong: {}\n{}\n--- said\n{}",
                reply.head,
                reply.text(),
                self.said()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until an address shows a text.
    #[track_caller]
    pub(crate) fn shows(&self, path: &str, text: &str) {
        self.until(path, |reply| reply.text().contains(text));
    }

    /// Opens the channel as a page would that stands at `path`.
    #[track_caller]
    pub(crate) fn tab(&self, path: &str) -> Tab {
        let page = self.get(path);
        let text = page.text();
        let version =
            text.split("data-guidepost=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let stream = TcpStream::connect(&self.host).expect("the preview accepts connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        let mut request = format!("ws://{}/.guidepost/live", self.host).into_client_request().expect("an address");
        request.headers_mut().insert("origin", format!("http://{}", self.host).parse().expect("a header"));
        let (mut socket, _) = tungstenite::client(request, stream).expect("the channel opens");
        let hello = format!("{{\"path\":\"{}{path}\",\"version\":\"{version}\"}}", self.base);
        socket.send(Message::text(hello)).expect("the channel takes a message");
        Tab { socket, version: version.to_owned() }
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page that listens.
pub(crate) struct Tab {
    socket: WebSocket<TcpStream>,
    /// The version with which it was loaded.
    pub(crate) version: String,
}

impl Tab {
    /// The next word that the page is told; `None` if there is none for so long.
    pub(crate) fn hears(&mut self, wait: Duration) -> Option<serde_json::Value> {
        self.socket.get_ref().set_read_timeout(Some(wait)).expect("a timeout can be set");
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("words are JSON")),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}
