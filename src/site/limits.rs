//! A host → how much it takes, with the source of every figure; what a site is above that, in sentences.

use super::host::Moved;
use crate::config::{Config, Host};
use std::collections::BTreeMap;

/// How much a host takes of one site. `None`: it sets no limit, or none that we know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: Option<u64>,
    /// Files directly in one folder.
    pub folder: Option<u64>,
    /// Bytes of one file.
    pub file: Option<u64>,
    /// Bytes of all files.
    pub total: Option<u64>,
    /// Redirects by rules, in the unit of [`cost`].
    pub redirects: Option<u64>,
    /// Paths with headers.
    pub headers: Option<u64>,
    /// Characters of a line with a header.
    pub line: Option<u64>,
    /// Bytes of the host's file of settings.
    pub settings: Option<u64>,
}

const NONE: Limits = Limits {
    files: None,
    folder: None,
    file: None,
    total: None,
    redirects: None,
    headers: None,
    line: None,
    settings: None,
};

/// GitHub Pages: a published site of 1 GB (docs.github.com, "GitHub Pages limits"); git refuses files above 100 MB (the
/// same, "About large files on GitHub"), which counts when a branch is published.
const GITHUB: Limits = Limits { total: Some(1_000_000_000), file: Some(100_000_000), ..NONE };

/// Cloudflare Pages, free plan: 20,000 files, 25 MiB a file, 2,000 redirects without wildcards, 100 header rules of 2,000
/// characters (developers.cloudflare.com/pages/platform/limits). Paid plans take 100,000 files.
const CLOUDFLARE: Limits = Limits {
    files: Some(20_000),
    file: Some(25 << 20),
    redirects: Some(2_000),
    headers: Some(100),
    line: Some(2_000),
    ..NONE
};

/// A line of Cloudflare's `_redirects`: 1,000 characters (developers.cloudflare.com/pages/configuration/redirects).
const CLOUDFLARE_LINE: usize = 1_000;

/// Netlify: a folder of at most 54,000 files, as users report; its own pages name no figure but advise against 10,000
/// redirects and more (docs.netlify.com/manage/routing/redirects/overview).
const NETLIFY: Limits = Limits { folder: Some(54_000), redirects: Some(9_999), ..NONE };

/// Vercel: 2,048 redirects and as many header rules, by the schema of `vercel.json` (github.com/vercel/vercel,
/// `packages/routing-utils/src/schemas.ts`), whose addresses have at most 4,096 characters.
const VERCEL: Limits = Limits { redirects: Some(2_048), headers: Some(2_048), ..NONE };

/// An address in `vercel.json`.
const VERCEL_ADDRESS: usize = 4_096;

/// Azure Static Web Apps, free plan: 250 MB (learn.microsoft.com/azure/static-web-apps/quotas), 15,000 files
/// (github.com/Azure/static-web-apps/issues/520), settings of 20 kB (the same, `configuration`, "Restrictions"), of
/// which 12 kB are for redirects here.
const AZURE: Limits =
    Limits { files: Some(15_000), total: Some(250_000_000), redirects: Some(12_000), settings: Some(20_000), ..NONE };

/// How much `host` takes.
pub fn limits(host: Host) -> Limits {
    match host {
        Host::GitHub => GITHUB,
        Host::Cloudflare => CLOUDFLARE,
        Host::Netlify => NETLIFY,
        Host::Vercel => VERCEL,
        Host::AzureSwa => AZURE,
        Host::Any | Host::S3 | Host::Apache | Host::Nginx => NONE,
    }
}

/// How much of a host's `redirects` one takes: lines of Cloudflare's file, bytes of Azure's, else one; `None` if a rule of
/// the host cannot say it at all.
pub(super) fn cost(host: Host, config: &Config, moved: &Moved) -> Option<u64> {
    let from = config.url.link(moved.from.as_str());
    // Signs that stand for something else in these hosts' rules.
    let inner = moved.to.split_once("://").map_or(&*moved.to, |(_, rest)| rest);
    let path = &inner[..inner.find(['?', '#']).unwrap_or(inner.len())];
    let special = [&*from, path].iter().any(|part| part.contains("/:") || part.contains('*'));
    let folder = moved.from.as_str().ends_with('/');
    match host {
        Host::Netlify => (!special).then_some(1),
        Host::Cloudflare => {
            let secure = moved.to.starts_with('/') || moved.to.starts_with("https://");
            let short = from.len() + moved.to.len() + " 301 ".len() <= CLOUDFLARE_LINE;
            // Cloudflare leads from such a page to its folder itself, and takes this for a circle.
            let circle = path.ends_with("/index.html") || path.ends_with("/index");
            (!special && secure && short && !circle).then_some(if folder { 2 } else { 1 })
        }
        Host::Vercel => (!path.contains([':', '(', ')', '*', '+'])
            && from.len().max(moved.to.len()) * 2 <= VERCEL_ADDRESS)
            .then_some(1),
        Host::AzureSwa => {
            let rules = if folder { 2 } else { 1 };
            let length = from.len() + moved.to.len() + r#"{"route":"","redirect":"","statusCode":301},"#.len() + 8;
            (!special).then_some((rules * length) as u64)
        }
        Host::Any | Host::GitHub | Host::S3 | Host::Apache | Host::Nginx => Some(1),
    }
}

/// One thing that is more than a host takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excess {
    /// The host.
    pub host: Host,
    /// The file that is meant, if it is one.
    pub file: Option<String>,
    /// What is too much, with both figures, as a sentence without a full stop.
    pub message: String,
}

/// What of a site's files, by name and size in bytes, is more than `hosts` take. A file whose size is not known counts
/// as empty.
pub fn exceeded(hosts: &[Host], files: &[(String, u64)]) -> Vec<Excess> {
    let mut found = Vec::new();
    let count = files.len() as u64;
    let total: u64 = files.iter().map(|(_, size)| size).sum();
    for host in hosts {
        let most = limits(*host);
        let title = host.title();
        let mut add = |file: Option<&str>, message: String| {
            found.push(Excess { host: *host, file: file.map(str::to_owned), message });
        };
        if let Some(most) = most.files.filter(|most| count > *most) {
            add(None, format!("{title} takes {} files; this site has {}", grouped(most), grouped(count)));
        }
        if let Some(most) = most.total.filter(|most| total > *most) {
            add(None, format!("{title} takes a site of {}; this one has {}", bytes(most), bytes(total)));
        }
        if let Some(most) = most.file {
            for (name, size) in files.iter().filter(|(_, size)| *size > most) {
                add(Some(name), format!("{title} takes files of {}; `{name}` has {}", bytes(most), bytes(*size)));
            }
        }
        if let Some(most) = most.folder {
            let mut folders: BTreeMap<&str, u64> = BTreeMap::new();
            for (name, _) in files {
                *folders.entry(name.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
            }
            for (folder, count) in folders.into_iter().filter(|(_, count)| *count > most) {
                let (most, count) = (grouped(most), grouped(count));
                add(None, format!("{title} takes {most} files in one folder; `{folder}/` has {count}"));
            }
        }
    }
    found
}

/// A number with a comma before each three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size as hosts write it.
fn bytes(size: u64) -> String {
    let (unit, name) = match size {
        _ if size.is_multiple_of(1 << 20) && size > 0 => (1 << 20, "MiB"),
        0..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = size * 10 / unit;
    if tenths.is_multiple_of(10) {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_named_with_both_figures() {
        let many: Vec<(String, u64)> = (0..31_204).map(|at| (format!("a/{at}.html"), 10)).collect();
        let said = |hosts: &[Host], files: &[(String, u64)]| -> Vec<String> {
            exceeded(hosts, files).into_iter().map(|excess| excess.message).collect()
        };
        assert_eq!(
            said(&[Host::Cloudflare, Host::AzureSwa, Host::Nginx], &many),
            [
                "Cloudflare Pages takes 20,000 files; this site has 31,204",
                "Azure Static Web Apps takes 15,000 files; this site has 31,204"
            ]
        );
        let large = [("film.mp4".to_owned(), 2_000_000_000)];
        assert_eq!(
            said(&[Host::Any, Host::GitHub, Host::Netlify], &large),
            [
                "GitHub Pages takes a site of 1 GB; this one has 2 GB",
                "GitHub Pages takes files of 100 MB; `film.mp4` has 2 GB"
            ]
        );
        let folder: Vec<(String, u64)> = (0..54_001).map(|at| (format!("assets/{at}.js"), 0)).collect();
        assert_eq!(said(&[Host::Netlify], &folder), ["Netlify takes 54,000 files in one folder; `assets/` has 54,001"]);
        assert!(said(&Host::ALL, &many[..15_000]).is_empty());
    }
}
