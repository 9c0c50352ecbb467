//! A question → which part of the site its answer can come from; too much of it at times, never too little.
//!
//! The rest of the site then need not be asked again. In debug builds the ledger asks all the same, and compares.

use super::Ask;
use crate::hash::Hash;
use crate::path::SitePath;
use crate::site::Site;
use std::collections::HashSet;

/// What an answer comes from, beside the settings, the snippets, and which pages there are and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach<'a> {
    /// Something else than pages: it is always asked again.
    Elsewhere,
    /// All pages.
    Site,
    /// The pages in this folder, at any depth.
    Folder(&'a str),
    /// The pages in this top-level section, at any depth.
    Section(&'a str),
    /// This file.
    File(&'a str),
}

/// The print of a reach, as the ledger keeps it.
pub type Print = u64;

/// What the answer to `ask` comes from.
pub fn reach<'a>(site: &Site, ask: &'a Ask) -> Reach<'a> {
    match ask {
        Ask::Config
        | Ask::Words(_)
        | Ask::Template(_)
        | Ask::Component(_)
        | Ask::HasTemplate(_)
        | Ask::Styles
        | Ask::Hosts
        | Ask::Due(_) => Reach::Elsewhere,
        Ask::Front(path)
        | Ask::Body(path, _)
        | Ask::Text(path)
        | Ask::Splices(path)
        | Ask::Placement(path)
        | Ask::Shape(path, _)
        | Ask::Counts(path)
        | Ask::Card(path)
        | Ask::Name(path) => Reach::File(path.as_str()),
        Ask::Link(link) if site.page(link.to.as_str()).is_some() => Reach::File(link.to.as_str()),
        Ask::Neighbours(path) => Reach::Folder(path.parent()),
        Ask::Menu(folder) | Ask::Children(folder) => Reach::Folder(folder),
        // A section without a name holds the pages beside the sections.
        Ask::Faqs(Some(section)) if !section.is_empty() => Reach::Section(section),
        Ask::Faqs(Some(_))
        | Ask::Link(_)
        | Ask::Crumbs(_)
        | Ask::Asset(_)
        | Ask::Nav
        | Ask::Home
        | Ask::Faqs(None)
        | Ask::AllGuides(_)
        | Ask::Feed
        | Ask::Firsts(_)
        | Ask::Sitemap(_) => Reach::Site,
    }
}

impl Reach<'_> {
    /// Its print; two with one print are asked together, which costs time only.
    pub fn print(self) -> Print {
        let hash = Hash::of_value(&self);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

/// The prints of everything that reaches one of the files `changed`, but no other page, nor a list of pages.
pub fn close(changed: &[SitePath]) -> HashSet<Print> {
    let files = changed.iter().map(|path| Reach::File(path.as_str()));
    files.chain([Reach::Elsewhere]).map(Reach::print).collect()
}

/// The prints of everything that reaches one of the files `changed`, alone or among others.
pub fn wide(changed: &[SitePath]) -> HashSet<Print> {
    let mut prints = close(changed);
    prints.insert(Reach::Site.print());
    for path in changed {
        let folders = path.as_str().match_indices('/').map(|(at, _)| &path.as_str()[..at]);
        prints.extend(folders.map(|folder| Reach::Folder(folder).print()));
        let section = path.as_str().split('/').nth(1).unwrap_or_default();
        prints.insert(Reach::Section(section).print());
    }
    prints
}
