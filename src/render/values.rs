//! Answers → values for templates; the same shape wherever a template meets a page, a day or a folder.

use crate::config::BaseUrl;
use crate::day::Day;
use crate::facts::{Answer, Ask, Card, Facts, Shown};
use crate::path::{SitePath, Url};
use crate::site::lists::ChildCard;
use crate::templates::{Value, Words};

/// A text, to be escaped.
pub fn text(text: &str) -> Value<'_> {
    text.into()
}

/// A text or none.
pub fn maybe(value: Option<&str>) -> Value<'_> {
    value.filter(|value| !value.is_empty()).map_or(Value::None, text)
}

/// `{iso, text}`.
pub fn day(day: Day, words: &Words) -> Value<'static> {
    Value::map([("iso", day.to_string().into()), ("text", words.day(day).into())])
}

/// `{title, url}`.
pub fn titled<'v>(title: &'v str, url: &Url, base: &BaseUrl) -> Value<'v> {
    Value::map([("title", text(title)), ("url", base.link(url.as_str()).into())])
}

fn options<'v>(options: &'v [(String, String, Url)], base: &BaseUrl) -> Value<'v> {
    let options = options.iter().map(|(id, title, url)| {
        Value::map([("id", text(id)), ("title", text(title)), ("url", base.link(url.as_str()).into())])
    });
    options.collect::<Vec<Value>>().into()
}

fn card_value<'v>(card: &'v Card, base: &BaseUrl) -> Value<'v> {
    Value::map([
        ("title", text(&card.title)),
        ("description", maybe(card.description.as_deref())),
        ("url", base.link(card.url.as_str()).into()),
        ("options", options(&card.options, base)),
    ])
}

/// What others may show of the page `path`.
pub fn card(facts: &Facts, path: &SitePath) -> Option<Value<'static>> {
    match &facts.ask(Ask::Card(path.clone())).answer {
        Answer::Card(card) => Some(card_value(card, &facts.config().url).into_owned()),
        _ => None,
    }
}

/// One of the things in a folder.
pub fn child<'v>(child: &'v ChildCard, base: &BaseUrl) -> Value<'v> {
    Value::map([
        ("kind", text(child.kind)),
        ("title", text(&child.title)),
        ("description", maybe(child.description.as_deref())),
        ("url", base.link(child.url.as_str()).into()),
        ("options", options(&child.options, base)),
        ("count", child.count.into()),
        ("guides", child.first.iter().map(|(title, url)| titled(title, url, base)).collect::<Vec<Value>>().into()),
    ])
}

/// What the folder `path` holds.
pub fn children(facts: &Facts, path: &str) -> Value<'static> {
    let base = &facts.config().url;
    match &facts.ask(Ask::Children(path.into())).answer {
        Answer::Children(all) => Value::List(all.iter().map(|one| child(one, base).into_owned()).collect()),
        _ => Value::List(Vec::new()),
    }
}

/// Whether there is a folder `path`.
pub fn is_folder(facts: &Facts, path: &str) -> bool {
    matches!(facts.ask(Ask::Menu(path.into())).answer, Answer::Menu(_))
}

/// The address of a file that is published.
pub fn shown(facts: &Facts, path: &SitePath) -> Option<Value<'static>> {
    match &facts.ask(Ask::Asset(path.clone())).answer {
        Answer::Asset(Shown { href, .. }) => Some(href.clone().into()),
        _ => None,
    }
}
