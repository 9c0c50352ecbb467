//! The state on a target ↔ its text: which files there are ours, and which run is under way; the same text for the same
//! state, and nothing in it that readers may not see.

use super::release::{Release, url_of};
use super::{media::Headers, objects::Keeps, sketch};
use crate::hash::Hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;

/// The key of the state, beside the site's files.
pub const KEY: &str = ".guidepost-release.json";

/// The version of the text's form.
const FORMAT: u32 = 1;

/// What is on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    guidepost_release: u32,
    /// The files that are ours, by key.
    pub files: BTreeMap<String, Entry>,
    /// Addresses that lead elsewhere, and where.
    #[serde(default)]
    pub redirects: BTreeMap<String, String>,
    /// The run that is under way, or was cut off.
    #[serde(default)]
    pub run: Option<Run>,
}

/// A file that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The hash of its bytes.
    #[serde(with = "as_text")]
    pub hash: Hash,
    /// How many there are.
    pub size: u64,
    /// The mark of its headers, where the target keeps headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    /// The title, if it is a page for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A sketch of its text, if it is a page for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<String>,
}

/// A run, as the others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// A number that no other run has.
    pub id: String,
    /// When it was last known to be alive, in seconds since 1970.
    pub alive: i64,
    /// Keys beside those of the files at which an object of ours may be, with the hashes that it then has: whatever else
    /// is there is somebody else's.
    pub keys: Hashes,
    /// Keys of files that may have other bytes than the files say, and the hashes of those.
    pub changes: Hashes,
}

/// Keys, each with hashes as hexadecimal digits.
pub type Hashes = BTreeMap<String, Vec<String>>;

impl State {
    /// A state of these files.
    pub fn new(files: BTreeMap<String, Entry>, redirects: BTreeMap<String, String>) -> State {
        State { guidepost_release: FORMAT, files, redirects, run: None }
    }

    /// A target that has nothing of ours.
    pub fn empty() -> State {
        State::new(BTreeMap::new(), BTreeMap::new())
    }

    /// The same files, with this run.
    pub fn with(&self, run: Option<Run>) -> State {
        State { run, ..self.clone() }
    }

    /// The state of `release` once it is published. Sketches are taken from `before` where bytes are the same.
    pub fn of(release: &Release, keeps: Keeps, before: &State) -> std::io::Result<State> {
        let mut files = BTreeMap::new();
        for (key, file) in &release.files {
            let known = before.files.get(key).filter(|known| known.hash == file.hash && known.sketch.is_some());
            let sketch = match (&file.page, known) {
                (None, _) => None,
                (Some(_), Some(known)) => known.sketch.clone(),
                (Some(_), None) => Some(sketch::sketch(&fs::read_to_string(&file.at)?)),
            };
            let headers = match keeps {
                Keeps::Headers(compress) => Some(Headers::of(key, file, compress).mark()),
                Keeps::Bytes => None,
            };
            let title = file.page.as_ref().map(|page| page.title.clone());
            files.insert(key.clone(), Entry { hash: file.hash, size: file.size, headers, title, sketch });
        }
        Ok(State::new(files, release.redirects.clone()))
    }

    /// The state in `bytes`, or what is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<State, String> {
        #[derive(Deserialize)]
        struct Form {
            guidepost_release: u32,
        }
        let form: Form = serde_json::from_slice(bytes).map_err(|_| "it is not one of Guidepost's".to_owned())?;
        if form.guidepost_release != FORMAT {
            let (theirs, ours) = (form.guidepost_release, FORMAT);
            return Err(format!("it has form {theirs}, and this version of Guidepost knows form {ours}"));
        }
        let state: State = serde_json::from_slice(bytes).map_err(|error| format!("it is damaged: {error}"))?;
        let mut keys =
            state.files.keys().chain(state.run.iter().flat_map(|run| run.keys.keys().chain(run.changes.keys())));
        match keys.find(|key| !crate::output::is_name(key)) {
            Some(key) => Err(format!("it names `{key}`, which cannot be a file of a site")),
            None => Ok(state),
        }
    }

    /// Its text.
    pub fn text(&self) -> Vec<u8> {
        // A line for each file: it is read by people, too, and kept in repositories.
        let mut text = format!("{{\"guidepost_release\":{},\"files\":{{", self.guidepost_release);
        lines(&mut text, &self.files);
        text.push_str("},\"redirects\":{");
        lines(&mut text, &self.redirects);
        text.push_str("},\"run\":");
        text.push_str(&json(&self.run));
        text.push_str("}\n");
        text.into_bytes()
    }

    /// What names the release: the hash of all but the run.
    pub fn release(&self) -> Hash {
        Hash::of(&self.with(None).text())
    }

    /// The pages, by address, with their entries.
    pub fn pages(&self) -> BTreeMap<String, &Entry> {
        self.files.iter().filter(|(_, entry)| entry.title.is_some()).map(|(key, entry)| (url_of(key), entry)).collect()
    }
}

fn lines<T: Serialize>(text: &mut String, map: &BTreeMap<String, T>) {
    for (index, (key, value)) in map.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&json(key));
        text.push(':');
        text.push_str(&json(value));
    }
    if !map.is_empty() {
        text.push('\n');
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("its keys are text, and its numbers are numbers")
}

/// A hash as its hexadecimal digits.
pub(super) mod as_text {
    use crate::hash::Hash;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        hash.to_string().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| D::Error::custom("a hash is 32 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let entry = |text: &str, title: Option<&str>| Entry {
            hash: Hash::of(text.as_bytes()),
            size: text.len() as u64,
            headers: None,
            title: title.map(str::to_owned),
            sketch: title.map(|_| "00ff".to_owned()),
        };
        let files = [("a/index.html", entry("a", Some("A \"page\""))), ("b.png", entry("bb", None))];
        let hashes = |key: &str| Hashes::from([(key.to_owned(), vec![Hash::of(b"x").to_string()])]);
        let mut state = State::new(files.map(|(key, entry)| (key.to_owned(), entry)).into(), BTreeMap::new());
        state.redirects.insert("/old/".into(), "/a/".into());
        state.run = Some(Run { id: "1".into(), alive: 5, keys: hashes("c.html"), changes: hashes("b.png") });
        state
    }

    #[test]
    fn text_and_state_are_one() {
        let state = state();
        assert_eq!(State::parse(&state.text()), Ok(state.clone()));
        assert_eq!(State::parse(&State::empty().text()), Ok(State::empty()));
        assert_eq!(state.release(), State { run: None, ..state.clone() }.release());
        assert_ne!(state.release(), State::empty().release());
        assert_eq!(state.pages().into_keys().collect::<Vec<_>>(), ["/a/"]);
    }

    #[test]
    fn nothing_but_our_own_is_believed() {
        let text = String::from_utf8(state().text()).unwrap();
        for (from, to) in [("a/index.html", "../index.html"), ("c.html", "/etc/passwd"), ("b.png", ".guidepost-x")] {
            assert!(State::parse(text.replace(from, to).as_bytes()).is_err(), "{to}");
        }
        assert!(State::parse(&text.as_bytes()[..60]).unwrap_err().contains("not one of"));
        assert!(State::parse(text.replace("release\":1", "release\":2").as_bytes()).unwrap_err().contains("form 2"));
        assert!(State::parse(text.replace("\"size\":1", "\"size\":\"x\"").as_bytes()).unwrap_err().contains("damaged"));
    }
}
