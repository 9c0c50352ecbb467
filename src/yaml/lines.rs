//! Steps of the scanner over blanks, comments and lines; never a word on what they mean.

use super::scan::{Scanner, Stop};
use super::{DEPTH, trap};
use std::ops::Range;

impl Scanner<'_> {
    pub(super) fn enter(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > DEPTH { Err(Stop::TooDeep(self.pos)) } else { Ok(()) }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    pub(super) fn blank_at(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    }

    pub(super) fn at_dash(&self) -> bool {
        self.byte() == Some(b'-') && self.blank_at(self.pos + 1)
    }

    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.byte(), None | Some(b'\n' | b'\r'))
    }

    pub(super) fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t')) = self.byte() {
            self.exact &= byte == b' ';
            self.pos += 1;
        }
    }

    pub(super) fn skip_to_line_end(&mut self) {
        while !self.at_line_end() {
            self.pos += 1;
        }
    }

    /// From here to the end of the line, without a comment and blanks before it.
    pub(super) fn rest_of_line(&self) -> Range<usize> {
        let mut end = self.pos;
        let mut at = self.pos;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' | b'\r' => break,
                b'#' if at > end => break,
                b' ' | b'\t' => {}
                _ => end = at + 1,
            }
            at += 1;
        }
        self.pos..end
    }

    /// Behind a value: over blanks and a comment to the next line.
    pub(super) fn end_line(&mut self) -> Result<(), Stop> {
        self.blanks();
        if !self.at_line_end() && self.byte() != Some(b'#') {
            let range = self.rest_of_line();
            self.note(trap::unexpected(&self.block, range))?;
        }
        self.skip_line()
    }

    pub(super) fn skip_line(&mut self) -> Result<(), Stop> {
        self.skip_to_line_end();
        self.next_line()
    }

    /// Over all lines with at least `least` columns of indentation.
    pub(super) fn skip_lines(&mut self, least: usize) -> Result<(), Stop> {
        while self.column.is_some_and(|column| column >= least) {
            self.skip_line()?;
        }
        Ok(())
    }

    /// From a line's end (or the text's start) to the content of the next line that has any.
    pub(super) fn next_line(&mut self) -> Result<(), Stop> {
        loop {
            if self.at_line_end() {
                self.pos += 1;
            }
            if self.pos >= self.bytes.len() {
                self.pos = self.bytes.len();
                self.column = None;
                return Ok(());
            }
            let start = self.pos;
            while self.byte() == Some(b' ') {
                self.pos += 1;
            }
            let mut column = self.pos - start;
            let tab = self.pos;
            while let Some(byte @ (b' ' | b'\t')) = self.byte() {
                self.exact = false;
                column += if byte == b'\t' { 2 } else { 1 };
                self.pos += 1;
            }
            if self.at_line_end() {
                continue;
            }
            if self.byte() == Some(b'#') {
                self.skip_to_line_end();
                continue;
            }
            self.line = self.pos;
            self.column = Some(column);
            if self.pos > tab {
                self.note_tab(tab..self.pos)?;
            }
            let marker = &self.text[self.pos..];
            if column == 0 && (marker.starts_with("---") || marker.starts_with("...")) && self.blank_at(self.pos + 3) {
                self.note(trap::document_marker(&self.block, self.pos..self.pos + 3))?;
                self.marker = self.pos;
                self.skip_to_line_end();
                continue;
            }
            return Ok(());
        }
    }

    /// Tabs are reported once: they come in crowds.
    fn note_tab(&mut self, range: Range<usize>) -> Result<(), Stop> {
        let note = trap::tab(&self.block, range, self.line..self.rest_of_line().end);
        if self.notes.iter().any(|other| other.message == note.message) { Ok(()) } else { self.note(note) }
    }
}
