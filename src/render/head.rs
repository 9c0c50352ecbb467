//! What stands in a page's `<head>`: addresses, the security policy, the structured data.

use super::engine::{html, map};
use super::page::Sheet;
use crate::config::{Config, Feedback};
use crate::facts::{Answer, Ask, Shown};
use tera::Value;

/// The policy's directives before the site's additions. `frame-ancestors` is no matter of a `<meta>` element.
const POLICY: &[(&str, &str)] = &[
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self' data: https:"),
    ("media-src", "'self' https:"),
    ("font-src", "'self'"),
    ("connect-src", "'self'"),
    ("manifest-src", "'self'"),
    ("base-uri", "'none'"),
    ("form-action", "'self'"),
];

/// The Content Security Policy of every page.
pub fn policy(config: &Config) -> String {
    let mut directives: Vec<(&str, String)> = POLICY.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let mut add = |name: &str, source: &str| {
        let known = directives.iter_mut().find(|(known, _)| *known == name);
        if let Some((_, sources)) = known {
            if sources == "'none'" {
                sources.clear();
            }
            if !sources.is_empty() {
                sources.push(' ');
            }
            sources.push_str(source);
        }
        known_or_new(name)
    };
    fn known_or_new(name: &str) -> bool {
        POLICY.iter().any(|(known, _)| *known == name)
    }
    if let Some(Feedback::Form(endpoint)) = &config.feedback {
        add("form-action", &origin(endpoint));
    }
    let mut others: Vec<(&str, String)> = Vec::new();
    for (name, sources) in &config.csp {
        for source in sources {
            if !add(name, source) {
                match others.iter_mut().find(|(known, _)| known == name) {
                    Some((_, all)) => {
                        all.push(' ');
                        all.push_str(source);
                    }
                    None => others.push((name, source.clone())),
                }
            }
        }
    }
    directives.extend(others);
    directives.into_iter().map(|(name, sources)| format!("{name} {sources}")).collect::<Vec<_>>().join("; ")
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    address[..end].to_owned()
}

/// The logo's address, and its size if the file says so.
pub(super) fn logo(sheet: &Sheet) -> Option<Shown> {
    let path = sheet.config.logo.as_ref()?;
    match &sheet.facts.ask(Ask::Asset(path.clone())).answer {
        Answer::Asset(shown) => Some(shown.clone()),
        _ => None,
    }
}

/// The variable `head`; the policy is shared by all pages, in `site`.
pub(super) fn value(sheet: &Sheet, jsonld: Option<String>, site: &Value) -> Value {
    let config = sheet.config;
    let written = sheet.written.as_ref();
    let canonical = written.and_then(|written| written.front.canonical.as_deref());
    let canonical = canonical.map_or_else(|| config.url.absolute(sheet.url.as_str()), str::to_owned);
    let logo = logo(sheet).map(|logo| logo.href);
    let image = logo.as_ref().filter(|logo| [".png", ".jpg", ".jpeg", ".webp"].iter().any(|end| logo.ends_with(end)));
    let feed = match &sheet.facts.ask(Ask::Nav).answer {
        Answer::Nav(nav) if nav.feed => Some(config.url.absolute("/feed.xml")),
        _ => None,
    };
    let or_none = |text: Option<String>| text.map_or_else(Value::none, Value::from);
    map([
        ("canonical", canonical.into()),
        ("noindex", sheet.noindex.into()),
        ("csp", site.get_from_path("csp").cloned().unwrap_or_else(Value::none)),
        ("og_type", if written.is_some() && sheet.kind != "home" { "article" } else { "website" }.into()),
        ("og_image", or_none(image.map(|image| format!("{}{image}", config.url.origin)))),
        ("jsonld", jsonld.map_or_else(Value::none, |text| html(&text))),
        ("feed", or_none(feed)),
        ("favicon", or_none(logo)),
    ])
}
