//! A page for all account types → parts for everyone once, the others once for each account type.

use super::body::{Writer, Written};
use super::part::Part;
use super::values::text;
use crate::content::doc::Node;
use crate::site::View;
use crate::site::walk::Who;
use crate::templates::Values;

impl<'p> Writer<'p, '_> {
    /// Everything on one page: parts for everyone once, the others once for each account type.
    pub fn everything(&mut self, part: &Part) -> Written {
        let doc = part.doc;
        let widest = doc.headings.iter().filter(|heading| !heading.nested).map(|heading| heading.level).min();
        let starts = doc.headings.iter().filter(|heading| !heading.nested && Some(heading.level) == widest);
        let starts: Vec<usize> = starts.map(|heading| heading.node as usize).collect();
        let mut bounds = vec![0];
        bounds.extend(&starts);
        bounds.push(doc.nodes.len());
        let splits = &self.page.placement.splits;
        for (index, bound) in bounds.windows(2).enumerate() {
            let (from, to) = (bound[0], bound[1]);
            if splits.get(index).copied().unwrap_or_default() {
                self.for_each_option(part, from, to)?;
            } else {
                self.blocks(part, from, to)?;
            }
        }
        self.word_notes(part)?;
        self.footnotes();
        Ok(())
    }

    /// One part of the page, once for each account type that sees some of it.
    fn for_each_option(&mut self, part: &Part, from: usize, to: usize) -> Written {
        let page = self.page;
        let Some(offer) = &page.placement.offer else { return Ok(()) };
        let heading = part.heading_at(from).filter(|heading| !heading.nested);
        let start = heading.map_or(from, |_| part.doc.nodes[from].close as usize + 1);
        let shared = (self.shape.clone(), self.steps);
        let mut begun = false;
        for option in offer.choices(page.config).1 {
            let who = Who::Option(&option.id);
            let sees = |node: &Node| node.set.meets(who.bit(&part.doc.names));
            if heading.is_some() && !sees(&part.doc.nodes[from])
                || !part.doc.nodes[start..to].iter().any(sees) && start < to
            {
                continue;
            }
            if let (Some(heading), false) = (heading, begun) {
                self.who = who;
                let level = part.level(heading);
                self.plain_heading(part, heading, from, start - 1, level);
                begun = true;
            }
            self.who = who;
            self.shape = super::body::shape(page, &View::Option(option.id.as_str().into()));
            self.line();
            self.out.push_str(&format!("<section class=\"option\" data-option=\"{}\">\n", option.id));
            let mut values = Values::new();
            let id = heading.map_or_else(|| self.free("about".to_owned()), |heading| heading.id.to_string());
            values.put("level", heading.map_or(2, |heading| part.level(heading) + 1).into());
            values.put("id", format!("{}--{id}", option.id).into());
            values.put("title", text(&option.title));
            self.component("option_title", &values, None)?;
            self.prefix = format!("{}--", option.id);
            let shared_notes = std::mem::take(&mut self.notes);
            match heading {
                Some(heading) => self.section(part, heading, start - 1)?,
                None => self.blocks(part, start, to)?,
            }
            self.word_notes(part)?;
            self.footnotes();
            self.notes = shared_notes;
            self.prefix.clear();
            self.line();
            self.out.push_str("</section>\n");
        }
        self.who = Who::Plain;
        (self.shape, self.steps) = shared;
        Ok(())
    }
}
