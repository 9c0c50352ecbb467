//! Addresses that moved, and the rules that hosts are given for them → claims; never decides who leads on from where.

use super::{Laying, Recipe, Target};
use crate::config::{Config, Host};
use crate::diag::{Code, Diagnostic, Span};
use crate::path::{SitePath, Url};
use crate::site::host::{By, HostFile, Moved, destination, settings};
use crate::site::{Given, Page, View};

/// Claims former addresses: aliases of pages, former ids of options, and those of the settings.
pub(super) fn redirects(given: &Given, pages: &[Page], laying: &mut Laying) {
    for page in pages {
        let views = page.views(&given.config);
        for alias in &page.outline.front.aliases {
            let Some(from) = alias_url(&alias.value) else { continue };
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
        let group = &given.config.groups[offer.group as usize];
        for option in offer.options.iter().map(|option| &group.options[*option as usize]) {
            let view = View::Option(option.id.as_str().into());
            if views.contains(&view) {
                for alias in &option.aliases {
                    let target = Target::Page(page.path.clone(), view.clone());
                    laying.claim(page.url.child(alias), Recipe::Redirect(target), None);
                }
            }
        }
    }
    let settings = SitePath::new("site.yaml");
    for redirect in &given.config.redirects {
        if let Some(from) = alias_url(&redirect.from) {
            let target = Target::Address(redirect.to.as_str().into());
            laying.claim(from, Recipe::Redirect(target), Some((&settings, redirect.span)));
        }
    }
}

/// The URL of a former address: one without an extension is a folder.
fn alias_url(text: &str) -> Option<Url> {
    let decoded = crate::path::decode(text)?;
    let path = SitePath::new(&decoded);
    if path.as_str().is_empty() {
        return None;
    }
    let file = path.file_name().contains('.') && !decoded.ends_with('/');
    Some(Url::new(&if file { format!("/{path}") } else { format!("/{path}/") }))
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
