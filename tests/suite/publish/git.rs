//! A bare repository → what `publish` pushes to a branch of it; the author's repository stays as it is.

use super::kit::{self, Place};
use crate::harness::{Site, tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(super) struct Branch {
    folder: TempDir,
    more: &'static str,
    prefix: &'static str,
}

impl Branch {
    pub(super) fn new() -> Branch {
        Branch::with("", "")
    }

    fn with(prefix: &'static str, more: &'static str) -> Branch {
        let branch = Branch { folder: tempfile::tempdir().expect("a temporary folder"), more, prefix };
        git(branch.folder.path(), &["init", "--quiet", "--bare", "remote.git"]);
        branch
    }

    pub(super) fn remote(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.remote(), arguments)
    }

    fn tip(&self) -> String {
        self.git(&["rev-parse", "pages"])
    }

    pub(super) fn exists(&self) -> bool {
        !self.git(&["branch", "--list", "pages"]).is_empty()
    }
}

impl Place for Branch {
    fn yaml(&self) -> String {
        let folder = if self.prefix.is_empty() { String::new() } else { format!("    prefix: {}\n", self.prefix) };
        format!("    to: git\n    remote: {}\n    branch: pages\n{folder}{}", self.remote().display(), self.more)
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        if !self.exists() {
            return BTreeMap::new();
        }
        let copy = tempfile::tempdir().expect("a temporary folder");
        let to = format!("--work-tree={}", copy.path().display());
        let index = copy.path().join("index-of-the-copy");
        let done = command(&self.remote())
            .env("GIT_INDEX_FILE", &index)
            .args([&*to, "checkout", "--quiet", "--force", "pages", "--", "."])
            .status();
        assert!(done.expect("git can be started").success());
        fs::remove_file(index).expect("the index is there");
        let prefix = format!("{}/", self.prefix.trim_matches('/'));
        let files = tree(copy.path()).into_iter();
        if self.prefix.is_empty() {
            files.collect()
        } else {
            files.filter_map(|(name, bytes)| Some((name.strip_prefix(&prefix)?.to_owned(), bytes))).collect()
        }
    }

    fn prints(&self) -> BTreeMap<String, String> {
        if !self.exists() {
            return BTreeMap::new();
        }
        let lines = self.git(&["-c", "core.quotePath=off", "ls-tree", "-r", "pages"]);
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let lines = lines.lines().filter_map(|line| line.split_once('\t'));
        lines.filter_map(|(print, name)| Some((name.strip_prefix(&prefix)?.to_owned(), print.to_owned()))).collect()
    }

    fn answer(&self, key: &str) -> Option<Vec<u8>> {
        let name = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        let output = command(&self.remote()).args(["show", &format!("pages:{name}")]).output();
        Some(output.expect("git can be started")).filter(|output| output.status.success()).map(|output| output.stdout)
    }

    fn plant(&self, key: &str, bytes: &[u8]) {
        let prefix = self.prefix.trim_matches('/');
        let name = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}/{key}") };
        push(self, &[(&name, Some(bytes))]);
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command
}

#[track_caller]
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder).args(arguments).output().expect("git can be started");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Somebody pushes these files to the branch.
fn push(branch: &Branch, files: &[(&str, Option<&[u8]>)]) {
    let clone = tempfile::tempdir().expect("a temporary folder");
    let at = clone.path();
    git(at, &["init", "--quiet", "-b", "pages"]);
    git(at, &["remote", "add", "origin", &branch.remote().display().to_string()]);
    if branch.exists() {
        git(at, &["pull", "--quiet", "origin", "pages"]);
    }
    for (name, bytes) in files {
        let path = at.join(name);
        match bytes {
            Some(bytes) => {
                fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
                fs::write(path, bytes).expect("files can be written");
            }
            None => fs::remove_file(path).expect("it is there"),
        }
    }
    git(at, &["add", "-A"]);
    git(at, &["-c", "user.name=Someone", "-c", "user.email=s@example.org", "commit", "--quiet", "-m", "By hand"]);
    git(at, &["push", "--quiet", "origin", "pages"]);
}

#[test]
fn only_what_changed_is_pushed() {
    kit::publishes_what_changed(&Branch::new());
}

#[test]
fn a_folder_of_a_branch_is_enough() {
    let branch = Branch::with("docs/help", "");
    push(&branch, &[("README.md", Some(b"about"))]);
    kit::publishes_what_changed(&branch);
    assert_eq!(branch.git(&["show", "pages:README.md"]), "about");
}

#[test]
fn all_files_can_be_put_again() {
    kit::puts_all_again(&Branch::new());
}

#[test]
fn foreign_files_stay() {
    kit::leaves_what_is_not_ours(&Branch::new());
}

#[test]
fn a_reviewed_plan_is_followed() {
    kit::follows_a_reviewed_plan(&Branch::new());
}

#[test]
fn random_edits_are_pushed() {
    kit::random_publishes(&Branch::new(), kit::cases(6), kit::seed());
}

#[cfg(unix)]
#[test]
fn a_killed_run_does_no_harm() {
    kit::survives_kills(&Branch::new(), kit::cases(3), kit::seed());
}

/// The site lies in a repository of its own, whose remote is meant by name.
pub(super) fn in_a_repository(branch: &Branch) -> Site {
    let site = kit::site(branch);
    let target = "    to: git\n    branch: pages\n";
    site.write("site.yaml", format!("title: Guides\nurl: https://example.org/\npublish:\n  web:\n{target}"));
    let root = site.root();
    git(&root, &["init", "--quiet", "-b", "main"]);
    git(&root, &["remote", "add", "origin", &branch.remote().display().to_string()]);
    git(&root, &["config", "user.name", "An Author"]);
    git(&root, &["config", "user.email", "author@example.org"]);
    git(&root, &["add", "site.yaml"]);
    site
}

#[test]
fn the_authors_repository_stays_as_it_is() {
    let branch = Branch::new();
    let site = in_a_repository(&branch);
    let before = tree(&site.root().join(".git"));
    kit::publish(&site).ok();
    assert_eq!(tree(&site.root().join(".git")), before);
    assert_eq!(branch.git(&["log", "-1", "--format=%an <%ae>", "pages"]), "An Author <author@example.org>");
    assert!(branch.git(&["log", "-1", "--format=%B", "pages"]).contains("Guidepost-Release: "));
}

#[test]
fn each_release_is_a_commit_upon_what_was_there() {
    let branch = Branch::new();
    push(&branch, &[("README.md", Some(b"about"))]);
    let first = branch.tip();
    let site = kit::site(&branch);
    kit::publish(&site).ok();
    assert_eq!(branch.git(&["rev-parse", "pages^"]), first);
    kit::publish(&site).ok();
    assert_eq!(branch.git(&["rev-list", "--count", "pages"]), "2", "nothing to do is no commit");
    push(&branch, &[("README.md", Some(b"more about"))]);
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).ok();
    assert_eq!(branch.git(&["rev-list", "--count", "pages"]), "4");
    assert_eq!(branch.git(&["show", "pages:README.md"]), "more about");
    assert_eq!(branch.git(&["log", "-1", "--format=%an", "pages"]), "Guidepost", "nobody is known here");
}

#[test]
fn the_same_release_at_the_same_time_is_the_same_commit() {
    let commit = || {
        let branch = Branch::new();
        let mut site = kit::site(&branch);
        site.env("SOURCE_DATE_EPOCH", "1785542400");
        kit::publish(&site).ok();
        branch.tip()
    };
    assert_eq!(commit(), commit());
}

#[test]
fn the_last_release_can_be_taken_back() {
    let branch = Branch::new();
    let site = kit::site(&branch);
    site.run(["publish", "--rollback", "--yes"]).fails(2).says("no earlier release");
    kit::publish(&site).ok();
    site.run(["publish", "--rollback", "--yes"]).fails(2).says("the first that Guidepost put there");
    let first = branch.files();
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::page(&site, "more", "More", "And more.");
    kit::publish(&site).ok();
    let second = branch.files();
    push(&branch, &[("README.md", Some(b"about"))]);
    site.run(["publish", "--rollback", "--yes"]).ok().says("Rolled back");
    let mut there = branch.files();
    assert_eq!(there.remove("README.md").as_deref(), Some(&b"about"[..]), "what is not ours is as it is now");
    assert_eq!(there, first);
    assert_eq!(branch.git(&["rev-list", "--count", "pages"]), "4", "history is kept");
    site.run(["publish", "--rollback", "--yes"]).ok();
    let mut there = branch.files();
    there.remove("README.md");
    assert_eq!(there, second, "and forth again");
    assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
    // A machine that has never seen the branch.
    let elsewhere = kit::site(&branch);
    elsewhere.run(["publish", "--rollback", "--yes"]).ok();
    assert!(!branch.files().contains_key("more/index.html"));
}

#[test]
fn a_branch_without_history_keeps_one_release_beside_it() {
    let branch = Branch::with("", "    history: squash\n");
    let site = kit::site(&branch);
    kit::publish(&site).ok();
    let first = branch.files();
    kit::page(&site, "fees", "Fees", "There are some.");
    kit::publish(&site).ok();
    assert_eq!(branch.git(&["rev-list", "--count", "pages"]), "1");
    assert_eq!(branch.git(&["rev-list", "--count", "refs/guidepost/pages"]), "1");
    site.run(["publish", "--rollback", "--yes"]).ok();
    assert_eq!(branch.files(), first);
}

#[test]
fn a_domain_is_kept_or_written() {
    let branch = Branch::new();
    push(&branch, &[("CNAME", Some(b"help.example.org"))]);
    let site = kit::site(&branch);
    kit::publish(&site).ok();
    assert_eq!(branch.git(&["show", "pages:CNAME"]), "help.example.org");
    let named = Branch::with("", "    cname: help.example.org\n");
    push(&named, &[("CNAME", Some(b"help.example.org\n"))]);
    let site = kit::site(&named);
    kit::publish(&site).ok();
    kit::is_published(&site, &named);
    assert_eq!(named.git(&["show", "pages:CNAME"]), "help.example.org");
    assert!(named.files().contains_key(".nojekyll"));
    // Where a folder of the branch is what is published, it is looked for in there; one beside is somebody else's.
    let docs = Branch::with("docs", "    cname: help.example.org\n");
    push(&docs, &[("CNAME", Some(b"other.example.org"))]);
    let site = kit::site(&docs);
    kit::publish(&site).ok();
    kit::is_published(&site, &docs);
    assert_eq!(docs.git(&["show", "pages:docs/CNAME"]), "help.example.org");
    assert_eq!(docs.git(&["show", "pages:CNAME"]), "other.example.org");
    assert!(docs.files().contains_key(".nojekyll"));
    let other = Branch::with("", "    cname: other.example.org\n");
    push(&other, &[("CNAME", Some(b"help.example.org"))]);
    kit::publish(&kit::site(&other)).fails(5).says("publish/foreign").says("CNAME");
}

#[test]
fn of_two_publishers_none_is_lost_without_a_word() {
    kit::serves_two_publishers(&Branch::new());
}

#[cfg(unix)]
#[test]
fn whoever_pushed_meanwhile_wins() {
    use std::os::unix::fs::PermissionsExt;
    let branch = Branch::new();
    let site = kit::site(&branch);
    kit::publish(&site).ok();
    let hook = branch.remote().join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().expect("it lies in a folder")).expect("folders can be made");
    // Somebody else's commit arrives while ours is on its way.
    let script = "#!/bin/sh\nunset GIT_QUARANTINE_PATH\nold=$(git rev-parse pages)\n\
        new=$(git -c user.name=a -c user.email=a@b.c commit-tree -p $old -m x $old^{tree})\n\
        rm -f hooks/pre-receive\ngit update-ref refs/heads/pages $new\n";
    fs::write(&hook, script).expect("files can be written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("files can be made programs");
    kit::page(&site, "fees", "Fees", "There are some.");
    let run = kit::publish(&site);
    run.fails(5).says("publish/stale-plan").says("somebody else has published");
    assert_eq!(branch.git(&["log", "-1", "--format=%s", "pages"]), "x");
    kit::publish(&site).ok();
    kit::is_published(&site, &branch);
}

#[cfg(unix)]
#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let branch = Branch::new();
    let site = in_a_repository(&branch);
    site.write("site.yaml", "title: T\nurl: https://e.org/\npublish:\n  web: {to: git, remote: orign}\n");
    kit::publish(&site).fails(2).says("no remote `orign`").says("the remotes are `origin`");
    site.write("site.yaml", "title: T\nurl: https://e.org/\npublish:\n  web: {to: git, remote: ../gone.git}\n");
    kit::publish(&site).fails(2).says("does not appear to be a git repository").says("correct `remote`");
    kit::settings(&site, &branch, "");
    let hook = branch.remote().join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().expect("it lies in a folder")).expect("folders can be made");
    fs::write(&hook, "#!/bin/sh\necho this branch is protected >&2\nexit 1\n").expect("files can be written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("files can be made programs");
    kit::publish(&site).fails(2).says("this branch is protected").says("a rule of its own refuses");
    assert!(!branch.exists());
}

#[test]
fn secrets_in_an_address_are_not_shown() {
    let branch = Branch::new();
    let site = in_a_repository(&branch);
    let root = site.root();
    git(&root, &["remote", "set-url", "origin", "http://someone:hunter2@127.0.0.1:9/help.git"]);
    // Port 9 is closed: git says so at once, and again at each try.
    git(&root, &["config", "http.proxy", ""]);
    let run = site.run(["publish", "--plan"]);
    run.fails(2).is_silent_about("hunter2").says("127.0.0.1:9");
    assert!(!run.stdout().contains("hunter2"));
    kit::settings(&site, &branch, "");
    site.write(
        "site.yaml",
        "title: T\nurl: https://e.org/\npublish:\n  web: {to: git, remote: 'https://someone:hunter2@e.org/a.git'}\n",
    );
    site.run(["publish", "--plan"]).fails(1).says("config/secret").says("site.yaml:4:").is_silent_about("hunter2");
}

#[test]
fn cleaning_forgets_the_repository_in_the_cache() {
    let branch = Branch::with("", "    cname: help.example.org\n");
    let site = kit::site(&branch);
    kit::publish(&site).ok();
    site.run(["clean"]).ok();
    assert!(!site.root().join(".guidepost").exists(), "{:#?}", tree(&site.root().join(".guidepost")).keys());
    assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
}
