//! A project → a preview of it in the browser that follows every change; what it shows is what `build` would write, and
//! it writes nothing.

mod bind;
pub mod dist;
mod http;
mod live;
mod overlay;
mod pages;
mod policy;
mod tabs;
mod watch;

pub use bind::{Bound, PORT, Place};
pub use http::content_type;
pub use live::Printed;
pub use watch::{POLL, Reason};

use crate::config;
use crate::path::SitePath;
use crate::project::{Report, Request};
use crate::site::route::Recipe;
use crate::source::SETTINGS;
use anyhow::Context;
use live::{Live, Update, Work};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Of how many changed texts the pages are rendered right away, so that their mistakes are told.
const MOST_RENDERED: usize = 20;

/// What is told while a preview runs.
pub enum Event<'a> {
    /// It answers at these addresses.
    Ready(&'a [String], Option<&'a Report>),
    /// The disk is looked at again and again, and why.
    Polling(&'a Reason),
    /// Files changed.
    Updated {
        /// Which.
        files: &'a [SitePath],
        /// How many pages are not what they were, of those that somebody looked at and of those of the changed files.
        pages: usize,
        /// From the first look at the files until all pages were told.
        took: Duration,
        /// What is wrong with the site, and with the pages that somebody looked at or that came from the changed files.
        report: &'a Report,
    },
    /// Something went wrong on this machine; the preview goes on.
    Trouble(&'a anyhow::Error),
}

/// Who is told.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// Previews the project. Returns only if the preview cannot start or go on.
///
/// `poll` is how often the disk is looked at, if the system is not to be asked for changes.
pub fn serve(
    request: Request,
    bound: Bound,
    poll: Option<Duration>,
    printed: Printed,
    tell: Tell,
) -> anyhow::Result<()> {
    let ear = watch::Ear::default();
    let root = std::fs::canonicalize(&request.root)
        .with_context(|| format!("cannot read the folder {}", request.root.display()))?;
    let teller = Arc::clone(&tell);
    watch::start(&root, poll, &ear, move |reason| teller(Event::Polling(&reason)));
    let live = Arc::new(Live::open(request, printed)?);
    ear.give(&live);
    let addresses = bound.addresses(live.shown().base())?;
    let report = live.shown().latest.report(Vec::new());
    let (follower, teller) = (Arc::clone(&live), Arc::clone(&tell));
    thread::spawn(move || follow(&follower, &teller));
    let answering = Arc::clone(&live);
    run(bound, Arc::new(move |path: &str| http::site(&answering, path)), Some(live), || {
        tell(Event::Ready(&addresses, Some(&report)));
    })
}

/// Previews a folder that was built from the project, at the project's base path, as a static host would serve it.
pub fn serve_built(request: &Request, folder: &Path, bound: Bound, tell: &Tell) -> anyhow::Result<()> {
    let base = base_path(request)?;
    let built = dist::Built::open(folder, &base)?;
    let addresses = bound.addresses(&base)?;
    run(bound, Arc::new(move |path: &str| built.answer(path)), None, || tell(Event::Ready(&addresses, None)))
}

/// The path below which the project is published.
fn base_path(request: &Request) -> anyhow::Result<String> {
    let settings = SitePath::new(SETTINGS);
    let text =
        std::fs::read_to_string(request.root.join(SETTINGS)).with_context(|| format!("cannot read {SETTINGS}"))?;
    let (config, _) = config::parse(&text, &settings);
    let config = config.with_context(|| format!("{SETTINGS} cannot be used; `guidepost check` says why"))?;
    let config = match &request.base_url {
        Some(url) => config::with_base_url(config, url).map_err(|error| anyhow::anyhow!("--base-url: {error}"))?,
        None => config,
    };
    Ok(config.url.path)
}

/// Listens, says that it does, and answers until the program ends.
fn run(
    Bound { listener, names, .. }: Bound,
    answering: Arc<http::Answering>,
    live: Option<Arc<Live>>,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let serving = http::run(listener, names, answering, live);
        // Connections wait in the listener's queue until the first time that it is polled, which is next.
        ready();
        serving.await
    })
}

/// Acts on what was heard, and tells of it, for ever.
fn follow(live: &Live, tell: &Tell) {
    loop {
        match live.wait() {
            Work::Heard => {
                if let Err(error) = live.settle() {
                    tell(Event::Trouble(&error));
                }
            }
            Work::Tell(updates) => updates.into_iter().for_each(|update| announce(live, tell, &update)),
        }
    }
}

/// Tells browsers and terminal of a change.
fn announce(live: &Live, tell: &Tell, update: &Update) {
    let start = Instant::now();
    live.tell_all(&update.files);
    let shown = live.shown();
    let mut changed = live.pages.cross_out(&shown);
    for url in changed.clone() {
        // What had a mistake may have none any more, or another one.
        if live.pages.had_notes(&url) {
            let _ = live.page(url.as_str());
        }
    }
    if let Some(world) = shown.good.as_ref().and_then(|good| good.world())
        && update.files.len() <= MOST_RENDERED
    {
        for page in update.files.iter().filter_map(|path| world.site.page(path.as_str())) {
            for view in page.views(&world.site.config) {
                let url = page.url_of(&view);
                let is_own = world.site.routes.get(url.as_str()) == Some(&Recipe::Page(page.path.clone(), view));
                if is_own && !live.pages.has(&url) && live.page(url.as_str()).is_ok() {
                    changed.insert(url);
                }
            }
        }
    }
    let report = shown.latest.report(live.pages.notes());
    let took = update.took + start.elapsed();
    tell(Event::Updated { files: &update.files, pages: changed.len(), took, report: &report });
}

/// Opens an address in the user's browser, if there is a way to do so.
pub fn open_browser(address: &str) -> io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    let mut opener = command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // Somebody has to wait for it, or it stays as a zombie.
    thread::spawn(move || opener.wait());
    Ok(())
}
