//! A page → the page with our script in it; mistakes → a page that shows them. Never a change of any other byte.

use pulldown_cmark_escape::escape_html_body_text;

/// Where the script is.
pub const SCRIPT: &str = "/.guidepost/live.js";
/// Where the channel is that tells pages of changes.
pub const CHANNEL: &str = "/.guidepost/live";
/// The script itself.
pub const SOURCE: &str = include_str!("live.js");

/// How a page looks that shows mistakes; as calm as the overlay.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{max-width:76rem;margin:0 auto;padding:clamp(1rem,5vw,4rem);font:18px/1.5 system-ui,sans-serif}\
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}\
p{margin:0 0 1.5rem}\
pre{margin:0;padding:1rem 1.125rem;overflow-x:auto;border-radius:.75rem;border-top:.25rem solid #ff6b7d;\
background:#1b1a20;color:#f2f0f5;font:13px/1.55 ui-monospace,monospace}";

/// The element that is added to every page. `version` names the bytes of the page that it is added to.
pub fn tag(version: &str) -> String {
    format!("<script type=\"module\" src=\"{SCRIPT}\" data-guidepost=\"{version}\"></script>")
}

/// The page with the script as the first thing in its head, so that it runs before any other module.
pub fn with_script(html: &[u8], version: &str) -> Vec<u8> {
    let at = place(html);
    let mut out = Vec::with_capacity(html.len() + 128);
    out.extend_from_slice(&html[..at]);
    out.extend_from_slice(tag(version).as_bytes());
    out.extend_from_slice(&html[at..]);
    out
}

/// Behind the `<head>` tag; in a page without one, behind its document type, which has to come first.
fn place(html: &[u8]) -> usize {
    let end_of = |name: &[u8]| {
        let starts = |at: &usize| {
            html[*at..].get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                && html.get(at + name.len()).is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace())
        };
        let start = (0..html.len().min(4096)).filter(|at| html[*at] == b'<').find(starts)?;
        Some(start + html[start..].iter().position(|byte| *byte == b'>')? + 1)
    };
    end_of(b"<head").or_else(|| end_of(b"<!doctype")).unwrap_or(0)
}

/// A page that shows `findings` as text, for addresses whose own page cannot be made.
pub fn broken(findings: &[String]) -> Vec<u8> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = escape_html_body_text(&mut text, &findings.join("\n\n"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>This page cannot be shown</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>This page cannot be shown</h1>\n<p>It appears here by itself as soon as this is mended:</p>\n\
         <pre tabindex=\"0\" data-guidepost-errors>{text}</pre>\n</body>\n</html>\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_all_that_is_added() {
        let page = "<!DOCTYPE html>\n<html>\n<HEAD lang=\"a\">\n<header>x</header>";
        let with = String::from_utf8(with_script(page.as_bytes(), "1f")).unwrap();
        assert_eq!(with.replace(&tag("1f"), ""), page);
        assert!(with.contains("<HEAD lang=\"a\"><script "));
        for odd in ["", "<", "<head", "text", "<!doctype html>x", "<header>"] {
            let with = String::from_utf8(with_script(odd.as_bytes(), "1f")).unwrap();
            assert_eq!(with.replace(&tag("1f"), ""), odd);
        }
    }
}
