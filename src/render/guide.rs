//! What an author wrote around a page's text → the values of its template: contents, neighbours, menu, facts, feedback.

use super::engine::{self, html};
use super::page::{Sheet, Written};
use super::section::verified;
use super::values::{day, maybe, text, titled};
use crate::config::Feedback;
use crate::content::front::{Layout, Verified};
use crate::day::Day;
use crate::diag::Diagnostic;
use crate::facts::{Answer, Ask, Facts, Known, Menu};
use crate::path::{SitePath, Url};
use crate::site::{CONTENT, PageKind, View};
use crate::templates::{Value, Values};

impl Sheet<'_> {
    pub(super) fn toc<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let none = || Value::List(Vec::new());
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
        let entry = |(level, id, title): (u8, &str, String), children: Vec<Value<'v>>| {
            Value::map([
                ("id", id.to_owned().into()),
                ("title", title.into()),
                ("level", level.into()),
                ("children", children.into()),
            ])
        };
        let top = headings.iter().map(|(level, ..)| *level).min().unwrap_or(2);
        let mut entries = Vec::new();
        let mut headings = headings.into_iter().peekable();
        while let Some(own) = headings.next() {
            let below = std::iter::from_fn(|| headings.next_if(|(level, ..)| *level > top));
            let children = below.map(|child| entry(child, Vec::new())).collect();
            entries.push(entry(own, children));
        }
        entries.into()
    }

    pub(super) fn neighbours<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let known = self.facts.ask(Ask::Neighbours(written.path.clone()));
        let Answer::Neighbours(before, behind) = &known.answer else { return Value::None };
        let named = |path: &Option<SitePath>| {
            let Some(path) = path else { return Value::None };
            let known = self.facts.ask(Ask::Name(path.clone()));
            let Answer::Name(name) = &known.answer else { return Value::None };
            // Readers of one account type stay with it.
            let own = name.options.iter().find(|(id, _)| written.view.option() == Some(id));
            titled(&name.title, own.map_or(&name.url, |(_, url)| url), &self.config.url).into_owned()
        };
        Value::map([("prev", named(before)), ("next", named(behind))])
    }

    /// The menu of the page's folder: its entries as the component makes them, or one by one if the template wants them.
    pub(super) fn menu(&self, written: &Written) -> Result<Value<'static>, Box<Diagnostic>> {
        let known = self.facts.ask(Ask::Menu(written.placement.folder.clone()));
        let Answer::Menu(menu) = &known.answer else { return Ok(Value::None) };
        if menu.items.is_empty() {
            return Ok(Value::None);
        }
        let own = menu.items.iter().position(|(_, url)| *url == written.placement.url);
        let has_list = self.wants("list");
        let list = if has_list { html(self.menu_list(menu, written, own)?) } else { Value::None };
        let items = if self.wants("items") || !has_list { self.menu_items(&known, menu, own) } else { Value::None };
        Ok(Value::map([
            ("title", menu.title.clone().into()),
            ("url", self.link(&menu.url).into()),
            ("current", (menu.url == written.placement.url).into()),
            ("items", items),
            ("list", list),
        ]))
    }

    fn menu_items(&self, known: &Known, menu: &Menu, own: Option<usize>) -> Value<'static> {
        let item = |(title, url): &(String, Url), current: bool| {
            let fields = [("title", text(title)), ("url", self.link(url).into()), ("current", current.into())];
            Value::from(Value::map(fields).shared())
        };
        // All pages of a folder share its items, but for their own.
        let shared =
            known.shared.get_or_init(|| Value::List(menu.items.iter().map(|one| item(one, false)).collect()).shared());
        let (Some(own), Value::List(items)) = (own, shared.value()) else { return shared.clone().into() };
        let mut items = items.clone();
        items[own] = item(&menu.items[own], true);
        Value::List(items)
    }

    /// The entries as HTML. All pages of a folder share it, but for their own entry.
    fn menu_list(&self, menu: &Menu, written: &Written, own: Option<usize>) -> Result<String, Box<Diagnostic>> {
        // A path in the component is one from `content/`, whichever page it is rendered for.
        let place = SitePath::new(&format!("{CONTENT}/index.md"));
        let item = |facts: &Facts, (title, url): &(String, Url), current: bool, out: &mut String| {
            let mut values = Values::new();
            values.put("title", text(title));
            values.put("url", self.link(url).into());
            values.put("current", current.into());
            engine::component(facts, "menu_item", &values, self.words, None, &place, out)?;
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

    pub(super) fn switcher<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let Some(offer) = &written.placement.offer else { return Value::None };
        let shown = match written.view {
            View::Option(_) | View::Overview => true,
            View::Single => offer.layout == Layout::Both,
            _ => false,
        };
        if !shown {
            return Value::None;
        }
        let (group, options) = offer.choices(self.config);
        let options = options.map(|option| {
            Value::map([
                ("id", text(&option.id)),
                ("title", text(&option.title)),
                ("hint", maybe(Some(&option.hint))),
                ("url", self.link(&written.placement.url.child(&option.id)).into()),
                ("current", (written.view.option() == Some(&option.id)).into()),
            ])
        });
        let prompt = if group.prompt.is_empty() { self.words.get("choose") } else { &group.prompt };
        Value::map([
            ("title", text(&group.title)),
            ("prompt", text(prompt)),
            (
                "overview",
                Value::map([
                    ("title", text(self.words.get("overview"))),
                    ("url", self.link(&written.placement.url).into()),
                    ("current", (!matches!(written.view, View::Option(_))).into()),
                ]),
            ),
            ("options", options.collect::<Vec<Value>>().into()),
        ])
    }

    pub(super) fn status<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let checked = verified(written.front.verified.as_ref(), written.view.option());
        let each = self.checked_each(written);
        let first = checked.or(each.iter().map(|(_, checked)| *checked).min());
        let due = first.zip(written.front.verify_every).map(|(checked, days)| checked.plus(days as i32));
        let overdue = due.filter(|due| self.facts.due(*due));
        let fewer = written.placement.offer.as_ref().filter(|offer| {
            written.option.is_none() && offer.options.len() < self.config.groups[offer.group as usize].options.len()
        });
        let applies_to = fewer.map(|offer| {
            let titles = offer.choices(self.config).1.map(|option| option.title.as_str());
            titles.collect::<Vec<_>>().join(", ")
        });
        Value::map([
            ("verified", checked.map_or(Value::None, |checked| day(checked, self.words))),
            (
                "each",
                each.into_iter()
                    .map(|(title, checked)| {
                        Value::map([("title", text(title)), ("verified", day(checked, self.words))])
                    })
                    .collect::<Vec<Value>>()
                    .into(),
            ),
            ("overdue", overdue.map_or(Value::None, |due| Value::map([("since", day(due, self.words))]))),
            ("applies_to", applies_to.map_or(Value::None, Value::from)),
        ])
    }

    /// On a page with everything: the account types that were checked on days of their own.
    fn checked_each(&self, written: &Written) -> Vec<(&str, Day)> {
        let said = written.front.verified.as_ref().filter(|said| matches!(said, Verified::Each(_)));
        let (Some(said), Some(offer), View::Single | View::Print) = (said, &written.placement.offer, written.view)
        else {
            return Vec::new();
        };
        let (_, options) = offer.choices(self.config);
        options.filter_map(|option| Some((option.title.as_str(), verified(Some(said), Some(&option.id))?))).collect()
    }

    pub(super) fn at_a_glance<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let label = |id: &str| match self.config.facts.iter().find(|(known, _)| known == id) {
            Some((_, label)) => label.clone(),
            None => {
                let mut letters = id.chars();
                letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
            }
        };
        let facts = written.front.facts.iter().map(|(id, value)| {
            Value::map([
                ("id", text(&id.value)),
                ("label", label(&id.value).into()),
                ("value", self.filled(written, value).into()),
            ])
        });
        facts.collect::<Vec<Value>>().into()
    }

    pub(super) fn related<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let related = written.body.related.iter().filter_map(|(path, href)| {
            let known = self.facts.ask(Ask::Card(path.clone()));
            let Answer::Card(card) = &known.answer else { return None };
            Some(Value::map([
                ("title", card.title.clone().into()),
                ("description", maybe(card.description.as_deref()).into_owned()),
                ("url", text(href)),
            ]))
        });
        related.collect::<Vec<Value>>().into()
    }

    pub(super) fn sources<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let sources = written.front.sources.iter().zip(&written.body.sources).map(|(source, led)| {
            Value::map([
                ("title", text(if source.title.is_empty() { &source.url.value } else { &source.title })),
                ("url", maybe(led.as_deref())),
                ("date", source.date.map_or(Value::None, |read| day(read, self.words))),
            ])
        });
        sources.collect::<Vec<Value>>().into()
    }

    pub(super) fn feedback<'v>(&'v self, written: &'v Written) -> Value<'v> {
        let asked = match written.front.feedback {
            Some(asked) => asked,
            None => matches!(written.placement.kind, PageKind::Guide),
        };
        let Some(feedback) = self.config.feedback.as_ref().filter(|_| asked && *written.view != View::Print) else {
            return Value::None;
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
        Value::map([
            ("kind", kind.into()),
            ("target", target.into()),
            ("url", url.into()),
            ("option", maybe(written.view.option())),
            ("verified", checked.map_or(Value::None, |checked| checked.to_string().into())),
        ])
    }
}
