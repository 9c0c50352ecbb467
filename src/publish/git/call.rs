//! Arguments → what the `git` program answers; in a repository of our own, so that nothing of the author's changes.

use super::way::Login;
use super::{says, way};
use crate::publish::credentials::{git_settings, redacted, ssh_of_git};
use crate::publish::objects::Fault;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a repository's own settings may say of the way to a remote, and of who publishes.
const WANTED: [&str; 9] =
    ["credential.", "http.", "https.", "core.sshcommand", "core.askpass", "core.gitproxy", "url.", "user.", "ssh."];

/// Variables by which a hook or a script may have pointed git elsewhere.
const MISLEADING: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// What the file `description` of our repository says.
const MARK: &str = "Guidepost keeps what it needs to publish here; it may be deleted.\n";

/// Removes the repository in `folder`, if it is one of ours.
pub(in crate::publish) fn forget(folder: &Path) -> io::Result<()> {
    if !fs::read_to_string(folder.join("description")).is_ok_and(|text| text == MARK) {
        return Ok(());
    }
    // The mark goes last: until then the rest can be removed by another try.
    let mark = folder.join("description");
    for entry in walkdir::WalkDir::new(folder).contents_first(true) {
        let entry = entry.map_err(io::Error::from)?;
        match entry.path() {
            path if path == mark || path == folder => {}
            path if entry.file_type().is_dir() => fs::remove_dir(path)?,
            path => fs::remove_file(path)?,
        }
    }
    fs::remove_file(mark)?;
    fs::remove_dir(folder)
}

/// The repository in the cache: it has the branch's last commits, and what is made for the next one.
pub(super) struct Repository {
    folder: PathBuf,
    /// Settings for every call. Addresses and headers may hold secrets: they go by the environment, which other users
    /// cannot see, and never as arguments.
    settings: Vec<(String, String)>,
    /// The command by which git calls ssh, where it is ours to say.
    ssh: Option<String>,
    /// What the address said of who we are.
    login: Option<Login>,
}

/// What the program says of a repository that it runs in.
pub(super) fn of_author(root: &Path, arguments: &[&str]) -> Result<Result<String, String>, Fault> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments).stdin(Stdio::null()).env("LC_ALL", "C");
    for name in MISLEADING {
        command.env_remove(name);
    }
    let output = command.output().map_err(|error| missing(&error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

fn missing(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::NotFound => Fault::with_help("the program `git` is not installed", "install git, and try again"),
        _ => Fault::fatal(format!("cannot run git: {error}")),
    }
}

impl Repository {
    /// The repository in `folder`, made if it is not there, with the remote `address`, and with the settings for its
    /// way that the repository around `root` has, if there is one.
    pub(super) fn open(folder: PathBuf, root: &Path, address: &str) -> Result<Repository, Fault> {
        // A program that is older than this flag has no say in it.
        let listed = of_author(root, &["config", "--list", "--show-scope", "-z"])?.unwrap_or_default();
        let mut words = listed.split('\0');
        let mut said = Vec::new();
        while let (Some(scope), Some(entry)) = (words.next(), words.next()) {
            let Some((key, value)) = entry.split_once('\n') else { continue };
            said.push((scope, key, value));
        }
        let keys = || said.iter().map(|(_, key, _)| *key);
        let mut settings = way::patience(keys());
        let (address, login) = way::login(address);
        settings.push(("remote.guidepost.url".to_owned(), address));
        // What is said for the whole machine or the user holds in our repository anyway.
        let own = said.iter().filter(|(scope, key, _)| {
            ["local", "worktree"].contains(scope) && WANTED.iter().any(|start| key.starts_with(start))
        });
        settings.extend(own.map(|(_, key, value)| ((*key).to_owned(), (*value).to_owned())));
        let chosen = said.iter().rfind(|(_, key, _)| *key == "core.sshcommand").map(|(_, _, value)| *value);
        let ssh = way::ssh(&ssh_of_git(), chosen);
        settings.extend(login.iter().flat_map(Login::settings));
        let repository = Repository { folder, settings, ssh, login };
        if !repository.folder.join("HEAD").is_file() {
            fs::create_dir_all(&repository.folder)
                .map_err(|error| Fault::fatal(format!("cannot make {}: {error}", repository.folder.display())))?;
            repository.run(&["init", "--quiet", "--bare", "--template="], b"")?;
            // By this it is known for ours; if it cannot be written, `clean` leaves the folder alone.
            let _ = fs::write(repository.folder.join("description"), MARK);
        }
        Ok(repository)
    }

    /// Where its temporary index lies.
    pub(super) fn index(&self) -> PathBuf {
        self.folder.join("guidepost-index")
    }

    /// Runs git with these arguments and this on stdin, and gives what it prints.
    pub(super) fn run(&self, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Vec<u8>, Fault> {
        self.run_with(arguments, input, &[])
    }

    /// The same, with these variables.
    pub(super) fn run_with(
        &self,
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Result<Vec<u8>, Fault> {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&self.folder);
        for name in MISLEADING {
            command.env_remove(name);
        }
        let before = git_settings();
        for (index, (key, value)) in self.settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{}", before + index), key);
            command.env(format!("GIT_CONFIG_VALUE_{}", before + index), value);
        }
        command
            .env("GIT_CONFIG_COUNT", (before + self.settings.len()).to_string())
            .env("GIT_DIR", &self.folder)
            .env("GIT_INDEX_FILE", self.index())
            .env("LC_ALL", "C")
            // Nobody is there to be asked.
            .env("GIT_TERMINAL_PROMPT", "0")
            .envs(self.ssh.iter().map(|ssh| ("GIT_SSH_COMMAND", ssh)))
            .envs(self.login.iter().flat_map(Login::variables))
            .envs(variables.iter().copied())
            .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| missing(&error))?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Beside reading its output: either could fill up. A program that ends early says why itself.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(|error| Fault::fatal(format!("cannot run git: {error}")))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = [output.stdout, output.stderr].concat();
        Err(says::fault(&redacted(&String::from_utf8_lossy(&said))))
    }

    /// Runs git and gives the one line that it prints.
    pub(super) fn line(&self, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<String, Fault> {
        let output = self.run(arguments, input)?;
        Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
    }
}
