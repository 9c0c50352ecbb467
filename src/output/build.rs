//! A project → its output folder, as a whole or not at all.

use super::{Copied, Durable, Output, Refused, Wait, Written};
use crate::project::{Listener, Progress, Project, Report, Request, page_of};
use crate::render::Content;
use crate::source::Known;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// How often a run starts again when files change under it.
const TRIES: usize = 3;

/// Where a build goes.
pub struct Out {
    /// The folder.
    pub folder: PathBuf,
    /// The home folder, which is never an output.
    pub home: Option<PathBuf>,
    /// What to do while another build holds the folder.
    pub wait: Wait,
    /// Whether every file is forced to disk.
    pub durable: Durable,
    /// Whether warnings count as errors.
    pub strict: bool,
}

/// How a build ended.
pub enum Built {
    /// The folder holds the site.
    Done {
        /// What was found.
        report: Report,
        /// What changed in the folder.
        written: Written,
    },
    /// The site has errors; the folder is as it was.
    Failed {
        /// What was found.
        report: Report,
    },
    /// The folder cannot be an output.
    Refused(Refused),
}

/// Builds the project into the folder.
pub fn build(request: &Request, out: &Out, listen: Listener) -> anyhow::Result<Built> {
    let output = match super::open(&request.root, &out.folder, out.home.as_deref(), out.wait)? {
        Ok(output) => output,
        Err(refused) => return Ok(Built::Refused(refused)),
    };
    for _ in 0..TRIES {
        let project = Project::open(request, &Known::empty(), listen)?;
        let Some(report) = fill(&project, &output, listen)? else { continue };
        if report.errors() > 0 || out.strict && report.warnings() > 0 {
            return Ok(Built::Failed { report });
        }
        listen(Progress::Writing);
        let written = output.commit(out.durable)?;
        return Ok(Built::Done { report, written });
    }
    anyhow::bail!("files of the project keep changing while they are read; try again")
}

/// Makes every output and stages it; `None` if files changed meanwhile.
fn fill(project: &Project, output: &Output, listen: Listener) -> anyhow::Result<Option<Report>> {
    let wanted: Vec<_> = project.routes().all().iter().collect();
    let notes = Mutex::new(Vec::new());
    let torn = Mutex::new(false);
    project.make(
        &wanted,
        &|url, recipe, artifact| {
            match artifact.content {
                Content::Bytes(bytes) => output.put(&url.file(), &bytes)?,
                Content::Copy(path) => {
                    let Some(file) = project.sources.get(path.as_str()) else { return Ok(()) };
                    let from = project.sources.root().join(path.as_str());
                    if matches!(output.copy(&url.file(), &from, file.hash)?, Copied::Torn) {
                        *torn.lock().unwrap_or_else(PoisonError::into_inner) = true;
                    }
                }
                Content::Failed => {}
            }
            if !artifact.notes.is_empty() {
                let found = artifact.notes.into_iter().map(|note| (note, page_of(recipe)));
                notes.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
            }
            Ok(())
        },
        listen,
    )?;
    if project.sources.torn().is_some() || torn.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Ok(None);
    }
    let mut report = project.report(notes.into_inner().unwrap_or_else(PoisonError::into_inner));
    report.rendered = wanted.len();
    Ok(Some(report))
}
