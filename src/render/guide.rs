//! What an author wrote around a page's text → the values of its template: contents, neighbours, menu, facts, feedback.

use super::engine::{self, html, map};
use super::page::{Sheet, Written};
use super::section::verified;
use super::values::{day, maybe, text, titled};
use crate::config::Feedback;
use crate::content::front::Layout;
use crate::diag::Diagnostic;
use crate::facts::{Answer, Ask, Facts, Known, Menu};
use crate::path::{SitePath, Url};
use crate::site::{CONTENT, PageKind, View};
use tera::{Context, Value};

impl Sheet<'_> {
    pub(super) fn toc(&self, written: &Written) -> Value {
        let none = || Vec::<Value>::new().into();
        if written.front.toc == Some(false) {
            return none();
        }
        let known = self.facts.ask(Ask::Shape(written.path.clone(), written.view.clone()));
        let Answer::Shape(shape) = &known.answer else { return none() };
        let headings: Vec<(u8, &str, String)> = shape
            .headings
            .iter()
            .filter(|(level, ..)| *level <= 3)
            .map(|(level, id, title, _)| (*level, id.as_str(), self.filled(written, title)))
            .collect();
        if headings.len() < 3 {
            return none();
        }
        let entry = |(level, id, title): &(u8, &str, String), children: Vec<Value>| {
            map([
                ("id", text(id)),
                ("title", text(title)),
                ("level", u32::from(*level).into()),
                ("children", children.into()),
            ])
        };
        let top = headings.iter().map(|(level, ..)| *level).min().unwrap_or(2);
        let mut entries = Vec::new();
        let mut at = 0;
        while at < headings.len() {
            let own = &headings[at];
            let mut children = Vec::new();
            at += 1;
            while at < headings.len() && headings[at].0 > top {
                children.push(entry(&headings[at], Vec::new()));
                at += 1;
            }
            entries.push(entry(own, children));
        }
        entries.into()
    }

    pub(super) fn neighbours(&self, written: &Written) -> Value {
        let known = self.facts.ask(Ask::Neighbours(written.path.clone()));
        let Answer::Neighbours(before, behind) = &known.answer else { return Value::none() };
        let named = |path: &Option<SitePath>| {
            let Some(path) = path else { return Value::none() };
            let known = self.facts.ask(Ask::Name(path.clone()));
            let Answer::Name(name) = &known.answer else { return Value::none() };
            // Readers of one account type stay with it.
            let own = name.options.iter().find(|(id, _)| written.view.option() == Some(id));
            titled(&name.title, own.map_or(&name.url, |(_, url)| url), &self.config.url)
        };
        map([("prev", named(before)), ("next", named(behind))])
    }

    /// The menu of the page's folder: its entries as the component makes them, or one by one if the template wants them.
    pub(super) fn menu(&self, written: &Written) -> Result<Value, Box<Diagnostic>> {
        let known = self.facts.ask(Ask::Menu(written.placement.folder.clone()));
        let Answer::Menu(menu) = &known.answer else { return Ok(Value::none()) };
        if menu.items.is_empty() {
            return Ok(Value::none());
        }
        let own = menu.items.iter().position(|(_, url)| *url == written.placement.url);
        let has_list = self.wants("list");
        let list = if has_list { html(&self.menu_list(menu, written, own)?) } else { Value::none() };
        let items = if self.wants("items") || !has_list { self.menu_items(&known, menu, own) } else { Value::none() };
        Ok(map([
            ("title", text(&menu.title)),
            ("url", self.link(&menu.url).into()),
            ("current", (menu.url == written.placement.url).into()),
            ("items", items),
            ("list", list),
        ]))
    }

    fn menu_items(&self, known: &Known, menu: &Menu, own: Option<usize>) -> Value {
        let item = |(title, url): &(String, Url), current: bool| {
            map([("title", text(title)), ("url", self.link(url).into()), ("current", current.into())])
        };
        // All pages of a folder share its items, but for their own.
        let shared =
            known.shared.get_or_init(|| menu.items.iter().map(|one| item(one, false)).collect::<Vec<Value>>().into());
        let Some(own) = own else { return shared.clone() };
        let mut items = shared.as_array().unwrap_or_default().to_vec();
        items[own] = item(&menu.items[own], true);
        items.into()
    }

    /// The entries as HTML. All pages of a folder share it, but for their own entry.
    fn menu_list(&self, menu: &Menu, written: &Written, own: Option<usize>) -> Result<String, Box<Diagnostic>> {
        // A path in the component is one from `content/`, whichever page it is rendered for.
        let place = SitePath::new(&format!("{CONTENT}/index.md"));
        let item = |facts: &Facts, (title, url): &(String, Url), current: bool, out: &mut String| {
            let mut values = Context::new();
            values.insert_value("title", text(title));
            values.insert_value("url", self.link(url).into());
            values.insert_value("current", current.into());
            engine::component(facts, "menu_item", &values, &self.words.implicit, None, &place, out)?;
            out.push('\n');
            Ok::<(), Box<Diagnostic>>(())
        };
        let key = ["menu ", &self.words.language, " ", &written.placement.folder].concat();
        let shared = self.facts.fragment(key, |facts| {
            let (mut out, mut ends) = (String::new(), Vec::new());
            for one in &menu.items {
                item(facts, one, false, &mut out)?;
                ends.push(out.len());
            }
            Ok::<_, Box<Diagnostic>>((out, ends))
        })?;
        let Some(own) = own else { return Ok(shared.html.clone()) };
        let (begin, end) = (own.checked_sub(1).map_or(0, |before| shared.ends[before]), shared.ends[own]);
        let mut out = String::with_capacity(shared.html.len() + 64);
        out.push_str(&shared.html[..begin]);
        item(self.facts, &menu.items[own], true, &mut out)?;
        out.push_str(&shared.html[end..]);
        Ok(out)
    }

    pub(super) fn switcher(&self, written: &Written) -> Value {
        let Some(offer) = &written.placement.offer else { return Value::none() };
        let shown = match written.view {
            View::Option(_) | View::Overview => true,
            View::Single => offer.layout == Layout::Both,
            _ => false,
        };
        if !shown {
            return Value::none();
        }
        let group = &self.config.groups[offer.group as usize];
        let options = offer.options.iter().map(|option| &group.options[*option as usize]).map(|option| {
            map([
                ("id", text(&option.id)),
                ("title", text(&option.title)),
                ("hint", maybe(Some(&option.hint))),
                ("url", self.link(&written.placement.url.child(&option.id)).into()),
                ("current", (written.view.option() == Some(&option.id)).into()),
            ])
        });
        let prompt = if group.prompt.is_empty() { self.words.get("choose") } else { &group.prompt };
        map([
            ("title", text(&group.title)),
            ("prompt", text(prompt)),
            (
                "overview",
                map([
                    ("title", text(self.words.get("overview"))),
                    ("url", self.link(&written.placement.url).into()),
                    ("current", (!matches!(written.view, View::Option(_))).into()),
                ]),
            ),
            ("options", options.collect::<Vec<Value>>().into()),
        ])
    }

    pub(super) fn status(&self, written: &Written) -> Value {
        let checked = verified(written.front.verified.as_ref(), written.view.option());
        let due = checked.zip(written.front.verify_every).map(|(checked, days)| checked.plus(days as i32));
        let overdue = due.filter(|due| self.facts.due(*due));
        let fewer = written.placement.offer.as_ref().filter(|offer| {
            written.option.is_none() && offer.options.len() < self.config.groups[offer.group as usize].options.len()
        });
        let applies_to = fewer.map(|offer| {
            let group = &self.config.groups[offer.group as usize];
            let titles = offer.options.iter().map(|option| group.options[*option as usize].title.as_str());
            titles.collect::<Vec<_>>().join(", ")
        });
        map([
            ("verified", checked.map_or_else(Value::none, |checked| day(checked, self.words))),
            ("overdue", overdue.map_or_else(Value::none, |due| map([("since", day(due, self.words))]))),
            ("applies_to", applies_to.map_or_else(Value::none, Value::from)),
        ])
    }

    pub(super) fn at_a_glance(&self, written: &Written) -> Value {
        let label = |id: &str| match self.config.facts.iter().find(|(known, _)| known == id) {
            Some((_, label)) => label.clone(),
            None => {
                let mut letters = id.chars();
                letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
            }
        };
        let facts = written.front.facts.iter().map(|(id, value)| {
            map([
                ("id", text(&id.value)),
                ("label", label(&id.value).into()),
                ("value", self.filled(written, value).into()),
            ])
        });
        facts.collect::<Vec<Value>>().into()
    }

    pub(super) fn related(&self, written: &Written) -> Value {
        let related = written.body.related.iter().filter_map(|(path, href)| {
            let known = self.facts.ask(Ask::Card(path.clone()));
            let Answer::Card(card) = &known.answer else { return None };
            Some(map([
                ("title", text(&card.title)),
                ("description", maybe(card.description.as_deref())),
                ("url", text(href)),
            ]))
        });
        related.collect::<Vec<Value>>().into()
    }

    pub(super) fn sources(&self, written: &Written) -> Value {
        let sources = written.front.sources.iter().map(|source| {
            map([
                ("title", text(if source.title.is_empty() { &source.url } else { &source.title })),
                ("url", text(&source.url)),
                ("date", source.date.map_or_else(Value::none, |read| day(read, self.words))),
            ])
        });
        sources.collect::<Vec<Value>>().into()
    }

    pub(super) fn feedback(&self, written: &Written) -> Value {
        let asked = match written.front.feedback {
            Some(asked) => asked,
            None => matches!(written.placement.kind, PageKind::Guide),
        };
        let Some(feedback) = self.config.feedback.as_ref().filter(|_| asked && *written.view != View::Print) else {
            return Value::none();
        };
        let url = self.config.url.absolute(self.url.as_str());
        let checked = verified(written.front.verified.as_ref(), written.view.option());
        let encoded =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut about = url.clone();
        if let Some(option) = written.option {
            about.push_str(&format!("\n{}", option.title));
        }
        if let Some(checked) = checked {
            about.push_str(&format!("\n{} {checked}", self.words.get("checked")));
        }
        let (kind, target) = match feedback {
            Feedback::Form(endpoint) => ("form", endpoint.clone()),
            Feedback::Issue(address) => {
                let join = if address.contains('?') { '&' } else { '?' };
                ("issue", format!("{address}{join}title={}&body={}", encoded(&self.title), encoded(&about)))
            }
            Feedback::Mail(address) => {
                ("mail", format!("mailto:{address}?subject={}&body={}", encoded(&self.title), encoded(&about)))
            }
        };
        map([
            ("kind", kind.into()),
            ("target", target.into()),
            ("url", url.into()),
            ("option", maybe(written.view.option())),
            ("verified", checked.map_or_else(Value::none, |checked| checked.to_string().into())),
        ])
    }
}
