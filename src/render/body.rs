//! A page's text and a view → the HTML of its body; the only serializer of Markdown.
//!
//! The text is interpreted once more, and what the view does not show is passed over. Plain constructs come out as
//! CommonMark's reference renderer writes them; sections that a directive names go through the theme's components.

use super::engine;
use super::footnote::Note;
use super::part::Part;
use super::section::{Boxed, Mode};
use crate::config::{Choice, Config};
use crate::content::doc::NodeKind;
use crate::content::front::Front;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::{Answer, Ask, Facts, Known, Placement};
use crate::path::SitePath;
use crate::site::View;
use crate::site::vars::{names, variable};
use crate::site::walk::{Shape, Who};
use crate::templates::{Values, Words};
use pulldown_cmark::Alignment;
use std::sync::Arc;

/// A step for search engines: its plain text, its anchor, and the title of the account type that it is for, if it is not
/// for all.
pub type Step = (String, String, Option<String>);

/// A page's body.
#[derive(Default)]
pub struct Body {
    /// The HTML.
    pub html: String,
    /// Questions that this page is the site's first to show: plain text, answer as HTML.
    pub questions: Vec<(String, String)>,
    /// How many steps.
    pub steps: u32,
    /// Each step, if the page asks for their data.
    pub how_to: Vec<Step>,
    /// Where the direct button leads.
    pub action: Option<String>,
    /// Where each of the sources leads; `None` for one that leads nowhere.
    pub sources: Vec<Option<String>>,
    /// Related pages: file and address.
    pub related: Vec<(SitePath, String)>,
    /// What was wrong with it.
    pub notes: Vec<Diagnostic>,
}

/// What a body is rendered for.
pub struct Page<'f> {
    /// The facts.
    pub facts: &'f Facts,
    /// The page's file.
    pub path: &'f SitePath,
    /// Which of its pages.
    pub view: &'f View,
    /// Its front matter.
    pub front: &'f Front,
    /// Where it stands.
    pub placement: &'f Placement,
    /// The settings.
    pub config: &'f Config,
    /// The theme's words.
    pub words: &'f Words,
}

/// Renders the body; an error is a template that failed.
pub fn render(page: &Page) -> Result<Body, Box<Diagnostic>> {
    let Some(source) = page.facts.body(page.path, page.view) else { return Ok(Body::default()) };
    let (text, doc) = (source.text(), source.doc());
    let splices = if doc.nodes.iter().any(|node| matches!(node.kind, NodeKind::Include(_))) {
        Some(page.facts.ask(Ask::Splices(page.path.clone())))
    } else {
        None
    };
    let splices = match splices.as_deref().map(|known| &known.answer) {
        Some(Answer::Splices(splices)) => splices,
        _ => &Box::default(),
    };
    let shape_view = match page.view {
        View::Single | View::Print => View::Plain,
        other => other.clone(),
    };
    let mut writer = Writer {
        page,
        out: String::with_capacity(text.len() * 2),
        begin: 0,
        body: Body::default(),
        who: Who::Plain,
        prefix: String::new(),
        shape: shape(page, &shape_view),
        mode: Mode::Plain,
        own_box: Boxed::Here,
        depth: 0,
        steps: None,
        acted: Vec::new(),
        chosen: false,
        ticks: Vec::new(),
        notes: Vec::new(),
        texts: 0,
        text: 0,
        table: Vec::new(),
        cell: 0,
    };
    let part = Part { doc: &doc, text, path: page.path, splice: None, splices, parent: None };
    match page.view {
        View::Single | View::Print => writer.everything(&part)?,
        view => {
            writer.who = who(view);
            writer.text(&part)?;
            writer.footnotes();
        }
    }
    if *page.view == View::Overview && !writer.chosen {
        writer.chooser()?;
    }
    writer.expiries(&part);
    writer.front_links();
    let mut body = writer.body;
    body.html = writer.out;
    if *page.view == View::Print {
        // The other pages say what is wrong.
        body.notes.clear();
    }
    Ok(body)
}

/// Who reads the page of `view`.
pub fn who(view: &View) -> Who<'_> {
    match view {
        View::Overview => Who::Overview,
        View::Option(id) => Who::Option(id),
        View::Plain | View::Single | View::Print => Who::Plain,
    }
}

/// What `view` shows of the page.
pub fn shape(page: &Page, view: &View) -> Seen {
    Seen(page.facts.ask(Ask::Shape(page.path.clone(), view.clone())))
}

/// The answer to a question for a shape.
#[derive(Clone)]
pub(super) struct Seen(Arc<Known>);

impl std::ops::Deref for Seen {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        static NOTHING: Shape = Shape::EMPTY;
        match &self.0.answer {
            Answer::Shape(shape) => shape,
            _ => &NOTHING,
        }
    }
}

pub(super) struct Writer<'p, 'f> {
    pub page: &'p Page<'f>,
    pub out: String,
    /// Where what is written now begins in `out`: before it stands what must not be touched.
    pub begin: usize,
    pub body: Body,
    /// For whom.
    pub who: Who<'p>,
    /// Before every id: the option's id and two hyphens, on a page with everything.
    pub prefix: String,
    pub shape: Seen,
    pub mode: Mode,
    pub own_box: Boxed,
    /// How many lists, quotes and notes are open: directives name what stands in none.
    pub depth: usize,
    /// Which of the shape's sections of steps this is, or was the last.
    pub steps: Option<usize>,
    /// Who has the action's button already.
    pub acted: Vec<Who<'p>>,
    /// Whether the chooser stands already.
    pub chosen: bool,
    /// Ids of boxes so far.
    pub ticks: Vec<String>,
    /// Footnotes of the texts that are being written, in the order of reference.
    pub notes: Vec<Note>,
    /// How many texts have begun, and which of them is being written.
    pub texts: usize,
    pub text: usize,
    pub table: Vec<Alignment>,
    pub cell: usize,
}

pub(super) type Written<T = ()> = Result<T, Box<Diagnostic>>;

impl<'p> Writer<'p, '_> {
    /// Notes what is wrong in the file `path`, for this page's account type.
    pub fn note(&mut self, path: &SitePath, mut diagnostic: Diagnostic) {
        self.page.facts.places(path);
        if let Who::Option(id) = self.who {
            diagnostic.variants.push(id.to_owned());
        }
        self.body.notes.push(diagnostic);
    }

    pub fn component(&mut self, name: &str, values: &Values, body: Option<&str>) -> Written {
        let words = &self.page.words;
        self.line();
        engine::component(self.page.facts, name, values, words, body, self.page.path, &mut self.out)?;
        self.out.push('\n');
        Ok(())
    }

    /// What `then` makes of that which `write` writes, which is not written.
    pub fn captured<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Written,
        then: impl FnOnce(&str) -> T,
    ) -> Written<T> {
        // It is written behind what there is, and taken away again: most of it is short, and there is much of it.
        let outer = std::mem::replace(&mut self.begin, self.out.len());
        let written = write(self);
        let begin = std::mem::replace(&mut self.begin, outer);
        let made = written.map(|()| then(&self.out[begin..]));
        self.out.truncate(begin);
        made
    }

    /// Begins a new line of the source.
    pub fn line(&mut self) {
        if self.out.len() > self.begin && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// The account type whose page or part this is.
    pub fn option(&self) -> Option<&'p Choice> {
        let Who::Option(id) = self.who else { return None };
        let offer = self.page.placement.offer.as_ref()?;
        self.page.config.groups[offer.group as usize].options.iter().find(|option| option.id == id)
    }

    /// The value of a variable; what is undefined is reported and empty.
    pub fn variable(&mut self, path: &SitePath, name: &str, span: Span) -> String {
        let (page, option) = (self.page, self.option());
        let url = crate::site::url_of(&page.placement.url, page.view);
        if let Some(value) = variable(page.config, page.front, &url, option, name) {
            return value;
        }
        let known = names(page.config, page.front, option);
        let note =
            Diagnostic::new(Code::VariableUndefined, path, span, format!("the variable `{name}` has no value here"));
        let help = match crate::diag::nearest(name, known) {
            Some(near) => format!("did you mean `{{{{ {near} }}}}`?"),
            None if name.starts_with("option.") => {
                "account types have pages of their own; put this into a block `for` them".to_owned()
            }
            None if name.starts_with(['<', '%']) => {
                "shortcodes of other programs are not read here: write it in Markdown, or `\\{{` if `{{` is meant"
                    .to_owned()
            }
            None => format!("add `{name}` under `vars:` in the front matter or in `site.yaml`, or write `\\{{{{`"),
        };
        self.note(path, note.help(help));
        String::new()
    }

    /// A snippet in its place.
    pub fn include(&mut self, part: &Part, at: usize) -> Written {
        let before = part.doc.nodes[..at].iter().filter(|node| matches!(node.kind, NodeKind::Include(_))).count();
        let Some(splice) = part.splices.get(before) else { return Ok(()) };
        let Some(path) = &splice.path else { return Ok(()) };
        let facts = self.page.facts;
        let Some(source) = facts.body(path, self.page.view) else { return Ok(()) };
        let (text, doc) = (source.text(), source.doc());
        let inner =
            Part { doc: &doc, text, path, splice: Some(splice), splices: &splice.inner, parent: Some((part, at)) };
        self.text(&inner)?;
        self.expiries(&inner);
        Ok(())
    }

    /// Reminders of blocks that this page shows, whose day comes closer. They change nothing of the page.
    fn expiries(&mut self, part: &Part) {
        let everyone = matches!(self.page.view, View::Single | View::Print);
        for expiry in &part.doc.expires {
            let start = expiry.nodes.start as usize;
            if start >= part.doc.nodes.len() || !everyone && !part.is_seen(start, self.who) {
                continue;
            }
            let (code, message) = if self.page.facts.due(expiry.day) {
                (Code::ExpiresPast, format!("this expired on {}", expiry.day))
            } else if self.page.facts.due(expiry.day.plus(-30)) {
                (Code::ExpiresSoon, format!("this expires on {}", expiry.day))
            } else {
                continue;
            };
            let note = Diagnostic::new(code, part.path, expiry.span, message)
                .help("check that it is still right, then move the date, or take the directive away");
            self.note(part.path, note);
        }
    }
}

/// Counts are shared between pages of one guide.
pub fn counts(facts: &Facts, path: &SitePath) -> Arc<Known> {
    facts.ask(Ask::Counts(path.clone()))
}
