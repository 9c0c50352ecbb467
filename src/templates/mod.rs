//! Template files → `Templates`: a set that is ready to render, what each one reaches, and the theme's own words; never
//! renders.

mod idle;
mod program;
mod scan;
mod value;
mod words;
mod wrong;

#[cfg(test)]
mod tests;

pub use value::{Shared, Value, Values};
pub use words::Words;

use self::program::{Find, Program};
use self::scan::{Token, scan};
use crate::diag::{Diagnostic, Span};
use crate::hash::{Feed, Hash};
use crate::path::SitePath;
use crate::source::{Origin, Role, Sources};
use foldhash::fast::FixedState;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash as _;
use std::sync::{Arc, OnceLock};
use tera::Tera;

/// What precedes the name of every template of the theme, so that a site's own may extend the one that it replaces.
pub const THEME: &str = "theme/";

/// The languages that are written from right to left, by their primary subtag.
const RIGHT_TO_LEFT: &[&str] = &["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"];

/// A site's templates over the theme's.
pub struct Templates {
    /// The set, with filters and functions.
    pub tera: Tera,
    closures: BTreeMap<String, Closure>,
    /// The full name of every template of the theme, by its name without the prefix.
    of_theme: BTreeMap<String, String>,
    /// The file that defines each component, and its program.
    components: HashMap<String, (String, OnceLock<Option<program::Component>>), FixedState>,
    words: BTreeMap<String, Words>,
    fallback: Words,
    /// All texts, for programs; none if there are to be no programs.
    texts: BTreeMap<String, Box<str>>,
    /// The programs of page templates by the names of their files, as they are needed.
    programs: BTreeMap<String, OnceLock<Option<Program>>>,
}

/// Words that stand in templates: every output looks up its variables among them.
pub type Names = HashSet<Arc<str>, FixedState>;

/// What a template reaches by `extends`, `include` and components.
#[derive(Default)]
struct Closure {
    hash: Hash,
    names: Names,
    /// Whether one of them may read what none mentions.
    is_open: bool,
    files: BTreeSet<String>,
}

/// What one template says by itself.
struct Own {
    hash: Hash,
    /// The words in its tags.
    words: BTreeSet<Arc<str>>,
    /// Whether it may read what it does not mention.
    is_open: bool,
    /// The files that it names, as far as they are there.
    reaches: BTreeSet<String>,
}

/// In which direction `language` is written: `ltr` or `rtl`.
pub fn direction(language: &str) -> &'static str {
    let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    if RIGHT_TO_LEFT.contains(&primary.as_str()) { "rtl" } else { "ltr" }
}

/// Makes the set. `register` adds filters and functions, which must be there before the first template.
///
/// If a template is wrong the diagnostics say why, and the engine has only those of the theme.
pub fn load(sources: &Sources, register: fn(&mut Tera)) -> (Templates, Vec<Diagnostic>) {
    let mut notes = Vec::new();
    let mut texts: BTreeMap<String, &str> = BTreeMap::new();
    for path in sources.theme_paths().filter(|path| is_template(path)) {
        if let (Some(name), Some(text)) = (name_of(path), sources.theme_text(path)) {
            texts.insert(format!("{THEME}{name}"), text);
        }
    }
    for file in sources.files() {
        if file.role == Role::Template
            && file.origin == Origin::Site
            && is_template(file.path.as_str())
            && let (Some(name), Some(text)) = (name_of(file.path.as_str()), sources.text(file.path.as_str()))
        {
            texts.insert(name.to_owned(), text);
        }
    }
    let of_site = texts.iter().filter(|(name, _)| !name.starts_with(THEME));
    let named: BTreeSet<String> = of_site.flat_map(|(_, text)| references(text)).map(|named| named.name).collect();
    let mut tera = prepared(register);
    let added = texts.iter().map(|(name, text)| (registered(name, &texts, &named), *text));
    if tera.add_raw_templates(added).is_err() {
        notes = wrong::all(&texts, register);
        texts.retain(|name, _| name.starts_with(THEME));
        tera = prepared(register);
        tera.add_raw_templates(texts.iter().map(|(name, text)| (registered(name, &texts, &BTreeSet::new()), *text)))
            .expect("the theme's templates are part of the program");
    }
    let components = components(&texts);
    let own: BTreeMap<&str, Own> =
        texts.iter().map(|(name, text)| (name.as_str(), own(text, &texts, &components))).collect();
    let closures = texts.keys().map(|name| (name.clone(), closure(name, &own))).collect();
    let theme = texts.keys().filter_map(|name| Some((name.strip_prefix(THEME)?.to_owned(), name.clone())));
    let of_theme = theme.collect();
    let words = words::words(sources, &mut notes);
    let fallback = words.get("en").cloned().expect("the theme's English words are part of the program");
    let programs = texts.keys().map(|name| (name.clone(), OnceLock::new())).collect();
    let components = components.into_iter().map(|(name, file)| (name, (file, OnceLock::new()))).collect();
    let texts = texts.into_iter().map(|(name, text)| (name, text.into())).collect();
    (Templates { tera, closures, of_theme, components, words, fallback, texts, programs }, notes)
}

impl Templates {
    /// Whether there is a page template `name`, the site's or the theme's.
    pub fn has(&self, name: &str) -> bool {
        self.resolve(name).is_some()
    }

    /// The hash of all that the template or component file `name` reaches; `None` if there is none.
    pub fn hash(&self, name: &str) -> Option<Hash> {
        self.resolve(name).map(|closure| closure.hash)
    }

    /// The names that the template `name`, or one that it reaches, mentions: all of its variables, and more. `None` if
    /// it may read any variable or field, such as one whose name is put together.
    pub fn names(&self, name: &str) -> Option<&Names> {
        self.resolve(name).filter(|closure| !closure.is_open).map(|closure| &closure.names)
    }

    /// The files that `name` reaches, as template names.
    pub fn files(&self, name: &str) -> Vec<&str> {
        self.resolve(name).map_or_else(Vec::new, |closure| closure.files.iter().map(String::as_str).collect())
    }

    /// The file that defines the component `name`.
    pub fn component(&self, name: &str) -> Option<&str> {
        self.components.get(name).map(|(file, _)| file.as_str())
    }

    /// The page templates that a page may name, without the theme's parts.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        let own = self.closures.keys().map(|name| name.strip_prefix(THEME).unwrap_or(name));
        own.filter(|name| !name.starts_with("components/") && !name.starts_with("partials/"))
    }

    /// The words of `language`, else of its primary subtag, else of English.
    pub fn words(&self, language: &str) -> &Words {
        let primary = language.split('-').next().unwrap_or_default();
        self.words.get(language).or_else(|| self.words.get(primary)).unwrap_or(&self.fallback)
    }

    /// Has the engine render everything, so that a run can be compared with one of programs.
    pub fn without_programs(&mut self) {
        self.texts.clear();
    }

    /// Appends to `out` what the page template `name` makes of `values`; `None` if that is for the engine to do.
    pub fn page(&self, name: &str, values: &Values, out: &mut String) -> Option<()> {
        let file = if self.programs.contains_key(name) { name } else { self.of_theme.get(name)? };
        let program = self.programs[file].get_or_init(|| {
            let text = self.texts.get(file).filter(|_| file.ends_with(".html"))?;
            program::template(text, &|name| self.text(name))
        });
        program.as_ref()?.run(values, self, out)
    }

    /// Appends to `out` what the component `name` makes of `values`, in the language of `words`, around `body`; `None` if
    /// that is for the engine to do.
    pub fn part(&self, name: &str, values: &Values, words: &Words, body: Option<&str>, out: &mut String) -> Option<()> {
        Find::component(self, name)?.run(values, &words.value, body, self, out)
    }

    /// The text that the engine takes for the template `name`.
    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).or_else(|| self.texts.get(self.of_theme.get(name)?)).map(|text| &**text)
    }

    fn resolve(&self, name: &str) -> Option<&Closure> {
        self.closures.get(name).or_else(|| self.closures.get(self.of_theme.get(name)?))
    }
}

impl Find for Templates {
    fn component(&self, name: &str) -> Option<&program::Component> {
        let (file, program) = self.components.get(name)?;
        let program = program.get_or_init(|| program::component(self.texts.get(file)?, name, &|name| self.text(name)));
        program.as_ref()
    }
}

/// The name under which the engine knows the template `name`. A template of the theme that the site has not its own of, and
/// does not name as the theme's, has its plain name: the engine finds it at once, and most are looked for on every page.
/// Not so a component, for which the name decides whether the site's, in whatever file, stands in its place.
fn registered<'n>(name: &'n str, texts: &BTreeMap<String, &str>, named: &BTreeSet<String>) -> &'n str {
    let Some(plain) = name.strip_prefix(THEME) else { return name };
    let stays = plain.starts_with("components/") || texts.contains_key(plain) || named.contains(name);
    if stays { name } else { plain }
}

fn prepared(register: fn(&mut Tera)) -> Tera {
    let mut tera = Tera::new();
    register(&mut tera);
    tera.set_fallback_prefixes([THEME]).expect("no template has been added yet");
    tera
}

fn is_template(path: &str) -> bool {
    path.starts_with("templates/") && [".html", ".xml", ".txt", ".md"].iter().any(|suffix| path.ends_with(suffix))
}

fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix("templates/")
}

/// The file of the template `name`.
pub fn path_of(name: &str) -> SitePath {
    SitePath::new(&format!("templates/{}", name.strip_prefix(THEME).unwrap_or(name)))
}

/// Something that a template names: a template by `extends` or `include`, or a component.
struct Reference {
    kind: &'static str,
    name: String,
    span: Span,
}

/// What a template names.
fn references(text: &str) -> Vec<Reference> {
    let scan = scan(text);
    let mut found = Vec::new();
    for (tokens, is_statement) in scan.tags() {
        if is_statement && let [Token::Word(word), named @ (Token::Text(at) | Token::Escaped(at)), ..] = tokens {
            let kind = ["extends", "include"].into_iter().find(|kind| kind == word);
            let name = named.text().map(Cow::into_owned);
            found.extend(kind.zip(name).map(|(kind, name)| Reference { kind, name, span: scan::place(text, at) }));
        }
        for (at, _) in tokens.iter().enumerate().filter(|(_, token)| **token == Token::Mark("<")) {
            if let Some((name, first)) = scan::dotted(&tokens[at + 1..]) {
                found.push(Reference { kind: "component", name, span: scan::place(text, first) });
            }
        }
    }
    found
}

/// The file that defines each component; the site's own before the theme's.
fn components(texts: &BTreeMap<String, &str>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in texts {
        for (component, _) in scan(text).named("component") {
            if !name.starts_with(THEME) || !found.contains_key(&component) {
                found.insert(component, name.clone());
            }
        }
    }
    found
}

fn own(text: &str, texts: &BTreeMap<String, &str>, components: &BTreeMap<String, String>) -> Own {
    let (words, reaches) = (BTreeSet::new(), BTreeSet::new());
    let mut own = Own { hash: Hash::of(text.as_bytes()), words, is_open: false, reaches };
    for (tokens, _) in scan(text).tags() {
        for token in tokens {
            let text = token.text();
            let said = match token {
                Token::Word(word) => word,
                _ => text.as_deref().unwrap_or_default(),
            };
            // A text may be a name, too, in brackets or as an argument.
            for word in said.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()) {
                if !own.words.contains(word) {
                    own.words.insert(word.into());
                }
            }
        }
        own.is_open |= is_open(tokens);
    }
    for Reference { kind, name, .. } in references(text) {
        match kind {
            "component" => own.reaches.extend(components.get(&name).cloned()),
            _ if texts.contains_key(&name) => drop(own.reaches.insert(name)),
            _ => drop(own.reaches.insert(format!("{THEME}{name}"))),
        }
    }
    own
}

/// Whether a tag may read what it does not mention: all variables at once, or a field whose name is worked out.
fn is_open(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| match token {
        Token::Word("__tera_context" | "get") => true,
        Token::Mark("[" | "?[") => {
            !matches!(tokens[at + 1..], [Token::Text(_) | Token::Escaped(_) | Token::Number(_), Token::Mark("]"), ..])
        }
        _ => false,
    })
}

fn closure(name: &str, all: &BTreeMap<&str, Own>) -> Closure {
    let mut closure = Closure::default();
    let mut waiting = vec![name];
    while let Some(name) = waiting.pop() {
        let Some(own) = all.get(name) else { continue };
        if !closure.files.contains(name) {
            closure.files.insert(name.to_owned());
            closure.is_open |= own.is_open;
            closure.names.extend(own.words.iter().cloned());
            waiting.extend(own.reaches.iter().map(String::as_str));
        }
    }
    let mut feed = Feed::default();
    for file in &closure.files {
        (file, all[file.as_str()].hash).hash(&mut feed);
    }
    closure.hash = feed.hash();
    closure
}
