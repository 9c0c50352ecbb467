//! What was heard of the disk → the site as it is now; the last good one stays until there is a better one.
//!
//! What the watcher hears is a hint. What counts is what is on disk when somebody looks: a request first lets
//! everything that was heard come true, and an answer is made of one state of the site only.

use super::pages::Pages;
use super::tabs::Tabs;
use crate::cache::{self, Cache};
use crate::diag::{Code, Severity};
use crate::outlines::{self, Outlines};
use crate::path::SitePath;
use crate::project::{Project, Report, Request};
use crate::source::{Known, Origin, Sources};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Front matter that is wrong in a file younger than this may only be half written.
const YOUNG: Duration = Duration::from_millis(50);

/// An empty file younger than this is about to be filled: many editors empty a file before they write it, and on a busy
/// machine that takes them a while.
const EMPTY: Duration = Duration::from_millis(300);

/// How often files are read again that change while they are read.
const TRIES: usize = 5;

/// Diagnostics as text for people.
pub type Printed = Box<dyn Fn(&Report) -> Vec<(Severity, String)> + Send + Sync>;

/// The site that is previewed.
pub struct Live {
    /// What is previewed.
    pub request: Request,
    /// How diagnostics are written.
    pub printed: Printed,
    /// Pages that were asked for.
    pub pages: Pages,
    /// Pages that are open in browsers.
    pub tabs: Tabs,
    heard: Mutex<Heard>,
    bell: Condvar,
    disk: Mutex<Sources>,
    shown: RwLock<Arc<Shown>>,
}

/// The site in one of its states.
pub struct Shown {
    /// Counts states.
    pub number: u64,
    /// The last project that could be rendered, if there was one.
    pub good: Option<Arc<Project>>,
    /// The project as it is, which may be broken.
    pub latest: Arc<Project>,
}

impl Shown {
    /// The project that pages are made of.
    pub fn project(&self) -> &Arc<Project> {
        self.good.as_ref().unwrap_or(&self.latest)
    }

    /// The path that the site's addresses begin with, with a slash at both ends, percent-encoded.
    pub fn base(&self) -> &str {
        self.good.as_ref().and_then(|good| good.world()).map_or("/", |world| &world.site.config.url.path)
    }
}

/// What was heard of, and not looked at yet.
#[derive(Default)]
struct Heard {
    paths: BTreeSet<SitePath>,
    everything: bool,
    first: Option<Instant>,
    last: Option<Instant>,
    updates: Vec<Update>,
}

impl Heard {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.everything
    }
}

/// A change of state that has not been told yet.
pub struct Update {
    /// The files that changed, in order.
    pub files: Vec<SitePath>,
    /// How long it took to understand them.
    pub took: Duration,
}

/// What there is to do, for the one who waits.
pub enum Work {
    /// Something was heard, and then it was quiet.
    Heard,
    /// States changed that nobody was told of.
    Tell(Vec<Update>),
}

impl Live {
    /// Opens the project.
    pub fn open(request: Request, printed: Printed) -> anyhow::Result<Live> {
        let (known, outlines) = remembered(&request.root);
        let sources = Sources::read(&request.root, &known, request.now)?;
        let project = Arc::new(Project::open(&request, sources, &outlines, &|_| ())?);
        let good = project.world().is_some().then(|| Arc::clone(&project));
        Ok(Live {
            disk: Mutex::new(project.sources.refreshed(&[], request.now)?),
            shown: RwLock::new(Arc::new(Shown { number: 0, good, latest: project })),
            request,
            printed,
            pages: Pages::default(),
            tabs: Tabs::default(),
            heard: Mutex::default(),
            bell: Condvar::new(),
        })
    }

    /// The site in its present state.
    pub fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note that these files may have changed.
    pub fn hear(&self, paths: impl IntoIterator<Item = SitePath>) {
        let mut heard = self.heard();
        heard.paths.extend(paths);
        self.rung(heard);
    }

    /// Takes note that anything may have changed.
    pub fn hear_everything(&self) {
        let mut heard = self.heard();
        heard.everything = true;
        self.rung(heard);
    }

    fn rung(&self, mut heard: MutexGuard<Heard>) {
        if heard.is_empty() {
            return;
        }
        let now = Instant::now();
        heard.first.get_or_insert(now);
        heard.last = Some(now);
        self.bell.notify_all();
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do. One changed file is acted on after 5 ms of quiet; more of them are waited
    /// for a little longer, for they may be one change.
    pub fn wait(&self) -> Work {
        let mut heard = self.heard();
        loop {
            if !heard.updates.is_empty() {
                return Work::Tell(std::mem::take(&mut heard.updates));
            }
            let (Some(first), Some(last)) = (heard.first, heard.last) else {
                heard = self.bell.wait(heard).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let quiet = if heard.everything || heard.paths.len() > 1 { 25 } else { 5 };
            let until = (last + Duration::from_millis(quiet)).min(first + Duration::from_millis(300));
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                return Work::Heard;
            };
            heard = self.bell.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets everything come true that was heard so far. If it is being done by somebody else, waits until it is.
    pub fn settle(&self) -> anyhow::Result<()> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let (paths, everything) = {
            let mut heard = self.heard();
            (heard.first, heard.last) = (None, None);
            (std::mem::take(&mut heard.paths), std::mem::take(&mut heard.everything))
        };
        if paths.is_empty() && !everything {
            return Ok(());
        }
        let start = Instant::now();
        let heard: Vec<SitePath> = paths.into_iter().collect();
        let now = jiff::Timestamp::now;
        let sources = if everything { disk.reread(now())? } else { disk.refreshed(&heard, now())? };
        let before = self.shown();
        if before.latest.changed(&sources).is_empty() {
            *disk = sources;
            return Ok(());
        }
        let (mut project, mut files) = self.understood(&before, sources)?;
        while let Some(left) = half_written(&project, &files).filter(|_| start.elapsed() < 2 * EMPTY) {
            std::thread::sleep(left.min(YOUNG / 2));
            let sources = project.sources.refreshed(&files, now())?;
            if !project.changed(&sources).is_empty() {
                (project, files) = self.understood(&before, sources)?;
            }
        }
        // The sources of a project may be told later that they were torn; these are only for comparing.
        *disk = project.sources.refreshed(&[], now())?;
        if files.is_empty() {
            return Ok(());
        }
        let latest = Arc::new(project);
        let good = if latest.world().is_some() { Some(Arc::clone(&latest)) } else { before.good.clone() };
        let shown = Arc::new(Shown { number: before.number + 1, good, latest });
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
        self.heard().updates.push(Update { files, took: start.elapsed() });
        self.bell.notify_all();
        Ok(())
    }

    /// The project that `sources` make, and the files that are not as they were shown before.
    fn understood(&self, before: &Shown, mut sources: Sources) -> anyhow::Result<(Project, Vec<SitePath>)> {
        for _ in 0..TRIES {
            let files = before.latest.changed(&sources);
            let project = before.project().again(&self.request, sources, &|_| ())?;
            let Some(torn) = project.sources.torn() else { return Ok((project, files)) };
            sources = project.sources.refreshed(&[torn], jiff::Timestamp::now())?;
        }
        anyhow::bail!("files of the project keep changing while they are read")
    }
}

/// What an earlier build kept of the files and their outlines. Nothing is kept here for a later one.
fn remembered(root: &Path) -> (Known, Outlines) {
    if !root.join(cache::FOLDER).is_dir() {
        return (Known::empty(), Outlines::empty());
    }
    let cache = Cache::open(root);
    let load = |name: &str| cache.load(name).ok();
    let known = load("known").and_then(|bytes| postcard::from_bytes(&bytes).ok());
    let outlines = Outlines::read(outlines::NAMES.map(|name| load(name).unwrap_or_default())).ok();
    (known.unwrap_or_default(), outlines.unwrap_or_default())
}

/// How long to wait at most if a changed file is so young that it may be half written, and looks like it: it is empty,
/// or its front matter makes no sense.
fn half_written(project: &Project, files: &[SitePath]) -> Option<Duration> {
    let now = jiff::Timestamp::now().as_nanosecond();
    let is_front = |code| matches!(code, Code::FrontSyntax | Code::FrontMissing | Code::FrontValue | Code::TextEmpty);
    let left = |path: &SitePath| {
        let file = project.sources.get(path.as_str()).filter(|file| file.origin == Origin::Site)?;
        let is_odd = || project.notes().iter().any(|note| is_front(note.code) && note.place.path == *path);
        let patience = if file.size == 0 { EMPTY } else { Some(YOUNG).filter(|_| is_odd())? };
        // What is of tomorrow, by a clock that is wrong, is not waited for.
        let age = u64::try_from(now - i128::from(file.stamp.modified)).ok()?;
        patience.checked_sub(Duration::from_nanos(age)).filter(|left| !left.is_zero())
    };
    files.iter().filter_map(left).max()
}
