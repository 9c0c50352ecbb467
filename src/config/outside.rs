//! The settings that lead out of the site → checked addresses; nothing that could run a script or bend the policy.

use super::parse::text;
use super::shape::{is_safe_link, is_web_address};
use super::{Contact, Feedback, Places, Redirect};
use crate::diag::Span;
use crate::yaml::{Entry, Node, Reader, Value};
use std::collections::BTreeMap;

/// Directives that take a list of sources. Whatever else a policy may hold is Guidepost's to write.
const CSP: &[&str] = &[
    "default-src",
    "script-src",
    "style-src",
    "img-src",
    "media-src",
    "font-src",
    "connect-src",
    "frame-src",
    "child-src",
    "worker-src",
    "manifest-src",
    "object-src",
    "base-uri",
    "form-action",
    "frame-ancestors",
];

/// Sources that a policy knows by a word in single quotes, which YAML takes off.
const KEYWORDS: &[&str] =
    &["self", "none", "unsafe-inline", "unsafe-eval", "wasm-unsafe-eval", "unsafe-hashes", "strict-dynamic"];

/// Where "Was this helpful?" goes.
pub(super) fn feedback(reader: &mut Reader, node: &Node) -> Option<Feedback> {
    const SHAPE: &str = "{mail: help@example.org}";
    let entries = reader.map("feedback", node, SHAPE)?;
    let mut found = Vec::new();
    for entry in entries {
        match &*entry.key {
            "form" => found.push(address(reader, entry).map(Feedback::Form)),
            "issue" => found.push(address(reader, entry).map(Feedback::Issue)),
            "mail" => found.push(mail(reader, entry).map(Feedback::Mail)),
            _ => reader.unknown(entry, "`feedback`", &["form", "issue", "mail"]),
        }
    }
    if found.len() != 1 {
        let message = format!("`feedback` leads to one place, and {} are given", found.len());
        let help = format!("write one of `form`, `issue` and `mail`: `feedback: {SHAPE}`");
        reader.report(node.span, message, "expected exactly one", help);
        return None;
    }
    found.pop().flatten()
}

fn address(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let address = reader.address(&entry.key, &entry.value, "https://example.org/feedback")?;
    if !is_web_address(address) {
        let help = format!("write it with its scheme: `{}: https://example.org/feedback`", entry.key);
        reader.report(entry.value.span, format!("`{address}` is not a full address"), "not a full address", help);
        return None;
    }
    Some(address.to_owned())
}

fn mail(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let written = reader.text(&entry.key, &entry.value)?;
    let address = written.strip_prefix("mailto:").unwrap_or(written);
    let sound =
        address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if !sound || address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>?&,;\"".contains(c)) {
        let help = "write an address such as `mail: help@example.org`";
        reader.report(entry.value.span, format!("`{written}` is not a mail address"), "not a mail address", help);
        return None;
    }
    Some(address.to_owned())
}

/// Sources added to the policy.
pub(super) fn csp(reader: &mut Reader, node: &Node) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for entry in reader.map("csp", node, "{frame-src: ['https://video.example.org']}").unwrap_or_default() {
        if !CSP.contains(&&*entry.key) {
            reader.unknown(entry, "`csp`", CSP);
            continue;
        }
        let mut sources = Vec::new();
        for (source, span) in reader.texts(&entry.key, &entry.value) {
            // A semicolon would open another directive, a blank another source.
            if source.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ';' | ','))
                || !source.is_ascii()
            {
                let help =
                    format!("write a list: `{}: ['https://one.example.org', 'https://two.example.org']`", entry.key);
                reader.report(span, format!("`{source}` is not one source"), "one source an entry", help);
            } else if KEYWORDS.contains(&source) {
                let help = format!("write it with quotes inside quotes: `\"'{source}'\"`");
                reader.report(
                    span,
                    format!("`{source}` without quotes of its own is the name of a host"),
                    "a keyword",
                    help,
                );
            } else {
                sources.push(source.to_owned());
            }
        }
        found.insert(entry.key.to_string(), sources);
    }
    found
}

/// Addresses that moved, each once.
pub(super) fn redirects(reader: &mut Reader, node: &Node) -> Vec<Redirect> {
    let mut found: Vec<Redirect> = Vec::new();
    let mut taken = BTreeMap::new();
    let mut add = |reader: &mut Reader, from: &str, span: Span, to: &Node| {
        let to_text = reader.text("to", to).map(str::to_owned);
        if redirect_from(reader, from, span)
            && let Some(target) = to_text
            && redirect_to(reader, from, &target, to.span)
        {
            if taken.insert(from.to_owned(), span).is_some() {
                reader.report(span, format!("`{from}` is redirected twice"), "given again", "delete one of the two");
            } else {
                found.push(Redirect { from: from.to_owned(), to: target, span });
            }
        }
    };
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| add(reader, &entry.key, entry.key_span, &entry.value)),
        Value::List(items) => {
            for item in items {
                let Some(parts) = reader.map("redirects", item, "{from: /old/, to: /new/}") else { continue };
                parts
                    .iter()
                    .filter(|part| !matches!(&*part.key, "from" | "to"))
                    .for_each(|part| reader.unknown(part, "a redirect", &["from", "to"]));
                let ends = ["from", "to"].map(|key| parts.iter().find(|part| part.key == key));
                match ends {
                    [Some(from), Some(to)] => {
                        if let Some(start) = text(reader, from) {
                            add(reader, &start, from.value.span, &to.value);
                        }
                    }
                    _ => {
                        let help = "write `- {from: /old/, to: /new/}`";
                        reader.missing(item.span, "a redirect needs both `from` and `to`", help);
                    }
                }
            }
        }
        _ => drop(reader.mistyped::<()>("redirects", node, "a map", "{/old/: /new/}")),
    }
    found
}

fn redirect_from(reader: &mut Reader, from: &str, span: Span) -> bool {
    if from.contains('*') {
        let message = format!("`{from}`: an asterisk stands for itself here, and no page was called so");
        reader.report(span, message, "no wildcards", "write each former path on a line of its own");
        return false;
    }
    let sound = from.starts_with('/') && !from.starts_with("//") && !from.contains(['?', '#']);
    if !sound {
        let message = format!("`{from}` is not a former path on this site");
        reader.report(span, message, "expected a path", "begin it with `/`, without `?` and `#`: `/old/: /new/`");
    }
    sound
}

fn redirect_to(reader: &mut Reader, from: &str, to: &str, span: Span) -> bool {
    let sound = (to.starts_with('/') && !to.starts_with("//")) || is_web_address(to);
    if !sound {
        let help = format!("write a path from the site's root or a full address: `{from}: /new/`");
        reader.report(span, format!("`{to}` cannot be redirected to"), "expected a path or an address", help);
    } else if from == to {
        reader.report(
            span,
            format!("`{from}` is redirected to itself"),
            "the same address",
            "delete the line, or change the target",
        );
    }
    sound && from != to
}

/// Where a page's source is edited.
pub(super) fn edit_url(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let url = reader.address(&entry.key, &entry.value, "https://example.org/edit/main/{path}")?;
    if !is_web_address(url) || !url.contains("{path}") {
        let message = format!("`{url}` does not lead to a page's source");
        let help = "write `{path}` where a page's path belongs: `edit_url: https://example.org/edit/main/{path}`";
        reader.report(entry.value.span, message, "expected an address with `{path}`", help);
        return None;
    }
    Some(url.to_owned())
}

/// Where a reader finds help.
pub(super) fn contact(reader: &mut Reader, node: &Node, places: &mut Places) -> Option<Contact> {
    const SHAPE: &str = "{label: Contact us, url: /contact/}";
    let entries = reader.map("contact", node, SHAPE)?;
    let (mut label, mut url, mut sentence) = (None, None, None);
    for entry in entries {
        match &*entry.key {
            "label" => label = text(reader, entry),
            "url" => {
                url = text(reader, entry).filter(|url| contact_link(reader, url, entry.value.span));
                places.contact = entry.value.span;
            }
            "text" => sentence = text(reader, entry),
            _ => reader.unknown(entry, "`contact`", &["label", "url", "text"]),
        }
    }
    for key in ["label", "url"] {
        if !entries.iter().any(|entry| entry.key == key) {
            reader.missing(node.span, format!("`contact` has no `{key}`"), format!("write `contact: {SHAPE}`"));
        }
    }
    Some(Contact { text: sentence.unwrap_or_default(), label: label?, url: url? })
}

fn contact_link(reader: &mut Reader, url: &str, span: Span) -> bool {
    let sound = is_safe_link(url) && (url.starts_with('/') || url.contains(':'));
    if !sound {
        let help = "write a path from the site's root, a full address, or `mailto:help@example.org`";
        reader.report(span, format!("`{url}` is not a link that a page may have"), "not a link", help);
    }
    sound
}
