//! A template's text → its pieces: texts without the whitespace that tags take away, and the words of each tag.
//!
//! Everything that has to know what a template says without rendering it asks here: what it names, which variables it
//! mentions, and what a program does. So this follows the engine's lexer in every point: comments, `raw`, texts in three
//! kinds of quotes, and where a tag ends.

use crate::diag::Span;
use std::borrow::Cow;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// Text as it is, what is between `raw` and `endraw`, too.
    Text(&'t str),
    /// What is between `{{` and `}}`.
    Print(Vec<Token<'t>>),
    /// What is between `{%` and `%}`.
    Tag(Vec<Token<'t>>),
}

/// A word of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    Text(&'t str),
    /// What is between the quotes of a text with a `\` in it.
    Escaped(&'t str),
    Number(i64),
    /// What is no word, and numbers that are not whole.
    Mark(&'t str),
}

/// What a template consists of.
pub(super) struct Scan<'t> {
    pub(super) pieces: Vec<Piece<'t>>,
    /// Whether the engine's lexer takes the text; else the pieces are those before what it does not.
    pub(super) is_whole: bool,
}

/// A piece, and whether it takes the whitespace before and behind it.
struct Cut<'t> {
    piece: Option<Piece<'t>>,
    before: bool,
    behind: bool,
}

/// The marks of more than one character, longer ones first.
const MARKS: &[&str] = &["...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?["];

/// The pieces of `text`.
pub(super) fn scan(text: &str) -> Scan<'_> {
    let (cuts, is_whole) = cuts(text);
    let mut cuts = cuts.into_iter().peekable();
    let mut pieces = Vec::with_capacity(cuts.len());
    let mut strip = false;
    while let Some(cut) = cuts.next() {
        match cut.piece {
            Some(Piece::Text(mut text)) => {
                if strip {
                    text = text.trim_start();
                }
                if cuts.peek().is_some_and(|next| next.before) {
                    text = text.trim_end();
                }
                strip = cut.behind;
                if !text.is_empty() {
                    pieces.push(Piece::Text(text));
                }
            }
            // A comment does not end what the tag before it began.
            None => strip |= cut.behind,
            Some(tag) => {
                strip = cut.behind;
                pieces.push(tag);
            }
        }
    }
    Scan { pieces, is_whole }
}

/// The pieces of `text` as they are written, and whether that is all of it.
fn cuts(text: &str) -> (Vec<Cut<'_>>, bool) {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.as_bytes().windows(2).position(|pair| matches!(pair, b"{{" | b"{%" | b"{#"));
        let (plain, tag) = rest.split_at(start.unwrap_or(rest.len()));
        if !plain.is_empty() {
            cuts.push(Cut { piece: Some(Piece::Text(plain)), before: false, behind: false });
        }
        let Some(opening) = tag.get(..2) else { break };
        let before = tag.as_bytes().get(2) == Some(&b'-');
        let inner = &tag[if before { 3 } else { 2 }..];
        if opening == "{#" {
            let Some(end) = inner.find("#}") else { return (cuts, false) };
            cuts.push(Cut { piece: None, before, behind: inner[..end].ends_with('-') });
            rest = &inner[end + 2..];
            continue;
        }
        if opening == "{%"
            && let Some((after, strip)) = marker(inner, "raw")
        {
            let Some((text, after, behind)) = raw(after, strip) else { return (cuts, false) };
            cuts.push(Cut { piece: Some(Piece::Text(text)), before, behind });
            rest = after;
            continue;
        }
        let mut found = Vec::new();
        let end = tokens(inner, if opening == "{{" { "}}" } else { "%}" }, &mut found);
        let piece = Some(if opening == "{{" { Piece::Print(found) } else { Piece::Tag(found) });
        let (after, behind) = end.unwrap_or_default();
        cuts.push(Cut { piece, before, behind });
        if end.is_none() {
            return (cuts, false);
        }
        rest = after;
    }
    (cuts, true)
}

/// What is behind a tag that has nothing but `name` in it, and whether the tag takes the whitespace there.
fn marker<'t>(tag: &'t str, name: &str) -> Option<(&'t str, bool)> {
    let rest = tag.strip_prefix('-').unwrap_or(tag).trim_start_matches(is_space).strip_prefix(name)?;
    let rest = rest.trim_start_matches(is_space);
    match rest.strip_prefix('-') {
        Some(rest) => Some((rest.strip_prefix("%}")?, true)),
        None => Some((rest.strip_prefix("%}")?, false)),
    }
}

/// Of what is behind a `raw`: the text up to its end, what follows, and whether the whitespace there is taken.
fn raw(rest: &str, strip: bool) -> Option<(&str, &str, bool)> {
    let mut from = 0;
    loop {
        let end = from + rest[from..].find("{%")?;
        from = end + 2;
        let tag = &rest[from..];
        if let Some((after, behind)) = marker(tag, "endraw") {
            let text = if strip { rest[..end].trim_start() } else { &rest[..end] };
            return Some((if tag.starts_with('-') { text.trim_end() } else { text }, after, behind));
        }
    }
}

/// Appends the words of a tag that ends with `end`. Gives what follows, and whether the tag takes the whitespace there.
fn tokens<'t>(text: &'t str, end: &str, found: &mut Vec<Token<'t>>) -> Option<(&'t str, bool)> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_space);
        if let Some(after) = rest.strip_prefix(end) {
            return Some((after, false));
        }
        if let Some(after) = rest.strip_prefix('-').and_then(|rest| rest.strip_prefix(end)) {
            return Some((after, true));
        }
        let length = match rest.bytes().next()? {
            quote @ (b'"' | b'\'' | b'`') => {
                let (inner, is_escaped) = quoted(&rest[1..], quote)?;
                found.push(if is_escaped { Token::Escaped(inner) } else { Token::Text(inner) });
                inner.len() + 2
            }
            b'0'..=b'9' => {
                let mut has_point = false;
                let is_part =
                    |byte: &u8| byte.is_ascii_digit() || (*byte == b'.' && !std::mem::replace(&mut has_point, true));
                let length = rest.bytes().take_while(is_part).count();
                let number = &rest[..length];
                found.push(if has_point { Token::Mark(number) } else { Token::Number(number.parse().ok()?) });
                length
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                found.push(Token::Word(&rest[..length]));
                length
            }
            first => {
                let long = MARKS.iter().find(|mark| rest.starts_with(**mark));
                let is_known = long.is_some() || b"+-*/%!.,:~|=><()[]{}@".contains(&first);
                let length = is_known.then_some(long.map_or(1, |mark| mark.len()))?;
                found.push(Token::Mark(&rest[..length]));
                length
            }
        };
        rest = &rest[length..];
    }
}

/// What is before the quote that ends a text, and whether something in it is escaped.
fn quoted(rest: &str, quote: u8) -> Option<(&str, bool)> {
    let mut is_escaped = false;
    let mut bytes = rest.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\\' {
            is_escaped = true;
            bytes.next();
        } else if byte == quote {
            return Some((&rest[..at], is_escaped));
        }
    }
    None
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

impl<'t> Token<'t> {
    /// What a text says.
    pub(super) fn text(&self) -> Option<Cow<'t, str>> {
        match self {
            Token::Text(text) => Some(Cow::Borrowed(text)),
            Token::Escaped(inner) => {
                let mut out = String::with_capacity(inner.len());
                let mut chars = inner.chars();
                while let Some(c) = chars.next() {
                    out.extend(match c {
                        '\\' => chars.next().map(|escaped| match escaped {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            other => other,
                        }),
                        other => Some(other),
                    });
                }
                Some(Cow::Owned(out))
            }
            _ => None,
        }
    }
}

impl<'t> Scan<'t> {
    /// The words of all tags, each with whether it is one of statements.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&[Token<'t>], bool)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Print(tokens) => Some((&tokens[..], false)),
            Piece::Tag(tokens) => Some((&tokens[..], true)),
        })
    }

    /// What stands behind each tag's first word `keyword`, if that is a name, of a block or a component: the name, and the
    /// part of the text that is its first word.
    pub(super) fn named(&self, keyword: &str) -> Vec<(String, &'t str)> {
        let statements = self.tags().filter(|(_, is_statement)| *is_statement);
        statements
            .filter_map(|(tokens, _)| match tokens {
                [Token::Word(first), name @ ..] if *first == keyword => dotted(name),
                _ => None,
            })
            .collect()
    }
}

/// A name that `tokens` begin with, `name` or `group.name`, and the part of the text that is its first word.
pub(super) fn dotted<'t>(tokens: &[Token<'t>]) -> Option<(String, &'t str)> {
    let [Token::Word(first), rest @ ..] = tokens else { return None };
    let mut name = (*first).to_owned();
    let mut rest = rest;
    while let [Token::Mark("."), Token::Word(part), after @ ..] = rest {
        name.push('.');
        name.push_str(part);
        rest = after;
    }
    Some((name, first))
}

/// The tag of `text` that begins the component `name`.
pub(super) fn head(text: &str, name: &str) -> Option<Span> {
    let scan = scan(text);
    let is_head = |tokens: &[Token]| match tokens {
        [Token::Word("component"), rest @ ..] => dotted(rest).is_some_and(|(own, _)| own == name),
        _ => false,
    };
    scan.tags()
        .find(|(tokens, is_statement)| *is_statement && is_head(tokens))
        .and_then(|(tokens, _)| tag(text, tokens))
}

/// Where the statement of `text` stands that consists of `tokens`, with its marks.
pub(super) fn tag(text: &str, tokens: &[Token]) -> Option<Span> {
    let slice = |token: &Token| match token {
        Token::Word(part) | Token::Text(part) | Token::Escaped(part) | Token::Mark(part) => Some(place(text, part)),
        Token::Number(_) => None,
    };
    let first = slice(tokens.first()?)?.start as usize;
    let last = tokens.iter().rev().find_map(slice)?.end as usize;
    Some(Span::new(text[..first].rfind("{%")?, last + text[last..].find("%}")? + 2))
}

/// Where `part`, a slice of `text`, stands in it.
pub(super) fn place(text: &str, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Span::new(start, start + part.len())
}
