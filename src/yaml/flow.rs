//! A list in `[ ]` or a map in `{ }` → its node; a broken one is reported once, where it starts to be broken.

use super::scan::{Scanner, Stop};
use super::{Entry, Node, Value, scalar, trap};
use std::borrow::Cow;

/// Why a flow collection has no value.
enum Halt {
    /// Its closing bracket is missing.
    Unclosed,
    /// What stands at this offset cannot stand there.
    Unexpected(usize),
    /// The rest of the text is not read.
    Stop(Stop),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Halt {
        Halt::Stop(stop)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Key,
    Value,
}

impl<'a> Scanner<'a> {
    /// The flow collection at which the scanner stands; its lines, behind the first, have at least `least` columns.
    pub(super) fn flow(&mut self, least: usize) -> Result<Node<'a>, Stop> {
        let start = self.pos;
        let lead = self.line..start;
        let depth = self.depth;
        match self.flow_collection(least) {
            Ok(node) => {
                self.blanks();
                if self.at_line_end() || self.byte() == Some(b'#') {
                    self.end_line()?;
                    return Ok(node);
                }
                let behind = self.pos;
                self.pos = start;
                let note = trap::behind_value(&self.block, lead, behind, self.rest_of_line());
                self.as_text(note, least)
            }
            Err(Halt::Stop(stop)) => Err(stop),
            Err(Halt::Unclosed) => {
                self.depth = depth;
                self.pos = start;
                let note = trap::unclosed_bracket(&self.block, lead, self.rest_of_line());
                self.as_broken(note, least)
            }
            Err(Halt::Unexpected(at)) => {
                self.depth = depth;
                self.pos = start;
                let note = trap::inside_bracket(&self.block, start, at);
                self.as_broken(note, least)
            }
        }
    }

    fn flow_collection(&mut self, least: usize) -> Result<Node<'a>, Halt> {
        let start = self.pos;
        self.enter()?;
        self.pos += 1;
        let value = if self.bytes[start] == b'{' { self.flow_map(least)? } else { self.flow_list(least)? };
        self.leave();
        self.pos += 1;
        Ok(Node { span: self.block.span(start..self.pos), value })
    }

    /// Up to the closing brace.
    fn flow_map(&mut self, least: usize) -> Result<Value<'a>, Halt> {
        let mut entries = Vec::new();
        loop {
            match self.gap(least)? {
                b'}' => return Ok(self.map(entries)?),
                b'[' | b'{' => return Err(Halt::Unexpected(self.pos)),
                _ => {}
            }
            let key = self.flow_node(least, Side::Key)?;
            let value = match self.gap(least)? {
                b':' => self.flow_value(least)?,
                _ => self.nothing(self.pos),
            };
            entries.push(self.pair(key, value));
            self.separator(least, b'}')?;
        }
    }

    /// Up to the closing bracket. `[a: b]` is a list with a map in it.
    fn flow_list(&mut self, least: usize) -> Result<Value<'a>, Halt> {
        let mut items = Vec::new();
        loop {
            if self.gap(least)? == b']' {
                return Ok(Value::List(items));
            }
            let item = self.flow_node(least, Side::Key)?;
            if self.gap(least)? == b':' {
                if matches!(item.value, Value::List(_) | Value::Map(_)) {
                    return Err(Halt::Unexpected(self.pos));
                }
                let value = self.flow_value(least)?;
                let span = crate::diag::Span { start: item.span.start, end: value.span.end };
                items.push(Node { span, value: Value::Map(vec![self.pair(item, value)]) });
            } else {
                items.push(item);
            }
            self.separator(least, b']')?;
        }
    }

    /// The colon, and what stands behind it.
    fn flow_value(&mut self, least: usize) -> Result<Node<'a>, Halt> {
        self.pos += 1;
        match self.gap(least)? {
            b',' | b']' | b'}' => Ok(self.nothing(self.pos)),
            _ => self.flow_node(least, Side::Value),
        }
    }

    fn separator(&mut self, least: usize, closing: u8) -> Result<(), Halt> {
        match self.gap(least)? {
            b',' => {
                self.pos += 1;
                Ok(())
            }
            byte if byte == closing => Ok(()),
            _ => Err(Halt::Unexpected(self.pos)),
        }
    }

    fn pair(&mut self, key: Node<'a>, value: Node<'a>) -> Entry<'a> {
        let text = match key.value {
            Value::Text(text) | Value::Number(text) => text,
            _ => Cow::Owned(self.block.written(key.span).to_owned()),
        };
        Entry { key: text, key_span: key.span, value }
    }

    fn flow_node(&mut self, least: usize, side: Side) -> Result<Node<'a>, Halt> {
        let start = self.pos;
        match self.bytes[start] {
            b'[' | b'{' => self.flow_collection(least),
            b'"' | b'\'' => {
                let end = scalar::closing_quote(self.text, start).ok_or(Halt::Unclosed)? + 1;
                let value = self.unquoted(start..end)?;
                self.pos = end;
                Ok(self.scalar(start..end, value))
            }
            b'-' | b'?' if self.blank_at(start + 1) || self.flow_mark_at(start + 1) => Err(Halt::Unexpected(start)),
            b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'#' | b':' => {
                Err(Halt::Unexpected(start))
            }
            _ => self.flow_plain(least, side),
        }
    }

    fn flow_plain(&mut self, least: usize, side: Side) -> Result<Node<'a>, Halt> {
        let start = self.pos;
        let (mut end, mut colon) = self.flow_plain_line(start);
        if let (Some(colon), Side::Value) = (colon, side) {
            end = self.flow_line_end(colon);
            self.pos = end;
            let note = trap::colon(&self.block, start..start, colon, start..end);
            self.note(note)?;
            return Ok(self.scalar(start..end, Some(Value::Text(Cow::Borrowed(&self.text[start..end])))));
        }
        self.pos = end;
        while colon.is_none() {
            let byte = self.gap(least)?;
            if self.text[end..self.pos].contains('#')
                || !self.text[end..self.pos].contains(['\n', '\r'])
                || matches!(byte, b',' | b'[' | b']' | b'{' | b'}' | b':' | b'"' | b'\'' | b'#')
            {
                break;
            }
            self.exact = false;
            (end, colon) = self.flow_plain_line(self.pos);
            self.pos = end;
        }
        self.pos = end;
        Ok(self.plain(start..end)?)
    }

    /// Where the plain text at `start` ends on its line, and the colon that ends it.
    fn flow_plain_line(&mut self, start: usize) -> (usize, Option<usize>) {
        let (mut at, mut end) = (start, start);
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' => break,
                b':' if self.blank_at(at + 1) => return (end, Some(at)),
                b':' if self.flow_mark_at(at + 1) => {
                    self.exact = false;
                    return (end, Some(at));
                }
                b'#' if at > end => break,
                b' ' => {}
                b'\t' => self.exact = false,
                b'?' => {
                    self.exact = false;
                    end = at + 1;
                }
                _ => end = at + 1,
            }
            at += 1;
        }
        (end, None)
    }

    /// Where a flow value that holds a colon most likely ends.
    fn flow_line_end(&self, start: usize) -> usize {
        let rest = &self.text[start..];
        let rest = &rest[..rest.find([',', ']', '}', '\n', '\r']).unwrap_or(rest.len())];
        start + rest.trim_end().len()
    }

    fn flow_mark_at(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), Some(b',' | b'[' | b']' | b'{' | b'}'))
    }

    /// Over blanks, line ends and comments to the next byte. A line that stands too far left belongs to the collection
    /// only if it closes it.
    fn gap(&mut self, least: usize) -> Result<u8, Halt> {
        loop {
            self.blanks();
            match self.byte() {
                None => return Err(Halt::Unclosed),
                Some(b'\n' | b'\r') => {
                    self.exact = false;
                    self.pos += 1;
                    let line = self.pos;
                    self.blanks();
                    let far_left = self.pos - line < least;
                    if far_left && !self.at_line_end() && !matches!(self.byte(), Some(b']' | b'}' | b',' | b'#')) {
                        return Err(Halt::Unclosed);
                    }
                }
                Some(b'#') if self.pos > 0 && self.blank_at(self.pos - 1) => self.skip_to_line_end(),
                Some(byte) => return Ok(byte),
            }
        }
    }
}
