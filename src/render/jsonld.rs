//! A page → its structured data (schema.org, JSON-LD), in one `@graph`; search engines are promised nothing.

use super::body::Step;
use super::escape::marked;
use super::page::{Sheet, Written};
use crate::content::front::Layout;
use crate::site::View;
use std::fmt::Write as _;

/// The data as JSON text that is safe inside a script element; `None` where there is nothing to say.
pub(super) fn text(sheet: &Sheet) -> Option<String> {
    if matches!(sheet.kind, "404" | "redirect" | "print") {
        return None;
    }
    let mut out = String::with_capacity(4096);
    out.push_str("{\"@context\":\"https://schema.org\",\"@graph\":[");
    page(sheet, &mut out);
    if !sheet.crumbs.is_empty() {
        out.push(',');
        crumbs(sheet, &mut out);
    }
    if let Some(written) = &sheet.written {
        howtos(sheet, written, &mut out);
    }
    out.push_str("]}");
    Some(out)
}

fn page(sheet: &Sheet, out: &mut String) {
    let written = sheet.written.as_ref();
    let questions = written.map(|written| &written.body.questions).filter(|questions| !questions.is_empty());
    let questions = questions.filter(|_| written.is_some_and(|written| written.front.schema_faq != Some(false)));
    let kind = if questions.is_some() { "FAQPage" } else { "WebPage" };
    let _ = write!(out, "{{\"@type\":\"{kind}\",\"url\":");
    string(&sheet.config.url.absolute(sheet.url.as_str()), out);
    out.push_str(",\"name\":");
    let option = written.and_then(|written| written.option);
    string(&option.map_or(sheet.title.clone(), |option| format!("{} – {}", sheet.title, option.title)), out);
    if let Some(description) = &sheet.description {
        out.push_str(",\"description\":");
        string(description, out);
    }
    out.push_str(",\"inLanguage\":");
    string(&sheet.language, out);
    for (key, said) in [
        ("datePublished", written.and_then(|written| written.front.date)),
        ("dateModified", written.and_then(|written| written.front.updated)),
    ] {
        if let Some(said) = said {
            let _ = write!(out, ",\"{key}\":\"{said}\"");
        }
    }
    if let Some(questions) = questions {
        out.push_str(",\"mainEntity\":[");
        for (index, (question, answer)) in questions.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str("{\"@type\":\"Question\",\"name\":");
            string(question, out);
            out.push_str(",\"acceptedAnswer\":{\"@type\":\"Answer\",\"text\":");
            string(answer, out);
            out.push_str("}}");
        }
        out.push(']');
    }
    out.push('}');
}

fn crumbs(sheet: &Sheet, out: &mut String) {
    out.push_str("{\"@type\":\"BreadcrumbList\",\"itemListElement\":[");
    let own = (sheet.title.clone(), sheet.url.clone());
    for (index, (title, url)) in sheet.crumbs.iter().chain([&own]).enumerate() {
        if index > 0 {
            out.push(',');
        }
        let _ = write!(out, "{{\"@type\":\"ListItem\",\"position\":{},\"name\":", index + 1);
        string(title, out);
        out.push_str(",\"item\":");
        string(&sheet.config.url.absolute(url.as_str()), out);
        out.push('}');
    }
    out.push_str("]}");
}

/// The steps of a page for all, or of one account type; of a page that shows everything and has no other ones, a set of
/// steps for each account type. Overviews have none, and copies of other pages do not tell theirs again.
fn howtos(sheet: &Sheet, written: &Written, out: &mut String) {
    let is_single = written.placement.offer.as_ref().is_some_and(|offer| offer.layout == Layout::Single);
    let all: Vec<&Step> = written.body.how_to.iter().collect();
    match written.view {
        _ if all.is_empty() => {}
        View::Plain | View::Option(_) => howto(sheet, written, &sheet.title, &all, out),
        View::Single if is_single => {
            let mut titles: Vec<&str> = all.iter().filter_map(|(.., option)| option.as_deref()).collect();
            titles.sort_unstable();
            titles.dedup();
            for title in &titles {
                let is_own = |step: &&Step| step.2.as_deref().is_none_or(|option| option == *title);
                let own: Vec<&Step> = all.iter().copied().filter(is_own).collect();
                howto(sheet, written, &format!("{} – {title}", sheet.title), &own, out);
            }
            if titles.is_empty() {
                howto(sheet, written, &sheet.title, &all, out);
            }
        }
        _ => {}
    }
}

fn howto(sheet: &Sheet, written: &Written, name: &str, steps: &[&Step], out: &mut String) {
    out.push_str(",{\"@type\":\"HowTo\",\"name\":");
    string(name, out);
    out.push_str(",\"step\":[");
    let address = sheet.config.url.absolute(sheet.url.as_str());
    for (index, (text, anchor, _)) in steps.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let _ = write!(out, "{{\"@type\":\"HowToStep\",\"position\":{},\"text\":", index + 1);
        string(&sheet.filled(written, text), out);
        out.push_str(",\"url\":");
        string(&format!("{address}#{anchor}"), out);
        out.push('}');
    }
    out.push_str("]}");
}

/// A JSON string in which nothing can end a script element (`<` becomes `\u003c`).
fn string(text: &str, out: &mut String) {
    const IS_SPECIAL: [bool; 256] = {
        let mut table = marked(b"\"\\<");
        let mut control = 0;
        while control < 0x20 {
            table[control] = true;
            control += 1;
        }
        table
    };
    out.push('"');
    let mut from = 0;
    while let Some(length) = text.as_bytes()[from..].iter().position(|byte| IS_SPECIAL[usize::from(*byte)]) {
        let at = from + length;
        let byte = text.as_bytes()[at];
        let escaped: &str = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'<' => "\\u003c",
            control => {
                out.push_str(&text[from..at]);
                let _ = write!(out, "\\u{control:04x}");
                from = at + 1;
                continue;
            }
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}
