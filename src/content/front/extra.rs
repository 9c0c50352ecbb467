//! `extra:` of a page → JSON text with sorted keys, the same for the same values; never a check of what they mean.

use super::Text;
use crate::yaml::{Entry, Node, Reader, Value};

/// The free values as JSON text; empty if there are none.
pub(super) fn extra(reader: &mut Reader, node: &Node) -> Text {
    match reader.map("extra", node, "{any: value}") {
        Some([]) | None => Text::default(),
        Some(_) => json(&node.value).to_string().into(),
    }
}

/// The value as JSON, the keys of every map sorted.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Broken => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(text) => number(text),
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(|item| json(&item.value)).collect(),
        Value::Map(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            sorted.into_iter().map(|entry| (entry.key.to_string(), json(&entry.value.value))).collect()
        }
    }
}

/// JSON has no infinity and no "not a number"; they stay what was written, as text.
fn number(text: &str) -> serde_json::Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    if let Ok(whole) = text.parse::<u64>() {
        return whole.into();
    }
    match text.parse::<f64>().ok().and_then(serde_json::Number::from_f64) {
        Some(fraction) => fraction.into(),
        None => text.into(),
    }
}
