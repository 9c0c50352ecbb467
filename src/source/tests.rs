//! Small projects → what is read of them; nothing outside of their folders is touched.

use super::*;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A moment far enough ahead that no file is too young for it.
fn later() -> jiff::Timestamp {
    jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60)
}

struct Project(TempDir);

impl Project {
    fn new(files: &[(&str, &[u8])]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        project.write("site.yaml", b"title: T\n");
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let disk = self.0.path().join(path);
        fs::create_dir_all(disk.parent().unwrap()).unwrap();
        fs::write(disk, bytes).unwrap();
    }

    fn link(&self, target: &str, path: &str) {
        let disk = self.0.path().join(path);
        fs::create_dir_all(disk.parent().unwrap()).unwrap();
        symlink(target, disk).unwrap();
    }

    fn read(&self) -> Sources {
        self.read_after(&Known::empty())
    }

    fn read_after(&self, known: &Known) -> Sources {
        Sources::read(self.0.path(), known, later()).unwrap()
    }
}

fn own(sources: &Sources) -> Vec<(&str, Role)> {
    sources.files().iter().filter(|f| f.origin == Origin::Site).map(|f| (f.path.as_str(), f.role)).collect()
}

fn notes(sources: &Sources) -> Vec<(Code, String)> {
    sources.notes().iter().map(|note| (note.code, note.message.clone())).collect()
}

#[test]
fn every_file_has_its_role_and_the_order_is_that_of_bytes() {
    let project = Project::new(&[
        ("content/b/index.md", b"x"),
        ("content/b-c/x.PNG", b"x"),
        ("content/_snippets/contact.md", b"x"),
        ("content/_snippets/pic.png", b"x"),
        ("content/a/_note.md", b"x"),
        ("content/.well-known/x.txt", b"x"),
        ("static/_headers", b"x"),
        ("templates/_parts.html", b"x"),
        ("elsewhere.md", b"x"),
    ]);
    let sources = project.read();
    assert_eq!(
        own(&sources),
        [
            ("content/.well-known/x.txt", Role::Asset),
            ("content/_snippets/contact.md", Role::Snippet),
            ("content/a/_note.md", Role::Snippet),
            ("content/b-c/x.PNG", Role::Asset),
            ("content/b/index.md", Role::Page),
            ("site.yaml", Role::Settings),
            ("static/_headers", Role::Static),
            ("templates/_parts.html", Role::Template),
        ]
    );
    assert_eq!(sources.skipped(), [(SitePath::new("content/_snippets/pic.png"), Skip::Underscore)]);
    assert_eq!(notes(&sources), []);
}

#[test]
fn secrets_and_leftovers_are_never_files_of_the_site() {
    let project = Project::new(&[
        ("content/.env", b"x"),
        ("content/.git/config", b"x"),
        ("content/.git/HEAD", b"x"),
        ("static/.env.production", b"x"),
        ("static/tls.pem", b"x"),
        ("static/id_rsa", b"x"),
        ("content/a.md~", b"x"),
        ("content/.hidden.md", b"x"),
        ("content/sub/.well-known/x", b"x"),
        ("content/_private/server.key", b"x"),
    ]);
    project.link("../secret.key", "static/innocent.txt");
    project.write("secret.key", b"x");
    let sources = project.read();
    assert_eq!(own(&sources), [("site.yaml", Role::Settings)]);
    let skipped: Vec<_> = sources.skipped().iter().map(|(path, skip)| (path.as_str(), *skip)).collect();
    assert_eq!(
        skipped,
        [
            ("content/.env", Skip::Secret),
            ("content/.git", Skip::Secret),
            ("content/.hidden.md", Skip::Dotfile),
            ("content/_private/server.key", Skip::Secret),
            ("content/a.md~", Skip::EditorTemporary),
            ("content/sub/.well-known", Skip::Dotfile),
            ("static/.env.production", Skip::Secret),
            ("static/id_rsa", Skip::Secret),
            ("static/innocent.txt", Skip::Secret),
            ("static/tls.pem", Skip::Secret),
        ]
    );
}

#[test]
fn links_stay_inside_and_circles_end() {
    let project = Project::new(&[("content/a.md", b"a"), ("content/real/b.md", b"b"), ("shared/pic.png", b"p")]);
    project.link("a.md", "content/same.md");
    project.link("../shared", "content/shared");
    project.link("/etc/hostname", "content/host.md");
    project.link("/", "content/everything");
    project.link("..", "content/real/up");
    project.link("../..", "content/real/root");
    project.link("loop2", "content/loop1");
    project.link("loop1", "content/loop2");
    project.link("nowhere.md", "content/dangling.md");
    let sources = project.read();
    let names: Vec<_> = own(&sources).into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["content/a.md", "content/real/b.md", "content/same.md", "content/shared/pic.png", "site.yaml"]);
    assert_eq!(sources.text("content/same.md"), Some("a"));
    let found: Vec<_> = sources.notes().iter().map(|note| (note.place.path.as_str(), note.code)).collect();
    assert_eq!(
        found,
        [
            ("content/dangling.md", Code::ReadFailed),
            ("content/everything", Code::ReadEscapes),
            ("content/host.md", Code::ReadEscapes),
            ("content/loop1", Code::ReadEscapes),
            ("content/loop2", Code::ReadEscapes),
            ("content/real/root", Code::ReadEscapes),
            ("content/real/up", Code::ReadEscapes),
        ]
    );
    assert_eq!(
        sources.notes()[2].message,
        "the symbolic link `content/host.md` leads out of the project: /etc/hostname"
    );
}

#[test]
fn a_content_folder_outside_the_project_is_refused_whole() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.md"), "x").unwrap();
    let project = Project::new(&[]);
    project.link(outside.path().to_str().unwrap(), "content");
    let sources = project.read();
    assert_eq!(own(&sources), [("site.yaml", Role::Settings)]);
    assert_eq!(sources.notes()[0].code, Code::ReadEscapes);
    assert_eq!(sources.notes()[0].place.path.as_str(), "content");
}

#[test]
fn text_in_another_encoding_is_named_with_its_place_and_the_cure() {
    let project = Project::new(&[
        ("content/latin.md", b"one\ntwo caf\xE9\n"),
        ("content/wide.md", b"\xFF\xFEa\0b\0"),
        ("content/bare.md", b"a\0b\0c\0\xFC\0"),
        ("content/bom.md", b"\xEF\xBB\xBFhello"),
        ("static/old.html", b"caf\xE9"),
        ("static/theme/site.css", b"\xE9"),
    ]);
    let sources = project.read();
    let at = |path: &str| sources.notes().iter().find(|note| note.place.path.as_str() == path).unwrap();
    let latin = at("content/latin.md");
    assert_eq!(latin.message, "`content/latin.md` is not UTF-8: the byte 0xE9 in line 2, column 8 means nothing");
    assert_eq!(latin.place.span, (11..12).into());
    assert!(latin.help.as_ref().unwrap().contains("iconv -f windows-1252 -t utf-8 content/latin.md"));
    assert!(at("content/wide.md").help.as_ref().unwrap().contains("iconv -f utf-16 "));
    assert!(at("content/bare.md").help.as_ref().unwrap().contains("utf-16le"));
    assert_eq!(at("static/theme/site.css").code, Code::ReadNotUtf8);
    assert_eq!(sources.notes().len(), 4);
    assert_eq!(sources.text("content/bom.md"), Some("\u{FEFF}hello"));
    assert_eq!(sources.text("static/old.html"), None);
    assert_eq!(sources.bytes("static/old.html"), Some(&b"caf\xE9"[..]));
    assert_eq!(sources.torn(), None);
    // What is wrong once is read again, so that it is reported again.
    assert_eq!(project.read_after(&sources.known()).notes().len(), 4);
}

#[test]
fn a_huge_text_is_not_read_and_a_huge_asset_is() {
    let project = Project::new(&[("content/a.md", b"x")]);
    for path in ["content/huge.md", "content/video.bin"] {
        fs::File::create(project.0.path().join(path)).unwrap().set_len(100 << 20).unwrap();
    }
    let sources = project.read();
    assert_eq!(
        notes(&sources),
        [(Code::ReadTooLarge, "`content/huge.md` has 100 MB; a text file has at most 16 MB".to_owned())]
    );
    assert_eq!(sources.text("content/huge.md"), None);
    assert_eq!(sources.bytes("content/video.bin"), None);
    assert_eq!(sources.head("content/video.bin", 3), Some(vec![0, 0, 0]));
    assert_eq!(sources.torn(), None);
}

#[test]
fn names_that_are_not_utf8_and_things_that_are_no_files_are_reported() {
    let project = Project::new(&[("content/a.md", b"x"), ("content/line\nbreak.md", b"x")]);
    let odd = project.0.path().join("content").join(std::ffi::OsStr::from_bytes(b"caf\xE9.md"));
    fs::write(odd, "x").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(project.0.path().join("content/socket.md")).unwrap();
    let sources = project.read();
    let codes: Vec<_> = sources.notes().iter().map(|note| note.code).collect();
    assert_eq!(codes, [Code::ReadName, Code::ReadName, Code::ReadFailed]);
    assert_eq!(own(&sources).len(), 2);
}

#[test]
fn what_is_known_is_not_opened_and_what_is_young_is() {
    let project = Project::new(&[("content/a.md", b"one"), ("static/pic.bin", b"two")]);
    let first = project.read();
    let known = first.known();
    assert_eq!(project.read_after(&known).get("content/a.md").unwrap().hash, Hash::of(b"one"));

    // The same stamp and other bytes: only a test can do that, by changing what is known.
    let forged = Known {
        files: known
            .files
            .iter()
            .cloned()
            .map(|(path, stamp, size, _)| (path, stamp, size, Hash::of(b"forged")))
            .collect(),
        ..known.clone()
    };
    let trusting = project.read_after(&forged);
    assert_eq!(trusting.get("content/a.md").unwrap().hash, Hash::of(b"forged"));
    assert_eq!(trusting.text("content/a.md"), None);
    assert_eq!(trusting.torn().unwrap().as_str(), "content/a.md");
    let young = Known { taken: known.taken - 61_000_000_000, ..forged };
    assert_eq!(project.read_after(&young).get("content/a.md").unwrap().hash, Hash::of(b"one"));

    // Written anew with the old time and size: the time of change tells.
    let disk = project.0.path().join("content/a.md");
    let before = fs::metadata(&disk).unwrap().modified().unwrap();
    fs::write(&disk, "eno").unwrap();
    fs::File::options().write(true).open(&disk).unwrap().set_modified(before).unwrap();
    assert_eq!(project.read_after(&known).get("content/a.md").unwrap().hash, Hash::of(b"eno"));
}

#[test]
fn a_file_that_changes_while_the_site_is_built_tears_the_sources() {
    let project = Project::new(&[("content/a.md", b"one"), ("content/b.md", b"two"), ("content/p.png", b"pic")]);
    let known = project.read().known();
    let sources = project.read_after(&known);
    project.write("content/a.md", b"new");
    project.write("content/p.png", b"longer");
    assert_eq!(sources.text("content/b.md"), Some("two"));
    assert_eq!(sources.torn(), None);
    assert_eq!(sources.head("content/p.png", 10), None);
    assert_eq!(sources.text("content/a.md"), None);
    assert_eq!(sources.torn().unwrap().as_str(), "content/p.png");
}

#[test]
fn known_survives_a_file() {
    let known = Project::new(&[("content/a.md", b"one")]).read().known();
    let bytes = postcard::to_stdvec(&known).unwrap();
    assert_eq!(postcard::from_bytes::<Known>(&bytes).unwrap(), known);
}

#[test]
fn the_site_stands_over_the_theme_file_by_file() {
    let bare = Project::new(&[]).read();
    let theme: Vec<String> = bare.theme_paths().map(str::to_owned).collect();
    for path in &theme {
        assert_eq!(bare.get(path).unwrap().origin, Origin::Theme);
        let project = Project::new(&[(path, b"mine")]);
        let sources = project.read();
        assert_eq!(sources.text(path).or_else(|| sources.bytes(path).map(|_| "mine")), Some("mine"));
        assert_eq!(sources.get(path).unwrap().origin, Origin::Site);
        assert_eq!(sources.theme_text(path), bare.text(path));
        assert_eq!(sources.files().iter().filter(|file| file.path.as_str() == path).count(), 1);
    }
}

#[test]
fn the_root_is_found_from_below() {
    let project = Project::new(&[("content/a/b.md", b"x")]);
    assert_eq!(find_root(&project.0.path().join("content/a")), Some(project.0.path().to_path_buf()));
    assert_eq!(find_root(tempfile::tempdir().unwrap().path()), None);
}
