//! An HTML comment → a directive, a suspected slip of the pen, or a mere comment; never looks at what is around it.

use super::doc::Section;
use crate::day::Day;
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::path::SitePath;

/// What a comment says.
#[derive(Clone, Debug, PartialEq)]
pub enum Comment {
    /// A directive that can be obeyed.
    Directive(Directive),
    /// A directive, or what looks like one, that cannot.
    Wrong(Box<Diagnostic>),
    /// A comment.
    Remark,
}

/// A directive and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// The whole comment.
    pub span: Span,
    /// What it asks for.
    pub word: Word,
}

/// What a directive asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// Only for these account types, or for all but these.
    For {
        /// Whether `not` stands before the names.
        not: bool,
        /// The names' places.
        names: Vec<Span>,
    },
    /// A reminder to look at the block before this day.
    Expires(Day),
    /// The section's task list can be ticked.
    Checklist,
    /// The section's list or sub-headings are steps.
    Steps,
    /// The section's sub-headings are questions.
    Faq,
    /// A stable anchor for a list item.
    Id(Span),
    /// The link's target stands here in its place.
    Include,
    /// The end of a scope: `for` or `expires`.
    Close(&'static str),
}

impl Word {
    /// What it says that a section is.
    pub fn section(&self) -> Option<Section> {
        match self {
            Word::Checklist => Some(Section::Checklist),
            Word::Steps => Some(Section::Steps),
            Word::Faq => Some(Section::Faq),
            _ => None,
        }
    }

    /// The word as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Word::For { .. } => "for",
            Word::Expires(_) => "expires",
            Word::Checklist => "checklist",
            Word::Steps => "steps",
            Word::Faq => "faq",
            Word::Id(_) => "id",
            Word::Include => "include",
            Word::Close("for") => "/for",
            Word::Close(_) => "/expires",
        }
    }
}

/// Words of other languages for what a directive says here.
const ELSEWHERE: [(&str, &str); 3] = [("if", "for"), ("/if", "/for"), ("endif", "/for")];

const WORDS: &[&str] = &["for", "/for", "checklist", "steps", "faq", "id", "include", "expires", "/expires"];

/// Reads the comment at `span` of `text`, which starts with `<!--` and ends with `-->`.
pub fn read(text: &str, span: Span, path: &SitePath) -> Comment {
    let whole = &text[span.range()];
    let Some(inner) = whole.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) else {
        return Comment::Remark;
    };
    let start = span.start as usize + 4 + (inner.len() - inner.trim_start().len());
    let inner = inner.trim();
    let end = inner.find(|c: char| matches!(c, ':' | '=' | '：') || c.is_whitespace()).unwrap_or(inner.len());
    let (typed, rest) = inner.split_at(end);
    if let Some(argument) = rest.trim_start().strip_prefix(['=', '：'])
        && WORDS.contains(&typed)
    {
        let mended = format!("<!-- {typed}: {} -->", argument.trim());
        let note = Diagnostic::new(Code::DirectiveTypo, path, span, format!("`{typed}` wants a colon here"));
        return Comment::Wrong(Box::new(note.help(format!("write `{mended}`")).fix(span, mended)));
    }
    let colon = rest.trim_start().starts_with(':');
    let argument = rest.trim_start().strip_prefix(':').unwrap_or(rest).trim();
    let argument_start = start + inner.len() - argument.len();
    let wrong = |code, at: Span, message: String| Diagnostic::new(code, path, at, message);
    if !WORDS.contains(&typed) {
        let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == typed).map(|(_, ours)| *ours);
        let alike = elsewhere.or_else(|| nearest(typed, WORDS.iter().copied()));
        let alike = alike.filter(|_| colon || argument.is_empty());
        return match alike {
            Some(word) if typed.len() > 1 => {
                let at = Span::new(start, start + typed.len());
                Comment::Wrong(Box::new(
                    wrong(Code::DirectiveTypo, at, format!("`{typed}` is not a directive, so this is a mere comment"))
                        .help(format!("did you mean `{word}`?"))
                        .fix(at, word),
                ))
            }
            _ => Comment::Remark,
        };
    }
    if inner.contains("<!--") {
        let open = Span { start: span.start, end: span.start + 4 };
        let message = "this comment is not closed: it ends with the next one".to_owned();
        return Comment::Wrong(Box::new(
            wrong(Code::DirectiveValue, open, message).help(format!("write `-->` where it ends: `<!-- {typed} … -->`")),
        ));
    }
    let at = if argument.is_empty() {
        Span::new(start, start + typed.len())
    } else {
        Span::new(argument_start, argument_start + argument.len())
    };
    let value = |message: String, help: &str| {
        Comment::Wrong(Box::new(wrong(Code::DirectiveValue, at, message).help(help.to_owned())))
    };
    let word = match typed {
        "for" => {
            let (not, list) = match argument.strip_prefix("not") {
                Some(list) if list.starts_with(|c: char| c.is_whitespace()) => (true, list),
                _ => (false, argument),
            };
            let all: Vec<&str> = list.split(',').map(str::trim).collect();
            if all.iter().any(|name| name.starts_with('!')) {
                let message = "`!` is not a part of a name".to_owned();
                let example =
                    "to leave some out, write `not` once before all of them: `<!-- for: not client, agency -->`";
                let bare = all.iter().map(|name| name.strip_prefix('!').map(str::trim).filter(|name| !name.is_empty()));
                let bare: Option<Vec<&str>> = bare.collect();
                return match bare.filter(|_| !not) {
                    Some(bare) => {
                        let mended = format!("not {}", bare.join(", "));
                        let help = format!("write `<!-- for: {mended} -->`");
                        Comment::Wrong(Box::new(wrong(Code::DirectiveValue, at, message).help(help).fix(at, mended)))
                    }
                    None => value(message, example),
                };
            }
            let mut names = Vec::new();
            let mut offset = argument_start + argument.len() - list.len();
            for part in list.split(',') {
                let name = part.trim();
                let from = offset + (part.len() - part.trim_start().len());
                offset += part.len() + 1;
                if name.is_empty() && !names.is_empty() {
                    return value(
                        "a comma in this `for` has no account type behind it".into(),
                        "take the comma away, or name an account type behind it",
                    );
                }
                if name.is_empty() {
                    return value(
                        "`for` names no account type here".into(),
                        "list the account types, separated by commas: `<!-- for: client, agency -->`",
                    );
                }
                if name.contains(char::is_whitespace) {
                    return value(
                        format!("`{name}` is not the name of an account type"),
                        "separate names by commas: `<!-- for: client, agency -->`; or leave some out: `<!-- for: not agency -->`",
                    );
                }
                names.push(Span::new(from, from + name.len()));
            }
            if !colon {
                return value("`for` needs a colon".into(), &format!("write `<!-- for: {argument} -->`"));
            }
            Word::For { not, names }
        }
        "expires" => match argument.parse::<jiff::civil::Date>() {
            Ok(date) if argument.len() == 10 => Word::Expires(date.into()),
            _ => {
                return value(
                    format!("`{argument}` is not a day of the calendar"),
                    "write the day as year-month-day: `<!-- expires: 2027-01-31 -->`",
                );
            }
        },
        "id" => {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if argument.is_empty() || !argument.chars().all(fine) {
                return value(
                    format!("`{argument}` cannot be an anchor"),
                    "use letters, digits and hyphens: `<!-- id: export-data -->`",
                );
            }
            if is_step_anchor(argument) {
                return value(
                    format!("`{argument}` is an anchor that Guidepost gives itself"),
                    "choose a name that says what the step is about: `<!-- id: export-data -->`",
                );
            }
            Word::Id(at)
        }
        plain => {
            if !argument.is_empty() || colon {
                return value(format!("`{plain}` takes no value"), &format!("write `<!-- {plain} -->`"));
            }
            match plain {
                "checklist" => Word::Checklist,
                "steps" => Word::Steps,
                "faq" => Word::Faq,
                "include" => Word::Include,
                "/for" => Word::Close("for"),
                _ => Word::Close("expires"),
            }
        }
    };
    Comment::Directive(Directive { span, word })
}

/// Whether `id` has the form of the anchors that steps get by their number: `step-2`, `close-step-2`.
pub fn is_step_anchor(id: &str) -> bool {
    let before = id.trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() < id.len() && before.strip_suffix("step-").is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
}

/// The comments of `text` at `span`, if it holds nothing else.
pub fn only_comments(text: &str, span: Span) -> Option<Vec<Span>> {
    let mut found = Vec::new();
    let mut at = span.start as usize;
    let end = span.end as usize;
    loop {
        at += text[at..end].len() - text[at..end].trim_start().len();
        if at == end {
            return Some(found);
        }
        if !text[at..end].starts_with("<!--") {
            return None;
        }
        let close = at + 4 + text[at + 4..end].find("-->")? + 3;
        found.push(Span::new(at, close));
        at = close;
    }
}

/// Every comment within `span` of `text`, whatever is around it.
pub fn comments(text: &str, span: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = span.start as usize;
    let end = span.end as usize;
    while let Some(open) = text[at..end].find("<!--") {
        let open = at + open;
        let Some(close) = text[open + 4..end].find("-->") else { break };
        at = open + 4 + close + 3;
        found.push(Span::new(open, at));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Comment {
        read(text, Span::new(0, text.len()), &SitePath::new("a.md"))
    }

    #[test]
    fn names_have_places() {
        let text = "<!-- for: not client,  agency -->";
        let Comment::Directive(Directive { word: Word::For { not, names }, .. }) = word(text) else { panic!() };
        assert!(not);
        assert_eq!(names.iter().map(|s| &text[s.range()]).collect::<Vec<_>>(), ["client", "agency"]);
    }

    #[test]
    fn slips_are_told_from_comments() {
        assert!(matches!(word("<!-- checklst -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- For: client -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- TODO: check this -->"), Comment::Remark));
        assert!(matches!(word("<!-- see the other page for more -->"), Comment::Remark));
        assert!(matches!(word("<!-- expires: 2027-02-30 -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- for client -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- for=client -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- for： client -->"), Comment::Wrong(_)));
        assert!(matches!(word("<!-- width=3 -->"), Comment::Remark));
        assert!(matches!(word("<!---->"), Comment::Remark));
    }

    #[test]
    fn step_anchors_are_known() {
        assert!(is_step_anchor("step-2") && is_step_anchor("close-step-12"));
        assert!(!is_step_anchor("step-by-step") && !is_step_anchor("misstep-2") && !is_step_anchor("step-"));
    }
}
