//! Files of rules → what a host that reads them would do; each by what the host's own documentation says of the format.

use guidepost::config::Host;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A pattern, headers that are taken away, and headers that are set.
type Block = (String, Vec<String>, Vec<(String, String)>);

/// What a host was told.
pub(crate) struct Told {
    host: Host,
    /// Patterns and targets.
    moved: Vec<(String, String)>,
    headers: Vec<Block>,
}

/// Reads the files of the host in the folder `out`; panics if it would not accept them.
pub(crate) fn read(host: Host, out: &Path) -> Told {
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    match host {
        Host::Netlify | Host::Cloudflare => {
            let moved = redirects(host, &text("_redirects"));
            Told { host, moved, headers: headers(host, &text("_headers")) }
        }
        Host::Vercel => vercel(&text("vercel.json")),
        Host::AzureSwa => azure(&text("staticwebapp.config.json")),
        _ => panic!("{host:?} reads no file that is parsed here"),
    }
}

/// `source target status`, in fields without blanks; whatever is not ASCII is encoded.
fn redirects(host: Host, text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [from, to, status] = fields[..] else { panic!("{line}: three fields are expected") };
        assert!(line.is_ascii() && from.starts_with('/'), "{line}");
        if (host, status) == (Host::Netlify, "404") {
            assert!(from.ends_with("/*") && to.ends_with("/404.html"), "{line}");
            continue;
        }
        assert!(status == "301" || (host, status) == (Host::Netlify, "301!"), "{line}");
        assert!(!from.contains('*') && !from.contains("/:"), "{line}: a pattern");
        assert!(to.starts_with('/') || to.starts_with("https://"), "{line}");
        assert!(seen.insert(from.to_owned()), "{line}: given twice");
        if host == Host::Cloudflare {
            assert!(line.len() <= 1_000, "{line}: too long");
        }
        found.push((from.to_owned(), to.to_owned()));
    }
    assert!(host != Host::Cloudflare || found.len() <= 2_000, "{} redirects", found.len());
    found
}

/// A path at the start of a line, and below it indented headers.
fn headers(host: Host, text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(line.len() <= 2_000 && line.is_ascii(), "{line}");
        if line.starts_with('/') {
            let stars = line.matches('*').count();
            assert!(stars == 0 || stars == 1 && line.ends_with("/*"), "{line}");
            found.push((line.to_owned(), Vec::new(), Vec::new()));
            continue;
        }
        let inner = line.strip_prefix("  ").unwrap_or_else(|| panic!("{line}: not indented"));
        let block = found.last_mut().expect("headers stand below a path");
        match (inner.strip_prefix("! "), inner.split_once(':')) {
            (Some(name), None) if host == Host::Cloudflare => block.1.push(name.to_owned()),
            (None, Some((name, value))) => block.2.push((name.to_owned(), value.trim().to_owned())),
            _ => panic!("{line}: not a header"),
        }
    }
    assert!(found.len() <= 100 && found.iter().all(|(_, _, set)| !set.is_empty()), "{text}");
    found
}

fn of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is text in {value}"))
}

fn keys(value: &Value, known: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is an object"));
    object.keys().for_each(|key| assert!(known.contains(&key.as_str()), "{key} in {value}"));
}

/// By the schema of `vercel.json`: which keys there are, and how much each takes.
fn vercel(text: &str) -> Told {
    let all: Value = serde_json::from_str(text).expect("vercel.json is JSON");
    keys(&all, &["trailingSlash", "redirects", "headers"]);
    assert_eq!(all["trailingSlash"], true);
    let list = |key: &str| all[key].as_array().unwrap_or_else(|| panic!("`{key}` is a list")).clone();
    let moved = list("redirects").into_iter().map(|one| {
        keys(&one, &["source", "destination", "statusCode"]);
        assert_eq!(one["statusCode"], 301);
        (of(&one, "source").to_owned(), of(&one, "destination").to_owned())
    });
    let headers = list("headers").into_iter().map(|one| {
        keys(&one, &["source", "headers"]);
        let set = one["headers"].as_array().expect("headers are a list").iter();
        let set = set.map(|header| {
            keys(header, &["key", "value"]);
            (of(header, "key").to_owned(), of(header, "value").to_owned())
        });
        (of(&one, "source").to_owned(), Vec::new(), set.collect())
    });
    let told = Told { host: Host::Vercel, moved: moved.collect(), headers: headers.collect() };
    assert!(told.moved.len() <= 2_048 && told.headers.len() <= 2_048);
    assert!(told.moved.iter().all(|(from, to)| from.len() <= 4_096 && to.len() <= 4_096));
    told
}

/// `routes` are tried in order, and the first that matches is the only one; `globalHeaders` are for everything.
fn azure(text: &str) -> Told {
    assert!(text.len() <= 20_000, "{} bytes", text.len());
    let all: Value = serde_json::from_str(text).expect("staticwebapp.config.json is JSON");
    keys(&all, &["trailingSlash", "routes", "globalHeaders", "responseOverrides"]);
    assert!(of(&all["responseOverrides"]["404"], "rewrite").ends_with("/404.html"));
    let set = |value: &Value| -> Vec<(String, String)> {
        let set = value.as_object().expect("headers are an object").iter();
        set.map(|(name, value)| (name.clone(), value.as_str().expect("a header is text").to_owned())).collect()
    };
    let mut told = Told { host: Host::AzureSwa, moved: Vec::new(), headers: Vec::new() };
    told.headers.push(("/*".to_owned(), Vec::new(), set(&all["globalHeaders"])));
    for route in all["routes"].as_array().expect("routes are a list") {
        match route.get("redirect") {
            Some(to) => {
                keys(route, &["route", "redirect", "statusCode"]);
                assert_eq!(route["statusCode"], 301);
                told.moved.push((of(route, "route").to_owned(), to.as_str().expect("a target is text").to_owned()));
            }
            None => {
                keys(route, &["route", "headers"]);
                told.headers.push((of(route, "route").to_owned(), Vec::new(), set(&route["headers"])));
            }
        }
    }
    told
}

impl Told {
    /// Where the host leads from a path, percent-encoded as it is sent.
    pub(crate) fn leads(&self, path: &str) -> Option<String> {
        let slash = |path: &str| path.trim_end_matches('/').to_owned();
        let is = |from: &str| match self.host {
            // Both take a path with its last slash and without it for one.
            Host::Netlify => slash(from) == slash(path),
            // `trailingSlash` leads from one to the other first, unless the last part looks like a file's name.
            Host::Vercel => plain(from) == path || plain(from) == format!("{path}/"),
            _ => from == path,
        };
        self.moved.iter().find(|(from, _)| is(from)).map(|(_, to)| to.clone())
    }

    /// The value with which a header is sent for a path.
    pub(crate) fn header(&self, path: &str, name: &str) -> Option<String> {
        let mut value: Option<String> = None;
        let matching = self.headers.iter().filter(|(pattern, ..)| self.matches(pattern, path));
        let counting = if self.host == Host::AzureSwa { 2 } else { usize::MAX };
        for (_, unset, set) in matching.take(counting) {
            if unset.iter().any(|gone| gone.eq_ignore_ascii_case(name)) {
                value = None;
            }
            for (_, new) in set.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)) {
                value = match value {
                    Some(old) if self.host == Host::Cloudflare => Some(format!("{old}, {new}")),
                    _ => Some(new.clone()),
                };
            }
        }
        // What these two send if nobody says otherwise.
        let own = matches!(self.host, Host::Netlify | Host::Cloudflare) && name == "Cache-Control";
        value.or_else(|| own.then(|| "public, max-age=0, must-revalidate".to_owned()))
    }

    fn matches(&self, pattern: &str, path: &str) -> bool {
        let below = if self.host == Host::Vercel { "(.*)" } else { "*" };
        match pattern.strip_suffix(below) {
            Some(start) if self.host == Host::Vercel => path.starts_with(&plain(start)),
            Some(start) => path.starts_with(start),
            None if self.host == Host::Vercel => plain(pattern) == path,
            None => pattern == path,
        }
    }
}

/// A pattern of `vercel.json` in which every special sign is escaped, as the path that it matches.
fn plain(pattern: &str) -> String {
    let mut out = String::new();
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => out.extend(signs.next()),
            ':' | '(' | ')' | '{' | '}' | '*' | '+' | '?' => panic!("`{sign}` in {pattern} stands for something else"),
            sign => out.push(sign),
        }
    }
    out
}
