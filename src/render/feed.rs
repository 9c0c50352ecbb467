//! The newest pages → an Atom feed (RFC 4287); one entry a guide, dates from content and never from a clock.

use super::escape;
use crate::facts::{Answer, Ask, Facts};

/// The feed.
pub(super) fn atom(facts: &Facts) -> String {
    let config = facts.config();
    let known = facts.ask(Ask::Feed);
    let Answer::Entries(entries) = &known.answer else { return String::new() };
    let home = config.url.absolute("/");
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"",
    );
    escape::text(&mut out, &config.language);
    out.push_str("\">\n");
    element(&mut out, "title", &config.title);
    if !config.description.is_empty() {
        element(&mut out, "subtitle", &config.description);
    }
    element(&mut out, "id", &home);
    link(&mut out, "alternate", "text/html", &home);
    link(&mut out, "self", "application/atom+xml", &config.url.absolute("/feed.xml"));
    let newest = entries.iter().filter_map(|entry| entry.day).max();
    element(&mut out, "updated", &instant(newest.map(|day| day.to_string())));
    out.push_str("<author>");
    element(&mut out, "name", &config.title);
    out.push_str("</author>\n");
    element(&mut out, "generator", "Guidepost");
    for entry in entries {
        let url = config.url.absolute(entry.url.as_str());
        out.push_str("<entry>\n");
        element(&mut out, "title", &entry.title);
        element(&mut out, "id", &url);
        link(&mut out, "alternate", "text/html", &url);
        element(&mut out, "updated", &instant(entry.day.map(|day| day.to_string())));
        if let Some(description) = &entry.description {
            element(&mut out, "summary", description);
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    out
}

fn instant(day: Option<String>) -> String {
    format!("{}T00:00:00Z", day.as_deref().unwrap_or("1970-01-01"))
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>"));
    escape::text(out, text);
    out.push_str(&format!("</{name}>\n"));
}

fn link(out: &mut String, relation: &str, kind: &str, href: &str) {
    out.push_str(&format!("<link rel=\"{relation}\" type=\"{kind}\" href=\""));
    escape::text(out, href);
    out.push_str("\"/>\n");
}
