//! A project → a preview of it in the browser that follows every change; what it shows is what `build` would write, and
//! it writes nothing.

pub mod dist;
mod http;
mod live;
mod overlay;
mod pages;
mod policy;
mod tabs;
mod watch;

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
use policy::Names;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Where a preview is found, unless something else is asked for.
pub const PORT: u16 = 4321;

/// How many ports are tried if none is asked for.
const PORTS: u16 = 21;

/// Of how many changed texts the pages are rendered right away, so that their mistakes are told.
const MOST_RENDERED: usize = 20;

/// Where a preview listens.
#[derive(Clone, Debug)]
pub struct Place {
    /// The name or address of the machine's own that it listens at.
    pub host: String,
    /// The port; if none is given, the first free one.
    pub port: Option<u16>,
}

/// What is told while a preview runs.
pub enum Event<'a> {
    /// It can be reached from other machines.
    Exposed(IpAddr),
    /// It answers at this address.
    Ready(&'a str, Option<&'a Report>),
    /// The disk is looked at again and again, and why.
    Polling(&'a Reason),
    /// Files changed.
    Updated {
        /// Which.
        files: &'a [SitePath],
        /// How many pages are not what they were, of those that somebody looked at.
        pages: usize,
        /// From the first look at the files until all pages were told.
        took: Duration,
        /// What is wrong with the site, and with the pages that are open or came from the changed files.
        report: &'a Report,
    },
    /// Something went wrong on this machine; the preview goes on.
    Trouble(&'a anyhow::Error),
}

/// Who is told.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// Previews the project. Returns only if the preview cannot start or go on.
///
/// `poll` is how often the disk is looked at, if the system is not to be asked for changes. `opened` is called with the address once it answers.
pub fn serve(
    request: Request,
    place: &Place,
    poll: Option<Duration>,
    printed: Printed,
    tell: Tell,
    opened: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let (listener, names) = bind(place, &tell)?;
    let ear = watch::Ear::default();
    let root = std::fs::canonicalize(&request.root)
        .with_context(|| format!("cannot read the folder {}", request.root.display()))?;
    let teller = Arc::clone(&tell);
    watch::start(&root, poll, &ear, move |reason| teller(Event::Polling(&reason)));
    let live = Arc::new(Live::open(request, printed)?);
    ear.give(&live);
    let address = format!("http://{}{}", listener.local_addr()?, live.shown().base());
    let report = live.shown().latest.report(Vec::new());
    let (follower, teller) = (Arc::clone(&live), Arc::clone(&tell));
    thread::spawn(move || follow(&follower, &teller));
    let answering = Arc::clone(&live);
    run(listener, names, Arc::new(move |path: &str| http::site(&answering, path)), Some(live), || {
        tell(Event::Ready(&address, Some(&report)));
        opened(&address);
    })
}

/// Previews a folder that was built from the project, at the project's base path, as a static host would serve it.
pub fn serve_built(
    request: &Request,
    folder: &Path,
    place: &Place,
    tell: &Tell,
    opened: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let (listener, names) = bind(place, tell)?;
    let base = base_path(request)?;
    let built = dist::Built::open(folder, &base)?;
    let address = format!("http://{}{base}", listener.local_addr()?);
    run(listener, names, Arc::new(move |path: &str| built.answer(path)), None, || {
        tell(Event::Ready(&address, None));
        opened(&address);
    })
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
    listener: TcpListener,
    names: Names,
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

/// Listens at the place.
fn bind(place: &Place, tell: &Tell) -> anyhow::Result<(TcpListener, Names)> {
    let host = place.host.trim_start_matches('[').trim_end_matches(']');
    let wanted = (host, place.port.unwrap_or(PORT));
    let addresses: Vec<SocketAddr> =
        wanted.to_socket_addrs().with_context(|| format!("`{host}` is no name or address of this machine"))?.collect();
    // A name may have two addresses; the older kind is what other programs try first.
    let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    let ip = address.with_context(|| format!("`{host}` has no address"))?.ip();
    let ports = match place.port {
        Some(port) => port..=port,
        None => PORT..=PORT + PORTS - 1,
    };
    let mut last = None;
    for port in ports.clone() {
        match TcpListener::bind((ip, port)) {
            Ok(listener) => {
                if !ip.is_loopback() {
                    tell(Event::Exposed(ip));
                }
                return Ok((listener, Names::new(ip, host)));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
            Err(error) => return Err(error).with_context(|| format!("cannot listen at {ip}, port {port}")),
        }
    }
    let error = last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into());
    let ports = if ports.start() == ports.end() {
        format!("port {} is taken", ports.start())
    } else {
        format!("the ports {} to {} are taken", ports.start(), ports.end())
    };
    Err(error).context(ports)
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
    let shown = live.shown();
    let mut found = live.tell_all(&update.files);
    let pages = live.pages.crossed_out(&shown);
    if let Some(world) = shown.good.as_ref().and_then(|good| good.world())
        && update.files.len() <= MOST_RENDERED
    {
        for page in update.files.iter().filter_map(|path| world.site.page(path.as_str())) {
            for view in page.views(&world.site.config) {
                let url = page.url_of(&view);
                if world.site.routes.get(url.as_str()) == Some(&Recipe::Page(page.path.clone(), view))
                    && let Ok((_, Some(made))) = live.page(url.as_str())
                {
                    found.extend(made.notes.iter().map(|note| (note.clone(), Some(page.path.clone()))));
                }
            }
        }
    }
    let report = shown.latest.report(found);
    tell(Event::Updated { files: &update.files, pages, took: update.took + start.elapsed(), report: &report });
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
