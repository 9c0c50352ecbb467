//! Laid routes → those that cannot lie beside each other on every disk; never changes one.

use super::claims::Claim;
use super::{Recipe, Table, table};
use crate::diag::{Code, Diagnostic, Place};
use crate::path::{Url, folded};
use std::collections::HashSet;

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
        list.iter().filter(|(url, _)| !is_folded(url)).map(|(url, _)| folded(url.as_str())).collect();
    let mut by_folded: Table<String, &Url> = table(folding.len());
    let files: HashSet<&str> = list.iter().filter_map(|(url, _)| file(url)).collect();
    for (url, claim) in list {
        if (!is_folded(url) || folding.contains(url.as_str()))
            && let Some(other) = by_folded.insert(folded(url.as_str()), url)
        {
            let Some(place) = from(url).or(from(other)) else { continue };
            let message =
                format!("`{url}` and `{other}` differ only by letter case, which Windows and macOS cannot tell apart");
            notes.push(beside(Code::UrlCase, place, message, from(other), "the other one"));
        }
        let Some(place) = &claim.from else { continue };
        let inner = url.as_str().trim_start_matches('/');
        let folders = inner.match_indices('/').map(|(at, _)| &inner[..at]);
        let mut blocking = folders.filter_map(|folder| {
            if files.contains(folder) {
                return by_url.get_key_value(&*["/", folder].concat()).map(|(url, _)| url);
            }
            let above = folder.strip_suffix("index.html").filter(|above| above.is_empty() || above.ends_with('/'))?;
            by_url.get_key_value(&*["/", above].concat()).map(|(url, _)| url)
        });
        if let Some(other) = blocking.next() {
            let message = format!("`{other}` is a file, so nothing can lie below it, as `{url}` would");
            notes.push(beside(Code::UrlCollision, place, message, from(other), "the file"));
        }
    }
}

fn beside(code: Code, place: &Place, message: String, other: Option<&Place>, what: &str) -> Diagnostic {
    let note = Diagnostic::new(code, &place.path, place.span, message).help("rename one of the two");
    match other {
        Some(other) => note.related(&other.path, other.span, what),
        None => note,
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
