//! A mistake of syntax → a diagnostic that names it and prints the corrected line; it never only says "failed to parse".

use super::{Block, DEPTH, Entry, Node, Value, quoted};
use crate::diag::{Diagnostic, Span};
use std::ops::Range;

/// A corrected line longer than this is cut: its beginning shows what to do.
const SHOWN: usize = 120;

pub(super) fn too_large(block: &Block) -> Diagnostic {
    let (size, limit) = (block.text.len() / 1000, block.limit / 1000);
    let message = format!("this is {size} kB of settings, and {limit} kB is the most that is read");
    let help = "long text belongs into the body of a page, or into a file of its own";
    Diagnostic::new(block.codes.too_large, block.path, block.span(0..0), message).help(help)
}

pub(super) fn too_deep(block: &Block, at: usize) -> Diagnostic {
    let message = format!("lists and maps lie more than {DEPTH} deep in each other here");
    Diagnostic::new(block.codes.too_large, block.path, block.span(at..at + 1), message)
        .label("too deep")
        .help("close brackets that were opened by mistake, or quote the text that holds them")
}

/// The first character that YAML does not allow, or that ends a line for the parser and for nobody else: behind one of
/// these an anchor could reach the parser.
pub(super) fn forbidden_character(block: &Block) -> Option<Diagnostic> {
    let at = if block.text.is_ascii() {
        block.text.bytes().position(|byte| is_control(char::from(byte)))
    } else {
        block.text.find(is_forbidden)
    }?;
    let found = block.text[at..].chars().next()?;
    let message = format!("an invisible character, U+{:04X}, that cannot stand in settings", u32::from(found));
    let span = at..at + found.len_utf8();
    let note = Diagnostic::new(block.codes.syntax, block.path, block.span(span.clone()), message);
    Some(
        note.label("here").help("delete the character; retype the line if you cannot see it").fix(block.span(span), ""),
    )
}

/// Reports such characters that escapes put into the values below `node`: `"\a"`, `"\x07"`.
pub(super) fn escaped_characters(block: &Block, node: &Node, notes: &mut Vec<Diagnostic>) {
    let mut report = |text: &str, span: Span| {
        let Some(found) = text.chars().find(|c| is_forbidden(*c)) else { return };
        let message =
            format!("an escape for an invisible character, U+{:04X}, that cannot stand in settings", u32::from(found));
        let note = Diagnostic::new(block.codes.syntax, block.path, span, message);
        notes.push(note.label("in here").help("delete the escape, or write `\\\\` for a backslash"));
    };
    match &node.value {
        Value::Text(text) => report(text, node.span),
        Value::List(items) => items.iter().for_each(|item| escaped_characters(block, item, notes)),
        Value::Map(entries) => {
            for entry in entries {
                report(&entry.key, entry.key_span);
            }
            entries.iter().for_each(|entry| escaped_characters(block, &entry.value, notes));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Broken => {}
    }
}

fn is_control(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || c == '\u{7f}'
}

fn is_forbidden(c: char) -> bool {
    is_control(c) || matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `title: Step 2: close`. `lead` is what stands before the value on its line.
pub(super) fn colon(block: &Block, lead: Range<usize>, colon: usize, value: Range<usize>) -> Diagnostic {
    let message = "a colon followed by a space cannot stand in text without quotes";
    let note = syntax(block, colon..colon + 1, message).label("YAML reads what stands before this as a key");
    in_quotes(note, block, lead, value)
}

/// A value that starts with a character that YAML keeps for itself.
pub(super) fn reserved(block: &Block, lead: Range<usize>, value: Range<usize>) -> Diagnostic {
    let text = &block.text[value.clone()];
    let first = text.chars().next().unwrap_or(' ');
    let start = value.start..value.start + first.len_utf8();
    let message = match first {
        '{' => "`{{` at the start of a value opens a YAML map, not a variable".to_owned(),
        '&' | '*' => format!("`{first}` at the start of a value is a YAML anchor or alias, and neither is read here"),
        '!' => "`!` at the start of a value is a YAML type tag, and no tag is read here".to_owned(),
        '-' if !lead.is_empty() && text.starts_with("- ") => {
            let key = block.text[lead.clone()].trim_end();
            let help = format!("begin the list on the next line:\n{key}\n  {}", shortened(text));
            return syntax(block, start, "a list cannot start on its key's own line")
                .label("this starts a list")
                .help(help);
        }
        _ => format!("a value cannot start with `{first}` unless it is in quotes"),
    };
    let end = if text.starts_with("{{") { start.end + 1 } else { start.end };
    in_quotes(syntax(block, start.start..end, message).label("reserved by YAML"), block, lead, value)
}

pub(super) fn unclosed_quote(block: &Block, lead: Range<usize>, value: Range<usize>) -> Diagnostic {
    let quote = &block.text[value.start..value.start + 1];
    let inner = block.text[value.start + 1..value.end].trim_end();
    let note = syntax(block, value.start..value.start + 1, format!("the quote {quote} is opened here and not closed"));
    let fixed =
        if inner.ends_with(quote) || (quote == "\"" && inner.contains('\\')) { None } else { Some(quoted(inner)) };
    let note = note.label("opened here");
    match fixed {
        Some(fixed) => corrected(note, block, "close the quote", lead, value, &fixed),
        None => note.help(format!("close the quote with {quote} at the end of the text")),
    }
}

/// `title: "Close" your account`, or `title: [Draft] Close`. `behind` is where the surplus text starts.
pub(super) fn behind_value(block: &Block, lead: Range<usize>, behind: usize, value: Range<usize>) -> Diagnostic {
    let first = block.text.as_bytes()[value.start];
    let closing = if matches!(first, b'[' | b'{') { "closing bracket" } else { "closing quote" };
    let end = value.end.max(behind + 1).min(block.text.len());
    let end = if block.text.is_char_boundary(end) { end } else { behind };
    let note = syntax(block, behind..end, format!("there is text behind the {closing}")).label("not expected");
    let text = &block.text[value.clone()];
    let (head, tail) = (&text[..1], &text[1..]);
    if first == b'\'' && !tail.contains(['"', '\\']) && tail.ends_with('\'') {
        let fixed = format!("\"{}\"", &tail[..tail.len() - 1]);
        let what = "an apostrophe ends text in single quotes; use double quotes";
        return corrected(note, block, what, lead, value, &fixed);
    }
    if first == b'"' && tail.len() > 1 && tail.ends_with(head) && !tail.contains('\\') {
        let fixed = format!("'{}'", tail[..tail.len() - 1].replace('\'', "''"));
        return corrected(note, block, "put single quotes around text with double quotes in it", lead, value, &fixed);
    }
    in_quotes(note, block, lead, value)
}

pub(super) fn unclosed_bracket(block: &Block, lead: Range<usize>, value: Range<usize>) -> Diagnostic {
    let text = &block.text[value.clone()];
    let open = &text[..1];
    let close = if open == "[" { "]" } else { "}" };
    let note = syntax(block, value.start..value.start + 1, format!("`{open}` is opened here and not closed"));
    let note = note.label("opened here");
    let fixed = format!("{}{close}", text.trim_end_matches([',', ' ']));
    corrected(note, block, &format!("close it with `{close}`"), lead, value, &fixed)
}

pub(super) fn inside_bracket(block: &Block, open: usize, at: usize) -> Diagnostic {
    let found = block.text[at..].chars().next().unwrap_or(' ');
    let (kind, example) = match block.text.as_bytes()[open] {
        b'[' => ("list", "[one, two, \"three: quoted\"]"),
        _ => ("map", "{one: text, two: \"text: quoted\"}"),
    };
    let message = format!("`{found}` cannot stand here in a {kind} in brackets");
    syntax(block, at..at + found.len_utf8(), message)
        .label("a comma or the closing bracket is missing before this, or quotes around it")
        .related(block.path, block.span(open..open + 1), format!("the {kind} starts here"))
        .help(format!("separate entries with commas and put quotes around text with special characters: `{example}`"))
}

pub(super) fn escape(block: &Block, at: usize, inner: &str) -> Diagnostic {
    let letter = block.text[at + 1..].chars().next().unwrap_or(' ');
    let message = format!("`\\{letter}` is not an escape that YAML knows");
    let note =
        syntax(block, at..at + 1 + letter.len_utf8(), message).label("a backslash in double quotes starts an escape");
    let single = format!("'{}'", inner.replace('\'', "''"));
    note.help(format!("use single quotes, where a backslash is a backslash: `{}`", shortened(&single)))
}

/// A line that is deeper than its neighbours, or between two levels.
pub(super) fn indentation(block: &Block, line: Range<usize>) -> Diagnostic {
    let text = shortened(&block.text[line.clone()]);
    syntax(block, line, "this line's indentation fits no line above it").label("indented differently").help(format!(
        "give the line the same number of spaces as its neighbours, and none if it is a key of its own: `{text}`"
    ))
}

/// A line of a map that is not `key: value`.
pub(super) fn no_key(block: &Block, line: Range<usize>) -> Diagnostic {
    let text = &block.text[line.clone()];
    let mut words = text.splitn(2, ' ');
    let (word, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if text.starts_with("- ") || text == "-" {
        return syntax(block, line, "a list item stands where a key is expected")
            .label("not expected")
            .help("write the list below a key that has no other value: `tags:` and then `  - one`");
    }
    if text.starts_with("? ") || text == "?" {
        return syntax(block, line, "a key of several lines is not read here")
            .help("write the key on one line: `key: value`");
    }
    if let Some((key, value)) = text.split_once(':')
        && is_word(key)
        && !value.is_empty()
        && !value.starts_with("//")
    {
        let fixed = format!("{key}: {value}");
        return syntax(block, line.clone(), "a space is missing behind the colon")
            .label("read as text without a key")
            .help(format!("write `{}`", shortened(&fixed)))
            .fix(block.span(line), fixed);
    }
    if let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim).filter(|value| !value.is_empty())
        && is_word(word)
    {
        let fixed = format!("{word}: {value}");
        return syntax(block, line.clone(), "an equals sign stands where YAML wants a colon")
            .label("expected `key: value`")
            .help(format!("write `{}`", shortened(&fixed)))
            .fix(block.span(line), fixed);
    }
    let note = syntax(block, line, "this line has no key").label("expected `key: value`");
    if is_word(word) && !rest.trim().is_empty() && rest.split(' ').count() < 12 {
        note.help(format!("write a colon behind the key: `{word}: {}`", shortened(rest.trim())))
    } else {
        note.help("write it as `key: value`, or indent it if it belongs to the line above")
    }
}

/// `order: 99999999999999999999`
pub(super) fn long_number(block: &Block, range: Range<usize>) -> Diagnostic {
    syntax(block, range, "no number has so many digits here")
        .label("too long")
        .help("write a shorter number; if it is text, such as an account's number, put it in quotes")
}

pub(super) fn unexpected(block: &Block, range: Range<usize>) -> Diagnostic {
    syntax(block, range, "this cannot stand behind a value")
        .help("put it on a line of its own, or all of the value in quotes")
}

/// A tab in a line's indentation; `line` is the line's content.
pub(super) fn tab(block: &Block, range: Range<usize>, line: Range<usize>) -> Diagnostic {
    let text = shortened(&block.text[line]);
    syntax(block, range.clone(), "a tab in a line's indentation, where YAML wants spaces")
        .label("a tab")
        .help(format!("indent with two spaces for each level: `  {text}`"))
        .fix(block.span(range), "  ")
}

pub(super) fn document_marker(block: &Block, range: Range<usize>) -> Diagnostic {
    syntax(block, range, "only one YAML document is read from a file")
        .label("a second one starts here")
        .help("delete this line and join the two parts")
}

pub(super) fn twice(block: &Block, entry: &Entry, first: Span) -> Diagnostic {
    Diagnostic::new(block.codes.syntax, block.path, entry.key_span, format!("`{}` is given twice", entry.key))
        .label("given again")
        .related(block.path, first, "given first here")
        .help("delete one of the two")
}

/// What `serde_yaml` says of text in which the scanner found nothing wrong.
pub(super) fn refused(block: &Block, error: &serde_yaml::Error) -> Diagnostic {
    let at = error.location().map_or(0, |location| location.index().min(block.text.len()));
    let at = (0..=at).rev().find(|&at| block.text.is_char_boundary(at)).unwrap_or(0);
    let line_end = block.text[at..].find(['\n', '\r']).map_or(block.text.len(), |end| at + end);
    let said = error.to_string();
    let (message, help) = if said.contains("tab") {
        ("a tab where YAML wants spaces", "replace the tab with spaces")
    } else if said.contains("escape") || said.contains("hexdecimal") {
        ("an escape that YAML does not know", "put the text in single quotes, where a backslash is a backslash")
    } else if said.contains("document") {
        ("`---` or `...` at a line's start ends the YAML", "indent the line, or delete it")
    } else if said.contains("recursion") || said.contains("repetition") {
        ("nested deeper than any settings are", "close brackets that were opened by mistake")
    } else if said.contains("indent") || said.contains("block") {
        ("this line's indentation does not fit the lines above it", "give lines of one level the same number of spaces")
    } else {
        ("YAML cannot read the text from here on", "put the value above or at this place in quotes")
    };
    syntax(block, at..line_end, message).help(help)
}

fn syntax(block: &Block, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(block.codes.syntax, block.path, block.span(range), message)
}

fn in_quotes(note: Diagnostic, block: &Block, lead: Range<usize>, value: Range<usize>) -> Diagnostic {
    let fixed = quoted(&block.text[value.clone()]);
    corrected(note, block, "put the text in quotes", lead, value, &fixed)
}

fn corrected(
    note: Diagnostic,
    block: &Block,
    what: &str,
    lead: Range<usize>,
    value: Range<usize>,
    fixed: &str,
) -> Diagnostic {
    let line = format!("{}{fixed}", &block.text[lead]);
    note.help(format!("{what}: `{}`", shortened(&line))).fix(block.span(value), fixed)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
