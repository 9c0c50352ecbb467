//! A page and a view → what that page shows: headings, anchors, steps, questions; from outlines alone.

use super::splice::Splice;
use super::{Page, Site, View};
use crate::content::doc::Section;
use crate::content::set::{Names, VariantSet};
use crate::content::{List, Mark, Outline};
use crate::path::SitePath;

/// What is shown: everything for one reader, or everything for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// Readers of a page without account types.
    Plain,
    /// Readers of an overview.
    Overview,
    /// One account type.
    Option(&'a str),
}

impl Who<'_> {
    /// The bit that stands for them in a text that mentions `names`.
    pub fn bit(&self, names: &Names) -> VariantSet {
        match self {
            Who::Plain => VariantSet::OTHER,
            Who::Overview => VariantSet::OVERVIEW,
            Who::Option(id) => names.bit(id),
        }
    }
}

/// A mark as a page shows it.
pub struct Seen<'s> {
    /// The mark.
    pub mark: &'s Mark,
    /// For a heading: its level on the page, 2 to 6.
    pub level: u8,
    /// Its id on the page; empty if it has none.
    pub id: &'s str,
    /// The snippet that it comes from.
    pub snippet: Option<&'s SitePath>,
    /// How many of the page's widest sections have begun: 0 before the first.
    pub part: usize,
    /// Whether it is the heading of such a section.
    pub opens: bool,
}

/// Calls `visit` with every mark that `who` sees on `page`, in order, snippets in their places.
pub fn walk<'s>(site: &'s Site, page: &'s Page, who: Who, visit: &mut dyn FnMut(Seen<'s>)) {
    let mut place = Place { top: Some(top_level(page)), part: 0 };
    level(site, &page.outline, &page.splices, None, who, &mut place, visit);
}

/// Where a walk is.
struct Place {
    /// The level of the widest sections; `None` inside a snippet, whose headings begin no part of the page.
    top: Option<u8>,
    part: usize,
}

fn level<'s>(
    site: &'s Site,
    outline: &'s Outline,
    splices: &'s [Splice],
    of: Option<&'s Splice>,
    who: Who,
    place: &mut Place,
    visit: &mut dyn FnMut(Seen<'s>),
) {
    let bit = who.bit(&outline.names);
    let mut splices = splices.iter();
    let name = |id: &'s str| of.map_or(id, |splice| splice.renamed(id));
    for mark in &outline.marks {
        let mut opens = false;
        let (set, own, id) = match mark {
            Mark::Heading { level, id, set, .. } => {
                opens = place.top.is_some_and(|top| *level <= top);
                place.part += usize::from(opens);
                (*set, *level, name(id))
            }
            Mark::Anchor { id, set } => (*set, 0, name(id)),
            Mark::Items { id, set, .. } => (*set, 0, id.as_deref().map_or("", name)),
            Mark::Include { set, .. } => {
                let splice = splices.next();
                if let Some(splice) = splice.filter(|_| set.meets(bit))
                    && let Some(path) = &splice.path
                    && let Some(snippet) = site.snippet(path.as_str())
                {
                    let top = place.top.take();
                    level(site, snippet, &splice.inner, Some(splice), who, place, visit);
                    place.top = top;
                }
                continue;
            }
        };
        if set.meets(bit) {
            let shift = of.map_or(0, |splice| splice.shift);
            let snippet = of.and_then(|splice| splice.path.as_ref());
            visit(Seen { mark, level: shifted(own, shift), id, snippet, part: place.part, opens });
        }
    }
}

/// A heading's level on the page: as written, and in a snippet below the title and never deeper than HTML goes.
pub fn shifted(level: u8, shift: i8) -> u8 {
    if shift == 0 { level } else { (level as i8 + shift).clamp(2, 6) as u8 }
}

/// A section of steps on a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    /// The id of its heading.
    pub section: String,
    /// What its steps' anchors begin with: `step-`, or `<section>-step-` behind the first section.
    pub prefix: String,
    /// The anchors that steps have by hand, by their place; empty where a step has none.
    pub ids: Vec<String>,
}

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Headings: level, id, plain text with variables, and whether it is a question.
    pub headings: Vec<(u8, String, String, bool)>,
    /// Every anchor but those of steps that are known by their number.
    pub anchors: Vec<String>,
    /// Its sections of steps.
    pub steps: Vec<Steps>,
    /// Boxes to tick, per section that has any: the heading's id and how many.
    pub tasks: Vec<(String, u32)>,
    /// Questions, per section of questions: the heading's id and how many.
    pub questions: Vec<(String, u32)>,
}

impl Shape {
    /// The shape of a page that shows nothing.
    pub const EMPTY: Shape = Shape {
        headings: Vec::new(),
        anchors: Vec::new(),
        steps: Vec::new(),
        tasks: Vec::new(),
        questions: Vec::new(),
    };

    /// How many steps there are.
    pub fn count(&self) -> u32 {
        self.steps.iter().map(|section| section.ids.len() as u32).sum()
    }

    /// Whether the page has the anchor `id`.
    pub fn has(&self, id: &str) -> bool {
        self.anchors.iter().any(|anchor| anchor == id)
            || self.steps.iter().any(|section| {
                id.strip_prefix(&section.prefix)
                    .and_then(|number| number.parse::<usize>().ok())
                    .is_some_and(|number| (1..=section.ids.len()).contains(&number) && !id.contains("step-0"))
            })
    }

    /// Every anchor, with those of steps.
    pub fn all(&self) -> impl Iterator<Item = String> {
        let steps = self
            .steps
            .iter()
            .flat_map(|section| (1..=section.ids.len()).map(move |number| format!("{}{number}", section.prefix)));
        self.anchors.iter().cloned().chain(steps)
    }
}

/// Whether the page that `view` names has a heading, a block or an item with the id `id`: an anchor that can be told
/// without the page's whole shape. Steps that are known by their number, and pages with everything, are not.
pub fn shows(site: &Site, page: &Page, view: &View, id: &str) -> bool {
    let who = match view {
        View::Plain => Who::Plain,
        View::Overview => Who::Overview,
        View::Option(option) => Who::Option(option),
        View::Single | View::Print => return false,
    };
    let mut found = false;
    walk(site, page, who, &mut |seen| found |= seen.id == id);
    found && !id.is_empty()
}

/// Whether a section's steps are its sub-headings: it is said to hold steps, and has no numbered list of its own.
#[derive(Clone, Copy, PartialEq)]
enum Stepping {
    No,
    /// Nothing is known yet: the section's level.
    Open(u8),
    /// Items of numbered lists.
    Items(u8),
    /// Sub-headings of the level below.
    Headings(u8),
}

/// What `who` sees on `page`.
pub fn shape(site: &Site, page: &Page, who: Who) -> Shape {
    shape_where(site, page, who, &|_| true)
}

/// What `who` sees of those parts of the page that `keep` lets pass. Steps have the anchors there that they have where
/// the whole page is seen.
fn shape_where(site: &Site, page: &Page, who: Who, keep: &dyn Fn(&Seen) -> bool) -> Shape {
    let mut shape = Shape::default();
    let mut sections = 0;
    let mut stepping = Stepping::No;
    let mut tasks: Option<u8> = None;
    let mut faq: Option<u8> = None;
    walk(site, page, who, &mut |seen| match seen.mark {
        Mark::Heading { mark, .. } if !keep(&seen) => sections += usize::from(*mark == Section::Steps),
        _ if !keep(&seen) => {}
        Mark::Heading { mark, text, .. } => {
            let level = seen.level;
            if let Stepping::Open(own) | Stepping::Items(own) | Stepping::Headings(own) = stepping {
                if level <= own {
                    stepping = Stepping::No;
                } else if matches!(stepping, Stepping::Open(_)) {
                    stepping = Stepping::Headings(own);
                }
                if stepping == Stepping::Headings(own) && level == own + 1 {
                    step(&mut shape, String::new());
                }
            }
            if tasks.is_some_and(|own| level <= own) {
                tasks = None;
            }
            if faq.is_some_and(|own| level <= own) {
                faq = None;
            }
            let question = faq.is_some_and(|own| level == own + 1);
            if let (true, Some((_, count))) = (question, shape.questions.last_mut()) {
                *count += 1;
            }
            match mark {
                Section::Steps => {
                    stepping = Stepping::Open(level);
                    let prefix = if sections == 0 { "step-".to_owned() } else { format!("{}-step-", seen.id) };
                    sections += 1;
                    shape.steps.push(Steps { section: seen.id.to_owned(), prefix, ids: Vec::new() });
                }
                Section::Checklist => {
                    tasks = Some(level);
                    shape.tasks.push((seen.id.to_owned(), 0));
                }
                Section::Faq => {
                    faq = Some(level);
                    shape.questions.push((seen.id.to_owned(), 0));
                }
                Section::Plain => {}
            }
            shape.anchors.push(seen.id.to_owned());
            shape.headings.push((level, seen.id.to_owned(), text.to_string(), question));
        }
        Mark::Anchor { .. } => shape.anchors.push(seen.id.to_owned()),
        Mark::Items { list, count, .. } => {
            if !seen.id.is_empty() {
                shape.anchors.push(seen.id.to_owned());
            }
            match (list, stepping, tasks) {
                (List::Numbered, Stepping::Open(own) | Stepping::Items(own), _) => {
                    stepping = Stepping::Items(own);
                    for _ in 0..*count {
                        step(&mut shape, seen.id.to_owned());
                    }
                }
                (List::Tasks, _, Some(_)) => {
                    if let Some((_, sum)) = shape.tasks.last_mut() {
                        *sum += u32::from(*count);
                    }
                }
                _ => {}
            }
        }
        Mark::Include { .. } => {}
    });
    shape
}

fn step(shape: &mut Shape, id: String) {
    if let Some(section) = shape.steps.last_mut() {
        section.ids.push(id);
    }
}

/// For each part of a page (what stands before its first section, then its widest sections), whether some of it is not
/// for everyone.
pub fn splits(site: &Site, page: &Page) -> Vec<bool> {
    let top = top_level(page);
    let mut splits = vec![page.outline.split];
    let mut splices = page.splices.iter();
    for mark in &page.outline.marks {
        match mark {
            Mark::Heading { level, split, .. } if *level <= top => splits.push(*split),
            Mark::Include { .. } => {
                if splices.next().is_some_and(|splice| mentions(site, splice))
                    && let Some(last) = splits.last_mut()
                {
                    *last = true;
                }
            }
            _ => {}
        }
    }
    splits
}

/// Whether a snippet, or one inside it, speaks of account types.
fn mentions(site: &Site, splice: &Splice) -> bool {
    let own = splice.path.as_ref().and_then(|path| site.snippet(path.as_str()));
    own.is_some_and(|snippet| !snippet.names.0.is_empty()) || splice.inner.iter().any(|inner| mentions(site, inner))
}

/// The level of the page's widest sections.
fn top_level(page: &Page) -> u8 {
    let levels = page.outline.marks.iter().filter_map(|mark| match mark {
        Mark::Heading { level, .. } => Some(*level),
        _ => None,
    });
    levels.min().unwrap_or(2)
}

/// The anchors of a page that shows everything: parts for everyone once, the others once for each option, with the
/// option's id before their own.
fn everything(site: &Site, page: &Page) -> Shape {
    let splits = splits(site, page);
    let split = |seen: &Seen| splits.get(seen.part).copied().unwrap_or_default();
    let mut shape = shape_where(site, page, Who::Plain, &|seen| !split(seen));
    let questions: Vec<String> =
        shape.headings.iter().filter(|(.., question)| *question).map(|(_, id, ..)| id.clone()).collect();
    let mut headings: Vec<(usize, (u8, String, String, bool))> = Vec::new();
    walk(site, page, Who::Plain, &mut |seen| {
        if let (Mark::Heading { text, .. }, false) = (seen.mark, split(&seen)) {
            let question = questions.iter().any(|id| id == seen.id);
            headings.push((seen.part, (seen.level, seen.id.to_owned(), text.to_string(), question)));
        }
    });
    for option in site.options(page).into_iter().flat_map(|(_, options)| options) {
        let who = Who::Option(&option.id);
        let own = shape_where(site, page, who, &split);
        shape.anchors.extend(own.all().map(|id| format!("{}--{id}", option.id)));
        walk(site, page, who, &mut |seen| {
            let Mark::Heading { text, .. } = seen.mark else { return };
            if !split(&seen) || !seen.opens {
                return;
            }
            if !shape.anchors.iter().any(|anchor| anchor == seen.id) {
                shape.anchors.push(seen.id.to_owned());
                headings.push((seen.part, (seen.level, seen.id.to_owned(), text.to_string(), false)));
            }
            let id = format!("{}--{}", option.id, seen.id);
            headings.push((seen.part, (seen.level + 1, id, option.title.clone(), false)));
        });
    }
    headings.sort_by_key(|(part, _)| *part);
    shape.headings = headings.into_iter().map(|(_, heading)| heading).collect();
    shape
}

/// What the page that `view` names shows.
pub fn shape_of(site: &Site, page: &Page, view: &View) -> Shape {
    match view {
        View::Plain => shape(site, page, Who::Plain),
        View::Overview => shape(site, page, Who::Overview),
        View::Option(id) => shape(site, page, Who::Option(id)),
        View::Single | View::Print => everything(site, page),
    }
}
