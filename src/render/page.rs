//! A recipe for a page, and the facts → the values of its template; never HTML of its own.

use super::body::{self, Body};
use super::engine::html;
use super::values::{child, day, maybe, text, titled};
use super::{head, jsonld};
use crate::config::{Choice, Config};
use crate::content::front::Front;
use crate::diag::{Code, Diagnostic};
use crate::facts::{Answer, Ask, Facts, Nav, Placement, Shown};
use crate::path::{SitePath, Url};
use crate::site::vars::{filled, variable};
use crate::site::{PageKind, View};
use crate::templates::{Names, Value, Values, Words, direction};

/// What every page has.
pub(super) struct Sheet<'f> {
    pub facts: &'f Facts,
    pub config: &'f Config,
    pub words: &'f Words,
    /// The template's name.
    pub template: String,
    /// What it mentions.
    pub names: Option<&'f Names>,
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
    pub fn context<'v>(&'v self) -> Result<Values<'v>, Box<Diagnostic>> {
        let mut values = Values::new();
        values.put("words", self.words.value.clone());
        let mut put = |name: &'static str, value: &dyn Fn() -> Value<'v>| {
            if self.wants(name) {
                values.put(name, value());
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
            values.put(name, value);
        }
        if self.wants("menu") {
            let menu = self.written.as_ref().map(|written| self.menu(written)).transpose()?;
            values.put("menu", menu.unwrap_or_else(|| Value::None));
        }
        Ok(values)
    }

    pub fn link(&self, url: &Url) -> String {
        self.config.url.link(url.as_str())
    }

    pub fn titled_all<'v>(&'v self, all: &'v [(String, Url)]) -> Value<'v> {
        all.iter().map(|(title, url)| titled(title, url, &self.config.url)).collect::<Vec<Value>>().into()
    }

    fn site(&self) -> Value<'static> {
        let known = self.facts.ask(Ask::Config);
        let logo = head::logo(self);
        known.shared.get_or_init(|| self.site_of(logo).shared()).clone().into()
    }

    fn site_of(&self, logo: Option<Shown>) -> Value<'_> {
        let config = self.config;
        let size = logo.as_ref().and_then(|logo| logo.size);
        let pixels = |side: Option<u32>| side.map_or(Value::None, Value::from);
        Value::map([
            ("title", text(&config.title)),
            ("description", text(&config.description)),
            ("url", config.url.absolute("/").into()),
            ("home", config.url.path.as_str().into()),
            ("language", text(&config.language)),
            ("dir", direction(&config.language).into()),
            ("logo", logo.map_or(Value::None, |logo| logo.href.into())),
            ("logo_width", pixels(size.map(|(width, _)| width))),
            ("logo_height", pixels(size.map(|(_, height)| height))),
            ("csp", crate::config::policy(config).into()),
            ("accent", maybe(config.accent.as_deref())),
            (
                "contact",
                config.contact.as_ref().map_or(Value::None, |contact| {
                    Value::map([
                        ("text", maybe(Some(&contact.text))),
                        ("label", text(&contact.label)),
                        ("url", config.url.lead(&contact.url).into()),
                    ])
                }),
            ),
            ("generator", concat!("Guidepost ", env!("CARGO_PKG_VERSION")).into()),
        ])
    }

    fn nav(&self) -> Value<'static> {
        let known = self.facts.ask(Ask::Nav);
        let Answer::Nav(nav) = &known.answer else { return Value::None };
        known.shared.get_or_init(|| self.nav_of(nav).shared()).clone().into()
    }

    fn nav_of(&self, nav: &Nav) -> Value<'static> {
        let link = |there: bool, url: &str| if there { self.config.url.link(url).into() } else { Value::None };
        Value::map([
            ("home", link(true, "/")),
            ("faq", link(nav.faq, "/faq/")),
            ("a_z", link(nav.all_guides, "/a-z/")),
            ("feed", link(nav.feed, "/feed.xml")),
        ])
    }

    fn assets(&self) -> Value<'static> {
        let known = self.facts.ask(Ask::Styles);
        let Answer::Styles(styles) = &known.answer else { return Value::None };
        let make = || {
            Value::map([
                ("styles", styles.styles.iter().map(|style| text(style)).collect::<Vec<Value>>().into()),
                ("theme_js", maybe(styles.theme_js.as_deref())),
                ("site_js", maybe(styles.site_js.as_deref())),
            ])
        };
        known.shared.get_or_init(|| make().shared()).clone().into()
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

    fn page(&self) -> Value<'_> {
        let written = self.written.as_ref();
        let front = written.map(|written| written.front);
        let none = || Value::None;
        let when = |said: Option<crate::day::Day>| said.map_or_else(none, |said| day(said, self.words));
        let option = written.and_then(|written| written.option);
        let group = written.and_then(|written| written.placement.offer.as_ref());
        let group = group.map(|offer| &self.config.groups[offer.group as usize]);
        let action = front.and_then(|front| front.action.as_ref()).zip(written.and_then(|w| w.body.action.as_deref()));
        let extra = front.filter(|front| !front.extra.is_empty()).map(|front| &front.extra);
        let extra: Option<serde_json::Value> = extra.and_then(|extra| serde_json::from_str(extra).ok());
        Value::map([
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
                action.map_or_else(none, |(action, url)| {
                    Value::map([("label", text(&action.label)), ("url", text(url))])
                }),
            ),
            ("extra", extra.map_or(Value::map([]), |extra| Value::Engine(tera::Value::from_serializable(&extra)))),
            ("feedback", front.is_none_or(|front| front.feedback != Some(false)).into()),
            ("draft", front.is_some_and(|front| front.draft).into()),
            ("steps", written.map_or(0, |written| written.steps).into()),
            ("group", group.map_or_else(none, |group| Value::map([("title", text(&group.title))]))),
            (
                "option",
                option.map_or_else(none, |option| {
                    Value::map([
                        ("id", text(&option.id)),
                        ("title", text(&option.title)),
                        ("hint", maybe(Some(&option.hint))),
                    ])
                }),
            ),
        ])
    }

    /// The values of a page that an author wrote; empty ones on generated pages.
    fn written_values<'v>(&'v self) -> Vec<(&'static str, Value<'v>)> {
        let mut values: Vec<(&'static str, Value<'v>)> = Vec::new();
        let mut put = |name: &'static str, value: &dyn Fn(&'v Written<'f>) -> Value<'v>| {
            if self.wants(name) {
                values.push((name, self.written.as_ref().map_or(Value::None, value)));
            }
        };
        put("toc", &|written| self.toc(written));
        put("neighbours", &|written| self.neighbours(written));
        put("switcher", &|written| self.switcher(written));
        put("status", &|written| self.status(written));
        put("facts", &|written| self.at_a_glance(written));
        put("related", &|written| self.related(written));
        put("sources", &|written| self.sources(written));
        put("edit_url", &|written| match &self.config.edit_url {
            Some(edit) => edit.replace("{path}", &crate::path::encode(written.path.as_str())).into(),
            None => Value::None,
        });
        put("print_url", &|written| match written.placement.offer {
            Some(_) if *written.view != View::Print => self.link(&written.placement.url.child("print")).into(),
            _ => Value::None,
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
    pub fn home(&self, name: &str) -> Value<'static> {
        let known = self.facts.ask(Ask::Home);
        let Answer::Home(home) = &known.answer else { return Value::None };
        let list = if name == "sections" { &home.sections } else { &home.featured };
        Value::List(list.iter().map(|one| child(one, &self.config.url).into_owned()).collect())
    }

    /// A text of the author's with its variables filled in.
    pub fn filled(&self, written: &Written, raw: &str) -> String {
        filled(raw, |name| variable(self.config, written.front, &self.url, written.option, name))
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
    let steps = body.steps;
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
