//! A project → what is wrong with it; renders everything and writes nothing.

use crate::outlines::Outlines;
use crate::project::{Listener, Progress, Project, Report, Request, page_of};
use crate::source::{Known, Sources};
use std::sync::{Mutex, PoisonError};

/// How often a run starts again when files change under it.
const TRIES: usize = 3;

/// Checks the project.
pub fn check(request: &Request, listen: Listener) -> anyhow::Result<Report> {
    for _ in 0..TRIES {
        listen(Progress::Reading);
        let sources = Sources::read(&request.root, &Known::empty(), request.now)?;
        let project = Project::open(request, sources, &Outlines::empty(), listen)?;
        let wanted: Vec<_> = project.routes().all().iter().collect();
        let notes = Mutex::new(Vec::new());
        project.make(
            &wanted,
            &|_, recipe, artifact| {
                let found = artifact.notes.into_iter().map(|note| (note, page_of(recipe)));
                notes.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                Ok(())
            },
            listen,
        )?;
        if project.sources.torn().is_none() {
            let mut report = project.report(notes.into_inner().unwrap_or_else(PoisonError::into_inner));
            report.rendered = wanted.len();
            return Ok(report);
        }
    }
    anyhow::bail!("files of the project keep changing while they are read; try again")
}
