//! A site → a hash of which pages and outputs there are, what they are and where; never of what any of them says.

use super::Site;
use super::route::Recipe;
use crate::hash::{Feed, Hash};
use std::hash::Hash as _;

impl Site {
    /// The hash of all that one page's outline cannot change about another page, unless it changes this hash.
    pub fn frame(&self) -> Hash {
        let mut feed = Feed::default();
        for page in &self.pages {
            (&page.path, page.kind, &page.url, page.folder, &page.offer, &page.splices).hash(&mut feed);
        }
        for folder in &self.folders {
            (&folder.path, &folder.url, folder.index, folder.parent).hash(&mut feed);
        }
        // A link may lead to any address, and what was asked for decides which there are. Parts of long lists come and
        // go with the titles that they list; who links to one is asked whenever a title changes.
        let is_part = |recipe: &Recipe| matches!(recipe, Recipe::AllGuides(Some(_)) | Recipe::Faq(Some(_)));
        self.routes.all().iter().filter(|(_, recipe)| !is_part(recipe)).for_each(|route| route.hash(&mut feed));
        feed.hash()
    }
}
