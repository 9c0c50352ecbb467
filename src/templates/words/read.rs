//! A site's file of words → its texts, and every mistake in it; what is wrong is left out.

use super::{MONTHS, Raw, Word};
use crate::config::shape::is_language;
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::path::SitePath;
use crate::yaml::{self, Block, Codes, Entry, Node, Reader, Value, listed};

/// A file of words is never larger than this, in bytes.
const LIMIT: usize = 64_000;

const CODES: Codes = Codes {
    syntax: Code::TemplateWords,
    unknown_key: Code::TemplateWords,
    missing: Code::TemplateWords,
    value: Code::TemplateWords,
    too_large: Code::TemplateWords,
};

/// The language that the file `inner`, a path below `templates/words/`, has the words of.
pub(super) fn language<'p>(path: &SitePath, inner: &'p str, known: &Raw) -> Result<&'p str, Box<Diagnostic>> {
    let stem = inner.split('.').next().unwrap_or_default();
    let note = Diagnostic::new(Code::TemplateWords, path, 0..0, format!("`{inner}` is not the name of a words file"));
    if !is_language(stem) {
        let near = nearest(stem, known.keys().map(String::as_str));
        let near = near.map_or_else(String::new, |tag| format!("; did you mean `{tag}.yaml`?"));
        return Err(Box::new(
            note.help(format!("name it by its language tag, such as `fr.yaml` or `pt-BR.yaml`{near}")),
        ));
    }
    match inner.strip_suffix(".yaml") {
        Some(tag) if tag == stem => Ok(tag),
        _ => Err(Box::new(note.help(format!("rename it to `{stem}.yaml`")))),
    }
}

/// The words in `text`. `english` has all words that there are; `templates` are the texts of the site's own templates, which
/// may have words of their own.
pub(super) fn own(
    text: &str,
    path: &SitePath,
    english: &[(String, Word)],
    templates: &[&str],
    notes: &mut Vec<Diagnostic>,
) -> Vec<(String, Word)> {
    let block = Block { path, text, offset: 0, limit: LIMIT, codes: &CODES };
    let Some(root) = yaml::parse(&block, notes) else { return Vec::new() };
    let mut reader = Reader { block, notes };
    match &root.value {
        Value::Null => Vec::new(),
        Value::Map(entries) => {
            let words = entries.iter().filter_map(|entry| {
                let word = word(entry, english, templates, &mut reader)?;
                Some((entry.key.clone().into_owned(), word))
            });
            words.collect()
        }
        _ => {
            let message = "this is not a list of words";
            reader.report(root.span, message, "no key", "write one `key: text` on each line");
            Vec::new()
        }
    }
}

fn word(entry: &Entry, english: &[(String, Word)], templates: &[&str], reader: &mut Reader) -> Option<Word> {
    let known = english.iter().find(|(key, _)| *key == entry.key);
    if known.is_none() && !templates.iter().any(|text| mentions(text, &entry.key)) {
        let note = Diagnostic::new(
            Code::TemplateWords,
            reader.block.path,
            entry.key_span,
            format!("the theme has no word `{}`", entry.key),
        );
        let note = note.label("unknown key");
        reader.notes.push(match nearest(&entry.key, english.iter().map(|(key, _)| key.as_str())) {
            Some(key) => note.help(format!("did you mean `{key}`?")).fix(entry.key_span, key),
            None => note.help("take this line away; the keys are those of the theme's `templates/words/en.yaml`"),
        });
        return None;
    }
    if entry.key == MONTHS {
        return months(&entry.value, reader);
    }
    let text = match &entry.value.value {
        // `yes: Yes` is text for every reader of this file.
        Value::Text(text) => text.trim(),
        _ => reader.text(&entry.key, &entry.value)?,
    };
    if let Some((_, Word::Text(theirs))) = known {
        places(entry, text, theirs, templates, reader);
    }
    Some(Word::Text(text.to_owned()))
}

/// Whether a template mentions the word `key`.
fn mentions(text: &str, key: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let named = |before: &str| {
        text.split(before).skip(1).any(|rest| rest.strip_prefix(key).is_some_and(|rest| !rest.starts_with(is_part)))
    };
    ["words.", "words[\"", "words['"].into_iter().any(named)
}

fn months(node: &Node, reader: &mut Reader) -> Option<Word> {
    let shape = "[January, February, …, December]";
    let Value::List(items) = &node.value else { return reader.mistyped(MONTHS, node, "a list of twelve texts", shape) };
    if items.len() != 12 {
        let message = format!("`{MONTHS}` has twelve texts, and this list has {}", items.len());
        reader.report(node.span, message, "not twelve", format!("write one text for each month: `{MONTHS}: {shape}`"));
        return None;
    }
    Some(Word::List(reader.texts(MONTHS, node).into_iter().map(|(month, _)| month.to_owned()).collect()))
}

/// Reports what stands in braces in `text` and is not filled in: neither by the theme, whose text is `theirs`, nor by a
/// template of the site.
fn places(entry: &Entry, text: &str, theirs: &str, templates: &[&str], reader: &mut Reader) {
    let known: Vec<&str> = braces(theirs).map(|(name, _)| name).collect();
    for (name, written) in braces(text) {
        if known.contains(&name) && written.len() == name.len() + 2 || templates.iter().any(|own| own.contains(written))
        {
            continue;
        }
        let value = entry.value.span;
        let at = reader.block.written(value).find(written).map(|at| value.start as usize + at);
        let span = at.map_or(value, |at| Span::new(at, at + written.len()));
        let message = format!("nothing is filled in for `{written}` in `{}`", entry.key);
        let note = Diagnostic::new(Code::TemplateWords, reader.block.path, span, message).label("stays as it is");
        let own: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
        reader.notes.push(
            match nearest(name, known.iter().copied()).or(known.first().copied().filter(|_| own.len() == 1)) {
                Some(near) => note.help(format!("write `{{{near}}}`")).fix(span, format!("{{{near}}}")),
                None if own.is_empty() => note.help("nothing is filled in here; take the braces away"),
                None => note.help(format!("write {}", listed(own.iter().map(String::as_str)))),
            },
        );
    }
}

/// The names in braces, and how they are written.
fn braces(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('{').filter(move |(at, _)| !text[..*at].ends_with('{')).filter_map(move |(at, _)| {
        let inner = &text[at..at + text[at..].find('}')?];
        let name = inner.trim_matches(['{', ' ']);
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let double = usize::from(inner.starts_with("{{") && text[at + inner.len()..].starts_with("}}"));
        is_name.then(|| (name, &text[at..at + inner.len() + 1 + double]))
    })
}
