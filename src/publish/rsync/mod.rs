//! A folder of releases on a server with ssh and rsync as a target; never a change of a file that readers see.
//!
//! They see the release that the link `current` leads to, and the switch is the renaming of that link.
//!
//! A release begins as a copy of the present one, in hard links, so that whatever others have put beside our files is in
//! it. Then deleted files go, changed ones are uploaded by rsync, which replaces links and never writes into them, and
//! under a short lock `current` is switched, if it still leads to where it did when the plan was made. A run that is cut
//! off leaves a folder `releases/….part`, which the next switch clears away.

mod call;
mod scripts;

use super::listing::Listing;
use super::objects::{Fault, Over, Version};
use super::plan::What;
use super::release::Release;
use super::run;
use super::state::{self, State};
use super::whole::{Current, Next, RolledBack, Whole};
use crate::config::publish::Rsync as Settings;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder of releases on a server.
#[derive(Debug)]
pub struct Rsync {
    settings: Settings,
}

/// The folder that the settings name, as a target. Nothing is asked of the server yet.
pub fn open(settings: &Settings) -> Rsync {
    Rsync { settings: settings.clone() }
}

impl Whole for Rsync {
    fn place(&self) -> String {
        let Settings { server, port, path, .. } = &self.settings;
        let port = port.map_or_else(String::new, |port| format!(" port {port}"));
        format!("{server}:{path}{port}")
    }

    fn read(&self) -> Result<Current, Fault> {
        let answer = self.script(scripts::READ, &[], b"")?;
        let (word, rest) = line(&answer);
        let Settings { server, path, .. } = &self.settings;
        match word {
            "empty" => Ok(Current { state: None, version: None }),
            "link" => {
                let (link, rest) = line(rest);
                let (word, text) = line(rest);
                Ok(Current { state: (word == "state").then(|| text.to_vec()), version: Some(Version(link.to_owned())) })
            }
            "folder" => Err(Fault::with_help(
                format!("`current` in {path} is a folder, and a link of that name is needed"),
                "rename it, and make a link `current` to it: then what is in it stays beside the site",
            )),
            "shut" => Err(Fault::with_help(
                format!("nothing may be written in {path}: Permission denied"),
                format!("see whose folder that is: the user of `ssh {server}` must be able to write there"),
            )),
            _ => Err(Fault::with_help(
                format!("there is no folder {path} on `{server}`"),
                "make it there, or correct `path` of this target in `site.yaml`",
            )),
        }
    }

    fn occupied(&self, keys: &[&str]) -> Result<Vec<String>, Fault> {
        let there = Listing::parse(&self.script(scripts::LIST, &[], b"")?)?;
        Ok(there.taken(keys))
    }

    fn release(&self, next: &Next) -> Result<(), Fault> {
        let expected = next.expected.map_or("", |version| &*version.0);
        let before = next.plan.of(What::Deleted).map(|change| &*change.key);
        let names: BTreeSet<&str> = next.state.files.keys().map(String::as_str).chain(before).collect();
        let (id, there) = self.prepare(expected, &names)?;
        self.or_dropped(&id, expected, next.state, || {
            let mut lines = Vec::new();
            let deleted: Vec<&str> = next.plan.of(What::Deleted).map(|change| &*change.key).collect();
            for key in deleted.iter().filter(|key| there.files.contains(**key)) {
                lines.push(format!("-{key}"));
            }
            let there = there.without(&deleted.iter().map(|key| (*key).to_owned()).collect());
            lines.extend(folders(&deleted).into_iter().map(|folder| format!("/{folder}")));
            there.admits(next.plan.uploads())?;
            self.edit(&id, &lines)?;
            for (folder, keys) in sources(next)? {
                call::upload(&self.settings, &folder, &format!("releases/{id}.part"), &keys)?;
            }
            self.switch(&id, expected, &next.state.text())
        })
    }

    fn roll_back(&self, _: i64) -> Result<RolledBack, Fault> {
        let current = self.read()?;
        let (Some(text), Some(Version(expected))) = (current.state, current.version) else {
            return Ok(RolledBack::NoEarlier);
        };
        let answer = self.script(scripts::EARLIER, &[&expected], b"")?;
        let (earlier, past_text) = line(&answer);
        if earlier == "none" {
            return Ok(RolledBack::NoEarlier);
        }
        let parsed = |text: &[u8]| {
            State::parse(text).map_err(|why| Fault::fatal(format!("the state there cannot be used: {why}")))
        };
        let (present, past) = (parsed(&text)?, parsed(past_text)?);
        let now = Listing::parse(&self.script(scripts::LIST, &[], b"")?)?;
        let names = present.files.keys().chain(past.files.keys()).map(String::as_str).collect();
        let (id, then) = self.prepare(earlier, &names)?;
        self.or_dropped(&id, &expected, &past, || {
            // What others put there stays as it is now.
            let (theirs, old) = (now.others(&present), then.others(&past));
            let then = then.without(&old);
            if let Some(taken) = theirs.iter().find_map(|key| then.in_the_way(key, Over::Nothing)) {
                return Err(Fault::Occupied(taken));
            }
            if theirs.iter().chain(&old).any(|key| key.contains('\n')) {
                return Err(Fault::fatal("a file there that is not Guidepost's has a line break in its name"));
            }
            let gone = old.iter().map(|key| format!("-{key}"));
            let emptied = folders(&old.iter().map(String::as_str).collect::<Vec<_>>());
            let emptied = emptied.into_iter().map(|folder| format!("/{folder}"));
            let come = theirs.iter().map(|key| format!("+{key}"));
            self.edit(&id, &gone.chain(emptied).chain(come).collect::<Vec<_>>())?;
            self.switch(&id, &expected, past_text)
        })?;
        Ok(RolledBack::To(past.release().to_string()))
    }
}

impl Rsync {
    fn script(&self, script: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Fault> {
        call::script(&self.settings, script, arguments, input)
    }

    /// Begins a release as a copy of the one that the link `from` leads to. `names` are those that may be ours in it.
    fn prepare(&self, from: &str, names: &BTreeSet<&str>) -> Result<(String, Listing), Fault> {
        let mut lines: Vec<String> = names.iter().map(|name| format!("./{name}\n")).collect();
        lines.push(format!("./{}\n", state::KEY));
        lines.sort();
        let end: String = run::new_id(0).chars().take(8).collect();
        let answer = self.script(scripts::PREPARE, &[from, &end], lines.concat().as_bytes())?;
        let at = answer.iter().position(|byte| *byte == 0).unwrap_or(answer.len());
        let id = String::from_utf8_lossy(&answer[..at]).into_owned();
        Ok((id, Listing::parse(answer.get(at + 1..).unwrap_or_default())?))
    }

    fn edit(&self, id: &str, lines: &[String]) -> Result<(), Fault> {
        if lines.is_empty() {
            return Ok(());
        }
        self.script(scripts::EDIT, &[id], (lines.join("\n") + "\n").as_bytes()).map(drop)
    }

    fn switch(&self, id: &str, expected: &str, state: &[u8]) -> Result<(), Fault> {
        let (keep, size) = (self.settings.releases.to_string(), state.len().to_string());
        let answer = self.script(scripts::SWITCH, &[id, expected, &keep, &size], state)?;
        match line(&answer).0 {
            "done" => Ok(()),
            "other" => Err(Fault::Conflict),
            "locked" => Err(Fault::passing("another run is switching to its release")),
            _ => Err(Fault::passing("the connection was cut")),
        }
    }

    /// Does `work` for the release `id`; if that fails, clears it away, and finds out whether somebody else has published
    /// meanwhile, or whether the switch was made without our being told.
    fn or_dropped(
        &self,
        id: &str,
        expected: &str,
        state: &State,
        work: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Err(fault) = work() else { return Ok(()) };
        if let Fault::Occupied(_) = fault {
            self.script(scripts::DROP, &[id], b"").map(drop)?;
            return Err(fault);
        }
        let Ok(there) = self.read() else { return Err(fault) };
        // The next switch clears away what stays now.
        let _ = self.script(scripts::DROP, &[id], b"");
        let is_switched = there.version.as_ref().is_some_and(|version| version.0 == format!("releases/{id}"));
        match there.version.map(|version| version.0).unwrap_or_default() {
            _ if is_switched && there.state.as_deref() == Some(&state.text()) => Ok(()),
            now if now != expected => Err(Fault::Conflict),
            _ => Err(fault),
        }
    }
}

/// The first line of an answer, and what is behind it.
fn line(answer: &[u8]) -> (&str, &[u8]) {
    let at = answer.iter().position(|byte| *byte == b'\n').unwrap_or(answer.len());
    (std::str::from_utf8(&answer[..at]).unwrap_or_default(), answer.get(at + 1..).unwrap_or_default())
}

/// The folders around these keys, inner ones first.
fn folders(keys: &[&str]) -> Vec<String> {
    let outer = keys.iter().flat_map(|key| key.match_indices('/').map(|(at, _)| key[..at].to_owned()));
    outer.collect::<BTreeSet<_>>().into_iter().rev().collect()
}

/// The local folders that hold what is uploaded, with its keys.
fn sources<'n>(next: &'n Next) -> Result<Vec<(PathBuf, Vec<&'n str>)>, Fault> {
    let Next { plan, release, .. } = next;
    let mut sources: Vec<(PathBuf, Vec<&str>)> = Vec::new();
    for change in plan.uploads() {
        let folder = source(release, &change.key)?;
        match sources.iter_mut().find(|(found, _)| *found == folder) {
            Some((_, keys)) => keys.push(&change.key),
            None => sources.push((folder, vec![&change.key])),
        }
    }
    Ok(sources)
}

/// The local folder below which the file of the key lies.
fn source(release: &Release, key: &str) -> Result<PathBuf, Fault> {
    let file = release.files.get(key).ok_or_else(|| Fault::fatal("it is no file of the site"))?;
    let depth = Path::new(key).components().count();
    let folder = file.at.ancestors().nth(depth).filter(|folder| folder.join(key) == file.at);
    folder.map(Path::to_owned).ok_or_else(|| Fault::fatal("it lies under another name in the cache"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_folders_come_first() {
        assert_eq!(folders(&["a/b/c.html", "a/d.html", "e"]), ["a/b", "a"]);
        assert_eq!(line(b"link\nx\ny"), ("link", &b"x\ny"[..]));
        assert_eq!(line(b"done"), ("done", &b""[..]));
    }
}
