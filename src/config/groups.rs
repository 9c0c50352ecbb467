//! `variants:` of `site.yaml` → the groups of account types; ids that mean something else are refused.

use super::parse::{text, variables};
use super::shape::is_id;
use super::{Choice, Group, Places};
use crate::diag::Span;
use crate::path::anchor;
use crate::yaml::{Entry, Node, Reader, listed};
use std::collections::BTreeMap;

/// Words that mean something else in directives or URLs.
const RESERVED: &[&str] = &["all", "overview", "not", "print", "index", "page"];

/// A `VariantSet` has a bit for each option of a group, and some of its own.
const MOST: usize = 60;

const OPTIONS: &str = "\n  - {id: client, title: Client}\n  - {id: agency, title: Agency}";

/// The groups; those without any usable option are left out.
pub(super) fn groups(reader: &mut Reader, node: &Node, places: &mut Places) -> Vec<Group> {
    let shape = "\n  account:\n    title: Account type\n    options:\n      - {id: client, title: Client}";
    let mut groups = Vec::new();
    for entry in reader.map("variants", node, shape).unwrap_or_default() {
        id(reader, &entry.key, entry.key_span);
        let mut names = BTreeMap::new();
        groups.extend(group(reader, entry, &mut names));
        places.former.insert(entry.key.to_string(), names);
    }
    groups
}

/// A group; `names` gets the places of its options' ids and former ids.
fn group(reader: &mut Reader, entry: &Entry, names: &mut BTreeMap<String, Span>) -> Option<Group> {
    let parts = reader.map(&entry.key, &entry.value, "{title: Account type, options: […]}")?;
    let (mut title, mut prompt, mut options) = (None, None, Vec::new());
    for part in parts {
        match &*part.key {
            "title" => title = text(reader, part),
            "prompt" => prompt = text(reader, part),
            "options" => options = choices(reader, &part.value, names),
            _ => reader.unknown(part, "a group of `variants`", &["title", "prompt", "options"]),
        }
    }
    if !parts.iter().any(|part| part.key == "title") {
        let message = format!("the group `{}` has no title", entry.key);
        reader.missing(entry.key_span, message, "say what its options are: `title: Account type`");
    }
    if !parts.iter().any(|part| part.key == "options") {
        let message = format!("the group `{}` has no options", entry.key);
        reader.missing(entry.key_span, message, format!("list them:\noptions:{OPTIONS}"));
    }
    if options.is_empty() {
        return None;
    }
    let id = entry.key.to_string();
    Some(Group { title: title.unwrap_or_else(|| id.clone()), id, prompt: prompt.unwrap_or_default(), options })
}

fn choices(reader: &mut Reader, node: &Node, taken: &mut BTreeMap<String, Span>) -> Vec<Choice> {
    let crate::yaml::Value::List(items) = &node.value else {
        return reader.mistyped("options", node, "a list", OPTIONS).unwrap_or_default();
    };
    if items.is_empty() {
        reader.report(node.span, "`options` is empty", "no option", format!("list at least one:\noptions:{OPTIONS}"));
    }
    if let Some(surplus) = items.get(MOST) {
        let message = format!("a group has at most {MOST} options, and this one has {}", items.len());
        reader.report(surplus.span, message, format!("option {}", MOST + 1), "split the group in two");
    }
    items.iter().take(MOST).filter_map(|item| choice(reader, item, taken)).collect()
}

fn choice(reader: &mut Reader, node: &Node, taken: &mut BTreeMap<String, Span>) -> Option<Choice> {
    const SHAPE: &str = "{id: client, title: Client}";
    let crate::yaml::Value::Map(parts) = &node.value else {
        if node.value == crate::yaml::Value::Broken {
            return None;
        }
        let help = format!("write `- {SHAPE}`");
        reader.report(node.span, "an option is a map with `id` and `title`", "expected a map", help);
        return None;
    };
    let (mut own_id, mut title) = (None, None);
    let mut choice = Choice {
        id: String::new(),
        title: String::new(),
        hint: String::new(),
        aliases: Vec::new(),
        vars: BTreeMap::new(),
    };
    for part in parts {
        match &*part.key {
            "id" => own_id = text(reader, part).filter(|own| claim(reader, own, part.value.span, taken)),
            "title" => title = text(reader, part),
            "hint" => choice.hint = text(reader, part).unwrap_or_default(),
            "aliases" => {
                for (alias, span) in reader.texts("aliases", &part.value) {
                    if claim(reader, alias, span, taken) {
                        choice.aliases.push(alias.to_owned());
                    }
                }
            }
            "vars" => choice.vars = variables(reader, &part.value),
            _ => reader.unknown(part, "an option", &["id", "title", "hint", "aliases", "vars"]),
        }
    }
    for key in ["id", "title"] {
        if !parts.iter().any(|part| part.key == key) {
            reader.missing(node.span, format!("this option has no `{key}`"), format!("write `- {SHAPE}`"));
        }
    }
    choice.id = own_id?;
    choice.title = title.unwrap_or_else(|| choice.id.clone());
    Some(choice)
}

/// Whether `name` is an id, and the first of its name in the group.
fn claim(reader: &mut Reader, name: &str, span: Span, taken: &mut BTreeMap<String, Span>) -> bool {
    if !id(reader, name, span) {
        return false;
    }
    if taken.insert(name.to_owned(), span).is_some() {
        let help = "ids and aliases of a group are all different: rename or delete this one";
        reader.report(span, format!("`{name}` names two options of this group"), "given again", help);
        return false;
    }
    true
}

fn id(reader: &mut Reader, name: &str, span: Span) -> bool {
    if RESERVED.contains(&name) {
        let help = format!("choose another; {} have a meaning of their own", listed(RESERVED.iter().copied()));
        reader.report(span, format!("`{name}` cannot be an id"), "reserved", help);
        return false;
    }
    if !is_id(name) {
        let better: String = anchor(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let better = better.trim_matches('-');
        let help = if better.is_empty() { "client".to_owned() } else { better.to_owned() };
        let message = format!("`{name}` cannot be an id, which stands in URLs and directives");
        reader.report(span, message, "lower-case letters, digits and hyphens", format!("write `{help}`"));
        return false;
    }
    true
}
