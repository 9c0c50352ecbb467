//! YAML text → a tree in which every key and value knows its place; never a look at what the keys mean.
//!
//! Three readers share the work. `scan` follows the lines and finds structure, places, and the traps of YAML, which it
//! names and steps over, so that one run reports them all. What it understands fully it also evaluates. Folded, escaped
//! and unusual values it only places; then `serde_yaml` evaluates the whole text and its values are put into the tree.
//! `read` turns nodes into typed values.
//!
//! Size and depth are bounded before `serde_yaml` sees a byte, and anchors and aliases never reach it: its parser takes
//! a minute for 200 kB of `[`, and an alias can stand for a million values.

mod flow;
mod inline;
mod lines;
mod read;
mod scalar;
mod scan;
mod trap;

pub use read::{Reader, listed};
pub use scalar::quoted;

use crate::diag::{Code, Diagnostic, Span};
use crate::path::SitePath;
use std::borrow::Cow;

/// How deep lists and maps may lie in each other.
pub const DEPTH: usize = 32;

/// YAML text and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The file that holds it.
    pub path: &'a SitePath,
    /// The YAML itself.
    pub text: &'a str,
    /// Where the text starts in its file, in bytes.
    pub offset: usize,
    /// The largest acceptable size, in bytes.
    pub limit: usize,
    /// What to call its mistakes.
    pub codes: &'static Codes,
}

/// The codes under which a block's mistakes are reported.
#[derive(Debug)]
pub struct Codes {
    /// Not YAML, or one of YAML's traps.
    pub syntax: Code,
    /// A key that does not exist.
    pub unknown_key: Code,
    /// A required key that is not there.
    pub missing: Code,
    /// A value of the wrong type, or without meaning.
    pub value: Code,
    /// Larger or deeper than allowed.
    pub too_large: Code,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    /// Its bytes in the file; empty, behind the colon, if nothing was written.
    pub span: Span,
    /// The value.
    pub value: Value<'a>,
}

/// What can stand behind a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written, or in decimal if it was written in an unusual way.
    Number(Cow<'a, str>),
    /// Any other scalar.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map in the order written, each key once.
    Map(Vec<Entry<'a>>),
    /// What was meant here nobody can tell, and a mistake has been reported: nothing else is said of it.
    Broken,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// The key's bytes in the file, quotes included.
    pub key_span: Span,
    /// What stands behind it.
    pub value: Node<'a>,
}

/// The tree of `block`, its mistakes added to `notes`; `None` if nothing can be said about its keys.
///
/// After a mistake of syntax the tree holds what the author most likely meant, so that the values can still be checked.
pub fn parse<'a>(block: &Block<'a>, notes: &mut Vec<Diagnostic>) -> Option<Node<'a>> {
    if block.text.len() > block.limit {
        notes.push(trap::too_large(block));
        return None;
    }
    if let Some(note) = trap::forbidden_character(block) {
        notes.push(note);
        return None;
    }
    let mut found = scan::scan(block);
    let sound = found.notes.is_empty();
    notes.append(&mut found.notes);
    if sound && !found.exact {
        match serde_yaml::from_str(block.text) {
            Ok(value) => settle(&mut found.root, value),
            Err(error) => {
                notes.push(trap::refused(block, &error));
                return None;
            }
        }
    }
    if block.text.contains('\\') {
        trap::escaped_characters(block, &found.root, notes);
    }
    found.complete.then_some(found.root)
}

impl Block<'_> {
    /// The span of `range` of the text, in the file.
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.offset + range.start, self.offset + range.end)
    }

    /// The bytes of `span`, as they were written.
    pub fn written(&self, span: Span) -> &str {
        let range = span.range();
        self.text
            .get(range.start.saturating_sub(self.offset)..range.end.saturating_sub(self.offset))
            .unwrap_or_default()
    }
}

/// Puts the parser's values into the tree that the scanner placed.
fn settle(node: &mut Node, value: serde_yaml::Value) {
    match (&mut node.value, value) {
        (Value::Map(entries), serde_yaml::Value::Mapping(map)) if entries.len() == map.len() => {
            for (entry, (key, value)) in entries.iter_mut().zip(map) {
                if let serde_yaml::Value::String(key) = key {
                    entry.key = Cow::Owned(key);
                }
                settle(&mut entry.value, value);
            }
        }
        (Value::List(nodes), serde_yaml::Value::Sequence(values)) if nodes.len() == values.len() => {
            for (node, value) in nodes.iter_mut().zip(values) {
                settle(node, value);
            }
        }
        (Value::Number(_), serde_yaml::Value::Number(_)) => {}
        (place, value) => *place = unplaced(value, node.span),
    }
}

/// A value whose parts are all placed at `span`: the scanner saw something else there than the parser.
fn unplaced<'a>(value: serde_yaml::Value, span: Span) -> Value<'a> {
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::Number(number) => Value::Number(Cow::Owned(number.to_string())),
        serde_yaml::Value::String(text) => Value::Text(Cow::Owned(text)),
        serde_yaml::Value::Sequence(values) => {
            Value::List(values.into_iter().map(|value| Node { span, value: unplaced(value, span) }).collect())
        }
        serde_yaml::Value::Mapping(map) => Value::Map(
            map.into_iter()
                .map(|(key, value)| Entry {
                    key: Cow::Owned(key_text(key)),
                    key_span: span,
                    value: Node { span, value: unplaced(value, span) },
                })
                .collect(),
        ),
        serde_yaml::Value::Tagged(tagged) => unplaced(tagged.value, span),
    }
}

fn key_text(key: serde_yaml::Value) -> String {
    match key {
        serde_yaml::Value::String(text) => text,
        serde_yaml::Value::Bool(value) => value.to_string(),
        serde_yaml::Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    const CODES: Codes = Codes {
        syntax: Code::FrontSyntax,
        unknown_key: Code::FrontUnknownKey,
        missing: Code::FrontMissing,
        value: Code::FrontValue,
        too_large: Code::FrontTooLarge,
    };

    fn parsed(text: &str) -> (Option<Node<'_>>, Vec<Diagnostic>) {
        static PATH: LazyLock<SitePath> = LazyLock::new(|| SitePath::new("content/a.md"));
        let mut notes = Vec::new();
        let block = Block { path: &PATH, text, offset: 0, limit: 64_000, codes: &CODES };
        let root = parse(&block, &mut notes);
        (root, notes)
    }

    /// The first mistake as "line:column what it covers | message | help".
    fn first_note(text: &str) -> String {
        let (_, notes) = parsed(text);
        let Some(note) = notes.first() else { return "fine".to_owned() };
        let range = note.place.span.range();
        let before = &text[..range.start];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        format!("{line}:{column} {} | {} | {}", &text[range], note.message, note.help.as_deref().unwrap_or("no help"))
    }

    fn same(ours: &Value, theirs: &serde_yaml::Value) -> bool {
        use serde_yaml::Value as Theirs;
        match (ours, theirs) {
            (Value::Null, Theirs::Null) => true,
            (Value::Bool(a), Theirs::Bool(b)) => a == b,
            (Value::Number(a), Theirs::Number(b)) => {
                a.parse::<f64>().ok() == b.as_f64() || **a == *b.to_string() || b.as_f64().is_some_and(f64::is_nan)
            }
            (Value::Text(a), Theirs::String(b)) => a == b,
            (Value::List(a), Theirs::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.value, b))
            }
            (Value::Map(a), Theirs::Mapping(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, (key, value))| {
                        key.as_str().is_none_or(|key| key == a.key) && same(&a.value.value, value)
                    })
            }
            _ => false,
        }
    }

    fn places_are_sound(node: &Node, text: &str) {
        assert!(text.get(node.span.range()).is_some(), "{node:?}");
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| places_are_sound(item, text)),
            Value::Map(entries) => entries.iter().for_each(|entry| {
                assert!(text.get(entry.key_span.range()).is_some(), "{entry:?}");
                places_are_sound(&entry.value, text);
            }),
            _ => {}
        }
    }

    /// Whatever is accepted has the parser's values; whatever the scanner claims to know exactly, the parser accepts.
    fn agrees(text: &str) {
        let (root, notes) = parsed(text);
        for note in &notes {
            assert!(text.get(note.place.span.range()).is_some(), "{note:?}\n{text}");
            assert!(note.fix.as_ref().is_none_or(|fix| text.get(fix.span.range()).is_some()), "{note:?}\n{text}");
        }
        if let Some(root) = &root {
            places_are_sound(root, text);
        }
        if notes.is_empty() {
            let theirs: serde_yaml::Value = match serde_yaml::from_str(text) {
                Ok(theirs) => theirs,
                Err(error) => panic!("accepted, and {error}:\n{text}\n{root:#?}"),
            };
            let root = root.expect("text without mistakes has a root");
            assert!(same(&root.value, &theirs), "not the parser's values:\n{text}\n{root:#?}\n{theirs:#?}");
        }
    }

    #[test]
    fn good_yaml_has_no_mistakes_and_the_parsers_values() {
        for text in [
            "title: Close\norder: 3\ndraft: false\n",
            "# only a comment\n",
            "\n\n",
            "",
            "a: 'it''s'\nb: \"x\\ty \\\"z\\\"\"\nc: \"\\u00e9\"\n",
            "tags: [one, two , \"three, four\"]\nmap: {a: 1, b: [2, {c: d}], 'e': f, \"g\":h, i}\n",
            "aliases:\n- /a/\n- /b/\nmore:\n  - x: 1\n    y: 2\n  -   z: 3\n      w: 4\n  -\n    v: 5\n  - - 1\n    - 2\n",
            "description: >\n  Folded\n  text\n\n  more\ntitle: |-\n  a\n   b\norder: 1",
            "description: some text\n  over lines\n  # a comment\ntitle: x # why\n",
            "a:   # nothing\nb:\nc:\n  d: e\n",
            "a: \"over\n  lines\"\nb: [1,\n  2,\n]\nc: {\n d: e,\n}\n",
            "title: Close\r\ntags:\r\n  - a\r\n  - b\r\n",
            "url: https://example.org:80/a#b\nwhen: 12:30\nday: 2026-08-01\nver: 1.10\nhex: 0x1f\n",
            "  indented: root\n  too: yes\n",
            "\"quoted key\": 1\n'other' : 2\nspaced : 3\n",
            "ends: [a, b]   # comment\nwith: {a: b}\n",
            "über: straße\nk: - \n".trim_end_matches("k: - \n"),
            "list: [[a: b], [c]]\nempty: []\nnone: {}\n",
            "{a: b, c: [d]}\n",
            "[a, b]\n",
            "- a\n- b: c\n  d: e\n",
        ] {
            let (_, notes) = parsed(text);
            assert_eq!(notes, [], "{text}");
            agrees(text);
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "title: Close\nmap: {a: 'b', c: [d, e]}\nlist:\n  - key: value here # why\n";
        let (root, _) = parsed(text);
        let mut found = Vec::new();
        fn collect<'t>(node: &Node, text: &'t str, found: &mut Vec<&'t str>) {
            match &node.value {
                Value::List(items) => items.iter().for_each(|item| collect(item, text, found)),
                Value::Map(entries) => entries.iter().for_each(|entry| {
                    found.push(&text[entry.key_span.range()]);
                    collect(&entry.value, text, found);
                }),
                _ => found.push(&text[node.span.range()]),
            }
        }
        collect(&root.unwrap(), text, &mut found);
        assert_eq!(found, ["title", "Close", "map", "a", "'b'", "c", "d", "e", "list", "key", "value here"]);
    }

    #[test]
    fn traps_are_named_with_the_corrected_line() {
        for (text, expected) in [
            (
                "a: 1\ntitle: Step 2: close\n",
                "2:14 : | a colon followed by a space cannot stand in text without quotes | put the text in quotes: `title: \"Step 2: close\"`",
            ),
            (
                "a:\n\tb: c\n",
                "2:1 \t | a tab in a line's indentation, where YAML wants spaces | indent with two spaces for each level: `  b: c`",
            ),
            (
                "title: @home\n",
                "1:8 @ | a value cannot start with `@` unless it is in quotes | put the text in quotes: `title: \"@home\"`",
            ),
            (
                "title: {{ name }}\n",
                "1:8 {{ | `{{` at the start of a value opens a YAML map, not a variable | put the text in quotes: `title: \"{{ name }}\"`",
            ),
            (
                "title: *bold* word\n",
                "1:8 * | `*` at the start of a value is a YAML anchor or alias, and neither is read here | put the text in quotes: `title: \"*bold* word\"`",
            ),
            (
                "a: &x 1\n",
                "1:4 & | `&` at the start of a value is a YAML anchor or alias, and neither is read here | put the text in quotes: `a: \"&x 1\"`",
            ),
            (
                "a: !!str 1\n",
                "1:4 ! | `!` at the start of a value is a YAML type tag, and no tag is read here | put the text in quotes: `a: \"!!str 1\"`",
            ),
            (
                "title: \"Close\nb: 2\n",
                "1:8 \" | the quote \" is opened here and not closed | close the quote: `title: \"Close\"`",
            ),
            (
                "title: 'Don't do it'\n",
                "1:13 t do it' | there is text behind the closing quote | an apostrophe ends text in single quotes; use double quotes: `title: \"Don't do it\"`",
            ),
            (
                "title: \"Close\" it\n",
                "1:16 it | there is text behind the closing quote | put the text in quotes: `title: '\"Close\" it'`",
            ),
            (
                "title: [Draft] Close\n",
                "1:16 Close | there is text behind the closing bracket | put the text in quotes: `title: \"[Draft] Close\"`",
            ),
            ("tags: [a, b\nb: 1\n", "1:7 [ | `[` is opened here and not closed | close it with `]`: `tags: [a, b]`"),
            (
                "title: a\n  b: c\n",
                "2:3 b: c | this line's indentation fits no line above it | give the line the same number of spaces as its neighbours, and none if it is a key of its own: `b: c`",
            ),
            ("title Close\n", "1:1 title Close | this line has no key | write a colon behind the key: `title: Close`"),
            ("title:Close\n", "1:1 title:Close | a space is missing behind the colon | write `title: Close`"),
            (
                "tags: - a\n",
                "1:7 - | a list cannot start on its key's own line | begin the list on the next line:\ntags:\n  - a",
            ),
            (
                "path: \"C:\\docs\"\n",
                "1:10 \\d | `\\d` is not an escape that YAML knows | use single quotes, where a backslash is a backslash: `'C:\\docs'`",
            ),
            ("a: 1\nb: 2\na: 3\n", "3:1 a | `a` is given twice | delete one of the two"),
            ("m: {x: 1, x: 2}\n", "1:11 x | `x` is given twice | delete one of the two"),
            (
                "a: 1\n---\nb: 2\n",
                "2:1 --- | only one YAML document is read from a file | delete this line and join the two parts",
            ),
            (
                "a: b\u{0}c\n",
                "1:5 \u{0} | an invisible character, U+0000, that cannot stand in settings | delete the character; retype the line if you cannot see it",
            ),
        ] {
            assert_eq!(first_note(text), expected);
            assert_eq!(parsed(text).1.len(), 1, "one mistake, one diagnostic: {text}");
        }
    }

    #[test]
    fn the_rest_is_read_after_a_mistake() {
        let (root, notes) = parsed("title: Step 2: close\norder: @x\ntags: [a\ndraft: true\n");
        assert_eq!(notes.len(), 3);
        let Some(Node { value: Value::Map(entries), .. }) = root else { panic!("a map") };
        let keys: Vec<&str> = entries.iter().map(|entry| &*entry.key).collect();
        assert_eq!(keys, ["title", "order", "tags", "draft"]);
        assert_eq!(entries[0].value.value, Value::Text("Step 2: close".into()));
    }

    #[test]
    fn bombs_are_refused_at_once() {
        let started = Instant::now();
        let many = |piece: &str, times: usize| piece.repeat(times);
        let stairs: String = (0..200).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
        let laughs = format!("a: &a [x]\n{}", many("b: &b [*a, *a, *a, *a]\n", 9));
        for text in [
            many("[", 200_000),
            many("[", 60_000),
            format!("a: {}", many("{a: ", 10_000)),
            many("- ", 30_000),
            many("[\"]\", ", 9_000),
            format!("a: \"{}", many("\nb: \"", 10_000)),
            format!("a: {}", many("[\n", 10_000)),
            many("a: 'x\n", 9_000),
            many("a: [x\n", 9_000),
            stairs,
            laughs,
            many("? ", 20_000),
            many("\t", 60_000),
            many("a: b: ", 10_000),
        ] {
            let (_, notes) = parsed(&text);
            assert!(!notes.is_empty() && notes.len() <= 20, "{}", &text[..40.min(text.len())]);
        }
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    /// xorshift64*: the same sequence on every machine.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
        }
    }

    #[test]
    fn random_pieces_never_panic_and_never_differ_from_the_parser() {
        const PIECES: &[&str] = &[
            "a",
            "b",
            "key",
            ": ",
            ":",
            "\n",
            "\n",
            "\n  ",
            "\n    ",
            "- ",
            "-",
            "\n- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            ",",
            "'",
            "\"",
            " ",
            "  ",
            "\t",
            "#",
            " # c",
            "|",
            ">",
            "|\n  ",
            "text here",
            "1",
            "2.5",
            "-3",
            "true",
            "no",
            "~",
            "null",
            "2026-01-02",
            "&x",
            "*x",
            "!t",
            "%",
            "@",
            "`",
            "?",
            "? ",
            "---",
            "...",
            "\\",
            "\\n",
            "é",
            "\u{2028}",
            "\u{85}",
            "\u{a0}",
            "\r\n",
            "\r",
            "<<: ",
            "0x1f",
            "1e3",
            ".5",
            "+1",
            "''",
            "\"\"",
            "[a, b]",
            "{a: b}",
            "a: b\n",
            "c: d\n",
            "- e\n",
            "\u{0}",
            "\u{feff}",
        ];
        let mut dice = Dice(0x5EED);
        for _ in 0..60_000 {
            let length = 1 + dice.below(14);
            let text: String = (0..length).map(|_| PIECES[dice.below(PIECES.len())]).collect();
            agrees(&text);
        }
    }

    #[test]
    fn good_yaml_with_one_byte_changed_never_differs_from_the_parser() {
        const GOOD: &str = "title: Close it\nlist:\n  - a: 'b c'\n    d: \"e\"\n  - [f, {g: h}]\nmap: {i: j, k: [l]}\nm:\n- n\nlong: >\n  o\n  p\nq: r\n  s\n";
        const BYTES: &[u8] = b" \n:-[]{},'\"#|>\t&*!%@`?ax1~.\\\r";
        let mut dice = Dice(0xC0FFEE);
        for _ in 0..30_000 {
            let mut bytes = GOOD.as_bytes().to_vec();
            for _ in 0..1 + dice.below(3) {
                let at = dice.below(bytes.len());
                let byte = BYTES[dice.below(BYTES.len())];
                match dice.below(3) {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => drop(bytes.remove(at)),
                }
            }
            agrees(&String::from_utf8(bytes).unwrap());
        }
    }

    #[test]
    fn random_bytes_never_panic() {
        let mut dice = Dice(42);
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..dice.below(60)).map(|_| dice.below(256) as u8).collect();
            agrees(&String::from_utf8_lossy(&bytes));
        }
    }
}
