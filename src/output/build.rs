//! A project → its output folder, as a whole or not at all, and no more of it rendered than has changed.
//!
//! A build that finds nothing changed ends before the site is assembled; a clean build is a build whose ledger is empty.

use super::verify::{Difference, verify};
use super::{Copied, Durable, Output, Refused, Wait, Written, cache_name};
use crate::cache::Cache;
use crate::day::Day;
use crate::diag::{Diagnostic, Severity};
use crate::facts::Ask;
use crate::hash::{Feed, Hash};
use crate::ledger::{self, Book, Change, Ledger, Standing, Was};
use crate::outlines::{self, Outlines, Saving};
use crate::path::SitePath;
use crate::project::{Listener, Progress, Project, Report, Request, page_of};
use crate::render::Content;
use crate::source::{Known, Origin, Sources};
use serde::{Deserialize, Serialize};
use std::hash::Hash as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a run starts again when files change under it.
const TRIES: usize = 3;

/// Where a build goes, and how.
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
    /// Whether a file's time may stand for its content.
    pub times: Times,
    /// Whether everything is rendered besides, and compared.
    pub proof: Proof,
    /// What is kept of the outputs for the next build.
    pub keep: Keep,
}

/// What is kept of the outputs for the next build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// A ledger of what they asked.
    Ledger,
    /// Nothing, so that it renders all of them. The command line does not offer it: it is there to measure what the
    /// ledger costs.
    Nothing,
}

/// Whether a file's time and size may save hashing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Where they are old enough to be certain.
    Trusted,
    /// Never: every source is hashed.
    Ignored,
}

/// Whether a build is checked against a clean one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No.
    None,
    /// Everything is rendered besides, and compared.
    Full,
}

/// How a build ended.
pub enum Built {
    /// The folder holds the site.
    Done {
        /// What was found.
        report: Report,
        /// What changed in the folder.
        written: Written,
        /// The project, and the names and hashes of all files, for whoever publishes them; `None` if it was found that
        /// nothing had changed, which a build that is proved does not look for.
        made: Option<Box<Made>>,
    },
    /// The site has errors; the folder is as it was.
    Failed {
        /// What was found.
        report: Report,
    },
    /// A clean build gives something else: a mistake of ours. The folder is as it was.
    Differs(Box<Difference>),
    /// The folder cannot be an output.
    Refused(Refused),
}

/// What was built.
pub struct Made {
    /// The project that it was built from.
    pub project: Project,
    /// Every file, and the hash of its bytes.
    pub files: Vec<(Box<str>, Hash)>,
}

/// What the last finished build found, and of what.
#[derive(Serialize, Deserialize)]
struct Last {
    /// The hash of everything that it was made from but the dates.
    stamp: Hash,
    /// The names and hashes of all that it wrote. A note that is older than the output is of no use.
    wrote: Hash,
    /// The days that it asked about, and whether they had come.
    days: Vec<(Day, bool)>,
    diagnostics: Vec<(Severity, Diagnostic)>,
    pages: Vec<(String, usize)>,
    skipped: Vec<(SitePath, String)>,
    outputs: usize,
}

/// Builds the project into the folder.
pub fn build(request: &Request, out: &Out, listen: Listener) -> anyhow::Result<Built> {
    for _ in 0..TRIES {
        let output = match super::open(&request.root, &out.folder, out.home.as_deref(), out.wait)? {
            Ok(output) => output,
            Err(refused) => return Ok(Built::Refused(refused)),
        };
        if let Some(built) = attempt(request, out, output, listen)? {
            return Ok(built);
        }
    }
    anyhow::bail!("files of the project keep changing while they are read; try again")
}

/// One attempt; `None` if files changed under it.
fn attempt(request: &Request, out: &Out, output: Output, listen: Listener) -> anyhow::Result<Option<Built>> {
    let cache = Cache::open(&request.root);
    let own = cache_name(&request.root, &out.folder, "");
    let of_output = |name: &str| format!("{own}{name}");
    ["known", &of_output("last")].iter().for_each(|name| cache.sweep(name));
    let mut remarks: Vec<String> =
        cache.off().map(|why| format!("nothing is kept for the next build: {why}")).into_iter().collect();
    let mut load = |name: &str| -> Option<Vec<u8>> {
        match cache.load(name) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                remarks.push(format!("{}: {why}", name.rsplit('/').next().unwrap_or(name)));
                None
            }
        }
    };
    listen(Progress::Reading);
    let known: Known = load("known").and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default();
    let none = Known::empty();
    let trusted = if out.times == Times::Trusted { &known } else { &none };
    // A folder is listed by one thread.
    let (sources, intact) = rayon::join(|| Sources::read(&request.root, trusted, request.now), || output.intact());
    let sources = sources?;
    let stamp = stamp(&sources, request);
    let last: Option<Last> = load(&of_output("last")).and_then(|bytes| postcard::from_bytes(&bytes).ok());
    if let Some(last) = last
        && out.proof == Proof::None
        && last.stamp == stamp
        && last.wrote == Hash::of_value(&output.manifest().entries())
        && last.days.iter().all(|(day, come)| (request.today >= *day) == *come)
        && intact.iter().all(|is_intact| *is_intact)
    {
        if !known.is_settled() {
            remarks.extend(save(&cache, "known", &sources.known()));
        }
        let report = unchanged(last, sources, remarks);
        if report.errors() == 0 && (!out.strict || report.warnings() == 0) {
            let written = output.commit_nothing();
            return Ok(Some(Built::Done { report, written, made: None }));
        }
        return Ok(Some(Built::Failed { report }));
    }
    let (outlines, [kept, since]) = rayon::join(
        || outlines::NAMES.map(|name| load(name).unwrap_or_default()),
        || ledger::NAMES.map(|name| cache.load(&of_output(name))),
    );
    let outlines = Outlines::read(outlines).unwrap_or_else(|why| {
        remarks.push(format!("outlines: {why}"));
        Outlines::empty()
    });
    let kept = kept.unwrap_or_else(|why| {
        remarks.push(format!("ledger: {why}"));
        Vec::new()
    });
    let since = since.unwrap_or_default();
    // Much of the one is for one thread, and so is the other.
    let (project, ledger) =
        rayon::join(|| Project::open(request, sources, &outlines, listen), || Ledger::read(&kept, &since));
    let project = project?;
    let ledger = ledger.unwrap_or_else(|why| {
        remarks.extend((!kept.is_empty()).then(|| format!("ledger: {why}")));
        Ledger::default()
    });
    let made = project.world().map(|world| (Was::of(world), &**world));
    let change = match &made {
        Some((now, world)) => ledger.change(now, world, |path, role, hash| outlines.earlier(path, role, hash)),
        None => Change::Anything,
    };
    // What was parsed is right whatever becomes of the site, and in the way while it is rendered.
    let save_outlines = || match outlines.write() {
        Saving::Nothing => Ok(()),
        Saving::Second(pieces) => cache.save_pieces(outlines::NAMES[1], &pieces),
        Saving::Both([first, second]) => {
            let saved = cache.save_pieces(outlines::NAMES[0], &first);
            saved.and_then(|()| cache.save_pieces(outlines::NAMES[1], &second))
        }
    };
    let (saved, standing) = rayon::join(save_outlines, || stand(&project, &output, &intact, &ledger, &change));
    remarks.extend(saved.err().map(|why| format!("outlines are not kept for the next build: {why}")));
    let kept = standing.kept.clone();
    let Some((mut report, book)) = fill(&project, &output, standing, out.keep, listen)? else { return Ok(None) };
    let rows = || kept.iter().map(|kept| kept.row);
    let close = || match (&made, out.keep) {
        (Some((now, world)), Keep::Ledger) => Some(book.close(now, world, &ledger, rows())),
        _ => None,
    };
    if out.proof == Proof::Full && report.errors() == 0 {
        let whole = made.as_ref().map(|(now, world)| book.whole(now, world, &ledger, rows())).unwrap_or_default();
        let whole = Ledger::read(&whole, &[]).unwrap_or_default();
        if let Some(difference) = verify(request, &whole, &report, listen)? {
            return Ok(Some(Built::Differs(Box::new(difference))));
        }
    }
    let save_known = || save(&cache, "known", &project.sources.known());
    if report.errors() > 0 || out.strict && report.warnings() > 0 {
        remarks.extend(save_known());
        report.remarks = remarks;
        return Ok(Some(Built::Failed { report }));
    }
    listen(Progress::Writing);
    let files = output.planned();
    let last = || Last {
        stamp,
        wrote: Hash::of_value(&files),
        days: days(&project, request),
        diagnostics: report.diagnostics.clone(),
        pages: report.pages.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        skipped: report.skipped.clone(),
        outputs: project.routes().all().len(),
    };
    let (written, (noted, last, remark)) =
        rayon::join(|| output.commit(out.durable), || (close(), last(), save_known()));
    let written = written?;
    remarks.extend(remark);
    // Only now: what a ledger says of a file must be true when it is read.
    let [first, second] = ledger::NAMES.map(of_output);
    match noted {
        Some(ledger::Saving::First(bytes)) => {
            remarks.extend(save_bytes(&cache, &first, &bytes));
            if !since.is_empty() {
                remarks.extend(save_bytes(&cache, &second, &[]));
            }
        }
        Some(ledger::Saving::Second(bytes)) => remarks.extend(save_bytes(&cache, &second, &bytes)),
        None => {}
    }
    remarks.extend(save(&cache, &of_output("last"), &last));
    report.remarks = remarks;
    Ok(Some(Built::Done { report, written, made: Some(Box::new(Made { project, files })) }))
}

/// Saves a value; gives what there is to remark on that.
fn save<T: Serialize>(cache: &Cache, name: &str, value: &T) -> Option<String> {
    match postcard::to_stdvec(value) {
        Ok(bytes) => save_bytes(cache, name, &bytes),
        Err(error) => Some(format!("{name}: {error}")),
    }
}

fn save_bytes(cache: &Cache, name: &str, bytes: &[u8]) -> Option<String> {
    let why = cache.save(name, bytes).err()?;
    Some(format!("{} is not kept for the next build: {why}", name.rsplit('/').next().unwrap_or(name)))
}

/// The hash of everything that a build depends on, but for the dates: every file, and what was asked for.
fn stamp(sources: &Sources, request: &Request) -> Hash {
    let mut feed = Feed::default();
    (&request.base_url, &request.hosts, request.drafts).hash(&mut feed);
    let files = Hash::of_list(sources.files(), |file, feed| {
        (&file.path, file.role, file.origin == Origin::Theme, file.hash).hash(feed);
    });
    files.hash(&mut feed);
    for (path, _) in sources.skipped() {
        path.hash(&mut feed);
    }
    for note in sources.notes() {
        note.hash(&mut feed);
    }
    feed.hash()
}

/// The days that outputs asked about, or that were looked at before, and whether they have come.
fn days(project: &Project, request: &Request) -> Vec<(Day, bool)> {
    let known = project.world().map(|world| world.known()).unwrap_or_default();
    let of_pages = project.world().map(|world| world.site.days()).unwrap_or_default();
    let mut days: Vec<(Day, bool)> = known
        .iter()
        .filter_map(|known| match known.ask {
            Ask::Due(day) => Some((day, request.today >= day)),
            _ => None,
        })
        .chain(of_pages.into_iter().map(|day| (day, request.today >= day)))
        .collect();
    days.sort();
    days.dedup();
    days
}

/// The report of a build that finds everything as the last one left it.
fn unchanged(last: Last, sources: Sources, remarks: Vec<String>) -> Report {
    Report {
        diagnostics: last.diagnostics,
        sources: Arc::new(sources),
        pages: crate::project::kinds(&last.pages),
        skipped: last.skipped,
        rendered: 0,
        kept: last.outputs,
        reasons: Vec::new(),
        remarks,
    }
}

/// Which outputs are still right, and are in the folder as the last build left them.
fn stand<'l>(project: &Project, output: &Output, intact: &[bool], ledger: &'l Ledger, change: &Change) -> Standing<'l> {
    let Some(world) = project.world() else { return Standing::default() };
    let manifest = output.manifest();
    ledger.advance(world, change, &|url, hash| {
        manifest.position(&url.file()).filter(|at| intact[*at] && manifest.entries()[*at].1 == hash)
    })
}

/// Keeps what is still right, makes the rest and stages it. Gives what was found and what was made; `None` if files
/// changed meanwhile.
fn fill(
    project: &Project,
    output: &Output,
    standing: Standing,
    keep: Keep,
    listen: Listener,
) -> anyhow::Result<Option<(Report, Book)>> {
    let book = Book::default();
    let mut kept_notes: Vec<(Diagnostic, Option<SitePath>)> = Vec::new();
    let routes = project.routes().all();
    output.keep(standing.kept.iter().map(|kept| kept.file))?;
    for kept in &standing.kept {
        kept_notes.extend(kept.row.notes().into_iter().map(|note| (note, page_of(&routes[kept.route].1))));
    }
    let wanted: Vec<_> = standing.stale.iter().map(|(index, _)| &routes[*index]).collect();
    let notes = Mutex::new(kept_notes);
    let torn = AtomicBool::new(false);
    project.make(
        &wanted,
        &|url, recipe, artifact| {
            let hash = match artifact.content {
                Content::Bytes(bytes) => Some(output.put(&url.file(), &bytes)?),
                Content::Copy(path) => {
                    let Some(file) = project.sources.get(path.as_str()) else { return Ok(()) };
                    let from = project.sources.root().join(path.as_str());
                    if matches!(output.copy(&url.file(), &from, file.hash)?, Copied::Torn) {
                        torn.store(true, Ordering::Relaxed);
                    }
                    Some(file.hash)
                }
                Content::Failed => None,
            };
            if !artifact.notes.is_empty() {
                let found = artifact.notes.iter().map(|note| (note.clone(), page_of(recipe)));
                notes.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
            }
            if let (Some(hash), Some(world), Keep::Ledger) = (hash, project.world(), keep) {
                book.enter(world, (url, recipe), hash, artifact.asked, &artifact.notes);
            }
            Ok(())
        },
        listen,
    )?;
    if project.sources.torn().is_some() || torn.into_inner() {
        return Ok(None);
    }
    let mut report = project.report(notes.into_inner().unwrap_or_else(PoisonError::into_inner));
    report.rendered = wanted.len();
    report.kept = standing.kept.len();
    report.reasons = standing.stale.into_iter().map(|(index, reason)| (routes[index].0.clone(), reason)).collect();
    Ok(Some((report, book)))
}
