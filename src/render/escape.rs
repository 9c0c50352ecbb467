//! Text → HTML, and addresses → safe addresses.

/// Appends `text` with `&`, `<`, `>` and `"` escaped: for text and for attributes in double quotes.
pub fn text(out: &mut String, text: &str) {
    if !text.contains('"') {
        // All but quotes can be looked for sixteen at a time. Writing to a string cannot fail.
        let _ = pulldown_cmark_escape::escape_html_body_text(out, text);
        return;
    }
    const IS_SPECIAL: [bool; 256] = marked(b"&<>\"");
    let mut from = 0;
    while let Some(length) = text.as_bytes()[from..].iter().position(|byte| IS_SPECIAL[usize::from(*byte)]) {
        let at = from + length;
        out.push_str(&text[from..at]);
        out.push_str(match text.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// A table that says of every byte whether it is one of `bytes`: asked byte by byte, it beats any chain of comparisons.
pub const fn marked(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

/// Appends text between tags: `&`, `<` and `>` escaped.
pub fn raw_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// Appends `href` as the value of an attribute: percent-encoded where needed, then escaped.
pub fn href(out: &mut String, href: &str) {
    // Writing to a string cannot fail.
    let _ = pulldown_cmark_escape::escape_href(&mut *out, href);
}

/// The scheme of an address, in lower case, as a browser reads it: white space and controls are passed over.
pub fn scheme(address: &str) -> Option<String> {
    let mut scheme = String::new();
    for c in address.chars().filter(|c| !c.is_whitespace() && !c.is_control()) {
        match c {
            ':' if !scheme.is_empty() => return Some(scheme),
            'a'..='z' | 'A'..='Z' => scheme.push(c.to_ascii_lowercase()),
            '0'..='9' | '+' | '-' | '.' if !scheme.is_empty() => scheme.push(c),
            _ => return None,
        }
    }
    None
}

/// Whether a link with this scheme runs code or shows what the address itself holds.
pub fn is_unsafe(scheme: &str, address: &str) -> bool {
    match scheme {
        "javascript" | "vbscript" | "livescript" | "mocha" | "blob" | "file" | "view-source" => true,
        "data" => {
            let bare: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let bare = bare.to_ascii_lowercase();
            !["png", "jpeg", "gif", "webp", "avif"].iter().any(|kind| bare.starts_with(&format!("data:image/{kind}")))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_read_as_browsers_do() {
        assert_eq!(scheme("java\tscript:alert(1)").as_deref(), Some("javascript"));
        assert_eq!(scheme(" \u{1}JavaScript:x").as_deref(), Some("javascript"));
        assert_eq!(scheme("a/b:c"), None);
        assert_eq!(scheme("fees.md"), None);
        assert!(is_unsafe("data", "data:text/html,x") && !is_unsafe("data", "data:image/png;base64,x"));
    }
}
