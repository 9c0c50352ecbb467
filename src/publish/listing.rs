//! The names in a release's folder, as `find` prints them or as they were listed → which are in the way of ours; links are
//! never looked through.

use super::objects::{Fault, Over};
use super::plan::{Change, What};
use super::state::{self, State};
use std::collections::BTreeSet;

/// The names in a release, ours and others'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Files.
    pub(super) files: BTreeSet<String>,
    /// Links and other things that are neither files nor folders.
    pub(super) odd: BTreeSet<String>,
}

impl Listing {
    /// Two lists of names that begin with `./` and end with NUL, each with `/` behind it.
    pub(super) fn parse(text: &[u8]) -> Result<Listing, Fault> {
        let text = String::from_utf8_lossy(text);
        let mut parts = [BTreeSet::new(), BTreeSet::new()];
        let mut at = 0;
        for name in text.split_terminator('\0') {
            match (name, name.strip_prefix("./"), parts.get_mut(at)) {
                ("/", _, Some(_)) => at += 1,
                (_, Some(name), Some(part)) => drop(part.insert(name.to_owned())),
                _ => return Err(Fault::passing("the list of files there is not whole")),
            }
        }
        let [files, odd] = parts;
        if at == 2 { Ok(Listing { files, odd }) } else { Err(Fault::passing("the list of files there is not whole")) }
    }

    /// What keeps a file from being put at `key`: anything that is no folder around it, a folder with something in it in
    /// its place, a link, and, if nothing may be there, a file.
    pub(super) fn in_the_way(&self, key: &str, over: Over) -> Option<String> {
        let is = |name: &str| self.files.contains(name) || self.odd.contains(name);
        let outer = key.match_indices('/').map(|(at, _)| &key[..at]).find(|outer| is(outer));
        let own = (self.odd.contains(key) || over == Over::Nothing && self.files.contains(key)).then_some(key);
        let inside = format!("{key}/");
        let has_inner = |names: &BTreeSet<String>| {
            names.range(inside.clone()..).next().is_some_and(|name| name.starts_with(&inside))
        };
        let inner = (has_inner(&self.files) || has_inner(&self.odd)).then_some(key);
        outer.or(own).or(inner).map(str::to_owned)
    }

    /// Which names keep files from being put at `keys` if nothing may be there; sorted, each once.
    pub(super) fn taken(&self, keys: &[&str]) -> Vec<String> {
        let taken: BTreeSet<String> = keys.iter().filter_map(|key| self.in_the_way(key, Over::Nothing)).collect();
        taken.into_iter().collect()
    }

    /// Whether every upload of a plan finds its place as the plan expects it.
    ///
    /// # Errors
    /// [`Fault::Occupied`] with the first name that is in the way.
    pub(super) fn admits<'c>(&self, mut uploads: impl Iterator<Item = &'c Change>) -> Result<(), Fault> {
        let over = |change: &Change| if change.what == What::Added { Over::Nothing } else { Over::Ours };
        let taken = uploads.find_map(|change| self.in_the_way(&change.key, over(change)));
        taken.map_or(Ok(()), |taken| Err(Fault::Occupied(taken)))
    }

    /// The names that are not those of the release with this state.
    pub(super) fn others(&self, state: &State) -> BTreeSet<String> {
        let ours = |key: &String| key == state::KEY || state.files.contains_key(key);
        self.files.iter().filter(|key| !ours(key)).chain(&self.odd).cloned().collect()
    }

    /// The listing without these names.
    pub(super) fn without(mut self, names: &BTreeSet<String>) -> Listing {
        self.files.retain(|name| !names.contains(name));
        self.odd.retain(|name| !names.contains(name));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_seen() {
        let there = Listing::parse(b"./a/index.html\0./b\0./d/x/y\0/\0./link\0/\0").unwrap();
        let way = |key: &str| there.in_the_way(key, Over::Nothing);
        assert_eq!(way("a/index.html").as_deref(), Some("a/index.html"));
        assert_eq!(there.in_the_way("a/index.html", Over::Ours), None);
        assert_eq!(way("b/index.html").as_deref(), Some("b"));
        assert_eq!(way("d/x").as_deref(), Some("d/x"));
        assert_eq!(way("link/index.html").as_deref(), Some("link"));
        assert_eq!(there.in_the_way("link", Over::Ours).as_deref(), Some("link"));
        assert_eq!(way("d/x/z"), None);
        assert!(Listing::parse(b"./a\0/\0").is_err(), "half a list is none");
    }
}
