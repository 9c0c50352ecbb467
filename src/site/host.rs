//! The site → what its hosts are told: headers and redirects in one table; never how a host wants them written.

use super::limits::{self, Limits};
use super::route::{Recipe, Target};
use super::{Page, Site};
use crate::config::{Config, HeaderRule, Host, merged_policy, policy_header};
use crate::path::{SitePath, Url};
use serde::{Deserialize, Serialize};

/// Pages and whatever else keeps its name when it changes: kept by browsers, but asked about every time.
pub const SHORT: &str = "public, max-age=0, must-revalidate";
/// Files whose name changes with their content.
pub const LONG: &str = "public, max-age=31536000, immutable";

/// A file of rules that a host reads and does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HostFile {
    /// `_redirects` of Netlify and Cloudflare Pages.
    Redirects,
    /// `_headers` of the same.
    Headers,
    /// `vercel.json`.
    Vercel,
    /// `staticwebapp.config.json`.
    AzureSwa,
    /// `.htaccess`.
    Htaccess,
    /// `nginx.conf`, to be included in a `server` block.
    Nginx,
}

impl HostFile {
    /// The files that `host` reads.
    pub fn of(host: Host) -> &'static [HostFile] {
        match host {
            Host::Any | Host::GitHub | Host::S3 => &[],
            Host::Netlify | Host::Cloudflare => &[HostFile::Redirects, HostFile::Headers],
            Host::Vercel => &[HostFile::Vercel],
            Host::AzureSwa => &[HostFile::AzureSwa],
            Host::Apache => &[HostFile::Htaccess],
            Host::Nginx => &[HostFile::Nginx],
        }
    }

    /// Where it lies.
    pub fn url(self) -> Url {
        Url::new(match self {
            HostFile::Redirects => "/_redirects",
            HostFile::Headers => "/_headers",
            HostFile::Vercel => "/vercel.json",
            HostFile::AzureSwa => "/staticwebapp.config.json",
            HostFile::Htaccess => "/.htaccess",
            HostFile::Nginx => "/nginx.conf",
        })
    }
}

/// An address that moved, and how readers get from there to the new one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moved {
    /// The old address: a folder's ends in `/`, any other is a file's.
    pub from: Url,
    /// The new one, percent-encoded: root-absolute with the base path, or a full address.
    pub to: String,
    /// What leads there.
    pub by: By,
}

/// What leads readers from an old address to the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// A page at the old address.
    Page,
    /// A rule of the host.
    Rule,
    /// A rule, and a page for those of the hosts that know no rules.
    Both,
}

/// What hosts are told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// The hosts.
    pub hosts: Vec<Host>,
    /// Headers by path. Of two rules for one path, the wider one stands first.
    pub rules: Vec<Rule>,
    /// Addresses that moved and that rules lead on from, sorted.
    pub moved: Vec<Moved>,
}

/// Headers for a path. Two rules never overlap in part: one holds the other, or they have nothing in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The path, decoded, from the site's root.
    pub path: String,
    /// Whether all that lies below the path is meant.
    pub below: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}

impl Rule {
    /// Whether whatever `other` is for, this rule is for too.
    pub fn holds(&self, other: &Rule) -> bool {
        if self.below { other.path.starts_with(&self.path) } else { !other.below && self.path == other.path }
    }
}

impl Table {
    /// All headers of what a rule is for: its own, and those of wider rules that it does not replace.
    pub fn headers(&self, rule: &Rule) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for wider in self.rules.iter().filter(|wider| wider.holds(rule)) {
            set(&mut all, &wider.headers);
        }
        all
    }

    /// All headers of the file at `url`, for those who hand them over file by file.
    pub fn headers_of(&self, url: &Url) -> Vec<(String, String)> {
        self.headers(&Rule { path: url.as_str().to_owned(), below: false, headers: Vec::new() })
    }

    /// Whether a wider rule sets the header `name` for what `rule` is for.
    pub fn is_replaced(&self, rule: &Rule, name: &str) -> bool {
        let wider = self.rules.iter().filter(|wider| *wider != rule && wider.holds(rule));
        wider.flat_map(|wider| &wider.headers).any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Whether `host` is one of those that are told.
    pub fn is_for(&self, host: Host) -> bool {
        self.hosts.contains(&host)
    }
}

/// The headers that a store keeps with an object, of those that `headers:` of the settings may give.
pub const STORED: [&str; 3] = ["Cache-Control", "Content-Disposition", "Content-Language"];

/// What the settings say of headers, for targets that keep them with each file.
pub struct Written {
    own: Table,
    all: Table,
}

impl Written {
    /// The headers of the site.
    pub fn new(site: &Site) -> Written {
        let own =
            |rule: &HeaderRule| Rule { path: rule.path.clone(), below: rule.below, headers: rule.headers.clone() };
        let mut rules: Vec<Rule> = site.config.headers.iter().map(own).collect();
        rules.sort_by(|a, b| (&a.path, !a.below).cmp(&(&b.path, !b.below)));
        Written { own: Table { hosts: Vec::new(), rules, moved: Vec::new() }, all: table(site) }
    }

    /// The headers of the file at `url` that the settings name, with the values that count for it.
    pub fn of(&self, url: &Url) -> Vec<(String, String)> {
        let own = self.own.headers_of(url);
        let is_own = |name: &str| own.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        self.all.headers_of(url).into_iter().filter(|(name, _)| is_own(name)).collect()
    }
}

fn set(all: &mut Vec<(String, String)>, more: &[(String, String)]) {
    for (name, value) in more {
        match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) if name.eq_ignore_ascii_case("content-security-policy") => *old = merged_policy(old, value),
            Some((_, old)) => old.clone_from(value),
            None => all.push((name.clone(), value.clone())),
        }
    }
}

/// The table of the site.
pub fn table(site: &Site) -> Table {
    let moved = site.routes.moved().iter().filter(|moved| moved.by != By::Page).cloned().collect();
    Table { hosts: site.config.hosts.clone(), rules: rules(site), moved }
}

fn rules(site: &Site) -> Vec<Rule> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut rules = vec![Rule {
        path: "/".to_owned(),
        below: true,
        headers: vec![
            header("Content-Security-Policy", &policy_header(&site.config)),
            header("X-Content-Type-Options", "nosniff"),
            header("Referrer-Policy", "strict-origin-when-cross-origin"),
            header("Cache-Control", SHORT),
        ],
    }];
    let long = [header("Cache-Control", LONG)];
    rules.extend(fingerprinted(site).into_iter().map(|(path, below)| Rule { path, below, headers: long.to_vec() }));
    for own in &site.config.headers {
        match rules.iter_mut().find(|rule| rule.path == own.path && rule.below == own.below) {
            Some(rule) => set(&mut rule.headers, &own.headers),
            None => {
                let headers = own.headers.clone();
                rules.push(Rule { path: own.path.clone(), below: own.below, headers });
            }
        }
    }
    rules.sort_by(|a, b| (&a.path, !a.below).cmp(&(&b.path, !b.below)));
    // A policy for a part of the site is one with the policy around it.
    let table = Table { hosts: Vec::new(), rules: rules.clone(), moved: Vec::new() };
    for rule in &mut rules {
        let whole = table.headers(rule);
        for (name, value) in &mut rule.headers {
            if name.eq_ignore_ascii_case("content-security-policy")
                && let Some((_, merged)) = whole.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                value.clone_from(merged);
            }
        }
    }
    rules
}

/// The paths of files whose names change with their content: their folder if nothing else lies there.
fn fingerprinted(site: &Site) -> Vec<(String, bool)> {
    const FOLDER: &str = "/assets/";
    let theme = |recipe: &Recipe| matches!(recipe, Recipe::Theme(_));
    let mut there = site.routes.all().iter().filter(|(url, _)| url.as_str().starts_with(FOLDER));
    if there.all(|(_, recipe)| theme(recipe)) {
        return vec![(FOLDER.to_owned(), true)];
    }
    let all = site.routes.all().iter().filter(|(_, recipe)| theme(recipe));
    all.map(|(url, _)| (url.as_str().to_owned(), false)).collect()
}

/// Where a redirect leads, percent-encoded.
pub(super) fn destination(config: &Config, pages: &[Page], target: &Target) -> Option<String> {
    match target {
        Target::Page(path, view) => {
            let at = pages.binary_search_by(|page| page.path.cmp(path)).ok()?;
            Some(config.url.link(pages[at].url_of(view).as_str()))
        }
        Target::Address(address) if address.starts_with('/') => {
            let (path, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
            let path = crate::path::decode(path).unwrap_or_else(|| path.to_owned());
            Some(format!("{}{}", config.url.link(&path), encoded(rest)))
        }
        Target::Address(address) => Some(encoded(address)),
    }
}

/// A part of an address in which nothing is left that a file of rules could take for something else.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '<' | '>' | '`' | '{' | '}' | '|' | '^') {
            out.push(c);
        } else {
            let mut buffer = [0; 4];
            c.encode_utf8(&mut buffer).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        }
    }
    out
}

/// Decides what leads on from each old address: rules where all `hosts` with rules take them, pages elsewhere.
/// `without` are hosts whose file of rules is the author's own.
pub(super) fn decide(config: &Config, without: &[Host], mut moved: Vec<Moved>) -> Vec<Moved> {
    let has_rules = |host: &Host| !HostFile::of(*host).is_empty() && !without.contains(host);
    let (ruled, others): (Vec<Host>, Vec<Host>) = config.hosts.iter().partition(|host| has_rules(host));
    let mut counts: Vec<(Limits, u64)> = ruled.iter().map(|host| (limits::limits(*host), 0)).collect();
    for one in &mut moved {
        let costs: Option<Vec<u64>> = ruled.iter().map(|host| limits::cost(*host, config, one)).collect();
        let fits = costs.filter(|costs| {
            let mut all = counts.iter().zip(costs);
            all.all(|((limits, spent), cost)| limits.redirects.is_none_or(|most| spent + cost <= most))
        });
        one.by = match fits {
            Some(costs) if !ruled.is_empty() => {
                counts.iter_mut().zip(costs).for_each(|((_, spent), cost)| *spent += cost);
                if others.is_empty() { By::Rule } else { By::Both }
            }
            _ => By::Page,
        };
    }
    moved
}

/// Objects of a bucket that lead elsewhere: an object's key, below the prefix of the site, and the address for its
/// metadata (`x-amz-website-redirect-location`).
pub fn object_redirects(site: &Site) -> Vec<(String, String)> {
    let there = site.routes.moved().iter().filter(|moved| moved.by != By::Rule);
    there.map(|moved| (moved.from.file(), moved.to.clone())).collect()
}

/// Where the settings stand, for what is said about hosts.
pub(super) fn settings() -> SitePath {
    SitePath::new("site.yaml")
}
