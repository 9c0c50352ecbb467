//! A server on loopback → the same server, with its requests counted, and one of them going wrong.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server is busy, and says for how long.
    Busy,
    /// The server has had enough of us for a while, and says for how long.
    Throttled,
    /// The server is broken, now and later.
    Broken,
    /// The connection is closed without an answer, and the request is not done.
    Closed,
    /// The request is done, and the connection closed without an answer.
    Unanswered,
    /// Nothing is said for longer than anybody waits.
    Silent,
}

#[derive(Default)]
struct Book {
    requests: Vec<String>,
    trouble: Option<(usize, Trouble)>,
    is_deaf: bool,
}

/// A door before a server.
pub(crate) struct Proxy {
    /// Its address, `http://127.0.0.1:port`.
    pub(crate) address: String,
    book: Arc<Mutex<Book>>,
}

impl Proxy {
    /// A door before the server at `behind`, `127.0.0.1:port`. It lasts as long as the test's process.
    pub(crate) fn new(behind: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (book, behind) = (Arc::new(Mutex::new(Book::default())), behind.to_owned());
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (book, behind) = (Arc::clone(&shared), behind.clone());
                // A client that goes away is none of the server's troubles.
                thread::spawn(move || drop(pass(client, &behind, &book)));
            }
        });
        Proxy { address, book }
    }

    /// The first lines of the requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.book.lock().expect("nobody panicked").requests)
    }

    /// From now on the server hears no conditions of writes.
    pub(crate) fn hides_conditions(&self) {
        self.book.lock().expect("nobody panicked").is_deaf = true;
    }

    /// Lets the request of this number (from 0) go wrong; a broken server fails all later ones, too.
    pub(crate) fn fail(&self, trouble: Option<(usize, Trouble)>) {
        let mut book = self.book.lock().expect("nobody panicked");
        book.requests.clear();
        book.trouble = trouble;
    }
}

fn pass(mut client: TcpStream, behind: &str, book: &Mutex<Book>) -> std::io::Result<()> {
    let (mut head, body) = request(&mut client)?;
    let trouble = {
        let mut book = book.lock().expect("nobody panicked");
        if book.is_deaf {
            let is_condition = |line: &&str| line.to_ascii_lowercase().starts_with("if-");
            head = head.split_inclusive("\r\n").filter(|line| !is_condition(line)).collect();
        }
        let number = book.requests.len();
        book.requests.push(head.lines().next().unwrap_or_default().to_owned());
        book.trouble.filter(|(at, trouble)| *at == number || *trouble == Trouble::Broken && number > *at)
    };
    match trouble.map(|(_, trouble)| trouble) {
        Some(Trouble::Busy | Trouble::Throttled) => {
            let is_busy = trouble.is_some_and(|(_, trouble)| trouble == Trouble::Busy);
            let status = if is_busy { "503 Slow Down" } else { "429 Too Many Requests" };
            return write!(
                client,
                "HTTP/1.1 {status}\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            );
        }
        Some(Trouble::Broken) => {
            let body = "<Error><Code>AccountProblem</Code><Message>Pay your bill</Message></Error>";
            let length = body.len();
            let answer = format!("HTTP/1.1 400 Bad\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            return client.write_all(answer.as_bytes());
        }
        Some(Trouble::Closed) => return Ok(()),
        Some(Trouble::Silent) => {
            thread::sleep(Duration::from_secs(5));
            return Ok(());
        }
        Some(Trouble::Unanswered) | None => {}
    }
    let mut server = TcpStream::connect(behind)?;
    let (first, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
    server.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    if trouble.is_some() {
        return Ok(());
    }
    client.write_all(&answer)
}

/// The head of a request, with the empty line at its end, and its body.
pub(crate) fn request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut piece = [0; 16 * 1024];
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match client.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => read.extend_from_slice(&piece[..count]),
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0usize);
    let mut body = read.split_off(end);
    while body.len() < length {
        match client.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => body.extend_from_slice(&piece[..count]),
        }
    }
    Ok((head, body))
}
