//! The place of a diagnostic → the lines of its file; never reads a file that is only copied.

use super::excerpt::Lines;
use crate::diag::{Place, Span};
use crate::path::SitePath;
use crate::source::{Origin, Sources};

/// The files that diagnostics are about. The lines of the last one are at hand, for diagnostics come sorted.
pub(super) struct Files<'s> {
    sources: &'s Sources,
    last: Option<(SitePath, Option<Lines<'s>>)>,
}

impl<'s> Files<'s> {
    pub(super) fn of(sources: &'s Sources) -> Files<'s> {
        Files { sources, last: None }
    }

    /// The lines of the file, if they can be shown.
    pub(super) fn lines(&mut self, place: &Place) -> Option<&Lines<'s>> {
        if self.last.as_ref().is_none_or(|(path, lines)| *path != place.path || !fits(lines, place)) {
            self.last = Some((place.path.clone(), self.read(place)));
        }
        self.last.as_ref().and_then(|(_, lines)| lines.as_ref())
    }

    /// Whether the file is one of the theme inside the program.
    pub(super) fn is_theme(&self, path: &SitePath) -> bool {
        self.sources.get(path.as_str()).is_some_and(|file| file.origin == Origin::Theme)
    }

    fn read(&self, place: &Place) -> Option<Lines<'s>> {
        let path = place.path.as_str();
        let own = match self.sources.text(path) {
            Some(text) => Some(text.as_bytes()),
            None if is_whole(place) => None,
            None => self.sources.bytes(path),
        };
        let own = own.map(Lines::of);
        match self.sources.theme_text(path) {
            // A site's file may extend the theme's of the same name, in which the mistake then is.
            Some(theme) if own.is_none() || !fits(&own, place) => Some(Lines::of(theme.as_bytes())),
            _ => own,
        }
    }
}

/// Whether the place is a file as a whole.
pub(super) fn is_whole(place: &Place) -> bool {
    place.span == Span::default()
}

fn fits(lines: &Option<Lines>, place: &Place) -> bool {
    match lines {
        Some(lines) => place.span.end as usize <= lines.len(),
        None => is_whole(place),
    }
}
