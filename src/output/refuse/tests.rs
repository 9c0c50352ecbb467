//! Every place that is refused → the words it is refused with; nothing there ever changes.

use super::Refused;
use crate::hash::Hash;
use crate::output::tests::{Project, SITE, build, tree};
use crate::output::{Wait, clean, open};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn refused(project: &Project, out: impl AsRef<Path>, home: Option<&Path>) -> String {
    let before = tree(&project.path(""));
    let result = open(&project.path(""), out.as_ref(), home, Wait::No).unwrap();
    let cleaning = clean(&project.path(""), out.as_ref(), home).unwrap();
    let without_cache: BTreeMap<_, _> =
        tree(&project.path("")).into_iter().filter(|(name, _)| !name.starts_with(".guidepost")).collect();
    let had: BTreeMap<_, _> = before.into_iter().filter(|(name, _)| !name.starts_with(".guidepost")).collect();
    assert_eq!(without_cache, had, "a refusal leaves everything as it was");
    match (result, cleaning) {
        (Err(Refused::Folder { message, help }), Err(_)) => {
            assert!(!help.is_empty());
            message
        }
        (other, _) => panic!("{} was not refused: {other:?}", out.as_ref().display()),
    }
}

#[track_caller]
fn assert_says(message: &str, words: &str) {
    assert!(message.contains(words), "{message}");
}

#[test]
fn the_root_of_the_file_system() {
    assert_says(&refused(&Project::new(), "/", None), "is the root of the file system");
    assert_says(&refused(&Project::new(), "../../../../../../../..", None), "is the root of the file system");
}

#[test]
fn the_project_and_what_contains_it() {
    let project = Project::new();
    assert_says(&refused(&project, ".", None), "is the project itself");
    assert_says(&refused(&project, "public/..", None), "is the project itself");
    assert_says(&refused(&project, "..", None), "contains the project");
    assert_says(&refused(&project, "new/../../", None), "contains the project");
}

#[test]
fn the_home_folder_and_what_contains_it() {
    let project = Project::new();
    let home = tempfile::tempdir().unwrap();
    let user = home.path().join("user");
    fs::create_dir(&user).unwrap();
    assert_says(&refused(&project, &user, Some(&user)), "is your home folder");
    assert_says(&refused(&project, home.path(), Some(&user)), "contains your home folder");
    assert!(open(&project.path(""), &user.join("site"), Some(&user), Wait::No).unwrap().is_ok());
}

#[test]
fn the_folders_that_hold_work() {
    let project = Project::new();
    for name in ["content", "templates", "static", "src", ".git", ".guidepost"] {
        assert_says(&refused(&project, name, None), &format!("is the project's `{name}/`"));
        let inner = format!("{name}/not/yet");
        assert_says(&refused(&project, inner, None), &format!("lies inside the project's `{name}/`"));
    }
    assert_says(&refused(&project, "elsewhere/.git/hooks", None), "lies inside a `.git` folder");
    assert_says(&refused(&project, "public/.guidepost-stage", None), "lies inside a `.guidepost-stage` folder");
}

#[test]
fn the_same_through_links() {
    let project = Project::new();
    symlink("content", project.path("innocent")).unwrap();
    symlink(".", project.path("here")).unwrap();
    project.write("real/static/a.css", "x");
    symlink("real/static", project.path("static")).unwrap();
    symlink("nowhere", project.path("dangling")).unwrap();
    assert_says(&refused(&project, "innocent", None), "is the project's `content/`");
    assert_says(&refused(&project, "innocent/new", None), "lies inside the project's `content/`");
    assert_says(&refused(&project, "here", None), "is the project itself");
    assert_says(&refused(&project, "here/here/content/x", None), "lies inside the project's `content/`");
    assert_says(&refused(&project, "real/static/x", None), "lies inside the project's `static/`");
    assert_says(&refused(&project, "real", None), "contains the project's `static/`");
    assert_says(&refused(&project, "dangling", None), "is a link that leads to nothing");
    assert_says(&refused(&project, "dangling/x", None), "is a link that leads to nothing");
    fs::create_dir(project.path("fine")).unwrap();
    symlink("fine", project.path("to-fine")).unwrap();
    assert!(open(&project.path(""), Path::new("to-fine"), None, Wait::No).unwrap().is_ok());
}

#[test]
fn folders_of_work_elsewhere_even_with_our_marker() {
    for work in [".git/HEAD", "Cargo.toml"] {
        let (project, other) = (Project::new(), tempfile::tempdir().unwrap());
        let out = other.path().join("out");
        build(open(&project.path(""), &out, None, Wait::No).unwrap().unwrap(), &SITE).unwrap();
        let deep = out.join("repository").join(work);
        fs::create_dir_all(deep.parent().unwrap()).unwrap();
        fs::write(&deep, "x").unwrap();
        assert_says(&refused(&project, &out, None), "contains somebody's work: `repository/` has a `");
        let near = out.join(work);
        fs::create_dir_all(near.parent().unwrap()).unwrap();
        fs::write(&near, "x").unwrap();
        assert_says(&refused(&project, &out, None), "it is somebody's work");
    }
}

#[test]
fn files_and_what_lies_below_them() {
    let project = Project::new();
    project.write("notes.txt", "x");
    assert_says(&refused(&project, "notes.txt", None), "is a file");
    assert_says(&refused(&project, "notes.txt/out", None), "cannot be made");
}

#[test]
fn folders_with_something_in_them() {
    let project = Project::new();
    project.write("public/holiday.jpg", "x");
    assert_says(
        &refused(&project, "public", None),
        "is not empty, and Guidepost did not write it: it has `holiday.jpg`",
    );
    project.write("dusty/.DS_Store", "x");
    assert!(open(&project.path(""), Path::new("dusty"), None, Wait::No).unwrap().is_ok());
}

#[test]
fn folders_whose_manifest_is_not_to_be_believed() {
    let project = Project::new();
    project.write("victim.txt", "precious");
    for text in
        ["", "guidepost manifest 1\nhello\n", &format!("guidepost manifest 1\n{}  ../victim.txt\n", Hash::of(b""))]
    {
        project.write("public/.guidepost-manifest", text);
        assert_says(&refused(&project, "public", None), "has a damaged `.guidepost-manifest`");
    }
    assert!(project.path("victim.txt").exists());
}
