//! A template or component and its values → HTML; the only place that calls the template engine.
//!
//! Functions of templates (`page`, `pages`, `asset`) ask the facts of the output that is being rendered. They find them
//! through a thread-local that a guard sets around every call: one output is rendered on one thread.

use crate::diag::{Code, Diagnostic, Span};
use crate::facts::Facts;
use crate::path::SitePath;
use crate::templates::{Value, Values, Words, path_of};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use tera::{ErrorKind, Kwargs, Map, State, Tera, TeraResult};

/// A text that is HTML already.
pub fn html<'v>(html: impl Into<Cow<'v, str>>) -> Value<'v> {
    Value::Html(html.into())
}

/// Renders the page template `name`: bytes of UTF-8.
pub fn page(facts: &Facts, name: &str, values: &Values, for_page: &SitePath) -> Result<Vec<u8>, Box<Diagnostic>> {
    let templates = facts.template(name);
    let mut html = String::with_capacity(32 << 10);
    if templates.page(name, values, &mut html).is_some() {
        return Ok(html.into_bytes());
    }
    let mut out = html.into_bytes();
    guarded(facts, for_page, || templates.tera.render_to(name, &values.engine(), &mut out))
        .map_err(|error| wrong(&error, name))?;
    Ok(out)
}

/// Appends the component `name` to `out`, with `values` as its arguments and in the language of `words`, around `body` if
/// there is one.
pub fn component(
    facts: &Facts,
    name: &str,
    values: &Values,
    words: &Words,
    body: Option<&str>,
    for_page: &SitePath,
    out: &mut String,
) -> Result<(), Box<Diagnostic>> {
    let templates = facts.component(name);
    if templates.part(name, values, words, body, out).is_some() {
        return Ok(());
    }
    let mut html = Vec::new();
    guarded(facts, for_page, || {
        let (tera, values) = (&templates.tera, values.engine());
        tera.render_component_with_implicits_to(name, &values, &words.implicit, body, true, &mut html)
    })
    .map_err(|error| {
        let said = error.to_string();
        let parameter = said.split('`').nth(1).unwrap_or_default();
        let is_unknown = said.starts_with("Unknown argument");
        let about_call = is_unknown || said.starts_with("Argument `");
        let miscalled = about_call.then(|| templates.miscalled(name, parameter, is_unknown)).flatten();
        miscalled.map_or_else(|| wrong(&error, templates.component(name).unwrap_or(name)), Box::new)
    })?;
    out.push_str(std::str::from_utf8(&html).expect("the engine writes nothing but text"));
    Ok(())
}

/// The diagnostic for a template that failed, at its own place.
fn wrong(error: &tera::Error, name: &str) -> Box<Diagnostic> {
    let note = match error.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => {
            let file = if report.filename().is_empty() { name } else { report.filename() };
            let span = Span::from(report.span().range.clone());
            Diagnostic::new(
                Code::TemplateRender,
                &path_of(file),
                span,
                report.message().trim_end_matches('.').to_owned(),
            )
        }
        other => Diagnostic::new(Code::TemplateRender, &path_of(name), 0..0, other.to_string()),
    };
    Box::new(note)
}

thread_local! {
    static CURRENT: RefCell<Vec<(Facts, SitePath)>> = const { RefCell::new(Vec::new()) };
}

/// Calls `render` while functions of templates can find `facts`.
fn guarded<T>(facts: &Facts, for_page: &SitePath, render: impl FnOnce() -> T) -> T {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            CURRENT.with_borrow_mut(|stack| drop(stack.pop()));
        }
    }
    CURRENT.with_borrow_mut(|stack| stack.push((facts.clone(), for_page.clone())));
    let _guard = Guard;
    render()
}

/// Asks the facts of the output that is being rendered. The path is resolved from its page, or from `content/`.
fn asked<T>(path: &str, then: impl FnOnce(&Facts, SitePath) -> T) -> TeraResult<T> {
    CURRENT.with_borrow(|stack| {
        let (facts, page) = stack.last().ok_or_else(|| tera::Error::message("no page is being rendered"))?;
        let place = crate::site::link::place_of(page, path)
            .ok_or_else(|| tera::Error::message(format!("`{path}` leads out of `content/`")))?;
        Ok(then(facts, place))
    })
}

/// Filters and functions of ours.
pub fn register(tera: &mut Tera) {
    tera.autoescape_on(vec![".html", ".xml"]);
    tera.register_filter("group_by", group_by);
    tera.register_function("page", |kwargs: Kwargs, _: &State| -> TeraResult<tera::Value> {
        let path = kwargs.must_get::<&str>("path")?;
        asked(path, |facts, place| super::values::card(facts, &place).map(|card| card.engine()))?
            .ok_or_else(|| tera::Error::message(format!("there is no page `{path}`")))
    });
    tera.register_function("pages", |kwargs: Kwargs, _: &State| -> TeraResult<tera::Value> {
        let section = kwargs.must_get::<&str>("section")?;
        asked(section, |facts, place| {
            let all = super::values::children(facts, place.as_str());
            let is_empty = matches!(&all, Value::List(items) if items.is_empty());
            let is_there = !is_empty || super::values::is_folder(facts, place.as_str());
            is_there.then(|| all.engine())
        })?
        .ok_or_else(|| tera::Error::message(format!("there is no folder `{section}` with pages")))
    });
    tera.register_function("asset", |kwargs: Kwargs, _: &State| -> TeraResult<tera::Value> {
        let path = kwargs.must_get::<&str>("path")?;
        let missing = || tera::Error::message(format!("there is no file `{path}` in `static/` or `content/`"));
        let found = asked(path, |facts, place| {
            let below = place.below(crate::site::CONTENT).unwrap_or_default();
            super::values::shown(facts, &SitePath::new(&format!("static/{below}")))
                .or_else(|| super::values::shown(facts, &place))
                .map(|address| address.engine())
        })?;
        found.ok_or_else(missing)
    });
}

/// Groups maps by the text of one of their keys, in the order of first appearance (the engine's own has no order).
fn group_by(items: Vec<tera::Value>, kwargs: Kwargs, _: &State) -> TeraResult<tera::Value> {
    let key = kwargs.must_get::<&str>("attribute")?;
    let mut groups: Vec<(String, Vec<tera::Value>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let Some(value) = item.get_from_path(key).filter(|value| !value.is_none()) else { continue };
        let name = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // Members of a group often follow each other.
        if groups.last().is_none_or(|(last, _)| *last != name) {
            let place = *places.entry(name.clone()).or_insert(groups.len());
            if place < groups.len() {
                groups[place].1.push(item);
                continue;
            }
            groups.push((name, Vec::new()));
        }
        groups.last_mut().expect("there is one by now").1.push(item);
    }
    let groups: Map = groups.into_iter().map(|(name, members)| (name.into(), tera::Value::from(members))).collect();
    Ok(groups.into())
}
