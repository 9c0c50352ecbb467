//! A folder that was built → answers as a static host gives them: files, redirects, headers, the 404 page.
//!
//! The folder's own list of files is the route table: a name that is not in it is not looked for on the disk.

use super::http::{Answer, content_type};
use anyhow::Context;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Files by which hosts are told of redirects and headers. They are read, and not served.
const REDIRECTS: &str = "_redirects";
const HEADERS: &str = "_headers";

/// How long a list of the folder's files is good for: a page asks for many files at once, and a build takes longer.
const LISTED: Duration = Duration::from_secs(1);

/// A folder that was built.
pub struct Built {
    folder: PathBuf,
    base: String,
    listed: Mutex<Option<(Instant, Arc<Files>)>>,
}

/// Files by name.
type Files = BTreeMap<String, PathBuf>;

impl Built {
    /// The folder `folder`, to be served below the path `base`.
    pub fn open(folder: &Path, base: &str) -> anyhow::Result<Built> {
        let folder =
            fs::canonicalize(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
        anyhow::ensure!(folder.join("index.html").is_file(), "there is no built site in {}", folder.display());
        let base = crate::path::decode(base).unwrap_or_else(|| base.to_owned());
        Ok(Built { folder, base, listed: Mutex::default() })
    }

    /// Answers a request for the decoded `path`.
    pub fn answer(&self, path: &str) -> anyhow::Result<Answer> {
        let link = |path: &str| crate::path::encode(path);
        let Some(below) = path.strip_prefix(&*self.base) else {
            if path == "/" || format!("{path}/") == self.base {
                return Ok(Answer::redirect(StatusCode::FOUND, &link(&self.base)));
            }
            return Ok(Answer::new(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "not found\n"));
        };
        let files = self.files();
        let url = format!("/{below}");
        let name =
            if below.is_empty() || below.ends_with('/') { format!("{below}index.html") } else { below.to_owned() };
        let is_folder = files.contains_key(&format!("{below}/index.html"));
        let answer = match files.get(&name) {
            Some(file) => {
                let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
                Answer::new(StatusCode::OK, content_type(&name), bytes)
            }
            None if is_folder => Answer::redirect(StatusCode::MOVED_PERMANENTLY, &link(&format!("{path}/"))),
            None => match self.redirect(&url) {
                Some((status, to)) => Answer::redirect(status, &to),
                None => {
                    let bytes = files.get("404.html").and_then(|file| fs::read(file).ok());
                    Answer::new(StatusCode::NOT_FOUND, content_type("404.html"), bytes.unwrap_or_default())
                }
            },
        };
        Ok(self.headers(&url).into_iter().fold(answer, |answer, (name, value)| answer.with(name, value)))
    }

    /// The files of the folder as they were a moment ago.
    fn files(&self) -> Arc<Files> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, files) = match listed.take().filter(|(when, _)| when.elapsed() < LISTED) {
            Some(known) => listed.insert(known),
            None => listed.insert((Instant::now(), Arc::new(self.list()))),
        };
        Arc::clone(files)
    }

    /// The files of the folder, by name. What is not published is left out, and so is what links lead to elsewhere.
    fn list(&self) -> Files {
        let entries = walkdir::WalkDir::new(&self.folder).into_iter().flatten();
        let files = entries.filter(|entry| entry.file_type().is_file()).filter_map(|entry| {
            let inner = entry.path().strip_prefix(&self.folder).ok()?;
            let name = inner.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
            let is_ours = name.starts_with(".guidepost") || name == REDIRECTS || name == HEADERS;
            (!is_ours).then(|| (name, entry.into_path()))
        });
        files.collect()
    }

    /// Where `_redirects` sends `url`, with which status.
    fn redirect(&self, url: &str) -> Option<(StatusCode, String)> {
        let text = fs::read_to_string(self.folder.join(REDIRECTS)).ok()?;
        text.lines().find_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let (from, to) = (words.next()?, words.next()?);
            let status = words.next().and_then(|word| word.trim_end_matches('!').parse().ok()).unwrap_or(301u16);
            let rest = matched(from, url, &self.base)?;
            let status = StatusCode::from_u16(status).ok().filter(|status| status.is_redirection())?;
            Some((status, to.replace(":splat", rest)))
        })
    }

    /// What `_headers` adds to the answer for `url`.
    fn headers(&self, url: &str) -> Vec<(HeaderName, String)> {
        let text = fs::read_to_string(self.folder.join(HEADERS)).unwrap_or_default();
        let mut found = Vec::new();
        let mut is_meant = false;
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if !line.starts_with([' ', '\t']) {
                is_meant = matched(line.trim(), url, &self.base).is_some();
                continue;
            }
            let Some((name, value)) = line.split_once(':').filter(|_| is_meant) else { continue };
            if let Ok(name) = HeaderName::try_from(name.trim())
                && name != CONTENT_TYPE
            {
                found.push((name, value.trim().to_owned()));
            }
        }
        found
    }
}

/// What the `*` at the end of `pattern` stands for if it means `url`; empty if it has none. Patterns may begin with the
/// base path or leave it out.
fn matched<'u>(pattern: &str, url: &'u str, base: &str) -> Option<&'u str> {
    let below = pattern.strip_prefix(base).map(|rest| format!("/{rest}"));
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => url.strip_prefix(start),
        None => (pattern == url || format!("{pattern}/") == url).then_some(""),
    };
    fits(pattern).or_else(|| fits(&below?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_static_hosts() {
        assert_eq!(matched("/old/*", "/old/a/b", "/"), Some("a/b"));
        assert_eq!(matched("/old", "/old/", "/"), Some(""));
        assert_eq!(matched("/help/old/", "/old/", "/help/"), Some(""));
        assert_eq!(matched("/*", "/any/thing.html", "/"), Some("any/thing.html"));
        assert_eq!(matched("/other", "/old/", "/"), None);
    }
}
