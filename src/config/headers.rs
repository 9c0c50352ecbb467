//! `headers:` of `site.yaml` → headers for paths; nothing that could break a response or a host's file of rules.

use super::HeaderRule;
use crate::diag::Span;
use crate::yaml::{Entry, Node, Reader, listed};

/// Headers that a host sets itself: a second one, or another value, breaks the response.
const HOSTS_OWN: &[&str] = &[
    "accept-ranges",
    "age",
    "allow",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "host",
    "location",
    "server",
    "set-cookie",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers by path, in the order in which they are written.
pub(super) fn headers(reader: &mut Reader, node: &Node) -> Vec<HeaderRule> {
    const SHAPE: &str = "\n  /*:\n    X-Frame-Options: DENY";
    let mut rules: Vec<HeaderRule> = Vec::new();
    for entry in reader.map("headers", node, SHAPE).unwrap_or_default() {
        let Some((path, whole)) = pattern(reader, &entry.key, entry.key_span) else { continue };
        let found = one(reader, entry);
        if rules.iter().any(|rule| rule.path == path && rule.below == whole) {
            let help = "write all headers of one path below one key";
            reader.report(entry.key_span, format!("`{}` is given twice", entry.key), "given again", help);
        } else if !found.is_empty() {
            rules.push(HeaderRule { path, below: whole, headers: found, span: entry.key_span });
        }
    }
    rules
}

/// The decoded path, and whether it stands for all below it.
fn pattern(reader: &mut Reader, text: &str, span: Span) -> Option<(String, bool)> {
    let (path, below) = match text.strip_suffix('*') {
        Some(path) if path.ends_with('/') => (path, true),
        _ => (text, false),
    };
    let decoded = crate::path::decode(path).filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['*', '?', '#', '"', '\\'])
            && !path.chars().any(|c| c.is_control() || c.is_whitespace())
            && path.split('/').all(|part| !part.starts_with(':') && !matches!(part, "." | ".."))
    });
    let Some(decoded) = decoded else {
        let message = format!("`{text}` is not a path that every host understands");
        let help =
            "write one path from the site's root, as in `/manual.pdf`, or a folder with all in it, as in `/press/*`";
        reader.report(span, message, "expected a path", help);
        return None;
    };
    Some((decoded, below))
}

fn one(reader: &mut Reader, entry: &Entry) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for header in reader.map(&entry.key, &entry.value, "{X-Frame-Options: DENY}").unwrap_or_default() {
        if !name(reader, &header.key, header.key_span) {
            continue;
        }
        let Some(text) = reader.scalar(&header.key, &header.value) else { continue };
        if !value(reader, &header.key, text, header.value.span) {
            continue;
        }
        if found.iter().any(|(known, _)| known.eq_ignore_ascii_case(&header.key)) {
            let message = format!("`{}` is given twice, and letter case makes no difference", header.key);
            reader.report(header.key_span, message, "given again", "delete one of the two");
        } else {
            found.push((header.key.to_string(), text.trim().to_owned()));
        }
    }
    found
}

fn name(reader: &mut Reader, name: &str, span: Span) -> bool {
    let lower = name.to_ascii_lowercase();
    // A token of RFC 9110, section 5.6.2, without the characters that files of rules give a meaning to.
    let sound = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !sound {
        let help = "write letters, digits and hyphens, as in `X-Frame-Options`";
        reader.report(span, format!("`{name}` cannot be the name of a header"), "not a header's name", help);
    } else if HOSTS_OWN.contains(&&*lower) {
        let message = format!("`{name}` is the host's to write");
        let instead = match &*lower {
            "location" => "use `redirects:` to lead elsewhere".to_owned(),
            _ => format!("delete the line; the same goes for {}", listed(HOSTS_OWN.iter().copied())),
        };
        reader.report(span, message, "not yours to set", instead);
        return false;
    }
    sound
}

fn value(reader: &mut Reader, name: &str, text: &str, span: Span) -> bool {
    let wrong = if text.trim().is_empty() {
        Some("it is empty")
    } else if text.bytes().any(|b| matches!(b, b'\r' | b'\n')) {
        Some("it has more than one line")
    } else if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        Some("it holds a character beyond ASCII, or one that cannot be seen")
    } else if text.contains(['$', '\\']) {
        Some("it holds `$` or `\\`, which some servers read as something else")
    } else {
        None
    };
    if let Some(why) = wrong {
        let help = format!("write one line of plain text: `{name}: …`");
        reader.report(span, format!("this cannot be the value of a header: {why}"), "not a header's value", help);
    }
    wrong.is_none()
}
