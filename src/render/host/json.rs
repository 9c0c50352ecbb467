//! What hosts are told → `vercel.json` and `staticwebapp.config.json`, a rule a line.

use super::{Told, forms, is_whole};
use crate::site::host::Rule;
use serde_json::{Map, Value, json};

/// `vercel.json`. Of several rules for a header the last one counts.
pub(super) fn vercel(told: &Told) -> String {
    let redirects = told.table.moved.iter().map(|moved| {
        // With or without the last slash: `trailingSlash` leads from one to the other.
        let source = escaped(&told.encoded(moved.from.as_str()));
        json!({"source": source, "destination": moved.to, "statusCode": 301})
    });
    let headers = told.table.rules.iter().map(|rule| {
        let path = escaped(&told.encoded(&rule.path));
        let source = if rule.below { format!("{path}(.*)") } else { path };
        let pairs = rule.headers.iter().map(|(name, value)| json!({"key": name, "value": value}));
        json!({"source": source, "headers": pairs.collect::<Vec<_>>()})
    });
    object([("trailingSlash", Value::Bool(true)), ("redirects", redirects.collect()), ("headers", headers.collect())])
}

/// A path in the pattern language of `source`, in which nothing stands for anything else.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, ':' | '(' | ')' | '{' | '}' | '[' | ']' | '*' | '+' | '?' | '.' | '|' | '^' | '$' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `staticwebapp.config.json`. Of several rules for an address only the first counts.
pub(super) fn azure(told: &Told) -> String {
    let mut routes: Vec<Value> = Vec::new();
    for moved in &told.table.moved {
        for from in forms(moved) {
            routes.push(json!({"route": told.encoded(from), "redirect": moved.to, "statusCode": 301}));
        }
    }
    // The narrowest first, each with all that wider ones say.
    let parts: Vec<&Rule> = told.parts().collect();
    for rule in parts.into_iter().rev() {
        let path = told.encoded(&rule.path);
        let route = if rule.below { format!("{path}*") } else { path };
        let own = told.table.headers(rule).into_iter().filter(|header| !told.whole().any(|whole| whole == header));
        routes.push(json!({"route": route, "headers": pairs(own)}));
    }
    let whole = told.table.rules.iter().filter(|rule| is_whole(rule)).flat_map(|rule| rule.headers.clone());
    let mut missing = Map::new();
    missing.insert("404".to_owned(), json!({"rewrite": told.encoded("/404.html")}));
    object([
        ("trailingSlash", Value::String("always".to_owned())),
        ("routes", Value::Array(routes)),
        ("globalHeaders", pairs(whole)),
        ("responseOverrides", Value::Object(missing)),
    ])
}

fn pairs(headers: impl Iterator<Item = (String, String)>) -> Value {
    Value::Object(headers.map(|(name, value)| (name, Value::String(value))).collect())
}

/// An object with a line for each entry of its lists: short, and still readable where it differs.
fn object<const N: usize>(entries: [(&str, Value); N]) -> String {
    let entries = entries.map(|(key, value)| match value {
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("\"{key}\":[\n{}\n]", items.join(",\n"))
        }
        other => format!("\"{key}\":{other}"),
    });
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}
