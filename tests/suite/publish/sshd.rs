//! A private `sshd` on a free port of this machine, with keys of its own, and a `PATH` on which `ssh` knows it.

use super::kit;
use super::line::Line;
use crate::harness::Site;
use crate::server;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Whether all that is needed is installed.
pub(crate) fn is_there() -> bool {
    [("sshd", "/usr/sbin/sshd"), ("ssh", "/usr/bin/ssh"), ("rsync", "/usr/bin/rsync")]
        .iter()
        .all(|(name, path)| server::is_there(name, path))
}

/// A server; it ends with this value.
pub(crate) struct Sshd {
    folder: TempDir,
    child: Child,
    pub(crate) port: u16,
}

impl Sshd {
    /// A server, with more lines of settings.
    pub(crate) fn with(more: &str) -> Sshd {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        for (key, phrase) in [("host", ""), ("user", ""), ("stranger", ""), ("locked", "passphrase")] {
            let path = at.join(key);
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", phrase, "-f"]).arg(&path).status();
            assert!(made.expect("ssh-keygen can be started").success());
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let public = |key: &str| fs::read_to_string(at.join(key).with_extension("pub")).expect("the key is there");
        fs::write(at.join("authorized_keys"), public("user") + &public("locked")).expect("files can be written");
        fs::write(at.join("known_hosts"), format!("[127.0.0.1]:{port} {}", public("host")))
            .expect("files can be written");
        let root = at.display();
        let settings = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {root}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
             AuthorizedKeysFile {root}/authorized_keys\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\nMaxStartups 100\nSubsystem sftp internal-sftp\n{more}"
        );
        fs::write(at.join("sshd_config"), settings).expect("files can be written");
        // Debian's own unit makes it; without root it is not needed.
        let _ = fs::create_dir_all("/run/sshd");
        let child = start(at);
        let sshd = Sshd { folder, child, port };
        sshd.wait();
        sshd.key("user");
        let bin = sshd.path().join("bin");
        fs::create_dir_all(&bin).expect("folders can be made");
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F '{}/ssh_config' \"$@\"\n", sshd.path().display());
        fs::write(bin.join("ssh"), script).expect("files can be written");
        fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).expect("files can be made programs");
        sshd
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Another port of this machine, on which a server with the same key will be known.
    pub(crate) fn another_port(&self) -> u16 {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let public = fs::read_to_string(self.path().join("host.pub")).expect("the key is there");
        let known = self.path().join("known_hosts");
        let before = fs::read_to_string(&known).expect("the server is known");
        fs::write(known, format!("{before}[127.0.0.1]:{port} {public}")).expect("files can be written");
        port
    }

    /// A line to the server, and the port at which it begins; `ssh` gives up a silent one early.
    pub(crate) fn line(&self) -> (Line, u16) {
        self.is_given_up_early();
        let port = self.another_port();
        (Line::new(port, self.port), port)
    }

    /// Lets `ssh` give up a silent server after seconds; that is a minute by our own settings.
    fn is_given_up_early(&self) {
        let root = self.path().display();
        let early = "-o ConnectTimeout=4 -o ServerAliveInterval=1 -o ServerAliveCountMax=4";
        // Of settings that are said twice the first holds.
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F '{root}/ssh_config' {early} \"$@\"\n");
        fs::write(self.path().join("bin/ssh"), script).expect("files can be written");
    }

    /// Says which key `ssh` offers from now on.
    pub(crate) fn key(&self, key: &str) {
        let root = self.path().display();
        let settings = format!(
            "IdentityFile {root}/{key}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {root}/known_hosts\n\
             GlobalKnownHostsFile none\n"
        );
        fs::write(self.path().join("ssh_config"), settings).expect("files can be written");
    }

    /// The user that this test runs as.
    pub(crate) fn user() -> String {
        let output = Command::new("id").arg("-un").output().expect("id can be started");
        String::from_utf8(output.stdout).expect("a user's name is text").trim().to_owned()
    }

    /// `PATH` with an `ssh` that has the settings for this server.
    pub(crate) fn search_path(&self) -> String {
        let usual = std::env::var("PATH").unwrap_or_default();
        format!("{}:{usual}", self.path().join("bin").display())
    }

    /// Ends every connection, as a failing network does.
    pub(crate) fn cut(&self) {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let _ = Command::new("kill").args(["-9", child]).stderr(Stdio::null()).status();
        }
    }

    /// Ends the server.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn wait(&self) {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.path().join("log")).unwrap_or_default();
        panic!("sshd does not answer: {log}");
    }
}

fn start(folder: &Path) -> Child {
    let log: PathBuf = folder.join("log");
    Command::new("/usr/sbin/sshd")
        .args(["-D", "-E"])
        .arg(log)
        .arg("-f")
        .arg(folder.join("sshd_config"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sshd can be started")
}

/// Stories that every kind of target behind it must pass.
impl Sshd {
    /// Neither a user whom the server does not know publishes `site`, nor is it published to a server of another key.
    pub(crate) fn trusts_no_stranger(&self, site: &Site) {
        self.key("stranger");
        kit::publish(site).fails(2).says("Permission denied").says("authorized_keys");
        self.key("user");
        let known = self.path().join("known_hosts");
        let hosts = fs::read(&known).expect("it is there");
        fs::write(&known, "").expect("files can be written");
        kit::publish(site).fails(2).says("ssh does not know the key of").says("compare the fingerprint");
        let stranger = fs::read_to_string(self.path().join("stranger.pub")).expect("the key is there");
        fs::write(&known, format!("[127.0.0.1]:{} {stranger}", self.port)).expect("files can be written");
        kit::publish(site).fails(2).says("is not the one that ssh knows");
        fs::write(&known, hosts).expect("files can be written");
    }

    /// Without the server, and then without the `program` that calls it, `site` cannot be published. Both are gone then.
    pub(crate) fn is_missed(&mut self, site: &mut Site, program: &str) {
        self.stop();
        kit::publish(site).fails(2).says("Connection refused").says("correct `server` and `port`");
        let empty = site.root().display().to_string();
        site.env("PATH", &empty);
        kit::publish(site).fails(2).says(&format!("`{program}` is not installed")).says("openssh-client");
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut();
        self.stop();
    }
}
