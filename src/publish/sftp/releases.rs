//! A folder of releases on a server that speaks SFTP as a target; never a change of a file that readers see.
//!
//! They see the release that the link `current` leads to, and the switch is the renaming of that link. All that a release
//! has in common with the one before, ours and others', is a hard link, where the server makes such; else it is uploaded
//! or copied. Beside a release `000007-…` lies `000007-….names` with the names that were put there by us: nothing else is
//! deleted when the release is dropped.

use super::STAGE;
use super::listing::Thing;
use super::lock::{self, LOOK, Lock, Watch};
use super::session::remote;
use super::there::There;
use super::trees::{Tree, all, make_folders, walk};
use crate::publish::apply::Progress;
use crate::publish::listing::Listing;
use crate::publish::objects::{Fault, Over, Version};
use crate::publish::plan::What;
use crate::publish::release::File;
use crate::publish::retry::Patience;
use crate::publish::run::{self, TakeOver};
use crate::publish::state::{self, State};
use crate::publish::whole::{Current, Next, RolledBack, Whole};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The folder of the releases.
const FOLDER: &str = "releases";

/// The link to the present one.
const CURRENT: &str = "current";

/// The version of a `current` that is not ours.
const FOREIGN: &str = "link";

/// A folder of releases.
pub(super) struct Releases {
    there: Arc<There>,
}

/// A release that is about to be made.
struct Made<'m> {
    /// Files and links of other releases: its key, and where it is.
    kept: BTreeMap<&'m str, String>,
    /// Files of this machine, by key.
    new: BTreeMap<&'m str, &'m File>,
    /// Files of ours of this machine, for a server without hard links.
    here: &'m BTreeMap<String, File>,
    state: Vec<u8>,
}

impl Releases {
    pub(super) fn new(there: Arc<There>) -> Releases {
        Releases { there }
    }
}

impl Whole for Releases {
    fn place(&self) -> String {
        self.there.place()
    }

    fn read(&self) -> Result<Current, Fault> {
        let version = self.current()?.map(Version);
        let text = match version {
            Some(_) => self.there.get(&format!("{CURRENT}/{}", state::KEY))?,
            None => None,
        };
        Ok(Current { state: text, version })
    }

    fn occupied(&self, keys: &[&str]) -> Result<Vec<String>, Fault> {
        let there = walk(&self.there, CURRENT)?.names;
        Ok(there.taken(keys))
    }

    fn release(&self, next: &Next) -> Result<(), Fault> {
        let lock = self.hold(next.take_over)?;
        let expected = next.expected.map(|version| &*version.0);
        if self.current()?.as_deref() != expected {
            return Err(Fault::Conflict);
        }
        let found = walk(&self.there, CURRENT)?;
        let deleted: BTreeSet<String> = next.plan.of(What::Deleted).map(|change| change.key.clone()).collect();
        let stays = found.names.clone().without(&deleted);
        stays.admits(next.plan.uploads())?;
        let file = |key| next.release.files.get(key).ok_or_else(|| Fault::fatal("it is no file of the site"));
        let new = next.plan.uploads().map(|change| Ok((&*change.key, file(&change.key)?)));
        let new: BTreeMap<&str, &File> = new.collect::<Result<_, Fault>>()?;
        let kept = stays.files.iter().chain(&stays.odd).filter(|key| *key != state::KEY && !new.contains_key(&***key));
        let kept = kept.map(|key| (&**key, format!("{CURRENT}/{key}"))).collect();
        let made = Made { kept, new, here: &next.release.files, state: next.state.text() };
        settled(self.make(&lock, &made, expected, &found, next.listen))
    }

    fn roll_back(&self, _: i64) -> Result<RolledBack, Fault> {
        let lock = self.hold(TakeOver::IfDead)?;
        let Some(current) = self.current()?.filter(|current| current != FOREIGN) else {
            return Ok(RolledBack::NoEarlier);
        };
        let present = current.rsplit('/').next().unwrap_or_default();
        let earlier = self.kept()?.into_iter().rfind(|id| &**id < present);
        let Some(earlier) = earlier else { return Ok(RolledBack::NoEarlier) };
        let state = |folder: &str| -> Result<State, Fault> {
            let text = self.there.get(&format!("{folder}/{}", state::KEY))?;
            let text = text.ok_or_else(|| Fault::fatal(format!("there is no state in {folder}")))?;
            State::parse(&text).map_err(|why| Fault::fatal(format!("the state in {folder} cannot be used: {why}")))
        };
        let from = format!("{FOLDER}/{earlier}");
        let (now, past) = (state(CURRENT)?, state(&from)?);
        let found = walk(&self.there, CURRENT)?;
        // What others put there stays as it is now.
        let theirs = found.names.others(&now);
        let ours = Listing { files: past.files.keys().cloned().collect(), odd: BTreeSet::new() };
        if let Some(taken) = theirs.iter().find_map(|key| ours.in_the_way(key, Over::Nothing)) {
            return Err(Fault::Occupied(taken));
        }
        let of_ours = ours.files.iter().map(|key| (&**key, format!("{from}/{key}")));
        let kept = of_ours.chain(theirs.iter().map(|key| (&**key, format!("{CURRENT}/{key}")))).collect();
        let made = Made { kept, new: BTreeMap::new(), here: &BTreeMap::new(), state: past.text() };
        settled(self.make(&lock, &made, Some(&current), &found, &|_| ()))?;
        Ok(RolledBack::To(past.release().to_string()))
    }
}

impl Releases {
    fn hold(&self, take_over: TakeOver) -> Result<Lock, Fault> {
        lock::take(&self.there, take_over)?.map_err(Fault::Busy)
    }

    /// The release that readers see, as `releases/000007-…`; `FOREIGN` if somebody else made the link.
    fn current(&self) -> Result<Option<String>, Fault> {
        match self.there.thing(CURRENT)? {
            None => Ok(None),
            Some(Thing::Odd) => {
                let path = self.there.sessions.resolved(CURRENT)?.unwrap_or_default();
                Ok(Some(own(&path).unwrap_or_else(|| FOREIGN.to_owned())))
            }
            Some(_) => Err(Fault::with_help(
                format!("`{CURRENT}` at {} is no link, and a link of that name is needed", self.there.place()),
                "rename it, and make a link `current` to it: then what is in it stays beside the site",
            )),
        }
    }

    /// The releases that are there as a whole, the oldest first.
    fn kept(&self) -> Result<Vec<String>, Fault> {
        let names = self.there.list(FOLDER)?.unwrap_or_default();
        let is_whole = |id: &&String| is_id(id) && names.contains_key(&format!("{id}.names"));
        Ok(names
            .iter()
            .filter(|(_, thing)| **thing == Thing::Folder)
            .map(|(id, _)| id)
            .filter(is_whole)
            .cloned()
            .collect())
    }

    /// Makes a release and lets `current` lead to it, if that still leads to `expected` and what is there is what was found.
    fn make(
        &self,
        lock: &Lock,
        made: &Made,
        expected: Option<&str>,
        found: &Tree,
        listen: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), Fault> {
        let there = &*self.there;
        self.can_switch()?;
        if there.thing(FOLDER)?.is_none() {
            there.done(&format!("mkdir {}", remote(FOLDER)))?;
        }
        self.drop_parts(expected.unwrap_or_default())?;
        let last = self.kept()?.last().and_then(|id| id[..6].parse::<u32>().ok()).unwrap_or(0);
        let end: String = run::new_id(0).chars().take(8).collect();
        let id = format!("{:06}-{end}", last + 1);
        let part = format!("{FOLDER}/{id}.part");
        let keys = || made.kept.keys().chain(made.new.keys()).copied();
        let names: Vec<&str> = keys().chain([state::KEY]).collect();
        Patience::USUAL
            .call(|_| there.put_bytes((names.join("\n") + "\n").as_bytes(), &format!("{FOLDER}/{id}.names")))?;
        there.done(&format!("mkdir {}", remote(&part)))?;
        make_folders(there, &part, keys())?;
        let watch = Mutex::new(Watch::of(lock));
        let look = |every| watch.lock().unwrap_or_else(PoisonError::into_inner).look(there, every);
        let (done, total) = (AtomicUsize::new(0), made.kept.len() + made.new.len());
        let tell = || listen(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
        let kept: Vec<(&&str, &String)> = made.kept.iter().collect();
        let links = match kept.first() {
            Some((key, from)) => there.links(from, &format!("{part}/{key}"))?,
            None => true,
        };
        let linked = usize::from(links && !kept.is_empty());
        (0..linked).for_each(|_| tell());
        all(&kept[linked..], |(key, from)| {
            look(LOOK)?;
            let to = format!("{part}/{key}");
            match made.here.get(**key) {
                _ if links => there.link(from, &to)?,
                Some(file) => Patience::USUAL.call(|_| there.put(&file.at, file.size, &to))?,
                None => there.copy(from, &to)?,
            }
            tell();
            Ok(())
        })?;
        let new: Vec<(&&str, &&File)> = made.new.iter().collect();
        all(&new, |(key, file)| {
            look(LOOK)?;
            Patience::USUAL.call(|_| there.put(&file.at, file.size, &format!("{part}/{key}")))?;
            tell();
            Ok(())
        })?;
        Patience::USUAL.call(|_| there.put_bytes(&made.state, &format!("{part}/{}", state::KEY)))?;
        there.done(&format!("rename -l {} {}", remote(&part), remote(&format!("{FOLDER}/{id}"))))?;
        look(Duration::ZERO)?;
        if self.current()?.as_deref() != expected || walk(there, CURRENT)? != *found {
            return Err(Fault::Conflict);
        }
        self.switch(&id)?;
        // What stays now is dropped after the next release.
        let _ = self.drop_old(&id);
        Ok(())
    }

    fn switch(&self, id: &str) -> Result<(), Fault> {
        let there = &*self.there;
        // Beside `current`: a link's text is read from the folder that it lies in.
        let (target, new) = (format!("{FOLDER}/{id}"), format!("{STAGE}.link"));
        there.removed(&format!("rm {}", remote(&new)))?;
        there.done(&format!("symlink \"{target}\" {}", remote(&new)))?;
        if there.sessions.resolved(&new)?.as_deref().and_then(own).as_deref() != Some(&*target) {
            return Err(no_switch("it does not tell where a link leads"));
        }
        match there.done(&format!("rename {} {}", remote(&new), remote(CURRENT))) {
            // It may have been done without our being told.
            Err(_) if self.current()?.as_deref() == Some(&*target) => Ok(()),
            done => done,
        }
    }

    /// Tells whether the server can do what a switch needs, before anything is uploaded.
    fn can_switch(&self) -> Result<(), Fault> {
        let slot = self.there.slot();
        let said = self.there.sessions.ask(&format!("symlink \"x\" {}", remote(&slot)))?.join("; ");
        if !said.is_empty() {
            return Err(no_switch(&format!("sftp says: {said}")));
        }
        self.there.removed(&format!("rm {}", remote(&slot)))?;
        if self.there.replaces()? { Ok(()) } else { Err(no_switch("it does not rename over what is there")) }
    }

    /// Drops what runs that are dead were making: we have the lock.
    fn drop_parts(&self, current: &str) -> Result<(), Fault> {
        let names = self.there.list(FOLDER)?.unwrap_or_default();
        for name in names.keys() {
            let id = name.strip_suffix(".part").or_else(|| name.strip_suffix(".names")).unwrap_or(name);
            let is_part = is_id(id) && (name.ends_with(".part") || name.ends_with(".names") && !names.contains_key(id));
            // One that is whole, but was never switched to, is newer than the present one.
            let is_unseen = is_id(name) && own(current).is_some_and(|current| format!("{FOLDER}/{name}") > current);
            if is_part || is_unseen && names.contains_key(&format!("{name}.names")) {
                self.drop(id, if is_unseen { "" } else { ".part" }, None)?;
            }
        }
        Ok(())
    }

    /// Drops releases but the latest ones; never `present`.
    fn drop_old(&self, present: &str) -> Result<(), Fault> {
        let keep = self.there.sessions.settings().releases;
        let ids = self.kept()?;
        let many = ids.len().saturating_sub(keep);
        for (at, id) in ids.iter().enumerate().take(many).filter(|(_, id)| *id != present) {
            self.drop(id, "", ids.get(at + 1))?;
        }
        Ok(())
    }

    /// Drops a release: what we put into it, and what was carried from it into the next one.
    fn drop(&self, id: &str, end: &str, next: Option<&String>) -> Result<(), Fault> {
        let mut names = BTreeSet::new();
        for list in [Some(id), next.map(String::as_str)].into_iter().flatten() {
            let text = self.there.get(&format!("{FOLDER}/{list}.names"))?.unwrap_or_default();
            names.extend(String::from_utf8_lossy(&text).lines().map(str::to_owned));
        }
        if self.there.uproot(&format!("{FOLDER}/{id}{end}"), &names)? {
            self.there.removed(&format!("rm {}", remote(&format!("{FOLDER}/{id}.names"))))?;
        }
        Ok(())
    }
}

/// What was tried again and again is not tried again as a whole.
fn settled(made: Result<(), Fault>) -> Result<(), Fault> {
    made.map_err(|fault| match fault {
        Fault::Retry { why, .. } => Fault::fatal(why),
        fault => fault,
    })
}

fn no_switch(why: &str) -> Fault {
    let help = "leave out `releases`: then each file is renamed into its place in the folder itself";
    Fault::with_help(format!("this server cannot switch from one release to the next: {why}"), help)
}

/// The release that a path ends with, as `releases/000007-…`.
fn own(path: &str) -> Option<String> {
    let (outer, id) = path.rsplit_once('/')?;
    (outer.rsplit('/').next() == Some(FOLDER) && is_id(id)).then(|| format!("{FOLDER}/{id}"))
}

fn is_id(name: &str) -> bool {
    name.len() == 15
        && name.bytes().enumerate().all(|(at, byte)| match at {
            0..6 => byte.is_ascii_digit(),
            6 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_by_their_names() {
        assert_eq!(own("/srv/www/releases/000007-0a1b2c3d").as_deref(), Some("releases/000007-0a1b2c3d"));
        assert_eq!(own("/srv/www/current"), None);
        assert!(!is_id("000007-0a1b2c3d.part") && !is_id("00000x-0a1b2c3d"));
    }
}
