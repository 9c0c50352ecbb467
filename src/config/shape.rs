//! Text → whether it has the shape that a setting wants; never a look at what it points to.

use crate::path::{decode, encode};

/// Whether `text` looks like a BCP 47 language tag: `de`, `pt-BR`, `zh-Hant-TW`.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether `text` is a name for directives and URLs: lower-case letters, digits and hyphens, a letter or digit first.
pub(crate) fn is_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.bytes().next().is_some_and(|b| b != b'-')
}

/// Whether `text` can be the name of a variable: letters, digits, `_` and `-`, no digit or hyphen first.
pub(crate) fn is_variable(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// Whether `text` is a full address of the web.
pub(crate) fn is_web_address(text: &str) -> bool {
    split_address(text).is_ok()
}

/// Whether `text` is a link that may stand in a page: on this site, or with a scheme that runs nothing.
pub(crate) fn is_safe_link(text: &str) -> bool {
    let cleaned = text.trim_start();
    if text.is_empty() || cleaned.len() != text.len() || text.contains(|c: char| c.is_control()) {
        return false;
    }
    match text.find([':', '/', '?', '#']) {
        Some(at) if text.as_bytes()[at] == b':' => {
            ["http", "https", "mailto", "tel"].iter().any(|scheme| text[..at].eq_ignore_ascii_case(scheme))
        }
        _ => true,
    }
}

/// `https://example.org/help` → its origin, and its path, percent-encoded and with a slash at both ends; or what is
/// wrong with it.
pub(crate) fn split_address(text: &str) -> Result<(String, String), &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("it does not start with `https://`")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err("it does not start with `https://` or `http://`");
    }
    let (host, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    if host.is_empty() || host.starts_with(':') {
        return Err("it names no host");
    }
    if host.contains('@') {
        return Err("it holds a user name");
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port is not a number up to 65535");
    }
    let in_brackets = name.starts_with('[') && name.ends_with(']');
    let of_a_host =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') || (in_brackets && b"[:]".contains(&b));
    if !name.bytes().all(of_a_host) {
        return Err(
            "its host holds a character that a host cannot have (write letters beyond a–z in their `xn--` form)",
        );
    }
    Ok((format!("{scheme}://{}", host.to_ascii_lowercase()), path.to_owned()))
}

/// The path of a base address, percent-encoded, with a slash at both ends; or what is wrong with it.
pub(crate) fn base_path(path: &str) -> Result<String, &'static str> {
    if path.contains(['?', '#']) {
        return Err("it holds a query or a fragment (`?` or `#`)");
    }
    let path = decode(path).ok_or("its path is not UTF-8")?;
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return Err("its path holds a character that a path cannot have");
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| matches!(*part, "." | "..")) {
        return Err("its path holds `.` or `..`");
    }
    Ok(if parts.is_empty() { "/".to_owned() } else { format!("/{}/", encode(&parts.join("/"))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags_not_names() {
        assert!(["en", "de-AT", "zh-Hant-TW", "gsw"].iter().all(|tag| is_language(tag)));
        assert!(["", "english", "e", "en_US", "en-", "12"].iter().all(|tag| !is_language(tag)));
    }

    #[test]
    fn links_that_run_something_are_not_safe() {
        assert!(
            ["/a/", "a.md#b", "https://x.y/?a=b:c", "mailto:a@b.c", "#x", "../a:b"]
                .iter()
                .all(|link| is_safe_link(link))
        );
        assert!(
            ["", "javascript:alert(1)", " javascript:x", "JAVA\tscript:x", "data:text/html,x"]
                .iter()
                .all(|link| !is_safe_link(link))
        );
    }

    #[test]
    fn base_paths_have_slashes_at_both_ends() {
        assert_eq!(base_path(""), Ok("/".to_owned()));
        assert_eq!(base_path("/help"), Ok("/help/".to_owned()));
        assert_eq!(base_path("//a%20b/ü//"), Ok("/a%20b/%C3%BC/".to_owned()));
        assert!(base_path("/a?b").is_err() && base_path("/../a").is_err() && base_path("/%ff").is_err());
    }

    #[test]
    fn addresses_are_split() {
        assert_eq!(split_address("HTTPS://Ex.org:80/A"), Ok(("https://ex.org:80".to_owned(), "/A".to_owned())));
        assert_eq!(split_address("http://[::1]:8080"), Ok(("http://[::1]:8080".to_owned(), String::new())));
        for bad in [
            "example.org",
            "ftp://a",
            "https://",
            "https:///a",
            "https://a b/",
            "https://u@h/",
            "https://h:x/",
            "https://ä.de",
        ] {
            assert!(split_address(bad).is_err(), "{bad}");
        }
    }
}
