//! A set of templates that could not be made → everything that is wrong with it, each with its place.

use super::scan::{self, Token, scan};
use super::{Reference, THEME, Templates, components, path_of, prepared, references};
use crate::diag::{Code, Diagnostic, Span, nearest};
use std::collections::BTreeMap;
use tera::{ErrorKind, Tera};

/// The one help line for what is no name of a template.
const MANUAL: &str = "the template language is Tera 2; see `templates` in the documentation";

/// What is wrong: with the syntax of each template, with what each one names, else with how they are put together.
///
/// A template that is wrong by itself counts as an empty one for the others; what is missing only for that is not told.
pub(super) fn all(texts: &BTreeMap<String, &str>, register: fn(&mut Tera)) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    let mut rest = texts.clone();
    for (name, text) in texts {
        if let Err(error) = prepared(register).add_raw_template(name, text)
            && let ErrorKind::SyntaxError(report) = error.kind()
        {
            let span = Span::from(report.span().range.clone());
            let message = one_sentence(report.message());
            let note = Diagnostic::new(Code::TemplateSyntax, &path_of(name), span, message).help(MANUAL);
            notes.push(unbalanced(text, &note).unwrap_or(note));
            rest.insert(name.clone(), "");
            continue;
        }
        // The engine would stop at the first of these.
        let parents = references(text).into_iter().filter(|reference| reference.kind == "extends");
        for Reference { name: parent, span, .. } in parents.filter(|parent| !is_there(&parent.name, texts)) {
            notes.push(missing(name, span, format!("there is no template `{parent}`"), &parent, texts));
            rest.insert(name.clone(), "");
        }
    }
    let is_whole = notes.is_empty();
    if let Err(error) = prepared(register).add_raw_templates(rest.iter().map(|(name, text)| (name.as_str(), *text))) {
        let text = error.to_string();
        let reports = reports(&text, texts);
        if reports.is_empty() && is_whole {
            notes.push(of_the_whole(&text, texts));
        }
        let known = components(texts);
        for Report { message, name, span } in reports {
            let word = quoted(message).next().unwrap_or_default();
            if !is_whole && (message.starts_with("Block ") || known.contains_key(word)) {
                continue;
            }
            notes.push(missing(name, span, one_sentence(message), word, texts));
        }
    }
    notes
}

/// What is open where the engine found an end, of the text or of something else, that it did not expect.
fn unbalanced(text: &str, said: &Diagnostic) -> Option<Diagnostic> {
    let at = said.place.span.start as usize;
    let is_end = said.message == "Unexpected end of input";
    let found = if is_end { "" } else { text.get(said.place.span.range()).filter(|word| word.starts_with("end"))? };
    let (word, tag, opened) = open_at(text, if is_end { text.len() } else { at })?;
    let path = &said.place.path;
    let close = match word.strip_prefix('<') {
        Some(component) => format!("{{% </{component}> %}}"),
        None => format!("{{% end{word} %}}"),
    };
    Some(if is_end {
        let message = format!("`{tag}` is opened here and not closed");
        Diagnostic::new(Code::TemplateSyntax, path, opened, message)
            .label("opened here")
            .help(format!("write `{close}` where it ends"))
    } else {
        let message = format!("`{{% {found} %}}` stands here, and what is open is `{tag}`");
        Diagnostic::new(Code::TemplateSyntax, path, said.place.span, message)
            .label("closes nothing")
            .related(path, opened, "opened here")
            .help(format!("write `{close}` before it, or instead of it"))
    })
}

/// The innermost construct that is open before `end`: its word, its tag, and the tag's place.
fn open_at(text: &str, end: usize) -> Option<(String, &str, Span)> {
    let mut open: Vec<(String, &str, Span)> = Vec::new();
    for (tokens, _) in scan(text).tags().filter(|(_, is_statement)| *is_statement) {
        let Some(span) = scan::tag(text, tokens).filter(|span| span.end as usize <= end) else { continue };
        let word = match tokens {
            [Token::Mark("<"), .., Token::Mark("/"), Token::Mark(">")] => continue,
            [Token::Mark("<"), name @ ..] => scan::dotted(name).map(|(name, _)| format!("<{name}")),
            [Token::Word(word @ ("if" | "for" | "block" | "component" | "filter")), ..] => Some((*word).to_owned()),
            [Token::Word(word @ ("set" | "set_global")), rest @ ..] if !rest.contains(&Token::Mark("=")) => {
                Some((*word).to_owned())
            }
            [Token::Mark("</"), ..] => None,
            [Token::Word(word), ..] if word.starts_with("end") => None,
            _ => continue,
        };
        match word {
            Some(word) => open.push((word, &text[span.range()], span)),
            None => drop(open.pop()),
        }
    }
    open.pop()
}

impl Templates {
    /// What is wrong with the component `name`, if the program called it with `unknown` parameters, or without all of its
    /// own: the program knows those of the theme's.
    pub fn miscalled(&self, name: &str, parameter: &str, is_unknown: bool) -> Option<Diagnostic> {
        let head = |file: &str| {
            let text: &str = self.texts.get(file)?;
            scan::head(text, name).map(|span| (span, &text[span.range()]))
        };
        let file = self.component(name).filter(|file| !file.starts_with(THEME))?;
        let (span, _) = head(file)?;
        let theirs = self.of_theme.values().find_map(|file| head(file))?.1;
        let message = if is_unknown {
            format!("the component `{name}` has no parameter `{parameter}`, and is called with one")
        } else {
            format!("the component `{name}` has a parameter `{parameter}`, and is called without it")
        };
        let theirs = theirs.replace("-%}", "%}");
        Some(
            Diagnostic::new(Code::TemplateRender, &path_of(file), span, message)
                .label("other parameters than the theme's")
                .help(format!("begin it as the theme does: `{theirs}`")),
        )
    }
}

/// One of the engine's reports.
struct Report<'t> {
    message: &'t str,
    name: &'t str,
    span: Span,
}

/// The engine's reports, which it gives as one text: of each, `error: MESSAGE` and `--> NAME:LINE:COLUMN`.
fn reports<'t>(text: &'t str, texts: &BTreeMap<String, &str>) -> Vec<Report<'t>> {
    let mut found = Vec::new();
    let mut message = None;
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("error: ") {
            message = Some(said);
        } else if let Some(place) = line.trim_start().strip_prefix("--> ")
            && let Some(message) = message.take()
            && let [column, line, name] = place.rsplitn(3, ':').collect::<Vec<_>>()[..]
            && let (Ok(line), Ok(column), Some(source)) = (line.parse(), column.parse(), texts.get(name))
        {
            found.push(Report { message, name, span: span_at(source, line, column) });
        }
    }
    found
}

/// The word at a line and a column, both counted from one, the column in characters.
fn span_at(source: &str, line: usize, column: usize) -> Span {
    let start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &source[start..];
    let at = start + rest.char_indices().nth(column.saturating_sub(1)).map_or(0, |(at, _)| at);
    let at = at + usize::from(source[at..].starts_with('<'));
    let quote = source[at..].chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
    let length = match quote {
        Some(quote) => source[at + 1..].find(quote).map_or(1, |end| end + 2),
        None => source[at..].find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(1),
    };
    Span::new(at, (at + length.max(1)).min(source.len()))
}

/// Something that the template `name` names and that is not there.
fn missing(name: &str, span: Span, message: String, word: &str, texts: &BTreeMap<String, &str>) -> Diagnostic {
    let kind = message.split(' ').nth(1).unwrap_or_default();
    let (known, help) = if message.starts_with("Block ") {
        (
            blocks(texts),
            "a block replaces one that the extended template has; `templates` in the documentation lists them",
        )
    } else if kind == "component" {
        (components(texts).into_keys().collect(), "a component is one that a file below `templates/` defines")
    } else if message.contains("template") {
        let names = texts.keys().map(|name| name.strip_prefix(THEME).unwrap_or(name).to_owned());
        (names.collect(), "templates are named by their path below `templates/`")
    } else {
        (Vec::new(), "those of Tera 2 and of Guidepost are listed in `templates` in the documentation")
    };
    let note = Diagnostic::new(Code::TemplateMissing, &path_of(name), span, message);
    match nearest(word, known.iter().map(String::as_str).filter(|name| *name != word)) {
        Some(near) => note.help(format!("did you mean `{near}`?")),
        None => note.help(help),
    }
}

/// The names of all blocks.
fn blocks(texts: &BTreeMap<String, &str>) -> Vec<String> {
    texts.values().flat_map(|text| scan(text).named("block")).map(|(name, _)| name).collect()
}

fn is_there(name: &str, texts: &BTreeMap<String, &str>) -> bool {
    texts.contains_key(name) || texts.contains_key(&format!("{THEME}{name}"))
}

/// What is wrong with templates that are each right: a circle, or two components of one name.
fn of_the_whole(text: &str, texts: &BTreeMap<String, &str>) -> Diagnostic {
    let names: Vec<&str> = quoted(text).collect();
    let own = texts.keys().filter(|name| !name.starts_with(THEME)).find(|name| names.contains(&name.as_str()));
    let name = own.cloned().unwrap_or_default();
    let place = texts.get(&name).and_then(|text| {
        let mut all = references(text).into_iter();
        all.find(|target| names.contains(&target.name.as_str())).map(|target| target.span)
    });
    Diagnostic::new(Code::TemplateMissing, &path_of(&name), place.unwrap_or_default(), one_sentence(text)).help(MANUAL)
}

/// What a text has in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\'', '`', '"']).skip(1).step_by(2)
}

/// The first sentence of a message, without quotes of its own lines.
fn one_sentence(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("this template cannot be used");
    line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.').to_owned()
}
