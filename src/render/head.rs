//! What stands in a page's `<head>`: addresses, the security policy, the structured data.

use super::engine::html;
use super::page::Sheet;
use crate::facts::{Answer, Ask, Shown};
use crate::templates::Value;

/// The logo's address, and its size if the file says so.
pub(super) fn logo(sheet: &Sheet) -> Option<Shown> {
    let path = sheet.config.logo.as_ref()?;
    match &sheet.facts.ask(Ask::Asset(path.clone())).answer {
        Answer::Asset(shown) => Some(shown.clone()),
        _ => None,
    }
}

/// The variable `head`; the policy is shared by all pages, in `site`.
pub(super) fn value<'v>(sheet: &'v Sheet, jsonld: Option<String>, site: &Value<'v>) -> Value<'v> {
    let config = sheet.config;
    let written = sheet.written.as_ref();
    let canonical = written.and_then(|written| written.front.canonical.as_deref());
    let copied = written.map(|written| (written.placement, written.view));
    let copied = copied.filter(|(placement, view)| crate::site::is_copy(placement.offer.as_ref(), view));
    let own = copied.map_or(&sheet.url, |(placement, _)| &placement.url);
    let canonical = canonical.map_or_else(|| config.url.absolute(own.as_str()), str::to_owned);
    let logo = logo(sheet).map(|logo| logo.href);
    let image = logo.as_ref().filter(|logo| [".png", ".jpg", ".jpeg", ".webp"].iter().any(|end| logo.ends_with(end)));
    let feed = match &sheet.facts.ask(Ask::Nav).answer {
        Answer::Nav(nav) if nav.feed => Some(config.url.absolute("/feed.xml")),
        _ => None,
    };
    let or_none = |text: Option<String>| text.map_or(Value::None, Value::from);
    Value::map([
        ("canonical", canonical.into()),
        ("noindex", sheet.noindex.into()),
        ("csp", site.field("csp").cloned().unwrap_or_default()),
        ("og_type", if written.is_some() && sheet.kind != "home" { "article" } else { "website" }.into()),
        ("og_image", or_none(image.map(|image| format!("{}{image}", config.url.origin)))),
        ("jsonld", jsonld.map_or(Value::None, html)),
        ("feed", or_none(feed)),
        ("favicon", or_none(logo)),
    ])
}
