//! A project and its files as they are now → the project as it is now; never anything else than opening it would give.

use super::{Earlier, Listener, Project, Request, State};
use crate::assets;
use crate::content::{self, Outline};
use crate::diag::Diagnostic;
use crate::facts::{Docs, World};
use crate::path::SitePath;
use crate::site::weigh::step;
use crate::source::{File, Role, Sources};
use crate::templates::Templates;
use std::sync::Arc;

impl Project {
    /// The project as `sources` make it. The less they differ from those of `self`, the less there is to do.
    pub fn again(&self, request: &Request, sources: Sources, listen: Listener) -> anyhow::Result<Project> {
        let sources = Arc::new(sources);
        match self.with_other_texts(&sources) {
            Some(project) => Ok(project),
            None => Project::of(request, sources, Earlier::Project(self), listen),
        }
    }

    /// What is wrong with the project, before anything is rendered.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// The paths of the files that `sources` has with other bytes, or does not have, or has in addition, and of what
    /// is wrong in the one and not in the other.
    pub fn changed(&self, sources: &Sources) -> Vec<SitePath> {
        let (old, new) = (self.sources.files(), sources.files());
        let (mut at, mut to) = (0, 0);
        let mut changed = Vec::new();
        while at < old.len() || to < new.len() {
            let order = match (old.get(at), new.get(to)) {
                (Some(old), Some(new)) => old.path.cmp(&new.path),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, _) => std::cmp::Ordering::Greater,
            };
            if order.is_eq() && (old[at].hash != new[to].hash || old[at].origin != new[to].origin) || order.is_lt() {
                changed.push(old[at].path.clone());
            } else if order.is_gt() {
                changed.push(new[to].path.clone());
            }
            at += usize::from(order.is_le());
            to += usize::from(order.is_ge());
        }
        // A link in a circle, say, is no file.
        changed.extend(differing(self.sources.notes(), sources.notes()).map(|note| note.place.path.clone()));
        changed.sort();
        changed.dedup();
        changed
    }

    /// What this project understood of the same bytes.
    pub(super) fn outline(&self, file: &File) -> Option<&Arc<Outline>> {
        let State::Ready(world) = &self.state else { return None };
        let same =
            self.sources.get(file.path.as_str()).is_some_and(|old| old.hash == file.hash && old.role == file.role);
        world.site.outline(file.path.as_str()).filter(|_| same)
    }

    /// This project's templates, if `sources` have the same.
    fn unchanged_templates(&self, sources: &Sources) -> Option<Arc<Templates>> {
        let State::Ready(world) = &self.state else { return None };
        let files = |sources: &Sources| -> Vec<_> {
            let templates = sources.files().iter().filter(|file| file.role == Role::Template);
            templates.map(|file| (file.path.clone(), file.origin, file.hash)).collect()
        };
        (files(&self.sources) == files(sources)).then(|| Arc::clone(&world.templates))
    }

    /// The project in which only texts and copied files changed, and that in such a way that the site keeps its
    /// structure; `None` if it may not.
    fn with_other_texts(&self, sources: &Arc<Sources>) -> Option<Project> {
        let State::Ready(world) = &self.state else { return None };
        let changed = self.changed(sources);
        if sources.skipped() != self.sources.skipped() {
            return None;
        }
        let (mut outlines, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for path in &changed {
            let (old, new) = (self.sources.get(path.as_str())?, sources.get(path.as_str())?);
            let outline = match new.role {
                _ if old.role != new.role || old.origin != new.origin => return None,
                Role::Settings | Role::Template => return None,
                Role::Snippet if step(old.size) != step(new.size) => return None,
                Role::Static if assets::is_fingerprinted(path.as_str()) => return None,
                Role::Static | Role::Asset => continue,
                Role::Page => content::page(&sources.passing(path.as_str())?, path).0,
                Role::Snippet => content::snippet(&sources.passing(path.as_str())?, path).0,
            };
            let known = world.site.outline(path.as_str())?;
            // Which templates are used is not judged again here, and what is wrong with a snippet names the pages that
            // include it.
            let is_wrong = !(known.notes.is_empty() && outline.notes.is_empty());
            if known.front.template != outline.front.template || (new.role == Role::Snippet && is_wrong) {
                return None;
            }
            before.extend(known.notes.iter().cloned());
            after.extend(outline.notes.iter().cloned());
            outlines.push((path.clone(), Arc::new(outline)));
        }
        let site = world.site.with(&outlines)?;
        let (about, mut notes): (Vec<Diagnostic>, Vec<Diagnostic>) =
            self.notes.iter().cloned().partition(|note| is_about(note, &changed));
        let at_changed = |notes: &[Diagnostic]| -> Vec<Diagnostic> {
            notes.iter().filter(|note| is_about(note, &changed)).cloned().collect()
        };
        before.extend(at_changed(self.sources.notes()));
        after.extend(at_changed(sources.notes()));
        // What else was said of these files was said by stages that are not run again here.
        if !is_same_set(about, before) {
            return None;
        }
        notes.extend(after);
        let world = World::new(
            site,
            Arc::clone(sources),
            Arc::clone(&world.templates),
            Arc::clone(&world.assets),
            Docs::default(),
        );
        let (sources, skipped) = (Arc::clone(sources), self.skipped.clone());
        Some(Project { sources, notes, skipped, state: State::Ready(Arc::new(world)) })
    }
}

impl Earlier<'_> {
    /// The templates that were loaded from what `sources` have.
    pub(super) fn templates(&self, sources: &Sources) -> Option<Arc<Templates>> {
        match self {
            Earlier::Run(_) => None,
            Earlier::Project(project) => project.unchanged_templates(sources),
        }
    }
}

/// What is in one of two sorted lists, and not in the other.
fn differing<'l, T: Ord>(old: &'l [T], new: &'l [T]) -> impl Iterator<Item = &'l T> {
    let only = |one: &'l [T], other: &'l [T]| one.iter().filter(|item| other.binary_search(item).is_err());
    only(old, new).chain(only(new, old))
}

/// Whether a diagnostic names a place in one of the files, which are sorted.
fn is_about(note: &Diagnostic, files: &[SitePath]) -> bool {
    let places = std::iter::once(&note.place).chain(note.related.iter().map(|(place, _)| place));
    places.into_iter().any(|place| files.binary_search(&place.path).is_ok())
}

fn is_same_set(mut a: Vec<Diagnostic>, mut b: Vec<Diagnostic>) -> bool {
    a.sort();
    b.sort();
    a == b
}
