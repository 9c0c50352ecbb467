//! Which files are text, and what to say of one that is not; never guesses an encoding on an author's behalf.

use super::{File, Role};
use crate::diag::{Code, Diagnostic};
use crate::path::SitePath;

/// Whether the file's text is needed, so that anything else in it is a mistake. What is only published as it is may
/// be in any encoding.
pub(super) fn must_be_text(path: &SitePath, role: Role) -> bool {
    match role {
        Role::Settings | Role::Page | Role::Snippet | Role::Template => true,
        Role::Asset => false,
        Role::Static => {
            let themes = path.below("static/theme").is_some() || path.as_str() == "static/brand.css";
            themes && is_text_name(path)
        }
    }
}

/// Whether `Sources::text` may be asked for it.
pub(super) fn may_be_text(file: &File) -> bool {
    match file.role {
        Role::Settings | Role::Page | Role::Snippet | Role::Template => true,
        Role::Asset => false,
        Role::Static => is_text_name(&file.path),
    }
}

fn is_text_name(path: &SitePath) -> bool {
    matches!(path.extension().as_str(), "css" | "js" | "svg" | "html" | "txt" | "xml" | "json")
}

/// A text file above the limit.
pub(super) fn too_large(path: &SitePath, size: u64, most: u64) -> Diagnostic {
    let message = format!("`{path}` has {} MB; a text file has at most {} MB", size.div_ceil(1 << 20), most >> 20);
    Diagnostic::new(Code::ReadTooLarge, path, 0..0, message)
        .help("split it, or move it to `static/` to publish it as it is")
}

/// A text file with a byte in it that UTF-8 does not have.
pub(super) fn not_utf8(path: &SitePath, bytes: &[u8]) -> Diagnostic {
    let at = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let line_start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
    let column = 1 + String::from_utf8_lossy(&bytes[line_start..at]).chars().count();
    let message =
        format!("`{path}` is not UTF-8: the byte 0x{:02X} in line {line}, column {column} means nothing", bytes[at]);
    let help = match likely(bytes) {
        Some(encoding) => format!(
            "it is most likely {encoding}; save it as UTF-8, or run `iconv -f {encoding} -t utf-8 {path} > new` and put `new` in its place"
        ),
        None => "it does not look like text; move it to another folder, or give it another ending".to_owned(),
    };
    Diagnostic::new(Code::ReadNotUtf8, path, at..at + 1, message).label("not UTF-8").help(help)
}

/// The encoding that bytes which are not UTF-8 are most likely in, by its name for `iconv`; `None` if they are no text.
fn likely(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(4096)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    match start {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("utf-16"),
        _ if zeros(1) * 4 > start.len() => Some("utf-16le"),
        _ if zeros(0) * 4 > start.len() => Some("utf-16be"),
        _ if start.contains(&0) => None,
        _ => Some("windows-1252"),
    }
}
