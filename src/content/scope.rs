//! Blocks of HTML → scopes that directives alone on a line open and close, or the author's own HTML.

use super::directive::{self, Comment, Directive, Word};
use super::doc::*;
use super::reader::{Reader, Scope};
use super::{markdown, place};
use crate::diag::{Code, Span};
use pulldown_cmark::{Event, Tag, TagEnd};

impl<'a> Reader<'a, '_> {
    /// An HTML block: scopes, comments, or the author's own HTML. Gives the index behind its end.
    pub(super) fn html_block(&mut self, events: &mut [markdown::Piece<'a>], start: usize) -> usize {
        let span = events[start].1;
        let mut end = start + 1;
        while !matches!(events[end].0, Event::End(TagEnd::HtmlBlock)) {
            end += 1;
        }
        let next = end + 1;
        // A block ends with its last event: its own span may take in the indentation of what follows.
        let span = Span::new(span.start as usize, events[end - 1].1.end.max(span.start) as usize);
        if let Some(comments) = directive::only_comments(self.text, span) {
            self.part_words();
            for comment in comments {
                match directive::read(self.text, comment, self.path) {
                    Comment::Remark => self.long_comment(comment),
                    Comment::Wrong(wrong) => self.note(*wrong),
                    Comment::Directive(directive) => self.scope(directive, events, start, next),
                }
            }
            return next;
        }
        if self.text[span.range()].starts_with("<!--") && !self.text[span.range()].contains("-->") {
            self.long_comment(span);
        }
        for comment in directive::comments(self.text, span) {
            let Comment::Directive(directive) = directive::read(self.text, comment, self.path) else { continue };
            if comment.start == span.start {
                let mended = place::moved_to_end(self.text, directive.span);
                self.misplaced(&directive, mended);
            } else {
                self.note(
                    self.at(Code::DirectivePlace, comment, "a directive inside HTML marks nothing")
                        .help("put an empty line before and behind it"),
                );
            }
        }
        let node = self.push(NodeKind::Event(Event::Start(Tag::HtmlBlock)), span);
        for piece in &mut events[start + 1..end] {
            self.move_in(piece);
        }
        let close = self.push(NodeKind::Event(Event::End(TagEnd::HtmlBlock)), span);
        self.doc.nodes[node].close = close as u32;
        next
    }

    /// Where a line of comments stood between two lines of a tight item, their words stay apart.
    pub(super) fn part_words(&mut self) {
        let frame = self.frames.last().expect("the whole text's frame is always open");
        let inline = self.doc.nodes[frame.node..].last().is_some_and(|node| match &node.kind {
            NodeKind::Event(Event::Start(_)) | NodeKind::Include(_) => false,
            NodeKind::Event(Event::End(tag)) => place::is_inline(tag),
            _ => true,
        });
        if inline && matches!(frame.tag, TagEnd::Item | TagEnd::DefinitionListDefinition) {
            let end = self.doc.nodes.last().map_or_else(Span::default, |node| node.span);
            self.push(NodeKind::Event(Event::SoftBreak), Span { start: end.end, end: end.end });
        }
    }

    /// A directive alone on a line.
    pub(super) fn scope(&mut self, directive: Directive, events: &[markdown::Piece<'a>], start: usize, next: usize) {
        let node = self.doc.nodes.len();
        match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                if place::splits_list(self.text, events, start, next) {
                    let written = &self.text[directive.span.range()];
                    return self.note(
                        self.at(Code::DirectivePlace, directive.span, "a line at the margin ends the list before it")
                            .label("the list goes on below")
                            .help(format!("mark the items: `- text of the item {written}`")),
                    );
                }
                let Some(limit) = self.limit_of(&directive) else { return };
                let word = directive.word.name();
                self.frame().scopes.push(Scope { word, span: directive.span, node, limit });
            }
            Word::Close(word) => {
                let position = self.frame().scopes.iter().rposition(|scope| scope.word == word);
                match position {
                    Some(position) => {
                        let scope = self.frame().scopes.remove(position);
                        let bytes = Span { start: scope.span.start, end: directive.span.end };
                        self.limit(scope.node..node, bytes, scope.limit);
                    }
                    None => {
                        let outer = self
                            .frames
                            .iter()
                            .flat_map(|frame| &frame.scopes)
                            .find(|scope| scope.word == word)
                            .map(|scope| scope.span);
                        let mut note = self.at(
                            Code::DirectiveUnbalanced,
                            directive.span,
                            format!("there is no `{word}` to close here"),
                        );
                        note = match outer {
                            Some(span) => note
                                .related(self.path, span, "this one was opened outside of the list or quote")
                                .help("a scope ends in the same list item or quote in which it begins"),
                            None => note.help(format!(
                                "take this line away, or open the scope with `<!-- {word}: … -->` alone on a line"
                            )),
                        };
                        self.note(note);
                    }
                }
            }
            Word::Checklist | Word::Steps | Word::Faq => {
                let name = directive.word.name();
                let above = self.doc.headings.last().filter(|heading| heading.end == 0);
                let help = match above.map(|heading| (heading.mark, heading)) {
                    None => format!("write `## Before you start <!-- {name} -->`"),
                    Some((Section::Plain, heading)) => {
                        let span = self.doc.nodes[heading.node as usize].span;
                        format!("write `{}`", place::heading_with(&self.text[span.range()], name))
                    }
                    Some((mark, _)) if directive.word.section() == Some(mark) => {
                        "take this line away: the heading above says so already".to_owned()
                    }
                    Some(_) => format!(
                        "take this line away, or give what follows a heading of its own: `## Title <!-- {name} -->`; \
                         the section above is marked already"
                    ),
                };
                let message = format!("`{name}` stands at the end of a heading");
                self.note(self.at(Code::DirectivePlace, directive.span, message).help(help));
            }
            _ => self.wrong_block(&directive, "what is around it"),
        }
    }
}
