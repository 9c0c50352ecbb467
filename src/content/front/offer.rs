//! `variants:` of a page → the account types that it offers; whether they exist is not asked here.

use super::read::{spanned, text};
use super::{Layout, Offer, Override, Spanned, Text};
use crate::yaml::{Node, Reader, Value};

/// The account types that the page offers, if a group is named.
pub(super) fn offer(reader: &mut Reader, node: &Node) -> Option<Offer> {
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
            "only" => {
                offer.only = spanned(reader, "only", value);
                if matches!(&value.value, Value::List(items) if items.is_empty()) {
                    let help = "name at least one: `only: [client]`; or delete the key to offer all of them";
                    reader.report(value.span, "`only` names no account type", "no account type", help);
                }
            }
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
