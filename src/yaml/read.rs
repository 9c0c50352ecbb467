//! A node → a value of the type that its key wants, or a diagnostic that says what was found and what to type.

use super::{Block, Entry, Node, Value, quoted};
use crate::diag::{Code, Diagnostic, Span, nearest};
use jiff::civil::Date;

/// Reads the values of one block; every value that is not what it should be adds a diagnostic and gives `None`.
#[derive(Debug)]
pub struct Reader<'n, 'b> {
    /// Where the values come from.
    pub block: Block<'b>,
    /// The mistakes found so far.
    pub notes: &'n mut Vec<Diagnostic>,
}

impl<'b> Reader<'_, 'b> {
    /// Text that is not empty, without blanks at its ends. `key` is what the value is called in messages.
    ///
    /// Numbers and truth values must be in quotes, and so must `yes`, `no`, `on` and `off`, which half of all YAML
    /// programs take for truth values.
    pub fn text<'t>(&mut self, key: &str, node: &'t Node<'_>) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) if is_old_bool(text) && self.block.written(node.span) == text => {
                let message =
                    format!("`{key}` is text, and many YAML programs read an unquoted `{text}` as true or false");
                self.wants_quotes(key, node, message);
                None
            }
            Value::Text(text) if text.trim().is_empty() => {
                self.report(
                    node.span,
                    format!("`{key}` is empty"),
                    "no text",
                    format!("write `{key}: …` or delete the line"),
                );
                None
            }
            Value::Text(text) => Some(text.trim()),
            Value::Number(_) => {
                let message = format!("`{key}` is text, and this is read as a number");
                self.wants_quotes(key, node, message);
                None
            }
            Value::Bool(_) => {
                let message = format!("`{key}` is text, and this is read as true or false");
                self.wants_quotes(key, node, message);
                None
            }
            Value::Null if !node.span.range().is_empty() => {
                let message = format!("`{key}` is text, and this is read as \"no value\"");
                self.wants_quotes(key, node, message);
                None
            }
            _ => self.mistyped(key, node, "text", "some text"),
        }
    }

    /// Text that only `example`, and what is like it, can be: quotes around anything else would be no cure.
    pub fn address<'t>(&mut self, key: &str, node: &'t Node<'_>, example: &str) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            Value::Text(_) => self.text(key, node),
            _ => self.mistyped(key, node, "an address", example),
        }
    }

    /// Text, a number or a truth value, as it was written.
    pub fn scalar<'t>(&mut self, key: &str, node: &'t Node<'_>) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) => Some(text.trim()),
            Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => self.mistyped(key, node, "text", "some text"),
        }
    }

    /// The same, but for words that some programs read as truth values.
    pub fn shown<'t>(&mut self, key: &str, node: &'t Node<'_>) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => self.text(key, node),
            _ => self.scalar(key, node),
        }
    }

    /// `true` or `false`.
    pub fn bool(&mut self, key: &str, node: &Node<'_>) -> Option<bool> {
        match &node.value {
            Value::Bool(value) => Some(*value),
            Value::Text(text) if matches!(&*text.to_ascii_lowercase(), "yes" | "on" | "true") => {
                self.wants_bool(key, node, "true")
            }
            Value::Text(text) if matches!(&*text.to_ascii_lowercase(), "no" | "off" | "false") => {
                self.wants_bool(key, node, "false")
            }
            _ => self.mistyped(key, node, "`true` or `false`", "true"),
        }
    }

    /// A whole number.
    pub fn integer(&mut self, key: &str, node: &Node<'_>) -> Option<i64> {
        match &node.value {
            Value::Number(text) if let Ok(number) = text.parse() => Some(number),
            _ => self.mistyped(key, node, "a whole number", "10"),
        }
    }

    /// A calendar day, written `2026-11-24`.
    pub fn day(&mut self, key: &str, node: &Node<'_>) -> Option<Date> {
        let Value::Text(text) = &node.value else {
            return self.mistyped(key, node, "a day: year, month and day", "2026-11-24");
        };
        let text = text.trim();
        let well_formed = super::scalar::is_day(text);
        match text.parse::<Date>() {
            Ok(date) if well_formed && date.year() > 0 => Some(date),
            Err(_) if well_formed => {
                let message = format!("`{text}` is not a day of the calendar");
                self.report(node.span, message, "no such day", "a day is year, month and day, such as `2026-11-24`");
                None
            }
            _ => {
                let label = format!("`{key}` is a day: year, month and day");
                let message = format!("`{text}` is not a day");
                self.report(node.span, message, label, format!("write year, month and day: `{key}: 2026-11-24`"));
                None
            }
        }
    }

    /// A list of texts, each with its place. A single text stands for a list of one.
    pub fn texts<'t>(&mut self, key: &str, node: &'t Node<'_>) -> Vec<(&'t str, Span)> {
        self.items(node).iter().filter_map(|item| Some((self.item_text(key, item)?, item.span))).collect()
    }

    /// The entries of a list, or the value itself if it is no list.
    pub fn items<'t, 'a>(&mut self, node: &'t Node<'a>) -> &'t [Node<'a>] {
        match &node.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(node),
        }
    }

    fn item_text<'t>(&mut self, key: &str, node: &'t Node<'_>) -> Option<&'t str> {
        match &node.value {
            Value::Map(_) | Value::List(_) => {
                let message = format!("an entry of `{key}` is text, and this is {}", described(node));
                let help = match &node.value {
                    Value::Map(_) => {
                        format!("put quotes around text with a colon: {}", example(key, "[one, \"two: three\"]"))
                    }
                    _ => format!("write one list: {}", example(key, "[one, two]")),
                };
                self.report(node.span, message, "expected text", help);
                None
            }
            _ => self.text(key, node),
        }
    }

    /// The entries of a map. `shape` shows what to type, such as `{label: …, url: …}`.
    pub fn map<'t, 'a>(&mut self, key: &str, node: &'t Node<'a>, shape: &str) -> Option<&'t [Entry<'a>]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            _ => self.mistyped(key, node, "a map", shape),
        }
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &str, node: &Node<'_>, choices: &[(&str, T)]) -> Option<T> {
        let words = || choices.iter().map(|(word, _)| *word);
        let Value::Text(text) = &node.value else {
            return self.mistyped(key, node, &one_of(words()), choices.first().map_or("", |(word, _)| word));
        };
        if let Some((_, value)) = choices.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let message = format!("`{text}` is no value of `{key}`");
        let note = self.note(self.block.codes.value, node.span, message).label(format!("expected {}", one_of(words())));
        self.notes.push(match nearest(text, words()) {
            Some(word) => note.help(format!("did you mean `{word}`?")).fix(node.span, word),
            None => note.help(format!("write {}", one_of(words()))),
        });
        None
    }

    /// Reports that `entry` has a key that is none of `known`. `whose` names the map, such as "front matter".
    pub fn unknown(&mut self, entry: &Entry<'_>, whose: &str, known: &[&str]) {
        let note =
            self.note(self.block.codes.unknown_key, entry.key_span, format!("{whose} has no key `{}`", entry.key));
        let note = note.label("unknown key");
        self.notes.push(match nearest(&entry.key, known.iter().copied()) {
            Some(key) => note.help(format!("did you mean `{key}`?")).fix(entry.key_span, key),
            None => note.help(format!("the keys are {}", listed(known.iter().copied()))),
        });
    }

    /// Whether a line that could not be read begins with `key`, so that it is no surprise that the key is not there.
    pub fn is_meant(&self, key: &str) -> bool {
        let syntax = self.notes.iter().filter(|note| note.code == self.block.codes.syntax);
        syntax.into_iter().any(|note| {
            let behind = self.block.written(note.place.span).strip_prefix(key);
            behind.is_some_and(|rest| rest.starts_with([':', '=', ' ']))
        })
    }

    /// Reports that a key is not there. `span` is the place of what lacks it.
    pub fn missing(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let note = self.note(self.block.codes.missing, span, message.into());
        self.notes.push(note.help(help));
    }

    /// Reports a value that means nothing.
    pub fn report(
        &mut self,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        let note = self.note(self.block.codes.value, span, message.into());
        self.notes.push(note.label(label).help(help));
    }

    /// Reports a value of the wrong type; `shape` is a value of the right one.
    pub fn mistyped<T>(&mut self, key: &str, node: &Node<'_>, wanted: &str, shape: &str) -> Option<T> {
        match node.value {
            Value::Broken => return None,
            Value::Null => {
                self.no_value(key, node, shape);
                return None;
            }
            _ => {}
        }
        let message = format!("`{key}` is {wanted}, and this is {}", described(node));
        self.report(node.span, message, format!("expected {wanted}"), format!("write {}", example(key, shape)));
        None
    }

    fn no_value(&mut self, key: &str, node: &Node<'_>, shape: &str) {
        let at = node.span.start as usize - self.block.offset;
        let behind = &self.block.text[at..];
        let comment = &behind[..behind.find(['\n', '\r']).unwrap_or(behind.len())];
        let (label, help) = if let Some(word) = comment.strip_prefix('#').and_then(|rest| rest.split(' ').next())
            && !word.is_empty()
        {
            ("`#` starts a comment", format!("put the value in quotes: `{key}: {}`", quoted(&format!("#{word}"))))
        } else {
            ("no value", format!("write {} or delete the line", example(key, shape)))
        };
        self.report(node.span, format!("`{key}` has no value"), label, help);
    }

    fn wants_quotes(&mut self, key: &str, node: &Node<'_>, message: String) {
        let fixed = quoted(self.block.written(node.span));
        let note = self.note(self.block.codes.value, node.span, message).label("not in quotes");
        self.notes.push(note.help(format!("put it in quotes: `{key}: {fixed}`")).fix(node.span, fixed));
    }

    fn wants_bool(&mut self, key: &str, node: &Node<'_>, word: &str) -> Option<bool> {
        let message = format!("`{key}` is `true` or `false`, and this is text");
        let note = self.note(self.block.codes.value, node.span, message).label("expected `true` or `false`");
        self.notes.push(note.help(format!("write `{key}: {word}`")).fix(node.span, word));
        None
    }

    fn note(&self, code: Code, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(code, self.block.path, span, message)
    }
}

/// `words` as an English list in code marks: "`a`, `b` and `c`".
pub fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    joined(words, "and")
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    joined(words, "or")
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

/// The line to type. A shape of several lines starts below its key.
fn example(key: &str, shape: &str) -> String {
    if shape.contains('\n') { format!("\n{key}:{shape}\n") } else { format!("`{key}: {shape}`") }
}

fn described(node: &Node) -> &'static str {
    match &node.value {
        Value::Null | Value::Broken => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

fn is_old_bool(text: &str) -> bool {
    text.len() <= 3 && ["yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
