//! A recipe and the facts → an `Artifact`; never sees `Site`, never writes.

mod astray;
mod block;
mod body;
mod engine;
mod escape;
mod everything;
mod feed;
mod first;
mod footnote;
mod generated;
mod guide;
mod head;
mod host;
mod inline;
mod jsonld;
mod page;
mod part;
mod raw;
mod section;
mod sitemap;
mod values;

pub use engine::register;

use crate::diag::Diagnostic;
use crate::facts::{Answer, Ask, Facts, Noted};
use crate::path::{SitePath, Url};
use crate::site::route::Recipe;
use std::sync::Arc;

/// An output, ready to be written.
pub struct Artifact {
    /// Its bytes, or the file that it is a copy of.
    pub content: Content,
    /// What was wrong while it was made.
    pub notes: Vec<Diagnostic>,
    /// The questions that it depends on, with their answers.
    pub asked: Vec<Noted>,
}

/// What an output holds.
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The bytes of this file.
    Copy(SitePath),
    /// Nothing: it could not be made, and the notes say why.
    Failed,
}

/// Makes the output at `url`.
pub fn render(facts: Facts, url: &Url, recipe: &Recipe) -> Artifact {
    let (content, notes) = content(&facts, url, recipe).unwrap_or_else(|failed| failure(&facts, Vec::new(), *failed));
    Artifact { content, notes, asked: facts.asked() }
}

/// What is left where a template failed: `notes` of the text, and why.
fn failure(facts: &Facts, mut notes: Vec<Diagnostic>, failed: Diagnostic) -> (Content, Vec<Diagnostic>) {
    facts.places(&failed.place.path);
    notes.push(failed);
    (Content::Failed, notes)
}

type Made = Result<(Content, Vec<Diagnostic>), Box<Diagnostic>>;

fn content(facts: &Facts, url: &Url, recipe: &Recipe) -> Made {
    let html = |html: Vec<u8>| Ok((Content::Bytes(html), Vec::new()));
    let text = |text: String| html(text.into_bytes());
    match recipe {
        Recipe::Page(path, view) => {
            let known: Arc<_> = facts.ask(Ask::Placement(path.clone()));
            let Answer::Placement(placement) = &known.answer else { return Ok((Content::Failed, Vec::new())) };
            let (sheet, notes) = page::written(facts, path, view, placement)?;
            let made = sheet.context().and_then(|values| engine::page(facts, &sheet.template, &values, path));
            Ok(match made {
                Ok(html) => (Content::Bytes(html), notes),
                Err(failed) => failure(facts, notes, *failed),
            })
        }
        Recipe::Folder(folder) => html(generated::folder(facts, url, folder)?),
        Recipe::Faq(section) => html(generated::faq(facts, url, section.as_deref())?),
        Recipe::AllGuides(letter) => html(generated::all_guides(facts, url, letter.as_deref())?),
        Recipe::NotFound => html(generated::not_found(facts, url)?),
        Recipe::Redirect(target) => html(generated::redirect(facts, url, target)?),
        Recipe::Feed => text(feed::atom(facts)),
        Recipe::Sitemap => text(sitemap::sitemap(facts, None)),
        Recipe::SitemapPart(part) => text(sitemap::sitemap(facts, Some(*part))),
        Recipe::Robots => text(sitemap::robots(facts)),
        Recipe::NoJekyll => text(String::new()),
        Recipe::Host(file) => text(host::file(facts, *file)),
        Recipe::Copy(path) => {
            facts.places(path);
            Ok((Content::Copy(path.clone()), Vec::new()))
        }
        Recipe::Theme(path) => {
            let bytes = facts.theme_bytes(path).unwrap_or_default().to_vec();
            Ok((Content::Bytes(bytes), Vec::new()))
        }
    }
}
