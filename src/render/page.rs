//! A recipe for a page, and the facts → the values of its template; never HTML of its own.

use super::body::{self, Body};
use super::engine::{html, map};
use super::section::verified;
use super::values::{child, day, maybe, text, titled};
use super::{head, jsonld};
use crate::config::{Choice, Config, Feedback};
use crate::content::front::{Front, Layout};
use crate::diag::{Code, Diagnostic};
use crate::facts::{Answer, Ask, Facts, Nav, Placement, Shown};
use crate::path::{SitePath, Url};
use crate::site::vars::{filled, variable};
use crate::site::{PageKind, View};
use crate::templates::{Words, direction};
use std::collections::BTreeSet;
use tera::{Context, Value};

/// What every page has.
pub(super) struct Sheet<'f> {
    pub facts: &'f Facts,
    pub config: &'f Config,
    pub words: &'f Words,
    /// The template's name.
    pub template: String,
    /// What it mentions.
    pub names: Option<&'f BTreeSet<String>>,
    pub kind: &'static str,
    pub url: Url,
    pub title: String,
    pub description: Option<String>,
    pub language: String,
    pub noindex: bool,
    /// From home to the parent: title and address.
    pub crumbs: Vec<(String, Url)>,
    /// The page that an author wrote, if it is one.
    pub written: Option<Written<'f>>,
}

/// What a page has that an author wrote.
pub(super) struct Written<'f> {
    pub path: &'f SitePath,
    pub view: &'f View,
    pub front: &'f Front,
    pub placement: &'f Placement,
    pub option: Option<&'f Choice>,
    pub body: Body,
    pub steps: u32,
}

impl<'f> Sheet<'f> {
    /// A page that nobody wrote.
    pub fn generated(facts: &'f Facts, kind: &'static str, template: &str, url: Url, title: String) -> Sheet<'f> {
        let config = facts.config();
        Sheet {
            facts,
            config,
            words: facts.words(&config.language),
            template: template.to_owned(),
            names: facts.template(template).names(template),
            kind,
            url,
            title,
            description: None,
            language: config.language.clone(),
            noindex: false,
            crumbs: Vec::new(),
            written: None,
        }
    }

    /// Whether the template mentions `variable`.
    pub fn wants(&self, variable: &str) -> bool {
        self.names.is_none_or(|names| names.contains(variable))
    }

    /// The values that every page has.
    pub fn context(&self) -> Context {
        let mut values = Context::new();
        values.insert_value("words", self.words.value.clone());
        let mut put = |name: &'static str, value: &dyn Fn() -> Value| {
            if self.wants(name) {
                values.insert_value(name, value());
            }
        };
        put("site", &|| self.site());
        put("nav", &|| self.nav());
        put("page", &|| self.page());
        put("head", &|| head::value(self, jsonld::text(self), &self.site()));
        put("assets", &|| self.assets());
        put("crumbs", &|| self.titled_all(&self.crumbs));
        put("body", &|| html(self.written.as_ref().map_or("", |written| &written.body.html)));
        for (name, value) in self.written_values() {
            values.insert_value(name, value);
        }
        values
    }

    pub fn link(&self, url: &Url) -> String {
        self.config.url.link(url.as_str())
    }

    pub fn titled_all(&self, all: &[(String, Url)]) -> Value {
        all.iter().map(|(title, url)| titled(title, url, &self.config.url)).collect::<Vec<Value>>().into()
    }

    fn site(&self) -> Value {
        let known = self.facts.ask(Ask::Config);
        let logo = head::logo(self);
        known.shared.get_or_init(|| self.site_of(logo)).clone()
    }

    fn site_of(&self, logo: Option<Shown>) -> Value {
        let config = self.config;
        let size = logo.as_ref().and_then(|logo| logo.size);
        let pixels = |side: Option<u32>| side.map_or_else(Value::none, Value::from);
        map([
            ("title", text(&config.title)),
            ("description", text(&config.description)),
            ("url", config.url.absolute("/").into()),
            ("home", config.url.path.as_str().into()),
            ("language", text(&config.language)),
            ("dir", direction(&config.language).into()),
            ("logo", logo.map_or_else(Value::none, |logo| logo.href.into())),
            ("logo_width", pixels(size.map(|(width, _)| width))),
            ("logo_height", pixels(size.map(|(_, height)| height))),
            ("csp", head::policy(config).into()),
            ("accent", maybe(config.accent.as_deref())),
            (
                "contact",
                config.contact.as_ref().map_or_else(Value::none, |contact| {
                    map([
                        ("text", maybe(Some(&contact.text))),
                        ("label", text(&contact.label)),
                        ("url", text(&contact.url)),
                    ])
                }),
            ),
            ("generator", concat!("Guidepost ", env!("CARGO_PKG_VERSION")).into()),
        ])
    }

    fn nav(&self) -> Value {
        let known = self.facts.ask(Ask::Nav);
        let Answer::Nav(nav) = &known.answer else { return Value::none() };
        known.shared.get_or_init(|| self.nav_of(nav)).clone()
    }

    fn nav_of(&self, nav: &Nav) -> Value {
        let link = |there: bool, url: &str| if there { self.config.url.link(url).into() } else { Value::none() };
        map([
            ("home", link(true, "/")),
            ("faq", link(nav.faq, "/faq/")),
            ("a_z", link(nav.all_guides, "/a-z/")),
            ("feed", link(nav.feed, "/feed.xml")),
        ])
    }

    fn assets(&self) -> Value {
        let known = self.facts.ask(Ask::Styles);
        let Answer::Styles(styles) = &known.answer else { return Value::none() };
        let make = || {
            map([
                ("styles", styles.styles.iter().map(|style| text(style)).collect::<Vec<Value>>().into()),
                ("theme_js", maybe(styles.theme_js.as_deref())),
                ("site_js", maybe(styles.site_js.as_deref())),
            ])
        };
        known.shared.get_or_init(make).clone()
    }

    /// The title in the browser's tab.
    pub fn full_title(&self) -> String {
        let option = self.written.as_ref().and_then(|written| written.option);
        match option {
            _ if self.kind == "home" => self.title.clone(),
            Some(option) => format!("{} – {} – {}", self.title, option.title, self.config.title),
            None => format!("{} – {}", self.title, self.config.title),
        }
    }

    fn page(&self) -> Value {
        let written = self.written.as_ref();
        let front = written.map(|written| written.front);
        let none = Value::none;
        let when = |said: Option<crate::day::Day>| said.map_or_else(none, |said| day(said, self.words));
        let option = written.and_then(|written| written.option);
        let group = written.and_then(|written| written.placement.offer.as_ref());
        let group = group.map(|offer| &self.config.groups[offer.group as usize]);
        let action = front.and_then(|front| front.action.as_ref()).zip(written.and_then(|w| w.body.action.as_deref()));
        let extra = front.filter(|front| !front.extra.is_empty()).map(|front| &front.extra);
        let extra: Option<serde_json::Value> = extra.and_then(|extra| serde_json::from_str(extra).ok());
        map([
            ("kind", self.kind.into()),
            ("title", text(&self.title)),
            ("full_title", self.full_title().into()),
            ("nav_title", text(front.and_then(|front| front.nav_title.as_deref()).unwrap_or(&self.title))),
            ("description", maybe(self.description.as_deref())),
            ("url", self.link(&self.url).into()),
            ("lang", text(&self.language)),
            ("dir", direction(&self.language).into()),
            ("template", text(&self.template)),
            ("path", maybe(written.map(|written| written.path.as_str()))),
            ("tags", front.map_or(&[][..], |front| &front.tags).iter().map(|tag| text(tag)).collect::<Vec<_>>().into()),
            ("date", when(front.and_then(|front| front.date))),
            ("updated", when(front.and_then(|front| front.updated))),
            (
                "action",
                action.map_or_else(none, |(action, url)| map([("label", text(&action.label)), ("url", text(url))])),
            ),
            ("extra", extra.map_or_else(|| tera::Map::new().into(), |extra| Value::from_serializable(&extra))),
            ("feedback", front.is_none_or(|front| front.feedback != Some(false)).into()),
            ("draft", front.is_some_and(|front| front.draft).into()),
            ("steps", written.map_or(0, |written| written.steps).into()),
            ("group", group.map_or_else(none, |group| map([("title", text(&group.title))]))),
            (
                "option",
                option.map_or_else(none, |option| {
                    map([("id", text(&option.id)), ("title", text(&option.title)), ("hint", maybe(Some(&option.hint)))])
                }),
            ),
        ])
    }

    /// The values of a page that an author wrote; empty ones on generated pages.
    fn written_values(&self) -> Vec<(&'static str, Value)> {
        let mut values: Vec<(&'static str, Value)> = Vec::new();
        let mut put = |name: &'static str, value: &dyn Fn(&Written) -> Value| {
            if self.wants(name) {
                values.push((name, self.written.as_ref().map_or_else(Value::none, value)));
            }
        };
        put("toc", &|written| self.toc(written));
        put("neighbours", &|written| self.neighbours(written));
        put("menu", &|written| self.menu(written));
        put("switcher", &|written| self.switcher(written));
        put("status", &|written| self.status(written));
        put("facts", &|written| self.at_a_glance(written));
        put("related", &|written| self.related(written));
        put("sources", &|written| self.sources(written));
        put("edit_url", &|written| match &self.config.edit_url {
            Some(edit) => edit.replace("{path}", &crate::path::encode(written.path.as_str())).into(),
            None => Value::none(),
        });
        put("print_url", &|written| match written.placement.offer {
            Some(_) if *written.view != View::Print => self.link(&written.placement.url.child("print")).into(),
            _ => Value::none(),
        });
        put("feedback", &|written| self.feedback(written));
        put("children", &|written| match self.kind {
            "section" => super::values::children(self.facts, &written.placement.folder),
            _ => Vec::<Value>::new().into(),
        });
        for name in ["sections", "featured"] {
            put(name, &|written| match written.placement.kind {
                PageKind::Home | PageKind::NotFound => self.home(name),
                _ => Vec::<Value>::new().into(),
            });
        }
        values
    }

    /// The lists of the home page: `sections` or `featured`.
    pub fn home(&self, name: &str) -> Value {
        let known = self.facts.ask(Ask::Home);
        let Answer::Home(home) = &known.answer else { return Value::none() };
        let list = if name == "sections" { &home.sections } else { &home.featured };
        list.iter().map(|one| child(one, &self.config.url)).collect::<Vec<Value>>().into()
    }

    /// A text of the author's with its variables filled in.
    pub fn filled(&self, written: &Written, raw: &str) -> String {
        filled(raw, |name| variable(self.config, written.front, &self.url, written.option, name))
    }

    fn toc(&self, written: &Written) -> Value {
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

    fn neighbours(&self, written: &Written) -> Value {
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

    fn menu(&self, written: &Written) -> Value {
        let known = self.facts.ask(Ask::Menu(written.placement.folder.clone()));
        let Answer::Menu(menu) = &known.answer else { return Value::none() };
        if menu.items.is_empty() {
            return Value::none();
        }
        let item = |title: &str, url: &Url, current: bool| {
            map([("title", text(title)), ("url", self.link(url).into()), ("current", current.into())])
        };
        // All pages of a folder share its items, but for their own.
        let shared = known.shared.get_or_init(|| {
            menu.items.iter().map(|(title, url)| item(title, url, false)).collect::<Vec<Value>>().into()
        });
        let own = menu.items.iter().position(|(_, url)| *url == written.placement.url);
        let items = match own {
            Some(own) => {
                let mut items = shared.as_array().unwrap_or_default().to_vec();
                items[own] = item(&menu.items[own].0, &menu.items[own].1, true);
                items.into()
            }
            None => shared.clone(),
        };
        map([
            ("title", text(&menu.title)),
            ("url", self.link(&menu.url).into()),
            ("current", (menu.url == written.placement.url).into()),
            ("items", items),
        ])
    }

    fn switcher(&self, written: &Written) -> Value {
        let Some(offer) = &written.placement.offer else { return Value::none() };
        let shown = match written.view {
            View::Option(_) => true,
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
                    ("current", (*written.view == View::Single).into()),
                ]),
            ),
            ("options", options.collect::<Vec<Value>>().into()),
        ])
    }

    fn status(&self, written: &Written) -> Value {
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

    fn at_a_glance(&self, written: &Written) -> Value {
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

    fn related(&self, written: &Written) -> Value {
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

    fn sources(&self, written: &Written) -> Value {
        let sources = written.front.sources.iter().map(|source| {
            map([
                ("title", text(if source.title.is_empty() { &source.url } else { &source.title })),
                ("url", text(&source.url)),
                ("date", source.date.map_or_else(Value::none, |read| day(read, self.words))),
            ])
        });
        sources.collect::<Vec<Value>>().into()
    }

    fn feedback(&self, written: &Written) -> Value {
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

/// The sheet of a page that an author wrote, and what was wrong with it.
pub(super) fn written<'f>(
    facts: &'f Facts,
    path: &'f SitePath,
    view: &'f View,
    placement: &'f Placement,
) -> Result<(Sheet<'f>, Vec<Diagnostic>), Box<Diagnostic>> {
    let config = facts.config();
    let front = facts.front(path).expect("a page's recipe exists only with the page");
    let language = front.lang.as_deref().unwrap_or(&config.language);
    let words = facts.words(language);
    let page = body::Page { facts, path, view, front, placement, config, words };
    let mut body = body::render(&page)?;
    let mut notes = std::mem::take(&mut body.notes);
    let (kind, own_template) = match (placement.kind, view) {
        (_, View::Print) => ("print", "print.html"),
        (_, View::Overview) => ("overview", "overview.html"),
        (_, View::Option(_)) => ("variant", "guide.html"),
        (_, View::Single) => ("single", "guide.html"),
        (PageKind::Home, _) => ("home", "home.html"),
        (PageKind::Section, _) => ("section", "section.html"),
        (PageKind::Guide, _) => ("guide", "guide.html"),
        (PageKind::Page, _) => ("page", "page.html"),
        (PageKind::Faq, _) => ("faq-page", "faq-page.html"),
        (PageKind::NotFound, _) => ("404", "404.html"),
    };
    let mut template = own_template.to_owned();
    if let Some(asked) = front.template.as_ref().filter(|_| *view != View::Print) {
        let name = if asked.value.contains('.') { asked.value.to_string() } else { format!("{}.html", asked.value) };
        match facts.has_template(&name) {
            Ok(()) => template = name,
            Err(near) => {
                facts.places(path);
                let note =
                    Diagnostic::new(Code::TemplateMissing, path, asked.span, format!("there is no template `{name}`"));
                notes.push(match near {
                    Some(near) => note.help(format!("did you mean `{near}`?")).fix(asked.span, near),
                    None => note.help(format!("create `templates/{name}`, or take this key away")),
                });
            }
        }
    }
    let group = placement.offer.as_ref().map(|offer| &config.groups[offer.group as usize]);
    let option = group.and_then(|group| group.options.iter().find(|option| view.option() == Some(&option.id)));
    let overrides = front
        .variants
        .as_ref()
        .and_then(|offer| offer.options.iter().find(|option| view.option() == Some(&option.id.value)));
    let title = overrides.and_then(|own| own.title.as_deref()).unwrap_or(&front.title.value).to_owned();
    let description = overrides.and_then(|own| own.description.as_deref()).or(front.description.as_deref());
    let url = crate::site::url_of(&placement.url, view);
    let mut crumbs = match &facts.ask(Ask::Crumbs(placement.folder.clone())).answer {
        Answer::Crumbs(crumbs) => crumbs.clone(),
        _ => Vec::new(),
    };
    if matches!(placement.kind, PageKind::Home | PageKind::Section | PageKind::NotFound) {
        crumbs.pop();
    }
    if let Some(home) = crumbs.first_mut() {
        home.0 = words.get("home").to_owned();
    }
    if matches!(view, View::Option(_) | View::Print) {
        let own = front.nav_title.as_deref().unwrap_or(&front.title.value);
        crumbs.push((own.to_owned(), placement.url.clone()));
    }
    let steps = body.steps.len() as u32;
    let description = description.map(str::to_owned);
    let sheet = Sheet {
        facts,
        config,
        words,
        names: facts.template(&template).names(&template),
        template,
        kind,
        url,
        title,
        description,
        language: language.to_owned(),
        noindex: front.noindex || front.draft || *view == View::Print || placement.kind == PageKind::NotFound,
        crumbs,
        written: Some(Written { path, view, front, placement, option, body, steps }),
    };
    Ok((sheet, notes))
}
