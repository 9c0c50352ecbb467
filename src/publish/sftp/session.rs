//! Commands → the system's `sftp`, one process for many of them, and what it answers; never a prompt, and nothing secret.
//!
//! `sftp` in batch mode says each command before it does it. Behind each comes `lpwd`, which asks nothing of the server:
//! what is said between the two is the answer, and that is nothing if all went well.

use crate::config::publish::Sftp as Settings;
use crate::publish::objects::Fault;
use crate::publish::ssh::{self, OPTIONS};
use std::io::{BufRead, BufReader, ErrorKind, PipeReader, Write, pipe};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A connection that is in the folder of the settings.
struct Session {
    child: Child,
    stdin: ChildStdin,
    lines: BufReader<PipeReader>,
}

/// Connections to a server; each is used by one call at a time, and those that broke are forgotten.
pub(super) struct Sessions {
    settings: Settings,
    idle: Mutex<Vec<Session>>,
}

impl Sessions {
    /// None yet.
    pub(super) fn new(settings: Settings) -> Sessions {
        Sessions { settings, idle: Mutex::new(Vec::new()) }
    }

    /// Where they lead.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The path of a folder without links in it, if the server tells; `None` if there is no such folder.
    ///
    /// # Errors
    /// There is no connection, or it broke meanwhile.
    pub(super) fn resolved(&self, folder: &str) -> Result<Option<String>, Fault> {
        let mut session = self.idle()?;
        let mut ask = |command: &str| session.ask(command).map_err(|said| session.broken(&self.settings, &said));
        let own = here(&ask("pwd")?).ok_or_else(|| Fault::fatal("the server does not tell in which folder we are"))?;
        if !ask(&format!("cd {}", remote(folder)))?.is_empty() {
            self.keep(session);
            return Ok(None);
        }
        let there = here(&ask("pwd")?);
        // Else the connection is forgotten, for it is in another folder.
        if ask(&format!("cd {}", quoted(&own)))?.is_empty() {
            self.keep(session);
        }
        Ok(there)
    }

    /// Gives a command, and gives back what `sftp` says about it, line by line.
    ///
    /// # Errors
    /// There is no connection, or it broke meanwhile.
    pub(super) fn ask(&self, command: &str) -> Result<Vec<String>, Fault> {
        let mut session = self.idle()?;
        let answer = session.ask(command).map_err(|said| session.broken(&self.settings, &said))?;
        self.keep(session);
        Ok(answer)
    }

    fn idle(&self) -> Result<Session, Fault> {
        let found = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        found.map_or_else(|| Session::open(&self.settings), Ok)
    }

    fn keep(&self, session: Session) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

impl Session {
    fn open(settings: &Settings) -> Result<Session, Fault> {
        let cannot = |error: &std::io::Error| Fault::fatal(format!("cannot run sftp: {error}"));
        let (reader, writer) = pipe().map_err(|error| cannot(&error))?;
        let mut command = Command::new("sftp");
        // The ssh that is found on the way to programs, as for everything else here.
        command.args(["-S", "ssh"]).args(OPTIONS.iter().flat_map(|option| ["-o", option]));
        if let Some(port) = settings.port {
            command.args(["-P", &port.to_string()]);
        }
        command.args(["-b", "-", "--"]).arg(&settings.server).env("LC_ALL", "C").stdin(Stdio::piped());
        command.stdout(writer.try_clone().map_err(|error| cannot(&error))?).stderr(writer);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Fault::with_help(
                "the program `sftp` is not installed",
                "install the package `openssh-client`, and try again",
            ),
            _ => cannot(&error),
        })?;
        // It holds the ends of the pipe that we do not need.
        drop(command);
        let stdin = child.stdin.take().ok_or_else(|| Fault::fatal("sftp has no stdin"))?;
        let mut session = Session { child, stdin, lines: BufReader::new(reader) };
        let cd = format!("cd {}", quoted(&settings.path));
        let said = session.ask(&cd).map_err(|said| session.broken(settings, &said))?;
        if said.is_empty() {
            return Ok(session);
        }
        let Settings { server, path, .. } = settings;
        Err(Fault::with_help(
            format!("there is no folder {path} on `{server}`: sftp says: {}", said.join("; ")),
            "make it there, or correct `path` of this target in `site.yaml`",
        ))
    }

    /// The answer to a command, or what was said before the connection broke.
    fn ask(&mut self, command: &str) -> Result<Vec<String>, Vec<String>> {
        // If it has ended, it says why.
        let _ = self.stdin.write_all(format!("-{command}\nlpwd\n").as_bytes()).and_then(|()| self.stdin.flush());
        let (mut said, mut before) = (Vec::new(), Vec::new());
        let (mut has_begun, mut is_over) = (false, false);
        loop {
            let mut line = Vec::new();
            match self.lines.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return Err([before, said].concat()),
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
            let line = line.trim_end_matches('\r');
            match line.strip_prefix("sftp> ") {
                Some("lpwd") => is_over = true,
                Some(_) if !has_begun => has_begun = true,
                _ if is_over && line.starts_with("Local working directory: ") => return Ok(said),
                // Greetings of servers, and warnings of ssh.
                _ if !has_begun => before.push(line.to_owned()),
                _ if is_news(line) => {}
                _ => said.push(line.to_owned()),
            }
        }
    }

    fn broken(&mut self, settings: &Settings, said: &[String]) -> Fault {
        let ended = self.child.wait().ok().and_then(|status| status.code());
        ssh::fault("sftp", &settings.server, ended, &said.join("\n"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Without commands it ends; a connection that does not answer any more must not keep us.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder that `pwd` names.
fn here(said: &[String]) -> Option<String> {
    said.join("\n").strip_prefix("Remote working directory: ").map(str::to_owned)
}

/// Whether some versions say that of a command that goes well.
fn is_news(line: &str) -> bool {
    ["Uploading ", "Fetching ", "Removing "].iter().any(|word| line.starts_with(word))
}

/// A name of the folder, for a command.
pub(super) fn remote(key: &str) -> String {
    // Before one that begins with `-` it would be an option.
    quoted(&format!("./{key}"))
}

/// A file of this machine, for a command.
pub(super) fn local(path: &Path) -> Result<String, Fault> {
    let text = path.to_str().filter(|text| !text.contains(['\n', '\r']));
    let text = text.ok_or_else(|| Fault::fatal(format!("sftp cannot be told of {}", path.display())))?;
    Ok(quoted(text))
}

/// A word as `sftp` takes it for itself, and not for a pattern.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(remote(r#"it's "x" \ [a]*"#), r#""./it's \"x\" \\ [a]*""#);
        assert_eq!(quoted("-rf"), "\"-rf\"");
    }
}
