//! Footnotes → numbers in the text and a list behind it, with a way back; those that the text shown never refers to are
//! left out.
//!
//! Those of snippets are numbered with the page's own. A snippet's text is at hand only while it is written, so its
//! notes are put into words then, and listed at the end.

use super::body::{Writer, Written};
use super::escape;
use super::part::Part;
use crate::content::doc::NodeKind;
use crate::content::heading;
use crate::diag::{Code, Diagnostic, Span};
use pulldown_cmark::{Event, Tag};

/// A footnote that the text refers to.
pub(super) struct Note {
    /// Which of the texts of the page it is in.
    of: usize,
    label: String,
    id: String,
    /// Where its text defines it.
    node: usize,
    /// Its HTML; `None` until its text has been written.
    html: Option<String>,
    /// How often the text has referred to it.
    references: usize,
}

impl Writer<'_, '_> {
    /// Writes a whole text; its footnotes are known then, and not yet written.
    pub fn text(&mut self, part: &Part) -> Written {
        self.texts += 1;
        let outer = std::mem::replace(&mut self.text, self.texts);
        self.blocks(part, 0, part.doc.nodes.len())?;
        self.word_notes(part)?;
        self.text = outer;
        Ok(())
    }

    /// Writes the number of the footnote `label`.
    pub fn footnote_reference(&mut self, part: &Part, label: &str, span: Span) {
        let bit = self.who.bit(&part.doc.names);
        let number = match self.notes.iter().position(|note| note.of == self.text && note.label == label) {
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
                let label = label.to_owned();
                self.notes.push(Note { of: self.text, label, id, node, html: None, references: 0 });
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

    /// Puts the footnotes that the text `part` referred to into words. One may refer to another.
    pub fn word_notes(&mut self, part: &Part) -> Written {
        let mut at = 0;
        while at < self.notes.len() {
            let Note { of, node, ref html, .. } = self.notes[at];
            if of == self.text && html.is_none() {
                let close = part.doc.nodes[node].close as usize;
                let inner = self.captured(|writer| writer.inside(part, node + 1, close), str::to_owned)?;
                self.notes[at].html = Some(inner);
            }
            at += 1;
        }
        Ok(())
    }

    /// Writes the footnotes that the page's text and its snippets referred to.
    pub fn footnotes(&mut self) {
        if self.notes.is_empty() {
            return;
        }
        self.line();
        self.out.push_str("<section class=\"footnotes\">\n<ol>\n");
        for (at, note) in self.notes.iter().enumerate() {
            let id = &note.id;
            self.out.push_str("<li id=\"");
            escape::text(&mut self.out, id);
            self.out.push_str("\">\n");
            let inner = note.html.as_deref().unwrap_or_default().trim_end();
            let (body, end) = match inner.strip_suffix("</p>") {
                Some(body) => (body, "</p>"),
                None => (inner, ""),
            };
            self.out.push_str(body);
            for number in 1..=note.references {
                self.out.push_str("<a class=\"footnote-back\" href=\"#");
                escape::href(&mut self.out, &back(id, number));
                self.out.push_str("\" aria-label=\"");
                let word = self.page.words.get("footnote_back").replace("{n}", &(at + 1).to_string());
                escape::text(&mut self.out, &word);
                self.out.push_str("\"> ↩</a>");
            }
            self.out.push_str(end);
            self.out.push_str("\n</li>\n");
        }
        self.out.push_str("</ol>\n</section>\n");
    }
}

/// The id of the `number`-th reference to the footnote `id`.
fn back(id: &str, number: usize) -> String {
    let of = heading::footnote_reference(id);
    // Two hyphens: with one it may be the first reference to another footnote.
    if number == 1 { of } else { format!("{of}--{number}") }
}
