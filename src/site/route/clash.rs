//! Laid routes → those that cannot lie beside each other on every disk; never changes one.

use super::claims::Claim;
use super::{Recipe, Table, table};
use crate::diag::{Code, Diagnostic, Place, Span};
use crate::path::{SitePath, Url, folded, unfit as unfit_character};
use std::collections::HashSet;

/// What is said of a claim by `place` to an address that is `known` to have another one.
pub(super) fn taken(url: &Url, recipe: &Recipe, place: &Place, known: &Claim) -> Diagnostic {
    let message = format!("two sources for the address `{url}`");
    let note = Diagnostic::new(Code::UrlCollision, &place.path, place.span, message);
    let help = match (recipe, &known.recipe, &known.from) {
        (Recipe::Redirect(_), Recipe::Redirect(_), _) => {
            "readers can be led on to one page only: delete one of the two"
        }
        (Recipe::Redirect(_), Recipe::Copy(_), _) => "take the former address away: a file is there now",
        (Recipe::Redirect(_), ..) => "take the former address away: a page is there now",
        (Recipe::Copy(_), Recipe::Copy(_), _) => "delete or rename one of the two",
        (Recipe::Copy(_), ..) => "rename the file, or give the page another `slug:`",
        _ => "rename one of the two, or give it another `slug:`",
    };
    match &known.from {
        Some(other) => {
            let named = match recipe {
                Recipe::Redirect(_) => String::new(),
                _ => format!(" (the other is `{}`)", other.path),
            };
            note.related(&other.path, other.span, "the other one").help(format!("{help}{named}"))
        }
        None => note.help(help),
    }
}

/// What is said of a file that is published as it is, if its `name` cannot be published everywhere.
pub(super) fn unfit(name: &str, path: &SitePath) -> Option<Diagnostic> {
    let bad = unfit_character(name)?;
    let message = format!("the name of this file holds `{bad}`, which not every host can serve");
    let mended: String =
        name.chars().map(|c| if unfit_character(c.encode_utf8(&mut [0; 4])).is_some() { '-' } else { c }).collect();
    let help = format!("rename it, for instance to `{mended}`");
    Some(Diagnostic::new(Code::UrlName, path, Span::default(), message).help(help))
}

/// Reports addresses that differ by letter case only, and files where others need a folder. `list` is sorted, and
/// `by_url` gives the places in it.
pub(super) fn clashes(list: &[(Url, Claim)], by_url: &Table<Url, u32>, notes: &mut Vec<Diagnostic>) {
    let from = |url: &Url| {
        let at = *by_url.get(url)? as usize;
        // A folder's page that nobody wrote is there because of what lies in the folder.
        let below = list[at..].iter().take_while(|(other, _)| other.as_str().starts_with(url.as_str()));
        match &list[at].1 {
            Claim { recipe: Recipe::Folder(_), .. } => below.filter_map(|(_, claim)| claim.from.as_ref()).next(),
            claim => claim.from.as_ref(),
        }
    };
    // Of two addresses that are folded into one, at least one was not folded before.
    let folding: HashSet<String> =
        list.iter().filter(|(url, _)| !is_folded(url)).map(|(url, _)| folded(url.settled().as_str())).collect();
    let mut by_folded: Table<String, &Url> = table(folding.len());
    let files: HashSet<&str> = list.iter().filter_map(|(url, _)| file(url)).collect();
    for (url, claim) in list {
        if (!is_folded(url) || folding.contains(url.settled().as_str()))
            && let Some(other) = by_folded.insert(folded(url.settled().as_str()), url)
        {
            let Some(place) = from(url).or(from(other)) else { continue };
            let message =
                format!("`{url}` and `{other}` differ only by letter case, which Windows and macOS cannot tell apart");
            notes.push(beside(Code::UrlCase, place, message, from(other), "the other one"));
        }
        let inner = url.as_str().trim_start_matches('/');
        let folders = inner.match_indices('/').map(|(at, _)| &inner[..at]);
        let mut blocking = folders.filter_map(|folder| {
            if files.contains(folder) {
                return by_url.get_key_value(&*["/", folder].concat()).map(|(url, _)| url);
            }
            let above = folder.strip_suffix("index.html").filter(|above| above.is_empty() || above.ends_with('/'))?;
            by_url.get_key_value(&*["/", above].concat()).map(|(url, _)| url)
        });
        let Some(other) = blocking.next() else { continue };
        let message = format!("`{other}` is a file, so nothing can lie below it, as `{url}` would");
        match (&claim.from, from(other)) {
            (Some(place), file) => notes.push(beside(Code::UrlCollision, place, message, file, "the file")),
            // A list of our own would lie there: once is enough.
            (None, Some(file)) if !notes.iter().any(|note| note.place == *file) => {
                notes.push(beside(Code::UrlCollision, file, message, None, ""));
            }
            (None, _) => {}
        }
    }
}

fn beside(code: Code, place: &Place, message: String, other: Option<&Place>, what: &str) -> Diagnostic {
    let note = Diagnostic::new(code, &place.path, place.span, message);
    match other {
        Some(other) => note.help("rename one of the two").related(&other.path, other.span, what),
        None => note.help("rename it: Guidepost makes the other one"),
    }
}

/// Whether an address is its own folded form, as far as can be told without making it.
fn is_folded(url: &Url) -> bool {
    url.as_str().bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// The name of the file of an address that is not a folder's.
fn file(url: &Url) -> Option<&str> {
    let name = url.as_str().trim_start_matches('/');
    (!name.is_empty() && !name.ends_with('/')).then_some(name)
}
