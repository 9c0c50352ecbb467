//! A question about the site → its answer, noted; the only way in which rendering sees anything but its own page's text.
//!
//! [`answer`] is a pure function of the world and the question, so an output whose questions are answered as before is
//! as before. What cannot be asked, no output can depend on.

mod answer;
mod ask;
pub mod reach;
mod world;

pub use answer::answer;
pub use ask::*;
pub use world::{Docs, Fragment, Known, Noted, World};

use crate::config::Config;
use crate::content::doc::{Doc, Whole, interpret};
use crate::content::front::Front;
use crate::content::packed::Packed;
use crate::day::Day;
use crate::path::SitePath;
use crate::site::View;
use crate::templates::{Templates, Words};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What one output sees of the world. Every question that it asks is noted; clones share their notes.
#[derive(Clone)]
pub struct Facts {
    world: Arc<World>,
    asked: Rc<RefCell<Vec<Noted>>>,
    /// The answers to the page's own questions, which nobody else keeps.
    own: Rc<RefCell<Vec<Arc<Known>>>>,
}

/// A text that is to be rendered.
pub struct Body<'f> {
    text: Arc<str>,
    packed: Option<Arc<Packed>>,
    start: usize,
    path: SitePath,
    whole: Whole<'f>,
}

impl Body<'_> {
    /// The whole text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is understood of it.
    pub fn doc(&self) -> Doc<'_> {
        match &self.packed {
            Some(packed) => packed.unpack(&self.text),
            None => interpret(&self.text, self.start, &self.path, self.whole),
        }
    }
}

impl Facts {
    /// A fresh page of notes.
    pub fn new(world: &Arc<World>) -> Facts {
        Facts { world: world.clone(), asked: Rc::default(), own: Rc::default() }
    }

    /// What was asked, each question once, in the order of asking.
    pub fn asked(self) -> Vec<Noted> {
        self.asked.take()
    }

    /// The answer to `ask`.
    pub fn ask(&self, ask: Ask) -> Arc<Known> {
        if ask.is_own() {
            if let Some(known) = self.own.borrow().iter().find(|known| known.ask == ask) {
                return known.clone();
            }
            let known = self.world.ask(ask);
            self.own.borrow_mut().push(known.clone());
            self.asked.borrow_mut().push(Noted::Own(known.ask.clone(), known.hash));
            return known;
        }
        let known = self.world.ask(ask);
        self.note(&known);
        known
    }

    fn has_asked(&self, is_it: impl Fn(&Ask) -> bool) -> bool {
        self.asked.borrow().iter().any(|noted| matches!(noted, Noted::Shared(known) if is_it(&known.ask)))
    }

    fn note(&self, known: &Arc<Known>) {
        let mut asked = self.asked.borrow_mut();
        // There is one answer to a shared question, wherever it is asked.
        if !asked.iter().any(|noted| matches!(noted, Noted::Shared(other) if Arc::ptr_eq(other, known))) {
            asked.push(Noted::Shared(known.clone()));
        }
    }

    /// HTML that all outputs show that ask with this `key`. The first of them lets `make` put its pieces together from
    /// facts of its own; what is asked of these, each of the outputs has asked.
    pub fn fragment<E>(
        &self,
        key: String,
        make: impl FnOnce(&Facts) -> Result<(String, Vec<usize>), E>,
    ) -> Result<Arc<Fragment>, E> {
        let fragment = match self.world.fragment(&key) {
            Some(fragment) => fragment,
            None => {
                let facts = Facts::new(&self.world);
                let (html, ends) = make(&facts)?;
                let fragment = Arc::new(Fragment { html, ends, asked: facts.asked() });
                self.world.keep(key, &fragment);
                fragment
            }
        };
        for noted in &fragment.asked {
            match noted {
                Noted::Shared(known) => self.note(known),
                Noted::Own(ask, _) => drop(self.ask(ask.clone())),
            }
        }
        Ok(fragment)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        self.ask(Ask::Config);
        &self.world.site.config
    }

    /// The theme's words in `language`.
    pub fn words(&self, language: &str) -> &Words {
        self.ask(Ask::Words(language.into()));
        self.world.templates.words(language)
    }

    /// The templates, of which `name` and what it reaches will be used.
    pub fn template(&self, name: &str) -> &Templates {
        if !self.has_asked(|ask| matches!(ask, Ask::Template(own) if **own == *name)) {
            self.ask(Ask::Template(name.into()));
        }
        &self.world.templates
    }

    /// The templates, of which the component `name` will be used.
    pub fn component(&self, name: &str) -> &Templates {
        // A page has many parts of few kinds.
        if !self.has_asked(|ask| matches!(ask, Ask::Component(own) if **own == *name)) {
            self.ask(Ask::Component(name.into()));
        }
        &self.world.templates
    }

    /// Whether there is a template `name`; if not, the nearest that there is.
    pub fn has_template(&self, name: &str) -> Result<(), Option<&str>> {
        match self.ask(Ask::HasTemplate(name.into())).answer {
            Answer::Is(true) => Ok(()),
            _ => Err(crate::diag::nearest(name, self.world.templates.pages())),
        }
    }

    /// The front matter of the page `path`.
    pub fn front(&self, path: &SitePath) -> Option<&Front> {
        self.ask(Ask::Front(path.clone()));
        self.world.site.page(path.as_str()).map(|page| &page.outline.front)
    }

    /// The text of a page or snippet, and what is understood of it, to be rendered as `view` sees it.
    pub fn body(&self, path: &SitePath, view: &View) -> Option<Body<'_>> {
        self.ask(Ask::Body(path.clone(), view.clone()));
        let site = &self.world.site;
        let text = self.world.sources.passing(path.as_str())?;
        let (start, whole) = match site.page(path.as_str()).map(|page| &page.outline) {
            Some(page) => (page.body, Whole::Page(&page.front.title.value)),
            None => (site.snippet(path.as_str())?.body, Whole::Snippet),
        };
        Some(Body { text, packed: self.world.docs.get(path), start: start as usize, path: path.clone(), whole })
    }

    /// Notes that an output's diagnostics name places in the file `path`.
    pub fn places(&self, path: &SitePath) {
        self.ask(Ask::Text(path.clone()));
    }

    /// Whether `day` has come.
    pub fn due(&self, day: Day) -> bool {
        self.ask(Ask::Due(day)).answer == Answer::Is(true)
    }

    /// The published bytes of a file of the theme.
    pub fn theme_bytes(&self, path: &SitePath) -> Option<&[u8]> {
        self.ask(Ask::Asset(path.clone()));
        self.world.assets.get(path).map(|asset| &*asset.bytes)
    }
}
