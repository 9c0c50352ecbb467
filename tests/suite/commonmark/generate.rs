//! A seed → a Markdown document with every kind of block and inline; never one that only Guidepost would understand.
//!
//! What the parser makes of it is its own affair: the document is only compared with what the same parser makes of it
//! elsewhere. So nothing here has to be right, but for what Guidepost adds to Markdown: no `{{`, no directive.

const WORDS: [&str; 14] = [
    "guide",
    "Straße",
    "日本",
    "a",
    "snake_case",
    "2*3",
    "don't",
    "\"quoted\"",
    "x < y",
    "AT&T",
    "naïve",
    "1.",
    "--",
    "end.",
];
const ENTITIES: [&str; 7] = ["&copy;", "&#35;", "&#x1F600;", "&nbsp;", "&amp;lt;", "&unknown;", "\\*\\_\\`\\<\\&"];
const TARGETS: [&str; 8] = [
    "https://example.org/a?b=1&c=%20d",
    "<https://example.org/with space>",
    "https://example.org/(round)",
    "mailto:help@example.org",
    "tel:+491234",
    "https://example.org/ü#ä",
    "javascript:alert(1)",
    "JaVa&#115;cript:alert(1)",
];
/// What images show to those who do not see them; raw HTML has no meaning there.
const ALTS: [&str; 5] = ["", "plain", "*a* **b**", "`code` & \"quote\"", "[inner](https://example.org/)"];
const RAW_BLOCKS: [&str; 7] = [
    "<div class=\"box\">\n*not emphasis*\n</div>",
    "<div>\n\n*emphasis*\n\n</div>",
    "<details><summary>More</summary>\n\n- item\n\n</details>",
    "<pre>\n  kept   as it is\n</pre>",
    "<!-- Remark: nobody sees this -->",
    "<!-- Remark\n\nover lines -->",
    "<table><tr><td>cell</td></tr></table>",
];
const SOUP: [&str; 26] = [
    "a", "b", " ", " ", "\n", "\n\n", "*", "**", "_", "~~", "`", "``", ">", "#", "-", "+", "1.", "[", "]", "(", ")",
    "<", "\\", "&", "|", ":",
];

/// Marsaglia's xorshift: the same row of numbers for the same seed, everywhere.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// The blocks of a document; blank lines belong between them.
pub(super) fn document(dice: &mut Dice) -> Vec<String> {
    let mut blocks: Vec<String> = (0..2 + dice.below(8)).map(|_| block(dice, 0)).collect();
    blocks.push("[ref]: https://example.org/ref \"A title\"\n[other]: <https://example.org/o>".to_owned());
    if dice.chance(3) {
        blocks.push(format!("Twice[^one], once[^two], twice[^one]. {}", inline(dice, 1)));
        blocks.push(format!("[^one]: {}", indented(&format!("{}\n\n{}", inline(dice, 1), inline(dice, 1)), "    ")));
        blocks.push(format!("[^two]: {}", inline(dice, 1)));
    }
    blocks
}

fn block(dice: &mut Dice, depth: usize) -> String {
    let kinds = if depth < 3 { 18 } else { 10 };
    match dice.below(kinds) {
        0 | 1 => inline(dice, 0),
        2 => heading(dice),
        3 => format!("{}\n{}", inline(dice, 1).replace('\n', " "), if dice.chance(4) { "===" } else { "---" }),
        4 => fenced(dice),
        5 => format!("    indented {}\n\n      code\t*x*", dice.one(&WORDS)),
        6 => dice.one(&["---", "* * *", "___"]).to_owned(),
        7 => dice.one(&RAW_BLOCKS).to_owned(),
        8 => table(dice),
        9 => soup(dice),
        10 | 11 => prefixed(&nested(dice, depth), "> "),
        12 => {
            let kind = dice.one(&["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"]);
            prefixed(&format!("[!{kind}]\n{}", nested(dice, depth)), "> ")
        }
        13 | 14 => {
            let marker = dice.one(&["-", "*", "+"]);
            list(dice, depth, |_, _| format!("{marker} "))
        }
        15 => {
            let first = [0, 1, 1, 7, 123_456_789][dice.below(5)];
            let mark = dice.one(&[".", ")"]);
            list(dice, depth, |_, number| format!("{}{mark} ", first + number))
        }
        16 => list(dice, depth, |dice, _| format!("- [{}] ", dice.one(&[" ", "x", "X"]))),
        _ => definitions(dice),
    }
}

fn nested(dice: &mut Dice, depth: usize) -> String {
    let blocks: Vec<String> = (0..1 + dice.below(3)).map(|_| block(dice, depth + 1)).collect();
    blocks.join("\n\n")
}

fn list(dice: &mut Dice, depth: usize, marker: impl Fn(&mut Dice, usize) -> String) -> String {
    let between = if dice.chance(3) { "\n\n" } else { "\n" };
    let items: Vec<String> = (0..1 + dice.below(4))
        .map(|number| {
            let marker = marker(dice, number);
            let mut text = inline(dice, 1);
            if dice.chance(3) {
                let more = block(dice, depth + 1);
                text = format!("{text}{}{more}", if dice.chance(2) { "\n" } else { "\n\n" });
            }
            // A task's content stands behind the list marker, not behind the box.
            let width = marker.find('[').unwrap_or(marker.len());
            format!("{marker}{}", indented(&text, &" ".repeat(width)))
        })
        .collect();
    items.join(between)
}

fn heading(dice: &mut Dice) -> String {
    let level = if dice.chance(8) { 1 } else { 2 + dice.below(5) };
    let text = inline(dice, 1).replace('\n', " ");
    let end = dice.one(&["", "", " ##", " {#own-id}"]);
    format!("{} {text}{end}", "#".repeat(level))
}

fn fenced(dice: &mut Dice) -> String {
    let fence = dice.one(&["```", "~~~", "````"]);
    let language = dice.one(&["", "rust", "c++", "html linenos", "a&b"]);
    format!("{fence}{language}\nlet a = \"<b>\" && 'c';\n\n\tindented {}\n{fence}", dice.one(&WORDS))
}

fn table(dice: &mut Dice) -> String {
    let columns = 1 + dice.below(4);
    let row = |dice: &mut Dice| -> String {
        let cells: Vec<String> = (0..columns).map(|_| inline(dice, 2).replace('\n', " ").replace('|', "\\|")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: Vec<&str> = (0..columns).map(|_| dice.one(&["---", ":--", "--:", ":-:"])).collect();
    let mut lines = vec![row(dice), format!("| {} |", rule.join(" | "))];
    lines.extend((0..1 + dice.below(3)).map(|_| row(dice)));
    lines.join("\n")
}

fn definitions(dice: &mut Dice) -> String {
    let entries: Vec<String> = (0..1 + dice.below(3))
        .map(|_| format!("{}\n: {}", inline(dice, 2).replace('\n', " "), indented(&inline(dice, 1), "  ")))
        .collect();
    entries.join("\n\n")
}

fn soup(dice: &mut Dice) -> String {
    (0..10 + dice.below(50)).map(|_| dice.one(&SOUP)).collect()
}

fn inline(dice: &mut Dice, depth: usize) -> String {
    let mut text = String::new();
    for part in 0..1 + dice.below(5) {
        if part > 0 {
            text.push_str(dice.one(&[" ", " ", " ", "", "\n", "  \n", "\\\n"]));
        }
        text.push_str(&span(dice, depth));
    }
    text
}

fn span(dice: &mut Dice, depth: usize) -> String {
    let kinds = if depth < 2 { 18 } else { 9 };
    match dice.below(kinds) {
        0..4 => dice.one(&WORDS).to_owned(),
        4 => dice.one(&ENTITIES).to_owned(),
        5 => dice.one(&["`code`", "`` a ` b ``", "` <b> &amp; `", "`*x*`"]).to_owned(),
        6 => dice.one(&["<https://example.org/?a=1&b=2>", "<help@example.org>", "<javascript:alert(1)>"]).to_owned(),
        7 => dice.one(&["<kbd>Ctrl</kbd>", "<span title=\"a > b\">s</span>", "<br>", "<wbr/>"]).to_owned(),
        8 => dice.one(&["<!-- Remark: hidden -->", "[ref]", "[missing]", "[^missing]"]).to_owned(),
        9 | 10 => format!("*{}*", inline(dice, depth + 1)),
        11 => format!("_{}_", inline(dice, depth + 1)),
        12 => format!("**{}**", inline(dice, depth + 1)),
        13 => format!("~~{}~~", inline(dice, depth + 1)),
        14 | 15 => {
            let title = dice.one(&["", "", " \"A \\\"title\\\" & more\"", " 'single'", " (round)"]);
            format!("[{}]({}{title})", inline(dice, depth + 1), dice.one(&TARGETS))
        }
        16 => format!("[{}]{}", inline(dice, depth + 1), dice.one(&["[ref]", "[other]", "[missing]"])),
        _ => format!("![{}](https://example.org/i.png{})", dice.one(&ALTS), dice.one(&["", " \"T\""])),
    }
}

fn prefixed(text: &str, prefix: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{prefix}{line}")).collect();
    lines.join("\n")
}

/// The text with every line but the first behind `indent`.
fn indented(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}
