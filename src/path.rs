//! Names of files and pages → checked, comparable values; never touches the disk.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The path of a file of the site, relative to the project's root, with `/` between its parts: `content/fees.md`.
///
/// It never starts with `/`, and never holds an empty, `.` or `..` part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SitePath(Arc<str>);

impl SitePath {
    /// The path `text`, cleaned of empty and `.` parts; `..` parts step up and stop at the root.
    pub fn new(text: &str) -> SitePath {
        if text.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return SitePath(text.into());
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        SitePath(parts.join("/").into())
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the last `/`; empty for a file at the root.
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// The last part, with its extension.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The file name without its last extension.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The last extension in lower case, without its dot; empty if there is none.
    pub fn extension(&self) -> String {
        self.file_name().rsplit_once('.').map_or_else(String::new, |(_, ext)| ext.to_ascii_lowercase())
    }

    /// The path that a link `relative` written in this file means, or `None` if it climbs out of the root.
    pub fn resolve(&self, relative: &str) -> Option<SitePath> {
        let mut parts: Vec<&str> = self.parent().split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                _ => parts.push(part),
            }
        }
        Some(SitePath(parts.join("/").into()))
    }

    /// The path below the folder `prefix` (given without a closing `/`).
    pub fn below(&self, prefix: &str) -> Option<&str> {
        self.0.strip_prefix(prefix)?.strip_prefix('/')
    }
}

impl Borrow<str> for SitePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Where a file of the site is found on the web, from the site's own root and decoded: `/upwork/close-account/`.
///
/// The base path of `url:` in `site.yaml` is not part of it; it is added where a link is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Url(Arc<str>);

impl Url {
    /// The URL `text`, which starts with `/`.
    pub fn new(text: &str) -> Url {
        debug_assert!(text.starts_with('/'), "a site URL starts with a slash: {text}");
        Url(text.into())
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the output file that answers for this URL: `upwork/close-account/index.html`.
    pub fn file(&self) -> String {
        let inner = self.0.trim_start_matches('/');
        if inner.is_empty() || inner.ends_with('/') { [inner, "index.html"].concat() } else { inner.to_owned() }
    }

    /// The folder's URL if this one names a folder's page by its file, `/a/index.html`; else this one. Two URLs for
    /// which this is the same have one file.
    pub fn settled(&self) -> Url {
        match self.0.strip_suffix("/index.html") {
            Some(folder) => Url([folder, "/"].concat().into()),
            None => self.clone(),
        }
    }

    /// A URL one level below this one, which must end in `/`: `/a/` and `print` give `/a/print/`.
    pub fn child(&self, name: &str) -> Url {
        Url([&*self.0, name, "/"].concat().into())
    }
}

impl Borrow<str> for Url {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// A character of a name that not every disk can keep.
pub fn unfit(name: &str) -> Option<char> {
    name.chars().find(|c| matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*') || c.is_control())
}

/// Whether a name is one of our own in an output folder, where no file of the site can have it.
pub fn is_ours(name: &str) -> bool {
    let first = name.trim_start_matches('/').split('/').next().unwrap_or_default();
    first.get(..".guidepost-".len()).is_some_and(|start| start.eq_ignore_ascii_case(".guidepost-"))
}

/// What stays as it is in a URL's path, beside letters and digits: RFC 3986's `pchar`, and `/`.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// `path` percent-encoded for use in a URL (RFC 3986, section 3.3).
pub fn encode(path: &str) -> String {
    encoded(path).collect()
}

/// The same, piece by piece.
pub fn encoded(path: &str) -> impl Iterator<Item = &str> {
    percent_encoding::utf8_percent_encode(path, PATH)
}

/// `text` with its percent-encoded bytes decoded, or `None` if they are not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(|decoded| decoded.into_owned())
}

/// The anchor that GitHub gives a heading with the plain text `text`: lower case, spaces to hyphens, and of the rest
/// only letters, digits, marks, `_` and `-`. Empty if nothing of the text is left.
pub fn anchor(text: &str) -> String {
    anchor_start(text, usize::MAX)
}

/// The first `most` characters of that anchor; no more of the text is looked at than they need.
pub fn anchor_start(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(most.min(text.len()));
    let mut left = most;
    for c in text.trim().chars() {
        if left == 0 {
            break;
        }
        match c {
            'a'..='z' | '0'..='9' | '-' | '_' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            ' ' => out.push('-'),
            _ if c.is_alphanumeric() || is_mark(c) => {
                let lower = c.to_lowercase().take(left);
                left -= lower.len() - 1;
                out.extend(lower);
            }
            _ => continue,
        }
        left -= 1;
    }
    out
}

/// Combining marks, which belong to the letter before them (Unicode general category M, by its common blocks).
fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

/// The form in which two names are compared where a file system may not tell them apart: NFC and lower case.
pub fn folded(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.nfc().flat_map(char::to_lowercase).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_from_their_file_and_stay_inside() {
        let here = SitePath::new("content/upwork/close.md");
        assert_eq!(here.resolve("../fees.md"), Some(SitePath::new("content/fees.md")));
        assert_eq!(here.resolve("./a//b.md"), Some(SitePath::new("content/upwork/a/b.md")));
        assert_eq!(here.resolve("../../../etc/passwd"), None);
    }

    #[test]
    fn urls_name_their_files() {
        assert_eq!(Url::new("/").file(), "index.html");
        assert_eq!(Url::new("/a/").child("print").file(), "a/print/index.html");
        assert_eq!(Url::new("/feed.xml").file(), "feed.xml");
        for (written, settled) in
            [("/index.html", "/"), ("/a/index.html", "/a/"), ("/a/my-index.html", "/a/my-index.html")]
        {
            assert_eq!(Url::new(written).settled().as_str(), settled);
            assert_eq!(Url::new(written).file(), Url::new(settled).file());
        }
    }

    #[test]
    fn anchors_follow_github() {
        assert_eq!(anchor("Things to do: before & after"), "things-to-do-before--after");
        assert_eq!(anchor("Überblick – 日本"), "überblick--日本");
        assert_eq!(anchor("!?"), "");
    }
}
