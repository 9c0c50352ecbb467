//! The settings, and the site that they are for → what in them leads nowhere; never what a page says.

use super::host::settings;
use super::link::{Link, Linked, Wanted, anchor_help, resolve};
use super::{CONTENT, Site};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::path::{SitePath, Url, decode};
use std::collections::{HashMap, HashSet};

/// With how many addresses one that is nowhere is compared.
const MOST_COMPARED: usize = 2_000;

/// Reports what leads nowhere. `files` are those of `static/` and of the theme.
pub(super) fn check(site: &Site, files: &HashSet<SitePath>, notes: &mut Vec<Diagnostic>) {
    let (config, path) = (&site.config, settings());
    if let Some(logo) = config.logo.as_ref().filter(|logo| !files.contains(*logo)) {
        let message = format!("there is no file `{logo}`");
        let note = Diagnostic::new(Code::ImageMissing, &path, config.places.logo, message);
        let mut names: Vec<&str> = files.iter().filter_map(|file| file.below("static")).collect();
        names.sort_unstable();
        notes.push(match nearest(logo.below("static").unwrap_or_default(), names) {
            Some(near) => note.help(format!("did you mean `{near}`?")).fix(config.places.logo, near),
            None => note.help(format!("put the logo at `{logo}`, or correct the name")),
        });
    }
    if let Some(contact) = &config.contact {
        notes.extend(nowhere(site, &contact.url, config.places.contact));
    }
    let circling = circles(site, notes);
    for redirect in config.redirects.iter().filter(|redirect| !circling.contains(&redirect.span)) {
        notes.extend(nowhere(site, &redirect.to, redirect.span));
    }
}

/// What is said of an address on this site that nothing is at.
fn nowhere(site: &Site, address: &str, span: Span) -> Option<Diagnostic> {
    if !address.starts_with('/') || address.starts_with("//") {
        return None;
    }
    let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
    let path = path.split('?').next().unwrap_or_default();
    let decoded = decode(path).unwrap_or_else(|| path.to_owned());
    let note = |code, message: String| Diagnostic::new(code, &settings(), span, message);
    if !is_there(site, &decoded) {
        let message = format!("there is nothing at the address `{path}`");
        return Some(note(Code::LinkMissingPage, message).help(meant(site, &decoded)));
    }
    let to = SitePath::new(&format!("{CONTENT}/{decoded}"));
    let link = Link { to, option: Wanted::Any, fragment: fragment.into() };
    let Linked::NoAnchor(near, _) = resolve(site, &link) else { return None };
    let message = format!("the page at `{path}` has no anchor `#{fragment}`");
    Some(note(Code::LinkMissingAnchor, message).help(anchor_help(near.as_deref())))
}

/// Whether readers find something at the decoded address, be it that they are led on.
fn is_there(site: &Site, address: &str) -> bool {
    let folder = format!("{}/", address.trim_end_matches('/'));
    [Url::new(address).settled(), Url::new(&folder)].iter().any(|url| {
        let moved = site.routes.moved();
        site.routes.get(url.as_str()).is_some() || moved.binary_search_by(|moved| moved.from.cmp(url)).is_ok()
    })
}

/// What was perhaps meant by an address that is not there.
fn meant(site: &Site, address: &str) -> String {
    if let Some(page) = site.page(&format!("{CONTENT}{address}")) {
        return format!("write the page's address: `{}`", page.url);
    }
    let base = decode(&site.config.url.path).unwrap_or_default();
    if let Some(below) = address.strip_prefix(base.trim_end_matches('/')).filter(|below| below.starts_with('/'))
        && is_there(site, below)
    {
        return format!("write `{below}`: the path of `url` is added to it");
    }
    let known = site.routes.all().iter().take(MOST_COMPARED).map(|(url, _)| url.as_str());
    match nearest(address, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the address of a page or a file, from the site's root: `/account/fees/`".to_owned(),
    }
}

/// Reports redirects that lead on to each other without an end, and gives their places.
fn circles(site: &Site, notes: &mut Vec<Diagnostic>) -> HashSet<Span> {
    let base = &site.config.url;
    let plain = |address: &str| {
        let address = address.strip_prefix(&base.origin).unwrap_or(address);
        address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned()
    };
    let mut found = HashSet::new();
    if site.config.redirects.is_empty() {
        return found;
    }
    let next: HashMap<String, String> =
        site.routes.moved().iter().map(|moved| (plain(&base.link(moved.from.as_str())), plain(&moved.to))).collect();
    let starts: HashMap<String, &crate::config::Redirect> =
        site.config.redirects.iter().map(|redirect| (plain(&base.lead(&redirect.from)), redirect)).collect();
    for redirect in &site.config.redirects {
        let start = plain(&base.lead(&redirect.from));
        let mut way: Vec<&str> = vec![&start];
        let mut seen: HashSet<&str> = HashSet::from([start.as_str()]);
        let closed = loop {
            match next.get(way[way.len() - 1]) {
                Some(to) if *to == start => break true,
                Some(to) if seen.insert(to) => way.push(to),
                _ => break false,
            }
        };
        if !closed || !found.insert(redirect.span) {
            continue;
        }
        let message = format!("whoever is led on from `{}` comes back to it, again and again", redirect.from);
        let mut note = Diagnostic::new(Code::ConfigValue, &settings(), redirect.span, message)
            .help("lead on to a page that is there, or delete one of these redirects");
        for other in way[1..].iter().filter_map(|way| starts.get(*way)) {
            note = note.related(&settings(), other.span, "by way of this one");
            found.insert(other.span);
        }
        notes.push(note);
    }
    found
}
