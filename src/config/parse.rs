//! The text of `site.yaml` → `Config` and every mistake in it, in one run.

use super::groups::groups;
use super::shape::{base_path, is_language, is_safe_link, is_variable, is_web_address, split_address};
use super::{BaseUrl, Config, Contact, Feedback, Html, Outputs, Redirect};
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
    "outputs",
    "feedback",
    "csp",
    "redirects",
    "edit_url",
    "contact",
];

/// Directives that take a list of sources. Whatever else a policy may hold is Guidepost's to write.
const CSP: &[&str] = &[
    "default-src",
    "script-src",
    "style-src",
    "img-src",
    "media-src",
    "font-src",
    "connect-src",
    "frame-src",
    "child-src",
    "worker-src",
    "manifest-src",
    "object-src",
    "base-uri",
    "form-action",
    "frame-ancestors",
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
        settings(&mut reader, &root)
    });
    let broken = notes.iter().any(|note| note.code == Code::ConfigSyntax);
    (config.filter(|_| !broken), notes)
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
        _ => {
            let help = "write each setting on a line of its own: `title: …`";
            reader.report(root.span, "`site.yaml` is a list of keys with values", "no key", help);
            return None;
        }
    };
    let (mut title, mut url) = (None, None);
    let mut config = defaults();
    for entry in entries {
        match &*entry.key {
            "title" => title = text(reader, entry),
            "url" => url = site_url(reader, entry),
            _ => setting(&mut config, reader, entry),
        }
    }
    let start = Span::new(reader.block.offset, reader.block.offset);
    for (key, example) in [("title", "Account guides"), ("url", "https://example.org/help/")] {
        if !entries.iter().any(|entry| entry.key == key) {
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
        outputs: Outputs::default(),
        feedback: None,
        csp: BTreeMap::new(),
        redirects: Vec::new(),
        edit_url: None,
        contact: None,
    }
}

fn setting(config: &mut Config, reader: &mut Reader, entry: &Entry) {
    let node = &entry.value;
    match &*entry.key {
        "description" => config.description = text(reader, entry).unwrap_or_default(),
        "language" => config.language = language(reader, entry).unwrap_or_else(|| "en".to_owned()),
        "logo" => config.logo = logo(reader, entry),
        "accent" => config.accent = accent(reader, entry),
        "variants" => config.groups = groups(reader, node),
        "vars" => config.vars = variables(reader, node),
        "facts" => config.facts = facts(reader, node),
        "lint" => config.lint = lint(reader, node),
        "html" => {
            let choices = [("allow", Html::Allow), ("escape", Html::Escape)];
            config.html = reader.choice("html", node, &choices).unwrap_or(Html::Allow);
        }
        "outputs" => config.outputs = outputs(reader, node),
        "feedback" => config.feedback = feedback(reader, node),
        "csp" => config.csp = csp(reader, node),
        "redirects" => config.redirects = redirects(reader, node),
        "edit_url" => config.edit_url = edit_url(reader, entry),
        "contact" => config.contact = contact(reader, node),
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
        } else if let Some(value) = reader.scalar(&entry.key, &entry.value) {
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
    let url = reader.text(&entry.key, &entry.value)?;
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

fn outputs(reader: &mut Reader, node: &Node) -> Outputs {
    let mut outputs = Outputs::default();
    for entry in reader.map("outputs", node, "{markdown: true}").unwrap_or_default() {
        match &*entry.key {
            "markdown" => outputs.markdown = reader.bool("markdown", &entry.value).unwrap_or_default(),
            "llms" => outputs.llms = reader.bool("llms", &entry.value).unwrap_or_default(),
            _ => reader.unknown(entry, "`outputs`", &["markdown", "llms"]),
        }
    }
    outputs
}

fn feedback(reader: &mut Reader, node: &Node) -> Option<Feedback> {
    const SHAPE: &str = "{mail: help@example.org}";
    let entries = reader.map("feedback", node, SHAPE)?;
    let mut found = Vec::new();
    for entry in entries {
        match &*entry.key {
            "form" => found.push(address(reader, entry).map(Feedback::Form)),
            "issue" => found.push(address(reader, entry).map(Feedback::Issue)),
            "mail" => found.push(mail(reader, entry).map(Feedback::Mail)),
            _ => reader.unknown(entry, "`feedback`", &["form", "issue", "mail"]),
        }
    }
    if found.len() != 1 {
        let message = format!("`feedback` leads to one place, and {} are given", found.len());
        let help = format!("write one of `form`, `issue` and `mail`: `feedback: {SHAPE}`");
        reader.report(node.span, message, "expected exactly one", help);
        return None;
    }
    found.pop().flatten()
}

fn address(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let address = reader.text(&entry.key, &entry.value)?;
    if !is_web_address(address) {
        let help = format!("write it with its scheme: `{}: https://example.org/feedback`", entry.key);
        reader.report(entry.value.span, format!("`{address}` is not a full address"), "not a full address", help);
        return None;
    }
    Some(address.to_owned())
}

fn mail(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let written = reader.text(&entry.key, &entry.value)?;
    let address = written.strip_prefix("mailto:").unwrap_or(written);
    let sound =
        address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if !sound || address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>?&,;\"".contains(c)) {
        let help = "write an address such as `mail: help@example.org`";
        reader.report(entry.value.span, format!("`{written}` is not a mail address"), "not a mail address", help);
        return None;
    }
    Some(address.to_owned())
}

fn csp(reader: &mut Reader, node: &Node) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for entry in reader.map("csp", node, "{frame-src: ['https://video.example.org']}").unwrap_or_default() {
        if !CSP.contains(&&*entry.key) {
            reader.unknown(entry, "`csp`", CSP);
            continue;
        }
        let mut sources = Vec::new();
        for (source, span) in reader.texts(&entry.key, &entry.value) {
            // A semicolon would open another directive, a blank another source.
            if source.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ';' | ','))
                || !source.is_ascii()
            {
                let help =
                    format!("write a list: `{}: ['https://one.example.org', 'https://two.example.org']`", entry.key);
                reader.report(span, format!("`{source}` is not one source"), "one source an entry", help);
            } else {
                sources.push(source.to_owned());
            }
        }
        found.insert(entry.key.to_string(), sources);
    }
    found
}

fn redirects(reader: &mut Reader, node: &Node) -> Vec<Redirect> {
    let mut found: Vec<Redirect> = Vec::new();
    let mut taken = BTreeMap::new();
    let mut add = |reader: &mut Reader, from: &str, span: Span, to: &Node| {
        let to_text = reader.text("to", to).map(str::to_owned);
        if redirect_from(reader, from, span)
            && let Some(target) = to_text
            && redirect_to(reader, from, &target, to.span)
        {
            if taken.insert(from.to_owned(), span).is_some() {
                reader.report(span, format!("`{from}` is redirected twice"), "given again", "delete one of the two");
            } else {
                found.push(Redirect { from: from.to_owned(), to: target, span });
            }
        }
    };
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| add(reader, &entry.key, entry.key_span, &entry.value)),
        Value::List(items) => {
            for item in items {
                let Some(parts) = reader.map("redirects", item, "{from: /old/, to: /new/}") else { continue };
                parts
                    .iter()
                    .filter(|part| !matches!(&*part.key, "from" | "to"))
                    .for_each(|part| reader.unknown(part, "a redirect", &["from", "to"]));
                let ends = ["from", "to"].map(|key| parts.iter().find(|part| part.key == key));
                match ends {
                    [Some(from), Some(to)] => {
                        if let Some(start) = text(reader, from) {
                            add(reader, &start, from.value.span, &to.value);
                        }
                    }
                    _ => {
                        let help = "write `- {from: /old/, to: /new/}`";
                        reader.missing(item.span, "a redirect needs both `from` and `to`", help);
                    }
                }
            }
        }
        _ => drop(reader.mistyped::<()>("redirects", node, "a map", "{/old/: /new/}")),
    }
    found
}

fn redirect_from(reader: &mut Reader, from: &str, span: Span) -> bool {
    let sound = from.starts_with('/') && !from.starts_with("//") && !from.contains(['?', '#']);
    if !sound {
        let message = format!("`{from}` is not a former path on this site");
        reader.report(span, message, "expected a path", "begin it with `/`, without `?` and `#`: `/old/: /new/`");
    }
    sound
}

fn redirect_to(reader: &mut Reader, from: &str, to: &str, span: Span) -> bool {
    let sound = (to.starts_with('/') && !to.starts_with("//")) || is_web_address(to);
    if !sound {
        let help = format!("write a path from the site's root or a full address: `{from}: /new/`");
        reader.report(span, format!("`{to}` cannot be redirected to"), "expected a path or an address", help);
    } else if from == to {
        reader.report(
            span,
            format!("`{from}` is redirected to itself"),
            "the same address",
            "delete the line, or change the target",
        );
    }
    sound && from != to
}

fn edit_url(reader: &mut Reader, entry: &Entry) -> Option<String> {
    let url = reader.text(&entry.key, &entry.value)?;
    if !is_web_address(url) || !url.contains("{path}") {
        let message = format!("`{url}` does not lead to a page's source");
        let help = "write `{path}` where a page's path belongs: `edit_url: https://example.org/edit/main/{path}`";
        reader.report(entry.value.span, message, "expected an address with `{path}`", help);
        return None;
    }
    Some(url.to_owned())
}

fn contact(reader: &mut Reader, node: &Node) -> Option<Contact> {
    const SHAPE: &str = "{label: Contact us, url: /contact/}";
    let entries = reader.map("contact", node, SHAPE)?;
    let (mut label, mut url, mut sentence) = (None, None, None);
    for entry in entries {
        match &*entry.key {
            "label" => label = text(reader, entry),
            "url" => url = text(reader, entry).filter(|url| contact_link(reader, url, entry.value.span)),
            "text" => sentence = text(reader, entry),
            _ => reader.unknown(entry, "`contact`", &["label", "url", "text"]),
        }
    }
    for key in ["label", "url"] {
        if !entries.iter().any(|entry| entry.key == key) {
            reader.missing(node.span, format!("`contact` has no `{key}`"), format!("write `contact: {SHAPE}`"));
        }
    }
    Some(Contact { text: sentence.unwrap_or_default(), label: label?, url: url? })
}

fn contact_link(reader: &mut Reader, url: &str, span: Span) -> bool {
    let sound = is_safe_link(url) && (url.starts_with('/') || url.contains(':'));
    if !sound {
        let help = "write a path from the site's root, a full address, or `mailto:help@example.org`";
        reader.report(span, format!("`{url}` is not a link that a page may have"), "not a link", help);
    }
    sound
}
