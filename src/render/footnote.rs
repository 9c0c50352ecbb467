//! Footnotes → numbers in the text and a list behind it, with a way back; those that the text shown never refers to are
//! left out.

use super::body::{Writer, Written};
use super::escape;
use super::part::Part;
use crate::content::doc::NodeKind;
use crate::content::heading;
use crate::diag::{Code, Diagnostic, Span};
use pulldown_cmark::{Event, Tag};

/// A footnote that the text refers to.
pub(super) struct Note {
    label: String,
    id: String,
    /// Where it is defined.
    node: usize,
    /// How often the text has referred to it.
    references: usize,
}

impl Writer<'_, '_> {
    /// Writes a whole text, its footnotes behind it.
    pub fn text(&mut self, part: &Part) -> Written {
        let outer = std::mem::take(&mut self.notes);
        self.blocks(part, 0, part.doc.nodes.len())?;
        self.footnotes(part)?;
        self.notes = outer;
        Ok(())
    }

    /// Writes the number of the footnote `label`.
    pub fn footnote_reference(&mut self, part: &Part, label: &str, span: Span) {
        let bit = self.who.bit(&part.doc.names);
        let number = match self.notes.iter().position(|note| note.label == label) {
            Some(at) => at + 1,
            None => {
                let defined = part.doc.nodes.iter().position(|node| {
                    matches!(&node.kind, NodeKind::Event(Event::Start(Tag::FootnoteDefinition(own))) if **own == *label)
                        && node.set.meets(bit)
                });
                let Some(node) = defined else {
                    let note = Diagnostic::new(
                        Code::TextMissingFootnote,
                        part.path,
                        span,
                        format!("the footnote `{label}` is not shown to everyone who sees this"),
                    );
                    return self.note(part.path, note.help("define it outside of the block that is `for` others"));
                };
                let id = format!("{}{}", self.prefix, part.id(&heading::footnote(label)));
                self.notes.push(Note { label: label.to_owned(), id, node, references: 0 });
                self.notes.len()
            }
        };
        let note = &mut self.notes[number - 1];
        note.references += 1;
        let id = note.id.clone();
        let back = back(&id, note.references);
        self.out.push_str("<sup class=\"footnote-ref\"><a id=\"");
        escape::text(&mut self.out, &back);
        self.out.push_str("\" href=\"#");
        escape::href(&mut self.out, &id);
        self.out.push_str(&format!("\">{number}</a></sup>"));
    }

    /// Writes the footnotes that the text referred to. One may refer to another.
    pub fn footnotes(&mut self, part: &Part) -> Written {
        if self.notes.is_empty() {
            return Ok(());
        }
        self.line();
        self.out.push_str("<section class=\"footnotes\">\n<ol>\n");
        let mut at = 0;
        while at < self.notes.len() {
            let (node, id) = (self.notes[at].node, self.notes[at].id.clone());
            self.out.push_str("<li id=\"");
            escape::text(&mut self.out, &id);
            self.out.push_str("\">\n");
            let close = part.doc.nodes[node].close as usize;
            let inner = self.captured(|writer| writer.inside(part, node + 1, close), str::to_owned)?;
            let inner = inner.trim_end();
            let (body, end) = match inner.strip_suffix("</p>") {
                Some(body) => (body, "</p>"),
                None => (inner, ""),
            };
            self.out.push_str(body);
            for number in 1..=self.notes[at].references {
                self.out.push_str("<a class=\"footnote-back\" href=\"#");
                escape::href(&mut self.out, &back(&id, number));
                self.out.push_str("\" aria-label=\"");
                let word = self.page.words.get("footnote_back").replace("{n}", &(at + 1).to_string());
                escape::text(&mut self.out, &word);
                self.out.push_str("\"> ↩</a>");
            }
            self.out.push_str(end);
            self.out.push_str("\n</li>\n");
            at += 1;
        }
        self.out.push_str("</ol>\n</section>\n");
        Ok(())
    }
}

/// The id of the `number`-th reference to the footnote `id`.
fn back(id: &str, number: usize) -> String {
    let of = heading::footnote_reference(id);
    // Two hyphens: with one it may be the first reference to another footnote.
    if number == 1 { of } else { format!("{of}--{number}") }
}
