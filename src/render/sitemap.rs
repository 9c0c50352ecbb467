//! The site's addresses → sitemaps (sitemaps.org, protocol 0.9) and `robots.txt`.

use super::escape;
use crate::config::Config;
use crate::day::Day;
use crate::facts::{Answer, Ask, Facts};
use crate::path::Url;
use crate::site::lists::Sitemap;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const SPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";

/// `sitemap.xml`, every address or the index of the parts; or one of the parts.
pub(super) fn sitemap(facts: &Facts, part: Option<u32>) -> String {
    let known = facts.ask(Ask::Sitemap(part));
    let Answer::Sitemap(sitemap) = &known.answer else { return String::new() };
    let config = facts.config();
    let parts = match sitemap {
        Sitemap::Addresses(all) => return urls(config, all),
        Sitemap::Parts(parts) => *parts,
    };
    let mut out = format!("{HEAD}<sitemapindex {SPACE}>\n");
    for part in 1..=parts {
        let address = config.url.absolute(&format!("/sitemap-{part}.xml"));
        out.push_str(&format!("<sitemap><loc>{address}</loc></sitemap>\n"));
    }
    out.push_str("</sitemapindex>\n");
    out
}

fn urls(config: &Config, all: &[(Url, Option<Day>)]) -> String {
    let mut out = format!("{HEAD}<urlset {SPACE}>\n");
    for (url, day) in all {
        out.push_str("<url><loc>");
        escape::text(&mut out, &config.url.absolute(url.as_str()));
        out.push_str("</loc>");
        if let Some(day) = day {
            out.push_str(&format!("<lastmod>{day}</lastmod>"));
        }
        out.push_str("</url>\n");
    }
    out.push_str("</urlset>\n");
    out
}

/// `robots.txt`. Search engines read it only at a host's root; below a path it does no harm.
pub(super) fn robots(facts: &Facts) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {}\n", facts.config().url.absolute("/sitemap.xml"))
}
