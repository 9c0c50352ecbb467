//! `verified:` and `verify_every:` of a page → days; what is due is not asked here.

use super::{Spanned, Verified};
use crate::diag::nearest;
use crate::yaml::{Node, Reader, Value};

/// When the page was checked: on one day, or on a day per option.
pub(super) fn verified(reader: &mut Reader, node: &Node) -> Option<Verified> {
    let Value::Map(entries) = &node.value else {
        return reader.day("verified", node).map(|day| Verified::All(day.into()));
    };
    let each = entries.iter().filter_map(|entry| {
        let day = reader.day(&entry.key, &entry.value)?.into();
        Some((Spanned { value: (*entry.key).into(), span: entry.key_span }, day))
    });
    Some(Verified::Each(each.collect()))
}

/// `6 months` → days.
pub(super) fn period(reader: &mut Reader, node: &Node) -> Option<u32> {
    const SHAPES: &str = "write a number of days, weeks, months or years: `verify_every: 6 months`";
    let written = match &node.value {
        Value::Text(text) | Value::Number(text) => text.trim(),
        _ => return reader.mistyped("verify_every", node, "a span of time", "6 months"),
    };
    let (number, unit) = written.split_once(' ').unwrap_or((written, ""));
    let days = match unit.trim().strip_suffix('s').unwrap_or(unit.trim()) {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "year" => 365,
        _ => {
            let units = ["days", "weeks", "months", "years"];
            let help = match nearest(unit.trim(), units).filter(|_| !unit.is_empty()) {
                Some(unit) => format!("did you mean `{number} {unit}`?"),
                None => SHAPES.to_owned(),
            };
            reader.report(
                node.span,
                format!("`{written}` is not a span of time"),
                "expected a number and a unit",
                help,
            );
            return None;
        }
    };
    match number.parse::<u32>() {
        Ok(number) if (1..=1000).contains(&number) => Some(number * days),
        _ => {
            reader.report(
                node.span,
                format!("`{written}` is not a span of time"),
                "expected a number from 1 to 1000",
                SHAPES,
            );
            None
        }
    }
}
