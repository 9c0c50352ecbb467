//! Pages → their questions, each where readers meet it first; never an answer.

use super::route::{is_searched, top_section};
use super::splice::Splice;
use super::walk::{Seen, Who, splits, walk};
use super::{Folder, Offered, Page, PageKind, Site, View};
use crate::config::{Choice, Config};
use crate::content::doc::Section;
use crate::content::front::{Layout, Text};
use crate::content::set::{Names, VariantSet};
use crate::content::{Mark, Outline};
use crate::path::SitePath;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A question at the first place of a page that shows it.
pub struct Question<'s> {
    /// Its anchor there.
    pub anchor: String,
    /// Its plain text, with variables as `{{name}}`.
    pub text: &'s str,
    /// Which of the guide's pages shows it.
    pub view: View,
    /// The account type of that page, or of the part of a page that shows everything.
    pub option: Option<&'s Choice>,
    /// The snippet that it comes from, and its id there.
    from: Option<(&'s SitePath, &'s Text)>,
}

/// Where the site first shows the questions of a snippet.
pub type Firsts = BTreeMap<Text, First>;

/// Where the site first shows a question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct First {
    /// The page.
    pub page: SitePath,
    /// Which of its pages.
    pub view: View,
    /// The anchor there.
    pub anchor: String,
}

/// The questions of a page, in order, each at the first place that shows it: the overview, or the page that shows
/// everything; then the account types' pages.
pub fn questions<'s>(site: &'s Site, page: &'s Page) -> Vec<Question<'s>> {
    let mut found: Vec<(usize, Question)> = Vec::new();
    let mut known = HashSet::new();
    let mut add = |view: View, option: Option<&'s Choice>, who: Who, keep: &dyn Fn(&Seen) -> bool| {
        let prefix = option.filter(|_| view == View::Single).map_or(String::new(), |option| format!("{}--", option.id));
        ask(site, page, who, keep, &mut |seen| {
            let Mark::Heading { text, id, .. } = seen.mark else { return };
            // A mark is known by its place in memory, and where its snippet stands twice by its id on the page.
            if known.insert((std::ptr::from_ref(seen.mark), seen.id)) {
                let from = seen.snippet.map(|snippet| (snippet, id));
                let anchor = format!("{prefix}{}", seen.id);
                found.push((seen.part, Question { anchor, text, view: view.clone(), option, from }));
            }
        });
    };
    let options = || site.options(page).into_iter().flat_map(|(_, options)| options);
    match &page.offer {
        None => add(View::Plain, None, Who::Plain, &|_| true),
        Some(Offered { layout: Layout::Pages, .. }) => {
            add(View::Overview, None, Who::Overview, &|_| true);
            for option in options() {
                let view = View::Option(option.id.as_str().into());
                add(view, Some(option), Who::Option(&option.id), &|_| true);
            }
        }
        // Whatever a page of one account type shows, the page that shows everything has shown.
        Some(_) => {
            let splits = splits(site, page);
            let split = |seen: &Seen| splits.get(seen.part).copied().unwrap_or_default();
            add(View::Single, None, Who::Plain, &|seen| !split(seen));
            for option in options() {
                add(View::Single, Some(option), Who::Option(&option.id), &split);
            }
            found.sort_by_key(|(part, _)| *part);
        }
    }
    found.into_iter().map(|(_, question)| question).collect()
}

/// Calls `visit` with every question that `who` sees of those marks that `keep` lets pass.
fn ask<'s>(site: &'s Site, page: &'s Page, who: Who, keep: &dyn Fn(&Seen) -> bool, visit: &mut dyn FnMut(&Seen<'s>)) {
    let mut faq: Option<u8> = None;
    walk(site, page, who, &mut |seen| {
        let Mark::Heading { mark, .. } = seen.mark else { return };
        if !keep(&seen) {
            return;
        }
        faq = faq.filter(|own| seen.level > *own);
        if faq.is_some_and(|own| seen.level == own + 1) {
            visit(&seen);
        }
        if *mark == Section::Faq {
            faq = Some(seen.level);
        }
    });
}

/// Where the site first shows each question that comes from a snippet: on a page that search engines may know, if there
/// is one.
pub fn firsts(site: &Site) -> HashMap<SitePath, Firsts> {
    let mut firsts: HashMap<SitePath, Firsts> = HashMap::new();
    let tells = |page: &&Page| {
        !page.splices.is_empty() && page.outline.front.schema_faq != Some(false) && page.kind != PageKind::NotFound
    };
    for searched in [true, false] {
        for page in site.pages.iter().filter(tells).filter(|page| is_searched(page) == searched) {
            for question in questions(site, page) {
                let Some((snippet, id)) = question.from else { continue };
                let first = First { page: page.path.clone(), view: question.view, anchor: question.anchor };
                firsts.entry(snippet.clone()).or_default().entry(id.clone()).or_insert(first);
            }
        }
    }
    firsts
}

/// How many questions each top-level section has; those outside of any section under an empty name.
pub(super) fn counts(
    pages: &[Page],
    folders: &[Folder],
    config: &Config,
    snippets: &HashMap<SitePath, Arc<Outline>>,
) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages {
        if page.outline.front.faq == Some(false) {
            continue;
        }
        let count = count(page, config, snippets);
        if count > 0 {
            *counts.entry(top_section(page, folders).to_owned()).or_default() += count;
        }
    }
    counts.into_iter().collect()
}

/// How many questions the page has that somebody sees.
pub(super) fn count(page: &Page, config: &Config, snippets: &HashMap<SitePath, Arc<Outline>>) -> usize {
    let is_faq = |mark: &Mark| matches!(mark, Mark::Heading { mark: Section::Faq, .. });
    if page.splices.is_empty() && !page.outline.marks.iter().any(is_faq) {
        return 0;
    }
    let mut counting = Counting { page, config, snippets, faq: None, count: 0 };
    counting.text(&page.outline, &page.splices, 0);
    counting.count
}

struct Counting<'s> {
    page: &'s Page,
    config: &'s Config,
    snippets: &'s HashMap<SitePath, Arc<Outline>>,
    /// The level of the section of questions.
    faq: Option<u8>,
    count: usize,
}

impl Counting<'_> {
    fn text(&mut self, outline: &Outline, splices: &[Splice], shift: i8) {
        let readers = self.readers(&outline.names);
        let mut splices = splices.iter();
        for mark in &outline.marks {
            match mark {
                Mark::Heading { level, mark, set, .. } if set.meets(readers) => {
                    let level = super::walk::shifted(*level, shift);
                    self.faq = self.faq.filter(|own| level > *own);
                    self.count += usize::from(self.faq.is_some_and(|own| level == own + 1));
                    if *mark == Section::Faq {
                        self.faq = Some(level);
                    }
                }
                Mark::Include { set, .. } => {
                    let Some(splice) = splices.next().filter(|_| set.meets(readers)) else { continue };
                    if let Some(snippet) = splice.path.as_ref().and_then(|path| self.snippets.get(path)) {
                        self.text(snippet, &splice.inner, splice.shift);
                    }
                }
                _ => {}
            }
        }
    }

    /// Everyone who reads some page of the guide, in a text that mentions `names`.
    fn readers(&self, names: &Names) -> VariantSet {
        let Some(offer) = &self.page.offer else { return Who::Plain.bit(names) };
        let bits = offer.choices(self.config).1.map(|option| Who::Option(&option.id).bit(names));
        bits.fold(Who::Overview.bit(names), |all, bit| all | bit)
    }
}
