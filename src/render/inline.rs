//! Inline nodes → HTML: emphasis, code, links, images, variables.

use super::astray;
use super::body::Writer;
use super::escape;
use super::part::Part;
use super::section::Boxed;
use crate::content::doc::NodeKind;
use crate::content::heading;
use crate::content::place;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::{Answer, Ask};
use crate::path::SitePath;
use crate::site::View;
use crate::site::link::{Link, Linked, Wanted, place_of};
use crate::site::walk::Who;
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

/// Where a link or an image leads.
pub(super) enum Href {
    /// Here.
    To(String),
    /// Nowhere: what is wrong has been reported.
    Broken,
}

impl Writer<'_, '_> {
    /// Writes the inline nodes `from..to`.
    pub fn inline(&mut self, part: &Part, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let node = &part.doc.nodes[at];
            match &node.kind {
                NodeKind::Variable(name) => {
                    let value = self.variable(part.path, name, node.span);
                    escape::text(&mut self.out, &value);
                }
                NodeKind::Include(_) => {}
                NodeKind::Event(event) => match event {
                    Event::Text(text) => escape::text(&mut self.out, text),
                    Event::Code(code) => {
                        self.out.push_str("<code>");
                        escape::text(&mut self.out, code);
                        self.out.push_str("</code>");
                    }
                    Event::SoftBreak => self.out.push('\n'),
                    Event::HardBreak => self.out.push_str("<br />\n"),
                    Event::Rule => self.out.push_str("<hr />\n"),
                    Event::InlineHtml(html) | Event::Html(html) => self.raw(part, html, node.span),
                    Event::InlineMath(text) | Event::DisplayMath(text) => escape::text(&mut self.out, text),
                    Event::TaskListMarker(_) if self.own_box == Boxed::Elsewhere => self.own_box = Boxed::Here,
                    Event::TaskListMarker(ticked) => {
                        let (ticked, word) = if *ticked { (" checked", "ticked") } else { ("", "open") };
                        self.out.push_str(&format!("<input type=\"checkbox\" disabled{ticked} aria-label=\""));
                        escape::text(&mut self.out, self.page.words.get(word));
                        self.out.push_str("\"/>\n");
                    }
                    Event::FootnoteReference(label) => self.footnote_reference(part, label, node.span),
                    Event::Start(Tag::Image { .. }) => {
                        self.image(part, at);
                        at = node.close as usize + 1;
                        continue;
                    }
                    Event::Start(tag) => self.open(part, tag, node.span),
                    Event::End(tag) => self.close(*tag),
                },
            }
            at += 1;
        }
    }

    fn open(&mut self, part: &Part, tag: &Tag, span: Span) {
        match tag {
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Superscript => self.out.push_str("<sup>"),
            Tag::Subscript => self.out.push_str("<sub>"),
            Tag::Link { link_type, dest_url, title, .. } => {
                let mail;
                let dest: &str = match link_type {
                    LinkType::Email => {
                        mail = format!("mailto:{dest_url}");
                        &mail
                    }
                    _ => dest_url,
                };
                match self.href(part.path, dest, destination(part.text, span, dest_url)) {
                    Href::To(href) => {
                        self.out.push_str("<a href=\"");
                        escape::href(&mut self.out, &href);
                    }
                    Href::Broken => {
                        // Of an include that is not in its place the author knows already.
                        let behind = part.text[span.end as usize..].trim_start();
                        let is_include =
                            behind.strip_prefix("<!--").is_some_and(|it| it.trim_start().starts_with("include"));
                        let notes = &mut self.body.notes;
                        if is_include && notes.last().is_some_and(|note| note.code == Code::LinkToSnippet) {
                            notes.pop();
                        }
                        self.out.push_str("<a class=\"broken");
                    }
                }
                if !title.is_empty() {
                    self.out.push_str("\" title=\"");
                    escape::text(&mut self.out, title);
                }
                self.out.push_str("\">");
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        self.out.push_str(match tag {
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Superscript => "</sup>",
            TagEnd::Subscript => "</sub>",
            TagEnd::Link => "</a>",
            _ => "",
        });
    }

    fn image(&mut self, part: &Part, at: usize) {
        let node = &part.doc.nodes[at];
        let NodeKind::Event(Event::Start(Tag::Image { dest_url, title, .. })) = &node.kind else { return };
        let mut alt = String::new();
        for inner in &part.doc.nodes[at + 1..node.close as usize] {
            match &inner.kind {
                NodeKind::Variable(name) => alt.push_str(&self.variable(part.path, name, inner.span)),
                _ => alt.push_str(&heading::plain_keeping_space(std::slice::from_ref(inner))),
            }
        }
        let span = destination(part.text, node.span, dest_url);
        if alt.trim().is_empty() {
            let whole = Span::new(node.span.start as usize, node.span.end as usize);
            self.note(
                part.path,
                Diagnostic::new(Code::TextNoAlt, part.path, whole, "this image has no description")
                    .help(format!("say what it shows: `![The settings page]({dest_url})`")),
            );
        }
        let Some((src, size)) = self.source(part.path, dest_url, span) else {
            escape::text(&mut self.out, &alt);
            return;
        };
        self.out.push_str("<img src=\"");
        escape::href(&mut self.out, &src);
        self.out.push_str("\" alt=\"");
        escape::text(&mut self.out, &alt);
        if !title.is_empty() {
            self.out.push_str("\" title=\"");
            escape::text(&mut self.out, title);
        }
        if let Some((width, height)) = size {
            self.out.push_str(&format!("\" width=\"{width}\" height=\"{height}"));
        }
        self.out.push_str("\" loading=\"lazy\" />");
    }

    /// The address and size of an image; `None` if there is none, which has then been reported.
    pub fn source(&mut self, path: &SitePath, dest: &str, span: Span) -> Option<(String, Option<(u32, u32)>)> {
        let dest = self.filled(path, dest, span);
        if let Some(scheme) = escape::scheme(&dest) {
            return (!self.is_unsafe(path, &scheme, &dest, span)).then_some((dest, None));
        }
        if dest.starts_with("//") || dest.is_empty() {
            return Some((dest, None));
        }
        let (file, rest) = dest.split_at(dest.find(['?', '#']).unwrap_or(dest.len()));
        let place = place_of(path, file);
        let mut places: Vec<SitePath> = place.iter().cloned().collect();
        if file.starts_with('/') {
            // From the root: a file beside pages, or one of `static/`.
            let decoded = crate::path::decode(file).unwrap_or_default();
            places.push(SitePath::new(&format!("static{decoded}")));
        }
        for place in places {
            if let Answer::Asset(shown) = &self.page.facts.ask(Ask::Asset(place)).answer {
                return Some((format!("{}{rest}", shown.href), shown.size));
            }
        }
        self.note(path, astray::no_image(path, span, file, place.as_ref()));
        None
    }

    /// `text` with its variables filled in.
    fn filled(&mut self, path: &SitePath, text: &str, span: Span) -> String {
        let variables = place::variables(text, 0, text.len());
        if variables.is_empty() {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut from = 0;
        for variable in variables {
            out.push_str(&text[from..variable.start as usize]);
            let name = text[variable.range()].trim_matches(['{', '}']).trim();
            out.push_str(&self.variable(path, name, span));
            from = variable.end as usize;
        }
        out.push_str(&text[from..]);
        out
    }

    fn is_unsafe(&mut self, path: &SitePath, scheme: &str, dest: &str, span: Span) -> bool {
        let found = escape::is_unsafe(scheme, dest);
        if found {
            self.note(
                path,
                Diagnostic::new(Code::TextUnsafeUrl, path, span, format!("`{scheme}:` addresses are not published"))
                    .help("link to a page or a file instead"),
            );
        }
        found
    }

    /// Where a link leads for this page's readers.
    pub fn href(&mut self, path: &SitePath, dest: &str, span: Span) -> Href {
        let dest = self.filled(path, dest, span);
        if let Some(scheme) = escape::scheme(&dest) {
            return if self.is_unsafe(path, &scheme, &dest, span) { Href::Broken } else { Href::To(dest) };
        }
        if dest.starts_with("//") || dest.is_empty() {
            return Href::To(dest);
        }
        let (file, fragment) = dest.split_once('#').unwrap_or((&dest, ""));
        let (file, query) = file.split_once('?').unwrap_or((file, ""));
        let own = file.is_empty();
        if own && query.is_empty() && !fragment.is_empty() && matches!(self.page.view, View::Single | View::Print) {
            return self.anchor_here(path, fragment, span);
        }
        let to = if own { Some(self.page.path.clone()) } else { place_of(path, file) };
        let Some(to) = to else {
            self.note(
                path,
                Diagnostic::new(Code::LinkMissingPage, path, span, format!("`{file}` leads out of `content/`"))
                    .help("a link names a page from this file on, or from `content/` on if it begins with `/`"),
            );
            return Href::Broken;
        };
        let wanted = query.strip_prefix("for=");
        let option = match (wanted, self.who) {
            (Some(id), _) => Wanted::Only(id.into()),
            (None, Who::Option(id)) => Wanted::Sticky(id.into()),
            (None, _) => Wanted::Any,
        };
        let link = Link { to: to.clone(), option, fragment: fragment.into() };
        let known = self.page.facts.ask(Ask::Link(Box::new(link)));
        let Answer::Link(linked) = &known.answer else { return Href::Broken };
        let (code, message, help) = match linked {
            Linked::To(href) => {
                // On the page itself only the anchor is needed, so that a saved copy still works.
                let anchor = href.find('#').map(|at| href[at..].to_owned()).filter(|_| own && wanted.is_none());
                let href = match (anchor, query) {
                    (Some(anchor), _) => anchor,
                    (None, "") => href.clone(),
                    (None, _) if wanted.is_some() => href.clone(),
                    (None, query) => {
                        let (address, anchor) = href.split_at(href.find('#').unwrap_or(href.len()));
                        format!("{address}?{query}{anchor}")
                    }
                };
                return Href::To(href);
            }
            Linked::NoPage(near) => (
                Code::LinkMissingPage,
                format!("there is no page `{}`", to.below(crate::site::CONTENT).unwrap_or(to.as_str())),
                astray::no_page(path, file, &to, near.as_ref()),
            ),
            Linked::NoAnchor(near, others) => {
                self.note(path, astray::no_anchor(path, span, file, fragment, near.as_deref(), others));
                return Href::Broken;
            }
            Linked::NoOption(offered) => {
                let names: Vec<&str> = offered.iter().map(String::as_str).collect();
                let near = crate::diag::nearest(wanted.unwrap_or_default(), names.iter().copied());
                (
                    Code::LinkMissingOption,
                    format!("`{file}` has no account type `{}`", wanted.unwrap_or_default()),
                    match near {
                        Some(near) => format!("did you mean `?for={near}`?"),
                        None if names.is_empty() => "it has no account types: take `?for=` away".to_owned(),
                        None => format!("it offers {}", crate::site::listed(&names)),
                    },
                )
            }
            Linked::Draft => (
                Code::LinkToDraft,
                format!("`{file}` is a draft, which is not published"),
                "publish it (`draft: false`), or take the link away until then".to_owned(),
            ),
            Linked::Snippet => (
                Code::LinkToSnippet,
                format!("`{file}` is a snippet, which has no page"),
                "to show its text here, put `<!-- include -->` behind the link, in a paragraph of its own".to_owned(),
            ),
        };
        self.note(path, Diagnostic::new(code, path, span, message).help(help));
        Href::Broken
    }
}

impl Writer<'_, '_> {
    /// Where `#fragment` is on this page, which shows everything: in the part of the account type for which the link
    /// is written, else in what is shown once.
    fn anchor_here(&mut self, path: &SitePath, fragment: &str, span: Span) -> Href {
        let fragment = crate::path::decode(fragment).unwrap_or_else(|| fragment.to_owned());
        let all = super::body::shape(self.page, self.page.view);
        let of = |id: &str| format!("{id}--{fragment}");
        let own = match self.who {
            Who::Option(id) => Some(of(id)).filter(|own| all.has(own)),
            Who::Plain | Who::Overview => None,
        };
        let shared = || Some(fragment.clone()).filter(|id| all.has(id));
        let offer = self.page.placement.offer.as_ref().map(|offer| offer.choices(self.page.config).1);
        let options = offer.into_iter().flatten().map(|option| option.id.as_str());
        // What is printed follows one account type after the other: the first has it for all.
        let printed = *self.page.view == View::Print;
        let first = || options.clone().map(&of).find(|id| printed && all.has(id));
        if let Some(id) = own.or_else(shared).or_else(first) {
            return Href::To(format!("#{}", crate::path::encode(&id)));
        }
        let known: Vec<String> = all.all().collect();
        let near = crate::diag::nearest(&fragment, known.iter().map(String::as_str));
        let others: Vec<String> = options.filter(|option| all.has(&of(option))).map(str::to_owned).collect();
        self.note(path, astray::no_anchor(path, span, "", &fragment, near, &others));
        Href::Broken
    }

    /// The links of the front matter.
    pub fn front_links(&mut self) {
        let page = self.page;
        if let Some(action) = &page.front.action
            && let Href::To(href) = self.href(page.path, &action.url.value, action.url.span)
        {
            self.body.action = Some(href);
        }
        for source in &page.front.sources {
            let led = match self.href(page.path, &source.url.value, source.url.span) {
                Href::To(href) => Some(href),
                Href::Broken => None,
            };
            self.body.sources.push(led);
        }
        for related in &page.front.related {
            let file = related.value.split(['#', '?']).next().unwrap_or_default();
            if let Href::To(href) = self.href(page.path, &related.value, related.span)
                && let Some(place) = place_of(page.path, file)
            {
                self.body.related.push((place, href));
            }
        }
    }
}

/// The bytes of a link's or image's destination; the whole of it if they cannot be told.
fn destination(text: &str, span: Span, dest: &str) -> Span {
    // Most destinations are slices of the text.
    let at = (dest.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    if at < text.len() && !dest.is_empty() {
        return Span::new(at, at + dest.len());
    }
    let source = &text[span.range()];
    match source.rfind(dest).filter(|_| !dest.is_empty()) {
        Some(at) => Span::new(span.start as usize + at, span.start as usize + at + dest.len()),
        None => span,
    }
}
