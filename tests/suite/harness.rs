//! A few files of text → a site in a temporary folder, a run of the program there, and what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use tempfile::TempDir;

/// The day on which every run takes place, unless the arguments name another one.
pub(crate) const TODAY: &str = "2026-08-01";

/// The commands that know `--as-of`.
const DATED: [&str; 3] = ["build", "check", "publish"];

/// A site in a temporary folder, which is gone when the last value that stands for it is dropped.
///
/// It is empty but for a `site.yaml` with a title and an address (see [`Site::empty`]).
pub(crate) struct Site {
    folder: Rc<TempDir>,
    environment: BTreeMap<String, String>,
}

/// Settings of a site with three account types.
pub(crate) const ACCOUNTS: &str = "title: Guides
url: https://example.org/
variants:
  account:
    title: Account type
    options:
      - {id: freelancer, title: F}
      - {id: client, title: C}
      - {id: agency, title: A}
";

impl Site {
    /// A site with a home page, and a guide `g.md` for three account types.
    pub(crate) fn guides() -> Site {
        let site = Site::empty();
        site.write("site.yaml", ACCOUNTS).write("content/index.md", "---\ntitle: Home\n---\n\nHello.\n").write(
            "content/g.md",
            "---\ntitle: G\nvariants: account\n---\n\n## Do it <!-- steps -->\n\n1. One\n2. Two\n",
        );
        site
    }

    /// A site without pages.
    pub(crate) fn new() -> Site {
        let site = Site::empty();
        site.write("site.yaml", "title: Guides\nurl: https://example.org/\n");
        site
    }

    /// A folder without any file.
    pub(crate) fn empty() -> Site {
        let folder = tempfile::Builder::new().prefix("guidepost-suite-").tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("site")).expect("the site's folder");
        fs::create_dir_all(folder.path().join("home")).expect("the user's folder");
        Site { folder: Rc::new(folder), environment: BTreeMap::new() }
    }

    /// A copy of the folder `from`, without its parts called `except`.
    pub(crate) fn copied(from: &Path, except: &[&str]) -> Site {
        let site = Site::empty();
        for (name, bytes) in tree(from) {
            if !except.contains(&name.split('/').next().unwrap_or_default()) {
                site.write(&name, bytes);
            }
        }
        site
    }

    /// Where the site lies.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// Writes a file of the site, and the folders that it needs.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Site {
        let file = self.root().join(path);
        let parent = file.parent().expect("a file of the site lies in a folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&file, bytes)).expect("the temporary folder can be written");
        self
    }

    /// Removes a file of the site.
    pub(crate) fn remove(&self, path: &str) -> &Site {
        fs::remove_file(self.root().join(path)).unwrap_or_else(|error| panic!("cannot remove {path}: {error}"));
        self
    }

    /// Sets an environment variable for every later run.
    pub(crate) fn env(&mut self, name: &str, value: &str) -> &mut Site {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs the program in the site's folder.
    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> Run {
        self.run_below("", &arguments)
    }

    /// Runs the program in a folder of the site.
    pub(crate) fn run_below(&self, folder: &str, arguments: &[&str]) -> Run {
        let mut words: Vec<&str> = arguments.to_vec();
        let dated = arguments.first().is_some_and(|command| DATED.contains(command));
        if dated && !arguments.iter().any(|word| word.starts_with("--as-of")) && !self.has_a_clock() {
            words.extend(["--as-of", TODAY]);
        }
        let here = self.root().join(folder);
        let root = here.ancestors().find(|folder| folder.join("site.yaml").exists()).unwrap_or(&here).to_owned();
        let output = self.command(folder).args(&words).output().expect("the program can be started");
        Run {
            folder: Rc::clone(&self.folder),
            out: out(arguments).map_or_else(|| root.join("public"), |out| here.join(out)),
            call: format!("guidepost {}", words.join(" ")),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The program, ready to be started in a folder of the site with a clean environment.
    pub(crate) fn command(&self, folder: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guidepost"));
        command
            .current_dir(self.root().join(folder))
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("TMPDIR", self.folder.path())
            .env("NO_COLOR", "1")
            .envs(&self.environment);
        command
    }

    fn has_a_clock(&self) -> bool {
        self.environment.contains_key("SOURCE_DATE_EPOCH")
    }
}

/// What a run of the program left behind. Every check panics with the run's messages if it does not hold.
pub(crate) struct Run {
    folder: Rc<TempDir>,
    out: PathBuf,
    call: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Holds if the program found nothing wrong.
    #[track_caller]
    pub(crate) fn ok(&self) -> &Run {
        self.fails(0)
    }

    /// Holds if the program ended with this exit code.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "exit code of {self}");
        self
    }

    /// Whether the program ended with another exit code than 0.
    pub(crate) fn failed(&self) -> bool {
        self.code != Some(0)
    }

    /// Holds if stderr contains this text.
    #[track_caller]
    pub(crate) fn says(&self, part: &str) -> &Run {
        assert!(self.stderr.contains(part), "no `{part}` in stderr of {self}");
        self
    }

    /// Holds if stderr does not contain this text.
    #[track_caller]
    pub(crate) fn is_silent_about(&self, part: &str) -> &Run {
        assert!(!self.stderr.contains(part), "`{part}` in stderr of {self}");
        self
    }

    /// Holds if an output file exists and contains this text.
    #[track_caller]
    pub(crate) fn has(&self, path: &str, part: &str) -> &Run {
        let file = self.file(path);
        assert!(file.contains(part), "no `{part}` in {path}:\n{file}");
        self
    }

    /// Holds if an output file exists and does not contain this text.
    #[track_caller]
    pub(crate) fn lacks(&self, path: &str, part: &str) -> &Run {
        let file = self.file(path);
        assert!(!file.contains(part), "`{part}` in {path}:\n{file}");
        self
    }

    /// Holds if there is no such output file.
    #[track_caller]
    pub(crate) fn has_no(&self, path: &str) -> &Run {
        assert!(!self.out.join(path).exists(), "{path} exists after {self}");
        self
    }

    /// An output file's text.
    #[track_caller]
    pub(crate) fn file(&self, path: &str) -> String {
        match fs::read(self.out.join(path)) {
            Ok(bytes) => text(bytes),
            Err(error) => panic!("no {path} ({error}), only {:#?}\nafter {self}", self.files()),
        }
    }

    /// The names of all output files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        tree(&self.out).into_keys().collect()
    }

    /// The output folder.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// What the run wrote to stdout.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What the run wrote to stderr.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (call, folder) = (&self.call, self.folder.path().display());
        write!(f, "`{call}` (in {folder}, {:?})\n--- stderr\n{}", self.code, self.stderr)?;
        if self.stdout.is_empty() { Ok(()) } else { write!(f, "\n--- stdout\n{}", self.stdout) }
    }
}

/// Every file below a folder, by its path there; nothing if there is no such folder.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder).expect("walked from there").to_string_lossy().into_owned();
            files.insert(
                name,
                fs::read(entry.path()).unwrap_or_else(|error| panic!("{}: {error}", entry.path().display())),
            );
        }
    }
    files
}

/// A path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether expected output is to be rewritten instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var_os("GUIDEPOST_BLESS").is_some()
}

fn out<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let place = arguments.iter().position(|word| *word == "--out").map(|at| at + 1);
    place
        .and_then(|at| arguments.get(at).copied())
        .or_else(|| arguments.iter().find_map(|word| word.strip_prefix("--out=")))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[test]
fn the_harness_finds_the_output_folder() {
    assert_eq!(out(&["build", "--out", "web"]), Some("web"));
    assert_eq!(out(&["build", "--out=web"]), Some("web"));
    assert_eq!(out(&["build"]), None);
}

#[test]
fn a_site_is_gone_when_nobody_looks_at_it_any_more() {
    let site = Site::new();
    site.write("content/a.md", "text").write("content/b.md", "text").remove("content/b.md");
    let root = site.root();
    assert_eq!(tree(&root).into_keys().collect::<Vec<_>>(), ["content/a.md", "site.yaml"]);
    drop(site);
    assert!(!root.exists());
}

/// Says something to whoever runs the tests with `--nocapture`.
pub(crate) fn say(text: std::fmt::Arguments) {
    use std::io::Write;
    // A closed stdout is no reason to fail.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Removes a folder of a test, file by file.
pub(crate) fn remove(folder: &Path) {
    for entry in walkdir::WalkDir::new(folder).contents_first(true) {
        let entry = entry.expect("a test can read its own folder");
        let removed =
            if entry.file_type().is_dir() { fs::remove_dir(entry.path()) } else { fs::remove_file(entry.path()) };
        removed.expect("a test can remove what it made");
    }
}
