//! `guidepost serve`: the site → a preview in the browser that follows every change, and a line here for each.

use super::Exit;
use super::excerpt::visible;
use super::failure::Wrong;
use super::files::Files;
use super::print::{self, Look};
use super::request::{self, What};
use super::tell::{WIDTH, prefix};
use crate::config::Host;
use crate::diag::{Code, Diagnostic, Severity};
use crate::path::SitePath;
use crate::project::{Report, Request};
use crate::serve::{self, Bound, Event, Place, Reason, Tell};
use crate::site::Drafts;
use annotate_snippets::Renderer;
use annotate_snippets::renderer::{DEFAULT_ERROR_STYLE as ERROR, DEFAULT_WARNING_STYLE as WARNING};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many changed files are named.
const MOST_NAMED: usize = 3;

const GOOD: Style = AnsiColor::Green.on_default().bold();

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    what: What,
    /// The port to listen at [default: 4321, or the next one that is free]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// The machine's own name or address to listen at; any but the default lets others in
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,
    /// Open the preview in the browser
    #[arg(long)]
    open: bool,
    /// Look at the files every so many milliseconds, instead of waiting for word from the system
    #[arg(long, value_name = "MS", num_args = 0..=1, require_equals = true, default_missing_value = "500",
          value_parser = clap::value_parser!(u64).range(10..=60_000))]
    poll: Option<u64>,
    /// Serve a folder that was built, as a web host would [default folder: `public` in the site's folder]
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true)]
    dist: Option<Option<PathBuf>>,
    /// Print warnings in full
    #[arg(short, long)]
    verbose: bool,
}

const EXAMPLES: &str = "\
Save a file, and the page changes in the browser. Nothing is written: build and publish as you \
like meanwhile. Ctrl-C ends it.

Examples:
  guidepost serve --open
  guidepost serve --drafts --port 8000
  guidepost serve --dist        look at `public` once more before it is published";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { what, port, host, open, poll, dist, verbose } = arguments;
    // No host reads its rules here, so pages lead on from former addresses.
    let request = Request { hosts: Some(vec![Host::Any]), ..what.request()? };
    let place = Place { host: host.clone(), port: *port };
    let bound = Bound::at(&place).map_err(|error| refused(error, &place))?;
    if bound.is_exposed() {
        let whose = if request.drafts == Drafts::Shown { ", drafts included" } else { "" };
        line(&format!("{WARNING}warning{WARNING:#}: whoever can reach this machine can see the preview{whose}"));
    }
    let (open, said) = (*open, Mutex::new(Said::new(*verbose)));
    let tell: Tell = Arc::new(move |event: Event| {
        said.lock().unwrap_or_else(PoisonError::into_inner).tell(&event);
        if let Event::Ready([address, ..], _) = event
            && open
            && serve::open_browser(address).is_err()
        {
            line("note: no browser could be opened; open the address yourself");
        }
    });
    if let Some(folder) = dist {
        let folder = request.root.join(request::out(folder.as_deref())?);
        if !folder.join("index.html").is_file() {
            let message = format!("there is no built site in {}", folder.display());
            return Err(Wrong::new(message, "build it first, with `guidepost build`").into());
        }
        serve::serve_built(&request, &folder, bound, &tell)?;
        return Ok(Exit::Fine);
    }
    serve::serve(request, bound, poll.map(Duration::from_millis), Box::new(printed), tell)?;
    Ok(Exit::Fine)
}

/// Why the preview cannot listen at the place, with what to type instead.
fn refused(error: anyhow::Error, place: &Place) -> anyhow::Error {
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let help = match kind {
        Some(io::ErrorKind::AddrInUse) if place.port.is_some() => {
            "another preview may run there; without `--port`, the next free port is taken"
        }
        Some(io::ErrorKind::AddrInUse) => "end a preview that you do not need any more, or name a port with `--port`",
        Some(io::ErrorKind::PermissionDenied) => "ports below 1024 are for administrators; name a higher one",
        _ => "leave `--host` out, or say `--host 0.0.0.0` to let other machines in",
    };
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    Wrong::new(causes.join(": "), help).into()
}

/// Each diagnostic as the terminal shows it, without colours.
fn printed(report: &Report) -> Vec<(Severity, String)> {
    let mut files = Files::of(&report.sources);
    let look = Look { renderer: Renderer::plain().term_width(WIDTH), prefix: from_here(report) };
    let one = |found: &(Severity, crate::diag::Diagnostic)| {
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = print::diagnostics(&mut text, std::slice::from_ref(found), &mut files, &look);
        (found.0, String::from_utf8_lossy(&text).trim_end().to_owned())
    };
    report.diagnostics.iter().map(one).collect()
}

/// What was said already. What somebody has read once is not said again with every file that they save.
struct Said {
    verbose: bool,
    errors: BTreeSet<(Code, SitePath, String)>,
}

impl Said {
    fn new(verbose: bool) -> Said {
        Said { verbose, errors: BTreeSet::new() }
    }

    /// Writes what happened to stderr. If that is gone, the preview goes on.
    fn tell(&mut self, event: &Event) {
        match event {
            Event::Ready(addresses, report) => {
                let found = report.map(|report| self.findings(report, &[])).unwrap_or_default();
                let mut addresses = addresses.iter();
                let here = addresses.next().map_or("", String::as_str);
                line(&format!("{GOOD}Serving{GOOD:#} {here} (Ctrl-C ends it){found}"));
                for elsewhere in addresses {
                    line(&format!("        {elsewhere} for other machines"));
                }
            }
            Event::Polling(reason) => line(&format!("note: {}", why(reason))),
            Event::Updated { files, pages, took, report } => {
                let found = self.findings(report, files);
                let pages = if *pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
                let files = names(files);
                line(&format!("{} → {pages}, {} ms{found}", visible(&files), took.as_millis().max(1)));
            }
            Event::Trouble(error) => line(&format!("{ERROR}error{ERROR:#}: {error:#}")),
        }
    }

    /// Writes errors in full that are new or lie in one of the files, and warnings too if they are asked for. Gives how
    /// many there are of each.
    fn findings(&mut self, report: &Report, files: &[SitePath]) -> String {
        let key = |found: &Diagnostic| (found.code, found.place.path.clone(), found.message.clone());
        let is_told = |severity: Severity, found: &Diagnostic| {
            let is_news = files.contains(&found.place.path) || !self.errors.contains(&key(found));
            if severity == Severity::Error { is_news } else { self.verbose }
        };
        let shown: Vec<_> =
            report.diagnostics.iter().filter(|(severity, found)| is_told(*severity, found)).cloned().collect();
        let look = Look { renderer: Renderer::styled().term_width(WIDTH), prefix: from_here(report) };
        let mut to = BufWriter::new(anstream::stderr());
        let _ = print::diagnostics(&mut to, &shown, &mut Files::of(&report.sources), &look).and_then(|()| to.flush());
        let had_errors = !self.errors.is_empty();
        let errors = report.diagnostics.iter().filter(|(severity, _)| *severity == Severity::Error);
        self.errors = errors.map(|(_, found)| key(found)).collect();
        let is_old = !shown.iter().any(|(severity, _)| *severity == Severity::Error);
        let errors = match report.errors() {
            0 if had_errors => ", no errors left".to_owned(),
            0 => String::new(),
            count => format!(", {}{}", if is_old { "still " } else { "" }, counted(count, "error")),
        };
        let warnings = match report.warnings() {
            0 => String::new(),
            count => format!(", {}", counted(count, "warning")),
        };
        errors + &warnings
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn why(reason: &Reason) -> String {
    let often = format!("the files are looked at every {} ms instead", serve::POLL.as_millis());
    match reason {
        Reason::FileSystem(kind) => format!("changes on a file system of the kind `{kind}` are not reported; {often}"),
        Reason::Limit => format!("the system's limit of watched folders is reached (inotify(7)); {often}"),
        Reason::Unable(error) => format!("the files cannot be watched ({error}); {often}"),
    }
}

fn names(files: &[SitePath]) -> String {
    let named: Vec<&str> = files.iter().take(MOST_NAMED).map(SitePath::as_str).collect();
    match files.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// What stands before the paths of the site's files; nothing if the folder that we were called in is gone.
fn from_here(report: &Report) -> String {
    prefix(report.sources.root()).unwrap_or_default()
}

fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
