//! A service that builds sites → the file that tells it how; never over one that is there.

use super::write_new;
use crate::source::SETTINGS;
use anyhow::Context;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where Guidepost itself comes from.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// A service that builds and publishes a site with every push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// GitHub Actions, to GitHub Pages.
    GitHub,
    /// GitLab, to GitLab Pages.
    GitLab,
    /// Netlify.
    Netlify,
    /// GitHub Actions, to Cloudflare Pages.
    Cloudflare,
}

impl Service {
    /// Every service, by its name on the command line.
    pub const ALL: [(&'static str, Service); 4] = [
        ("github", Service::GitHub),
        ("gitlab", Service::GitLab),
        ("netlify", Service::Netlify),
        ("cloudflare", Service::Cloudflare),
    ];

    /// Its files, from the repository's root, and their texts with gaps.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Service::GitHub => &[(".github/workflows/pages.yml", include_str!("../starter/ci/github.yml"))],
            Service::GitLab => &[(".gitlab-ci.yml", include_str!("../starter/ci/gitlab.yml"))],
            Service::Netlify => &[("netlify.toml", include_str!("../starter/ci/netlify.toml"))],
            Service::Cloudflare => &[
                (".github/workflows/cloudflare.yml", include_str!("../starter/ci/cloudflare.yml")),
                ("wrangler.toml", include_str!("../starter/ci/wrangler.toml")),
            ],
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piped {
    /// The files that were made.
    Made(Vec<PathBuf>),
    /// Nothing was made, for this file is there.
    Exists(PathBuf),
    /// Nothing was made, for a folder on the way from the repository's root to the site has a name that a pipeline file
    /// cannot hold as it is.
    Name(PathBuf),
}

/// Whether there is a site in `folder`.
pub fn has_site(folder: &Path) -> bool {
    folder.join(SETTINGS).is_file()
}

/// Makes the files with which `service` builds the site in `folder`, an absolute path: at the root of the git repository
/// around it, or in the folder itself if there is none.
///
/// # Errors
/// The machine's.
pub fn pipeline(folder: &Path, service: Service) -> anyhow::Result<Piped> {
    let folder = plain(folder);
    let root = folder.ancestors().find(|path| path.join(".git").exists()).unwrap_or(&folder);
    let inner = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let Some(inner) = inner.to_str().map(|inner| inner.replace('\\', "/")).filter(|inner| is_simple(inner)) else {
        return Ok(Piped::Name(inner.to_owned()));
    };
    let files: Vec<(PathBuf, &str)> = service.files().iter().map(|(path, text)| (root.join(path), *text)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| fs::symlink_metadata(path).is_ok()) {
        return Ok(Piped::Exists(path.clone()));
    }
    let (option, prefix) = if inner.is_empty() {
        (String::new(), String::new())
    } else {
        (format!(" --root {inner}"), format!("{inner}/"))
    };
    let mut made = Vec::new();
    for (path, text) in files {
        let text = text
            .replace("{{repository}}", REPOSITORY)
            .replace("{{root}}", &option)
            .replace("{{in}}", &prefix)
            .replace("{{name}}", &project(root));
        write_new(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        made.push(path);
    }
    Ok(Piped::Made(made))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// Whether a path means itself in YAML, TOML and a shell, without quotes.
fn is_simple(path: &str) -> bool {
    !path.starts_with('-') && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'))
}

/// The folder's name as one of a project: lower-case letters, digits and hyphens.
fn project(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "guides".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_projects_are_plain() {
        for (folder, name) in [("/a/My Guides!", "my-guides"), ("/", "guides"), ("/ä", "guides"), ("/x_1", "x-1")] {
            assert_eq!(project(Path::new(folder)), name);
        }
        assert!(is_simple("docs/help-1") && is_simple("") && !is_simple("my docs") && !is_simple("a;b"));
        assert_eq!(plain(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }
}
