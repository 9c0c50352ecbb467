//! What a run did ↔ a file in the cache, so that the next one need not do it again; without it everything is still right.
//!
//! It is believed only if the state on the target names a run of it: then nobody else has published since, and what the
//! target confirmed is there.

use crate::hash::Hash;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

const HEADER: &str = "guidepost publish journal 1";

/// What an object was when the target confirmed it: the hash of its bytes, and the mark of its headers.
pub type Confirmed = (Hash, Option<String>);

/// The journal of the runs since the last one that ended well.
#[derive(Debug, Default)]
pub struct Journal {
    path: Option<PathBuf>,
    runs: Vec<String>,
    puts: BTreeMap<String, Confirmed>,
    file: Mutex<Option<File>>,
}

impl Journal {
    /// The journal in the file `path`, for the target at `place`; an empty one if there is none for it.
    pub fn read(path: PathBuf, place: &str) -> Journal {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut journal = Journal { path: Some(path), ..Journal::default() };
        // The last line of a run that was cut off may be half.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let mut lines = whole.lines();
        if lines.next() != Some(HEADER) || lines.next() != Some(place) {
            return journal;
        }
        for line in lines {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("run"), Some(id), None, None) => journal.runs.push(id.to_owned()),
                (Some("put"), Some(hash), Some(headers), Some(key)) if let Ok(hash) = hash.parse() => {
                    let headers = (headers != "-").then(|| headers.to_owned());
                    journal.puts.insert(key.to_owned(), (hash, headers));
                }
                _ => return Journal { path: journal.path, ..Journal::default() },
            }
        }
        journal
    }

    /// A journal that is kept nowhere.
    pub fn none() -> Journal {
        Journal::default()
    }

    /// Whether the run `id` was one of ours.
    pub fn has(&self, id: &str) -> bool {
        self.runs.iter().any(|run| run == id)
    }

    /// What was confirmed for `key`, in the run that the state names as `run`.
    pub fn confirmed(&self, run: &str, key: &str) -> Option<&Confirmed> {
        self.puts.get(key).filter(|_| self.has(run))
    }

    /// Notes that the run `id` is about to begin, after the run `before` if that was cut off. What cannot be written
    /// only costs time later.
    pub fn begin(&self, id: &str, before: Option<&str>, place: &str) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        // In one step: half a journal would not know the run that the state names.
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        let mut text = format!("{HEADER}\n{place}\n");
        if before.is_some_and(|before| self.has(before)) {
            self.runs.iter().for_each(|run| text.push_str(&format!("run {run}\n")));
            self.puts.iter().for_each(|(key, confirmed)| text.push_str(&line(key, confirmed)));
        }
        text.push_str(&format!("run {id}\n"));
        file.write_all(text.as_bytes())?;
        fs::rename(&new, path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// Notes that the target has confirmed an object.
    pub fn put(&self, key: &str, confirmed: &Confirmed) {
        if let Some(file) = &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            // It would only have saved time.
            let _ = file.write_all(line(key, confirmed).as_bytes());
        }
    }

    /// Forgets all, because a run ended well.
    pub fn end(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(path) = &self.path {
            // A journal that stays is of a run that no state names: it is not believed.
            let _ = fs::remove_file(path);
        }
    }
}

fn line(key: &str, (hash, headers): &Confirmed) -> String {
    format!("put {hash} {} {key}\n", headers.as_deref().unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_confirmed_is_known_to_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let read = || Journal::read(path.clone(), "s3://b/");
        let first = read();
        first.begin("1", None, "s3://b/").unwrap();
        first.put("a b.html", &(Hash::of(b"a"), Some("00ff".into())));
        let second = read();
        assert_eq!(second.confirmed("1", "a b.html"), Some(&(Hash::of(b"a"), Some("00ff".into()))));
        assert_eq!(second.confirmed("2", "a b.html"), None, "somebody else's run came between");
        assert!(!Journal::read(path.clone(), "s3://other/").has("1"));

        second.begin("2", Some("1"), "s3://b/").unwrap();
        second.put("c", &(Hash::of(b"c"), None));
        let cut = fs::read(&path).unwrap();
        fs::write(&path, &cut[..cut.len() - 3]).unwrap();
        let third = read();
        assert!(third.has("1") && third.has("2") && third.confirmed("2", "a b.html").is_some());
        assert_eq!(third.confirmed("2", "c"), None, "half a line is none");
        third.begin("3", Some("2"), "s3://b/").unwrap();
        let fourth = read();
        assert!(fourth.has("1") && fourth.has("3") && fourth.confirmed("3", "a b.html").is_some());
        fourth.begin("4", None, "s3://b/").unwrap();
        assert!(read().confirmed("4", "a b.html").is_none(), "a fresh start");
        read().end();
        assert!(!path.exists());
    }
}
