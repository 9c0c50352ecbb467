//! What hosts are told → `nginx.conf`, to be included in a `server` block; it denies itself to readers.

use super::{NOTE, Told, forms};

/// The snippet. Variables carry the headers that differ by path: a second `add_header` would be sent besides the first,
/// and one in a `location` would drop all others.
pub(super) fn snippet(told: &Told) -> String {
    let mut out = format!("# {NOTE}\n# Include it in a `server` block, with `include`.\n");
    out.push_str("absolute_redirect off;\n");
    out.push_str(&format!("error_page 404 {};\n", quoted(&told.decoded("/404.html"))));
    for (number, name) in told.names().into_iter().enumerate() {
        let (whole, parts) = told.values(name);
        if parts.is_empty() {
            out.push_str(&format!("add_header {name} {} always;\n", quoted(whole.unwrap_or_default())));
            continue;
        }
        let variable = format!("$guidepost_{number}");
        out.push_str(&format!("set {variable} {};\n", quoted(whole.unwrap_or_default())));
        for (rule, value) in parts {
            let pattern = quoted(&told.pattern(rule));
            out.push_str(&format!("if ($uri ~ {pattern}) {{ set {variable} {}; }}\n", quoted(value)));
        }
        out.push_str(&format!("add_header {name} {variable} always;\n"));
    }
    out.push_str(&format!("location = {} {{ return 404; }}\n", quoted(&told.decoded("/nginx.conf"))));
    for moved in &told.table.moved {
        let to = quoted(&moved.to.replace('$', "%24"));
        for from in forms(moved) {
            out.push_str(&format!("location = {} {{ return 301 {to}; }}\n", quoted(&told.decoded(from))));
        }
    }
    out
}

/// An argument in double quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
