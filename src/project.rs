//! A project's folder → its site, ready to be asked for outputs; only sequences: read, outline, assemble, render.

mod again;
mod report;

pub use report::Report;

use crate::assets;
use crate::config::{self, Config, Host};
use crate::content::packed::Packed;
use crate::content::{self, Outline};
use crate::day::Day;
use crate::diag::{Diagnostic, Severity, merged};
use crate::facts::{Docs, Facts, World};
use crate::outlines::Outlines;
use crate::path::{SitePath, Url};
use crate::render::{self, Artifact};
use crate::site::route::{Recipe, Routes};
use crate::site::{self, Drafts, Given, View};
use crate::source::{Origin, Role, Skip, Sources};
use crate::templates;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a build is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The project's folder.
    pub root: PathBuf,
    /// An address instead of the one in `site.yaml`.
    pub base_url: Option<String>,
    /// Hosts instead of those in `site.yaml`.
    pub hosts: Option<Vec<Host>>,
    /// Whether drafts are pages.
    pub drafts: Drafts,
    /// Today, where a date decides.
    pub today: Day,
    /// The moment before the project is read.
    pub now: jiff::Timestamp,
    /// What renders templates.
    pub rendering: Rendering,
}

/// What renders templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// Programs, where a template has one; else the engine. The bytes are the same.
    Quick,
    /// The engine alone, so that the other can be held against it.
    Engine,
}

/// How much text (in bytes) stays in memory between outlining and rendering.
const MOST_HELD: usize = 64 << 20;

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Files are read.
    Reading,
    /// Texts are parsed.
    Outlining,
    /// Pages are rendered.
    Rendering {
        /// How many are done.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// Files are put into their places.
    Writing,
}

/// Where progress is told.
pub type Listener<'l> = &'l (dyn Fn(Progress) + Sync);

/// A project as it was when it was opened.
pub struct Project {
    /// Its files.
    pub sources: Arc<Sources>,
    /// What is wrong with it, before anything is rendered.
    notes: Vec<Diagnostic>,
    /// Files that are no pages, and why.
    skipped: Vec<(SitePath, String)>,
    state: State,
}

/// Where what is known already comes from.
#[derive(Clone, Copy)]
enum Earlier<'e> {
    /// What another run left in the cache.
    Run(&'e Outlines),
    /// The project as it was before its files changed.
    Project(&'e Project),
}

/// Whether there is a site.
enum State {
    /// The settings cannot be used, so there is none.
    NoSettings,
    /// Templates cannot be used, so nothing can be rendered. What else is wrong with the pages was found with the theme's.
    NoTemplates(Box<Config>, Vec<(Diagnostic, Option<SitePath>)>),
    /// There is.
    Ready(Arc<World>),
}

impl Project {
    /// Opens the project that `sources` were read from: everything but rendering.
    pub fn open(request: &Request, sources: Sources, known: &Outlines, listen: Listener) -> anyhow::Result<Project> {
        Project::of(request, Arc::new(sources), Earlier::Run(known), listen)
    }

    /// The project that the files make. What was understood `earlier` of the same bytes is not thought out again.
    fn of(request: &Request, sources: Arc<Sources>, earlier: Earlier, listen: Listener) -> anyhow::Result<Project> {
        let mut notes = sources.notes().to_vec();
        let settings = SitePath::new(crate::source::SETTINGS);
        let (config, found) = match sources.text(settings.as_str()) {
            Some(text) => config::parse(text, &settings),
            None if sources.get(settings.as_str()).is_none() => (None, vec![config::absent(&settings)]),
            // Why it is no text has been said.
            None => (None, Vec::new()),
        };
        notes.extend(found);
        let config = match (config, &request.base_url) {
            (Some(config), Some(url)) => {
                Some(config::with_base_url(config, url).map_err(|error| anyhow::anyhow!("--base-url: {error}"))?)
            }
            (config, _) => config,
        };
        let config = match (config, &request.hosts) {
            (Some(config), Some(hosts)) => Some(config::with_hosts(config, hosts)),
            (config, _) => config,
        };
        listen(Progress::Outlining);
        let mut understood = Vec::new();
        let ((outlines, snippets), (templates, found)) = rayon::join(
            || {
                let outlines = outlined(&sources, earlier, Role::Page, content::page, &mut understood);
                (outlines, outlined(&sources, earlier, Role::Snippet, content::snippet, &mut understood))
            },
            || match earlier.templates(&sources) {
                Some(templates) => (templates, Vec::new()),
                None => {
                    let (mut templates, found) = templates::load(&sources, render::register);
                    if request.rendering == Rendering::Engine {
                        templates.without_programs();
                    }
                    (Arc::new(templates), found)
                }
            },
        );
        let docs = Docs::of(understood.into_iter());
        notes.extend(outlines.iter().flat_map(|(_, outline)| outline.notes.iter().cloned()));
        let in_snippets: Vec<Diagnostic> =
            snippets.iter().flat_map(|(_, outline)| outline.notes.iter().cloned()).collect();
        let mut skipped: Vec<(SitePath, String)> =
            sources.skipped().iter().map(|(path, why)| (path.clone(), reason(*why).to_owned())).collect();
        let named = snippets.iter().map(|(path, _)| (path.clone(), reason(Skip::Underscore).to_owned()));
        skipped.extend(named);
        if request.drafts == Drafts::Hidden {
            skipped.extend(site::hidden(&outlines).into_iter().map(|(path, why)| (path, why.reason().to_owned())));
        }
        let Some(config) = config else {
            notes.extend(in_snippets);
            return Ok(Project { sources, notes, skipped, state: State::NoSettings });
        };
        let broken = !found.is_empty();
        notes.extend(found);
        if !broken {
            let named = outlines.iter().filter_map(|(_, outline)| Some(&*outline.front.template.as_ref()?.value));
            notes.extend(templates.remarks(&sources, (&config.language, config.places.language), named));
        }
        let assets = Arc::new(assets::publish(&sources, &config));
        let given = Given {
            drafts: request.drafts,
            today: request.today,
            assets: paths(&sources, Role::Asset),
            statics: paths(&sources, Role::Static)
                .into_iter()
                .filter(|path| !assets::is_fingerprinted(path.as_str()))
                .collect(),
            sizes: sizes(&sources),
            theme: assets.iter().map(|(path, asset)| (asset.url.clone(), path.clone())).collect(),
            config,
        };
        let (site, found) = site::assemble(given, outlines, snippets);
        notes.extend(found);
        notes.extend(site.with_including_pages(in_snippets));
        let config = broken.then(|| Box::new(site.config.clone()));
        let world = Arc::new(World::new(site, sources.clone(), templates, assets, docs));
        let state = match (config, earlier) {
            (None, _) => State::Ready(world),
            (Some(config), Earlier::Run(_)) => State::NoTemplates(config, found_with_the_theme(&world)),
            // A preview says what is wrong with pages when the templates are right again.
            (Some(config), Earlier::Project(_)) => State::NoTemplates(config, Vec::new()),
        };
        Ok(Project { sources, notes, skipped, state })
    }

    /// Every file that the site consists of; none if it cannot be rendered.
    pub fn routes(&self) -> &Routes {
        static NONE: std::sync::LazyLock<Routes> = std::sync::LazyLock::new(Routes::default);
        match &self.state {
            State::Ready(world) => &world.site.routes,
            _ => &NONE,
        }
    }

    /// The world of its facts, if it can be rendered.
    pub fn world(&self) -> Option<&Arc<World>> {
        match &self.state {
            State::Ready(world) => Some(world),
            _ => None,
        }
    }

    /// Files that are no pages, and why.
    pub fn skipped(&self) -> &[(SitePath, String)] {
        &self.skipped
    }

    /// The output at `url`.
    pub fn get(&self, url: &str) -> Option<Artifact> {
        let world = self.world()?;
        let recipe = world.site.routes.get(url)?;
        Some(render::render(Facts::new(world), &Url::new(url), recipe))
    }

    /// Makes the outputs `wanted`, in parallel, and hands each to `take` as soon as it is made.
    pub fn make(
        &self,
        wanted: &[&(Url, Recipe)],
        take: &(dyn Fn(&Url, &Recipe, Artifact) -> anyhow::Result<()> + Sync),
        listen: Listener,
    ) -> anyhow::Result<()> {
        let Some(world) = self.world() else { return Ok(()) };
        let (done, total) = (AtomicUsize::new(0), wanted.len());
        wanted.par_iter().enumerate().with_min_len(4).try_for_each(|(index, (url, recipe))| {
            let artifact = render::render(Facts::new(world), url, recipe);
            take(url, recipe, artifact)?;
            // The outputs of one page stand side by side, as far as it matters.
            let next = wanted.get(index + 1).and_then(|(_, recipe)| page_of(recipe));
            if let Some(path) = page_of(recipe).filter(|path| next.as_ref() != Some(path)) {
                world.forget(&path);
            }
            listen(Progress::Rendering { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
            Ok(())
        })
    }

    /// What was found, with `rendered` notes of outputs and the pages that they were made for.
    pub fn report(&self, rendered: Vec<(Diagnostic, Option<SitePath>)>) -> Report {
        let before = self.notes.iter().cloned().map(|note| (note, None));
        let (lint, met) = match &self.state {
            State::NoSettings => (BTreeMap::new(), &[][..]),
            State::NoTemplates(config, met) => (config.lint.clone(), &met[..]),
            State::Ready(world) => (world.site.config.lint.clone(), &[][..]),
        };
        let all = merged(before.chain(met.iter().cloned()).chain(rendered)).into_iter();
        let weighed = all.map(|diagnostic| (diagnostic.code.severity(&lint), diagnostic));
        let mut skipped = self.skipped.clone();
        skipped.sort();
        Report {
            diagnostics: weighed.filter(|(severity, _)| *severity != Severity::Off).collect(),
            sources: self.sources.clone(),
            pages: counted(self.routes()),
            skipped,
            rendered: 0,
            kept: 0,
            reasons: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

/// What is wrong with the site's pages, but for templates, of which `world` has only the theme's.
fn found_with_the_theme(world: &Arc<World>) -> Vec<(Diagnostic, Option<SitePath>)> {
    let all = world.site.routes.all().par_iter().flat_map_iter(|(url, recipe)| {
        let notes = render::render(Facts::new(world), url, recipe).notes.into_iter();
        notes.map(|note| (note, page_of(recipe)))
    });
    all.filter(|(note, _)| !note.code.id().starts_with("template/")).collect()
}

fn paths(sources: &Sources, role: Role) -> Vec<SitePath> {
    sources.files().iter().filter(|file| file.role == role).map(|file| file.path.clone()).collect()
}

/// Sizes of snippets and of the files that are published as they are.
fn sizes(sources: &Sources) -> HashMap<SitePath, u64> {
    let sized = sources.files().iter().filter(|file| matches!(file.role, Role::Asset | Role::Static | Role::Snippet));
    sized.map(|file| (file.path.clone(), file.size)).collect()
}

fn outlined(
    sources: &Sources,
    earlier: Earlier,
    role: Role,
    outline: fn(&str, &SitePath) -> (Outline, Option<Packed>),
    docs: &mut Vec<(SitePath, Packed)>,
) -> Vec<(SitePath, Arc<Outline>)> {
    let files: Vec<_> =
        sources.files().iter().filter(|file| file.role == role && file.origin == Origin::Site).collect();
    let held = AtomicUsize::new(0);
    let read = files.into_par_iter().filter_map(|file| {
        let mut understood = None;
        let mut make = || {
            let text = sources.passing(file.path.as_str())?;
            let (outline, packed) = outline(&text, &file.path);
            // What does not fit is read and interpreted once more when it is rendered.
            if held.fetch_add(text.len(), Ordering::Relaxed) + text.len() <= MOST_HELD {
                understood = packed;
            } else {
                sources.forget(file.path.as_str());
            }
            Some(outline)
        };
        let made = match earlier {
            Earlier::Run(known) => Arc::new(known.get(&file.path, role, file.hash, make)?),
            Earlier::Project(project) => match project.outline(file) {
                Some(known) => Arc::clone(known),
                None => Arc::new(make()?),
            },
        };
        Some((file.path.clone(), made, understood))
    });
    let read: Vec<_> = read.collect();
    let mut outlines = Vec::with_capacity(read.len());
    for (path, outline, understood) in read {
        docs.extend(understood.map(|packed| (path.clone(), packed)));
        outlines.push((path, outline));
    }
    outlines
}

fn reason(skip: Skip) -> &'static str {
    match skip {
        Skip::Underscore => "its name starts with `_`",
        Skip::Dotfile => "its name starts with a dot",
        Skip::Secret => "it looks like a key or a secret",
        Skip::EditorTemporary => "it is an editor's temporary file",
    }
}

/// What pages are counted as, in the order in which people count them.
const KINDS: [&str; 8] =
    ["page", "overview", "account-type page", "print page", "list", "redirect", "file", "theme file"];

/// Counts that were saved, with the names of their kinds.
pub fn kinds(saved: &[(String, usize)]) -> Vec<(&'static str, usize)> {
    let named = saved.iter().filter_map(|(kind, count)| Some((*KINDS.iter().find(|known| *known == kind)?, *count)));
    named.collect()
}

fn counted(routes: &Routes) -> Vec<(&'static str, usize)> {
    let mut counts = [0usize; KINDS.len()];
    for (_, recipe) in routes.all() {
        let kind = match recipe {
            Recipe::Page(_, View::Plain | View::Single) => 0,
            Recipe::Page(_, View::Overview) => 1,
            Recipe::Page(_, View::Option(_)) => 2,
            Recipe::Page(_, View::Print) => 3,
            Recipe::Folder(_) | Recipe::Faq(_) | Recipe::AllGuides(_) | Recipe::NotFound => 4,
            Recipe::Redirect(_) => 5,
            Recipe::Copy(_) | Recipe::Feed | Recipe::Sitemap | Recipe::SitemapPart(_) => 6,
            Recipe::Robots | Recipe::NoJekyll | Recipe::Host(_) => 6,
            Recipe::Theme(_) => 7,
        };
        counts[kind] += 1;
    }
    KINDS.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

/// The page that an output shows.
pub fn page_of(recipe: &Recipe) -> Option<SitePath> {
    match recipe {
        Recipe::Page(path, _) => Some(path.clone()),
        _ => None,
    }
}
