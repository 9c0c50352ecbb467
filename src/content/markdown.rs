//! Markdown → events with the file's byte offsets; the only place that sets up the parser.

use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

/// How deep blocks may nest. Real texts stay below ten; the limit keeps recursion over a text's structure safe.
pub const MAX_DEPTH: usize = 100;

/// An event and the bytes of the file that it came from.
pub type Piece<'a> = (Event<'a>, Span);

/// A text, parsed.
pub struct Parsed<'a> {
    /// Its events, in order.
    pub events: Vec<Piece<'a>>,
    /// Links and images whose address stands in a definition: their places and those of the definitions, in order.
    pub defined: Vec<(Span, Span)>,
}

/// CommonMark with what GitHub adds, and definition lists.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

/// The events of `text` from byte `body` on.
///
/// A text that nests deeper than [`MAX_DEPTH`] gives a diagnostic at the place where it does, and no events.
pub fn events<'a>(text: &'a str, body: usize, path: &SitePath) -> Result<Parsed<'a>, Box<Diagnostic>> {
    let mut events = Vec::with_capacity((text.len() - body) / 16 + 16);
    let mut defined = Vec::new();
    let mut depth = 0usize;
    let mut parser = Parser::new_ext(&text[body..], options()).into_offset_iter();
    while let Some((event, range)) = parser.next() {
        let span = Span::new(range.start + body, range.end + body);
        match &event {
            Event::Start(tag) => {
                depth += 1;
                if let Some(label) = label(tag)
                    && let Some(definition) = parser.reference_definitions().get(label)
                {
                    let place = &definition.span;
                    defined.push((span, Span::new(place.start + body, place.end + body)));
                }
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            let at = Span::new(span.start as usize, text.len().min(span.start as usize + 1));
            let note = Diagnostic::new(
                Code::TextTooDeep,
                path,
                at,
                format!("this is nested more than {MAX_DEPTH} levels deep"),
            )
            .help("take some of the `>`, `-` or emphasis marks away");
            return Err(Box::new(note));
        }
        events.push((event, span));
    }
    Ok(Parsed { events, defined })
}

/// The label of the definition in which the address of a link or an image stands, if it does not stand there itself.
fn label<'t>(tag: &'t Tag) -> Option<&'t str> {
    match tag {
        Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. } => {
            matches!(link_type, LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut).then_some(id)
        }
        _ => None,
    }
}
