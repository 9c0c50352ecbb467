//! A file or an address, and the ledger of an output → what outputs depend on, what has changed of it, or why there is
//! no output; writes nothing.

use super::cache_name;
use crate::cache::Cache;
use crate::facts::{Ask, Facts};
use crate::ledger::{Ledger, NAMES, Reason};
use crate::outlines::Outlines;
use crate::path::{SitePath, Url};
use crate::project::{Listener, Project, Request};
use crate::render;
use crate::site::route::Recipe;
use crate::source::{Known, SETTINGS, Sources};
use std::path::Path;

/// What there is to say of a file or an address.
pub enum Why {
    /// Outputs depend on it, or it is one.
    Outputs(Vec<Explained>),
    /// It is in no output, and this is why.
    Nothing(String),
}

/// An output, and what it depends on.
pub struct Explained {
    /// Its address.
    pub url: Url,
    /// How it is made.
    pub recipe: Recipe,
    /// Why the next build renders it; `None` if it keeps it.
    pub stale: Option<Reason>,
    /// Its questions, and whether their answers are as they were when it was built.
    pub asked: Vec<(Ask, bool)>,
}

impl Explained {
    /// The files that it was made from, sorted.
    pub fn sources(&self) -> Vec<&SitePath> {
        let mut paths: Vec<&SitePath> = self.asked.iter().filter_map(|(ask, _)| source_of(ask)).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// The file whose text a question is about.
fn source_of(ask: &Ask) -> Option<&SitePath> {
    match ask {
        Ask::Front(path) | Ask::Body(path, _) | Ask::Text(path) | Ask::Asset(path) => Some(path),
        _ => None,
    }
}

/// Explains `what`, a file of the project or an address of the site, for the output folder `out`.
pub fn why(request: &Request, out: &Path, what: &str, listen: Listener) -> anyhow::Result<Why> {
    let sources = Sources::read(&request.root, &Known::empty(), request.now)?;
    let project = Project::open(request, sources, &Outlines::empty(), listen)?;
    let Some(world) = project.world() else {
        return Ok(Why::Nothing("the site has errors that keep it from being built; see `guidepost check`".to_owned()));
    };
    let cache = Cache::open(&request.root);
    let [first, second] = NAMES.map(|name| cache.load(&cache_name(&request.root, out, name)).unwrap_or_default());
    let ledger = Ledger::read(&first, &second).unwrap_or_default();
    let explain = |url: &Url, recipe: &Recipe| -> Explained {
        let (stale, asked) = match ledger.row(url.as_str()) {
            Some(row) => {
                let asked: Vec<(Ask, bool)> = ledger
                    .asked(row)
                    .into_iter()
                    .map(|(ask, hash)| (ask.clone(), world.fingerprint(&ask) == hash))
                    .collect();
                let changed = asked.iter().find(|(_, same)| !same).map(|(ask, _)| Reason::Answer(ask.clone()));
                let recipe = (row.recipe().as_ref() != Some(recipe)).then_some(Reason::Recipe);
                (recipe.or(changed), asked)
            }
            // It was not built yet: what it would ask is found by making it.
            None => {
                let artifact = render::render(Facts::new(world), url, recipe);
                let mut asked: Vec<(Ask, bool)> =
                    artifact.asked.iter().map(|noted| (noted.ask().clone(), true)).collect();
                asked.sort();
                (Some(Reason::New), asked)
            }
        };
        Explained { url: url.clone(), recipe: recipe.clone(), stale, asked }
    };
    let routes = project.routes();
    if let Some(url) = address(&project, what)
        && let Some(recipe) = routes.get(url.as_str())
    {
        return Ok(Why::Outputs(vec![explain(&url, recipe)]));
    }
    let path = SitePath::new(what);
    let outputs: Vec<Explained> = routes
        .all()
        .iter()
        .map(|(url, recipe)| explain(url, recipe))
        .filter(|output| depends(world, output, &path))
        .collect();
    if !outputs.is_empty() {
        return Ok(Why::Outputs(outputs));
    }
    Ok(Why::Nothing(absence(&project, &path, what)))
}

/// Whether an output was made from the file `path`: its text, or a template that it reaches.
fn depends(world: &crate::facts::World, output: &Explained, path: &SitePath) -> bool {
    output.sources().contains(&path)
        || matches!(&output.recipe, Recipe::Copy(own) | Recipe::Theme(own) if own == path)
        || path.as_str() == SETTINGS && output.asked.iter().any(|(ask, _)| matches!(ask, Ask::Config | Ask::Hosts))
        || path.below("templates").is_some_and(|name| {
            output.asked.iter().any(|(ask, _)| {
                let template = match ask {
                    Ask::Template(template) => Some(&**template),
                    Ask::Component(component) => world.templates.component(component),
                    _ => None,
                };
                let files = template.map_or_else(Vec::new, |template| world.templates.files(template));
                files.iter().any(|file| file.strip_prefix(crate::templates::THEME).unwrap_or(file) == name)
            })
        })
}

/// The address that `what` means: full, with the base path, from the site's root, or an output file's name.
fn address(project: &Project, what: &str) -> Option<Url> {
    let base = &project.world()?.site.config.url;
    let path = what.strip_prefix(&base.origin).unwrap_or(what);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut tries = vec![path.to_owned()];
    tries.extend(path.strip_prefix(base.path.trim_end_matches('/')).map(str::to_owned));
    let named: Vec<String> = tries.iter().map(|path| format!("/{}", path.trim_start_matches('/'))).collect();
    let folders = named.iter().map(|path| format!("{}/", path.trim_end_matches('/')));
    let files = named.iter().filter_map(|path| path.strip_suffix("index.html").map(str::to_owned));
    let candidates: Vec<String> = named.iter().cloned().chain(folders).chain(files).collect();
    let decoded = candidates.iter().filter_map(|path| crate::path::decode(path));
    decoded.into_iter().find(|path| project.routes().get(path).is_some()).map(|path| Url::new(&path))
}

/// Why nothing is made of the file `path`.
fn absence(project: &Project, path: &SitePath, what: &str) -> String {
    let skipped =
        project.skipped().iter().find(|(skipped, _)| skipped == path || path.below(skipped.as_str()).is_some());
    if let Some((skipped, why)) = skipped {
        let whose = if skipped == path { String::new() } else { format!(" of `{skipped}`") };
        return format!("`{path}` is not published because{whose} {why}");
    }
    if let Some(world) = project.world() {
        if world.site.snippet(path.as_str()).is_some() {
            return format!("`{path}` is a snippet, and no page includes it");
        }
        let trimmed = what.trim_matches('/');
        if let Some((page, last)) = trimmed.rsplit_once('/')
            && let Some(Recipe::Page(file, _)) = world.site.routes.get(&format!("/{page}/"))
        {
            return format!("the page `{file}` does not offer the account type `{last}`");
        }
    }
    if project.sources.get(path.as_str()).is_some() {
        return format!("`{path}` is used by no output");
    }
    format!("there is no file `{path}` in the project, and no such address on the site")
}
