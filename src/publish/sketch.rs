//! A page's HTML → its title and a sketch of its text, by which a page that moved is found again; never a byte of output.

use super::release::{Release, url_of};
use super::state::{Entry, State};
use crate::hash::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// From here on two pages are taken for one.
const ALIKE: f64 = 0.5;

/// A page's title, as its `<title>` or first heading has it.
pub fn title(html: &str) -> Option<String> {
    let between = |open: &str, close: &str| {
        let start = html.find(open)?;
        let start = start + html[start..].find('>')? + 1;
        let inner = &html[start..start + html[start..].find(close)?];
        Some(words_of(inner).collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty())
    };
    between("<h1", "</h1>").or_else(|| between("<title", "</title>"))
}

/// A sketch of a page's text, from its heading to the end of `<main>`: 64 bits of which similar texts share most, as 16
/// hexadecimal digits.
///
/// Each bit is the vote of all words and of all pairs of neighbours (Charikar's simhash).
pub fn sketch(html: &str) -> String {
    let start = html.find("<h1").or_else(|| html.find("<main")).unwrap_or(0);
    let end = html[start..].find("</main>").map_or(html.len(), |at| start + at);
    let mut votes = [0i32; 64];
    let mut vote = |words: &str| {
        let hash = Hash::of(words.as_bytes());
        let bits = u64::from_le_bytes(hash.bytes()[..8].try_into().expect("a hash has 16 bytes"));
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if bits >> bit & 1 == 1 { 1 } else { -1 };
        }
    };
    let mut before = "";
    for word in words_of(&html[start..end]) {
        vote(word);
        vote(&format!("{before} {word}"));
        before = word;
    }
    let bits = votes.iter().enumerate().fold(0u64, |bits, (bit, vote)| bits | u64::from(*vote > 0) << bit);
    format!("{bits:016x}")
}

/// The words between tags.
fn words_of(html: &str) -> impl Iterator<Item = &str> {
    let pieces = html.split('<').enumerate().filter_map(|(index, piece)| match index {
        0 => Some(piece),
        _ => piece.split_once('>').map(|(_, text)| text),
    });
    pieces.flat_map(str::split_whitespace)
}

/// An address that is gone, and the page that it most likely became.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lost {
    /// The address, from the site's root.
    pub url: String,
    /// What was there, if it was a page.
    pub title: Option<String>,
    /// Where it most likely is now.
    pub now: Option<Moved>,
}

/// A page that an address most likely became.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Moved {
    /// Its address.
    pub url: String,
    /// The author's file, to which `aliases` can be added.
    pub source: Option<String>,
}

/// Every address of a page or a redirect of `before` at which `next`, the state of `release`, has nothing.
pub fn lost(before: &State, next: &State, release: &Release) -> Vec<Lost> {
    let there: BTreeSet<String> =
        next.files.keys().map(|key| url_of(key)).chain(next.redirects.keys().cloned()).collect();
    let old = before.pages();
    let urls: BTreeSet<&String> = old.keys().chain(before.redirects.keys()).collect();
    let new: BTreeMap<String, &Entry> = next.pages().into_iter().filter(|(url, _)| !old.contains_key(url)).collect();
    let gone = urls.into_iter().filter(|url| !there.contains(*url));
    gone.map(|url| {
        let entry = old.get(url);
        // An address that led to a page which is still there is best led there again.
        let led = before.redirects.get(url).filter(|to| there.contains(*to)).cloned();
        let alike = || {
            let entry = entry?;
            let scored = new.iter().map(|(new, page)| (likeness(url, entry, new, page), new));
            let best = scored.max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))?;
            (best.0 >= ALIKE).then(|| best.1.clone())
        };
        let now = led.or_else(alike).map(|url| {
            let file = release.files.get(&crate::path::Url::new(&url).file());
            let source = file.and_then(|file| file.page.as_ref()?.source.as_ref()).map(ToString::to_string);
            Moved { url, source }
        });
        Lost { url: url.clone(), title: entry.and_then(|entry| entry.title.clone()), now }
    })
    .collect()
}

/// How much two pages have in common, from 0 to 1: their titles, their texts, and their addresses.
fn likeness(url: &str, old: &Entry, new_url: &str, new: &Entry) -> f64 {
    if old.hash == new.hash {
        return 1.0;
    }
    let titles = match (&old.title, &new.title) {
        (Some(old), Some(new)) => shared(old, new),
        _ => 0.0,
    };
    let bits = |entry: &Entry| entry.sketch.as_deref().and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let texts = match (bits(old), bits(new)) {
        // Of two texts that have nothing in common half of the bits are the same.
        (Some(old), Some(new)) => (1.0 - f64::from((old ^ new).count_ones()) / 28.0).max(0.0),
        _ => 0.0,
    };
    let last = |url: &str| url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().replace('-', " ");
    let names = shared(&last(url), &last(new_url));
    (0.45 * titles + 0.45 * texts + 0.25 * names).min(1.0)
}

/// How many of the words of two texts are in both, from 0 to 1.
fn shared(a: &str, b: &str) -> f64 {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let (a, b) = (words(a), words(b));
    let all = a.union(&b).count();
    if all == 0 { 0.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Open the settings of your account, choose the plan that you pay for and press the button that \
        ends it. You keep what you have paid for until the end of the month, and nothing is charged after that day.";

    fn differing(a: &str, b: &str) -> u32 {
        let bits = |text: &str| u64::from_str_radix(&sketch(text), 16).unwrap();
        (bits(a) ^ bits(b)).count_ones()
    }

    #[test]
    fn sketches_of_similar_texts_are_similar() {
        let page = |text: &str| format!("<nav>x</nav><main><p>{text}</p></main><footer>y</footer>");
        assert_eq!(differing(&page(TEXT), &page(TEXT).replace("<nav>x", "<nav>z")), 0);
        let edited = TEXT.replace("the month", "the year");
        assert!(differing(&page(TEXT), &page(&edited)) < 12, "{}", differing(&page(TEXT), &page(&edited)));
        let other = "Take a picture of your passport in good light, so that all four corners can be seen, and send it.";
        assert!(differing(&page(TEXT), &page(other)) > 16);
    }

    #[test]
    fn titles_are_read_from_pages() {
        assert_eq!(title("<title>A – Site</title><h1 class=x>All <b>guides</b></h1>").as_deref(), Some("All guides"));
        assert_eq!(title("<title>A page</title>").as_deref(), Some("A page"));
        assert_eq!(title("<h1>"), None);
    }

    #[test]
    fn a_page_that_moved_is_found() {
        let entry = |title: &str, text: &str| Entry {
            hash: Hash::of(format!("{title}{text}").as_bytes()),
            size: 1,
            headers: None,
            title: Some(title.to_owned()),
            sketch: Some(sketch(text)),
        };
        let state = |pages: &[(&str, Entry)]| {
            State::new(pages.iter().map(|(key, entry)| (key.to_string(), entry.clone())).collect(), BTreeMap::new())
        };
        let before = state(&[
            ("a/end-plan/index.html", entry("End your plan", TEXT)),
            ("a/passport/index.html", entry("Send your passport", "Take a picture.")),
            ("a/index.html", entry("A", "a")),
        ]);
        let next = state(&[
            ("b/cancel/index.html", entry("End your plan", &TEXT.replace("press", "click"))),
            ("b/x/index.html", entry("Something else", "Words that have nothing to do with it.")),
            ("a/index.html", entry("A", "a")),
        ]);
        let lost = lost(&before, &next, &Release::default());
        assert_eq!(lost.iter().map(|lost| &*lost.url).collect::<Vec<_>>(), ["/a/end-plan/", "/a/passport/"]);
        assert_eq!(lost[0].now.as_ref().map(|now| &*now.url), Some("/b/cancel/"));
        assert_eq!(lost[1].now, None);
    }
}
