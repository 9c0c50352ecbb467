//! Slips of the pen that Markdown takes for something else → warnings; only where the events show them anyway.

use super::reader::Reader;
use crate::diag::{Code, Span, nearest};
use pulldown_cmark::Tag;

/// The kinds of alerts.
const ALERTS: [&str; 5] = ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"];

/// What they are called elsewhere.
const ELSEWHERE: [(&str, &str); 8] = [
    ("HINT", "TIP"),
    ("SUCCESS", "TIP"),
    ("INFO", "NOTE"),
    ("ABSTRACT", "NOTE"),
    ("ATTENTION", "WARNING"),
    ("DANGER", "CAUTION"),
    ("ERROR", "CAUTION"),
    ("BUG", "CAUTION"),
];

impl Reader<'_, '_> {
    /// Looks at what begins.
    pub(super) fn slips(&mut self, tag: &Tag, span: Span) {
        match tag {
            Tag::Link { dest_url, .. } if dest_url.is_empty() => {
                let note = self.at(Code::LinkEmpty, span, "this link has no address");
                self.note(note.help("write where it leads between the parentheses: `[Fees](fees.md)`"));
            }
            Tag::Image { dest_url, .. } if dest_url.is_empty() => {
                let note = self.at(Code::LinkEmpty, span, "this image has no file");
                self.note(note.help("write its file between the parentheses: `![The settings page](settings.png)`"));
            }
            Tag::BlockQuote(None) => self.quote(span),
            _ => {}
        }
    }

    /// A quote whose first line looks as if it was meant to be an alert.
    fn quote(&mut self, span: Span) {
        let source = &self.text[span.range()];
        let line = source.lines().next().unwrap_or_default();
        let inner = line.trim_start_matches(['>', ' ', '\t']);
        let Some((kind, behind)) = inner.strip_prefix("[!").and_then(|rest| rest.split_once(']')) else { return };
        if kind.is_empty() || !kind.chars().all(|c| c.is_ascii_alphabetic()) {
            return;
        }
        let start = span.start as usize + line.len() - inner.len();
        let whole = Span::new(start, start + kind.len() + 3);
        let loud = kind.to_ascii_uppercase();
        let is_known = ALERTS.contains(&&*loud);
        // A link or a directive behind it is another matter.
        if is_known && behind.starts_with([' ', '\t']) && !behind.trim().is_empty() && !behind.contains("<!--") {
            let message = format!("text behind `[!{kind}]` makes it a mere quote");
            let help = format!("put the text onto a line of its own: `> {}`", behind.trim());
            self.note(self.at(Code::TextAlert, whole, message).help(help));
        } else if !is_known && behind.trim().is_empty() {
            let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == loud).map(|(_, ours)| *ours);
            let near = elsewhere.or_else(|| nearest(&loud, ALERTS));
            let note =
                self.at(Code::TextAlert, whole, format!("there is no alert `[!{kind}]`, so this is a mere quote"));
            self.note(match near {
                Some(near) => note.help(format!("did you mean `[!{near}]`?")).fix(whole, format!("[!{near}]")),
                None => note.help("alerts are `NOTE`, `TIP`, `IMPORTANT`, `WARNING` and `CAUTION`"),
            });
        }
    }

    /// A comment that goes on further than it was meant to: to the end, or over another comment.
    pub(super) fn long_comment(&mut self, span: Span) {
        let inner = self.text[span.range()].strip_prefix("<!--").unwrap_or_default();
        let message = match (inner.contains("-->"), inner.contains("<!--")) {
            (false, _) => "this comment is not closed: nothing of what follows is shown",
            (true, true) => "this comment ends with the next one: nothing of what is between them is shown",
            (true, false) => return,
        };
        let open = Span { start: span.start, end: span.start + 4 };
        self.note(self.at(Code::TextOpenComment, open, message).help("write `-->` where the comment ends"));
    }
}
