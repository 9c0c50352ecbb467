//! `templates/words/*.yaml` → the theme's own words in each language; what a language lacks is English.

use super::value::Value;
use crate::day::Day;
use crate::diag::{Code, Diagnostic};
use crate::hash::Hash;
use crate::source::{Origin, Sources};
use std::collections::BTreeMap;
use tera::Context;

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

/// The words of every language that the theme or the site has; what a language lacks is taken from English.
pub(super) fn words(sources: &Sources, notes: &mut Vec<Diagnostic>) -> BTreeMap<String, Words> {
    let mut raw: BTreeMap<String, BTreeMap<String, serde_yaml::Value>> = BTreeMap::new();
    for path in sources.theme_paths() {
        if let (Some(language), Some(text)) = (language_of(path), sources.theme_text(path))
            && let Ok(map) = serde_yaml::from_str(text)
        {
            raw.insert(language.to_owned(), map);
        }
    }
    for file in sources.files().iter().filter(|file| file.origin == Origin::Site) {
        let Some(language) = language_of(file.path.as_str()) else { continue };
        let text = sources.text(file.path.as_str()).unwrap_or_default();
        match serde_yaml::from_str::<BTreeMap<String, serde_yaml::Value>>(text) {
            Ok(map) => raw.entry(language.to_owned()).or_default().extend(map),
            Err(error) => {
                let at = error.location().map_or(0, |location| location.index().min(text.len()));
                notes.push(
                    Diagnostic::new(
                        Code::TemplateWords,
                        &file.path,
                        at..at,
                        format!("this is not a list of words: {error}"),
                    )
                    .help("write one `key: text` on each line"),
                );
            }
        }
    }
    let english = raw.get("en").cloned().unwrap_or_default();
    raw.into_iter()
        .map(|(language, own)| {
            let mut all = english.clone();
            all.extend(own);
            let texts: BTreeMap<String, String> =
                all.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
            let months = all.get("months").and_then(|months| months.as_sequence()).map_or_else(Vec::new, |months| {
                months.iter().filter_map(|month| month.as_str().map(str::to_owned)).collect()
            });
            let hash = Hash::of_value(&(&texts, &months));
            let all = texts.iter().map(|(key, text)| (key.clone().into(), text.clone().into()));
            let value = Value::from(Value::Map(all.collect()).shared());
            let mut implicit = Context::new();
            implicit.insert_value("words", value.engine());
            (language.clone(), Words { language, value, implicit, hash, texts, months })
        })
        .collect()
}

fn language_of(path: &str) -> Option<&str> {
    path.strip_prefix("templates/words/")?.strip_suffix(".yaml")
}
