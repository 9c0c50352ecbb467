//! A number of guides → a complete site on disk, about 5 kB a guide; never anything random, never a broken link.

use anyhow::{Context, ensure};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Whom the guides are written for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// No guide has account types.
    Everyone,
    /// Every guide offers the three account types of the group `account`.
    AccountTypes,
}

/// How many guides a section holds.
const SECTION: usize = 50;

/// The ids of the account types, in the order in which a guide's three lists of steps belong to them.
const OPTIONS: [&str; 3] = ["freelancer", "client", "agency"];

const SERVICES: [&str; 8] = ["Harbour", "Lantern", "Meadow", "Quarry", "Ridge", "Saffron", "Timber", "Willow"];
const TASKS: [(&str, &str); 8] = [
    ("Close", "account"),
    ("Export", "statements"),
    ("Change", "address"),
    ("Pause", "membership"),
    ("Move", "balance"),
    ("Remove", "card"),
    ("Rename", "profile"),
    ("Cancel", "subscription"),
];
const VERBS: [&str; 8] = ["Open", "Choose", "Check", "Confirm", "Select", "Read", "Copy", "Save"];
const THINGS: [&str; 12] = [
    "the settings of your profile",
    "the list of open contracts",
    "your last three invoices",
    "the address that messages are sent to",
    "the page for payments and fees",
    "the number of the bank account",
    "the people who share the workspace",
    "every proposal that nobody has answered",
    "the date of the next payment",
    "the devices that are signed in",
    "the files that you want to keep",
    "the name shown on your public page",
];
const REASONS: [&str; 8] = [
    "so that nothing is lost when the page closes",
    "because it cannot be changed afterwards",
    "and wait until the green mark appears",
    "unless the amount shown there is zero",
    "before the monthly statement is written",
    "which takes a minute on a slow connection",
    "as long as the message at the top is visible",
    "even if the same was done a week ago",
];

/// Writes `site.yaml` and `content/` with `count` guides below `folder`, which must not hold content yet.
pub(crate) fn write(folder: &Path, count: usize, audience: Audience) -> anyhow::Result<()> {
    let content = folder.join("content");
    ensure!(!content.exists(), "{} exists already", content.display());
    save(&folder.join("site.yaml"), &settings(audience))?;
    save(&content.join("index.md"), &home(count))?;
    for section in 0..count.div_ceil(SECTION) {
        save(&content.join(section_name(section)).join("index.md"), &section_page(section))?;
    }
    (0..count).try_for_each(|index| {
        let path = content.join(section_name(index / SECTION)).join(format!("{}.md", guide_name(index)));
        save(&path, &guide(index, count, audience))
    })
}

fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file of the site has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn settings(audience: Audience) -> String {
    let mut yaml = String::from(
        "title: Corpus of guides\ndescription: Guides that exist to be built.\nurl: https://example.org/help/\nlanguage: en\n",
    );
    if audience == Audience::AccountTypes {
        yaml.push_str(
            "variants:\n  account:\n    title: Account type\n    prompt: Which kind of account do you have?\n    options:\n",
        );
        for (id, title, hint) in [
            ("freelancer", "Freelancer", "You sell your own services."),
            ("client", "Client", "You pay for the services of others."),
            ("agency", "Agency", "You sell the services of a team."),
        ] {
            let _ = writeln!(yaml, "      - {{id: {id}, title: {title}, hint: {hint}}}");
        }
    }
    yaml
}

fn home(count: usize) -> String {
    let mut page = String::from("---\ntitle: Corpus of guides\ndescription: Guides that exist to be built.\n---\n\n");
    page.push_str("Every guide here was written by a program, so that the program that builds them can be measured.\n");
    for section in 0..count.div_ceil(SECTION).min(12) {
        let _ = write!(page, "\n- [{}]({}/index.md)", section_title(section), section_name(section));
    }
    page.push('\n');
    page
}

fn section_page(section: usize) -> String {
    let title = section_title(section);
    format!(
        "---\ntitle: {title}\ndescription: What to do with {title}, step by step.\norder: {section}\n---\n\n\
         The guides of this section are about one service. Start with the one whose title names what you want to do.\n"
    )
}

fn section_title(section: usize) -> String {
    format!("{} {}", SERVICES[section % SERVICES.len()], section + 1)
}

fn section_name(section: usize) -> String {
    section_title(section).to_lowercase().replace(' ', "-")
}

fn guide_name(index: usize) -> String {
    let (verb, noun) = TASKS[index % TASKS.len()];
    format!("{}-{noun}-{}", verb.to_lowercase(), index + 1)
}

fn guide_title(index: usize) -> String {
    let (verb, noun) = TASKS[index % TASKS.len()];
    format!("{verb} your {} {noun} ({})", SERVICES[index / SECTION % SERVICES.len()], index + 1)
}

/// The Markdown of guide `index` of `count`.
pub(crate) fn guide(index: usize, count: usize, audience: Audience) -> String {
    let mut dice = Dice::of(index);
    let mut page = String::with_capacity(6000);
    let neighbour = link(index, (index / SECTION * SECTION + dice.below(SECTION)).min(count - 1));
    let elsewhere = link(index, dice.below(count));
    let third = link(index, dice.below(count));
    front_matter(&mut page, index, audience, &mut dice);
    let _ = write!(
        page,
        "\nThis guide shows the three ways that lead there. {} {} If you only want to know what it costs, \
         read [the comparison](#which-way-to-choose); a shorter task is [described beside it]({neighbour}).\n",
        sentence(&mut dice),
        sentence(&mut dice)
    );
    checklist(&mut page, audience, &mut dice);
    for (list, title) in ["In a browser", "In the app", "With a letter"].into_iter().enumerate() {
        let mark = match audience {
            Audience::Everyone => String::new(),
            Audience::AccountTypes => format!(" <!-- for: {} -->", OPTIONS[list]),
        };
        let _ = write!(page, "\n## {title} <!-- steps -->{mark}\n\n{}\n\n", sentence(&mut dice));
        for step in 1..=6 {
            let _ = writeln!(page, "{step}. {}", sentence(&mut dice));
        }
        if list == 0 {
            let _ = write!(page, "\n> {} *{}*\n", sentence(&mut dice), sentence(&mut dice));
        }
    }
    comparison(&mut page, &mut dice);
    questions(&mut page, &elsewhere, &third, &mut dice);
    page
}

fn front_matter(page: &mut String, index: usize, audience: Audience, dice: &mut Dice) {
    let (verb, noun) = TASKS[index % TASKS.len()];
    let _ = write!(
        page,
        "---\ntitle: {}\ndescription: How to {} the {noun}, what to do before, and what happens after.\n\
         updated: 2026-{:02}-{:02}\nowner: support\ntags: [{noun}, {}]\n",
        guide_title(index),
        verb.to_lowercase(),
        1 + dice.below(6),
        1 + dice.below(28),
        verb.to_lowercase(),
    );
    if audience == Audience::AccountTypes {
        page.push_str("variants: account\n");
    }
    page.push_str("---\n");
}

fn checklist(page: &mut String, audience: Audience, dice: &mut Dice) {
    page.push_str("\n## Before you start <!-- checklist -->\n\n");
    for item in 0..6 {
        let mark = match audience {
            Audience::AccountTypes if item >= 4 => format!(" <!-- for: {} -->", OPTIONS[item - 3]),
            _ => String::new(),
        };
        let _ = writeln!(page, "- [ ] {}{mark}", sentence(dice));
    }
}

fn comparison(page: &mut String, dice: &mut Dice) {
    page.push_str("\n## Which way to choose\n\n| Way | Time | Cost | Good to know |\n| --- | ---: | ---: | :--- |\n");
    for way in ["Browser", "App", "Letter", "Call"] {
        let thing = THINGS[dice.below(THINGS.len())];
        let _ =
            writeln!(page, "| **{way}** | {} min | {} USD | Have `{thing}` ready |", 2 + dice.below(40), dice.below(9));
    }
    let _ = write!(page, "\n{} {}\n", sentence(dice), sentence(dice));
}

fn questions(page: &mut String, first: &str, second: &str, dice: &mut Dice) {
    page.push_str("\n## Questions <!-- faq -->\n");
    for (question, link) in [
        ("How long does it take?", Some(format!("The [questions of another guide]({first}#questions) say more."))),
        ("Can it be undone?", None),
        ("Does it cost anything?", Some(format!("See [what to prepare]({second}#before-you-start)."))),
        ("Whom do I ask if it fails?", None),
    ] {
        let _ = write!(page, "\n### {question}\n\n{} {}", sentence(dice), sentence(dice));
        match link {
            Some(link) => {
                let _ = writeln!(page, " {link}");
            }
            None => {
                let _ = write!(page, "\n\n- {}\n- {}\n", sentence(dice), sentence(dice));
            }
        }
    }
}

/// The relative link from guide `from` to guide `to`.
fn link(from: usize, to: usize) -> String {
    if from / SECTION == to / SECTION {
        format!("{}.md", guide_name(to))
    } else {
        format!("../{}/{}.md", section_name(to / SECTION), guide_name(to))
    }
}

fn sentence(dice: &mut Dice) -> String {
    let verb = VERBS[dice.below(VERBS.len())];
    let thing = THINGS[dice.below(THINGS.len())];
    let reason = REASONS[dice.below(REASONS.len())];
    format!("{verb} {thing}, {reason}.")
}

/// Marsaglia's xorshift: the same row of numbers for the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn of(seed: usize) -> Dice {
        Dice((seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }
}
