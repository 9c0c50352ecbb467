//! What hosts are told → `.htaccess`, for Apache 2.4 with `AllowOverride FileInfo` or more.

use super::{NOTE, Told, regex};

/// The file. Redirects need `mod_alias`, which every Apache has; headers need `mod_headers`, and are left out without.
pub(super) fn htaccess(told: &Told) -> String {
    let mut out = format!("# {NOTE}\n");
    out.push_str(&format!("ErrorDocument 404 {}\n", told.encoded("/404.html")));
    for moved in &told.table.moved {
        let from = regex(&told.decoded(moved.from.as_str().trim_end_matches('/')));
        let end = if moved.from.as_str().ends_with('/') { "/?" } else { "" };
        out.push_str(&format!(
            "RedirectMatch 301 {} {}\n",
            quoted(&format!("^{from}{end}$")),
            quoted(&target(&moved.to))
        ));
    }
    out.push_str("<IfModule mod_headers.c>\n");
    for name in told.names() {
        let (whole, parts) = told.values(name);
        if let Some(value) = whole {
            out.push_str(&format!("Header always set {name} {}\n", value_of(value)));
        }
        for (rule, value) in parts {
            let pattern = told.pattern(rule).replace('#', "\\#");
            let test = quoted(&format!("expr=%{{REQUEST_URI}} =~ m#{pattern}#"));
            out.push_str(&format!("Header always set {name} {} {test}\n", value_of(value)));
        }
    }
    out.push_str("</IfModule>\n");
    out
}

/// An argument in double quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// A header's value, in which a percent sign would begin a format.
fn value_of(text: &str) -> String {
    quoted(&text.replace('%', "%%"))
}

/// Where a redirect leads. Apache encodes the path itself, once more if it is encoded already, and takes `$` for a part
/// of what was matched.
fn target(to: &str) -> String {
    let (path, rest) = to.split_at(to.find(['?', '#']).unwrap_or(to.len()));
    let path = crate::path::decode(path).unwrap_or_else(|| path.to_owned());
    format!("{path}{rest}").replace('$', "\\$")
}
