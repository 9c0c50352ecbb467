//! A scalar on a line of a block, with the lines that go on with it → its node, or the trap that it fell into.

use super::scalar::{self, Inner};
use super::scan::{LineEnd, Scanner, Stop};
use super::{Node, Value, trap};
use crate::diag::Diagnostic;
use std::borrow::Cow;
use std::ops::Range;

impl<'a> Scanner<'a> {
    /// A scalar or flow collection on a line of a block.
    pub(super) fn inline(&mut self, least: usize) -> Result<Node<'a>, Stop> {
        let start = self.pos;
        let reserved = match self.bytes[start] {
            b'"' | b'\'' => return self.quoted_scalar(least),
            b'{' if self.bytes.get(start + 1) == Some(&b'{') => true,
            b'[' | b'{' => return self.flow(least),
            b'|' | b'>' => match self.block_scalar(least)? {
                Some(node) => return Ok(node),
                None => true,
            },
            b'-' | b'?' | b':' => self.bytes.get(start + 1).is_none_or(u8::is_ascii_whitespace),
            b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b',' | b']' | b'}' => true,
            _ => false,
        };
        if reserved {
            let range = self.rest_of_line();
            let note = trap::reserved(&self.block, self.line..start, range);
            return self.as_text(note, least);
        }
        let (mut end, how) = self.plain_line(start);
        if let LineEnd::Colon(colon) = how {
            let range = self.rest_of_line();
            let note = trap::colon(&self.block, self.line..start, colon, range);
            return self.as_text(note, least);
        }
        self.pos = end;
        self.end_line()?;
        let mut several = false;
        while self.column.is_some_and(|column| column >= least) && !self.behind_comment(end) {
            let (line_end, how) = self.plain_line(self.pos);
            if matches!(how, LineEnd::Colon(_)) {
                break;
            }
            several = true;
            end = line_end;
            self.pos = end;
            self.end_line()?;
        }
        if several { Ok(self.scalar(start..end, None)) } else { self.plain(start..end) }
    }

    /// The unquoted scalar on one line.
    pub(super) fn plain(&mut self, range: Range<usize>) -> Result<Node<'a>, Stop> {
        let text = &self.text[range.clone()];
        if scalar::is_too_long(text) {
            self.note(trap::long_number(&self.block, range.clone()))?;
            return Ok(self.scalar(range, Some(Value::Broken)));
        }
        Ok(self.scalar(range, scalar::plain(text)))
    }

    /// Whether a comment stands between `end` and the line at which the scanner stands: it ends a plain scalar.
    fn behind_comment(&self, end: usize) -> bool {
        self.text[end..self.pos].contains('#')
    }

    fn quoted_scalar(&mut self, least: usize) -> Result<Node<'a>, Stop> {
        let start = self.pos;
        let line = self.rest_of_line();
        let Some(close) = scalar::closing_quote(self.text, start) else {
            let note = trap::unclosed_quote(&self.block, self.line..start, line);
            return self.as_text(note, least);
        };
        self.pos = close + 1;
        self.blanks();
        if !self.at_line_end() && self.byte() != Some(b'#') {
            let note = if close < line.end {
                trap::behind_value(&self.block, self.line..start, self.pos, line)
            } else {
                trap::unclosed_quote(&self.block, self.line..start, line)
            };
            self.pos = start;
            return self.as_text(note, least);
        }
        if self.byte() == Some(b'#') && self.pos == close + 1 {
            self.exact = false;
        }
        let value = self.unquoted(start..close + 1)?;
        let span = start..close + 1;
        self.end_line()?;
        Ok(self.scalar(span, value))
    }

    /// The value of the quoted scalar at `range`, or `None` if it takes the parser.
    pub(super) fn unquoted(&mut self, range: Range<usize>) -> Result<Option<Value<'a>>, Stop> {
        let inner = &self.text[range.start + 1..range.end - 1];
        let found = match self.bytes[range.start] {
            b'"' => scalar::double_quoted(inner),
            _ => scalar::single_quoted(inner),
        };
        match found {
            Inner::Known(text) => Ok(Some(Value::Text(text))),
            Inner::Unknown => Ok(None),
            Inner::BadEscape(at) => {
                let at = range.start + 1 + at;
                self.note(trap::escape(&self.block, at, inner))?;
                Ok(Some(Value::Text(Cow::Borrowed(inner))))
            }
        }
    }

    /// A `|` or `>` scalar, or `None` if this is not one's first line.
    fn block_scalar(&mut self, least: usize) -> Result<Option<Node<'a>>, Stop> {
        let start = self.pos;
        let header = self.rest_of_line();
        let mut indent = None;
        for (i, byte) in self.bytes[start + 1..header.end].iter().enumerate() {
            match byte {
                b'+' | b'-' if i < 2 => {}
                b'1'..=b'9' if i < 2 => indent = Some(least.saturating_sub(1) + usize::from(byte - b'0')),
                _ => return Ok(None),
            }
        }
        self.pos = header.end;
        self.skip_to_line_end();
        let mut end = self.pos;
        while self.pos < self.bytes.len() {
            self.pos += 1;
            let line = self.pos;
            while self.byte() == Some(b' ') {
                self.pos += 1;
            }
            let spaces = self.pos - line;
            if !self.at_line_end() {
                if spaces < indent.unwrap_or(least) {
                    self.pos = line;
                    break;
                }
                indent.get_or_insert(spaces);
            }
            self.skip_to_line_end();
            end = self.pos;
        }
        self.exact = false;
        let text = self.text[header.end..end].trim();
        self.next_line()?;
        Ok(Some(Node { span: self.block.span(start..end), value: Value::Text(Cow::Borrowed(text)) }))
    }

    /// The rest of the line, of which nobody can tell what was meant.
    pub(super) fn as_broken(&mut self, note: Diagnostic, least: usize) -> Result<Node<'a>, Stop> {
        let node = self.as_text(note, least)?;
        Ok(Node { value: Value::Broken, ..node })
    }

    /// The rest of the line as text, after a mistake in it.
    pub(super) fn as_text(&mut self, note: Diagnostic, least: usize) -> Result<Node<'a>, Stop> {
        self.note(note)?;
        let range = self.rest_of_line();
        let value = Value::Text(Cow::Borrowed(&self.text[range.clone()]));
        self.skip_line()?;
        self.skip_lines(least)?;
        Ok(self.scalar(range, Some(value)))
    }
}
