//! A site and new outlines of the same shape → the site with them; never lays a route or plants a folder again.

use super::Site;
use crate::content::Outline;
use crate::path::SitePath;
use std::sync::Arc;

impl Site {
    /// The outline of the page or snippet `path`, shared.
    pub fn outline(&self, path: &str) -> Option<&Arc<Outline>> {
        self.pages_by_path
            .get(path)
            .map(|index| &self.pages[*index as usize].outline)
            .or_else(|| self.snippets.get(path))
    }

    /// The site in which these outlines stand in place of those of their files; `None` if one is of another shape, or
    /// of a file that the site does not know, so that the site has to be assembled.
    pub fn with(&self, outlines: &[(SitePath, Arc<Outline>)]) -> Option<Site> {
        let fits = |(path, new): &(SitePath, Arc<Outline>)| {
            self.outline(path.as_str()).is_some_and(|old| old.is_shaped_like(new))
        };
        if !outlines.iter().all(fits) {
            return None;
        }
        let mut site = self.clone();
        for (path, new) in outlines {
            match site.pages_by_path.get(path.as_str()) {
                Some(index) => site.pages[*index as usize].outline = Arc::clone(new),
                None => drop(site.snippets.insert(path.clone(), Arc::clone(new))),
            }
        }
        Some(site)
    }
}
