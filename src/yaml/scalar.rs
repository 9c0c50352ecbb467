//! One scalar as written → its value, or the word that only the full parser can tell; never a guess.

use super::Value;
use std::borrow::Cow;

/// The value of an unquoted scalar, or `None` if its type takes the full parser.
pub(super) fn plain(text: &str) -> Option<Value<'_>> {
    match text.as_bytes().first() {
        None => Some(Value::Null),
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => Some(match text {
            "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ => Value::Text(Cow::Borrowed(text)),
        }),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {
            if is_day(text) || text.bytes().any(|b| matches!(b, b' ' | b'/' | b':')) {
                Some(Value::Text(Cow::Borrowed(text)))
            } else {
                is_common_number(text).then_some(Value::Number(Cow::Borrowed(text)))
            }
        }
        Some(_) => Some(Value::Text(Cow::Borrowed(text))),
    }
}

/// Whether `text` has the form `2026-11-24`.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

/// Whole numbers and decimal fractions without a leading zero: about these, all of YAML's schemas agree.
fn is_common_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.len() <= 15 && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// Whether `text` is a whole number that has more digits than a machine's numbers do.
pub(super) fn is_too_long(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all_digits = digits.len() >= 19 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    all_digits && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

/// What stands between double quotes, or between single ones.
pub(super) enum Inner<'a> {
    /// The value.
    Known(Cow<'a, str>),
    /// It takes the full parser.
    Unknown,
    /// The backslash at this offset starts no escape that YAML has.
    BadEscape(usize),
}

/// The text between double quotes.
pub(super) fn double_quoted(inner: &str) -> Inner<'_> {
    if !inner.contains('\\') {
        return if inner.contains(['\n', '\r']) { Inner::Unknown } else { Inner::Known(Cow::Borrowed(inner)) };
    }
    let mut value = String::with_capacity(inner.len());
    let mut known = true;
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        let at = inner.len() - after.len() - 1;
        value.push_str(before);
        let Some(escape) = after.chars().next() else { return Inner::BadEscape(at) };
        rest = &after[escape.len_utf8()..];
        let digits = match escape {
            '"' | '\\' | '/' => {
                value.push(escape);
                0
            }
            'n' => {
                value.push('\n');
                0
            }
            't' => {
                value.push('\t');
                0
            }
            '0' | 'a' | 'b' | '\t' | 'v' | 'f' | 'r' | 'e' | ' ' | 'N' | '_' | 'L' | 'P' | '\n' | '\r' => {
                known = false;
                0
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Inner::BadEscape(at),
        };
        if digits > 0 {
            known = false;
            if !rest.bytes().take(digits).all(|b| b.is_ascii_hexdigit()) || rest.len() < digits {
                return Inner::BadEscape(at);
            }
        }
    }
    value.push_str(rest);
    if known && !inner.contains(['\n', '\r']) { Inner::Known(Cow::Owned(value)) } else { Inner::Unknown }
}

/// The text between single quotes.
pub(super) fn single_quoted(inner: &str) -> Inner<'_> {
    if inner.contains(['\n', '\r']) {
        Inner::Unknown
    } else if inner.contains('\'') {
        Inner::Known(Cow::Owned(inner.replace("''", "'")))
    } else {
        Inner::Known(Cow::Borrowed(inner))
    }
}

/// The offset of the quote that closes the one at `open`, or `None` if the text ends first.
pub(super) fn closing_quote(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[open];
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// `text` as a quoted YAML scalar, in the quotes that need no escapes: `"Step 2: close"`.
pub fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_types_of_the_parser() {
        for text in [
            "",
            "~",
            "null",
            "nUll",
            "true",
            "TRUE",
            "tRue",
            "False",
            "no",
            "off",
            "0",
            "-0",
            "7",
            "-12",
            "007",
            "1.5",
            "-0.5",
            "1.",
            ".5",
            "1e3",
            "0x1f",
            "+1",
            "1_000",
            "2026-08-01",
            "3 days",
            "1/2",
            "12:30",
            "inf",
            "nan",
            ".inf",
            "e5",
            "-",
            "--",
            "123456789012345678901234567890",
            "1.10",
        ] {
            let Some(ours) = plain(text) else { continue };
            let theirs: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_default();
            match (&ours, &theirs) {
                (Value::Null, serde_yaml::Value::Null) => {}
                (Value::Bool(a), serde_yaml::Value::Bool(b)) => assert_eq!(a, b),
                (Value::Number(a), serde_yaml::Value::Number(b)) => {
                    assert_eq!(a.parse::<f64>().unwrap(), b.as_f64().unwrap())
                }
                (Value::Text(a), serde_yaml::Value::String(b)) => assert_eq!(a, b),
                _ => panic!("{text:?}: {ours:?} is not {theirs:?}"),
            }
        }
    }

    #[test]
    fn quotes_are_chosen_so_that_nothing_is_escaped() {
        assert_eq!(quoted("Step 2: close"), "\"Step 2: close\"");
        assert_eq!(quoted("it's \"here\""), "'it''s \"here\"'");
    }
}
