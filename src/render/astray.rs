//! A link or an image that leads nowhere → what to say of it; only words, from what the facts have answered.

use crate::diag::{Code, Diagnostic, Span};
use crate::path::{SitePath, folded};
use crate::site::CONTENT;
use crate::site::link::{anchor_help, relative};

/// What to do about a link to `file` in `path`, which is no page; `near` is what was perhaps meant by it.
pub fn no_page(path: &SitePath, file: &str, to: &SitePath, near: Option<&SitePath>) -> String {
    if let Some(address) = outside(file) {
        return format!("did you mean `{address}`?");
    }
    match near {
        Some(near) if near.as_str() != to.as_str() && is_same_to_the_eye(near, to) => {
            let name = near.file_name();
            format!(
                "`{name}` is there, written with other characters that look the same: rename the file to what the link says"
            )
        }
        // A folder, which has no page of its own.
        Some(near) if near.extension() != "md" => format!("did you mean `{}/`?", relative(path, near.as_str())),
        Some(near) => format!("did you mean `{}`?", relative(path, near.as_str())),
        None => "links name the page's Markdown file, such as `../fees.md`".to_owned(),
    }
}

/// Whether two paths differ only in how letters with accents are made up.
fn is_same_to_the_eye(a: &SitePath, b: &SitePath) -> bool {
    let lower = |path: &SitePath| path.as_str().to_lowercase();
    folded(a.as_str()) == folded(b.as_str()) && lower(a) != lower(b)
}

/// The full address that was meant by a link without a scheme.
fn outside(file: &str) -> Option<String> {
    if file.starts_with("www.") {
        return Some(format!("https://{file}"));
    }
    let (name, host) = file.split_once('@')?;
    let is_mail = !name.is_empty() && !file.contains(['/', ' ']) && host.contains('.') && !host.ends_with(".md");
    is_mail.then(|| format!("mailto:{file}"))
}

/// What is wrong with an image in `path` that names `file`, at `place` if that is in `content/`.
pub fn no_image(path: &SitePath, span: Span, file: &str, place: Option<&SitePath>) -> Diagnostic {
    let note = |message: String| Diagnostic::new(Code::ImageMissing, path, span, message);
    if outside(file).is_some_and(|address| address.starts_with("https:")) {
        return note(format!("there is no image `{file}`")).help(format!("did you mean `https://{file}`?"));
    }
    let hidden = place.and_then(|place| place.as_str().split('/').find(|part| part.starts_with('_')));
    if let Some(hidden) = hidden {
        let name = file.rsplit('/').next().unwrap_or(file);
        return note(format!("there is no image `{file}`"))
            .label(format!("`{hidden}` and what is in it is never published"))
            .help(format!("put it at `static/{name}`, and write `/{name}`"));
    }
    match place {
        Some(place) if place.extension() == "md" => note(format!("`{file}` is a text, not an image"))
            .help(format!("to link to it, take the `!` away: `[…]({file})`")),
        Some(place) => {
            note(format!("there is no image `{file}`")).help(format!("put it at `{place}`, or correct the name"))
        }
        None => note(format!("there is no image `{file}`"))
            .help(format!("images lie beside the page in `{CONTENT}/`, or in `static/`")),
    }
}

/// What is said of the link `file#fragment`; `others` are the account types whose pages have the anchor.
pub fn no_anchor(
    path: &SitePath,
    span: Span,
    file: &str,
    fragment: &str,
    near: Option<&str>,
    others: &[String],
) -> Diagnostic {
    let note = |message| Diagnostic::new(Code::LinkMissingAnchor, path, span, message);
    let message = format!("the page that this leads to has no anchor `#{fragment}`");
    let ids: Vec<&str> = others.iter().map(String::as_str).collect();
    match ids.first() {
        Some(first) => {
            let have = if ids.len() == 1 { "that of" } else { "those of" };
            let verb = if ids.len() == 1 { "has" } else { "have" };
            note(format!("{message}; only {have} {} {verb} it", crate::site::listed(&ids))).help(format!(
                "lead to one of them, with `{file}?for={first}#{fragment}`, or show the link only to them: `<!-- for: {} -->`",
                ids.join(", ")
            ))
        }
        None => note(message).help(anchor_help(near)),
    }
}
