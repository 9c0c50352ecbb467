//! `host:` of `site.yaml` → the hosts that the site is made ready for; never a call to any of them.

use crate::yaml::{Node, Reader};
use serde::{Deserialize, Serialize};

/// Where a site is published, as far as that changes its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Host {
    /// Anything that serves files: nothing is taken for granted.
    Any,
    /// GitHub Pages, and others that publish a branch as it is (GitLab, Codeberg).
    GitHub,
    /// Netlify.
    Netlify,
    /// Cloudflare Pages.
    Cloudflare,
    /// Vercel.
    Vercel,
    /// Azure Static Web Apps.
    AzureSwa,
    /// A bucket of S3, or of a service with its interface.
    S3,
    /// Apache, with `.htaccess` allowed.
    Apache,
    /// nginx, with a snippet included in the server's settings.
    Nginx,
}

impl Host {
    /// Every host, in the order of the documentation.
    pub const ALL: [Host; 9] = [
        Host::Any,
        Host::GitHub,
        Host::Netlify,
        Host::Cloudflare,
        Host::Vercel,
        Host::AzureSwa,
        Host::S3,
        Host::Apache,
        Host::Nginx,
    ];

    /// The name in `site.yaml` and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Host::Any => "any",
            Host::GitHub => "github",
            Host::Netlify => "netlify",
            Host::Cloudflare => "cloudflare",
            Host::Vercel => "vercel",
            Host::AzureSwa => "azure-swa",
            Host::S3 => "s3",
            Host::Apache => "apache",
            Host::Nginx => "nginx",
        }
    }

    /// The name in sentences.
    pub fn title(self) -> &'static str {
        match self {
            Host::Any => "any host",
            Host::GitHub => "GitHub Pages",
            Host::Netlify => "Netlify",
            Host::Cloudflare => "Cloudflare Pages",
            Host::Vercel => "Vercel",
            Host::AzureSwa => "Azure Static Web Apps",
            Host::S3 => "S3",
            Host::Apache => "Apache",
            Host::Nginx => "nginx",
        }
    }

    /// The host that `id` names.
    pub fn from_id(id: &str) -> Option<Host> {
        Host::ALL.into_iter().find(|host| host.id() == id)
    }
}

/// One host or a list of them: sorted, each once, never none.
pub(super) fn hosts(reader: &mut Reader, node: &Node) -> Vec<Host> {
    let names = Host::ALL.map(|host| (host.id(), host));
    let mut found: Vec<Host> = Vec::new();
    for item in reader.items(node) {
        let Some(host) = reader.choice("host", item, &names) else { continue };
        if found.contains(&host) {
            let message = format!("`{}` is named twice", host.id());
            reader.report(item.span, message, "given again", "delete one of the two");
        } else {
            found.push(host);
        }
    }
    settled(found)
}

/// Hosts in their one order; `any` if there is none.
pub(super) fn settled(mut hosts: Vec<Host>) -> Vec<Host> {
    hosts.sort();
    hosts.dedup();
    if hosts.is_empty() {
        hosts.push(Host::Any);
    }
    hosts
}
