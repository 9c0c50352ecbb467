//! A site → a hash of which pages and outputs there are, what they are and where; never of what any of them says.

use super::Site;
use super::route::Recipe;
use crate::hash::Hash;
use std::hash::Hash as _;

impl Site {
    /// The hash of all that one page's outline cannot change about another page, unless it changes this hash.
    pub fn frame(&self) -> Hash {
        let pages = Hash::of_list(&self.pages, |page, feed| {
            (&page.path, page.kind, &page.url, page.folder, &page.offer, &page.splices).hash(feed);
        });
        let folders = Hash::of_list(&self.folders, |folder, feed| {
            (&folder.path, &folder.url, folder.index, folder.parent).hash(feed);
        });
        // A link may lead to any address, and what was asked for decides which there are. Parts of long lists come and
        // go with the titles that they list; who links to one is asked whenever a title changes.
        let is_part = |recipe: &Recipe| matches!(recipe, Recipe::AllGuides(Some(_)) | Recipe::Faq(Some(_)));
        let routes: Vec<_> = self.routes.all().iter().filter(|(_, recipe)| !is_part(recipe)).collect();
        let routes = Hash::of_list(&routes, |route, feed| route.hash(feed));
        Hash::of_value(&[pages, folders, routes])
    }
}
