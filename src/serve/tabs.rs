//! Pages that are open in browsers → word for each whose own bytes changed, and what is wrong with it; never a word to
//! a page that nothing happened to.

use super::live::{Live, Shown};
use super::pages::Page;
use crate::diag::{Diagnostic, Severity};
use crate::path::SitePath;
use crate::site::View;
use crate::site::route::Recipe;
use crate::source::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::UnboundedSender;

/// How many mistakes a page is told of: its own and those of other pages. Nobody reads more at once.
const MOST_OWN: usize = 50;
const MOST_ELSEWHERE: usize = 10;

/// What a page says of itself when it opens the channel.
#[derive(Debug, Deserialize)]
pub struct Hello {
    /// Its address, as its browser writes it.
    pub path: String,
    /// The version that it shows.
    pub version: String,
}

/// What a page is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Word {
    /// The version that it should show.
    version: String,
    /// Whether there is no such page any more, and where it is now if that is known.
    gone: Option<Moved>,
    /// Addresses of other files that changed: images, stylesheets and scripts with fixed names.
    files: Vec<String>,
    /// What is wrong, as in the terminal.
    errors: Vec<String>,
    /// What may be wrong.
    warnings: Vec<String>,
    /// What is wrong with other pages.
    elsewhere: Elsewhere,
}

/// Errors of other pages than the one that is told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Elsewhere {
    /// How many.
    count: usize,
    /// The first of them.
    texts: Vec<String>,
}

/// What is wrong, as one page is told.
#[derive(Clone, Default)]
struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
    elsewhere: Elsewhere,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Moved {
    to: Option<String>,
}

struct Tab {
    number: u64,
    /// The site's own URL that it shows; `None` if its address can be none of the site's.
    url: Option<String>,
    path: String,
    told: Word,
    /// The source of what it showed last.
    source: Option<(SitePath, View)>,
    ear: UnboundedSender<String>,
}

/// The tabs that listen.
#[derive(Default)]
pub struct Tabs(Mutex<(u64, Vec<Tab>)>);

impl Live {
    /// Adds a tab, and tells it at once what it has to know. Gives the number by which it leaves.
    pub fn join(&self, hello: Hello, ear: UnboundedSender<String>) -> u64 {
        let mut tabs = self.tabs.0.lock().unwrap_or_else(PoisonError::into_inner);
        tabs.0 += 1;
        let number = tabs.0;
        let told = Word { version: hello.version, ..Word::default() };
        let mut tab = Tab { number, url: None, path: hello.path, told, source: None, ear };
        self.tell(&mut tab, &[], &mut BTreeMap::new());
        tabs.1.push(tab);
        number
    }

    /// Takes away the tab `number`.
    pub fn leave(&self, number: u64) {
        self.tabs.0.lock().unwrap_or_else(PoisonError::into_inner).1.retain(|tab| tab.number != number);
    }

    /// Tells every tab what it has to know after `files` changed.
    pub fn tell_all(&self, files: &[SitePath]) {
        let mut tabs = self.tabs.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = BTreeMap::new();
        tabs.1.iter_mut().for_each(|tab| self.tell(tab, files, &mut known));
    }

    fn tell(&self, tab: &mut Tab, files: &[SitePath], known: &mut Known) {
        let shown = self.shown();
        tab.url = super::http::url_of(&tab.path, shown.base());
        let page = match tab.url.as_deref().map(|url| self.page(url)) {
            Some(Ok((_, page))) => page,
            // The machine is in trouble; there will be another time.
            Some(Err(_)) => return,
            None => None,
        };
        let mut word = Word { files: addresses(&shown, files), ..Word::default() };
        match &page {
            Some(page) => {
                word.version = version(page);
                if let Recipe::Page(path, view) = &page.recipe {
                    tab.source = Some((path.clone(), view.clone()));
                }
            }
            None if shown.good.is_none() => word.version = "500".to_owned(),
            None => {
                word.version = "404".to_owned();
                word.gone = tab.source.as_ref().map(|source| Moved { to: moved(&shown, source) });
            }
        }
        let key = tab.url.clone().unwrap_or_default();
        let findings = known.entry(key).or_insert_with(|| self.findings(&shown, page.as_deref())).clone();
        (word.errors, word.warnings, word.elsewhere) = (findings.errors, findings.warnings, findings.elsewhere);
        if word != tab.told
            && let Ok(text) = serde_json::to_string(&word)
        {
            // A tab that is gone is taken away by its own connection.
            let _ = tab.ear.send(text);
            word.files.clear();
            tab.told = word;
        }
    }

    /// What is wrong with the site and this page of it, and with other pages.
    fn findings(&self, shown: &Shown, page: Option<&Page>) -> Findings {
        let notes = page.map_or(&[][..], |page| &page.notes);
        if notes.is_empty() && shown.latest.notes().is_empty() {
            return Findings::default();
        }
        let source = page.and_then(|page| crate::project::page_of(&page.recipe));
        let mut report = shown.latest.report(notes.iter().map(|note| (note.clone(), source.clone())).collect());
        let sources = Arc::clone(&report.sources);
        let is_of_page = |found: &Diagnostic| {
            source.as_ref() == Some(&found.place.path)
                || notes.iter().any(|note| (note.code, &note.place) == (found.code, &found.place))
                || sources.get(found.place.path.as_str()).is_none_or(|file| file.role != Role::Page)
        };
        let (mut own, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut report.diagnostics).into_iter().partition(|(_, found)| is_of_page(found));
        others.retain(|(severity, _)| *severity == Severity::Error);
        let count = others.len();
        own.truncate(MOST_OWN);
        others.truncate(MOST_ELSEWHERE);
        let mut text = |diagnostics| {
            report.diagnostics = diagnostics;
            (self.printed)(&report)
        };
        let (errors, warnings) = text(own).into_iter().partition::<Vec<_>, _>(|(weight, _)| *weight == Severity::Error);
        let plain = |texts: Vec<(Severity, String)>| texts.into_iter().map(|(_, text)| text).collect();
        let elsewhere = Elsewhere { count, texts: plain(text(others)) };
        Findings { errors: plain(errors), warnings: plain(warnings), elsewhere }
    }

    /// What is wrong with the page, as text; if it is not to blame, what is wrong with others.
    pub fn texts(&self, shown: &Shown, page: Option<&Page>) -> Vec<String> {
        let findings = self.findings(shown, page);
        if findings.errors.is_empty() { findings.elsewhere.texts } else { findings.errors }
    }
}

/// Findings of pages by URL, so that two tabs of one page share them.
type Known = BTreeMap<String, Findings>;

/// By which name a page's tabs know what they show.
pub fn version(page: &Arc<Page>) -> String {
    match page.bytes {
        Some(_) => page.version.hex(16),
        None => format!("500-{}", page.version.hex(16)),
    }
}

/// The addresses at which these files are published under their own names.
fn addresses(shown: &Shown, files: &[SitePath]) -> Vec<String> {
    let Some(world) = shown.project().world() else { return Vec::new() };
    let copies = files.iter().filter_map(|path| {
        let url = match path.below("static") {
            Some(below) => crate::path::Url::new(&format!("/{below}")),
            None => crate::site::route::asset_url(path, &world.site.folders),
        };
        let is_copy = matches!(world.site.routes.get(url.as_str())?, Recipe::Copy(from) if from == path);
        is_copy.then(|| world.site.config.url.link(url.as_str()))
    });
    copies.collect()
}

/// Where the page is now that came from `source`: at another address, or in a file of the same name in another folder.
fn moved(shown: &Shown, (path, view): &(SitePath, View)) -> Option<String> {
    let site = &shown.project().world()?.site;
    let page = site.page(path.as_str()).or_else(|| {
        let same = |name: &str| name == path.file_name() && name != "index.md";
        let mut pages = site.pages.iter().filter(|page| same(page.path.file_name()));
        pages.next().filter(|_| pages.next().is_none())
    })?;
    let url = page.url_of(view);
    let url = if site.routes.get(url.as_str()).is_some() { url } else { page.url.clone() };
    Some(site.config.url.link(url.as_str()))
}
