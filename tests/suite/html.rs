//! HTML → its tokens, by html5gum; never a tree, never a repair.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use std::collections::BTreeMap;

/// A piece of HTML. Entities are decoded; comments and doctypes are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A start tag; attributes by name.
    Start(String, BTreeMap<String, String>),
    /// An end tag.
    End(String),
    /// Text, as long as it goes on.
    Text(String),
}

/// The tokens of a page. Scripts and styles are one text each.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut pieces: Vec<Piece> = Vec::new();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token.expect("reading from memory cannot fail") {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(&value.value))).collect();
                pieces.push(Piece::Start(text(&tag.name), attributes));
            }
            Token::EndTag(tag) => pieces.push(Piece::End(text(&tag.name))),
            Token::String(string) => match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text(&string.value)),
                _ => pieces.push(Piece::Text(text(&string.value))),
            },
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    pieces
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn tokens_are_decoded_and_scripts_are_text() {
    let html = "<!DOCTYPE html><p class=a>1 &lt; 2<!-- no -->!</p><script>if (a < b) \"</p>\"</script>";
    assert_eq!(
        pieces(html),
        [
            Piece::Start("p".into(), [("class".to_owned(), "a".to_owned())].into()),
            Piece::Text("1 < 2!".into()),
            Piece::End("p".into()),
            Piece::Start("script".into(), BTreeMap::new()),
            Piece::Text("if (a < b) \"</p>\"".into()),
            Piece::End("script".into()),
        ]
    );
}
