//! A file of the site → what browsers are told of it: its type, for how long it may be kept, and what its author says of
//! it. Never a look at bytes.

use super::release::{File, Kind};
use crate::config::store::Compress;
use crate::hash::Hash;

/// What a target that keeps headers stores with an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Headers {
    /// `Content-Type`; the same as in the preview.
    pub content_type: String,
    /// `Cache-Control`.
    pub cache_control: String,
    /// `Content-Disposition`, if the settings give one.
    pub content_disposition: Option<String>,
    /// `Content-Language`, if the settings give one.
    pub content_language: Option<String>,
    /// `Content-Encoding`.
    pub encoding: Compress,
    /// The address to which the object leads, where a host knows such objects (`x-amz-website-redirect-location`).
    pub redirect: Option<String>,
}

/// The largest object that is stored compressed: it is held in memory for that.
const MOST_COMPRESSED: u64 = 16 << 20;

/// Smaller ones do not become smaller by it.
const LEAST_COMPRESSED: u64 = 256;

/// A year: the name changes with the bytes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Asked for again at every visit, and not sent if it is the same.
const SHORT: &str = "public, max-age=0, must-revalidate";

/// Images and downloads: an hour.
const SOME: &str = "public, max-age=3600";

impl Headers {
    /// The headers of the file `key`, stored with `compress` if that is of use.
    pub fn of(key: &str, file: &File, compress: Compress) -> Headers {
        let usual = match file.kind {
            Kind::Fingerprinted => FOREVER,
            Kind::Asset => SOME,
            Kind::Page | Kind::Index | Kind::Feed => SHORT,
        };
        let content_type = match key.rsplit('/').next() {
            Some("feed.xml") => "application/atom+xml; charset=utf-8".to_owned(),
            Some("_redirects" | "_headers") => "text/plain; charset=utf-8".to_owned(),
            _ => crate::serve::content_type(key),
        };
        let written = |name: &str| file.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let written = |name: &str| written(name).map(|(_, value)| value.clone());
        let is_worth_it = (LEAST_COMPRESSED..=MOST_COMPRESSED).contains(&file.size) && is_text(&content_type);
        Headers {
            content_type,
            cache_control: written("Cache-Control").unwrap_or_else(|| usual.to_owned()),
            content_disposition: written("Content-Disposition"),
            content_language: written("Content-Language"),
            encoding: if is_worth_it { compress } else { Compress::None },
            redirect: file.redirect.clone(),
        }
    }

    /// Those of something that is no file of the site.
    pub fn plain(content_type: &str, cache_control: &str) -> Headers {
        Headers {
            content_type: content_type.to_owned(),
            cache_control: cache_control.to_owned(),
            content_disposition: None,
            content_language: None,
            encoding: Compress::None,
            redirect: None,
        }
    }

    /// Eight hexadecimal digits by which the state tells whether an object must be put again for its headers.
    pub fn mark(&self) -> String {
        let Headers { content_type, cache_control, content_disposition, content_language, encoding, redirect } = self;
        let said = [content_disposition, content_language, redirect].map(|part| part.as_deref().unwrap_or_default());
        let coded = encoding.word().unwrap_or_default();
        Hash::of(format!("{content_type}\n{cache_control}\n{}\n{coded}", said.join("\n")).as_bytes()).hex(8)
    }
}

/// Whether it is text, which compresses well.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || ["json", "javascript", "xml", "wasm"].iter().any(|end| kind.strip_suffix(end).is_some_and(is_a_part))
}

/// Whether what stands before the last word of a media type ends a word: `application/`, `image/svg+`.
fn is_a_part(before: &str) -> bool {
    before.ends_with(['/', '+', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_changes_with_its_bytes_is_kept_for_a_year() {
        let headers = |key, kind| {
            let (hash, at) = (Hash::of(b""), std::path::PathBuf::new());
            let headers = vec![("content-language".to_owned(), "de".to_owned())];
            let file = File { hash, size: 4096, kind, page: None, redirect: None, headers, at };
            Headers::of(key, &file, Compress::Gzip)
        };
        assert_eq!(headers("a/index.html", Kind::Page).content_type, "text/html; charset=utf-8");
        assert_eq!(headers("a/PHOTO.JPG", Kind::Asset).content_type, "image/jpeg");
        assert_eq!(headers("a.b/LICENSE", Kind::Asset).content_type, "application/octet-stream");
        assert_eq!(headers("assets/theme.12345678.css", Kind::Fingerprinted).cache_control, FOREVER);
        assert_ne!(headers("a.txt", Kind::Asset).mark(), headers("a.txt", Kind::Feed).mark());
        assert_eq!(headers("a.txt", Kind::Asset).content_language.as_deref(), Some("de"));
        for (key, encoding) in [
            ("a.svg", Compress::Gzip),
            ("a.json", Compress::Gzip),
            ("feed.xml", Compress::Gzip),
            ("a.js", Compress::Gzip),
            ("a.png", Compress::None),
            ("a.docx", Compress::None),
        ] {
            assert_eq!(headers(key, Kind::Asset).encoding, encoding, "{key}");
        }
    }
}
