//! An author's own HTML → HTML with links that lead somewhere, and none that runs code; text if the site says so.

use super::body::Writer;
use super::escape;
use super::inline::Href;
use super::part::Part;
use crate::config::Html;
use crate::diag::Span;
use html5gum::{Token, Tokenizer};
use std::fmt::Write as _;

/// Attributes that hold an address.
const ADDRESSES: &[&[u8]] = &[
    b"href",
    b"src",
    b"action",
    b"formaction",
    b"poster",
    b"cite",
    b"data",
    b"xlink:href",
    b"background",
    b"longdesc",
];

/// Attributes that give or name ids of the text around them.
const IDS: &[&[u8]] = &[b"id", b"for", b"headers", b"aria-labelledby", b"aria-describedby", b"aria-controls"];

/// Attributes that hold several images to choose from.
const SETS: &[&[u8]] = &[b"srcset", b"imagesrcset"];

impl Writer<'_, '_> {
    /// Writes a piece of raw HTML.
    pub fn raw(&mut self, part: &Part, html: &str, span: Span) {
        if self.page.config.html == Html::Escape {
            escape::text(&mut self.out, html);
            return;
        }
        if !html.contains('=') && !html.contains("<!--") {
            self.out.push_str(html);
            return;
        }
        let out = self.safe(part, html, span);
        self.out.push_str(&out);
    }

    /// The piece without addresses that must not be published.
    fn safe(&mut self, part: &Part, html: &str, span: Span) -> String {
        let mut out = String::with_capacity(html.len());
        for token in Tokenizer::new(html).flatten() {
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    let _ = write!(out, "<{name}");
                    for (key, value) in &tag.attributes {
                        let key: &[u8] = key;
                        let value = String::from_utf8_lossy(value).into_owned();
                        let value = if SETS.contains(&key) {
                            match self.raw_set(part, &value, span) {
                                Some(value) => value,
                                None => continue,
                            }
                        } else if ADDRESSES.contains(&key) {
                            match self.raw_address(part, key, &value, span) {
                                Some(value) => value,
                                None => continue,
                            }
                        } else if IDS.contains(&key) {
                            self.raw_ids(part, &value)
                        } else if key == b"srcdoc" {
                            self.safe(part, &value, span)
                        } else {
                            let addresses = hidden(&tag.name, key, &value);
                            let leaves_out = |address: &&str| {
                                escape::scheme(address).is_some_and(|scheme| escape::is_unsafe(&scheme, address))
                            };
                            if let Some(address) = addresses.into_iter().find(leaves_out) {
                                self.href(part.path, address, span);
                                continue;
                            }
                            value
                        };
                        let _ = write!(out, " {}=\"", String::from_utf8_lossy(key));
                        escape::text(&mut out, &value);
                        out.push('"');
                    }
                    out.push_str(if tag.self_closing { " />" } else { ">" });
                }
                Token::EndTag(tag) => {
                    let _ = write!(out, "</{}>", String::from_utf8_lossy(&tag.name));
                }
                Token::String(text) => escape::raw_text(&mut out, &String::from_utf8_lossy(&text)),
                Token::Doctype(_) | Token::Comment(_) | Token::Error(_) => {}
            }
        }
        out
    }

    /// Ids in raw HTML, as they are on the page.
    fn raw_ids(&self, part: &Part, value: &str) -> String {
        let ids = value.split_ascii_whitespace().map(|id| [self.prefix.as_str(), part.id(id)].concat());
        ids.collect::<Vec<_>>().join(" ")
    }

    /// Images to choose from, each with its width or density, resolved as one image is; `None` if none is left.
    fn raw_set(&mut self, part: &Part, value: &str, span: Span) -> Option<String> {
        let mut kept = Vec::new();
        let mut rest = value.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        while !rest.is_empty() {
            let (image, behind) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            // A comma right behind an address ends its entry; any other is part of it.
            let address = image.trim_end_matches(',');
            let (size, behind) = match address.len() < image.len() {
                true => ("", behind),
                false => behind.split_once(',').unwrap_or((behind, "")),
            };
            if let Some((address, _)) = self.source(part.path, address, span) {
                kept.push(format!("{address} {}", size.trim()).trim_end().to_owned());
            }
            rest = behind.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        }
        (!kept.is_empty()).then(|| kept.join(", "))
    }

    /// An address in raw HTML, resolved as in Markdown; `None` if it must not be published.
    fn raw_address(&mut self, part: &Part, key: &[u8], value: &str, span: Span) -> Option<String> {
        if let Some(scheme) = escape::scheme(value) {
            return match self.href(part.path, value, span) {
                Href::To(_) if !escape::is_unsafe(&scheme, value) => Some(value.to_owned()),
                _ => None,
            };
        }
        match key {
            b"href" => match self.href(part.path, value, span) {
                Href::To(href) => Some(href),
                Href::Broken => None,
            },
            b"src" | b"poster" => self.source(part.path, value, span).map(|(src, _)| src),
            _ => Some(value.to_owned()),
        }
    }
}

/// The addresses in the value of an attribute that holds others besides, or several, or one only on some elements.
fn hidden<'v>(element: &[u8], key: &[u8], value: &'v str) -> Vec<&'v str> {
    match key {
        b"ping" | b"archive" => value.split_whitespace().collect(),
        b"style" => {
            let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
            let parts = value.split(['(', '"', '\'']).skip(1);
            parts.map(|part| part.trim_start_matches(quotes)).collect()
        }
        // What an animation makes of an attribute, which may be an address.
        b"values" => value.split(';').collect(),
        b"to" | b"from" | b"by" => vec![value],
        b"content" if element == b"meta" => {
            let Some((_, url)) = value.split_once([';', ',']) else { return Vec::new() };
            let url = url.trim_start();
            let named = url.get(..3).filter(|name| name.eq_ignore_ascii_case("url"));
            let named = named.and_then(|_| url[3..].trim_start().strip_prefix('='));
            vec![named.unwrap_or(url).trim_start().trim_start_matches(['"', '\''])]
        }
        b"codebase" | b"classid" | b"manifest" | b"profile" | b"lowsrc" | b"dynsrc" | b"icon" => vec![value],
        _ => Vec::new(),
    }
}

/// The text of inline HTML.
pub(super) fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&', '\r', '\0']) {
        return html.to_owned();
    }
    let mut out = String::new();
    for token in Tokenizer::new(html).flatten() {
        if let Token::String(text) = token {
            out.push_str(&String::from_utf8_lossy(&text));
        }
    }
    out
}
