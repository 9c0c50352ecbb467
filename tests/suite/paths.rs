//! Rust source → the paths it names, and the same source without comments, texts or tests; never a full parser.
//!
//! Only paths that start at a root are found (`crate::`, `super::`, `self::`, `std::`, `guidepost::`), wherever they
//! stand, with their groups spread out: `use crate::{a, b::{c, d}}` names `crate::a`, `crate::b::c` and `crate::b::d`.

/// A path as written, resolved to the crate's root: `super::x` inside `config::group` is `crate::config::x`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its parts; `*` stands for a glob.
    pub(crate) parts: Vec<String>,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// The source with comments blanked, and texts and characters emptied; every line stays where it was.
pub(crate) fn code_of(source: &str) -> String {
    split(source).0
}

/// The comments of the source; every line stays where it was.
pub(crate) fn comments_of(source: &str) -> String {
    split(source).1
}

/// Code and comments, each on the lines where the source has them.
fn split(source: &str) -> (String, String) {
    let (mut code, mut comments) = (String::with_capacity(source.len()), String::new());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let before = code.chars().next_back();
        let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (length, kept) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), "")
        } else if rest.starts_with("/*") {
            (block_comment(rest), " ")
        } else if let Some(length) = raw_text(rest).filter(|_| !in_word) {
            (length, "\"\"")
        } else if first == '"' {
            (quoted(rest, '"'), "\"\"")
        } else if first == '\'' && is_character(rest) {
            (quoted(rest, '\''), "' '")
        } else {
            code.push(first);
            comments.extend((first == '\n').then_some(first));
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (piece, after) = rest.split_at(length);
        let lines = piece.chars().filter(|c| *c == '\n');
        code.push_str(kept);
        code.extend(lines.clone());
        if piece.starts_with('/') {
            comments.push_str(piece);
        } else {
            comments.extend(lines);
        }
        rest = after;
    }
    (code, comments)
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of `r"…"`, `r#"…"#`, `br"…"` at the start, if one is there.
fn raw_text(rest: &str) -> Option<usize> {
    let open = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let hashes = open.bytes().take_while(|b| *b == b'#').count();
    let inner = open[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - inner.len();
    Some(inner.find(&close).map_or(rest.len(), |end| start + end + close.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Tells `'a'` from the lifetime `'a`.
fn is_character(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => true,
        (Some(_), Some(next)) => next == '\'',
        _ => false,
    }
}

/// The code (from [`code_of`]) with the bodies of its test modules and test functions blanked.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = ["#[cfg(test)]", "#[test]"].iter().filter_map(|mark| rest.find(mark)).min() {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let open = item.find('{').unwrap_or(item.len());
        let semicolon = item.find(';').unwrap_or(item.len());
        let end = if semicolon < open { semicolon + 1 } else { closing(item, open) };
        out.extend(item[..end].chars().filter(|c| *c == '\n'));
        rest = &item[end..];
    }
    out + rest
}

/// The offset behind the brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Every rooted path in the code (from [`code_of`]) of the module `module` (`["config", "group"]`).
pub(crate) fn named(code: &str, module: &[&str]) -> Vec<Named> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut inner: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].text;
        match word {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inner.retain(|(_, opened)| *opened < depth + 1);
            }
            "mod" if tokens.get(at + 2).is_some_and(|next| next.text == "{") => {
                inner.push((tokens[at + 1].text.to_owned(), depth + 1));
            }
            "crate" | "super" | "self" | "std" | "guidepost" => {
                let rooted = at == 0 || tokens[at - 1].text != "::";
                let leads_on = tokens.get(at + 1).is_some_and(|next| next.text == "::" || next.text == "as");
                if rooted && leads_on {
                    let here: Vec<&str> =
                        module.iter().copied().chain(inner.iter().map(|(name, _)| name.as_str())).collect();
                    let mut written = Vec::new();
                    let line = tokens[at].line;
                    at = tree(&tokens, at, &[], &mut written);
                    found.extend(written.iter().map(|parts| Named { parts: resolve(parts, &here), line }));
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a path with its groups from `at`; gives the place behind it.
fn tree(tokens: &[Token<'_>], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(|token| token.text) {
            Some("{") => {
                at += 1;
                while let Some(token) = tokens.get(at) {
                    match token.text {
                        "}" => return at + 1,
                        "," => at += 1,
                        _ => at = tree(tokens, at, &path, found),
                    }
                }
                return at;
            }
            Some(word) if word == "*" || is_word(word) => path.push(word.to_owned()),
            _ => {
                found.push(path);
                return at;
            }
        }
        at += 1;
        match tokens.get(at).map(|token| token.text) {
            Some("::") => at += 1,
            Some("as") => {
                found.push(path);
                return at + 2;
            }
            _ => {
                found.push(path);
                return at.max(1);
            }
        }
    }
}

fn resolve(written: &[String], module: &[&str]) -> Vec<String> {
    let mut base: Vec<String> = Vec::new();
    let mut rest = written;
    match written.first().map(String::as_str) {
        Some("crate" | "guidepost") => {
            base.push("crate".to_owned());
            rest = &written[1..];
        }
        Some("self" | "super") => {
            base.push("crate".to_owned());
            base.extend(module.iter().map(|part| (*part).to_owned()));
            while let Some(part @ ("self" | "super")) = rest.first().map(String::as_str) {
                if part == "super" && base.len() > 1 {
                    base.pop();
                }
                rest = &rest[1..];
            }
        }
        _ => {}
    }
    base.extend(rest.iter().filter(|part| *part != "self").cloned());
    base
}

struct Token<'a> {
    text: &'a str,
    line: usize,
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut line, mut at) = (1, 0);
    while let Some(c) = code[at..].chars().next() {
        let length = if c.is_alphanumeric() || c == '_' {
            code[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len() - at)
        } else if code[at..].starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        line += usize::from(c == '\n');
        if !c.is_whitespace() {
            tokens.push(Token { text: &code[at..at + length], line });
        }
        at += length;
    }
    tokens
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[test]
fn comments_and_texts_are_not_code() {
    let source = "let a = \"crate::x\"; // crate::y\nlet b = r#\"\"crate::z\"#; /* /* */ crate::q */ let c: &'a str = f('\"', '\\'');";
    let code = code_of(source);
    assert!(!code.contains("crate"), "{code}");
    assert_eq!(code.lines().count(), 2);
    assert!(code.contains("&'a str"), "{code}");
    assert_eq!(comments_of(source), "// crate::y\n/* /* */ crate::q */");
}

#[test]
fn test_modules_are_cut_out_whole() {
    let code = code_of("fn a() {}\n#[cfg(test)]\nmod tests { fn b() { if x {} } }\nfn c() {}\n");
    assert_eq!(without_tests(&code), "fn a() {}\n\n\nfn c() {}\n");
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let paths = |source: &str| -> Vec<String> {
        named(&code_of(source), &["config", "group"]).iter().map(|path| path.parts.join("::")).collect()
    };
    assert_eq!(
        paths("use crate::{a, b::{c, self as d}, e::*};"),
        ["crate::a", "crate::b::c", "crate::b", "crate::e::*"]
    );
    assert_eq!(
        paths("fn f() -> crate::a::B { super::g::<u8>(super::super::h()) }"),
        ["crate::a::B", "crate::config::g", "crate::h"]
    );
    assert_eq!(
        paths("mod tests { use super::*; fn f() { super::super::x() } } fn g() { super::y() }"),
        ["crate::config::group::*", "crate::config::x", "crate::config::y"]
    );
    assert_eq!(paths("let now = std::time::SystemTime::now();"), ["std::time::SystemTime::now"]);
    assert_eq!(paths("match x { crate::a::B { c } => Some(crate::d) }"), ["crate::a::B", "crate::d"]);
}
