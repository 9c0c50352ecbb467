//! The theme inside the program → its files; never the disk, in a debug build neither.

use crate::path::SitePath;
use std::borrow::Cow;

#[derive(rust_embed::RustEmbed)]
#[folder = "templates/"]
struct Templates;

#[derive(rust_embed::RustEmbed)]
#[folder = "static/theme/"]
struct Static;

/// Every file of the theme, under the path that a site's own file would have to replace it.
pub(super) fn files() -> impl Iterator<Item = (SitePath, &'static [u8])> {
    fn named<T: rust_embed::RustEmbed>(folder: &str) -> impl Iterator<Item = (SitePath, &'static [u8])> {
        T::iter().filter_map(move |name| {
            // `debug-embed` is on, so that the bytes are always the program's own.
            let Cow::Borrowed(bytes) = T::get(&name)?.data else { return None };
            Some((SitePath::new(&format!("{folder}/{name}")), bytes))
        })
    }
    named::<Templates>("templates").chain(named::<Static>("static/theme"))
}
