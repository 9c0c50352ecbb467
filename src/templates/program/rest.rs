//! The words of a tag → the next one, and what is left.

use crate::templates::scan::Token;

/// What is left of a tag.
pub(super) struct Rest<'p, 't>(pub(super) &'p [Token<'t>]);

impl<'p, 't> Rest<'p, 't> {
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
