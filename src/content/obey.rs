//! A directive behind a block's text → what it says of that block, or why it cannot say it there.

use super::directive::{self, Comment, Directive, Word};
use super::doc::*;
use super::heading;
use super::reader::{Frame, Limit, Reader};
use super::set::VariantSet;
use super::{markdown, place};
use crate::diag::{Code, Span};
use pulldown_cmark::{Event, TagEnd};

impl<'a> Reader<'a, '_> {
    /// Directives of a row that the parser dropped because they stand behind the last cell.
    pub(super) fn dropped(&mut self, row: &Frame, span: Span) {
        let source = &self.text[span.range()];
        if !source.contains('<') || !source.contains("<!--") {
            return;
        }
        for comment in directive::comments(self.text, span) {
            let seen = row.seen.iter().any(|seen| seen.start <= comment.start && comment.end <= seen.end);
            match directive::read(self.text, comment, self.path) {
                _ if seen => continue,
                Comment::Remark => continue,
                Comment::Wrong(wrong) => {
                    self.note(*wrong);
                    continue;
                }
                Comment::Directive(_) => {}
            }
            let line = &self.text[place::line(self.text, comment.start as usize)];
            let mended = place::moved_into_last_cell(line, &self.text[comment.range()]);
            self.note(
                self.at(
                    Code::DirectiveDropped,
                    comment,
                    "this directive stands behind the row's last cell, where Markdown drops it",
                )
                .label("not part of the row")
                .help(format!("put it inside the last cell: `{mended}`"))
                .fix(place::span(self.text, comment.start as usize), mended),
            );
        }
    }

    /// A comment within a block's text.
    pub(super) fn comment(&mut self, events: &[markdown::Piece<'a>], i: usize) {
        let span = events[i].1;
        self.saw(span);
        let directive = match directive::read(self.text, span, self.path) {
            Comment::Remark => return,
            Comment::Wrong(wrong) => return self.note(*wrong),
            Comment::Directive(directive) => directive,
        };
        self.trim();
        // What follows: other comments and blanks do not count.
        let mut next = i + 1;
        while let Some((Event::InlineHtml(text) | Event::Text(text), _)) = events.get(next)
            && (text.starts_with("<!--") || text.trim().is_empty())
        {
            next += 1;
        }
        let block_ends = match events.get(next).map(|(event, _)| event) {
            None | Some(Event::End(_)) => true,
            Some(Event::SoftBreak | Event::HardBreak) => !self.frame().broken,
            Some(Event::Start(tag)) => place::is_block(tag),
            Some(_) => false,
        };
        let last_cell = matches!(events.get(next + 1), Some((Event::End(TagEnd::TableRow | TagEnd::TableHead), _)));
        let tag = self.frame().tag;
        match tag {
            _ if !block_ends => self.misplaced_within(&directive, events, i),
            TagEnd::Heading(_) => self.on_heading(directive),
            TagEnd::Item => self.on_item(directive),
            TagEnd::Paragraph => self.on_paragraph(directive),
            TagEnd::TableCell if last_cell && matches!(events.get(next), Some((Event::End(_), _))) => {
                self.on_row(directive)
            }
            TagEnd::TableCell => {
                let line = &self.text[place::line(self.text, span.start as usize)];
                let mended = place::moved_into_last_cell(line, &self.text[span.range()]);
                self.note(
                    self.at(Code::DirectivePlace, span, "a directive for a row stands in its last cell")
                        .help(format!("write `{mended}`"))
                        .fix(place::span(self.text, span.start as usize), mended),
                );
            }
            TagEnd::DefinitionListTitle | TagEnd::DefinitionListDefinition => self.note(
                self.at(Code::DirectivePlace, span, "a directive cannot mark a part of a definition list")
                    .help(scope_form(self.text, &directive)),
            ),
            _ => self.misplaced_within(&directive, events, i),
        }
    }

    /// The heading's own text is known: its plain text, and whether it is the page's title once more.
    pub(super) fn heading_ended(&mut self, node: usize, close: usize) {
        let plain = heading::plain(&self.doc.nodes[node + 1..close]);
        let index = self.doc.headings.len() - 1;
        let level = self.doc.headings[index].level;
        let span = self.doc.nodes[node].span;
        let nested = self.doc.headings[index].nested;
        if let Whole::Page(title) = self.whole
            && level == 1
            && !nested
        {
            if index == 0 && plain.trim() == title.trim() {
                self.doc.nodes.truncate(node);
                self.doc.headings.pop();
                self.frame().sections.pop();
                return;
            }
            let text = self.text[span.range()].trim();
            let note = self
                .at(Code::TextSecondTitle, Span::new(span.start as usize, span.start as usize + text.len()), {
                    "a page has one title, and it stands in the front matter"
                })
                .help(match text.strip_prefix('#') {
                    Some(rest) => format!("make it a section: `##{rest}`"),
                    None => "make it a section: underline it with `---` instead of `===`".to_owned(),
                });
            self.note(note);
        }
        let before = match index.checked_sub(1) {
            Some(previous) => self.doc.headings[previous].level,
            None if matches!(self.whole, Whole::Snippet) => level,
            None => 1,
        };
        if level > before + 1 && !nested {
            let marks = "#".repeat(usize::from(before) + 1);
            let from = "#".repeat(usize::from(before));
            self.note(
                self.at(
                    Code::TextSkippedLevel,
                    span,
                    format!("this heading skips a level: from `{from}` to `{}`", { "#".repeat(usize::from(level)) }),
                )
                .help(format!("write `{marks} {}`", plain.trim())),
            );
        }
        if let Some(mended) = heading::misread_attributes(self.text, span) {
            self.note(
                self.at(Code::DirectivePlace, span, "an id stands at the very end of a heading, behind directives")
                    .help(format!("write `{mended}`"))
                    .fix(span, mended),
            );
        }
        self.doc.headings[index].text = plain.into();
    }

    /// A directive inside a sentence, or inside emphasis or a link.
    fn misplaced_within(&mut self, directive: &Directive, events: &[markdown::Piece<'a>], i: usize) {
        let last = match self.doc.nodes.last().map(|node| &node.kind) {
            Some(NodeKind::Event(event)) => Some(event),
            _ => None,
        };
        let block = if self.in_row() { place::Block::Row } else { place::Block::Text };
        self.misplaced(directive, place::moved_behind_block(self.text, events, i, last, block));
    }

    /// A directive before the text that it should be behind.
    pub(super) fn misplaced(&mut self, directive: &Directive, mended: place::Mended) {
        let help = match mended.text.rsplit_once('\n') {
            Some((_, last)) => format!("put it behind the last line: `{}`", last.trim_start()),
            None => format!("write `{}`", mended.text.trim_start()),
        };
        self.note(
            self.at(Code::DirectivePlace, directive.span, "a directive stands at the end of what it marks")
                .label("text follows")
                .help(help)
                .fix(mended.span, mended.text),
        );
    }

    pub(super) fn on_heading(&mut self, directive: Directive) {
        let (heading, mark) = match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                let limit = self.limit_of(&directive);
                let parent = self.frames.len() - 2;
                if let (Some(limit), Some((_, limits))) = (limit, self.frames[parent].sections.last_mut()) {
                    limits.push(limit);
                }
                return;
            }
            Word::Steps => (self.doc.headings.len() - 1, Section::Steps),
            Word::Checklist => (self.doc.headings.len() - 1, Section::Checklist),
            Word::Faq => (self.doc.headings.len() - 1, Section::Faq),
            _ => return self.wrong_block(&directive, "a heading"),
        };
        if self.doc.headings[heading].mark != Section::Plain {
            self.note(
                self.at(Code::DirectivePlace, directive.span, "a section can be only one of checklist, steps and faq")
                    .help("take one of the two directives away"),
            );
        }
        self.doc.headings[heading].mark = mark;
    }

    pub(super) fn on_item(&mut self, directive: Directive) {
        let node = self.frame().node;
        self.on_item_at(directive, self.frames.len() - 1, node);
    }

    pub(super) fn on_item_at(&mut self, directive: Directive, frame: usize, node: usize) {
        match directive.word {
            Word::For { .. } | Word::Expires(_) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[frame].limits.push(limit);
                }
            }
            Word::Id(name) => {
                self.doc.item_ids.push((node as u32, self.text[name.range()].into(), name));
            }
            _ => self.wrong_block(&directive, "a list item"),
        }
    }

    pub(super) fn on_paragraph(&mut self, directive: Directive) {
        let frame = self.frames.len() - 1;
        let node = self.frames[frame].node;
        let parent = self.frames[frame - 1].tag;
        let alert = matches!(parent, TagEnd::BlockQuote(_))
            && self.text[self.doc.nodes[node].span.range()].starts_with("[!")
            && !self.frames[frame].broken;
        if alert {
            let kind = self.text[self.doc.nodes[node].span.start as usize..directive.span.start as usize].trim();
            let written = self.text[directive.span.range()].to_owned();
            self.note(
                self.at(Code::DirectivePlace, directive.span, format!("a directive behind `{kind}` breaks the alert"))
                    .help(format!(
                        "put the alert into a scope: `{written}` alone on a line before it, `<!-- /{} -->` alone on a line behind it",
                        directive.word.name()
                    )),
            );
            return;
        }
        match directive.word {
            Word::Include => {
                // Checked when the paragraph ends: it must be one link, and nothing else.
                self.frames[frame].seen.push(directive.span);
            }
            _ if parent == TagEnd::Item && self.frames[frame - 1].node + 1 == node => {
                let item = self.frames[frame - 1].node;
                self.on_item_at(directive, frame - 1, item);
            }
            Word::For { .. } | Word::Expires(_) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[frame].limits.push(limit);
                }
            }
            _ => self.wrong_block(&directive, "a paragraph"),
        }
    }

    pub(super) fn on_row(&mut self, directive: Directive) {
        let row = self.frames.len() - 2;
        match (&directive.word, self.frames[row].tag) {
            (Word::For { .. } | Word::Expires(_), TagEnd::TableRow) => {
                if let Some(limit) = self.limit_of(&directive) {
                    self.frames[row].limits.push(limit);
                }
            }
            (Word::For { .. } | Word::Expires(_), _) => self.note(
                self.at(Code::DirectivePlace, directive.span, "a directive cannot mark a table's head")
                    .help(scope_form(self.text, &directive)),
            ),
            _ => self.wrong_block(&directive, "a table row"),
        }
    }

    pub(super) fn wrong_block(&mut self, directive: &Directive, block: &str) {
        let name = directive.word.name();
        let help = match directive.word {
            Word::Checklist | Word::Steps | Word::Faq => {
                format!("`{name}` stands at the end of a heading: `## Before you start <!-- {name} -->`")
            }
            Word::Id(_) => "`id` stands at the end of a list item; a heading takes `{#name}` at its end".into(),
            Word::Include => {
                "`include` stands behind a link, in a paragraph of its own: `[Contact](_snippets/contact.md) <!-- include -->`"
                    .into()
            }
            Word::Close(_) => format!("`<!-- {name} -->` stands alone on a line"),
            Word::For { .. } | Word::Expires(_) => scope_form(self.text, directive),
        };
        self.note(self.at(Code::DirectivePlace, directive.span, format!("`{name}` cannot mark {block}")).help(help));
    }

    /// What `for` or `expires` asks for.
    pub(super) fn limit_of(&mut self, directive: &Directive) -> Option<Limit> {
        match &directive.word {
            Word::Expires(day) => Some(Limit::Expires(*day, directive.span)),
            Word::For { not, names } => {
                let mut set = VariantSet::NONE;
                for span in names {
                    let name = &self.text[span.range()];
                    if name == "overview" {
                        set |= VariantSet::OVERVIEW;
                        continue;
                    }
                    let Some((index, bit)) = self.doc.names.mention(name) else {
                        self.note(self.at(
                            Code::DirectiveValue,
                            *span,
                            format!("one text can mention at most {} account types", super::set::MAX_NAMES),
                        ));
                        return None;
                    };
                    self.doc.mentions.push((index as u8, *span));
                    set |= bit;
                }
                Some(Limit::For(if *not { set.but_not() } else { set }, directive.span))
            }
            _ => None,
        }
    }
}

/// How to mark a block that cannot carry a directive.
pub(super) fn scope_form(text: &str, directive: &Directive) -> String {
    let written = &text[directive.span.range()];
    let close = match directive.word {
        Word::Expires(_) => "expires",
        _ => "for",
    };
    format!("put `{written}` alone on a line before the whole block, and `<!-- /{close} -->` alone on a line behind it")
}
