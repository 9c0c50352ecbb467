//! Two renderings of one document → where they differ, after the differences that are allowed.
//!
//! Allowed, and nothing else (each is one function or one arm below):
//! 1. comments are left out (`html::pieces`);
//! 2. headings have ids;
//! 3. images have a size and are loaded lazily;
//! 4. tables stand in a wrapper, and their cells are aligned by a class instead of a style;
//! 5. links whose address is unsafe, or leads to no page of the site, have no address;
//! 6. footnotes stand at the end, in a list, with links back, are left out if nothing refers to them, and their ids do
//!    not begin with a digit;
//! 7. check boxes have a name, they and their items are marked for the style sheet, code can be reached by keyboard;
//! 8. white space between blocks, and how much of it stands between words.

use crate::html::{Piece, pieces};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use std::collections::{BTreeMap, BTreeSet};

const BLOCKS: [&str; 30] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "pre",
    "hr",
    "br",
    "dl",
    "dt",
    "dd",
    "div",
    "section",
    "details",
    "summary",
    "input",
    "footnote",
    "footnotes",
];

/// What pulldown-cmark's own writer makes of a document.
pub(super) fn reference(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
    let referred: BTreeSet<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::FootnoteReference(name) => Some(name.to_string()),
            _ => None,
        })
        .collect();
    let mut in_unused = false;
    let kept = events.into_iter().filter(|event| match event {
        Event::Start(Tag::FootnoteDefinition(name)) => {
            in_unused = !referred.contains(name.as_ref());
            !in_unused
        }
        Event::End(TagEnd::FootnoteDefinition) => !std::mem::take(&mut in_unused),
        _ => !in_unused,
    });
    let mut page = String::new();
    html::push_html(&mut page, kept);
    page
}

/// The first token that differs, as the reference has it and as ours is.
pub(super) fn difference(reference: &str, ours: &str) -> Option<(String, String)> {
    let (reference, ours) = (canonical(reference), canonical(ours));
    let at = reference.iter().zip(&ours).position(|(a, b)| a != b).unwrap_or(reference.len().min(ours.len()));
    (reference.len() != ours.len() || at < ours.len()).then(|| (around(&reference, at), around(&ours, at)))
}

fn around(tokens: &[String], at: usize) -> String {
    let shown: Vec<&str> =
        tokens[at.saturating_sub(2).min(tokens.len())..tokens.len().min(at + 2)].iter().map(String::as_str).collect();
    if tokens.len() <= at { format!("{} <end>", shown.join(" ")) } else { shown.join(" ") }
}

/// The tokens of a rendering, one text each, without what may differ.
fn canonical(html: &str) -> Vec<String> {
    let mut unwrapped = without_table_wrappers(footnotes_last(pieces(html)));
    // Where something was taken out, the white space before it meets that behind it.
    unwrapped.dedup_by(|next, before| match (before, &*next) {
        (Piece::Text(before), Piece::Text(next)) => {
            before.push_str(next);
            true
        }
        _ => false,
    });
    let marked: Vec<Piece> = unwrapped.into_iter().map(plain).collect();
    spaced(marked).iter().map(shown).collect()
}

/// Every footnote reference as one token with its number, every definition at the end without its label and links back.
fn footnotes_last(pieces: Vec<Piece>) -> Vec<Piece> {
    let (mut text, mut notes) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < pieces.len() {
        if has_class(&pieces[at], "sup", &["footnote-reference", "footnote-ref"]) {
            let end = closing(&pieces, at);
            let number: String = pieces[at..end].iter().filter_map(text_of).collect();
            text.push(Piece::Start("footnote-reference".to_owned(), [("number".to_owned(), number)].into()));
            at = end;
        } else if has_class(&pieces[at], "div", &["footnote-definition"]) {
            let end = closing(&pieces, at);
            notes.push(note(&pieces[at + 1..end - 1]));
            at = end;
        } else if has_class(&pieces[at], "section", &["footnotes"]) {
            let end = closing(&pieces, at);
            while at < end {
                if matches!(&pieces[at], Piece::Start(tag, _) if tag == "li") {
                    let item = closing(&pieces, at);
                    notes.push(note(&pieces[at + 1..item - 1]));
                    at = item;
                } else {
                    at += 1;
                }
            }
        } else {
            text.push(pieces[at].clone());
            at += 1;
        }
    }
    for note in notes {
        text.push(Piece::Start("footnote".to_owned(), BTreeMap::new()));
        text.extend(note);
        text.push(Piece::End("footnote".to_owned()));
    }
    text
}

/// A footnote's content without its label and its links back.
fn note(pieces: &[Piece]) -> Vec<Piece> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let back = matches!(&pieces[at], Piece::Start(tag, attributes)
            if tag == "a" && attributes.get("href").is_some_and(|href| href.starts_with("#fnref")));
        if back || has_class(&pieces[at], "sup", &["footnote-definition-label"]) {
            at = closing(pieces, at);
        } else {
            kept.push(pieces[at].clone());
            at += 1;
        }
    }
    kept
}

/// Without every `div` that holds nothing but one table.
fn without_table_wrappers(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let mut at = 0;
    while at < pieces.len() {
        if matches!(&pieces[at], Piece::Start(tag, _) if tag == "div") {
            let end = closing(&pieces, at);
            let table = next_solid(&pieces, at + 1);
            let holds_table = matches!(pieces.get(table), Some(Piece::Start(tag, _)) if tag == "table");
            if holds_table && next_solid(&pieces, closing(&pieces, table)) == end - 1 {
                pieces.remove(end - 1);
                pieces.remove(at);
                continue;
            }
        }
        at += 1;
    }
    pieces
}

/// A start tag without the attributes that may differ.
fn plain(piece: Piece) -> Piece {
    let Piece::Start(tag, mut attributes) = piece else { return piece };
    match tag.as_str() {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => drop_all(&mut attributes, &["id"]),
        "img" => drop_all(&mut attributes, &["width", "height", "loading", "decoding"]),
        "pre" => drop_all(&mut attributes, &["tabindex"]),
        "ul" | "li" if attributes.get("class").is_some_and(|class| class.starts_with("task")) => {
            drop_all(&mut attributes, &["class"])
        }
        "input" => attributes.retain(|name, _| name == "type" || name == "checked"),
        "th" | "td" => {
            drop_all(&mut attributes, &["scope"]);
            let style =
                attributes.remove("style").and_then(|style| style.strip_prefix("text-align: ").map(str::to_owned));
            if let Some(side) = style.or_else(|| attributes.remove("class")) {
                attributes.insert("align".to_owned(), side);
            }
        }
        "a" => {
            if attributes.get("href").is_some_and(|href| !leads_out(href)) {
                attributes.remove("href");
            }
            if attributes.get("class").is_some_and(|class| class == "broken") {
                attributes.remove("class");
            }
        }
        _ => {}
    }
    Piece::Start(tag, attributes)
}

fn drop_all(attributes: &mut BTreeMap<String, String>, names: &[&str]) {
    for name in names {
        attributes.remove(*name);
    }
}

/// Whether an address is one that Guidepost neither resolves nor refuses.
fn leads_out(href: &str) -> bool {
    let scheme = href.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    ["http", "https", "mailto", "tel"].contains(&scheme.as_str())
}

/// With one space for any white space, and none beside a block; what stands in `pre` is left alone.
fn spaced(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut in_pre = 0;
    for at in 0..pieces.len() {
        match &pieces[at] {
            Piece::Start(tag, _) if tag == "pre" => in_pre += 1,
            Piece::End(tag) if tag == "pre" => in_pre = 0.max(in_pre - 1),
            _ => {}
        }
        let Piece::Text(text) = &pieces[at] else {
            out.push(pieces[at].clone());
            continue;
        };
        if in_pre > 0 {
            out.push(pieces[at].clone());
            continue;
        }
        let words: Vec<&str> = text.split(|c: char| c.is_ascii_whitespace()).collect();
        let mut text: String = words.join(" ");
        while text.contains("  ") {
            text = text.replace("  ", " ");
        }
        if at == 0 || is_block(&pieces[at - 1]) {
            text = text.trim_start_matches(' ').to_owned();
        }
        if pieces.get(at + 1).is_none_or(is_block) {
            text = text.trim_end_matches(' ').to_owned();
        }
        if !text.is_empty() {
            out.push(Piece::Text(text));
        }
    }
    out
}

fn is_block(piece: &Piece) -> bool {
    match piece {
        Piece::Start(tag, _) | Piece::End(tag) => BLOCKS.contains(&tag.as_str()),
        Piece::Text(_) => false,
    }
}

fn shown(piece: &Piece) -> String {
    match piece {
        Piece::Start(tag, attributes) => {
            let attributes: String = attributes.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
            format!("<{tag}{attributes}>")
        }
        Piece::End(tag) => format!("</{tag}>"),
        Piece::Text(text) => format!("{text:?}"),
    }
}

fn has_class(piece: &Piece, tag: &str, classes: &[&str]) -> bool {
    matches!(piece, Piece::Start(name, attributes)
        if name == tag && attributes.get("class").is_some_and(|class| classes.contains(&class.as_str())))
}

fn text_of(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Text(text) => Some(text),
        _ => None,
    }
}

/// The place behind the end tag that belongs to the start tag at `at`.
fn closing(pieces: &[Piece], at: usize) -> usize {
    let Piece::Start(tag, _) = &pieces[at] else { return at + 1 };
    let mut depth = 0;
    for (place, piece) in pieces.iter().enumerate().skip(at) {
        match piece {
            Piece::Start(name, _) if name == tag => depth += 1,
            Piece::End(name) if name == tag => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            _ => {}
        }
    }
    pieces.len()
}

fn next_solid(pieces: &[Piece], from: usize) -> usize {
    let blank = |piece: &Piece| text_of(piece).is_some_and(|text| text.trim().is_empty());
    (from..pieces.len()).find(|at| !blank(&pieces[*at])).unwrap_or(pieces.len())
}

#[test]
fn allowed_differences_are_not_seen() {
    for (reference, ours) in [
        ("<h2>A</h2>\n<p>b\nc</p>", "<h2 id=\"a\">A</h2><p>b c<!-- x --></p>"),
        (
            "<table><tbody><tr><td style=\"text-align: right\">1</td></tr></tbody></table>",
            "<div class=\"wrap\" tabindex=0>\n<table>\n<tbody><tr><td class=\"right\">1</td></tr></tbody></table></div>",
        ),
        ("<p><a href=\"javascript:1\">x</a></p>", "<p><a class=\"broken\">x</a></p>"),
        (
            "<li><input disabled=\"\" type=\"checkbox\" checked=\"\"/>\ndone</li>",
            "<li class=\"task\"><input type=\"checkbox\" disabled checked> done</li>",
        ),
        (
            "<p>a<sup class=\"footnote-reference\"><a href=\"#n\">1</a></sup></p>\
          <div class=\"footnote-definition\" id=\"n\"><sup class=\"footnote-definition-label\">1</sup><p>b</p></div>",
            "<p>a<sup class=\"footnote-ref\"><a id=\"fnref-1\" href=\"#fn-1\">1</a></sup></p>\
          <section class=\"footnotes\"><ol><li id=\"fn-1\"><p>b <a href=\"#fnref-1\">↩</a></p></li></ol></section>",
        ),
        ("<p><img src=\"a.png\" alt=\"\" /></p>", "<p><img src=\"a.png\" alt=\"\" width=1 height=2 loading=lazy></p>"),
    ] {
        assert_eq!(difference(reference, ours), None);
    }
}

#[test]
fn other_differences_are_seen() {
    for (reference, ours) in [
        ("<p>a</p>", "<p>b</p>"),
        ("<p>a</p>", "<p>a</p><p>b</p>"),
        ("<p>a</p><p>b</p>", "<p>a</p>"),
        ("<p>a <em>b</em></p>", "<p>a<em>b</em></p>"),
        ("<pre><code>a\n b\n</code></pre>", "<pre><code>a\nb\n</code></pre>"),
        ("<ol start=\"2\"><li>a</li></ol>", "<ol><li>a</li></ol>"),
        ("<p><a href=\"https://example.org/\">x</a></p>", "<p><a>x</a></p>"),
        ("<p>a&nbsp;b</p>", "<p>a b</p>"),
        ("<ul><li><p>a</p></li></ul>", "<ul><li>a</li></ul>"),
        ("<td style=\"text-align: right\">1</td>", "<td class=\"left\">1</td>"),
    ] {
        assert!(difference(reference, ours).is_some(), "{reference} and {ours}");
    }
}
