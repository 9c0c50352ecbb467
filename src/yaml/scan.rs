//! Lines of YAML → the tree of what stands where; never gives up at the first mistake.
//!
//! Between two nodes the scanner stands at the first byte of a line's content, and `column` is that line's indentation
//! (`None` behind the last line). Every function that reads a node leaves it there.

use super::scalar;
use super::{Block, Entry, Node, Value, trap};
use crate::diag::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// So many mistakes of syntax are reported in one block.
const ENOUGH: usize = 20;

/// What a scan found.
pub(super) struct Scan<'a> {
    /// The tree.
    pub(super) root: Node<'a>,
    /// Whether every value in it is the parser's too, so that the parser need not be asked.
    pub(super) exact: bool,
    /// Whether the whole text was read.
    pub(super) complete: bool,
    /// The mistakes.
    pub(super) notes: Vec<Diagnostic>,
}

/// Why the rest of the text is not read.
pub(super) enum Stop {
    /// Nested too deep at this offset.
    TooDeep(usize),
    /// Enough mistakes were reported.
    Enough,
}

/// Reads `block`.
pub(super) fn scan<'a>(block: &Block<'a>) -> Scan<'a> {
    let mut scanner = Scanner {
        block: *block,
        text: block.text,
        bytes: block.text.as_bytes(),
        pos: 0,
        column: None,
        line: 0,
        depth: 0,
        marker: 0,
        exact: true,
        notes: Vec::new(),
    };
    let (root, complete) = match scanner.document() {
        Ok(root) => (root, true),
        Err(Stop::Enough) => (scanner.nothing(0), false),
        Err(Stop::TooDeep(at)) => {
            scanner.notes.push(trap::too_deep(block, at));
            (scanner.nothing(0), false)
        }
    };
    Scan { root, exact: scanner.exact, complete, notes: scanner.notes }
}

pub(super) struct Scanner<'a> {
    pub(super) block: Block<'a>,
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) pos: usize,
    pub(super) exact: bool,
    /// Indentation of the line at which the scanner stands.
    pub(super) column: Option<usize>,
    /// Where the content of that line starts.
    pub(super) line: usize,
    pub(super) depth: usize,
    /// Where a second document starts; 0 if none does.
    pub(super) marker: usize,
    pub(super) notes: Vec<Diagnostic>,
}

struct Key<'a> {
    text: Cow<'a, str>,
    range: Range<usize>,
    /// Behind the colon.
    end: usize,
}

/// How a plain scalar's line ends.
pub(super) enum LineEnd {
    Colon(usize),
    Other,
}

impl<'a> Scanner<'a> {
    fn document(&mut self) -> Result<Node<'a>, Stop> {
        self.next_line()?;
        let Some(column) = self.column else { return Ok(self.nothing(self.pos)) };
        let root = match self.bytes[self.pos] {
            b'[' | b'{' => self.inline(0)?,
            _ if self.at_dash() => self.sequence(column)?,
            _ => self.mapping(column, None)?,
        };
        while self.column.is_some() {
            let range = self.rest_of_line();
            self.note(trap::indentation(&self.block, range))?;
            self.skip_lines(0)?;
        }
        Ok(root)
    }

    /// The node that starts at this line, all of whose lines have at least `least` columns of indentation.
    fn node(&mut self, column: usize, least: usize) -> Result<Node<'a>, Stop> {
        if self.at_dash() {
            self.sequence(column)
        } else if let Some(key) = self.key()? {
            self.mapping(column, Some(key))
        } else {
            self.inline(least)
        }
    }

    fn mapping(&mut self, column: usize, mut first: Option<Key<'a>>) -> Result<Node<'a>, Stop> {
        let start = self.pos;
        self.enter()?;
        let mut entries: Vec<Entry> = Vec::with_capacity(if column == 0 { 12 } else { 4 });
        while let Some(here) = self.column
            && here >= column
        {
            if here > column {
                let range = self.rest_of_line();
                self.note(trap::indentation(&self.block, range))?;
                self.skip_lines(column + 1)?;
                continue;
            }
            let key = match first.take() {
                Some(key) => Some(key),
                None => self.key()?,
            };
            match key {
                Some(key) => {
                    self.pos = key.end;
                    let value = self.value(column)?;
                    entries.push(Entry { key: key.text, key_span: self.block.span(key.range), value });
                }
                None => {
                    let range = self.rest_of_line();
                    self.note(trap::no_key(&self.block, range))?;
                    self.skip_line()?;
                    self.skip_lines(column + 1)?;
                }
            }
        }
        self.leave();
        let value = Value::Map(self.each_once(entries)?);
        Ok(self.collection(start, value))
    }

    /// What stands behind the colon of a key in a map at `column`.
    fn value(&mut self, column: usize) -> Result<Node<'a>, Stop> {
        self.blanks();
        if !self.at_line_end() && self.byte() != Some(b'#') {
            return self.inline(column + 1);
        }
        let nothing = self.nothing(self.pos);
        self.end_line()?;
        match self.column {
            Some(deeper) if deeper > column => self.node(deeper, column + 1),
            Some(same) if same == column && self.at_dash() => self.sequence(column),
            _ => Ok(nothing),
        }
    }

    fn sequence(&mut self, column: usize) -> Result<Node<'a>, Stop> {
        let start = self.pos;
        self.enter()?;
        let mut items = Vec::new();
        while self.column == Some(column) && self.at_dash() {
            self.pos += 1;
            self.blanks();
            let item = if self.at_line_end() || self.byte() == Some(b'#') {
                let nothing = self.nothing(self.pos);
                self.end_line()?;
                match self.column {
                    Some(deeper) if deeper > column => self.node(deeper, column + 1)?,
                    _ => nothing,
                }
            } else {
                let inner = column + (self.pos - self.line);
                self.line = self.pos;
                self.column = Some(inner);
                self.node(inner, column + 1)?
            };
            items.push(item);
        }
        self.leave();
        Ok(self.collection(start, Value::List(items)))
    }

    /// The implicit key at which the scanner stands.
    fn key(&mut self) -> Result<Option<Key<'a>>, Stop> {
        let start = self.pos;
        match self.bytes[start] {
            b'"' | b'\'' => {
                let line = self.rest_of_line();
                let Some(close) = scalar::closing_quote(&self.text[..line.end], start) else { return Ok(None) };
                let behind = self.text[close + 1..line.end].trim_start_matches([' ', '\t']);
                let colon = line.end - behind.len();
                if !behind.starts_with(':') || !self.blank_at(colon + 1) {
                    return Ok(None);
                }
                let text = match self.unquoted(start..close + 1)? {
                    Some(Value::Text(text)) => text,
                    _ => {
                        self.exact = false;
                        Cow::Borrowed(&self.text[start + 1..close])
                    }
                };
                Ok(Some(Key { text, range: start..close + 1, end: colon + 1 }))
            }
            b'[' | b'{' | b'|' | b'>' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'#' => Ok(None),
            b'-' | b'?' | b':' if self.blank_at(start + 1) => Ok(None),
            _ => match self.plain_line(start) {
                (end, LineEnd::Colon(colon)) => {
                    if colon - start > 1000 {
                        self.exact = false;
                    }
                    let text = Cow::Borrowed(&self.text[start..end]);
                    Ok(Some(Key { text, range: start..end, end: colon + 1 }))
                }
                (_, LineEnd::Other) => Ok(None),
            },
        }
    }

    /// Where the plain text that starts at `start` ends on its line, and whether at a colon.
    pub(super) fn plain_line(&mut self, start: usize) -> (usize, LineEnd) {
        let mut at = start;
        let mut end = start;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' | b'\r' => break,
                b' ' => {}
                b'\t' => self.exact = false,
                b':' if self.blank_at(at + 1) => return (end, LineEnd::Colon(at)),
                b'#' if at > end => break,
                _ => end = at + 1,
            }
            at += 1;
        }
        (end, LineEnd::Other)
    }

    fn each_once(&mut self, entries: Vec<Entry<'a>>) -> Result<Vec<Entry<'a>>, Stop> {
        let twice =
            |entries: &[Entry]| entries.iter().enumerate().any(|(i, e)| entries[..i].iter().any(|f| f.key == e.key));
        if entries.len() <= 16 && !twice(&entries) {
            return Ok(entries);
        }
        let mut first: BTreeMap<_, Span> = BTreeMap::new();
        let mut kept = Vec::with_capacity(entries.len());
        // What is in a second document, too, has been reported with it.
        let marker = self.block.span(self.marker..self.marker).start;
        for entry in entries {
            match first.get(&entry.key) {
                Some(span) if span.start < marker && marker < entry.key_span.start => {}
                Some(&span) => self.note(trap::twice(&self.block, &entry, span))?,
                None => {
                    first.insert(entry.key.clone(), entry.key_span);
                    kept.push(entry);
                }
            }
        }
        Ok(kept)
    }

    /// The pairs of a flow map or the keys of a block, each once.
    pub(super) fn map(&mut self, entries: Vec<Entry<'a>>) -> Result<Value<'a>, Stop> {
        self.each_once(entries).map(Value::Map)
    }

    pub(super) fn scalar(&mut self, range: Range<usize>, value: Option<Value<'a>>) -> Node<'a> {
        let span = self.block.span(range.clone());
        let value = value.unwrap_or_else(|| {
            self.exact = false;
            Value::Text(Cow::Borrowed(&self.text[range]))
        });
        Node { span, value }
    }

    pub(super) fn nothing(&self, at: usize) -> Node<'a> {
        Node { span: self.block.span(at..at), value: Value::Null }
    }

    fn collection(&self, start: usize, value: Value<'a>) -> Node<'a> {
        let last = match &value {
            Value::Map(entries) => entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end)),
            Value::List(nodes) => nodes.last().map(|node| node.span.end),
            _ => None,
        };
        let end = last.map_or(start, |end| end as usize - self.block.offset);
        Node { span: self.block.span(start..end.max(start)), value }
    }

    pub(super) fn note(&mut self, note: Diagnostic) -> Result<(), Stop> {
        self.notes.push(note);
        if self.notes.len() >= ENOUGH { Err(Stop::Enough) } else { Ok(()) }
    }
}
