//! The site, as its hosts get it → what of it is more than they take; never a reason not to build it.

use super::Site;
use super::host::{By, HostFile, STORED, settings, table};
use super::limits::{cost, exceeded, grouped, limits};
use super::route::Recipe;
use crate::config::Host;
use crate::config::publish::Target;
use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use crate::yaml::listed;
use std::collections::HashMap;

/// Checks what is known before anything is rendered. `sizes` are those of the files that are published as they are.
pub(super) fn check(site: &Site, sizes: &HashMap<SitePath, u64>, notes: &mut Vec<Diagnostic>) {
    let hosts = &site.config.hosts;
    if hosts.iter().all(|host| *host == Host::Any) && site.config.headers.is_empty() {
        return;
    }
    headers(site, notes);
    files(site, sizes, notes);
    rules(site, notes);
}

fn headers(site: &Site, notes: &mut Vec<Diagnostic>) {
    let Some(first) = site.config.headers.first() else { return };
    for host in site.config.hosts.iter().filter(|host| HostFile::of(**host).is_empty()) {
        let (message, help) = match host {
            Host::S3 => {
                stored(site, "on S3", notes);
                continue;
            }
            // What a target says for itself holds when the site is published there.
            Host::Any if site.config.publish.iter().any(is_told) => continue,
            Host::Any if site.config.publish.iter().any(|target| target.to.is_store()) => {
                stored(site, "in an object store", notes);
                continue;
            }
            Host::Any => (
                "`headers` has no effect: Guidepost does not know a host that could be told".to_owned(),
                "name the host, as in `host: netlify`, or set the headers at the host yourself".to_owned(),
            ),
            _ => (
                format!("`headers` has no effect on {}, which sends its own only", host.title()),
                "delete them, or put a service that can set headers in front of it".to_owned(),
            ),
        };
        notes.push(Diagnostic::new(Code::HostNoHeaders, &settings(), first.span, message).help(help));
    }
}

/// Whether the target names a host that is told of headers.
fn is_told(target: &Target) -> bool {
    target.hosts.iter().flatten().any(|host| !HostFile::of(*host).is_empty())
}

/// A bucket keeps some headers with each object, if Guidepost publishes it, and sends no others. `place` says where.
fn stored(site: &Site, place: &str, notes: &mut Vec<Diagnostic>) {
    let is_kept = |name: &str| STORED.iter().any(|kept| kept.eq_ignore_ascii_case(name));
    let all = site.config.headers.iter().flat_map(|rule| rule.headers.iter().map(move |(name, _)| (rule.span, name)));
    if let Some((span, name)) = all.into_iter().find(|(_, name)| !is_kept(name)) {
        let message =
            format!("`{name}` has no effect {place}, which keeps {} with an object only", listed(STORED.into_iter()));
        let help = "delete it, or put a service that can set headers in front of the bucket";
        notes.push(Diagnostic::new(Code::HostNoHeaders, &settings(), span, message).help(help));
    }
}

fn files(site: &Site, sizes: &HashMap<SitePath, u64>, notes: &mut Vec<Diagnostic>) {
    let source = |recipe: &Recipe| match recipe {
        Recipe::Copy(path) => Some(path.clone()),
        _ => None,
    };
    let all = site.routes.all().iter();
    let size = |recipe: &Recipe| source(recipe).and_then(|path| sizes.get(&path).copied()).unwrap_or(0);
    let files: Vec<(String, u64)> = all.map(|(url, recipe)| (url.file(), size(recipe))).collect();
    for excess in exceeded(&site.config.hosts, &files) {
        let named = excess.file.and_then(|name| {
            let at = site.routes.all().iter().find(|(url, _)| url.file() == name);
            at.and_then(|(_, recipe)| source(recipe))
        });
        let help = "choose a larger plan or another host; if yours takes more, write `lint: {host/limit: off}`";
        let path = named.unwrap_or_else(settings);
        notes.push(Diagnostic::new(Code::HostLimit, &path, Span::default(), excess.message).help(help));
    }
}

fn rules(site: &Site, notes: &mut Vec<Diagnostic>) {
    let moved = site.routes.moved();
    let ruled = moved.iter().filter(|moved| moved.by != By::Page).count();
    let table = table(site);
    let mut note = |span: Span, message: String, help: &str| {
        notes.push(Diagnostic::new(Code::HostLimit, &settings(), span, message).help(help));
    };
    for host in &table.hosts {
        let (limits, title) = (limits(*host), host.title());
        let wanted: u64 = moved.iter().filter_map(|one| cost(*host, &site.config, one)).sum();
        if limits.redirects.is_some_and(|most| wanted > most) {
            let most = grouped(ruled as u64);
            let message = format!("{title} takes {most} of this site's {} redirects", grouped(moved.len() as u64));
            note(
                Span::default(),
                message,
                "the others are pages that lead on; delete redirects that nobody needs any more",
            );
        }
        let paths = table.rules.len() as u64;
        if let Some(most) = limits.headers.filter(|most| paths > *most) {
            let message =
                format!("{title} takes headers for {} paths; this site has {}", grouped(most), grouped(paths));
            note(span_of(site), message, "put files with the same headers into one folder, and write `/folder/*`");
        }
        let longest =
            table.rules.iter().flat_map(|rule| &rule.headers).max_by_key(|(name, value)| name.len() + value.len());
        if let (Some(most), Some((name, value))) = (limits.line, longest) {
            let length = (name.len() + value.len() + "  : ".len()) as u64;
            if length > most {
                let message =
                    format!("{title} takes headers of {} characters; `{name}` has {}", grouped(most), grouped(length));
                note(span_of(site), message, "shorten it");
            }
        }
    }
}

/// Where headers are written, for what is said of all of them.
fn span_of(site: &Site) -> Span {
    site.config.headers.first().map_or_else(Span::default, |rule| rule.span)
}
