//! Addresses that moved, and the rules that hosts are given for them → claims; never decides who leads on from where.

use super::{Laying, Recipe, Target};
use crate::config::{Config, Host};
use crate::diag::{Code, Diagnostic, Span};
use crate::path::{SitePath, Url, decode, is_ours, unfit};
use crate::site::host::{By, HostFile, Moved, destination, settings};
use crate::site::{Given, Page, View};

/// Claims former addresses: aliases of pages, former ids of options, and those of the settings.
pub(super) fn redirects(given: &Given, pages: &[Page], laying: &mut Laying) {
    let settings = settings();
    for page in pages {
        let views = page.views(&given.config);
        for alias in &page.outline.front.aliases {
            let from = match former(&alias.value) {
                Ok(from) => from,
                Err(why) => {
                    laying.notes.push(refused(&alias.value, &why, &page.path, alias.span));
                    continue;
                }
            };
            for view in &views {
                let at = match view {
                    View::Plain | View::Overview | View::Single => from.clone(),
                    View::Option(id) if from.as_str().ends_with('/') => from.child(id),
                    _ => continue,
                };
                let target = Target::Page(page.path.clone(), view.clone());
                laying.claim(at, Recipe::Redirect(target), Some((&page.path, alias.span)));
            }
        }
        let Some(offer) = &page.offer else { continue };
        let (group, options) = offer.choices(&given.config);
        for option in options {
            let view = View::Option(option.id.as_str().into());
            if views.contains(&view) {
                for alias in &option.aliases {
                    let target = Target::Page(page.path.clone(), view.clone());
                    let span = given.config.places.former(&group.id, alias);
                    laying.claim(page.url.child(alias), Recipe::Redirect(target), Some((&settings, span)));
                }
            }
        }
    }
    for redirect in &given.config.redirects {
        match former(&redirect.from) {
            Ok(from) => {
                let target = Target::Address(redirect.to.as_str().into());
                laying.claim(from, Recipe::Redirect(target), Some((&settings, redirect.span)));
            }
            Err(why) => laying.notes.push(refused(&redirect.from, &why, &settings, redirect.span)),
        }
    }
}

/// The URL of a former address, of which one without an extension is a folder; or why there can be no such file.
fn former(text: &str) -> Result<Url, String> {
    let mut parts = Vec::new();
    let inner = text.trim_matches('/');
    for part in inner.split('/').filter(|_| !inner.is_empty()) {
        let decoded = decode(part).ok_or_else(|| format!("`{part}` does not stand for text in UTF-8"))?;
        if matches!(&*decoded, "" | "." | "..") {
            return Err(format!(
                "a part of it is {}",
                if decoded.is_empty() { "empty".into() } else { format!("`{decoded}`") }
            ));
        }
        if let Some(bad) = unfit(&decoded).or(decoded.find('/').map(|_| '/')) {
            return Err(format!("a part of it holds `{}`, which no file name can hold everywhere", bad.escape_debug()));
        }
        parts.push(decoded);
    }
    let path = parts.join("/");
    if is_ours(&path) {
        return Err("such names are Guidepost's own".to_owned());
    }
    let is_file = parts.last().is_some_and(|last| last.contains('.')) && !text.ends_with('/');
    Ok(Url::new(&if is_file || path.is_empty() { format!("/{path}") } else { format!("/{path}/") }))
}

fn refused(former: &str, why: &str, path: &SitePath, span: Span) -> Diagnostic {
    let message = format!("nothing can lead on from `{former}`: {why}");
    Diagnostic::new(Code::UrlName, path, span, message).help("correct the address, or delete it")
}

/// The files of rules that hosts read. Gives the hosts whose file is the author's own, which replaces ours.
pub(super) fn host_files(given: &Given, laying: &mut Laying) -> Vec<Host> {
    let mut without = Vec::new();
    for host in &given.config.hosts {
        for file in HostFile::of(*host) {
            let url = file.url();
            let known = laying.claims.get(&url);
            let own = known.filter(|claim| claim.recipe != Recipe::Host(*file)).and_then(|claim| claim.from.clone());
            let Some(own) = own else {
                laying.fill(url, Recipe::Host(*file));
                continue;
            };
            let message = format!("{} is given this file instead of the one that Guidepost would write", host.title());
            let help = "move what it says to `redirects:` and `headers:` in `site.yaml`, and delete the file; until then, pages lead on from former addresses";
            let note = Diagnostic::new(Code::HostOwnFile, &own.path, own.span, message);
            let named = format!("`host: {}` asks for it", host.id());
            laying.notes.push(note.help(help).related(&settings(), Span::default(), named));
            if *file != HostFile::Headers {
                without.push(*host);
            }
        }
    }
    without
}

impl Laying<'_> {
    /// Every address that leads elsewhere, before it is decided how.
    pub(super) fn moved(&self, config: &Config, pages: &[Page]) -> Vec<Moved> {
        let moved = self.claims.all().iter().filter_map(|(url, claim)| match &claim.recipe {
            Recipe::Redirect(target) => {
                Some(Moved { from: url.clone(), to: destination(config, pages, target)?, by: By::Page })
            }
            _ => None,
        });
        let mut moved: Vec<Moved> = moved.collect();
        moved.sort_by(|a, b| a.from.cmp(&b.from));
        moved
    }
}
