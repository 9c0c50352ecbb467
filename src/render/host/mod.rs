//! What hosts are told → their files of rules; the same rules in each, as far as a host can be told them.

mod apache;
mod json;
mod lines;
mod nginx;

use crate::facts::{Answer, Ask, Facts};
use crate::site::host::{HostFile, Moved, Rule, Table};

/// What each file begins with, behind its sign for a comment.
const NOTE: &str = "Written by Guidepost, from `aliases`, `redirects:` and `headers:`. Changes here are lost.";

/// The text of a host's file.
pub(super) fn file(facts: &Facts, file: HostFile) -> String {
    let known = facts.ask(Ask::Hosts);
    let Answer::Hosts(table) = &known.answer else { return String::new() };
    let site = Told { table, base: &facts.config().url.path };
    match file {
        HostFile::Redirects => lines::redirects(&site),
        HostFile::Headers => lines::headers(&site),
        HostFile::Vercel => json::vercel(&site),
        HostFile::AzureSwa => json::azure(&site),
        HostFile::Htaccess => apache::htaccess(&site),
        HostFile::Nginx => nginx::snippet(&site),
    }
}

/// The table, and the path that the site lies below.
struct Told<'t> {
    table: &'t Table,
    /// Percent-encoded, with a slash at both ends.
    base: &'t str,
}

impl Told<'_> {
    /// The path of a URL of the site, decoded, as servers compare it.
    fn decoded(&self, path: &str) -> String {
        let base = crate::path::decode(self.base).unwrap_or_else(|| self.base.to_owned());
        format!("{base}{}", path.trim_start_matches('/'))
    }

    /// The same, percent-encoded, as it is sent.
    fn encoded(&self, path: &str) -> String {
        format!("{}{}", self.base, crate::path::encode(path.trim_start_matches('/')))
    }

    /// Rules that are for a part of the site only, wider ones first.
    fn parts(&self) -> impl Iterator<Item = &Rule> {
        self.table.rules.iter().filter(|rule| !is_whole(rule))
    }

    /// The headers of everything for which no rule says otherwise.
    fn whole(&self) -> impl Iterator<Item = &(String, String)> {
        self.table.rules.iter().filter(|rule| is_whole(rule)).flat_map(|rule| &rule.headers)
    }

    /// Names of all headers, each once, in the order in which they come up first.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.table.rules.iter().flat_map(|rule| &rule.headers) {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        names
    }

    /// The value of the header `name` for everything, and for parts of the site, wider ones first.
    fn values(&self, name: &str) -> (Option<&str>, Vec<(&Rule, &str)>) {
        let of =
            |headers: &'_ [(String, String)]| headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
        let whole = self.whole().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value);
        let parts = self.parts().filter_map(|rule| Some((rule, &*rule.headers[of(&rule.headers)?].1)));
        (whole, parts.collect())
    }

    /// A regular expression for the paths that a rule is for, as servers see them: a folder's may be its page's, too.
    fn pattern(&self, rule: &Rule) -> String {
        let path = regex(&self.decoded(&rule.path));
        match (rule.below, rule.path.ends_with('/')) {
            (true, _) => format!("^{path}"),
            (false, true) => format!("^{path}(index\\.html)?$"),
            (false, false) => format!("^{path}$"),
        }
    }
}

fn is_whole(rule: &Rule) -> bool {
    rule.below && rule.path == "/"
}

/// The forms of an old address under which readers come: a folder's with and without its slash.
fn forms(moved: &Moved) -> Vec<&str> {
    let from = moved.from.as_str();
    match from.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => vec![from, bare],
        _ => vec![from],
    }
}

/// Text as a regular expression that matches nothing else.
fn regex(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation()
            && !matches!(
                c,
                '/' | '-'
                    | '_'
                    | '"'
                    | '\''
                    | '%'
                    | '&'
                    | '~'
                    | ','
                    | ':'
                    | ';'
                    | '='
                    | '@'
                    | '<'
                    | '>'
                    | '!'
                    | '#'
                    | '`'
            )
        {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
