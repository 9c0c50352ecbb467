//! Runs of `publish` → which of them may change a server's folder: the one whose folder is there under the lock's name.
//!
//! A lock is a folder with a file in it that says who holds it. It is made under a name of its own and then renamed, so
//! that it is never there without its holder. (`mkdir` alone would not do: some servers say yes to a folder that is there.)
//! Which runs were ours is noted in the cache, in a file that is locked while one of them is alive: the lock of a run of
//! ours that was killed is broken by the next one.

use super::STAGE;
use super::session::remote;
use super::there::There;
use crate::publish::objects::Fault;
use crate::publish::prepare::now;
use crate::publish::run::{self, LEASE, TakeOver};
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The file in the cache that names our runs.
pub(super) const OWN: &str = "runs";

/// How often the holder says that it is alive.
const RENEWAL: Duration = Duration::from_secs(60);

/// How often it looks whether it still is the holder, while it uploads.
pub(super) const LOOK: Duration = Duration::from_secs(2);

/// The file in the lock that names the holder.
const HOLDER: &str = "holder";

/// Who holds a lock that names no holder.
const NOBODY: &str = "";

/// How often a lock that disappears while it is looked at is looked at again.
const TRIES: u32 = 5;

/// The lock; it ends with this value.
pub(super) struct Lock {
    there: Arc<There>,
    id: String,
    own: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let gone = format!("{STAGE}.{}.gone", self.id);
        let end = || -> Result<(), Fault> {
            // In one step: nobody meets a lock without a holder.
            if is_held(&self.there, &self.id)? {
                self.there.done(&format!("rename -l {} {}", remote(STAGE), remote(&gone)))?;
            }
            self.there.clear(&gone, &[HOLDER])
        };
        // If the server does not answer, the next run of ours finds its number here.
        if end().is_ok() {
            let _ = self.own.set_len(0);
        }
    }
}

/// Takes the lock, or tells for how many seconds its holder has been silent.
pub(super) fn take(there: &Arc<There>, take_over: TakeOver) -> Result<Result<Lock, i64>, Fault> {
    let path = there.cache.join(OWN);
    let beside = |error: std::io::Error| Fault::fatal(format!("{}: {error}", path.display()));
    fs::create_dir_all(&there.cache).map_err(beside)?;
    let mut own = File::options().read(true).append(true).create(true).open(&path).map_err(beside)?;
    match own.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Err(0)),
        // Without locks here, the one there must do.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(beside(error)),
    }
    let mut text = String::new();
    own.read_to_string(&mut text).map_err(beside)?;
    let ours: Vec<&str> = text.lines().collect();
    let id = run::new_id(now());
    own.write_all(format!("{id}\n").as_bytes()).map_err(beside)?;

    let new = format!("{STAGE}.{id}");
    there.done(&format!("mkdir {}", remote(&new)))?;
    there.put_bytes(holder(&id).as_bytes(), &format!("{new}/{HOLDER}"))?;
    for round in 0..TRIES {
        std::thread::sleep(Duration::from_millis(200) * round);
        let renamed = there.sessions.ask(&format!("rename -l {} {}", remote(&new), remote(STAGE)))?;
        if renamed.is_empty() && is_held(there, &id)? {
            sweep(there, &ours)?;
            return Ok(Ok(Lock { there: Arc::clone(there), id, own }));
        }
        let Some(text) = there.get(&format!("{STAGE}/{HOLDER}"))? else {
            // Some servers make the folder of a file that arrives: one that was on its way to a lock that is broken.
            break_lock(there, &id, NOBODY)?;
            continue;
        };
        let (who, silent) = read(&text);
        let is_dead = ours.contains(&&*who) || silent > LEASE.as_secs() as i64;
        if !is_dead && take_over != TakeOver::Always {
            there.clear(&new, &[HOLDER])?;
            return Ok(Err(silent.max(0)));
        }
        break_lock(there, &id, &who)?;
        if !is_dead {
            // If it is alive after all, it has seen by then that it is not the holder: its files have no way in meanwhile.
            std::thread::sleep(LOOK + Duration::from_secs(1));
        }
    }
    there.clear(&new, &[HOLDER])?;
    let why = format!("the lock `{STAGE}` cannot be taken");
    Err(Fault::with_help(why, "see what there is under that name on the server, and remove it if it is not in use"))
}

/// Whether the lock is that of the run `id`.
fn is_held(there: &There, id: &str) -> Result<bool, Fault> {
    Ok(there.get(&format!("{STAGE}/{HOLDER}"))?.is_some_and(|text| read(&text).0 == id))
}

/// What a run knows of its lock while it works.
pub(super) struct Watch {
    id: String,
    seen: Instant,
    said: Instant,
}

impl Watch {
    /// The lock was taken just now.
    pub(super) fn of(lock: &Lock) -> Watch {
        Watch { id: lock.id.clone(), seen: Instant::now(), said: Instant::now() }
    }

    /// Looks whether the run still holds the lock, if it has not looked since `every`; says that it is alive, if that is due.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if another run has taken over, because this one seemed to be dead.
    pub(super) fn look(&mut self, there: &There, every: Duration) -> Result<(), Fault> {
        if self.seen.elapsed() < every {
            return Ok(());
        }
        if !is_held(there, &self.id)? {
            return Err(Fault::Conflict);
        }
        self.seen = Instant::now();
        if self.said.elapsed() >= RENEWAL {
            there.put_bytes(holder(&self.id).as_bytes(), &format!("{STAGE}/{HOLDER}"))?;
            self.said = Instant::now();
        }
        Ok(())
    }
}

/// Moves away the lock of the dead run `who`; if another has taken its place meanwhile, that one stays.
fn break_lock(there: &There, id: &str, who: &str) -> Result<(), Fault> {
    let gone = format!("{STAGE}.{id}.gone");
    if !there.sessions.ask(&format!("rename -l {} {}", remote(STAGE), remote(&gone)))?.is_empty() {
        return Ok(());
    }
    match there.get(&format!("{gone}/{HOLDER}"))? {
        Some(text) if read(&text).0 != who => there.done(&format!("rename -l {} {}", remote(&gone), remote(STAGE))),
        _ => there.clear(&gone, &[HOLDER]),
    }
}

/// Removes what runs of ours that were killed left beside the lock.
fn sweep(there: &There, ours: &[&str]) -> Result<(), Fault> {
    if ours.is_empty() {
        return Ok(());
    }
    let names = there.list("")?.unwrap_or_default();
    for name in names.keys() {
        let id =
            name.strip_prefix(STAGE).and_then(|rest| rest.strip_prefix('.')).map(|id| id.trim_end_matches(".gone"));
        if id.is_some_and(|id| ours.contains(&id)) {
            there.clear(name, &[HOLDER])?;
        }
    }
    Ok(())
}

fn holder(id: &str) -> String {
    format!("guidepost {id} {}\n", now())
}

/// Who holds a lock, and for how many seconds nothing was heard of it.
fn read(text: &[u8]) -> (String, i64) {
    let text = String::from_utf8_lossy(text);
    let mut words = text.split_whitespace().skip(1);
    let who = words.next().unwrap_or_default().to_owned();
    // What cannot be read is being written just now.
    let alive = words.next().and_then(|alive| alive.parse().ok()).unwrap_or_else(now);
    (who, now() - alive)
}
