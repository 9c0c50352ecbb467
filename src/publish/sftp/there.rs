//! What there is to do in a server's folder → commands, and what came of them; a file is there only if its size says so.

use super::STAGE;
use super::listing::{self, Names, Thing, fault, is_missing};
use super::session::{Sessions, local, remote};
use crate::config::publish::Sftp as Settings;
use crate::publish::objects::Fault;
use crate::publish::run;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The server's folder.
pub(super) struct There {
    pub(super) sessions: Sessions,
    /// A folder in the cache.
    pub(super) cache: PathBuf,
    slots: AtomicU64,
}

impl There {
    /// The folder of the settings, and one in the cache for files on their way.
    pub(super) fn new(settings: Settings, cache: PathBuf) -> There {
        // Not those of another run, if one was taken for dead and is alive.
        let slots = u64::from_str_radix(&run::new_id(0)[..8], 16).unwrap_or(0) << 24;
        There { sessions: Sessions::new(settings), cache, slots: AtomicU64::new(slots) }
    }

    /// What people call it.
    pub(super) fn place(&self) -> String {
        let Settings { server, port, path, .. } = self.sessions.settings();
        let port = port.map_or_else(String::new, |port| format!(" port {port}"));
        format!("{server}:{path}{port}")
    }

    /// A name on the stage that nothing has.
    pub(super) fn slot(&self) -> String {
        format!("{STAGE}/{}", self.slots.fetch_add(1, Ordering::Relaxed))
    }

    /// Gives a command of which nothing is said if it goes well.
    pub(super) fn done(&self, command: &str) -> Result<(), Fault> {
        let said = self.sessions.ask(command)?;
        if said.is_empty() { Ok(()) } else { Err(fault(&said.join("; "))) }
    }

    /// Gives a command that removes something, which may be gone already.
    pub(super) fn removed(&self, command: &str) -> Result<(), Fault> {
        let said = self.sessions.ask(command)?.join("; ");
        if said.is_empty() || is_missing(&said) { Ok(()) } else { Err(fault(&said)) }
    }

    /// What is at `key`.
    pub(super) fn thing(&self, key: &str) -> Result<Option<Thing>, Fault> {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        Ok(self.list(folder)?.and_then(|names| names.get(name).copied()))
    }

    /// The names in a folder; `None` if there is none.
    pub(super) fn list(&self, folder: &str) -> Result<Option<Names>, Fault> {
        listing::parse(folder, &self.sessions.ask(&format!("ls -lan {}", remote(folder)))?)
    }

    /// The bytes of a file; `None` if there is none.
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.passing()?;
        let said = self.sessions.ask(&format!("get {} {}", remote(key), local(&path)?))?.join("; ");
        let bytes = fs::read(&path);
        let _ = fs::remove_file(&path);
        match bytes {
            _ if is_missing(&said) => Ok(None),
            Ok(bytes) if said.is_empty() => Ok(Some(bytes)),
            Err(error) if said.is_empty() => Err(beside(&path, &error)),
            _ => Err(fault(&said)),
        }
    }

    /// Uploads bytes to `key`.
    pub(super) fn put_bytes(&self, bytes: &[u8], key: &str) -> Result<(), Fault> {
        let path = self.passing()?;
        fs::write(&path, bytes).map_err(|error| beside(&path, &error))?;
        let put = self.put(&path, bytes.len() as u64, key);
        let _ = fs::remove_file(&path);
        put
    }

    /// Uploads bytes to the stage; gives the name there.
    pub(super) fn stage_bytes(&self, bytes: &[u8]) -> Result<String, Fault> {
        let staged = self.slot();
        self.put_bytes(bytes, &staged).map(|()| staged)
    }

    /// Uploads a file to the stage; gives the name there.
    pub(super) fn stage(&self, file: &Path, size: u64) -> Result<String, Fault> {
        let staged = self.slot();
        self.put(file, size, &staged).map(|()| staged)
    }

    /// Uploads a file to `key`.
    pub(super) fn put(&self, file: &Path, size: u64, key: &str) -> Result<(), Fault> {
        let said = self.sessions.ask(&format!("put {} {}", local(file)?, remote(key)))?.join("; ");
        if is_missing(&said) && file.exists() {
            return Err(Fault::fatal("the folder of this run is gone: another run has taken over"));
        }
        if !said.is_empty() {
            return Err(fault(&said));
        }
        // It has the file's own mode there, as far as the server allows.
        if !has_the_usual_mode(file).map_err(|error| beside(file, &error))? {
            self.done(&format!("chmod 644 {}", remote(key)))?;
        }
        let there = listing::parse(key, &self.sessions.ask(&format!("ls -lan {}", remote(key)))?)?;
        match there.and_then(|names| names.into_values().next()) {
            Some(Thing::File(found)) if found == size => Ok(()),
            _ => Err(Fault::passing(format!("what arrived at the server is not {size} bytes long"))),
        }
    }

    /// Whether the server renames a file over another.
    pub(super) fn replaces(&self) -> Result<bool, Fault> {
        let (one, other) = (self.stage_bytes(b"1")?, self.stage_bytes(b"2")?);
        let said = self.sessions.ask(&format!("rename {} {}", remote(&one), remote(&other)))?;
        Ok(said.is_empty())
    }

    /// Removes a folder with files of ours: with a number or one of these words for a name. Whatever else is in it stays.
    pub(super) fn clear(&self, folder: &str, words: &[&str]) -> Result<(), Fault> {
        let Some(names) = self.list(folder)? else { return Ok(()) };
        let ours = |name: &str| words.contains(&name) || name.parse::<u64>().is_ok();
        for (name, _) in names.iter().filter(|(name, thing)| matches!(thing, Thing::File(_)) && ours(name)) {
            self.removed(&format!("rm {}", remote(&listing::join(folder, name))))?;
        }
        self.sessions.ask(&format!("rmdir {}", remote(folder))).map(drop)
    }

    /// A file of this machine for something on its way.
    pub(super) fn passing(&self) -> Result<PathBuf, Fault> {
        fs::create_dir_all(&self.cache).map_err(|error| beside(&self.cache, &error))?;
        Ok(self.cache.join(self.slots.fetch_add(1, Ordering::Relaxed).to_string()))
    }
}

fn beside(path: &Path, error: &io::Error) -> Fault {
    Fault::fatal(format!("{}: {error}", path.display()))
}

#[cfg(unix)]
fn has_the_usual_mode(file: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(file)?.permissions().mode() & 0o777 == 0o644)
}

#[cfg(not(unix))]
fn has_the_usual_mode(file: &Path) -> io::Result<bool> {
    fs::metadata(file).map(|_| true)
}
