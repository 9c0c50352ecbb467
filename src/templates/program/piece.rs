//! A template's text → its pieces, without the whitespace that its tags take away; `None` if a tag has something in it
//! that programs do not know.
//!
//! Where a tag ends and what whitespace goes is as the engine's lexer has it.

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// Text as it is.
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
    Number(i64),
    /// One or two characters that are no word.
    Mark(&'t str),
}

/// A piece, and whether it takes the whitespace before and behind it.
struct Cut<'t> {
    piece: Option<Piece<'t>>,
    before: bool,
    behind: bool,
}

/// The pieces of `text`.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
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
            let end = inner.find("#}")?;
            cuts.push(Cut { piece: None, before, behind: inner[..end].ends_with('-') });
            rest = &inner[end + 2..];
            continue;
        }
        let (tokens, behind, after) = tokens(inner, if opening == "{{" { "}}" } else { "%}" })?;
        let piece = if opening == "{{" { Piece::Print(tokens) } else { Piece::Tag(tokens) };
        cuts.push(Cut { piece: Some(piece), before, behind });
        rest = after;
    }
    let mut pieces = Vec::with_capacity(cuts.len());
    let mut strip = false;
    for at in 0..cuts.len() {
        let before_next = cuts.get(at + 1).is_some_and(|next| next.before);
        let cut = &mut cuts[at];
        match cut.piece.take() {
            Some(Piece::Text(mut text)) => {
                if std::mem::take(&mut strip) {
                    text = text.trim_start();
                }
                if before_next {
                    text = text.trim_end();
                }
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
    Some(pieces)
}

/// The words of a tag that ends with `end`, whether it takes the whitespace behind it, and what follows.
fn tokens<'t>(text: &'t str, end: &str) -> Option<(Vec<Token<'t>>, bool, &'t str)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        if let Some(after) = rest.strip_prefix(end) {
            return Some((found, false, after));
        }
        if let Some(after) = rest.strip_prefix('-').and_then(|rest| rest.strip_prefix(end)) {
            return Some((found, true, after));
        }
        let length = match rest.bytes().next()? {
            quote @ (b'"' | b'\'' | b'`') => {
                let inner = &rest[1..];
                let length = inner.bytes().position(|byte| byte == quote)?;
                // What is escaped is the engine's.
                if inner[..length].contains('\\') {
                    return None;
                }
                found.push(Token::Text(&inner[..length]));
                length + 2
            }
            b'0'..=b'9' => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                if rest[length..].starts_with('.') {
                    return None;
                }
                found.push(Token::Number(rest[..length].parse().ok()?));
                length
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                found.push(Token::Word(&rest[..length]));
                length
            }
            _ => {
                let two = ["==", "!="].iter().find(|mark| rest.starts_with(**mark));
                let length = if two.is_some() { 2 } else { 1 };
                let mark = rest.get(..length)?;
                if !matches!(
                    mark,
                    "==" | "!=" | "." | "," | "=" | "|" | "(" | ")" | "<" | ">" | "/" | "{" | "}" | ":" | "@"
                ) {
                    return None;
                }
                found.push(Token::Mark(mark));
                length
            }
        };
        rest = &rest[length..];
    }
}

/// What is left of a tag.
pub(super) struct Words<'p, 't>(pub(super) &'p [Token<'t>]);

impl<'p, 't> Words<'p, 't> {
    pub(super) fn next(&mut self) -> Option<&'p Token<'t>> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    pub(super) fn word(&mut self) -> Option<&'t str> {
        let Some(Token::Word(word)) = self.0.first() else { return None };
        self.0 = &self.0[1..];
        Some(word)
    }

    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let is_next = matches!(self.0.first(), Some(Token::Word(word)) if *word == keyword);
        if is_next {
            self.0 = &self.0[1..];
        }
        is_next
    }

    pub(super) fn mark(&mut self, mark: &str) -> Option<()> {
        let is_next = matches!(self.0.first(), Some(Token::Mark(own)) if *own == mark);
        is_next.then(|| self.0 = &self.0[1..])
    }

    pub(super) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
