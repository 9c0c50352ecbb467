//! A page's text → its `Front` and every mistake in it; a usable `Front` comes back even so.

use super::{Action, Day, Front, Kind, Layout, Offer, Origin, Override, Spanned, Split, Text, Verified, split};
use crate::config::shape::{is_language, is_safe_link, is_variable, is_web_address};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::path::{SitePath, anchor};
use crate::yaml::{self, Block, Codes, Entry, Node, Reader, Value, quoted};

/// Front matter is never larger than this, in bytes.
const LIMIT: usize = 64_000;

const CODES: Codes = Codes {
    syntax: Code::FrontSyntax,
    unknown_key: Code::FrontUnknownKey,
    missing: Code::FrontMissing,
    value: Code::FrontValue,
    too_large: Code::FrontTooLarge,
};

const KEYS: &[&str] = &[
    "title",
    "description",
    "nav_title",
    "slug",
    "template",
    "type",
    "order",
    "featured",
    "date",
    "updated",
    "verified",
    "verify_every",
    "owner",
    "sources",
    "variants",
    "vars",
    "facts",
    "action",
    "aliases",
    "related",
    "tags",
    "toc",
    "faq",
    "feedback",
    "search",
    "draft",
    "noindex",
    "canonical",
    "schema",
    "lang",
    "extra",
];

/// A page at this URL part would stand where Guidepost puts something of its own.
const RESERVED_SLUGS: &[&str] = &["index", "print"];

/// The front matter of a page's text, where the text behind it starts, and every mistake found.
pub fn parse(text: &str, path: &SitePath) -> (Front, usize, Vec<Diagnostic>) {
    let mut notes = Vec::new();
    match split(text) {
        Split::None { body } => {
            notes.push(no_front_matter(text, body, path));
            (
                Front { title: Spanned { value: Text::default(), span: Span::new(body, body) }, ..Front::default() },
                body,
                notes,
            )
        }
        Split::Block { yaml, body } => {
            let block = Block { path, text: &text[yaml.clone()], offset: yaml.start, limit: LIMIT, codes: &CODES };
            (front(&block, &mut notes), body, notes)
        }
        Split::Unclosed { open, yaml, body } => {
            // What was found inside is left unsaid: where the front matter ends is a guess.
            let block = Block { path, text: &text[yaml.clone()], offset: yaml.start, limit: LIMIT, codes: &CODES };
            let front = front(&block, &mut Vec::new());
            let message = "the front matter is opened here and not closed";
            let note = Diagnostic::new(Code::FrontSyntax, path, open, message).label("opened here");
            notes.push(note.help("write a line `---` behind the last key"));
            (front, body, notes)
        }
    }
}

fn no_front_matter(text: &str, body: usize, path: &SitePath) -> Diagnostic {
    let heading = text[body..].lines().find_map(|line| line.strip_prefix("# ")).map(str::trim);
    let title = match heading {
        Some(heading) if !heading.is_empty() => heading.to_owned(),
        _ => titled(path),
    };
    let title = if title.contains([':', '#', '"', '\'', '[', '{']) { quoted(&title) } else { title };
    let fix = format!("---\ntitle: {title}\n---\n\n");
    Diagnostic::new(Code::FrontMissing, path, body..body, "this page has no front matter, and so no title")
        .help(format!("begin the file with these lines:\n---\ntitle: {title}\n---"))
        .fix(body..body, fix)
}

/// A title made of the file's name.
fn titled(path: &SitePath) -> String {
    let stem = if path.stem() == "index" { path.parent().rsplit('/').next().unwrap_or_default() } else { path.stem() };
    let words = stem.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn front(block: &Block, notes: &mut Vec<Diagnostic>) -> Front {
    let start = Span::new(block.offset, block.offset);
    let mut front = Front { title: Spanned { value: Text::default(), span: start }, ..Front::default() };
    let Some(root) = yaml::parse(block, notes) else { return front };
    let mut reader = Reader { block: *block, notes };
    let no_keys = Vec::new();
    let entries = match &root.value {
        Value::Map(entries) => entries,
        Value::Null => &no_keys,
        _ => {
            reader.report(
                root.span,
                "front matter is a list of keys with values",
                "no key",
                "write `title: …` on a line of its own",
            );
            return front;
        }
    };
    for entry in entries {
        field(&mut front, entry, &mut reader);
    }
    if !entries.iter().any(|entry| entry.key == "title") {
        let help = format!("add a line: `title: {}`", titled(block.path));
        reader.missing(start, "this page has no title", help);
    }
    front
}

fn field(front: &mut Front, entry: &Entry, reader: &mut Reader) {
    let node = &entry.value;
    match &*entry.key {
        "title" => {
            front.title.span = node.span;
            front.title.value = text(reader, "title", node).unwrap_or_default();
        }
        "description" => front.description = text(reader, "description", node),
        "nav_title" => front.nav_title = text(reader, "nav_title", node),
        "slug" => front.slug = slug(reader, node),
        "template" => front.template = text(reader, "template", node).map(|value| Spanned { value, span: node.span }),
        "type" => {
            let kinds = [("guide", Kind::Guide), ("page", Kind::Page), ("section", Kind::Section), ("faq", Kind::Faq)];
            front.kind = reader.choice("type", node, &kinds);
        }
        "order" => front.order = reader.integer("order", node),
        "featured" => front.featured = reader.bool("featured", node).unwrap_or_default(),
        "date" => front.date = reader.day("date", node).map(Day::from),
        "updated" => front.updated = reader.day("updated", node).map(Day::from),
        "verified" => front.verified = verified(reader, node),
        "verify_every" => front.verify_every = period(reader, node),
        "owner" => front.owner = text(reader, "owner", node),
        "sources" => front.sources = sources(reader, node),
        "variants" => front.variants = offer(reader, node).map(Box::new),
        "vars" => front.vars = vars(reader, node),
        "facts" => front.facts = facts(reader, node),
        "action" => front.action = action(reader, node).map(Box::new),
        "aliases" => front.aliases = aliases(reader, node),
        "related" => front.related = spanned(reader, "related", node),
        "tags" => front.tags = reader.texts("tags", node).into_iter().map(|(tag, _)| tag.into()).collect(),
        "toc" => front.toc = reader.bool("toc", node),
        "faq" => front.faq = reader.bool("faq", node),
        "feedback" => front.feedback = reader.bool("feedback", node),
        "search" => front.search = reader.bool("search", node),
        "draft" => front.draft = reader.bool("draft", node).unwrap_or_default(),
        "noindex" => front.noindex = reader.bool("noindex", node).unwrap_or_default(),
        "canonical" => front.canonical = canonical(reader, node),
        "schema" => schema(front, reader, node),
        "lang" => front.lang = language(reader, node),
        "extra" => front.extra = extra(reader, node),
        _ => reader.unknown(entry, "front matter", KEYS),
    }
}

fn text(reader: &mut Reader, key: &str, node: &Node) -> Option<Text> {
    reader.text(key, node).map(Text::from)
}

fn spanned(reader: &mut Reader, key: &str, node: &Node) -> Box<[Spanned<Text>]> {
    reader.texts(key, node).into_iter().map(|(value, span)| Spanned { value: value.into(), span }).collect()
}

fn slug(reader: &mut Reader, node: &Node) -> Option<Spanned<Text>> {
    let slug = reader.text("slug", node)?;
    let sensible = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let starts = slug.chars().next().is_some_and(char::is_alphanumeric);
    if RESERVED_SLUGS.contains(&slug) {
        let help = format!("choose another, such as `slug: {slug}-guide`");
        reader.report(node.span, format!("`{slug}` cannot be the slug of a page"), "reserved", help);
        return None;
    }
    if !starts || !slug.chars().all(sensible) {
        let better = anchor(&slug.replace('/', " "));
        let better = better.trim_matches('-');
        let help = match better {
            "" => "write letters, digits and hyphens: `slug: close-account`".to_owned(),
            better => format!("write letters, digits and hyphens: `slug: {better}`"),
        };
        reader.report(node.span, format!("`{slug}` is not one part of a URL"), "one part, without `/` or spaces", help);
        return None;
    }
    Some(Spanned { value: slug.into(), span: node.span })
}

fn verified(reader: &mut Reader, node: &Node) -> Option<Verified> {
    let Value::Map(entries) = &node.value else {
        return reader.day("verified", node).map(|day| Verified::All(day.into()));
    };
    let each = entries.iter().filter_map(|entry| {
        let day = reader.day(&entry.key, &entry.value)?.into();
        Some((Spanned { value: (*entry.key).into(), span: entry.key_span }, day))
    });
    Some(Verified::Each(each.collect()))
}

/// `6 months` → days.
fn period(reader: &mut Reader, node: &Node) -> Option<u32> {
    const SHAPES: &str = "write a number of days, weeks, months or years: `verify_every: 6 months`";
    let written = match &node.value {
        Value::Text(text) | Value::Number(text) => text.trim(),
        _ => return reader.mistyped("verify_every", node, "a span of time", "6 months"),
    };
    let (number, unit) = written.split_once(' ').unwrap_or((written, ""));
    let days = match unit.trim().strip_suffix('s').unwrap_or(unit.trim()) {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "year" => 365,
        other => {
            let units = ["days", "weeks", "months", "years"];
            let help = match nearest(other, units).filter(|_| !other.is_empty()) {
                Some(unit) => format!("did you mean `{number} {unit}`?"),
                None => SHAPES.to_owned(),
            };
            reader.report(
                node.span,
                format!("`{written}` is not a span of time"),
                "expected a number and a unit",
                help,
            );
            return None;
        }
    };
    match number.parse::<u32>() {
        Ok(number) if (1..=1000).contains(&number) => Some(number * days),
        _ => {
            reader.report(
                node.span,
                format!("`{written}` is not a span of time"),
                "expected a number from 1 to 1000",
                SHAPES,
            );
            None
        }
    }
}

fn sources(reader: &mut Reader, node: &Node) -> Box<[Origin]> {
    const SHAPE: &str = "write an address, or `{title: …, url: …, date: 2026-11-24}`";
    let mut sources = Vec::new();
    for item in reader.items(node) {
        let Value::Map(entries) = &item.value else {
            if let Some(url) = link(reader, "sources", item) {
                sources.push(Origin { title: Text::default(), url, date: None });
            }
            continue;
        };
        let mut source = Origin { title: Text::default(), url: Text::default(), date: None };
        for entry in entries {
            match &*entry.key {
                "title" => source.title = text(reader, "title", &entry.value).unwrap_or_default(),
                "url" => source.url = link(reader, "url", &entry.value).unwrap_or_default(),
                "date" => source.date = reader.day("date", &entry.value).map(Day::from),
                _ => reader.unknown(entry, "a source", &["title", "url", "date"]),
            }
        }
        if !entries.iter().any(|entry| entry.key == "url") {
            reader.missing(item.span, "this source has no `url`", SHAPE);
        } else if !source.url.is_empty() {
            sources.push(source);
        }
    }
    sources.into()
}

/// Text that is a link and runs nothing.
fn link(reader: &mut Reader, key: &str, node: &Node) -> Option<Text> {
    let link = reader.text(key, node)?;
    if !is_safe_link(link) {
        let message = format!("`{link}` is not a link that a page may have");
        reader.report(
            node.span,
            message,
            "not a safe link",
            "write a full address such as `https://example.org/`, or a path",
        );
        return None;
    }
    Some(link.into())
}

fn offer(reader: &mut Reader, node: &Node) -> Option<Offer> {
    const SHAPE: &str = "{group: account, only: [client]}";
    let mut offer = Offer {
        group: Spanned::default(),
        only: Box::default(),
        except: Box::default(),
        layout: Layout::default(),
        options: Box::default(),
    };
    let entries = match &node.value {
        Value::Map(entries) => entries,
        Value::List(_) => {
            return reader.mistyped("variants", node, "the name of one group of `site.yaml`, or a map", SHAPE);
        }
        _ => {
            offer.group = Spanned { value: text(reader, "variants", node)?, span: node.span };
            return Some(offer);
        }
    };
    for entry in entries {
        let value = &entry.value;
        match &*entry.key {
            "group" => {
                offer.group = Spanned { value: text(reader, "group", value).unwrap_or_default(), span: value.span }
            }
            "only" => offer.only = spanned(reader, "only", value),
            "except" => offer.except = spanned(reader, "except", value),
            "layout" => {
                let layouts = [("pages", Layout::Pages), ("single", Layout::Single), ("both", Layout::Both)];
                offer.layout = reader.choice("layout", value, &layouts).unwrap_or_default();
            }
            "options" => offer.options = overrides(reader, value),
            _ => reader.unknown(entry, "`variants`", &["group", "only", "except", "layout", "options"]),
        }
    }
    if let [Some(only), Some(except)] = ["only", "except"].map(|key| entries.iter().find(|entry| entry.key == key)) {
        let help = format!("keep one of the two: `only: {}` says all", reader.block.written(only.value.span));
        reader.report(except.key_span, "`only` and `except` cannot both be given", "given beside `only`", help);
    }
    if !entries.iter().any(|entry| entry.key == "group") {
        reader.missing(
            node.span,
            "`variants` names no group",
            format!("name a group of `site.yaml`: `variants: {SHAPE}`"),
        );
    }
    (!offer.group.value.is_empty()).then_some(offer)
}

fn overrides(reader: &mut Reader, node: &Node) -> Box<[Override]> {
    let mut found = Vec::new();
    for entry in reader.map("options", node, "{client: {title: …, description: …}}").unwrap_or_default() {
        let id = Spanned { value: Text::from(&*entry.key), span: entry.key_span };
        let mut own = Override { id, title: None, description: None };
        for part in reader.map(&entry.key, &entry.value, "{title: …, description: …}").unwrap_or_default() {
            match &*part.key {
                "title" => own.title = text(reader, "title", &part.value),
                "description" => own.description = text(reader, "description", &part.value),
                _ => reader.unknown(part, "an option of a page", &["title", "description"]),
            }
        }
        found.push(own);
    }
    found.into()
}

fn vars(reader: &mut Reader, node: &Node) -> Box<[(Text, Text)]> {
    let mut found = Vec::new();
    for entry in reader.map("vars", node, "{fee: 10 %}").unwrap_or_default() {
        if !is_variable(&entry.key) {
            let help = "write letters, digits, `_` and `-`, a letter first: `support_hours: …`";
            reader.report(
                entry.key_span,
                format!("`{}` cannot be the name of a variable", entry.key),
                "not a name",
                help,
            );
        } else if let Some(value) = reader.scalar(&entry.key, &entry.value) {
            found.push((Text::from(&*entry.key), Text::from(value)));
        }
    }
    found.into()
}

fn facts(reader: &mut Reader, node: &Node) -> Box<[(Spanned<Text>, Text)]> {
    let mut found = Vec::new();
    for entry in reader.map("facts", node, "{time: 10 minutes}").unwrap_or_default() {
        if let Some(value) = reader.scalar(&entry.key, &entry.value) {
            found.push((Spanned { value: Text::from(&*entry.key), span: entry.key_span }, Text::from(value)));
        }
    }
    found.into()
}

fn action(reader: &mut Reader, node: &Node) -> Option<Action> {
    const SHAPE: &str = "{label: Open the settings, url: 'https://example.org/settings'}";
    let entries = reader.map("action", node, SHAPE)?;
    let (mut label, mut url) = (None, None);
    for entry in entries {
        match &*entry.key {
            "label" => label = text(reader, "label", &entry.value),
            "url" => url = link(reader, "url", &entry.value).map(|value| Spanned { value, span: entry.value.span }),
            _ => reader.unknown(entry, "`action`", &["label", "url"]),
        }
    }
    for key in ["label", "url"] {
        if !entries.iter().any(|entry| entry.key == key) {
            reader.missing(node.span, format!("`action` has no `{key}`"), format!("write `action: {SHAPE}`"));
        }
    }
    Some(Action { label: label?, url: url? })
}

fn aliases(reader: &mut Reader, node: &Node) -> Box<[Spanned<Text>]> {
    let mut found = Vec::new();
    for (alias, span) in reader.texts("aliases", node) {
        if !alias.starts_with('/') || alias.starts_with("//") {
            let path =
                alias.split_once("://").map_or(alias, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
            let help = format!("write its path from the site's root: `/{}`", path.trim_start_matches('/'));
            reader.report(
                span,
                format!("the alias `{alias}` does not start with `/`"),
                "a former address on this site",
                help,
            );
        } else if alias.contains(['?', '#']) || alias.contains(char::is_whitespace) {
            let clean = alias.split(['?', '#']).next().unwrap_or_default().trim().replace(char::is_whitespace, "-");
            let message = format!("the alias `{alias}` is more than a path");
            reader.report(span, message, "a path has no `?`, `#` or spaces", format!("write `{clean}`"));
        } else {
            found.push(Spanned { value: alias.into(), span });
        }
    }
    found.into()
}

fn canonical(reader: &mut Reader, node: &Node) -> Option<Text> {
    let address = reader.text("canonical", node)?;
    if !is_web_address(address) {
        let message = format!("`{address}` is not the full address of a page");
        reader.report(
            node.span,
            message,
            "not a full address",
            "write it with its scheme: `canonical: https://example.org/page/`",
        );
        return None;
    }
    Some(address.into())
}

fn schema(front: &mut Front, reader: &mut Reader, node: &Node) {
    for entry in reader.map("schema", node, "{howto: true}").unwrap_or_default() {
        match &*entry.key {
            "faq" => front.schema_faq = reader.bool("faq", &entry.value),
            "howto" => front.schema_howto = reader.bool("howto", &entry.value).unwrap_or_default(),
            _ => reader.unknown(entry, "`schema`", &["faq", "howto"]),
        }
    }
}

fn language(reader: &mut Reader, node: &Node) -> Option<Text> {
    let tag = reader.text("lang", node)?;
    if !is_language(tag) {
        let help = "write a tag of two or three letters, with a region if need be: `lang: pt-BR`";
        reader.report(node.span, format!("`{tag}` is not a language tag"), "not a BCP 47 tag", help);
        return None;
    }
    Some(tag.into())
}

fn extra(reader: &mut Reader, node: &Node) -> Text {
    match reader.map("extra", node, "{any: value}") {
        Some([]) | None => Text::default(),
        Some(_) => json(&node.value).to_string().into(),
    }
}

/// The value as JSON, the keys of every map sorted.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(text) => number(text),
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(|item| json(&item.value)).collect(),
        Value::Map(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            sorted.into_iter().map(|entry| (entry.key.to_string(), json(&entry.value.value))).collect()
        }
    }
}

/// JSON has no infinity and no "not a number"; they stay what was written, as text.
fn number(text: &str) -> serde_json::Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    if let Ok(whole) = text.parse::<u64>() {
        return whole.into();
    }
    match text.parse::<f64>().ok().and_then(serde_json::Number::from_f64) {
        Some(fraction) => fraction.into(),
        None => text.into(),
    }
}
