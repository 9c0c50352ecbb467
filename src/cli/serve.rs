//! `guidepost serve`: the site → a preview in the browser that follows every change, and a line here for each.

use super::Exit;
use super::excerpt::visible;
use super::files::Files;
use super::print::{self, Look};
use super::request::{self, What};
use super::tell::{WIDTH, prefix};
use crate::config::Host;
use crate::diag::Severity;
use crate::path::SitePath;
use crate::project::{Report, Request};
use crate::serve::{self, Event, Place, Reason, Tell};
use annotate_snippets::Renderer;
use anstyle::{AnsiColor, Style};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
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
          value_parser = clap::value_parser!(u64).range(10..))]
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
    let place = Place { host: host.clone(), port: *port };
    let opened = |address: &str| {
        if *open && serve::open_browser(address).is_err() {
            line("note: no browser could be opened; open the address yourself");
        }
    };
    // No host reads its rules here, so pages lead on from former addresses.
    let request = Request { hosts: Some(vec![Host::Any]), ..what.request()? };
    let verbose = *verbose;
    let tell: Tell = Arc::new(move |event: Event| said(&event, verbose));
    if let Some(folder) = dist {
        let folder = request.root.join(request::out(folder.as_deref())?);
        serve::serve_built(&request, &folder, &place, &tell, &opened)?;
        return Ok(Exit::Fine);
    }
    let poll = poll.map(Duration::from_millis);
    serve::serve(request, &place, poll, Box::new(printed), tell, &opened)?;
    Ok(Exit::Fine)
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

/// Writes what happened to stderr. If that is gone, the preview goes on.
fn said(event: &Event, verbose: bool) {
    match event {
        Event::Exposed(address) => {
            line(&format!("warning: everyone who can reach {address} can see this site, drafts included"));
        }
        Event::Ready(address, report) => {
            if let Some(report) = report {
                findings(report, verbose);
            }
            line(&format!("{GOOD}Serving{GOOD:#} {address} (Ctrl-C ends it)"));
        }
        Event::Polling(reason) => line(&format!("note: {}", why(reason))),
        Event::Updated { files, pages, took, report } => {
            findings(report, verbose);
            let pages = if *pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
            let warnings = match report.warnings() {
                0 => String::new(),
                1 => ", 1 warning".to_owned(),
                count => format!(", {count} warnings"),
            };
            let errors = match report.errors() {
                0 => String::new(),
                1 => ", 1 error".to_owned(),
                count => format!(", {count} errors"),
            };
            let files = names(files);
            line(&format!("{} → {pages}, {} ms{errors}{warnings}", visible(&files), took.as_millis()));
        }
        Event::Trouble(error) => line(&format!("error: {error:#}")),
    }
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

/// Errors in full, and warnings too if they are asked for.
fn findings(report: &Report, verbose: bool) {
    let shown: Vec<_> =
        report.diagnostics.iter().filter(|(severity, _)| verbose || *severity == Severity::Error).cloned().collect();
    let look = Look { renderer: Renderer::styled().term_width(WIDTH), prefix: from_here(report) };
    let mut to = BufWriter::new(anstream::stderr());
    let _ = print::diagnostics(&mut to, &shown, &mut Files::of(&report.sources), &look).and_then(|()| to.flush());
}

/// What stands before the paths of the site's files; nothing if the folder that we were called in is gone.
fn from_here(report: &Report) -> String {
    prefix(report.sources.root()).unwrap_or_default()
}

fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
