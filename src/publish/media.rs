//! A file of the site → what browsers are told of it: its type, and for how long it may be kept. Never a look at bytes.

use super::release::{File, Kind};
use crate::hash::Hash;

/// What a target that keeps headers stores with an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Headers {
    /// `Content-Type`; the same as in the preview.
    pub content_type: String,
    /// `Cache-Control`.
    pub cache_control: &'static str,
    /// The address to which the object leads, where a host knows such objects (`x-amz-website-redirect-location`).
    pub redirect: Option<String>,
}

/// A year: the name changes with the bytes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Asked for again at every visit, and not sent if it is the same.
const SHORT: &str = "public, max-age=0, must-revalidate";

/// Images and downloads: an hour.
const SOME: &str = "public, max-age=3600";

impl Headers {
    /// The headers of the file `key`.
    pub fn of(key: &str, file: &File) -> Headers {
        let cache_control = match file.kind {
            Kind::Fingerprinted => FOREVER,
            Kind::Asset => SOME,
            Kind::Page | Kind::Index | Kind::Feed => SHORT,
        };
        let content_type = match key.rsplit('/').next() {
            Some("feed.xml") => "application/atom+xml; charset=utf-8".to_owned(),
            Some("_redirects" | "_headers") => "text/plain; charset=utf-8".to_owned(),
            _ => crate::serve::content_type(key),
        };
        Headers { content_type, cache_control, redirect: file.redirect.clone() }
    }

    /// Eight hexadecimal digits by which the state tells whether an object must be put again for its headers.
    pub fn mark(&self) -> String {
        let redirect = self.redirect.as_deref().unwrap_or_default();
        Hash::of(format!("{}\n{}\n{redirect}", self.content_type, self.cache_control).as_bytes()).hex(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_changes_with_its_bytes_is_kept_for_a_year() {
        let headers = |key, kind| {
            let (hash, at) = (Hash::of(b""), std::path::PathBuf::new());
            Headers::of(key, &File { hash, size: 0, kind, page: None, redirect: None, at })
        };
        assert_eq!(headers("a/index.html", Kind::Page).content_type, "text/html; charset=utf-8");
        assert_eq!(headers("a/PHOTO.JPG", Kind::Asset).content_type, "image/jpeg");
        assert_eq!(headers("a.b/LICENSE", Kind::Asset).content_type, "application/octet-stream");
        assert_eq!(headers("assets/theme.12345678.css", Kind::Fingerprinted).cache_control, FOREVER);
        assert_ne!(headers("a.txt", Kind::Asset).mark(), headers("a.txt", Kind::Feed).mark());
    }
}
