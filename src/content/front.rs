//! The YAML block at a page's start → `Front`; strict, with every value's place, and never a look at another file.

mod checked;
mod extra;
mod fence;
mod offer;
mod prose;
mod read;

pub use fence::Amiss;
pub use read::parse;

use crate::day::Day;
use crate::diag::Span;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Text that never grows.
pub type Text = Box<str>;

/// A value and where it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the page's file.
    pub span: Span,
}

/// What a page's front matter says. Names are those of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Front {
    /// The page's title; the only required key. Its span is where "no title" is reported if it is empty.
    pub title: Spanned<Text>,
    /// One or two sentences.
    pub description: Option<Text>,
    /// A shorter title for menus.
    pub nav_title: Option<Text>,
    /// The last part of the URL, if it is not the file's name.
    pub slug: Option<Spanned<Text>>,
    /// The name of a page template, if not the kind's own.
    pub template: Option<Spanned<Text>>,
    /// What kind of page it is, if said.
    pub kind: Option<Kind>,
    /// Its place among its neighbours; those without come last, by title.
    pub order: Option<i64>,
    /// Whether it is shown on the home page.
    pub featured: bool,
    /// When it was published.
    pub date: Option<Day>,
    /// When it was last changed.
    pub updated: Option<Day>,
    /// When a person last checked that it is right: for the whole guide, or per option id.
    pub verified: Option<Verified>,
    /// Where `date`, `updated` and `verified` stand.
    pub day_spans: [Span; 3],
    /// For how many days such a check holds.
    pub verify_every: Option<u32>,
    /// Who looks after it.
    pub owner: Option<Text>,
    /// What it was written from.
    pub sources: Box<[Origin]>,
    /// The account types it offers.
    pub variants: Option<Box<Offer>>,
    /// Variables of this page.
    pub vars: Box<[(Text, Text)]>,
    /// At a glance: fact id and value, in the order written.
    pub facts: Box<[(Spanned<Text>, Text)]>,
    /// The button above the steps.
    pub action: Option<Box<Action>>,
    /// Former addresses, from the site's root.
    pub aliases: Box<[Spanned<Text>]>,
    /// Pages on the same matter: links as in the text.
    pub related: Box<[Spanned<Text>]>,
    /// Tags.
    pub tags: Box<[Text]>,
    /// Whether it has a table of contents, if said.
    pub toc: Option<bool>,
    /// Whether its questions are listed on `/faq/`, if said.
    pub faq: Option<bool>,
    /// Whether it asks "Was this helpful?", if said.
    pub feedback: Option<bool>,
    /// Whether it can be found by search, if said.
    pub search: Option<bool>,
    /// Not to be published.
    pub draft: bool,
    /// Search engines are asked to pass it over.
    pub noindex: bool,
    /// The address of the original, if this page is a copy.
    pub canonical: Option<Text>,
    /// Whether the page's FAQ data is written (`schema: {faq: …}`), if said.
    pub schema_faq: Option<bool>,
    /// Whether the page's HowTo data is written (`schema: {howto: …}`).
    pub schema_howto: bool,
    /// BCP 47 language tag, if not the site's.
    pub lang: Option<Text>,
    /// Free values for templates, as JSON text (an object); empty if none.
    pub extra: Text,
}

impl Front {
    /// Days that can only lie in the past: the key, the day, and where it stands.
    pub fn days(&self) -> impl Iterator<Item = (&'static str, Day, Span)> {
        let [date, updated, verified] = self.day_spans;
        let whole = match &self.verified {
            Some(Verified::All(day)) => Some(("verified", *day, verified)),
            _ => None,
        };
        let each: &[(Spanned<Text>, Day)] = match &self.verified {
            Some(Verified::Each(each)) => each,
            _ => &[],
        };
        let single =
            [self.date.map(|day| ("date", day, date)), self.updated.map(|day| ("updated", day, updated)), whole];
        single.into_iter().flatten().chain(each.iter().map(|(id, day)| ("verified", *day, id.span)))
    }
}

/// The kind of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Step-by-step help.
    Guide,
    /// Any other page.
    Page,
    /// A folder's `index.md`.
    Section,
    /// Hand-written questions and answers.
    Faq,
}

/// When a guide was checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verified {
    /// All of it on one day.
    All(Day),
    /// Per option id.
    Each(Box<[(Spanned<Text>, Day)]>),
}

/// What a guide was written from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Its name; empty = the address.
    pub title: Text,
    /// Its address: a link as in the text.
    pub url: Spanned<Text>,
    /// When it was read.
    pub date: Option<Day>,
}

/// The button above the steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Action {
    /// Its text.
    pub label: Text,
    /// Where it leads: a link as in the text.
    pub url: Spanned<Text>,
}

/// The account types that a guide offers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// The id of the group.
    pub group: Spanned<Text>,
    /// If not empty, only these options.
    pub only: Box<[Spanned<Text>]>,
    /// Without these options.
    pub except: Box<[Spanned<Text>]>,
    /// Which pages there are.
    pub layout: Layout,
    /// Per option: its id, and what its page says instead (`options: {client: {title: …, description: …}}`).
    pub options: Box<[Override]>,
}

/// What one option's page says instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Override {
    /// The option's id.
    pub id: Spanned<Text>,
    /// Its page's title.
    pub title: Option<Text>,
    /// Its page's description.
    pub description: Option<Text>,
}

/// Which pages a guide with account types has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Layout {
    /// An overview and one page per option.
    #[default]
    Pages,
    /// One page with everything.
    Single,
    /// One page with everything, and one per option.
    Both,
}

/// Where a page's front matter lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    /// The first line is no `---`.
    None {
        /// Where the text starts: behind a byte order mark.
        body: usize,
    },
    /// Between two lines `---`.
    Block {
        /// The YAML, without the two lines.
        yaml: Range<usize>,
        /// Where the text behind it starts.
        body: usize,
    },
    /// Something that is not read as front matter, and was most likely meant as such.
    Amiss {
        /// Why it is not.
        why: Amiss,
        /// The line that should open it, or what stands above.
        open: Range<usize>,
        /// The YAML, if it is any.
        yaml: Range<usize>,
        /// Where the text behind it starts.
        body: usize,
    },
    /// There is no closing line.
    Unclosed {
        /// The opening line.
        open: Range<usize>,
        /// Up to the first empty line or heading: most likely what was meant.
        yaml: Range<usize>,
        /// Where the text behind it starts.
        body: usize,
    },
}

/// Where the front matter of a page's text lies. A byte order mark and any kind of line end are accepted.
pub fn split(text: &str) -> Split {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(first) = line_at(text, start).filter(|line| is_fence(line)) else {
        return fence::meant(text, start).unwrap_or(Split::None { body: start });
    };
    let begin = behind(text, start + first.len());
    let mut at = begin;
    let mut gap = None;
    while let Some(line) = line_at(text, at) {
        if is_fence(line) {
            return Split::Block { yaml: begin..at, body: behind(text, at + line.len()) };
        }
        if gap.is_none() && (line.trim().is_empty() || line.starts_with("## ")) {
            gap = Some(at);
        }
        at = behind(text, at + line.len());
    }
    let end = gap.unwrap_or(text.len());
    Split::Unclosed { open: start..start + first.len(), yaml: begin..end, body: end }
}

/// The line that starts at `at`, without its end.
fn line_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    Some(&rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())])
}

/// Behind the line end at `at`.
fn behind(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    at + match rest {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    }
}

fn is_fence(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.bytes().all(|b| matches!(b, b' ' | b'\t')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_lies_between_two_lines_of_hyphens() {
        assert_eq!(split("---\na: 1\n---\nText"), Split::Block { yaml: 4..9, body: 13 });
        assert_eq!(split("---\r\na: 1\r\n--- \r\nText"), Split::Block { yaml: 5..11, body: 17 });
        assert_eq!(split("\u{feff}---\n---"), Split::Block { yaml: 7..7, body: 10 });
        assert_eq!(split("---\ra: 1\r---\rText"), Split::Block { yaml: 4..9, body: 13 });
    }

    #[test]
    fn text_without_front_matter_starts_at_once() {
        for text in ["", "Text", "----\na", "--- a\n", " ---\na\n---", "\n\n---\n", "+++\na: b\n+++", "----\na: b\n"] {
            assert_eq!(split(text), Split::None { body: 0 }, "{text}");
        }
        assert_eq!(split("\u{feff}Text"), Split::None { body: 3 });
    }

    #[test]
    fn what_is_almost_front_matter_is_told_from_a_text() {
        let amiss = |why, open, yaml, body| Split::Amiss { why, open, yaml, body };
        assert_eq!(split("+++\na = 1\n+++\nText"), amiss(Amiss::Toml, 0..3, 4..4, 14));
        assert_eq!(split("\n \n---\na: 1\n---\nText"), amiss(Amiss::Late, 0..3, 7..12, 16));
        assert_eq!(split(" ---\na: 1\n---\nText"), amiss(Amiss::Indented, 0..4, 5..10, 14));
        assert_eq!(split("----\na: 1\n----\nText"), amiss(Amiss::Hyphens, 0..4, 5..10, 15));
        assert_eq!(split("—-\na: 1\n---"), amiss(Amiss::Hyphens, 0..4, 5..10, 13));
    }

    #[test]
    fn unclosed_front_matter_most_likely_ends_at_the_first_gap() {
        assert_eq!(split("---\na: 1\n\nText\n"), Split::Unclosed { open: 0..3, yaml: 4..9, body: 9 });
        assert_eq!(split("---"), Split::Unclosed { open: 0..3, yaml: 3..3, body: 3 });
    }
}
