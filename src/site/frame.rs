//! A site → a hash of which pages and outputs there are, what they are and where; never of what any of them says.

use super::Site;
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
        // A link may lead to any address, and what was asked for decides which there are.
        self.routes.all().hash(&mut feed);
        feed.hash()
    }
}
