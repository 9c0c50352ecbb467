//! `templates/words/*.yaml` → the theme's own words in each language; what a language lacks is English.

mod read;

use super::value::Value;
use crate::day::Day;
use crate::diag::Diagnostic;
use crate::hash::Hash;
use crate::source::{Origin, Role, Sources};
use std::collections::BTreeMap;
use tera::Context;

/// Where files of words are.
const FOLDER: &str = "templates/words/";

/// The theme's own words in one language.
#[derive(Clone)]
pub struct Words {
    /// Its BCP 47 tag.
    pub language: String,
    /// All of them, for templates.
    pub value: Value<'static>,
    /// What the engine gives every component: the same, as `words`.
    pub implicit: Context,
    /// Their hash.
    pub hash: Hash,
    texts: BTreeMap<String, String>,
    months: Vec<String>,
}

impl Words {
    /// The words for `key`; the key itself if there are none, which the theme's tests rule out.
    pub fn get<'w>(&'w self, key: &'w str) -> &'w str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// A day as the language writes it.
    pub fn day(&self, day: Day) -> String {
        let month = self.months.get(day.month as usize - 1).cloned().unwrap_or_else(|| day.month.to_string());
        self.get("date")
            .replace("{day}", &day.day.to_string())
            .replace("{month}", &month)
            .replace("{year}", &day.year.to_string())
    }
}

/// The key of the list of months.
const MONTHS: &str = "months";

/// One word: a text, or the names of the months.
#[derive(Clone)]
enum Word {
    Text(String),
    List(Vec<String>),
}

/// The words of each language, as its files give them.
type Raw = BTreeMap<String, BTreeMap<String, Word>>;

/// The words of every language that the theme or the site has; what a language lacks is taken from English.
pub(super) fn words(sources: &Sources, notes: &mut Vec<Diagnostic>) -> BTreeMap<String, Words> {
    let mut raw = Raw::new();
    for path in sources.theme_paths() {
        if let (Some(inner), Some(text)) = (path.strip_prefix(FOLDER), sources.theme_text(path))
            && let Ok(map) = serde_yaml::from_str::<BTreeMap<String, serde_yaml::Value>>(text)
        {
            let map = map.into_iter().filter_map(|(key, value)| Some((key, of_theme(value)?)));
            raw.insert(inner.trim_end_matches(".yaml").to_owned(), map.collect());
        }
    }
    let english: Vec<(String, Word)> = raw.get("en").cloned().unwrap_or_default().into_iter().collect();
    let own = || sources.files().iter().filter(|file| file.role == Role::Template && file.origin == Origin::Site);
    let (files, templates): (Vec<_>, Vec<_>) = own().partition(|file| file.path.as_str().starts_with(FOLDER));
    let templates: Vec<&str> = templates.iter().filter_map(|file| sources.text(file.path.as_str())).collect();
    for path in files.into_iter().map(|file| &file.path) {
        let inner = path.as_str().strip_prefix(FOLDER).unwrap_or_default();
        match read::language(path, inner, &raw) {
            Ok(language) => {
                let text = sources.text(path.as_str()).unwrap_or_default();
                let own = read::own(text, path, &english, &templates, notes);
                raw.entry(language.to_owned()).or_default().extend(own);
            }
            Err(note) => notes.push(*note),
        }
    }
    let english = raw.get("en").cloned().unwrap_or_default();
    raw.into_iter()
        .map(|(language, own)| {
            let mut all = english.clone();
            all.extend(own);
            let (mut texts, mut months) = (BTreeMap::new(), Vec::new());
            for (key, word) in all {
                match word {
                    Word::Text(text) => drop(texts.insert(key, text)),
                    Word::List(list) if key == MONTHS => months = list,
                    Word::List(_) => {}
                }
            }
            let hash = Hash::of_value(&(&texts, &months));
            let all = texts.iter().map(|(key, text)| (key.clone().into(), text.clone().into()));
            let value = Value::from(Value::Map(all.collect()).shared());
            let mut implicit = Context::new();
            implicit.insert_value("words", value.engine());
            (language.clone(), Words { language, value, implicit, hash, texts, months })
        })
        .collect()
}

fn of_theme(value: serde_yaml::Value) -> Option<Word> {
    match value {
        serde_yaml::Value::Sequence(items) => {
            Some(Word::List(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()))
        }
        value => Some(Word::Text(value.as_str()?.to_owned())),
    }
}
