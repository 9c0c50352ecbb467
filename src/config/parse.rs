//! The text of `site.yaml` → `Config` and every mistake in it, in one run.

use super::groups::groups;
use super::headers::headers;
use super::host::hosts;
use super::outside::{contact, csp, edit_url, feedback, redirects};
use super::publish::targets;
use super::secret;
use super::shape::{base_path, is_language, is_variable, split_address};
use super::{BaseUrl, Config, Host, Html, Places};
use crate::diag::{Code, Diagnostic, Severity, Span, Weight, nearest};
use crate::path::SitePath;
use crate::yaml::{self, Block, Codes, Entry, Node, Reader, Value};
use std::collections::BTreeMap;

/// `site.yaml` is never larger than this, in bytes.
const LIMIT: usize = 1_000_000;

const CODES: Codes = Codes {
    syntax: Code::ConfigSyntax,
    unknown_key: Code::ConfigUnknownKey,
    missing: Code::ConfigMissing,
    value: Code::ConfigValue,
    too_large: Code::ConfigTooLarge,
};

const KEYS: &[&str] = &[
    "title",
    "url",
    "description",
    "language",
    "logo",
    "accent",
    "variants",
    "vars",
    "facts",
    "lint",
    "html",
    "feedback",
    "csp",
    "redirects",
    "headers",
    "host",
    "edit_url",
    "contact",
    "publish",
];

/// The settings in `source_text`, the text of the file `path`, and every mistake found.
///
/// There are no settings if the text is not YAML, or has no usable `title` or `url`; other mistakes leave a setting at
/// its default.
pub fn parse(source_text: &str, path: &SitePath) -> (Option<Config>, Vec<Diagnostic>) {
    let mut notes = Vec::new();
    let start = opening(source_text);
    let block = Block { path, text: &source_text[start..], offset: start, limit: LIMIT, codes: &CODES };
    let config = yaml::parse(&block, &mut notes).and_then(|root| {
        let mut reader = Reader { block, notes: &mut notes };
        secret::search(&mut reader);
        settings(&mut reader, &root)
    });
    let broken = notes.iter().any(|note| note.code == Code::ConfigSyntax);
    (config.filter(|_| !broken), secret::hidden(notes, source_text))
}

/// What is to be said if the file at `path` is not there. Nobody starts without it, but a preview may lose it.
pub fn absent(path: &SitePath) -> Diagnostic {
    Diagnostic::new(Code::ConfigMissing, path, Span::default(), "`site.yaml` is gone")
        .help("put it back; until then the site stays as it was")
}

/// Behind a byte order mark and a first line `---`, both of which mean nothing.
fn opening(text: &str) -> usize {
    let inner = text.trim_start_matches('\u{feff}');
    let start = text.len() - inner.len();
    match inner.strip_prefix("---") {
        Some(rest) if rest.is_empty() || rest.starts_with(['\n', '\r']) => start + 3,
        _ => start,
    }
}

fn settings(reader: &mut Reader, root: &Node) -> Option<Config> {
    let no_keys = Vec::new();
    let entries = match &root.value {
        Value::Map(entries) => entries,
        Value::Null => &no_keys,
        Value::Broken => return None,
        _ => {
            let help = "write each setting on a line of its own: `title: …`";
            reader.report(root.span, "`site.yaml` is a list of keys with values", "no key", help);
            return None;
        }
    };
    let (mut title, mut url, mut places) = (None, None, None);
    let mut config = defaults();
    for entry in entries {
        match &*entry.key {
            "title" => title = text(reader, entry),
            "url" => url = site_url(reader, entry),
            "publish" => places = Some(&entry.value),
            _ => setting(&mut config, reader, entry),
        }
    }
    config.publish = places.map(|node| targets(reader, node, url.as_ref())).unwrap_or_default();
    let start = Span::new(reader.block.offset, reader.block.offset);
    for (key, example) in [("title", "Account guides"), ("url", "https://example.org/help/")] {
        if !entries.iter().any(|entry| entry.key == key) && !reader.is_meant(key) {
            let message = format!("`site.yaml` has no `{key}`");
            reader.missing(start, message, format!("add a line: `{key}: {example}`"));
        }
    }
    Some(Config { title: title?, url: url?, ..config })
}

fn defaults() -> Config {
    Config {
        title: String::new(),
        description: String::new(),
        url: BaseUrl { origin: String::new(), path: "/".to_owned() },
        language: "en".to_owned(),
        logo: None,
        accent: None,
        groups: Vec::new(),
        vars: BTreeMap::new(),
        facts: Vec::new(),
        lint: BTreeMap::new(),
        html: Html::Allow,
        feedback: None,
        csp: BTreeMap::new(),
        redirects: Vec::new(),
        headers: Vec::new(),
        hosts: vec![Host::Any],
        edit_url: None,
        contact: None,
        publish: Vec::new(),
        places: Places::default(),
    }
}

fn setting(config: &mut Config, reader: &mut Reader, entry: &Entry) {
    let node = &entry.value;
    match &*entry.key {
        "description" => config.description = text(reader, entry).unwrap_or_default(),
        "language" => {
            config.language = language(reader, entry).unwrap_or_else(|| "en".to_owned());
            config.places.language = node.span;
        }
        "logo" => {
            config.logo = logo(reader, entry);
            config.places.logo = node.span;
        }
        "accent" => config.accent = accent(reader, entry),
        "variants" => config.groups = groups(reader, node, &mut config.places),
        "vars" => config.vars = variables(reader, node),
        "facts" => config.facts = facts(reader, node),
        "lint" => config.lint = lint(reader, node),
        "html" => {
            let choices = [("allow", Html::Allow), ("escape", Html::Escape)];
            config.html = reader.choice("html", node, &choices).unwrap_or(Html::Allow);
        }
        "feedback" => config.feedback = feedback(reader, node),
        "csp" => config.csp = csp(reader, node),
        "redirects" => config.redirects = redirects(reader, node),
        "headers" => config.headers = headers(reader, node),
        "host" => config.hosts = hosts(reader, node),
        "edit_url" => config.edit_url = edit_url(reader, entry),
        "contact" => config.contact = contact(reader, node, &mut config.places),
        _ => reader.unknown(entry, "`site.yaml`", KEYS),
    }
}

/// Text under a key.
pub(super) fn text(reader: &mut Reader, entry: &Entry) -> Option<String> {
    reader.text(&entry.key, &entry.value).map(str::to_owned)
}

/// `vars`: names and values of variables.
pub(super) fn variables(reader: &mut Reader, node: &Node) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in reader.map("vars", node, "{support_hours: 9 to 5}").unwrap_or_default() {
        if !is_variable(&entry.key) {
            let help = "write letters, digits, `_` and `-`, a letter first: `support_hours: …`";
            reader.report(
                entry.key_span,
                format!("`{}` cannot be the name of a variable", entry.key),
                "not a name",
                help,
            );
        } else if let Some(value) = reader.shown(&entry.key, &entry.value) {
            found.insert(entry.key.to_string(), value.to_owned());
        }
    }
    found
}

/// The parts of a site's address, or what is wrong with it.
pub(super) fn base_url(text: &str) -> Result<BaseUrl, &'static str> {
    let (origin, path) = split_address(text)?;
    Ok(BaseUrl { origin, path: base_path(&path)? })
}

fn site_url(reader: &mut Reader, entry: &Entry) -> Option<BaseUrl> {
    let url = reader.address(&entry.key, &entry.value, "https://example.org/help/")?;
    match base_url(url) {
        Ok(base) => Some(base),
        Err(why) => {
            let help = "write the full address of the home page: `url: https://example.org/help/`";
            reader.report(
                entry.value.span,
                format!("`{url}` cannot be the site's address: {why}"),
                "not an address",
                help,
            );
            None
        }
    }
}

fn language(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let tag = reader.text(&entry.key, &entry.value)?;
    if !is_language(tag) {
        let help = "write a tag of two or three letters, with a region if need be: `language: pt-BR`";
        reader.report(entry.value.span, format!("`{tag}` is not a language tag"), "not a BCP 47 tag", help);
        return None;
    }
    Some(tag.to_owned())
}

fn logo(reader: &mut Reader, entry: &Entry) -> Option<SitePath> {
    let written = reader.text(&entry.key, &entry.value)?;
    let inner = written.trim_start_matches('/');
    let inner = inner.strip_prefix("static/").unwrap_or(inner);
    let plain = inner.split('/').all(|part| !matches!(part, "" | "." | "..")) && !inner.contains([':', '\\', '?', '#']);
    if !plain {
        let help = "put the file into `static/` and write its name: `logo: logo.svg`";
        reader.report(
            entry.value.span,
            format!("`{written}` is not a file below `static/`"),
            "not a file's name",
            help,
        );
        return None;
    }
    Some(SitePath::new(&format!("static/{inner}")))
}

fn accent(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let written = match &entry.value.value {
        Value::Number(text) => text.as_ref(),
        _ => reader.text(&entry.key, &entry.value)?,
    };
    let digits = written.strip_prefix('#').unwrap_or(written);
    let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
    match digits.len() {
        6 if hexadecimal && digits.len() < written.len() => Some(written.to_ascii_lowercase()),
        3 if hexadecimal && digits.len() < written.len() => {
            let doubled: String = digits.chars().flat_map(|c| [c, c]).collect();
            Some(format!("#{}", doubled.to_ascii_lowercase()))
        }
        length => {
            let example = if hexadecimal && matches!(length, 3 | 6) { digits } else { "0a7d5b" };
            let help = format!("write `#` and three or six hexadecimal digits, in quotes: `accent: \"#{example}\"`");
            reader.report(entry.value.span, format!("`{written}` is not a colour"), "expected a colour", help);
            None
        }
    }
}

fn facts(reader: &mut Reader, node: &Node) -> Vec<(String, String)> {
    let entries = reader.map("facts", node, "{time: Time needed, cost: Cost}").unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.to_string(), text(reader, entry)?))).collect()
}

fn lint(reader: &mut Reader, node: &Node) -> BTreeMap<Code, Severity> {
    const WEIGHTS: [(&str, Severity); 3] =
        [("off", Severity::Off), ("warn", Severity::Warn), ("error", Severity::Error)];
    let mut found = BTreeMap::new();
    for entry in reader.map("lint", node, "{link/missing-page: warn}").unwrap_or_default() {
        let Some(code) = Code::from_id(&entry.key) else {
            unknown_code(reader, entry);
            continue;
        };
        let Some(severity) = reader.choice(&entry.key, &entry.value, &WEIGHTS) else { continue };
        match code.weight() {
            Weight::Adjustable(_) => {
                found.insert(code, severity);
            }
            Weight::Fatal if severity == Severity::Error => {}
            Weight::Fatal => {
                let message = format!("`{}` is always an error: no right page could be written", entry.key);
                reader.report(
                    entry.value.span,
                    message,
                    "cannot be lowered",
                    "delete this line, and mend what it reports",
                );
            }
        }
    }
    found
}

fn unknown_code(reader: &mut Reader, entry: &Entry) {
    let adjustable = || Code::ALL.iter().filter(|code| matches!(code.weight(), Weight::Adjustable(_)));
    let family = entry.key.split('/').next().unwrap_or_default();
    let near = nearest(&entry.key, adjustable().map(|code| code.id()));
    let known: Vec<&str> = match near {
        Some(id) => vec![id],
        None => adjustable().map(|code| code.id()).filter(|id| id.split('/').next() == Some(family)).collect(),
    };
    if known.is_empty() {
        reader.unknown(entry, "`lint`", &adjustable().map(|code| code.id()).collect::<Vec<_>>());
    } else {
        reader.unknown(entry, "`lint`", &known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Config>, Vec<String>) {
        let (config, notes) = parse(text, &SitePath::new("site.yaml"));
        let said = notes.iter().map(|note| {
            let start = note.place.span.range().start;
            let line = text[..start].matches('\n').count() + 1;
            let help = note.help.as_deref().unwrap_or("no help");
            format!("{line} {} {}: {} | {help}", note.code.id(), &text[note.place.span.range()], note.message)
        });
        (config, said.collect())
    }

    /// What is said of one more setting.
    fn said(more: &str) -> Vec<String> {
        read(&format!("title: T\nurl: https://e.org\n{more}\n")).1
    }

    fn with(more: &str) -> Config {
        let (config, said) = read(&format!("title: T\nurl: https://e.org\n{more}\n"));
        assert_eq!(said, Vec::<String>::new(), "{more}");
        config.expect("no mistake was reported")
    }

    #[test]
    fn two_lines_are_enough() {
        let (config, said) = read("title: Account guides\nurl: https://Example.org/help\n");
        assert_eq!(said, Vec::<String>::new());
        let config = config.unwrap();
        assert_eq!(config.title, "Account guides");
        assert_eq!(config.url, BaseUrl { origin: "https://example.org".into(), path: "/help/".into() });
        assert_eq!((config.language.as_str(), config.html), ("en", Html::Allow));
    }

    #[test]
    fn a_byte_order_mark_and_an_opening_line_are_accepted() {
        assert!(read("\u{feff}---\r\ntitle: T\r\nurl: https://e.org\r\n").0.is_some());
        assert_eq!(read("---\ntitle: T\nurl: ftp://e.org\n").1[0].split(' ').next(), Some("3"));
    }

    #[test]
    fn every_key_is_read() {
        let config = with(concat!(
            "description: D\nlanguage: pt-BR\nlogo: /logo.svg\naccent: '#0A7'\nhtml: escape\n",
            "variants:\n  account:\n    title: Account type\n    prompt: Which?\n    options:\n",
            "      - {id: freelancer, title: Freelancer, hint: You sell.}\n",
            "      - {id: agency, title: Agency, aliases: [company], vars: {fee: 10}}\n",
            "vars: {price: 1.10, open: true}\nfacts: {time: Time needed, cost: Cost}\n",
            "lint: {link/missing-page: warn, text/no-alt: off}\n",
            "feedback: {mail: help@e.org}\ncsp:\n  frame-src: https://v.e.org\n  script-src: [\"'self'\"]\n",
            "redirects: {/old/: /new/, /x: 'https://e.org/y'}\nedit_url: https://e.org/edit/{path}\n",
            "contact: {label: Contact us, url: /contact/, text: Still stuck?}\nhost: [nginx, netlify]",
        ));
        assert_eq!(config.logo, Some(SitePath::new("static/logo.svg")));
        assert_eq!(config.accent.as_deref(), Some("#00aa77"));
        assert_eq!(config.groups[0].options[1].aliases, ["company"]);
        assert_eq!(config.groups[0].options[1].vars["fee"], "10");
        assert_eq!((&*config.vars["price"], &*config.vars["open"]), ("1.10", "true"));
        assert_eq!(config.facts[0], ("time".to_owned(), "Time needed".to_owned()));
        assert_eq!(config.lint[&Code::TextNoAlt], Severity::Off);
        assert_eq!(config.csp["script-src"], ["'self'"]);
        assert_eq!((config.redirects.len(), &*config.redirects[0].from), (2, "/old/"));
        let headers = with("headers: {'/press/*': {X-Robots-Tag: noindex, Max: 1}, /%C3%BC.pdf: {A: b}}").headers;
        assert_eq!((headers[0].path.as_str(), headers[0].below, headers[0].headers.len()), ("/press/", true, 2));
        assert_eq!((headers[1].path.as_str(), headers[1].below), ("/ü.pdf", false));
        assert_eq!(config.hosts, [Host::Netlify, Host::Nginx]);
        assert_eq!(with("host: s3").hosts, [Host::S3]);
        assert_eq!(super::super::with_hosts(config, &[]).hosts, [Host::Any]);
    }

    #[test]
    fn all_mistakes_are_reported_in_one_run() {
        let (config, said) =
            read("titel: T\nurl: example.org\naccent: #0a7\ncookies: {}\nlint: {link/mising-page: off}\n");
        assert!(config.is_none());
        assert_eq!(
            said,
            [
                "1 config/unknown-key titel: `site.yaml` has no key `titel` | did you mean `title`?",
                "2 config/value example.org: `example.org` cannot be the site's address: it does not start with `https://` | write the full address of the home page: `url: https://example.org/help/`",
                "3 config/value : `accent` has no value | put the value in quotes: `accent: \"#0a7\"`",
                "4 config/unknown-key cookies: `site.yaml` has no key `cookies` | the keys are `title`, `url`, `description`, `language`, `logo`, `accent`, `variants`, `vars`, `facts`, `lint`, `html`, `feedback`, `csp`, `redirects`, `headers`, `host`, `edit_url`, `contact` and `publish`",
                "5 config/unknown-key link/mising-page: `lint` has no key `link/mising-page` | did you mean `link/missing-page`?",
                "1 config/missing : `site.yaml` has no `title` | add a line: `title: Account guides`",
            ]
        );
    }

    #[test]
    fn a_mistake_of_syntax_leaves_no_settings_but_the_rest_is_checked() {
        let (config, said) = read("title: Help: me\nurl: https://e.org/?q\n");
        assert!(config.is_none());
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("config/syntax") && said[0].ends_with("`title: \"Help: me\"`"), "{said:?}");
    }

    #[test]
    fn fatal_codes_cannot_be_lowered() {
        assert_eq!(
            said("lint: {template/syntax: warn}"),
            [
                "3 config/value warn: `template/syntax` is always an error: no right page could be written | delete this line, and mend what it reports"
            ]
        );
        assert!(with("lint: {template/syntax: error}").lint.is_empty());
    }

    #[test]
    fn option_ids_are_unique_and_not_reserved() {
        let group = |options: &str| said(&format!("variants: {{a: {{title: A, options: {options}}}}}"));
        assert!(group("[{id: all, title: A}]")[0].contains("`all` cannot be an id"));
        assert!(group("[{id: Client Two, title: A}]")[0].ends_with("write `client-two`"));
        assert!(group("[{id: x, title: A}, {id: y, title: B, aliases: [x]}]")[0].contains("`x` names two options"));
        assert!(group("[{id: x}]")[0].contains("this option has no `title`"));
        assert!(group("[{id: x, titel: A, title: A}]")[0].ends_with("did you mean `title`?"));
        assert!(group("[]")[0].contains("`options` is empty"));
        let many: Vec<String> = (0..61).map(|i| format!("{{id: o{i}, title: O}}")).collect();
        assert!(group(&format!("[{}]", many.join(", ")))[0].contains("at most 60 options, and this one has 61"));
    }

    #[test]
    fn values_without_meaning_are_refused() {
        for (setting, part) in [
            ("accent: red", "`red` is not a colour"),
            ("accent: 112233", "accent: \"#112233\""),
            ("language: english", "not a language tag"),
            ("logo: ../logo.svg", "not a file below `static/`"),
            ("html: sanitise", "write `allow` or `escape`"),
            ("html: escaped", "did you mean `escape`?"),
            ("feedback: {mail: a@b.c, form: 'https://e.org'}", "2 are given"),
            ("feedback: {mail: nobody}", "not a mail address"),
            ("csp: {frame-src: \"https://a; script-src *\"}", "not one source"),
            ("csp: {script-src: self}", "write it with quotes inside quotes: `\"'self'\"`"),
            ("csp: {frame-scr: a}", "did you mean `frame-src`?"),
            ("redirects: {old: /new/}", "not a former path"),
            ("redirects: [{from: /a/, to: /b/}, {from: /a/, to: /c/}]", "redirected twice"),
            ("redirects: [{from: /a/}]", "needs both"),
            ("redirects: {/a/: 'javascript:x'}", "cannot be redirected to"),
            ("edit_url: https://e.org/edit/", "write `{path}`"),
            ("contact: {label: L, url: 'javascript:x'}", "not a link that a page may have"),
            ("contact: {label: L}", "`contact` has no `url`"),
            ("redirects: {/old/*: /new/}", "stands for itself"),
            ("headers: [a]", "`headers` is a map"),
            ("headers: {press/*: {A: b}}", "not a path that every host understands"),
            ("headers: {'/*.pdf': {A: b}}", "not a path that every host understands"),
            ("headers: {/a/: {'A B': b}}", "cannot be the name of a header"),
            ("headers: {/a/: {Location: /b/}}", "use `redirects:`"),
            ("headers: {/a/: {Content-Length: 3}}", "the host's to write"),
            ("headers: {/a/: {A: \"b\\r\\nSet-Cookie: c\"}}", "more than one line"),
            ("headers: {/a/: {A: é}}", "beyond ASCII"),
            ("headers: {/a/: {A: ''}}", "it is empty"),
            ("headers: {/a/: {A: b, a: c}}", "given twice"),
            ("headers: {/a%20b/*: {A: b}}", "not a path that every host understands"),
            ("host: netlfy", "did you mean `netlify`?"),
            ("host: [any, {a: b}]", "`host` is `any`, `github`"),
            ("host: [s3, s3]", "`s3` is named twice"),
            ("vars: {a b: c}", "cannot be the name of a variable"),
            ("facts: [time]", "`facts` is a map, and this is a list"),
            ("outputs: {}", "the keys are `title`"),
        ] {
            let said = said(setting);
            assert!(said.len() == 1 && said[0].contains(part), "{setting}: {said:?}");
        }
    }

    #[test]
    fn hostile_text_is_refused_at_once() {
        let started = std::time::Instant::now();
        for text in [
            "[".repeat(200_000),
            "[".repeat(1_100_000),
            "a: [b, ".repeat(90_000),
            "\u{0}".repeat(1000),
            "- ".repeat(400_000),
        ] {
            assert!(!read(&text).1.is_empty());
        }
        assert!(read("- a\n").1[0].contains("is a list of keys"));
        assert_eq!(read("").1.len(), 2);
        assert!(started.elapsed() < std::time::Duration::from_secs(2));
    }

    #[test]
    fn another_base_url_is_checked_like_the_key() {
        let config = with("");
        let moved = super::super::with_base_url(config.clone(), "http://localhost:8000/x").unwrap();
        assert_eq!(moved.url.absolute("/a/"), "http://localhost:8000/x/a/");
        assert!(super::super::with_base_url(config, "localhost").unwrap_err().contains("does not start with"));
    }
}
