//! The theme's files and the site's `brand.css` → their published form and fingerprinted names; never renders a page.

use crate::config::Config;
use crate::hash::Hash;
use crate::path::{SitePath, Url};
use crate::source::Sources;
use std::collections::BTreeMap;

/// The stylesheet with which a site changes the theme's looks.
pub const BRAND: &str = "static/brand.css";
const THEME: &str = "static/theme/";

/// A file as it is published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asset {
    /// Where: `/assets/<stem>.<8 hex>.<extension>`.
    pub url: Url,
    /// What.
    pub bytes: Vec<u8>,
}

/// The theme's files and `brand.css`, by their path below the project.
pub type Assets = BTreeMap<SitePath, Asset>;

/// Whether `path` is published under a fingerprinted name.
pub fn is_fingerprinted(path: &str) -> bool {
    path.starts_with(THEME) || path == BRAND
}

/// Publishes them. Stylesheets come last, because their `url()`s name the others.
pub fn publish(sources: &Sources, config: &Config) -> Assets {
    let mut assets = Assets::new();
    let (styles, others): (Vec<_>, Vec<_>) = sources
        .files()
        .iter()
        .filter(|file| is_fingerprinted(file.path.as_str()))
        .partition(|file| file.path.extension() == "css");
    for file in others {
        let bytes = sources.bytes(file.path.as_str()).unwrap_or_default().to_vec();
        assets.insert(file.path.clone(), named(&file.path, bytes));
    }
    for file in styles {
        let text = sources.text(file.path.as_str()).unwrap_or_default();
        let mut text = rewritten(text, &file.path, &assets, config);
        if file.path.as_str() == "static/theme/theme.css"
            && let Some(accent) = &config.accent
        {
            text.push_str(&format!("\n:root{{--accent:{accent}}}\n"));
        }
        assets.insert(file.path.clone(), named(&file.path, text.into_bytes()));
    }
    assets
}

fn named(path: &SitePath, bytes: Vec<u8>) -> Asset {
    let fingerprint = Hash::of(&bytes).hex(8);
    let url = Url::new(&format!("/assets/{}.{fingerprint}.{}", path.stem(), path.extension()));
    Asset { url, bytes }
}

/// A stylesheet whose relative `url()`s name published files.
fn rewritten(text: &str, path: &SitePath, assets: &Assets, config: &Config) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("url(") {
        let (before, behind) = rest.split_at(open + 4);
        out.push_str(before);
        let Some(close) = behind.find(')') else {
            rest = behind;
            continue;
        };
        let written = &behind[..close];
        let target = written.trim().trim_matches(['"', '\'']);
        let file = target.split(['?', '#']).next().unwrap_or_default();
        let outside = file.is_empty() || file.starts_with('/') || file.contains(':');
        match path.resolve(file).filter(|_| !outside) {
            Some(to) => match (assets.get(&to), to.below("static")) {
                (Some(asset), _) => out.push_str(&config.url.link(asset.url.as_str())),
                (None, Some(below)) => out.push_str(&config.url.link(&format!("/{below}"))),
                (None, None) => out.push_str(written),
            },
            None => out.push_str(written),
        }
        rest = &behind[close..];
    }
    out.push_str(rest);
    out
}
