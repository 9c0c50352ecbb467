//! Recipes of pages that nobody wrote → HTML: folders, questions, all guides, the missing page, redirects.

use super::engine;
use super::page::Sheet;
use super::values::text;
use crate::diag::Diagnostic;
use crate::facts::{Answer, Ask, Facts};
use crate::path::{SitePath, Url};
use crate::site::CONTENT;
use crate::site::route::Target;
use crate::templates::{Value, Values};
use std::collections::HashMap;

type Html = Result<Vec<u8>, Box<Diagnostic>>;

fn rendered(sheet: &Sheet, values: &Values) -> Html {
    engine::page(sheet.facts, &sheet.template, values, &SitePath::new(&format!("{CONTENT}{}", sheet.url)))
}

fn home(sheet: &Sheet) -> (String, Url) {
    (sheet.words.get("home").to_owned(), Url::new("/"))
}

/// A folder without an `index.md`.
pub(super) fn folder(facts: &Facts, url: &Url, folder: &str) -> Html {
    let known = facts.ask(Ask::Crumbs(folder.into()));
    let Answer::Crumbs(crumbs) = &known.answer else { return Ok(Vec::new()) };
    let at_home = url.as_str() == "/";
    let title = if at_home {
        facts.config().title.clone()
    } else {
        crumbs.last().map_or_else(String::new, |(title, _)| title.clone())
    };
    let (kind, template) = if at_home { ("home", "home.html") } else { ("section", "section.html") };
    let mut sheet = Sheet::generated(facts, kind, template, url.clone(), title);
    sheet.crumbs = crumbs[..crumbs.len().saturating_sub(1)].to_vec();
    if let Some(first) = sheet.crumbs.first_mut() {
        first.0 = sheet.words.get("home").to_owned();
    }
    let mut values = sheet.context()?;
    if at_home {
        values.set("sections", sheet.home("sections"));
        values.set("featured", sheet.home("featured"));
    } else {
        values.set("children", super::values::children(facts, folder));
    }
    rendered(&sheet, &values)
}

/// The site's questions, or those of one section.
pub(super) fn faq(facts: &Facts, url: &Url, section: Option<&str>) -> Html {
    let known = facts.ask(Ask::Faqs(section.map(Into::into)));
    let Answer::Faqs(sections) = &known.answer else { return Ok(Vec::new()) };
    let mut sheet = Sheet::generated(facts, "faq", "faq.html", url.clone(), String::new());
    let questions = sheet.words.get("questions").to_owned();
    sheet.crumbs = vec![home(&sheet)];
    sheet.title = match (section, sections.first()) {
        (Some(_), Some(only)) => {
            sheet.crumbs.push((questions.clone(), Url::new("/faq/")));
            format!("{questions}: {}", only.title)
        }
        _ => questions,
    };
    let base = &sheet.config.url;
    let sections = sections.iter().map(|section| {
        let mut questions = Vec::new();
        let mut pages: Vec<(&str, Vec<Value>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (question, url, id, page) in &section.questions {
            let question = Value::map([
                ("question", text(question)),
                ("url", format!("{}#{}", base.link(url.as_str()), crate::path::encode(id)).into()),
                ("page", text(page)),
            ]);
            let question: Value = question.shared().into();
            let place = *places.entry(page).or_insert(pages.len());
            if place == pages.len() {
                pages.push((page, Vec::new()));
            }
            pages[place].1.push(question.clone());
            questions.push(question);
        }
        let pages = pages
            .into_iter()
            .map(|(title, questions)| Value::map([("title", text(title)), ("questions", questions.into())]));
        Value::map([
            ("title", text(&section.title)),
            ("url", base.link(section.list.as_ref().unwrap_or(&section.url).as_str()).into()),
            ("id", text(&section.id)),
            ("questions", questions.into()),
            ("pages", pages.collect::<Vec<Value>>().into()),
        ])
    });
    let sections: Vec<Value> = sections.collect();
    let mut values = sheet.context()?;
    values.set("faq_several", (sections.len() > 1).into());
    values.set("faq_sections", sections.into());
    rendered(&sheet, &values)
}

/// All guides, or those of one letter.
pub(super) fn all_guides(facts: &Facts, url: &Url, letter: Option<&str>) -> Html {
    let known = facts.ask(Ask::AllGuides(letter.map(Into::into)));
    let Answer::AllGuides(all) = &known.answer else { return Ok(Vec::new()) };
    let mut sheet = Sheet::generated(facts, "a-z", "a-z.html", url.clone(), String::new());
    let title = sheet.words.get("all_guides").to_owned();
    sheet.crumbs = vec![home(&sheet)];
    sheet.title = match letter {
        Some(letter) => {
            sheet.crumbs.push((title.clone(), Url::new("/a-z/")));
            format!("{title}: {}", shown(letter))
        }
        None => title,
    };
    let base = &sheet.config.url;
    let letters = all.letters.iter().map(|(own, url)| {
        let pages = all.pages.iter().find(|(letter, _)| letter == own).map_or(&[][..], |(_, pages)| pages);
        let pages = pages.iter().map(|(title, url, section)| {
            Value::map([("title", text(title)), ("url", base.link(url.as_str()).into()), ("section", text(section))])
        });
        Value::map([
            ("letter", shown(own).into()),
            ("id", format!("letter-{own}").into()),
            ("url", url.as_ref().map_or(Value::None, |url| base.link(url.as_str()).into())),
            ("current", (letter == Some(own)).into()),
            ("pages", pages.collect::<Vec<Value>>().into()),
        ])
    });
    let letters: Vec<Value> = letters.collect();
    let mut values = sheet.context()?;
    let has_pages = all.letters.first().is_some_and(|(_, url)| url.is_some());
    values.set("split", (has_pages && letter.is_none()).into());
    values.set("letters", letters.into());
    values.set("letter", letter.map_or(Value::None, |letter| shown(letter).into()));
    rendered(&sheet, &values)
}

fn shown(letter: &str) -> String {
    if letter == "other" { "#".to_owned() } else { letter.to_uppercase() }
}

/// The page for addresses that are not there.
pub(super) fn not_found(facts: &Facts, url: &Url) -> Html {
    let mut sheet = Sheet::generated(facts, "404", "404.html", url.clone(), String::new());
    sheet.title = sheet.words.get("not_found").to_owned();
    sheet.noindex = true;
    let mut values = sheet.context()?;
    if sheet.wants("sections") {
        values.set("sections", sheet.home("sections"));
    }
    rendered(&sheet, &values)
}

/// A page that leads to another.
pub(super) fn redirect(facts: &Facts, url: &Url, target: &Target) -> Html {
    let mut sheet = Sheet::generated(facts, "redirect", "redirect.html", url.clone(), String::new());
    sheet.noindex = true;
    let base = &sheet.config.url;
    let (link, absolute, title) = match target {
        Target::Page(path, view) => {
            let known = facts.ask(Ask::Card(path.clone()));
            let Answer::Card(card) = &known.answer else { return Ok(Vec::new()) };
            let url = crate::site::url_of(&card.url, view);
            (base.link(url.as_str()), base.absolute(url.as_str()), card.title.clone())
        }
        Target::Address(address) if address.starts_with('/') => {
            let (path, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
            let path = crate::path::decode(path).unwrap_or_else(|| path.to_owned());
            (format!("{}{rest}", base.link(&path)), format!("{}{rest}", base.absolute(&path)), address.to_string())
        }
        Target::Address(address) => (address.to_string(), address.to_string(), address.to_string()),
    };
    sheet.title = title.clone();
    let mut values = sheet.context()?;
    values.set("target", Value::map([("url", link.into()), ("absolute", absolute.into()), ("title", text(&title))]));
    rendered(&sheet, &values)
}
