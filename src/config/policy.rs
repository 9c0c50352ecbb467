//! The settings → the Content Security Policy: of a page's `<meta>`, and of the header that hosts send.

use super::{Config, Feedback};

/// The policy's directives before the site's additions.
const POLICY: &[(&str, &str)] = &[
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self' data: https:"),
    ("media-src", "'self' https:"),
    ("font-src", "'self'"),
    ("connect-src", "'self'"),
    ("manifest-src", "'self'"),
    ("base-uri", "'none'"),
    ("form-action", "'self'"),
];

/// Who may show the site in a frame: no matter of a `<meta>` element, which browsers ignore it in.
const FRAMES: &str = "frame-ancestors";

/// The policy of every page, for its `<meta>`.
pub fn policy(config: &Config) -> String {
    let own = POLICY.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let all = with_additions(own.collect(), config);
    written(all.into_iter().filter(|(name, _)| name != FRAMES))
}

/// The policy as a header.
pub fn policy_header(config: &Config) -> String {
    let own = POLICY.iter().copied().chain([(FRAMES, "'self'")]);
    written(with_additions(own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), config))
}

/// `policy` with the directives of `other`, which take the place of those with the same names.
///
/// A second policy beside the first would not replace it: browsers obey both.
pub fn merged_policy(policy: &str, other: &str) -> String {
    let mut all: Vec<(String, String)> = directives(policy);
    for (name, value) in directives(other) {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => all.push((name, value)),
        }
    }
    written(all)
}

fn directives(policy: &str) -> Vec<(String, String)> {
    let parts = policy.split(';').map(str::trim).filter(|part| !part.is_empty());
    let split = |part: &str| {
        let (name, value) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    parts.map(split).collect()
}

fn with_additions(mut directives: Vec<(String, String)>, config: &Config) -> Vec<(String, String)> {
    let mut add = |name: &str, source: &str| match directives.iter_mut().find(|(known, _)| known == name) {
        Some((_, sources)) if sources == "'none'" || source == "'none'" => *sources = source.to_owned(),
        Some((_, sources)) => *sources = format!("{sources} {source}"),
        None => directives.push((name.to_owned(), source.to_owned())),
    };
    if let Some(Feedback::Form(endpoint)) = &config.feedback {
        add("form-action", origin(endpoint));
    }
    for (name, sources) in &config.csp {
        sources.iter().for_each(|source| add(name, source));
    }
    directives
}

fn written(directives: impl IntoIterator<Item = (String, String)>) -> String {
    let one = |(name, value): (String, String)| if value.is_empty() { name } else { format!("{name} {value}") };
    directives.into_iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> &str {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_policy_changes_the_first_by_directives() {
        assert_eq!(
            merged_policy("default-src 'none'; img-src 'self'", "IMG-SRC  https: ;upgrade-insecure-requests;"),
            "default-src 'none'; img-src https:; upgrade-insecure-requests"
        );
    }

    #[test]
    fn frames_are_a_matter_of_the_header_alone() {
        let settings = "title: T\nurl: https://e.org\ncsp: {frame-ancestors: \"'none'\", img-src: 'https://i.org'}\n";
        let (config, _) = super::super::parse(settings, &crate::path::SitePath::new("site.yaml"));
        let config = config.expect("nothing is wrong with it");
        assert!(policy_header(&config).ends_with("; frame-ancestors 'none'"), "{}", policy_header(&config));
        assert!(
            !policy(&config).contains(FRAMES) && policy(&config).contains("img-src 'self' data: https: https://i.org")
        );
    }
}
