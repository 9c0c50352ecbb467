//! `site.yaml` → `Config`; strict, and without a look at any other file.

mod groups;
mod headers;
mod host;
mod outside;
mod parse;
mod policy;
pub mod publish;
mod secret;
mod server;
pub(crate) mod shape;
pub mod store;

pub use host::Host;
pub use parse::{absent, parse};
pub use policy::{merged_policy, policy, policy_header};

use crate::diag::{Code, Severity, Span};
use crate::path::SitePath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The settings of a site. Every value is checked; what was not given has its default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// The site's name.
    pub title: String,
    /// One sentence about the site; empty if none is given.
    pub description: String,
    /// Where the site is published.
    pub url: BaseUrl,
    /// BCP 47 language tag of the content and of the theme's own words.
    pub language: String,
    /// The logo, a file below `static/`: `static/logo.svg`.
    pub logo: Option<SitePath>,
    /// The accent colour as `#rrggbb`.
    pub accent: Option<String>,
    /// Groups of account types.
    pub groups: Vec<Group>,
    /// Variables for `{{ name }}`.
    pub vars: BTreeMap<String, String>,
    /// The facts that guides may state at a glance, in display order: id and label.
    pub facts: Vec<(String, String)>,
    /// Severities that differ from the codes' own.
    pub lint: BTreeMap<Code, Severity>,
    /// What becomes of raw HTML.
    pub html: Html,
    /// "Was this helpful?"
    pub feedback: Option<Feedback>,
    /// Sources added to the Content Security Policy, per directive.
    pub csp: BTreeMap<String, Vec<String>>,
    /// Addresses that moved.
    pub redirects: Vec<Redirect>,
    /// Headers that hosts are told to send.
    pub headers: Vec<HeaderRule>,
    /// The hosts that it is made ready for, sorted; never none.
    pub hosts: Vec<Host>,
    /// Where a page's source is edited; `{path}` stands for its path from the project's root.
    pub edit_url: Option<String>,
    /// Where a reader finds help; shown at the same place on every page.
    pub contact: Option<Contact>,
    /// Where the site is published. No page depends on it.
    pub publish: Vec<publish::Target>,
    /// Where settings stand, for what is said about them. No page depends on it.
    pub places: Places,
}

/// Where settings stand in `site.yaml` that name something of the site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Places {
    /// The language.
    pub language: Span,
    /// The logo.
    pub logo: Span,
    /// The link of the contact.
    pub contact: Span,
    /// Former ids of options, by group.
    pub former: BTreeMap<String, BTreeMap<String, Span>>,
}

impl Places {
    /// Where the former id `alias` of an option of `group` stands.
    pub fn former(&self, group: &str, alias: &str) -> Span {
        self.former.get(group).and_then(|aliases| aliases.get(alias)).copied().unwrap_or_default()
    }
}

/// The address of the site's home, split where links need it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BaseUrl {
    /// Scheme, host and port: `https://example.org`.
    pub origin: String,
    /// The path, percent-encoded, with a slash at both ends: `/help/`.
    pub path: String,
}

impl BaseUrl {
    /// The root-absolute link to a URL of the site (`/upwork/` → `/help/upwork/`), percent-encoded.
    pub fn link(&self, url: &str) -> String {
        let mut link = String::with_capacity(self.path.len() + url.len());
        link.push_str(&self.path);
        link.extend(crate::path::encoded(url.trim_start_matches('/')));
        link
    }

    /// The link to an address as authors write one: a path from the site's root, with query and anchor if it has
    /// them, gets the base path; whatever else it is stays as it is.
    pub fn lead(&self, address: &str) -> String {
        if !address.starts_with('/') || address.starts_with("//") {
            return address.to_owned();
        }
        let (path, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
        format!("{}{rest}", self.link(&crate::path::decode(path).unwrap_or_else(|| path.to_owned())))
    }

    /// The full address of a URL of the site.
    pub fn absolute(&self, url: &str) -> String {
        let mut absolute = String::with_capacity(self.origin.len() + self.path.len() + url.len());
        absolute.push_str(&self.origin);
        absolute.push_str(&self.path);
        absolute.extend(crate::path::encoded(url.trim_start_matches('/')));
        absolute
    }
}

/// A group of account types; a guide picks one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    /// Its name in front matter.
    pub id: String,
    /// What its options are: "Account type".
    pub title: String,
    /// The question above a chooser; empty = the theme's own words.
    pub prompt: String,
    /// At least one, at most 60, in display order.
    pub options: Vec<Choice>,
}

impl Group {
    /// The index of the option `id`.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.options.iter().position(|option| option.id == id)
    }
}

/// One account type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// Its name in directives and URLs.
    pub id: String,
    /// Its name for readers.
    pub title: String,
    /// A sentence that helps to choose; empty if none.
    pub hint: String,
    /// Former ids; their pages redirect.
    pub aliases: Vec<String>,
    /// Variables of its pages.
    pub vars: BTreeMap<String, String>,
}

/// What becomes of raw HTML in Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Html {
    /// It is written as it is (but for unsafe URLs).
    Allow,
    /// It is shown as text.
    Escape,
}

/// Where "Was this helpful?" goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Feedback {
    /// A form that posts to this address.
    Form(String),
    /// A new issue: an address to which `title=…&body=…` is added.
    Issue(String),
    /// A mail to this address.
    Mail(String),
}

/// An address that moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Redirect {
    /// The old path on this site, from its root: `/old/`.
    pub from: String,
    /// The new one: a path on this site, or a full address.
    pub to: String,
    /// Where it stands in `site.yaml`.
    pub span: Span,
}

/// Headers for a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HeaderRule {
    /// The path on this site, decoded, from its root: `/press/`.
    pub path: String,
    /// Whether it is for all that lies below the path, too.
    pub below: bool,
    /// Names and values, in the order in which they are written.
    pub headers: Vec<(String, String)>,
    /// Where it stands in `site.yaml`.
    pub span: Span,
}

/// Where a reader finds help.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contact {
    /// A sentence; empty = the theme's own words.
    pub text: String,
    /// The link's text.
    pub label: String,
    /// The link.
    pub url: String,
}

/// The parts of a site's address, or what is wrong with it.
pub fn base_url(text: &str) -> Result<BaseUrl, &'static str> {
    parse::base_url(text)
}

/// The settings with `url` in place of the site's own address, or a sentence on why it cannot be one.
///
/// It is checked as the key `url` is: a full `http` or `https` address without query and fragment.
pub fn with_base_url(mut config: Config, url: &str) -> Result<Config, String> {
    match parse::base_url(url) {
        Ok(base) => {
            config.url = base;
            Ok(config)
        }
        Err(why) => {
            Err(format!("`{url}` cannot be the site's address: {why}; write it like `https://example.org/help/`"))
        }
    }
}

/// The settings with `hosts` in place of the site's own; none at all stands for [`Host::Any`].
pub fn with_hosts(mut config: Config, hosts: &[Host]) -> Config {
    config.hosts = host::settled(hosts.to_vec());
    config
}
