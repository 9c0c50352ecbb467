//! Snippets and what they include → how much each of them brings to a page; never expands one.
//!
//! Ten includes in each of ten snippets are a page of ten thousand million parts. Each snippet is weighed once, so that
//! this is known before anything is put into its place.

use super::link::place_of;
use crate::content::{Mark, Outline};
use crate::diag::{Code, Diagnostic, Place, Span};
use crate::path::SitePath;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many snippets a page may consist of, those inside of snippets counted.
const MOST_PARTS: u64 = 5_000;
/// How many bytes of snippets a page may consist of, each in [steps](step).
const MOST_BYTES: u64 = 8 << 20;

/// What snippets bring to the text that includes them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    parts: u64,
    bytes: u64,
}

/// What is known of a snippet's weight.
#[derive(Clone)]
enum Known {
    /// It is being weighed: what includes it now closes a circle.
    Open,
    /// So much.
    Weighs(Weight),
    /// More than a page may have, and the include that is too much.
    TooMuch(Box<Diagnostic>),
}

/// A snippet that is being weighed.
struct Open<'s> {
    path: SitePath,
    marks: &'s [Mark],
    /// How many marks have been looked at.
    at: usize,
    weight: Weight,
}

/// Weights of snippets, each found when it is asked for.
pub(super) struct Scales<'s> {
    snippets: &'s HashMap<SitePath, Arc<Outline>>,
    sizes: &'s HashMap<SitePath, u64>,
    known: HashMap<SitePath, Known>,
    /// Includes that close a circle, by their place. Without them snippets include each other in no circle.
    circles: BTreeMap<Place, Diagnostic>,
}

/// The bytes that a snippet of this size counts for: the next power of two, so that a small edit changes nothing.
pub fn step(bytes: u64) -> u64 {
    bytes.clamp(1 << 10, 1 << 40).next_power_of_two()
}

impl<'s> Scales<'s> {
    /// Nothing is weighed yet. `sizes` are those of the snippets' files.
    pub(super) fn new(snippets: &'s HashMap<SitePath, Arc<Outline>>, sizes: &'s HashMap<SitePath, u64>) -> Scales<'s> {
        Scales { snippets, sizes, known: HashMap::new(), circles: BTreeMap::new() }
    }

    /// Adds to `weight`, which is that of what the text `path` included so far, what the snippet `to` brings. The error
    /// is that this would not end or be too much, and at which include; `None` if that has been said of this text.
    pub(super) fn add(
        &mut self,
        path: &SitePath,
        span: Span,
        to: &SitePath,
        weight: &mut Weight,
    ) -> Result<(), Option<Box<Diagnostic>>> {
        self.weigh(to);
        let place = Place { path: path.clone(), span };
        match self.circles.get(&place) {
            Some(circle) => Err(Some(circle.clone().into())),
            None => self.put(place, to, weight),
        }
    }

    /// Adds what a snippet brings that has been weighed.
    fn put(&self, place: Place, to: &SitePath, weight: &mut Weight) -> Result<(), Option<Box<Diagnostic>>> {
        let own = match self.known.get(to) {
            Some(Known::Weighs(own)) => *own,
            Some(Known::TooMuch(note)) => return Err(Some(note.clone())),
            Some(Known::Open) | None => return Ok(()),
        };
        let was_too_much = weight.is_too_much();
        *weight = Weight { parts: weight.parts + own.parts, bytes: weight.bytes + own.bytes };
        match weight.is_too_much() {
            true if was_too_much => Err(None),
            true => Err(Some(too_much(place, *weight).into())),
            false => Ok(()),
        }
    }

    /// Weighs the snippet `path`, and before it those that it includes.
    fn weigh(&mut self, path: &SitePath) {
        let mut open = Vec::new();
        self.begin(path.clone(), &mut open);
        while let Some(own) = open.last_mut() {
            let Some(mark) = own.marks.get(own.at) else {
                let done = open.pop().map(|own| (own.path, Known::Weighs(own.weight)));
                self.known.extend(done);
                continue;
            };
            own.at += 1;
            let Mark::Include { dest, span, .. } = mark else { continue };
            let place = Place { path: own.path.clone(), span: *span };
            let Some(to) = place_of(&own.path, dest) else { continue };
            match self.known.get(&to) {
                None if self.snippets.contains_key(&to) => {
                    // It is looked at once more when that snippet has been weighed.
                    own.at -= 1;
                    self.begin(to, &mut open);
                }
                Some(Known::Open) => {
                    let first = open.iter().position(|link| link.path == to).unwrap_or_default();
                    let names: Vec<&str> =
                        open[first..].iter().map(|link| &link.path).chain([&to]).map(SitePath::as_str).collect();
                    self.circles.insert(place.clone(), circle(place, &names));
                }
                _ => {
                    let mut weight = own.weight;
                    let put = self.put(place, &to, &mut weight);
                    own.weight = weight;
                    if let Err(Some(note)) = put {
                        self.known.insert(own.path.clone(), Known::TooMuch(note));
                        open.pop();
                    }
                }
            }
        }
    }

    fn begin(&mut self, path: SitePath, open: &mut Vec<Open<'s>>) {
        let Some(snippet) = self.snippets.get(&path).filter(|_| !self.known.contains_key(&path)) else { return };
        let bytes = step(self.sizes.get(&path).copied().unwrap_or_default());
        self.known.insert(path.clone(), Known::Open);
        open.push(Open { path, marks: &snippet.marks, at: 0, weight: Weight { parts: 1, bytes } });
    }
}

impl Weight {
    fn is_too_much(&self) -> bool {
        self.parts > MOST_PARTS || self.bytes > MOST_BYTES
    }
}

fn too_much(place: Place, weight: Weight) -> Diagnostic {
    let most = if weight.parts > MOST_PARTS {
        format!("more than {MOST_PARTS} snippets are put together here")
    } else {
        format!("more than {} MB of snippets are put together here", MOST_BYTES >> 20)
    };
    Diagnostic::new(Code::IncludeTooMuch, &place.path, place.span, most)
        .label("with this one")
        .help("snippets that include others several times multiply: include fewer, or split the page")
}

fn circle(place: Place, names: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::IncludeCycle, &place.path, place.span, "this snippet includes itself")
        .label("the circle closes here")
        .help(format!("take one of these includes away: {}", names.join(" → ")))
}
