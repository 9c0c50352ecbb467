//! A variable's name → its value, looked up in the account type, the page and the site, in this order.

use crate::config::{Choice, Config};
use crate::content::front::Front;
use crate::path::Url;

/// The value of `{{ name }}` on the page at `url`, for `option` if it is one account type's page.
pub fn variable(config: &Config, front: &Front, url: &Url, option: Option<&Choice>, name: &str) -> Option<String> {
    match (name, option) {
        ("option.id", Some(option)) => return Some(option.id.clone()),
        ("option.title", Some(option)) => return Some(option.title.clone()),
        ("page.title", _) => return Some(front.title.value.to_string()),
        ("page.url", _) => return Some(config.url.absolute(url.as_str())),
        ("site.title", _) => return Some(config.title.clone()),
        ("site.url", _) => return Some(config.url.absolute("/")),
        _ => {}
    }
    let of_option = option.and_then(|option| option.vars.get(name)).cloned();
    let of_page = || front.vars.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.to_string());
    of_option.or_else(of_page).or_else(|| config.vars.get(name).cloned())
}

/// Every name that a variable on such a page may have, to find the one that was meant.
pub fn names<'v>(config: &'v Config, front: &'v Front, option: Option<&'v Choice>) -> Vec<&'v str> {
    let mut names = vec!["page.title", "page.url", "site.title", "site.url"];
    if let Some(option) = option {
        names.extend(["option.id", "option.title"]);
        names.extend(option.vars.keys().map(String::as_str));
    }
    names.extend(front.vars.iter().map(|(key, _)| &**key));
    names.extend(config.vars.keys().map(String::as_str));
    names
}

/// `text` with its `{{name}}` replaced; those without a value are left out.
pub fn filled(text: &str, look_up: impl Fn(&str) -> Option<String>) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(&look_up(name.trim()).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}
