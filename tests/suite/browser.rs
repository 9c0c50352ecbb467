//! Four sites, built → `tests/browser/run.mjs`, which looks at them in Chromium; knows nothing of what it checks.

use crate::harness::{Site, repository, say, tree};
use std::path::Path;
use std::process::Command;

/// A tool: its name in `GUIDEPOST_REQUIRE`, whether it is there, how it is installed.
type Tool = (&'static str, fn() -> bool, &'static str);

/// What the checks need.
const NEEDED: [Tool; 6] = [
    ("chromium", || Path::new("/usr/bin/chromium").exists(), "apt-get install chromium"),
    ("node", || runs("node", "--version"), "apt-get install nodejs npm"),
    ("node", || repository("tests/browser/node_modules/.package-lock.json").exists(), "cd tests/browser && npm ci"),
    ("java", || runs("java", "-version"), "apt-get install default-jre-headless"),
    ("pdftotext", || runs("pdftotext", "-v"), "apt-get install poppler-utils"),
    // Without them a page is measured whose letters are all the same box.
    ("fonts", || has_letters("ar") && has_letters("ja"), "apt-get install fontconfig fonts-noto-core fonts-noto-cjk"),
];

fn runs(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok()
}

/// Whether there is a font for the language.
fn has_letters(language: &str) -> bool {
    Command::new("fc-list").arg(format!(":lang={language}")).output().is_ok_and(|found| !found.stdout.is_empty())
}

/// What is said about a tool that is missing: an error if `required` names it, else why nothing is looked at.
fn verdict(required: &str, (name, _, remedy): &Tool) -> Result<String, String> {
    if required.split(',').any(|one| one.trim() == *name) {
        return Err(format!("GUIDEPOST_REQUIRE names {name}, and it is not complete: {remedy}"));
    }
    Ok(format!("skipped: pages are not looked at in Chromium ({remedy})"))
}

/// Whether everything is there. What is missing is an error if `GUIDEPOST_REQUIRE` names it, else one line.
fn is_ready() -> bool {
    let Some(missing) = NEEDED.iter().find(|(_, is_there, _)| !is_there()) else { return true };
    match verdict(&std::env::var("GUIDEPOST_REQUIRE").unwrap_or_default(), missing) {
        Ok(line) => say(format_args!("{line}")),
        Err(error) => panic!("{error}"),
    }
    false
}

/// Builds the sites and runs the checks with `arguments`. Their counts go to stdout, for `--nocapture`.
fn look(arguments: &[&str]) {
    if !is_ready() {
        return;
    }
    let own = Site::empty();
    own.write("site.yaml", std::fs::read(repository("site.yaml")).expect("the repository's site has settings"));
    for folder in ["content", "static"] {
        for (name, bytes) in tree(&repository(folder)) {
            own.write(&format!("{folder}/{name}"), bytes);
        }
    }
    let states = Site::copied(&repository("tests/browser/site"), &[]);
    // The same pages from right to left, and with the other kind of feedback.
    let rtl = Site::copied(&repository("tests/browser/site"), &[]);
    let settings = std::fs::read_to_string(repository("tests/browser/site/site.yaml")).expect("the site has settings");
    let form = settings.lines().find(|line| line.starts_with("feedback:")).expect("the site asks for feedback");
    rtl.write(
        "site.yaml",
        settings.replace("language: en", "language: ar").replace(form, "feedback: {mail: help@example.org}"),
    );
    let large = large();
    let built = [&own, &states, &rtl, &large].map(|site| site.run(["build"]));
    let mut call = Command::new("node");
    call.arg(repository("tests/browser/run.mjs"));
    for (name, run) in ["--own", "--states", "--rtl", "--large"].into_iter().zip(&built) {
        run.ok();
        call.arg(name).arg(run.out());
    }
    let output = call.args(arguments).output().expect("node can be started");
    say(format_args!("{}", String::from_utf8_lossy(&output.stdout)));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn where_changes_are_merged_no_tool_may_be_missing() {
    let run = std::fs::read_to_string(repository(".ci/run")).expect("the repository has a .ci/run");
    let required =
        run.split_once("GUIDEPOST_REQUIRE-").expect("it requires tools").1.split_once('}').expect("the list ends").0;
    for tool in &NEEDED {
        assert!(verdict(required, tool).is_err(), "{} may be missing", tool.0);
        assert!(
            verdict("", tool).is_ok_and(|line| line.starts_with("skipped: ") && line.contains(tool.2)),
            "{}",
            tool.0
        );
    }
}

/// A site whose list of all guides is split by letter.
fn large() -> Site {
    let site = Site::empty();
    site.write("site.yaml", "title: A large site\nurl: https://large.example.org/help/\nlanguage: en\n");
    site.write("content/index.md", "---\ntitle: A large site\n---\n");
    for letter in 'a'..='z' {
        for n in 1..=20 {
            let text =
                format!("---\ntitle: {}-{n} repairs\n---\n\nTurn it off, and on again.\n", letter.to_uppercase());
            site.write(&format!("content/repairs/{letter}-{n}-repairs.md"), text);
        }
    }
    site.write("content/repairs/zip.md", "---\ntitle: Mend a zip fastener\n---\n\nPull it up.\n");
    site
}

#[test]
fn pages_are_good_in_chromium() {
    look(&[]);
}

/// Every page at every width in every scheme: half an hour, for the theme's bigger changes.
#[test]
#[ignore = "takes long"]
fn pages_are_good_in_chromium_at_every_width_and_scheme() {
    look(&["--full"]);
}

/// What an author sees while a site is edited. With `GUIDEPOST_SOAK=20`, also for twenty minutes of an edit a second.
#[test]
fn a_preview_follows_its_files_in_chromium() {
    if !is_ready() {
        return;
    }
    let mut call = Command::new("node");
    call.arg(repository("tests/browser/serve.mjs")).arg("--bin").arg(env!("CARGO_BIN_EXE_guidepost"));
    if let Ok(minutes) = std::env::var("GUIDEPOST_SOAK") {
        call.arg("--soak").arg(minutes);
    }
    let output = call.output().expect("node can be started");
    say(format_args!("{}", String::from_utf8_lossy(&output.stdout)));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
