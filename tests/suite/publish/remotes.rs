//! A bare repository behind ssh, or behind git's own HTTP server → what `publish` says where it is not let in, and what
//! becomes of the branch when the way there breaks. Nobody is ever asked anything.

use super::git::{Branch, git, in_a_repository};
use super::kit::{self, Place};
use super::line;
use super::proxy::{Proxy, Trouble, request};
use super::sshd::{self, Sshd};
use super::terminal::typed;
use crate::harness::{Site, TODAY};
use crate::server;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// A branch of a repository that is reached by an address.
struct Far {
    branch: Branch,
    address: String,
    search: Option<String>,
}

impl Place for Far {
    fn yaml(&self) -> String {
        format!("    to: git\n    remote: {}\n    branch: pages\n", self.address)
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.branch.files()
    }

    fn prints(&self) -> BTreeMap<String, String> {
        self.branch.prints()
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        self.branch.plant(key, bytes);
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        self.search.iter().map(|path| ("PATH", path.clone())).collect()
    }
}

/// A branch behind ssh, at this port.
fn by_ssh(sshd: &Sshd, port: u16) -> Far {
    let branch = Branch::new();
    let address = format!("ssh://{}@127.0.0.1:{port}{}", Sshd::user(), branch.remote().display());
    Far { branch, address, search: Some(sshd.search_path()) }
}

#[test]
fn a_branch_behind_ssh_is_published_to() {
    if sshd::is_there() {
        let sshd = Sshd::with("");
        kit::publishes_what_changed(&by_ssh(&sshd, sshd.port));
    }
}

#[test]
fn whoever_ssh_does_not_let_in_is_told_what_to_do() {
    if !sshd::is_there() {
        return;
    }
    let mut sshd = Sshd::with("");
    let far = by_ssh(&sshd, sshd.port);
    let site = kit::site(&far);
    sshd.key("stranger");
    kit::publish(&site).fails(2).says("Permission denied").says("works here without a question").says("an ssh key");
    sshd.key("user");
    let known = sshd.path().join("known_hosts");
    let hosts = fs::read(&known).expect("it is there");
    fs::write(&known, "").expect("files can be written");
    kit::publish(&site).fails(2).says("does not know the key").says("compare the fingerprint");
    fs::write(&known, hosts).expect("files can be written");
    if server::is_there("script", "/usr/bin/script") {
        // At a terminal ssh would ask for the phrase.
        sshd.key("locked");
        let (shown, code) = typed(&site, "", "--yes");
        assert!(code == Some(2) && shown.contains("Permission denied"), "{code:?}: {shown}");
        assert!(!shown.contains("Enter passphrase"), "{shown}");
        sshd.key("user");
    }
    assert!(!far.branch.exists(), "nobody was let in");
    kit::publish(&site).ok();
    kit::is_published(&site, &far);
    sshd.stop();
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).fails(2).says("Connection refused").says("see that the server runs");
}

#[test]
fn a_line_to_ssh_may_break_or_fall_silent() {
    line_may_break(kit::cases(4));
}

#[test]
#[ignore = "minutes"]
fn a_line_to_ssh_may_break_or_fall_silent_at_fifty_moments() {
    line_may_break(kit::cases(50));
}

fn line_may_break(count: usize) {
    if !sshd::is_there() {
        return;
    }
    let sshd = Sshd::with("");
    let (line, port) = sshd.line();
    let far = by_ssh(&sshd, port);
    line::may_break(&kit::site(&far), &far, &line, count);
}

/// The name and password that the server asks for, as a browser sends them.
const LOGIN: &str = "Basic c29tZW9uZTpodW50ZXIy";

/// A repository behind git's own HTTP server; `login` is what it asks for.
fn by_http(login: Option<&'static str>) -> (Far, Proxy) {
    let branch = Branch::new();
    // Who is not named may not push by default.
    git(&branch.remote(), &["config", "http.receivepack", "true"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let host = listener.local_addr().expect("an address").to_string();
    let root: PathBuf = branch.remote().parent().expect("it lies in a folder").to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let root = root.clone();
            // A client that goes away is none of the server's troubles.
            thread::spawn(move || drop(serve(client, &root, login)));
        }
    });
    let door = Proxy::new(&host);
    let address = format!("{}/remote.git", door.address);
    (Far { branch, address, search: None }, door)
}

/// Answers one request by git's own program.
fn serve(mut client: TcpStream, root: &Path, login: Option<&str>) -> std::io::Result<()> {
    let (head, body) = request(&mut client)?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next();
        found.unwrap_or_default().to_owned()
    };
    if login.is_some_and(|login| header("authorization") != login) {
        let ask = "WWW-Authenticate: Basic realm=\"git\"";
        return write!(client, "HTTP/1.1 401 Unauthorized\r\n{ask}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    child.stdin.take().expect("stdin is a pipe").write_all(&body)?;
    let answer = child.wait_with_output()?.stdout;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let lines = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = lines.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    let length = answer.len() - end - 4;
    write!(client, "HTTP/1.1 {status}\r\n{lines}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")?;
    client.write_all(&answer[end + 4..])
}

/// A site in a repository whose remote is `far`, with these settings.
fn repository(far: &Far, settings: &[(&str, &str)]) -> Site {
    let site = in_a_repository(&far.branch);
    git(&site.root(), &["remote", "set-url", "origin", &far.address]);
    settings.iter().for_each(|(key, value)| drop(git(&site.root(), &["config", key, value])));
    site
}

#[test]
fn a_remote_that_asks_who_we_are_gets_what_gits_helper_knows() {
    let (far, _door) = by_http(Some(LOGIN));
    let site = repository(&far, &[]);
    let run = kit::publish(&site);
    run.fails(2).says("could not read Username").says("a credential helper").says("a token that may write");
    if server::is_there("script", "/usr/bin/script") {
        // At a terminal git would ask.
        let (shown, code) = typed(&site, "", "--yes");
        assert!(code == Some(2) && shown.contains("could not read Username"), "{code:?}: {shown}");
    }
    let helper = |password: &str| format!("!printf 'username=someone\\npassword={password}\\n' #");
    git(&site.root(), &["config", "credential.helper", &helper("wrong-word")]);
    let run = kit::publish(&site);
    run.fails(2).says("Authentication failed").says("a credential helper").is_silent_about("wrong-word");
    assert!(!far.branch.exists(), "nobody was let in");
    git(&site.root(), &["config", "credential.helper", &helper("hunter2")]);
    let run = kit::publish(&site);
    run.ok().is_silent_about("hunter2");
    kit::is_published(&site, &far);
    assert!(!run.stdout().contains("hunter2"));
}

#[test]
fn a_login_in_an_address_is_no_argument_of_any_program() {
    let (far, _door) = by_http(Some(LOGIN));
    let site = repository(&far, &[]);
    let address = far.address.replace("://", "://someone:hunter2@");
    git(&site.root(), &["remote", "set-url", "origin", &address]);
    // Whoever else knows a login for this machine is not asked.
    git(&site.root(), &["config", "credential.helper", "!printf 'username=someone\\npassword=other\\n' #"]);
    let run = kit::publish(&site);
    run.ok().is_silent_about("hunter2");
    kit::is_published(&site, &far);
    assert!(!run.stdout().contains("hunter2"));
    if !server::is_there("strace", "/usr/bin/strace") {
        return;
    }
    kit::page(&site, "fees", "Fees", "There are some.");
    let (log, plain) = (far.branch.remote().join("../programs"), site.command(""));
    let mut command = Command::new("/usr/bin/strace");
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(site.root()).args(["-f", "-s", "9999", "-e", "trace=execve", "-o"]).arg(&log);
    command.arg(plain.get_program()).args(["publish", "--yes", "--as-of", TODAY]);
    let done = command.stdin(Stdio::null()).output().expect("strace can be started");
    assert!(done.status.success(), "{done:?}");
    kit::is_published(&site, &far);
    let programs = fs::read_to_string(&log).expect("there is a log");
    assert!(programs.contains("remote-http"), "{programs}");
    assert!(!programs.contains("hunter2"), "{programs}");
}

#[test]
fn any_request_to_a_remote_may_fail() {
    let (far, door) = by_http(None);
    // By our own settings a silent server is given up after a minute.
    let site = repository(&far, &[("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "2")]);
    kit::publish(&site).ok();
    let mut step = 0;
    let mut change = || {
        step += 1;
        kit::page(&site, "fees", "Fees", &format!("There are {step}."));
    };
    change();
    door.requests();
    kit::publish(&site).ok();
    let usual = door.requests();
    assert!(usual.len() >= 4, "{usual:#?}");
    for trouble in
        [Trouble::Busy, Trouble::Throttled, Trouble::Closed, Trouble::Unanswered, Trouble::Broken, Trouble::Silent]
    {
        for number in 0..usual.len() {
            change();
            let before = far.files();
            door.fail(Some((number, trouble)));
            let run = kit::publish(&site);
            if trouble == Trouble::Broken {
                run.fails(2).says("error: 400");
                assert!(far.files() == before, "{number}: {run}");
            } else {
                run.ok();
            }
            door.fail(None);
            kit::publish(&site).ok();
            kit::is_published(&site, &far);
        }
    }
}

#[test]
fn a_remote_that_is_gone_is_said_so() {
    let (far, door) = by_http(None);
    let site = repository(&far, &[]);
    kit::publish(&site).ok();
    fs::rename(far.branch.remote(), far.branch.remote().with_extension("away")).expect("folders can be moved");
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).fails(2).says("not found").says("correct `remote`").says("a private repository");
    fs::rename(far.branch.remote().with_extension("away"), far.branch.remote()).expect("folders can be moved");
    // Gone between the plan and the push.
    door.fail(Some((3, Trouble::Broken)));
    kit::publish(&site).fails(2);
    door.fail(None);
    kit::publish(&site).ok();
    kit::is_published(&site, &far);
}
