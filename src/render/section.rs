//! Sections that a directive names → the theme's components: steps, checklists, questions, the chooser, parts of a page
//! for all account types.

use super::body::{Writer, Written, counts};
use super::engine::html;
use super::inline::Href;
use super::part::Part;
use super::raw::plain_text;
use super::values::{day, maybe, text};
use crate::content::doc::{Heading, Node, NodeKind, Section};
use crate::content::front::Verified;
use crate::content::{heading, is_task, place};
use crate::day::Day;
use crate::diag::{Code, Diagnostic};
use crate::facts::{Answer, Count};
use crate::site::View;
use crate::site::walk::Who;
use crate::templates::{Value, Values};
use pulldown_cmark::Event;

/// What the section is in which the writer is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Mode {
    /// Nothing of note.
    Plain,
    /// Steps; whether list items or sub-headings is seen at the first of either.
    Steps {
        /// The section's level.
        level: u8,
        /// Which.
        by: Stepping,
        /// Steps so far, and in all.
        done: u32,
        total: u32,
    },
    /// Boxes to tick.
    Checklist,
    /// Questions below a heading of this level.
    Faq(u8),
}

/// Where the next box of a task list is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Boxed {
    /// In its place.
    Here,
    /// By the component that the item is part of; only this one box.
    Elsewhere,
}

/// What a section's steps are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Stepping {
    Unknown,
    Items,
    Headings,
}

impl Writer<'_, '_> {
    /// Writes what is below the heading of a section that a directive names.
    pub fn section(&mut self, part: &Part, heading: &Heading, close: usize) -> Written {
        let id = part.id(&heading.id).to_owned();
        let outer = self.mode;
        self.mode = match heading.mark {
            Section::Plain => outer,
            Section::Checklist => Mode::Checklist,
            Section::Faq => Mode::Faq(part.level(heading)),
            Section::Steps => {
                self.steps = self.shape.steps.iter().position(|steps| steps.section == id);
                let total = self.steps.map_or(0, |at| self.shape.steps[at].ids.len() as u32);
                Mode::Steps { level: part.level(heading), by: Stepping::Unknown, done: 0, total }
            }
        };
        if heading.mark == Section::Steps {
            self.action()?;
        }
        self.blocks(part, close + 1, heading.end as usize)?;
        if self.page.view == &View::Overview {
            self.more(heading.mark, &id)?;
        }
        self.mode = outer;
        Ok(())
    }

    /// The direct button, once for every reader, before the first steps.
    fn action(&mut self) -> Written {
        let is_there = self.acted.iter().any(|who| [Who::Plain, self.who].contains(who));
        let Some(action) = self.page.front.action.as_ref().filter(|_| !is_there) else { return Ok(()) };
        self.acted.push(self.who);
        let Href::To(url) = self.href(self.page.path, &action.url.value, action.url.span) else { return Ok(()) };
        let mut values = Values::new();
        values.put("label", text(&action.label));
        values.put("url", text(&url));
        self.component("action", &values, None)
    }

    /// The anchor of step `number` of the section of steps that the writer is in.
    fn step_anchor(&self, number: u32) -> String {
        let own = self.steps.and_then(|at| self.shape.steps.get(at));
        let prefix = own.map_or("step-", |steps| steps.prefix.as_str());
        [self.prefix.as_str(), prefix, &number.to_string()].concat()
    }

    /// Counts a step. Its text is wanted only by the data of guides that ask for it.
    fn step(&mut self, anchor: &str, text: impl FnOnce() -> String) {
        self.body.steps += 1;
        if self.page.front.schema_howto {
            let option = self.option().map(|option| option.title.clone());
            self.body.how_to.push((text(), anchor.to_owned(), option));
        }
    }

    /// Whether a heading of this level is a step of the section.
    pub fn is_step(&mut self, at: u8) -> bool {
        let Mode::Steps { level, by, .. } = &mut self.mode else { return false };
        if *by == Stepping::Unknown {
            *by = Stepping::Headings;
        }
        *by == Stepping::Headings && at == *level + 1
    }

    /// A sub-heading that is a step, and what is below it.
    pub fn step_section(&mut self, part: &Part, heading: &Heading, at: usize, close: usize) -> Written {
        let Mode::Steps { done, total, .. } = &mut self.mode else { return Ok(()) };
        *done += 1;
        let (number, total) = (*done, *total);
        let anchor = self.step_anchor(number);
        let inner = self.captured(
            |writer| {
                writer.inline(part, at + 1, close);
                Ok(())
            },
            |inner| html(inner.to_owned()),
        )?;
        self.step(&anchor, || heading::plain(&part.doc.nodes[at + 1..close]));
        let mut values = Values::new();
        values.put("level", self.shown_level(part.level(heading)).into());
        values.put("id", [self.prefix.as_str(), part.id(&heading.id)].concat().into());
        values.put("n", number.into());
        values.put("total", total.into());
        values.put("html", inner);
        self.line();
        self.out.push_str(&format!("<section class=\"step\" id=\"{anchor}\">\n"));
        self.component("step_heading", &values, None)?;
        self.blocks(part, close + 1, heading.end as usize)?;
        self.line();
        self.out.push_str("</section>\n");
        Ok(())
    }

    /// A heading's level where parts of account types stand below a heading of their own.
    pub fn shown_level(&self, level: u8) -> u8 {
        if self.prefix.is_empty() { level } else { (level + 1).min(6) }
    }

    /// Whether a heading of this level is a question of the section.
    pub fn is_question(&self, at: u8) -> bool {
        matches!(self.mode, Mode::Faq(level) if at == level + 1)
    }

    /// A question and its answer.
    pub fn question(&mut self, part: &Part, heading: &Heading, at: usize, close: usize) -> Written {
        let outer = std::mem::replace(&mut self.mode, Mode::Plain);
        let question = self.captured(
            |writer| {
                writer.inline(part, at + 1, close);
                Ok(())
            },
            str::to_owned,
        )?;
        let answer = self.captured(|writer| writer.blocks(part, close + 1, heading.end as usize), str::to_owned)?;
        self.mode = outer;
        if answer.trim().is_empty() {
            let place = place::span(part.text, part.doc.nodes[at].span.start as usize);
            let note = Diagnostic::new(Code::TextNoAnswer, part.path, place, "this question has no answer")
                .help("write the answer below it, or take the question away");
            self.note(part.path, note);
        } else if self.is_first_to_show(part, heading) {
            self.body.questions.push((plain_text(&question), answer.trim().to_owned()));
        }
        let all: u32 = self.shape.questions.iter().map(|(_, count)| count).sum();
        let mut values = Values::new();
        values.put("id", [self.prefix.as_str(), part.id(&heading.id)].concat().into());
        values.put("level", self.shown_level(part.level(heading)).into());
        values.put("question", html(&question));
        values.put("open", Value::from(all <= 4 || *self.page.view == View::Print));
        self.component("question", &values, Some(answer.trim_end()))
    }

    /// A list that a directive names; whether it is one.
    pub fn marked_list(&mut self, part: &Part, at: usize, close: usize, first: Option<u64>) -> Written<bool> {
        match (&mut self.mode, first) {
            (Mode::Steps { by, .. }, Some(_)) if *by != Stepping::Headings => {
                *by = Stepping::Items;
                self.steps_list(part, at, close)?;
                Ok(true)
            }
            (Mode::Checklist, None) if is_task(&part.doc.nodes[at + 1..close]) => {
                self.checklist(part, at, close)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The items of a list that this page's readers see.
    fn items(&self, part: &Part, at: usize, close: usize) -> Vec<(usize, usize)> {
        let bit = self.who.bit(&part.doc.names);
        let mut items = Vec::new();
        let mut item = at + 1;
        while item < close {
            let end = part.doc.nodes[item].close as usize;
            if part.doc.nodes[item].set.meets(bit) {
                items.push((item, end));
            }
            item = end + 1;
        }
        items
    }

    fn named(&self, part: &Part, item: usize) -> Option<String> {
        let named = part.doc.item_ids.iter().find(|(node, ..)| *node as usize == item);
        named.map(|(_, id, _)| format!("{}{}", self.prefix, part.id(id)))
    }

    fn steps_list(&mut self, part: &Part, at: usize, close: usize) -> Written {
        let Mode::Steps { done, total, .. } = self.mode else { return Ok(()) };
        let mut number = done;
        let mut items: Vec<Value> = Vec::new();
        for (item, end) in self.items(part, at, close) {
            number += 1;
            let id = self.named(part, item).unwrap_or_else(|| self.step_anchor(number));
            let inner =
                self.captured(|writer| writer.inside(part, item + 1, end), |inner| html(inner.trim_end().to_owned()))?;
            self.step(&id, || first_line(&part.doc.nodes[item + 1..end]));
            items.push(Value::map([("id", id.into()), ("n", number.into()), ("html", inner)]));
        }
        if let Mode::Steps { done, .. } = &mut self.mode {
            *done = number;
        }
        let mut values = Values::new();
        values.put("id", self.step_anchor(0).trim_end_matches("-0").to_owned().into());
        values.put("start", (done + 1).into());
        values.put("total", total.into());
        values.put("items", items.into());
        self.component("steps", &values, None)
    }

    fn checklist(&mut self, part: &Part, at: usize, close: usize) -> Written {
        let mut items: Vec<Value> = Vec::new();
        for (item, end) in self.items(part, at, close) {
            let nodes = &part.doc.nodes[item + 1..end];
            let marker = nodes.iter().take(2).find_map(|node| match node.kind {
                NodeKind::Event(Event::TaskListMarker(ticked)) => Some(ticked),
                _ => None,
            });
            let id = self.named(part, item).unwrap_or_else(|| self.tick(&first_line(nodes)));
            // The box is the component's to draw.
            self.own_box = if marker.is_some() { Boxed::Elsewhere } else { Boxed::Here };
            let inner =
                self.captured(|writer| writer.inside(part, item + 1, end), |inner| html(inner.trim_end().to_owned()))?;
            self.own_box = Boxed::Here;
            items.push(Value::map([
                ("id", id.into()),
                ("html", inner),
                ("checked", marker.unwrap_or_default().into()),
            ]));
        }
        let mut values = Values::new();
        let id = self.free("checklist".to_owned());
        values.put("id", [self.prefix.as_str(), &id].concat().into());
        self.ticks.push(id);
        values.put("items", items.into());
        self.component("checklist", &values, None)
    }

    /// The id of a box, made from its text, so that it stays when boxes change places.
    fn tick(&mut self, text: &str) -> String {
        let slug = crate::path::anchor_start(text, 48);
        let id = self.free(["task-", &slug].concat());
        let whole = [self.prefix.as_str(), &id].concat();
        self.ticks.push(id);
        whole
    }

    /// `id`, or the first of `id-2`, `id-3`, … that nothing on the page has.
    pub fn free(&self, id: String) -> String {
        let taken = |id: &str| self.shape.has(id) || self.ticks.iter().any(|tick| tick == id);
        if !taken(&id) {
            return id;
        }
        (2..).map(|number| format!("{id}-{number}")).find(|id| !taken(id)).expect("some number is free")
    }

    /// A section of the page is not shown here. On an overview the first of them leaves its place to the chooser.
    pub fn left_out(&mut self) -> Written {
        if *self.page.view == View::Overview && !self.chosen && self.depth == 0 { self.chooser() } else { Ok(()) }
    }

    /// The account types to choose from.
    pub fn chooser(&mut self) -> Written {
        self.chosen = true;
        let page = self.page;
        let Some(offer) = &page.placement.offer else { return Ok(()) };
        let (group, options) = offer.choices(page.config);
        let known = counts(page.facts, page.path);
        let Answer::Counts(counts) = &known.answer else { return Ok(()) };
        let options = options.map(|option| {
            let steps = counts.iter().find(|count| count.option == option.id).map_or(0, |count| count.steps);
            let checked = verified(page.front.verified.as_ref(), Some(&option.id));
            let url = page.placement.url.child(&option.id);
            Value::map([
                ("id", text(&option.id)),
                ("title", text(&option.title)),
                ("hint", maybe(Some(&option.hint))),
                ("url", page.config.url.link(url.as_str()).into()),
                ("steps", steps.into()),
                ("verified", checked.map_or(Value::None, |checked| day(checked, page.words))),
            ])
        });
        let options: Vec<Value> = options.collect();
        let prompt = if group.prompt.is_empty() { page.words.get("choose") } else { &group.prompt };
        let mut values = Values::new();
        values.put("prompt", text(prompt));
        values.put("options", options.into());
        self.component("chooser", &values, None)
    }

    /// On an overview: what a checklist or a section of questions has besides for single account types.
    fn more(&mut self, mark: Section, id: &str) -> Written {
        type Pick = fn(&Count) -> &Vec<(String, u32)>;
        let (here, pick): (_, Pick) = match mark {
            Section::Checklist => (&self.shape.tasks, |count| &count.tasks),
            Section::Faq => (&self.shape.questions, |count| &count.questions),
            Section::Plain | Section::Steps => return Ok(()),
        };
        let shown = here.iter().find(|(section, _)| section == id).map_or(0, |(_, count)| *count);
        let page = self.page;
        let known = counts(page.facts, page.path);
        let (Answer::Counts(counts), Some(offer)) = (&known.answer, &page.placement.offer) else { return Ok(()) };
        let group = &page.config.groups[offer.group as usize];
        let items: Vec<Value> = counts
            .iter()
            .filter_map(|count| {
                let all = pick(count).iter().find(|(section, _)| section == id)?.1;
                let option = group.options.iter().find(|option| option.id == count.option)?;
                let url = page.config.url.link(page.placement.url.child(&option.id).as_str());
                (all > shown).then(|| {
                    Value::map([
                        ("title", text(&option.title)),
                        ("url", format!("{url}#{id}").into()),
                        ("count", (all - shown).into()),
                    ])
                })
            })
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        let mut values = Values::new();
        values.put("items", items.into());
        self.component("more", &values, None)
    }
}

/// When a page was checked: for the option, or for all.
pub(super) fn verified(said: Option<&Verified>, option: Option<&str>) -> Option<Day> {
    match said? {
        Verified::All(day) => Some(*day),
        Verified::Each(days) => match option {
            Some(option) => days.iter().find(|(id, _)| *id.value == *option).map(|(_, day)| *day),
            None => None,
        },
    }
}

/// The plain text of an item's first block.
fn first_line(nodes: &[Node]) -> String {
    let inline = |node: &&Node| !matches!(&node.kind, NodeKind::Event(Event::End(tag)) if matches!(tag, pulldown_cmark::TagEnd::Paragraph));
    let nested = |node: &&Node| !matches!(&node.kind, NodeKind::Event(Event::Start(tag)) if crate::content::place::is_block(tag) && !matches!(tag, pulldown_cmark::Tag::Paragraph));
    let own: usize = nodes.iter().take_while(inline).take_while(nested).count();
    let mut line = heading::plain(&nodes[..own]);
    line.drain(..line.len() - line.trim_start().len());
    line
}
