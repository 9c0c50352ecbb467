//! Headings → plain text and anchors (GitHub's algorithm); an anchor is the same on every page that shows its heading.

use super::directive::is_step_anchor;
use super::doc::{Doc, Node, NodeKind, Section};
use super::front::Text;
use super::set::VariantSet;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::{SitePath, anchor};
use pulldown_cmark::{Event, Tag};
use std::borrow::Cow;

/// The plain text of inline nodes: no marks, no images; variables stand as `{{name}}`.
pub fn plain(nodes: &[Node]) -> String {
    let mut text = plain_keeping_space(nodes);
    text.truncate(text.trim_end().len());
    text
}

/// The same, with the white space at its end.
pub fn plain_keeping_space(nodes: &[Node]) -> String {
    let mut text = String::with_capacity(64);
    for node in nodes {
        match &node.kind {
            NodeKind::Event(Event::Text(part) | Event::Code(part)) => text.push_str(part),
            NodeKind::Event(Event::SoftBreak | Event::HardBreak) => text.push(' '),
            NodeKind::Variable(name) => {
                text.push_str("{{");
                text.push_str(name);
                text.push_str("}}");
            }
            _ => {}
        }
    }
    text
}

/// `text` without its `{{name}}` variables.
pub fn without_variables(text: &str) -> Cow<'_, str> {
    if !text.contains('{') {
        return text.into();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        rest = behind.split_once("}}").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.into()
}

/// The corrected line of a heading whose `{#id}` stands before a directive, where the parser reads it as text.
pub fn misread_attributes(text: &str, span: Span) -> Option<String> {
    let source = text[span.range()].trim_end();
    // A single character is looked for much faster, and most headings have none.
    source.find('{')?;
    let open = source.find("{#")?;
    let close = open + source[open..].find('}')?;
    let rest = source[close + 1..].trim();
    let directives = rest.starts_with("<!--") && rest.ends_with("-->");
    directives.then(|| format!("{} {rest} {}", source[..open].trim_end(), &source[open..=close]))
}

/// Ids that the theme's own elements have on every page, or on some.
const OF_THE_THEME: [&str; 3] = ["main", "nearest", "site-js"];

/// The anchor of the footnote `label`. HTML checkers want a letter first, and labels are mostly numbers.
pub fn footnote(label: &str) -> String {
    format!("fn-{}", label.split_whitespace().collect::<Vec<_>>().join("-"))
}

/// The id of the first reference to the footnote with the anchor `anchor`.
pub fn footnote_reference(anchor: &str) -> String {
    anchor.replacen("fn-", "fnref-", 1)
}

/// What has its anchors from the author, by hand or by a label.
pub(super) struct Given {
    /// Anchors of headings: index of the heading, and anchor.
    pub headings: Vec<(usize, Text)>,
    /// Indexes of the starts of footnotes.
    pub footnotes: Vec<usize>,
}

/// Gives every heading its anchor, and reports anchors given twice.
pub(super) fn identify(doc: &mut Doc, text: &str, path: &SitePath, given: &Given) {
    let mut taken: Vec<(Text, VariantSet, Span)> = Vec::new();
    let mut notes = Vec::new();
    for node in given.footnotes.iter().map(|index| &doc.nodes[*index]) {
        if let NodeKind::Event(Event::Start(Tag::FootnoteDefinition(label))) = &node.kind {
            let anchor = footnote(label);
            let place = super::place::span(text, node.span.start as usize);
            taken.push((footnote_reference(&anchor).into(), node.set, place));
            taken.push((anchor.into(), node.set, place));
        }
    }
    let free = |taken: &[(Text, VariantSet, Span)], id: &str, set: VariantSet| {
        taken.iter().find(|(known, others, _)| **known == *id && others.meets(set)).map(|(_, _, span)| *span)
    };
    let duplicate = |id: &str, span: Span, first: Span| {
        Diagnostic::new(Code::AnchorDuplicate, path, span, format!("the anchor `{id}` is taken"))
            .related(path, first, "first used here")
            .help(format!("choose another name, such as `{id}-2`"))
    };
    let has_steps = doc.headings.iter().any(|heading| heading.mark == Section::Steps);
    let of_the_page = |id: &str| match id {
        "nearest" => path.as_str() == "content/404.md",
        _ => OF_THE_THEME.contains(&id) || has_steps && is_step_anchor(id),
    };
    let ours = |id: &str, span: Span| {
        let message = format!("`{id}` is an anchor that Guidepost gives itself");
        Diagnostic::new(Code::AnchorDuplicate, path, span, message)
            .help(format!("choose another name, such as `{id}-section`"))
    };
    // What was named by hand comes first: a heading without an id of its own gives way.
    for (heading, id) in &given.headings {
        let node = &doc.nodes[doc.headings[*heading].node as usize];
        let line = super::place::line(text, node.span.start as usize);
        let at = text[line.clone()]
            .rfind(&format!("#{id}"))
            .map_or(node.span, |found| Span::new(line.start + found + 1, line.start + found + 1 + id.len()));
        if of_the_page(id) {
            notes.push(ours(id, at));
        } else if let Some(first) = free(&taken, id, node.set) {
            notes.push(duplicate(id, at, first));
        }
        taken.push((id.clone(), node.set, at));
        doc.headings[*heading].id = id.clone();
    }
    for (item, id, span) in &doc.item_ids {
        let set = doc.nodes[*item as usize].set;
        if of_the_page(id) {
            notes.push(ours(id, *span));
        } else if let Some(first) = free(&taken, id, set) {
            notes.push(duplicate(id, *span, first));
        }
        taken.push((id.clone(), set, *span));
    }
    for index in 0..doc.headings.len() {
        if !doc.headings[index].id.is_empty() {
            continue;
        }
        let node = &doc.nodes[doc.headings[index].node as usize];
        let mut slug = anchor(&without_variables(&doc.headings[index].text));
        if slug.is_empty() {
            slug.push_str("section");
        }
        let mut id: Text = slug.as_str().into();
        let mut number = 0;
        // `step-2` belongs to the second step, if there is one.
        while free(&taken, &id, node.set).is_some()
            || (has_steps && is_step_anchor(&id))
            || OF_THE_THEME.contains(&&*id)
        {
            number += 1;
            id = if number == 1 && is_step_anchor(&slug) {
                format!("{slug}-section").into()
            } else {
                format!("{slug}-{number}").into()
            };
        }
        taken.push((id.clone(), node.set, node.span));
        doc.headings[index].id = id;
    }
    doc.notes.append(&mut notes);
}
