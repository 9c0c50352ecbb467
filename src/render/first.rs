//! A question and the page that shows it → whether the site shows it nowhere before, so that its data stands here.

use super::body::Writer;
use super::part::Part;
use crate::content::doc::Heading;
use crate::content::front::Layout;
use crate::facts::{Answer, Ask};
use crate::site::View;
use crate::site::walk::Who;

impl Writer<'_, '_> {
    /// Whether nothing of the site shows the question before: the overview or the page with everything comes first, then
    /// account types in order, and of the pages that include a snippet only one has its questions.
    pub fn is_first_to_show(&self, part: &Part, heading: &Heading) -> bool {
        let page = self.page;
        if *page.view == View::Print {
            return false;
        }
        if part.splice.is_some() {
            let known = page.facts.ask(Ask::Firsts(part.path.clone()));
            let Answer::Firsts(firsts) = &known.answer else { return false };
            return firsts.get(&heading.id).is_some_and(|first| {
                let anchor = [self.prefix.as_str(), part.id(&heading.id)].concat();
                (&first.page, &first.view, &first.anchor) == (page.path, page.view, &anchor)
            });
        }
        let node = heading.node as usize;
        let (Who::Option(own), Some(offer)) = (self.who, &page.placement.offer) else { return true };
        let is_on_main = match offer.layout {
            Layout::Pages => part.is_seen(node, Who::Overview),
            Layout::Single | Layout::Both => *page.view != View::Single,
        };
        let ids = offer.choices(page.config).1.map(|option| option.id.as_str());
        !is_on_main && ids.take_while(|id| *id != own).all(|id| !part.is_seen(node, Who::Option(id)))
    }
}
