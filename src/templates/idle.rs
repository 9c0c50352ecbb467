//! A site's own templates and words → those of its files that change nothing, and the words that it lacks; never an error.

use super::scan::{head, place, scan};
use super::{Reference, Templates, is_template, name_of, references};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::path::SitePath;
use crate::source::{Origin, Role, SETTINGS, Sources};
use std::collections::{BTreeMap, BTreeSet};

impl Templates {
    /// What is worth knowing of the set, which is right: `named` are the templates that pages name, `language` is the site's and
    /// where it says so.
    pub fn remarks<'n>(
        &self,
        sources: &Sources,
        language: (&str, Span),
        named: impl Iterator<Item = &'n str>,
    ) -> Vec<Diagnostic> {
        let mut notes: Vec<Diagnostic> = self.without_words(language).into_iter().collect();
        let own: BTreeMap<&str, &str> = sources
            .files()
            .iter()
            .filter(|file| file.role == Role::Template && file.origin == Origin::Site)
            .filter_map(|file| Some((name_of(file.path.as_str())?, sources.text(file.path.as_str())?)))
            .filter(|(name, _)| !name.starts_with("words/"))
            .collect();
        if own.is_empty() {
            return notes;
        }
        let theme: BTreeMap<&str, &str> = sources
            .theme_paths()
            .filter_map(|path| Some((name_of(path)?, sources.theme_text(path)?)))
            .filter(|(name, _)| name.ends_with(".html"))
            .collect();
        let named: BTreeSet<&str> = named.collect();
        let idle = own.iter().filter(|(name, text)| !is_used(name, text, &own, &theme, &named));
        notes.extend(idle.filter_map(|(name, text)| unused(name, text, &theme)));
        notes
    }

    fn without_words(&self, (language, span): (&str, Span)) -> Option<Diagnostic> {
        let primary = language.split('-').next().unwrap_or_default();
        if self.words.contains_key(language) || self.words.contains_key(primary) {
            return None;
        }
        let message = format!("there are no words of the theme in `{language}`: what it says itself is in English");
        let note = Diagnostic::new(Code::TemplateNoWords, &SitePath::new(SETTINGS), span, message);
        let other =
            self.words.keys().find(|tag| tag.eq_ignore_ascii_case(language) || tag.eq_ignore_ascii_case(primary));
        Some(note.label("no words").help(match other {
            Some(tag) => format!("write `language: {tag}`, as the file `templates/words/{tag}.yaml` is named"),
            None => format!("write them into `templates/words/{primary}.yaml`, such as `overview: …`"),
        }))
    }
}

/// Whether anything may come to the template `name`: the program, a page, another template, or a call of a component.
fn is_used(
    name: &str,
    text: &str,
    own: &BTreeMap<&str, &str>,
    theme: &BTreeMap<&str, &str>,
    named: &BTreeSet<&str>,
) -> bool {
    let stem = name.strip_suffix(".html").unwrap_or(name);
    let overrides = theme.contains_key(name) && !name.starts_with("components/");
    // A name may also be put together from a value: wherever it is mentioned counts.
    let mentioned = || own.iter().any(|(other, text)| *other != name && text.contains(name));
    if overrides || named.contains(name) || named.contains(stem) || mentioned() {
        return true;
    }
    let defined = defined(text);
    let of_theme =
        |component: &str| theme.values().flat_map(|text| self::defined(text)).any(|(own, _)| own == component);
    let called = |component: &str| {
        let mut all = own.values().chain(theme.values()).flat_map(|text| references(text));
        all.any(|Reference { kind, name, .. }| kind == "component" && name == component)
    };
    defined.iter().any(|(component, _)| of_theme(component) || called(component))
}

/// The warning for a template that nothing comes to; `None` for a file that is none and looks like none.
fn unused(name: &str, text: &str, theme: &BTreeMap<&str, &str>) -> Option<Diagnostic> {
    let path = SitePath::new(&format!("templates/{name}"));
    let note = |span: Span, message: String| Diagnostic::new(Code::TemplateUnused, &path, span, message);
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    if !name.ends_with(".html") {
        let stem = file.split('.').next().unwrap_or_default();
        let like = format!("{folder}{}{stem}.html", if folder.is_empty() { "" } else { "/" });
        let is_like = theme.contains_key(like.as_str()) && !(is_template(path.as_str()) && name.ends_with(".md"));
        return is_like.then(|| {
            let message = format!("nothing uses `{path}`: templates are named `….html`");
            note(Span::default(), message).help(format!("rename it to `templates/{like}`"))
        });
    }
    let components: Vec<String> = theme.values().flat_map(|text| defined(text)).map(|(name, _)| name).collect();
    if let Some((first, at)) = defined(text).first() {
        let span = place(text, at);
        let note = note(span, format!("nothing uses the component `{first}`")).label("not called");
        let of_file = file.strip_suffix(".html").filter(|stem| components.iter().any(|name| name == stem));
        return Some(match nearest(first, components.iter().map(String::as_str)).or(of_file) {
            Some(near) => note.help(format!("did you mean `{near}`, which the theme has?")).fix(span, near),
            None => note.help(format!("call it in a template: `{{{{ <{first}/> }}}}`; or delete the file")),
        });
    }
    if let Some(theirs) = theme.get(name) {
        let (component, _) = defined(theirs).into_iter().next()?;
        let head = &theirs[head(theirs, &component)?.range()];
        return Some(
            note(Span::default(), format!("nothing uses this file: it does not define the component `{component}`"))
                .help(format!("put it between `{head}` and `{{% endcomponent {component} %}}`")),
        );
    }
    let known = theme.keys().copied().filter(|known| known.rsplit_once('/').map_or("", |(folder, _)| folder) == folder);
    let note = note(Span::default(), "nothing uses this template: no page and no template names it".to_owned());
    Some(match nearest(name, known) {
        Some(near) => note.help(format!("did you mean `templates/{near}`?")),
        None if folder.is_empty() => {
            note.help(format!("name it in a page's front matter: `template: {file}`; or delete it"))
        }
        None => note.help(format!("name it in a template: `{{% include \"{name}\" %}}`; or delete it")),
    })
}

/// The components that a template defines, each with its place in the text.
fn defined(text: &str) -> Vec<(String, &str)> {
    scan(text).named("component")
}
