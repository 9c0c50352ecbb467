//! A template or component and its values → HTML; the only place that calls the template engine.
//!
//! Functions of templates (`page`, `pages`, `asset`) ask the facts of the output that is being rendered. They find them
//! through a thread-local that a guard sets around every call: one output is rendered on one thread.

use crate::diag::{Code, Diagnostic, Span};
use crate::facts::Facts;
use crate::path::SitePath;
use crate::templates::path_of;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use tera::{Context, ErrorKind, Kwargs, Map, State, Tera, TeraResult, Value};

/// A map value from its pairs, in their order.
pub fn map<const N: usize>(pairs: [(&'static str, Value); N]) -> Value {
    Value::from_serializable(&Pairs(pairs))
}

/// The engine makes a map from any other map by way of that one; from what serializes itself it makes one at once.
struct Pairs<const N: usize>([(&'static str, Value); N]);

impl<const N: usize> Serialize for Pairs<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("map", N)?;
        for (name, value) in &self.0 {
            map.serialize_field(name, value)?;
        }
        map.end()
    }
}

/// A text that is HTML already.
pub fn html(text: &str) -> Value {
    Value::safe_string(text)
}

/// Renders the page template `name`: bytes of UTF-8.
pub fn page(facts: &Facts, name: &str, values: &Context, for_page: &SitePath) -> Result<Vec<u8>, Box<Diagnostic>> {
    let templates = facts.template(name);
    let mut out = Vec::with_capacity(32 << 10);
    guarded(facts, for_page, || templates.tera.render_to(name, values, &mut out))
        .map_err(|error| wrong(&error, name))?;
    Ok(out)
}

/// Appends the component `name` to `out`, with `values` as its arguments and what is `implicit`, around `body` if there
/// is one.
pub fn component(
    facts: &Facts,
    name: &str,
    values: &Context,
    implicit: &Context,
    body: Option<&str>,
    for_page: &SitePath,
    out: &mut String,
) -> Result<(), Box<Diagnostic>> {
    let templates = facts.component(name);
    // One buffer serves all components of a thread; a component in a component finds it taken, and has its own.
    let mut html = SCRATCH.take();
    html.clear();
    guarded(facts, for_page, || {
        let tera = &templates.tera;
        tera.render_component_with_implicits_to(name, values, implicit, body, true, &mut html)
    })
    .map_err(|error| wrong(&error, templates.component(name).unwrap_or(name)))?;
    out.push_str(std::str::from_utf8(&html).expect("the engine writes nothing but text"));
    SCRATCH.set(html);
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
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
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
    tera.register_function("page", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let path = kwargs.must_get::<&str>("path")?;
        asked(path, |facts, place| super::values::card(facts, &place))?
            .ok_or_else(|| tera::Error::message(format!("there is no page `{path}`")))
    });
    tera.register_function("pages", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let section = kwargs.must_get::<&str>("section")?;
        asked(section, |facts, place| super::values::children(facts, place.as_str()))
    });
    tera.register_function("asset", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let path = kwargs.must_get::<&str>("path")?;
        let missing = || tera::Error::message(format!("there is no file `{path}` in `static/` or `content/`"));
        let found = asked(path, |facts, place| {
            let below = place.below(crate::site::CONTENT).unwrap_or_default();
            super::values::shown(facts, &SitePath::new(&format!("static/{below}")))
                .or_else(|| super::values::shown(facts, &place))
        })?;
        found.ok_or_else(missing)
    });
}

/// Groups maps by the text of one of their keys, in the order of first appearance (the engine's own has no order).
fn group_by(items: Vec<Value>, kwargs: Kwargs, _: &State) -> TeraResult<Value> {
    let key = kwargs.must_get::<&str>("attribute")?;
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
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
    let groups: Map = groups.into_iter().map(|(name, members)| (name.into(), Value::from(members))).collect();
    Ok(groups.into())
}
