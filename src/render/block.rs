//! Blocks → HTML, as CommonMark's reference renderer writes them.

use super::body::{Writer, Written};
use super::part::Part;
use super::{engine, escape};
use crate::content::doc::{Heading, Node, NodeKind, Section};
use crate::templates::Values;
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};

impl Writer<'_, '_> {
    /// Writes the blocks `from..to` of a part, those that the reader sees.
    pub fn blocks(&mut self, part: &Part, from: usize, to: usize) -> Written {
        let bit = self.who.bit(&part.doc.names);
        let mut at = from;
        while at < to {
            let node = &part.doc.nodes[at];
            if !node.set.meets(bit) {
                if part.splice.is_none() && part.heading_at(at).is_some_and(|heading| !heading.nested) {
                    self.left_out()?;
                }
                at = node.close as usize + 1;
                continue;
            }
            at = self.block(part, at)?;
        }
        Ok(())
    }

    /// Writes the block that begins at `at`; gives the index behind it.
    fn block(&mut self, part: &Part, at: usize) -> Written<usize> {
        let node = &part.doc.nodes[at];
        let close = node.close as usize;
        match &node.kind {
            NodeKind::Include(_) => self.include(part, at)?,
            NodeKind::Event(Event::Start(tag)) => match tag {
                Tag::Heading { .. } => {
                    let heading = part.heading_at(at).expect("every heading's start is in the list");
                    return self.heading(part, heading, at, close);
                }
                Tag::List(first) => self.list(part, at, close, *first)?,
                _ => self.container(part, tag, at, close)?,
            },
            _ => {
                // The inline text of a tight item or definition: up to the next block.
                let mut end = at;
                let stop = |node: &Node| match &node.kind {
                    NodeKind::Event(Event::Start(tag)) => crate::content::place::is_block(tag),
                    NodeKind::Event(Event::End(tag)) => is_block_end(tag),
                    NodeKind::Event(Event::Rule) | NodeKind::Include(_) => true,
                    _ => false,
                };
                if let NodeKind::Event(Event::Rule) = node.kind {
                    self.line();
                    self.out.push_str("<hr />\n");
                    return Ok(at + 1);
                }
                while end < part.doc.nodes.len() && !stop(&part.doc.nodes[end]) {
                    end = part.doc.nodes[end].close as usize + 1;
                }
                self.inline(part, at, end);
                return Ok(end);
            }
        }
        Ok(close + 1)
    }

    fn container(&mut self, part: &Part, tag: &Tag, at: usize, close: usize) -> Written {
        match tag {
            Tag::Paragraph => {
                self.line();
                self.out.push_str("<p>");
                self.inline(part, at + 1, close);
                self.out.push_str("</p>\n");
            }
            Tag::BlockQuote(None) => self.wrapped(part, at, close, "<blockquote>\n", "</blockquote>\n")?,
            Tag::BlockQuote(Some(kind)) => {
                let inner = self.captured(|writer| writer.inside(part, at + 1, close), str::to_owned)?;
                let kind = alert(*kind);
                let title = self.page.words.get(kind).to_owned();
                let mut values = Values::new();
                values.put("kind", kind.into());
                values.put("title", title.into());
                self.component("alert", &values, Some(inner.trim_end()))?;
            }
            Tag::CodeBlock(kind) => {
                self.line();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split(' ').next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.out.push_str("<pre tabindex=\"0\"><code");
                if !language.is_empty() {
                    self.out.push_str(" class=\"language-");
                    escape::text(&mut self.out, language);
                    self.out.push('"');
                }
                self.out.push('>');
                for node in &part.doc.nodes[at + 1..close] {
                    if let NodeKind::Event(Event::Text(text)) = &node.kind {
                        escape::text(&mut self.out, text);
                    }
                }
                self.out.push_str("</code></pre>\n");
            }
            Tag::HtmlBlock => {
                let mut html = String::new();
                for node in &part.doc.nodes[at + 1..close] {
                    if let NodeKind::Event(Event::Html(text)) = &node.kind {
                        html.push_str(text);
                    }
                }
                self.raw(part, &html, part.doc.nodes[at].span);
            }
            Tag::Item => {
                self.line();
                self.out.push_str("<li");
                self.item_id(part, at);
                self.out.push('>');
                self.inside(part, at + 1, close)?;
                self.out.push_str("</li>\n");
            }
            // Footnotes stand at the page's end, in the order in which the text refers to them.
            Tag::FootnoteDefinition(_) => {}
            Tag::DefinitionList => self.wrapped(part, at, close, "<dl>\n", "</dl>\n")?,
            Tag::DefinitionListTitle => self.wrapped(part, at, close, "<dt>", "</dt>\n")?,
            Tag::DefinitionListDefinition => self.wrapped(part, at, close, "<dd>", "</dd>\n")?,
            Tag::Table(alignments) => {
                self.table = alignments.clone();
                let inner = self.captured(
                    |writer| {
                        writer.out.push_str("<table>");
                        writer.blocks(part, at + 1, close)?;
                        writer.out.push_str("</tbody></table>");
                        Ok(())
                    },
                    str::to_owned,
                )?;
                let (facts, words) = (self.page.facts, &self.page.words);
                let none = Values::new();
                engine::component(facts, "table_wrap", &none, words, Some(&inner), self.page.path, &mut self.out)?;
                self.out.push('\n');
            }
            Tag::TableHead => {
                self.cell = 0;
                self.out.push_str("<thead><tr>");
                self.cells(part, at + 1, close, "th");
                self.out.push_str("</tr></thead><tbody>\n");
            }
            Tag::TableRow => {
                self.cell = 0;
                self.out.push_str("<tr>");
                self.cells(part, at + 1, close, "td");
                self.out.push_str("</tr>\n");
            }
            _ => self.inline(part, at, close + 1),
        }
        Ok(())
    }

    fn wrapped(&mut self, part: &Part, at: usize, close: usize, open: &str, end: &str) -> Written {
        self.line();
        self.out.push_str(open);
        self.inside(part, at + 1, close)?;
        if open.ends_with('\n') {
            self.line();
        }
        self.out.push_str(end);
        Ok(())
    }

    /// The blocks inside a container, where directives of sections reach no longer.
    pub fn inside(&mut self, part: &Part, from: usize, to: usize) -> Written {
        self.depth += 1;
        let written = self.blocks(part, from, to);
        self.depth -= 1;
        written
    }

    fn cells(&mut self, part: &Part, from: usize, to: usize, name: &str) {
        let mut at = from;
        while at < to {
            let close = part.doc.nodes[at].close as usize;
            let class = match self.table.get(self.cell) {
                Some(Alignment::Left) => " class=\"left\"",
                Some(Alignment::Center) => " class=\"center\"",
                Some(Alignment::Right) => " class=\"right\"",
                _ => "",
            };
            self.cell += 1;
            self.out.push('<');
            self.out.push_str(name);
            self.out.push_str(class);
            self.out.push('>');
            self.inline(part, at + 1, close);
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
            at = close + 1;
        }
    }

    fn list(&mut self, part: &Part, at: usize, close: usize, first: Option<u64>) -> Written {
        if self.depth == 0 && self.marked_list(part, at, close, first)? {
            return Ok(());
        }
        self.line();
        match first {
            Some(1) => self.out.push_str("<ol>\n"),
            Some(start) => self.out.push_str(&format!("<ol start=\"{start}\">\n")),
            None => self.out.push_str("<ul>\n"),
        }
        self.inside(part, at + 1, close)?;
        self.out.push_str(if first.is_some() { "</ol>\n" } else { "</ul>\n" });
        Ok(())
    }

    /// Writes the attribute `id` of an item that has one.
    fn item_id(&mut self, part: &Part, item: usize) {
        if let Some((_, id, _)) = part.doc.item_ids.iter().find(|(node, ..)| *node as usize == item) {
            let id = format!("{}{}", self.prefix, part.id(id));
            self.out.push_str(" id=\"");
            escape::text(&mut self.out, &id);
            self.out.push('"');
        }
    }

    /// A heading, and its whole section if a directive says what that is.
    fn heading(&mut self, part: &Part, heading: &Heading, at: usize, close: usize) -> Written<usize> {
        if !heading.nested && self.depth == 0 {
            let level = part.level(heading);
            if self.is_question(level) {
                self.question(part, heading, at, close)?;
                return Ok(heading.end as usize);
            }
            if self.is_step(level) {
                self.step_section(part, heading, at, close)?;
                return Ok(heading.end as usize);
            }
            if heading.mark != Section::Plain {
                self.plain_heading(part, heading, at, close, part.level(heading));
                self.section(part, heading, close)?;
                return Ok(heading.end as usize);
            }
        }
        self.plain_heading(part, heading, at, close, part.level(heading));
        Ok(close + 1)
    }

    pub fn plain_heading(&mut self, part: &Part, heading: &Heading, at: usize, close: usize, level: u8) {
        let level = if self.prefix.is_empty() { level } else { (level + 1).min(6) };
        let level = char::from(b'0' + level);
        self.line();
        self.out.extend(["<h", level.encode_utf8(&mut [0; 4]), " id=\""]);
        escape::text(&mut self.out, &self.prefix);
        escape::text(&mut self.out, part.id(&heading.id));
        self.out.push_str("\">");
        self.inline(part, at + 1, close);
        self.out.extend(["</h", level.encode_utf8(&mut [0; 4]), ">\n"]);
    }
}

fn is_block_end(tag: &TagEnd) -> bool {
    !matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

/// The name of an alert's kind, for components, words and styles.
fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}
