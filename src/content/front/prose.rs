//! The texts of front matter that readers see → their values, and what in them does not come out as it was written.

use super::Text;
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::{Node, Reader, quoted};

/// A text that is shown as it stands.
pub(super) fn prose(reader: &mut Reader, key: &str, node: &Node) -> Option<Text> {
    let text = reader.text(key, node).map(Text::from)?;
    let path = reader.block.path;
    if let Some(open) = text.find("{{").filter(|open| text[*open..].contains("}}")) {
        let written = reader.block.written(node.span);
        let at = written.find("{{").map_or(node.span, |at| {
            let end = written[at..].find("}}").map_or(written.len(), |end| at + end + 2);
            Span::new(node.span.start as usize + at, node.span.start as usize + end)
        });
        let message = format!("variables do not work in `{key}`: readers see the braces");
        let name = text[open..].trim_start_matches(['{', ' ']).split(['}', ' ']).next().unwrap_or_default();
        let note = Diagnostic::new(Code::FrontVariable, path, at, message).label("stays as it is");
        reader.notes.push(note.help(format!("write the value of `{name}` here, or move the sentence into the text")));
    }
    // `# why` is a remark; `#5` was most likely meant as a part of the text.
    let behind = &reader.block.text[node.span.end as usize - reader.block.offset..];
    let line = behind[..behind.find(['\n', '\r']).unwrap_or(behind.len())].trim_end();
    let comment = line.trim_start();
    let is_cut = comment.len() < line.len() && comment[1..].starts_with(|c: char| c.is_alphanumeric());
    if comment.starts_with('#') && is_cut && !reader.block.written(node.span).starts_with(['"', '\'']) {
        let end = node.span.end as usize;
        let at = Span::new(end + line.len() - comment.len(), end + line.len());
        let fixed = quoted(&format!("{text}{line}"));
        let note = Diagnostic::new(Code::FrontComment, path, at, format!("`#` ends `{key}` here: it starts a comment"));
        let note = note.label("read as a comment").help(format!("put the text in quotes: `{key}: {fixed}`"));
        reader.notes.push(note.fix(Span::new(node.span.start as usize, at.end as usize), fixed));
    }
    Some(text)
}
