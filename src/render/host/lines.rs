//! What hosts are told → `_redirects` and `_headers`, in what Netlify and Cloudflare Pages both understand.

use super::{NOTE, Told, forms, is_whole};
use crate::config::Host;
use crate::site::host::{By, SHORT};

/// `_redirects`: a line for each address.
pub(super) fn redirects(told: &Told) -> String {
    let table = told.table;
    let cloudflare = table.is_for(Host::Cloudflare);
    let mut out = format!("# {NOTE}\n");
    for moved in &table.moved {
        // Netlify prefers a page that is there, unless it is told not to; Cloudflare never does, and knows no such sign.
        let status = if moved.by == By::Both && !cloudflare { "301!" } else { "301" };
        // Netlify takes a path with and without its last slash for the same one.
        let forms = if cloudflare { forms(moved) } else { vec![moved.from.as_str()] };
        for from in forms {
            out.push_str(&format!("{} {} {status}\n", told.encoded(from), moved.to));
        }
    }
    if table.is_for(Host::Netlify) && told.base != "/" && !cloudflare {
        // Netlify looks for this page at the root only.
        out.push_str(&format!("{}* {} 404\n", told.base, told.encoded("/404.html")));
    }
    out
}

/// `_headers`: a block for each path.
pub(super) fn headers(told: &Told) -> String {
    let table = told.table;
    let netlify = table.is_for(Host::Netlify);
    let mut out = format!("# {NOTE}\n");
    for rule in &table.rules {
        // Both send this anyway, and Cloudflare would put it in front of every other value.
        let kept = rule
            .headers
            .iter()
            .filter(|(name, value)| !(is_whole(rule) && name.eq_ignore_ascii_case("cache-control") && value == SHORT));
        let kept: Vec<_> = kept.collect();
        if kept.is_empty() {
            continue;
        }
        out.push_str(&format!("{}{}\n", told.encoded(&rule.path), if rule.below { "*" } else { "" }));
        for (name, value) in kept {
            // Cloudflare joins the values of all rules for a path; Netlify lets the last one win.
            let joined = table.is_replaced(rule, name) && !is_short(told, rule, name);
            if joined && !netlify {
                out.push_str(&format!("  ! {name}\n"));
            }
            out.push_str(&format!("  {name}: {value}\n"));
        }
    }
    out
}

/// Whether all that wider rules say of a header is what hosts do anyway, and so is not written.
fn is_short(told: &Told, rule: &crate::site::host::Rule, name: &str) -> bool {
    let wider = told.table.rules.iter().filter(|wider| *wider != rule && wider.holds(rule));
    let mut said = wider.flat_map(|wider| wider.headers.iter().map(move |header| (wider, header)));
    name.eq_ignore_ascii_case("cache-control")
        && said.all(|(wider, (known, value))| !known.eq_ignore_ascii_case(name) || is_whole(wider) && value == SHORT)
}
