//! A page's text → its `Front` and every mistake in it; a usable `Front` comes back even so.

use super::checked::{period, verified};
use super::extra::extra;
use super::fence;
use super::offer::offer;
use super::prose::prose;
use super::{Action, Amiss, Day, Front, Kind, Origin, Spanned, Split, Text, split};
use crate::config::shape::{is_language, is_safe_link, is_variable, is_web_address};
use crate::diag::{Code, Diagnostic, Span};
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
            // The heading that would be the title if the file said so is no mistake of its own.
            let heading = first_heading(&text[body..]);
            notes.push(no_front_matter(heading, body, path));
            let title = Spanned { value: heading.unwrap_or_default().into(), span: Span::new(body, body) };
            (Front { title, ..Front::default() }, body, notes)
        }
        Split::Amiss { why, open, yaml, body } => {
            notes.push(fence::note(why, path, open.into()));
            let block = Block { path, text: &text[yaml.clone()], offset: yaml.start, limit: LIMIT, codes: &CODES };
            let front = if why == Amiss::Toml { Front::default() } else { front(&block, &mut notes) };
            (front, body, notes)
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

fn first_heading(body: &str) -> Option<&str> {
    body.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim).filter(|heading| !heading.is_empty())
}

fn no_front_matter(heading: Option<&str>, body: usize, path: &SitePath) -> Diagnostic {
    let title = heading.map_or_else(|| titled(path), str::to_owned);
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
        Value::Broken => return front,
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
    if !entries.iter().any(|entry| entry.key == "title") && !reader.is_meant("title") {
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
            front.title.value = prose(reader, "title", node).unwrap_or_default();
        }
        "description" => front.description = prose(reader, "description", node),
        "nav_title" => front.nav_title = prose(reader, "nav_title", node),
        "slug" => front.slug = slug(reader, node),
        "template" => front.template = text(reader, "template", node).map(|value| Spanned { value, span: node.span }),
        "type" => {
            let kinds = [("guide", Kind::Guide), ("page", Kind::Page), ("section", Kind::Section), ("faq", Kind::Faq)];
            front.kind = reader.choice("type", node, &kinds);
        }
        "order" => front.order = reader.integer("order", node),
        "featured" => front.featured = reader.bool("featured", node).unwrap_or_default(),
        "date" => (front.date, front.day_spans[0]) = (reader.day("date", node).map(Day::from), node.span),
        "updated" => (front.updated, front.day_spans[1]) = (reader.day("updated", node).map(Day::from), node.span),
        "verified" => (front.verified, front.day_spans[2]) = (verified(reader, node), node.span),
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

pub(super) fn text(reader: &mut Reader, key: &str, node: &Node) -> Option<Text> {
    reader.text(key, node).map(Text::from)
}

pub(super) fn spanned(reader: &mut Reader, key: &str, node: &Node) -> Box<[Spanned<Text>]> {
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

fn sources(reader: &mut Reader, node: &Node) -> Box<[Origin]> {
    const SHAPE: &str = "write an address, or `{title: …, url: …, date: 2026-11-24}`";
    let mut sources = Vec::new();
    for item in reader.items(node) {
        let Value::Map(entries) = &item.value else {
            if let Some(url) = link(reader, "sources", item) {
                sources.push(Origin {
                    title: Text::default(),
                    url: Spanned { value: url, span: item.span },
                    date: None,
                });
            }
            continue;
        };
        let mut source = Origin { title: Text::default(), url: Spanned::default(), date: None };
        for entry in entries {
            match &*entry.key {
                "title" => source.title = text(reader, "title", &entry.value).unwrap_or_default(),
                "url" => {
                    let value = link(reader, "url", &entry.value).unwrap_or_default();
                    source.url = Spanned { value, span: entry.value.span };
                }
                "date" => source.date = reader.day("date", &entry.value).map(Day::from),
                _ => reader.unknown(entry, "a source", &["title", "url", "date"]),
            }
        }
        if !entries.iter().any(|entry| entry.key == "url") {
            reader.missing(item.span, "this source has no `url`", SHAPE);
        } else if !source.url.value.is_empty() {
            sources.push(source);
        }
    }
    sources.into()
}

/// Text that is a link and runs nothing.
fn link(reader: &mut Reader, key: &str, node: &Node) -> Option<Text> {
    let link = reader.address(key, node, "https://example.org/")?;
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
        } else if let Some(value) = reader.shown(&entry.key, &entry.value) {
            found.push((Text::from(&*entry.key), Text::from(value)));
        }
    }
    found.into()
}

/// How many facts are seen at a glance.
const MOST_FACTS: usize = 5;

fn facts(reader: &mut Reader, node: &Node) -> Box<[(Spanned<Text>, Text)]> {
    let mut found = Vec::new();
    for (index, entry) in reader.map("facts", node, "{time: 10 minutes}").unwrap_or_default().iter().enumerate() {
        if index == MOST_FACTS {
            let message = format!("a page has up to {MOST_FACTS} facts");
            reader.report(
                entry.key_span,
                message,
                "one too many",
                "keep those that matter most; put the rest in the text",
            );
        }
        if let Some(value) = reader.shown(&entry.key, &entry.value) {
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
            let message = match alias.starts_with("//") {
                true => format!("the alias `{alias}` starts with two `/`, which stand before the name of a host"),
                false => format!("the alias `{alias}` does not start with `/`"),
            };
            reader.report(span, message, "a former address on this site", help);
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
    let address = reader.address("canonical", node, "https://example.org/page/")?;
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

#[cfg(test)]
mod tests {
    use super::super::{Layout, Verified};
    use super::*;
    use std::time::{Duration, Instant};

    fn read(text: &str) -> (Front, usize, Vec<String>) {
        let (front, body, notes) = parse(text, &SitePath::new("content/upwork/close-account.md"));
        let said = notes.iter().map(|note| {
            let range = note.place.span.range();
            let line = text[..range.start].matches('\n').count() + 1;
            let help = note.help.as_deref().unwrap_or("no help");
            format!("{line} {} {}: {} | {help}", note.code.id(), &text[range], note.message)
        });
        (front, body, said.collect())
    }

    /// The front matter `title: T` and `more`, which has no mistake.
    fn with(more: &str) -> Front {
        let (front, _, said) = read(&format!("---\ntitle: T\n{more}\n---\n"));
        assert_eq!(said, Vec::<String>::new(), "{more}");
        front
    }

    fn said(more: &str) -> Vec<String> {
        read(&format!("---\ntitle: T\n{more}\n---\n")).2
    }

    #[test]
    fn every_key_is_read() {
        let front = with(concat!(
            "description: D\nnav_title: N\nslug: close\ntemplate: wide\ntype: guide\norder: -2\nfeatured: true\n",
            "date: 2026-01-02\nupdated: 2026-03-04\nverified: {client: 2026-05-06}\nverify_every: 6 months\nowner: support\n",
            "sources:\n  - https://e.org/a\n  - {title: A, url: 'https://e.org/b', date: 2026-01-01}\n",
            "variants:\n  group: account\n  only: [client, agency]\n  layout: both\n  options:\n    client: {title: For clients}\n",
            "vars: {fee: 10}\nfacts: {time: 10 minutes, reversible: \"no\"}\naction: {label: Open, url: 'https://e.org'}\n",
            "aliases: /old/\nrelated: [hide.md, ../fees.md#x]\ntags: [a, b]\ntoc: false\nfaq: true\nfeedback: false\nsearch: false\n",
            "draft: true\nnoindex: true\ncanonical: https://e.org/c/\nschema: {faq: false, howto: true}\nlang: de\n",
            "extra: {b: [1, 2.50, x], a: {d: null, c: true}}",
        ));
        let day = |month, day| Day { year: 2026, month, day };
        assert_eq!((front.kind, front.order, front.date), (Some(Kind::Guide), Some(-2), Some(day(1, 2))));
        let Some(Verified::Each(each)) = &front.verified else { panic!("{:?}", front.verified) };
        assert_eq!((&*each[0].0.value, each[0].1), ("client", day(5, 6)));
        assert_eq!(front.verify_every, Some(180));
        assert_eq!((&*front.sources[0].url.value, front.sources[1].date), ("https://e.org/a", Some(day(1, 1))));
        let offer = front.variants.unwrap();
        assert_eq!((&*offer.group.value, offer.only.len(), offer.layout), ("account", 2, Layout::Both));
        assert_eq!(offer.options[0].title.as_deref(), Some("For clients"));
        assert_eq!(front.vars[0], ("fee".into(), "10".into()));
        assert_eq!(&*front.facts[1].1, "no");
        assert_eq!((&*front.aliases[0].value, &*front.related[1].value), ("/old/", "../fees.md#x"));
        assert_eq!((front.schema_faq, front.schema_howto, front.toc), (Some(false), true, Some(false)));
        assert_eq!(&*front.extra, r#"{"a":{"c":true,"d":null},"b":[1,2.5,"x"]}"#);
    }

    #[test]
    fn a_group_alone_is_enough() {
        let offer = with("variants: account").variants.unwrap();
        assert_eq!((&*offer.group.value, offer.layout), ("account", Layout::Pages));
    }

    #[test]
    fn places_are_those_of_the_file() {
        let text = "\u{feff}---\r\ntitle: \"Close\"\r\nslug: x\r\n---\r\nText\r\n";
        let (front, body, said) = read(text);
        assert_eq!(said, Vec::<String>::new());
        assert_eq!((&text[front.title.span.range()], &*front.title.value), ("\"Close\"", "Close"));
        assert_eq!(&text[front.slug.unwrap().span.range()], "x");
        assert_eq!(&text[body..], "Text\r\n");
    }

    #[test]
    fn a_page_without_a_title_is_told_the_lines_to_type() {
        let (front, body, said) = read("# Close: it\n\nText\n");
        assert_eq!((body, &*front.title.value), (0, "Close: it"));
        assert_eq!(
            said,
            [
                "1 front/missing : this page has no front matter, and so no title | begin the file with these lines:\n---\ntitle: \"Close: it\"\n---"
            ]
        );
        assert_eq!(
            read("---\ndraft: true\n---\n").2,
            ["2 front/missing : this page has no title | add a line: `title: Close account`"]
        );
        assert_eq!(read("").2.len(), 1);
        assert_eq!(read("---\n---\n").2.len(), 1);
    }

    #[test]
    fn unclosed_front_matter_is_one_mistake() {
        let (front, body, said) = read("---\ntitle: Close\n\nText: with: colons\n");
        assert_eq!((&*front.title.value, body), ("Close", 17));
        assert_eq!(
            said,
            [
                "1 front/syntax ---: the front matter is opened here and not closed | write a line `---` behind the last key"
            ]
        );
        assert_eq!(read("---\nJust text\n").2.len(), 1);
    }

    #[test]
    fn values_that_are_no_text_must_be_in_quotes() {
        for (line, help) in [
            ("nav_title: 2026", "`nav_title: \"2026\"`"),
            ("nav_title: 1.10", "`nav_title: \"1.10\"`"),
            ("nav_title: no", "`nav_title: \"no\"`"),
            ("nav_title: Yes", "`nav_title: \"Yes\"`"),
            ("nav_title: true", "`nav_title: \"true\"`"),
            ("nav_title: null", "`nav_title: \"null\"`"),
            ("nav_title: ~", "`nav_title: \"~\"`"),
            ("nav_title: 0x1f", "`nav_title: \"0x1f\"`"),
            ("tags: [no, de]", "`tags: \"no\"`"),
        ] {
            let said = said(line);
            assert!(said.len() == 1 && said[0].ends_with(help), "{said:?}");
        }
        assert_eq!(said("nav_title: 'no'\nowner: \"2026\""), Vec::<String>::new());
    }

    #[test]
    fn values_without_meaning_are_refused() {
        for (line, part) in [
            ("titel: x", "did you mean `title`?"),
            ("xyzzy: 1", "the keys are `title`, "),
            ("description:", "`description` has no value | write `description: some text` or delete the line"),
            ("type: gide", "did you mean `guide`?"),
            ("order: first", "`order` is a whole number, and this is text | write `order: 10`"),
            ("order: 1.5", "`order` is a whole number"),
            ("draft: no", "write `draft: false`"),
            ("draft: [true]", "`draft` is `true` or `false`, and this is a list"),
            ("date: 2026-02-30", "`2026-02-30` is not a day of the calendar"),
            ("date: 1.2.2026", "write year, month and day: `date: 2026-11-24`"),
            ("date: 2026", "this is a number"),
            ("verify_every: 6 moons", "`6 moons` is not a span of time"),
            ("verify_every: 6 mnths", "did you mean `6 months`?"),
            ("verify_every: 90", "write a number of days"),
            ("verify_every: 0 days", "a number of days"),
            ("verified: {client: soon}", "`soon` is not a day"),
            ("slug: a/b", "`slug: a-b`"),
            ("slug: print", "cannot be the slug"),
            ("slug: ..", "is not one part of a URL"),
            ("aliases: [old/]", "`/old/`"),
            ("aliases: [/old/?x=1]", "more than a path"),
            ("canonical: /a/", "not the full address"),
            ("lang: german", "not a language tag"),
            ("sources: ['javascript:x']", "not a link that a page may have"),
            ("sources: [{title: x}]", "this source has no `url`"),
            ("action: {label: x}", "`action` has no `url`"),
            ("action: {label: x, url: 'javascript:x'}", "not a link that a page may have"),
            ("variants: [a, b]", "name of one group"),
            ("variants: {only: [a]}", "names no group"),
            ("variants: {group: a, only: [b], except: [c]}", "cannot both be given"),
            ("variants: {group: a, layout: page}", "did you mean `pages`?"),
            ("variants: {group: a, options: {b: {titel: x}}}", "did you mean `title`?"),
            ("facts: [a]", "`facts` is a map, and this is a list | write `facts: {time: 10 minutes}`"),
            ("vars: {1a: b}", "cannot be the name of a variable"),
            ("schema: {how_to: true}", "did you mean `howto`?"),
            ("tags: [a: b]", "an entry of `tags` is text, and this is a map"),
            ("extra: 1", "`extra` is a map"),
            ("title: Again", "`title` is given twice"),
        ] {
            let said = said(line);
            assert!(said.len() == 1 && said[0].contains(part), "{line}: {said:?}");
        }
    }

    #[test]
    fn what_is_sound_is_kept_beside_mistakes() {
        let (front, _, said) = read("---\ntitle: Step 2: close\ndraft: perhaps\norder: 4\ntags: [a, 1]\n---\n");
        assert_eq!((&*front.title.value, front.order, front.tags.len()), ("Step 2: close", Some(4), 1));
        assert_eq!(said.len(), 3);
        assert!(said[0].ends_with("`title: \"Step 2: close\"`"), "{said:?}");
    }

    #[test]
    fn hostile_text_is_refused_at_once() {
        let started = Instant::now();
        let aliases = "b: [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n".repeat(9);
        for inner in [
            "[".repeat(200_000),
            "[".repeat(60_000),
            "{a: ".repeat(15_000),
            format!("a: &a x\n{aliases}"),
            "\u{0}".repeat(50_000),
            "- ".repeat(30_000),
            (0..150).map(|i| format!("{}a:\n", " ".repeat(i))).collect(),
            "a".repeat(60_000),
        ] {
            let (_, _, said) = read(&format!("---\n{inner}\n---\n"));
            assert!(!said.is_empty() && said.len() <= 25);
        }
        assert_eq!(read(&format!("---\n{}\n---\n", "[".repeat(200_000))).2.len(), 1);
        assert_eq!(read("---\n- a\n- b\n---\n").2.len(), 1);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[test]
    fn a_page_of_ten_lines_takes_microseconds() {
        let text = concat!(
            "---\ntitle: How to close your account\ndescription: Close an account for good, step by step.\norder: 3\n",
            "updated: 2026-08-01\nverified: 2026-08-01\nverify_every: 6 months\nowner: support\ntags: [accounts, closing]\n",
            "aliases:\n  - /old/close/\n---\nText\n",
        );
        let path = SitePath::new("content/a.md");
        let once = || {
            let started = Instant::now();
            for _ in 0..1000 {
                assert!(parse(std::hint::black_box(text), &path).2.is_empty());
            }
            started.elapsed()
        };
        let best = (0..5).map(|_| once()).min().unwrap();
        // A bound that catches the slow path on a busy machine; an optimized build takes 1.2 µs a page.
        assert!(best < Duration::from_millis(40), "{best:?} for 1,000 pages");
    }
}
