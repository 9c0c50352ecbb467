//! Stories of whole runs, each into a new folder; nothing outside of it is written.

use super::*;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A new folder in memory, if there is such a disk: these tests wait for the medium some thousand times.
fn quick_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A project to build from, with `public/` as its output folder.
pub(super) struct Project(TempDir);

impl Project {
    pub(super) fn new() -> Project {
        let project = Project(quick_folder());
        project.write("site.yaml", "title: T");
        project.write("content/index.md", "x");
        project
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    pub(super) fn open(&self) -> Output {
        open(self.0.path(), Path::new("public"), None, Wait::No).unwrap().unwrap()
    }

    pub(super) fn build(&self, site: &[(&str, &str)]) -> anyhow::Result<Written> {
        build(self.open(), site)
    }

    pub(super) fn tree(&self) -> BTreeMap<String, String> {
        tree(&self.path("public"))
    }
}

impl Output {
    /// Whether the file `name` is as the last finished run left it.
    pub(super) fn is_intact(&self, name: &str) -> bool {
        self.manifest.position(name).is_some_and(|at| self.intact()[at])
    }
}

pub(super) fn build(output: Output, site: &[(&str, &str)]) -> anyhow::Result<Written> {
    site.iter().try_for_each(|(name, text)| output.put(name, text.as_bytes()).map(drop))?;
    output.commit(Durable::No)
}

/// Every file below `folder` with its bytes, and every folder with a slash.
pub(super) fn tree(folder: &Path) -> BTreeMap<String, String> {
    walkdir::WalkDir::new(folder)
        .min_depth(1)
        .into_iter()
        .filter_map(Result::ok)
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().display().to_string();
            match entry.file_type().is_dir() {
                true => (name + "/", String::new()),
                false => (name, fs::read_to_string(entry.path()).unwrap_or_default()),
            }
        })
        .collect()
}

/// What a build of `site` into a new folder gives.
pub(super) fn clean_tree(site: &[(&str, &str)]) -> BTreeMap<String, String> {
    let project = Project::new();
    project.build(site).unwrap();
    project.tree()
}

pub(super) const SITE: [(&str, &str); 4] =
    [("index.html", "home"), ("a/index.html", "a"), ("assets/x.css", "css"), (".nojekyll", "")];

#[test]
fn a_first_build_writes_everything_and_a_manifest() {
    let project = Project::new();
    let written = project.build(&SITE).unwrap();
    assert_eq!(
        written.added.iter().map(|name| &**name).collect::<Vec<_>>(),
        [".nojekyll", "a/index.html", "assets/x.css", "index.html"]
    );
    let tree = project.tree();
    assert_eq!(
        tree.keys().collect::<Vec<_>>(),
        [".guidepost-manifest", ".nojekyll", "a/", "a/index.html", "assets/", "assets/x.css", "index.html"]
    );
    assert!(tree[".guidepost-manifest"].starts_with(&format!("guidepost manifest 1\n{}  .nojekyll\n", Hash::of(b""))));
}

#[test]
fn bytes_that_did_not_change_are_left_alone_with_or_without_a_record() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    let stamps = || SITE.map(|(name, _)| fs::metadata(project.path("public").join(name)).unwrap().modified().unwrap());
    let before = stamps();
    let manifest = fs::metadata(project.path("public/.guidepost-manifest")).unwrap().modified().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert_eq!(project.build(&SITE).unwrap(), Written { same: 4, ..Written::default() });
    crate::cache::remove(&project.path("")).unwrap();
    assert!(!project.open().is_intact("index.html"));
    assert_eq!(project.build(&SITE).unwrap().same, 4);
    assert!(project.open().is_intact("index.html"));
    assert_eq!(stamps(), before);
    assert_eq!(fs::metadata(project.path("public/.guidepost-manifest")).unwrap().modified().unwrap(), manifest);
}

#[test]
fn what_vanished_is_deleted_and_what_others_put_there_is_not() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    project.write("public/assets/mine.txt", "mine");
    let written = project.build(&[("index.html", "new")]).unwrap();
    assert_eq!(written.removed.len(), 3);
    assert_eq!(written.changed.len(), 1);
    let names: Vec<_> = project.tree().into_keys().collect();
    assert_eq!(names, [".guidepost-manifest", "assets/", "assets/mine.txt", "index.html"]);
}

#[test]
fn a_file_of_others_is_never_overwritten() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    project.write("public/CNAME", "mine");
    project.write("public/b/c.txt", "mine");
    project.write("public/d", "mine");
    for name in ["CNAME", "b", "d/index.html"] {
        let before = project.tree();
        let error = project.build(&[("index.html", "changed"), (name, "ours")]).unwrap_err().to_string();
        assert!(error.contains("is in the way"), "{error}");
        assert_eq!(project.tree(), before);
    }
}

#[test]
fn links_in_the_output_are_not_followed() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    project.write("elsewhere/index.html", "precious");
    project.write("elsewhere/page.html", "precious");
    fs::remove_file(project.path("public/a/index.html")).unwrap();
    fs::remove_dir(project.path("public/a")).unwrap();
    symlink("../elsewhere", project.path("public/a")).unwrap();
    fs::remove_file(project.path("public/index.html")).unwrap();
    symlink("../elsewhere/page.html", project.path("public/index.html")).unwrap();
    assert!(project.build(&[("index.html", "x"), ("a/index.html", "y")]).is_err());
    // A link in the place of a file of ours is replaced; one in the place of a folder of ours is left alone.
    project.build(&[("index.html", "x")]).unwrap();
    assert_eq!(fs::read_to_string(project.path("public/index.html")).unwrap(), "x");
    assert_eq!(fs::read_to_string(project.path("elsewhere/page.html")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(project.path("elsewhere/index.html")).unwrap(), "precious");
}

#[test]
fn what_was_changed_by_hand_heals() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    fs::remove_file(project.path("public/index.html")).unwrap();
    project.write("public/a/index.html", "b");
    let output = project.open();
    assert!(!output.is_intact("index.html") && !output.is_intact("a/index.html"));
    assert!(output.is_intact("assets/x.css") && !output.is_intact("no/such"));
    drop(output);
    assert_eq!(project.build(&SITE).unwrap().changed.len(), 2);
    assert_eq!(project.tree(), clean_tree(&SITE));
}

#[test]
fn a_run_without_commit_leaves_no_trace() {
    let project = Project::new();
    let output = open(&project.path(""), Path::new("deep/er/out"), None, Wait::No).unwrap().unwrap();
    output.put("index.html", b"x").unwrap();
    assert!(project.path("deep/er/out/.guidepost-stage/0").exists());
    drop(output);
    assert!(!project.path("deep").exists());
    project.build(&SITE).unwrap();
    let before = project.tree();
    let output = project.open();
    output.put("index.html", b"other").unwrap();
    drop(output);
    assert_eq!(project.tree(), before);
}

#[test]
fn files_and_folders_change_places() {
    let project = Project::new();
    let sites: [&[(&str, &str)]; 4] = [
        &[("a", "1"), ("b/x", "2"), ("b/y/z", "3"), ("Case/One.html", "4")],
        &[("a/deep/er", "5"), ("b", "6"), ("case/one.html", "7"), ("case/two.html", "8")],
        &[("a/deep", "9"), ("B/x", "10"), ("CASE", "11")],
        &[("a", "1")],
    ];
    for site in sites.iter().chain(sites.iter().rev()) {
        project.build(site).unwrap();
        assert_eq!(project.tree(), clean_tree(site));
    }
}

#[test]
fn what_blocks_a_name_is_removed_just_before() {
    let hash = Hash::of(b"");
    let stat = Stat::of(&fs::metadata("Cargo.toml").unwrap()).unwrap();
    let entry = |name: &str, slot| Entry { name: name.into(), hash, stat, slot: Some(slot) };
    let entries = [entry("guides/a.html", 0), entry("new.html", 1), entry("x/y.html", 2)];
    let names = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect::<Vec<Box<str>>>();
    let written =
        Written { removed: names(&["Guides/b.html", "Guidesmore", "New.html", "old.html", "x"]), ..Written::default() };
    let plan = commit::plan(&entries, &written);
    assert_eq!(plan.blocking, names(&["Guides/b.html", "New.html", "x"]));
    assert_eq!(plan.gone, names(&["Guidesmore", "old.html"]));
    assert_eq!((plan.moves.len(), plan.late.len()), (0, 3));
}

#[test]
fn names_that_lead_out_and_names_given_twice_are_errors() {
    let project = Project::new();
    for name in ["../x", "/x", "a/../x", "", "a//b", ".guidepost-manifest", "a\nb"] {
        assert!(project.open().put(name, b"").is_err(), "{name}");
        assert!(project.open().copy(name, Path::new("Cargo.toml"), Hash::default()).is_err(), "{name}");
    }
    assert!(project.build(&[("a", "1"), ("a", "2")]).unwrap_err().to_string().contains("two files"));
    assert!(project.build(&[("a", "1"), ("a/b", "2")]).unwrap_err().to_string().contains("a file and a folder"));
    assert!(!project.path("public").exists());
}

#[test]
fn a_copy_is_whole_or_torn() {
    let project = Project::new();
    let from = project.path("content/video.bin");
    let bytes = "0123456789".repeat(100_000);
    project.write("content/video.bin", &bytes);
    let run = |expected| {
        let output = project.open();
        let copied = output.copy("video.bin", &from, expected).unwrap();
        if copied == Copied::Whole {
            output.commit(Durable::Yes).unwrap();
        }
        copied
    };
    assert_eq!(run(Hash::of(b"other")), Copied::Torn);
    assert!(!project.path("public").exists());
    assert_eq!(run(Hash::of(bytes.as_bytes())), Copied::Whole);
    assert_eq!(project.tree()["video.bin"], bytes);
    // An intact copy is not read again, so that it may even be gone.
    fs::remove_file(&from).unwrap();
    assert_eq!(run(Hash::of(bytes.as_bytes())), Copied::Whole);
    assert_eq!(run(Hash::of(b"other")), Copied::Torn);
}

#[test]
fn of_two_builds_the_second_waits_or_says_so() {
    let project = Project::new();
    let first = project.open();
    first.put("index.html", b"first").unwrap();
    let again = open(&project.path(""), Path::new("public"), None, Wait::No).unwrap();
    assert!(matches!(again, Err(Refused::Locked)));
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let output = open(&project.path(""), Path::new("public"), None, Wait::Yes).unwrap().unwrap();
            output.manifest().get("index.html")
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        first.commit(Durable::No).unwrap();
        assert_eq!(second.join().unwrap(), Some(Hash::of(b"first")));
    });
    // Another folder is another matter.
    let _one = project.open();
    assert!(open(&project.path(""), Path::new("other"), None, Wait::No).unwrap().is_ok());
}

#[test]
fn a_project_that_cannot_keep_anything_builds_all_the_same() {
    let project = Project::new();
    project.write(".guidepost", "a file where the cache would be");
    let first = project.open();
    assert!(matches!(open(&project.path(""), Path::new("public"), None, Wait::No).unwrap(), Err(Refused::Locked)));
    build(first, &SITE).unwrap();
    assert_eq!(project.build(&SITE).unwrap().same, 4);
    assert_eq!(project.tree(), clean_tree(&SITE));
}

#[test]
fn two_projects_do_not_write_one_folder_at_a_time() {
    let (one, two) = (Project::new(), Project::new());
    let out = one.path("public");
    let first = one.open();
    first.put("index.html", b"one").unwrap();
    assert!(matches!(open(&two.path(""), &out, None, Wait::No).unwrap(), Err(Refused::Locked)));
    first.commit(Durable::No).unwrap();
    assert!(open(&two.path(""), &out, None, Wait::No).unwrap().is_ok());
}

#[test]
fn cleaning_removes_what_is_ours_and_nothing_else() {
    let project = Project::new();
    project.build(&SITE).unwrap();
    project.write("public/assets/mine.txt", "mine");
    let cleaned = clean(&project.path(""), Path::new("public"), None).unwrap().unwrap();
    assert_eq!((cleaned.removed, cleaned.has_others), (4, true));
    assert_eq!(project.tree().into_keys().collect::<Vec<_>>(), [".guidepost-manifest", "assets/", "assets/mine.txt"]);
    assert!(!project.path(".guidepost").exists());
    // It is a folder of ours still, in which nothing is ours.
    let again = clean(&project.path(""), Path::new("public"), None).unwrap().unwrap();
    assert_eq!((again.removed, again.has_others), (0, true));
    fs::remove_file(project.path("public/assets/mine.txt")).unwrap();
    fs::remove_dir(project.path("public/assets")).unwrap();
    project.build(&SITE).unwrap();
    assert!(!clean(&project.path(""), Path::new("public"), None).unwrap().unwrap().has_others);
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), 2, "only site.yaml and content are left");
    assert_eq!(clean(&project.path(""), Path::new("public"), None).unwrap().unwrap().removed, 0);
}
