//! A build's ledger → the first output that a clean build makes differently, with the template engine alone; renders
//! everything, writes nothing.

use crate::facts::Ask;
use crate::hash::Hash;
use crate::ledger::Ledger;
use crate::outlines::Outlines;
use crate::path::Url;
use crate::project::{Listener, Project, Rendering, Report, Request, page_of};
use crate::render::Content;
use crate::source::{Known, Sources};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// An output that a clean build makes differently.
pub struct Difference {
    /// Its address; `None` if the outputs are equal, but what is said of them is not.
    pub url: Option<Url>,
    /// What differs.
    pub what: String,
    /// The questions that it asked, and whether the answers were the same.
    pub asked: Vec<(Ask, bool)>,
}

/// Compares the build of `ledger` and `report` with a clean one.
pub(super) fn verify(
    request: &Request,
    ledger: &Ledger,
    report: &Report,
    listen: Listener,
) -> anyhow::Result<Option<Difference>> {
    let sources = Sources::read(&request.root, &Known::empty(), request.now)?;
    let request = Request { rendering: Rendering::Engine, ..request.clone() };
    let project = Project::open(&request, sources, &Outlines::empty(), listen)?;
    let wanted: Vec<_> = project.routes().all().iter().collect();
    let made: Mutex<BTreeMap<Url, Hash>> = Mutex::default();
    let notes = Mutex::new(Vec::new());
    project.make(
        &wanted,
        &|url, recipe, artifact| {
            let hash = match artifact.content {
                Content::Bytes(bytes) => Some(Hash::of(&bytes)),
                Content::Copy(path) => project.sources.get(path.as_str()).map(|file| file.hash),
                Content::Failed => None,
            };
            if let Some(hash) = hash {
                made.lock().unwrap_or_else(PoisonError::into_inner).insert(url.clone(), hash);
            }
            let found = artifact.notes.into_iter().map(|note| (note, page_of(recipe)));
            notes.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
            Ok(())
        },
        listen,
    )?;
    let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (url, hash) in &made {
        let Some(row) = ledger.row(url.as_str()) else {
            return Ok(Some(difference(url, "a clean build writes it, this build did not", Vec::new())));
        };
        if row.hash != *hash {
            let world = project.world().expect("outputs were made of it");
            let asked = ledger.asked(row).into_iter();
            let asked = asked.map(|(ask, hash)| (ask.clone(), world.fingerprint(&ask) == hash)).collect();
            return Ok(Some(difference(url, "a clean build gives other bytes", asked)));
        }
    }
    for url in ledger.urls() {
        if !made.contains_key(url) {
            return Ok(Some(difference(&Url::new(url), "this build wrote it, a clean build does not", Vec::new())));
        }
    }
    let clean = project.report(notes.into_inner().unwrap_or_else(PoisonError::into_inner));
    if clean.diagnostics != report.diagnostics {
        let first = clean.diagnostics.iter().zip(&report.diagnostics).find(|(a, b)| a != b);
        let what = match first {
            Some(((_, clean), _)) => format!("a clean build says something else: {}", clean.message),
            None => "a clean build says more or less".to_owned(),
        };
        return Ok(Some(Difference { url: None, what, asked: Vec::new() }));
    }
    Ok(None)
}

fn difference(url: &Url, what: &str, asked: Vec<(Ask, bool)>) -> Difference {
    Difference { url: Some(url.clone()), what: what.to_owned(), asked }
}
