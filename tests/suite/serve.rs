//! The preview: what it serves, to whom, and that what it serves is what is built.

use crate::harness::{Site, repository, tree};
use crate::preview::{PATIENCE, Preview};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What no answer may contain.
const SECRET: &str = "SECRET-THAT-IS-NOT-PUBLISHED";

/// How many random edits are made; `GUIDEPOST_EDITS=200 cargo test serve` makes more.
const EDITS: usize = 25;

fn page(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\n---\n\n{text}\n")
}

fn small() -> Site {
    let site = Site::new();
    site.write("content/index.md", page("Home", "Welcome."));
    site.write("content/a.md", page("First", "Text of the first. [Second](b.md)"));
    site.write("content/b.md", page("Second", "Text of the second."));
    site
}

#[test]
fn a_page_is_what_is_built_and_the_script() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let built = site.run(["build"]);
    for (name, bytes) in tree(built.ok().out()) {
        if !name.starts_with(".guidepost") {
            let reply = preview.get(name.strip_suffix("index.html").unwrap_or(&name));
            assert_eq!((reply.status, reply.built()), (200, bytes), "{name}");
        }
    }
    assert_eq!(preview.get("a/").text().matches("data-guidepost").count(), 1);
    assert_eq!(preview.get("404.html").status, 200);
    let missing = preview.get("nothing/here/");
    assert_eq!((missing.status, missing.built()), (404, built.file("404.html").into_bytes()));
    assert_eq!(preview.get("a").header("location"), Some("/a/"));
}

#[test]
fn a_site_below_a_path_is_served_below_it() {
    let site = small();
    site.write("site.yaml", "title: Guides\nurl: https://example.org/help/desk/\n");
    let preview = Preview::of(&site, &[]);
    assert_eq!(preview.base, "/help/desk/");
    assert!(preview.get("a/").text().contains("href=\"/help/desk/b/\""));
    let at = |path: &str| preview.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", preview.host)).unwrap();
    assert_eq!((at("/").status, at("/").header("location")), (302, Some("/help/desk/")));
    assert_eq!(at("/help/desk").header("location"), Some("/help/desk/"));
    assert_eq!(at("/a/").status, 404);
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\n");
    preview.until("../../a/", |_| at("/a/").status == 200);
}

#[test]
fn only_what_changed_is_told() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let (mut first, mut second) = (preview.tab("a/"), preview.tab("b/"));
    site.write("content/b.md", page("Second", "Other text."));
    let word = second.hears(PATIENCE).expect("its page changed");
    assert_ne!(word["version"], second.version.as_str());
    assert_eq!(first.hears(Duration::from_millis(300)), None);
    site.write("content/b.md", page("Renamed", "Other text."));
    assert!(second.hears(PATIENCE).is_some() && first.hears(PATIENCE).is_some(), "the title is in both menus");
    site.write("static/picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    preview.until("picture.svg", |reply| reply.status == 200);
    let mut third = preview.tab("a/");
    site.write("static/picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\"/>");
    assert_eq!(third.hears(PATIENCE).expect("a file changed")["files"][0], "/picture.svg");
}

#[test]
fn mistakes_are_shown_and_go_away() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let mut tab = preview.tab("a/");
    site.write("content/a.md", page("First", "[Gone](gone.md)"));
    let word = tab.hears(PATIENCE).expect("its page changed");
    let text = word["errors"][0].as_str().unwrap_or_default();
    let is_whole = text.starts_with("error[link/missing-page]") && text.contains("content/a.md:5:8");
    assert!(is_whole && text.contains("^^^"), "{word}");
    let checked = site.run(["check"]);
    assert!(checked.stderr().contains(text), "the overlay says\n{text}\nthe terminal\n{}", checked.stderr());
    site.write("content/a.md", page("First", "Mended."));
    let word = tab.hears(PATIENCE).expect("its page changed");
    assert_eq!(word["errors"].as_array().map(Vec::len), Some(0));
    assert!(preview.said().contains("link/missing-page"));

    let settings = "title: Guides\nurl: https://example.org/\n";
    site.write("site.yaml", format!("{settings}titel: x\n"));
    let word = tab.hears(PATIENCE).expect("the settings are broken");
    assert!(word["errors"][0].as_str().unwrap_or_default().contains("config/unknown-key"));
    assert_eq!(preview.get("b/").status, 200, "the last good site stays");
    site.write("content/b.md", page("Second", "Written meanwhile."));
    site.write("site.yaml", settings);
    preview.shows("b/", "Written meanwhile.");

    site.write("templates/page.html", "{% extends \"base.html\" %}{% block main %}{{");
    preview.until("b/", |_| preview.said().contains("template/syntax"));
    assert_eq!(preview.get("b/").status, 200, "the last good site stays");
    site.remove("templates/page.html");
    site.write(
        "templates/guide.html",
        "{% extends \"base.html\" %}{% block main %}{{ nothing.of_the_kind }}{% endblock %}",
    );
    let broken = preview.until("a/", |reply| reply.status == 500);
    assert!(broken.text().contains("template/render") && broken.text().contains("data-guidepost=\"500-"));
    site.remove("templates/guide.html");
    preview.until("a/", |reply| reply.status == 200 && reply.text().contains("Mended."));
}

#[test]
fn what_was_said_is_not_said_again() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let lines = || preview.said().lines().filter(|line| line.contains(" → ")).map(str::to_owned).collect::<Vec<_>>();
    let told = |count: usize, of: &str| {
        preview.until("b/", |_| lines().len() >= count);
        let (files, rest) = lines()[count - 1].split_once(", ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(rest.contains(" ms"), "{rest}");
        let found = rest.split_once(" ms").map_or("", |(_, found)| found);
        assert_eq!(format!("{files}{found}"), of);
    };
    // In one step: half a file would be an update of its own.
    let put = |path: &str, text: String| {
        site.write("new", text);
        std::fs::rename(site.root().join("new"), site.root().join(path)).expect("a test may do that");
    };
    preview.get("a/");
    put("content/a.md", page("First", "[Gone](gone.md)"));
    told(1, "content/a.md → 1 page, 1 error");
    put("content/b.md", page("Second", "Something else."));
    told(2, "content/b.md → 1 page, still 1 error");
    assert_eq!(preview.said().matches("error[link/missing-page]").count(), 1, "{}", preview.said());
    put("content/a.md", page("First", "[Gone](gone.md) and more."));
    told(3, "content/a.md → 1 page, 1 error");
    assert_eq!(preview.said().matches("error[link/missing-page]").count(), 2, "{}", preview.said());
    // What mends it is another file, and nobody asks for the page.
    put("content/gone.md", page("Gone", "Found."));
    preview.until("b/", |_| lines().len() >= 4);
    assert!(lines()[3].ends_with("no errors left"), "{:?}", lines());
    site.remove("site.yaml");
    preview.until("b/", |_| preview.said().contains("error[config/missing]: `site.yaml` is gone"));
    assert_eq!(preview.get("a/").status, 200, "the last good site stays");
}

#[test]
fn each_page_shows_its_own_mistakes() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let (mut first, mut second) = (preview.tab("a/"), preview.tab("b/"));
    site.write("content/a.md", "---\ntitle: First\ntitel: x\n---\n\nText.\n");
    let word = first.hears(PATIENCE).expect("its page has a mistake");
    assert!(word["errors"][0].as_str().is_some_and(|text| text.contains("front/unknown-key")), "{word}");
    assert_eq!(word["elsewhere"]["count"], 0);
    let word = second.hears(PATIENCE).expect("another page has a mistake");
    assert_eq!((word["errors"].as_array().map(Vec::len), &word["elsewhere"]["count"]), (Some(0), &1.into()), "{word}");
    assert!(word["elsewhere"]["texts"][0].as_str().is_some_and(|text| text.contains("content/a.md:3:1")), "{word}");
    site.write("content/a.md", page("First", "Mended."));
    assert_eq!(second.hears(PATIENCE).expect("it is mended")["elsewhere"]["count"], 0);
}

#[test]
fn the_address_that_is_printed_answers() {
    let site = small();
    for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
        let preview = Preview::of(&site, &["--host", host]);
        assert_eq!(preview.get("a/").status, 200, "{host}: {}", preview.said());
        let is_warned = preview.said().contains("warning: whoever can reach this machine can see the preview\n");
        assert_eq!(is_warned, host == "0.0.0.0", "{}", preview.said());
        if host == "127.0.0.1" {
            let port = preview.host.rsplit(':').next().unwrap_or_default();
            let taken = site.run(["serve", "--port", port]);
            taken.fails(2).says(&format!("error: port {port} is taken")).says("help: another preview may run there");
        }
    }
    site.run(["serve", "--host", "192.0.2.7"]).fails(2).says("cannot listen at 192.0.2.7").says("help: leave `--host`");
    site.run(["serve", "--dist=nowhere"]).fails(2).says("there is no built site in").says("help: build it first");
}

#[test]
fn a_site_that_was_never_good_is_waited_for() {
    let site = small();
    site.write("site.yaml", "title: [\n");
    let preview = Preview::of(&site, &[]);
    let broken = preview.get("");
    assert!(broken.status == 500 && broken.text().contains("config/"), "{}", broken.text());
    site.write("site.yaml", "title: Guides\nurl: https://example.org/\n");
    preview.shows("a/", "Text of the first.");
}

#[test]
fn a_page_that_moves_says_where_to() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let mut tab = preview.tab("a/");
    site.write("content/a.md", "---\ntitle: First\nslug: elsewhere\n---\n\nText.\n");
    let word = tab.hears(PATIENCE).expect("it moved");
    assert_eq!((&word["version"], &word["gone"]["to"]), (&"404".into(), &"/elsewhere/".into()));
    site.remove("content/a.md");
    let word = tab.hears(PATIENCE).expect("it is gone");
    assert!(word["gone"].is_object() && word["gone"]["to"].is_null(), "{word}");
}

#[test]
fn building_beside_a_preview_works() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    site.run(["build"]).ok();
    site.write("content/a.md", page("First", "Another text."));
    preview.shows("a/", "Another text.");
    site.run(["build", "--no-wait"]).ok().has("a/index.html", "Another text.");
    let written: Vec<_> = tree(&site.root()).into_keys().filter(|name| name.contains("ledger")).collect();
    site.run(["clean"]).ok();
    preview.shows("b/", "Text of the second.");
    assert!(tree(&site.root()).keys().all(|name| !name.starts_with(".guidepost/")), "{written:?}");
}

#[test]
fn a_built_folder_is_served_as_a_host_would() {
    let site = small();
    site.write("static/_redirects", "/old/* /a/:splat 302\n/gone https://example.com/\n");
    site.write("static/_headers", "/*\n  X-Frame-Options: DENY\n/a/\n  X-Own: yes\n");
    site.run(["build"]).ok();
    let preview = Preview::of(&site, &["--dist"]);
    let reply = preview.get("a/");
    assert_eq!((reply.status, reply.body), (200, site.run(["build"]).file("a/index.html").into_bytes()));
    assert_eq!((preview.get("a/").header("x-own"), preview.get("b/").header("x-own")), (Some("yes"), None));
    assert_eq!(preview.get("b/").header("x-frame-options"), Some("DENY"));
    assert_eq!((preview.get("a").status, preview.get("a").header("location")), (301, Some("/a/")));
    let old = preview.get("old/");
    assert_eq!((old.status, old.header("location")), (302, Some("/a/")));
    assert_eq!(preview.get("gone").header("location"), Some("https://example.com/"));
    let missing = preview.get("nothing");
    assert!(missing.status == 404 && missing.header("content-type") == Some("text/html; charset=utf-8"));
    for hidden in ["_headers", "_redirects", ".guidepost-manifest", ".guidepost/live"] {
        assert_eq!(preview.get(hidden).status, 404, "{hidden}");
    }
}

#[test]
fn only_reading_is_answered() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"] {
        let reply = preview.ask(&format!("{method} / HTTP/1.1\r\nHost: {}\r\n", preview.host));
        assert!(reply.as_ref().is_some_and(|reply| (400..500).contains(&reply.status)), "{method}: {reply:?}");
    }
    let head = preview.ask(&format!("HEAD /a/ HTTP/1.1\r\nHost: {}\r\n", preview.host)).unwrap();
    let get = preview.get("a/");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(get.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(get.header("cross-origin-resource-policy"), Some("same-origin"));
    assert!(!get.head.to_lowercase().contains("access-control"), "{}", get.head);
    let tag = get.header("etag").unwrap_or_default();
    let again = preview.ask(&format!("GET /a/ HTTP/1.1\r\nHost: {}\r\nIf-None-Match: {tag}\r\n", preview.host));
    assert_eq!(again.map(|reply| (reply.status, reply.body.len())), Some((304, 0)));
}

#[test]
fn hosts_that_are_not_ours_are_refused() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let port = preview.host.rsplit(':').next().unwrap_or_default().to_owned();
    let status = |hosts: &str| preview.ask(&format!("GET /a/ HTTP/1.1\r\n{hosts}")).map(|reply| reply.status);
    for ours in ["127.0.0.1", "localhost", "LocalHost", "[::1]", "127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}"]
    {
        let host = ours.replace("{port}", &port);
        assert_eq!(status(&format!("Host: {host}\r\n")), Some(200), "{host}");
    }
    let strangers = [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost.",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "[::ffff:127.0.0.1]",
        "[::]",
        "user@localhost",
        "localhost@evil.example",
        "localhost:{port}:1",
        "localhost:abc",
        "localhost:99999",
        "10.0.0.7",
        "ⅼocalhost",
        "localhost/a",
        "localhost, evil.example",
        "a.localhost.evil",
        "xn--lcalhost-9ya",
    ];
    for host in strangers {
        let host = host.replace("{port}", &port);
        let status = status(&format!("Host: {host}\r\n"));
        assert!(matches!(status, Some(400 | 403)), "{host}: {status:?}");
    }
    for odd in ["", "Host:\r\n", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nHost: evil.example\r\n"]
    {
        let status = status(odd);
        assert!(matches!(status, Some(400 | 403)), "{odd:?}: {status:?}");
    }
    let absolute = preview.ask("GET http://evil.example/a/ HTTP/1.1\r\nHost: localhost\r\n");
    assert_eq!(absolute.map(|reply| reply.status), Some(403));
}

#[test]
fn other_sites_may_link_and_no_more() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let status = |headers: &str| {
        preview.ask(&format!("GET /a/ HTTP/1.1\r\nHost: {}\r\n{headers}", preview.host)).map(|reply| reply.status)
    };
    assert_eq!(status("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"), Some(200));
    for mode in ["cors", "no-cors", "same-origin", "websocket"] {
        assert_eq!(status(&format!("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: {mode}\r\n")), Some(403), "{mode}");
    }
    assert_eq!(status("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n"), Some(200));
    assert_eq!(status("Origin: https://evil.example\r\n"), Some(200), "but without a header that would let it be read");
}

#[test]
fn only_our_own_pages_may_listen() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let port = preview.host.rsplit(':').next().unwrap_or_default().to_owned();
    let status = |origin: &str| {
        let key = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let head = format!("GET /.guidepost/live HTTP/1.1\r\nHost: {}\r\n{key}{origin}\r\n", preview.host);
        preview.send(head.as_bytes(), Duration::from_millis(300)).map(|reply| reply.status)
    };
    assert_eq!(status(&format!("Origin: http://{}\r\n", preview.host)), Some(101));
    let others = [
        "".to_owned(),
        "Origin: null\r\n".to_owned(),
        "Origin: http://evil.example\r\n".to_owned(),
        format!("Origin: https://{}\r\n", preview.host),
        format!("Origin: http://localhost:{port}\r\n"),
        "Origin: http://127.0.0.1\r\n".to_owned(),
        "Origin: http://127.0.0.1:1\r\n".to_owned(),
        format!("Origin: http://{}.evil.example\r\n", preview.host),
        format!("Origin: http://{}/\r\n", preview.host),
        format!("Origin: http://user@{}\r\n", preview.host),
        format!("Origin: http://{0}\r\nOrigin: http://{0}\r\n", preview.host),
    ];
    for origin in others {
        assert_eq!(status(&origin), Some(403), "{origin}");
    }
}

#[test]
fn nothing_outside_of_the_routes_can_be_read() {
    let site = small();
    site.write("content/_private/note.md", SECRET)
        .write("content/.env", SECRET)
        .write("templates/words/en.yaml", format!("# {SECRET}\n"));
    site.write("content/key.pem", SECRET).write(".guidepost/ledger", SECRET).write("../outside.txt", SECRET);
    site.write("content/upwork/index.md", page("Section", "Text."));
    let preview = Preview::of(&site, &[]);
    let targets = [
        "site.yaml",
        "content/a.md",
        "content/_private/note.md",
        "_private/note.md",
        "content/.env",
        ".env",
        "key.pem",
        "templates/words/en.yaml",
        ".guidepost/ledger",
        "outside.txt",
        "etc/passwd",
        "Cargo.toml",
        "windows/win.ini",
    ];
    let ups = [
        "",
        "../",
        "../../",
        "../../../../../../",
        "..%2f",
        "..%2F..%2f",
        "%2e%2e/",
        "%2E%2E/%2e%2e/",
        "%2e./",
        ".%2e/",
        "..\\",
        "..%5c",
        "..%5C..%5c",
        "%2e%2e%5c",
        "..%c0%af",
        "..%e0%80%af",
        "%252e%252e/",
        "%252e%252e%252f",
        "..;/",
        "..%00/",
        "%00/",
        "./",
        "/",
        "//",
        "///",
        "/./",
        "a/../",
        "upwork/../",
        "upwork/%2e%2e/",
        "a/..%2f",
        "C:/",
        "C:\\",
        "C:%5c",
        "c%3a/",
        "\\\\host\\share\\",
        "//host/share/",
        "file:///",
        "%u002e%u002e/",
        "..%ef%bc%8f",
        "%c0%ae%c0%ae/",
        "....//",
        "....\\/",
        "..././",
        ".../",
        "~/",
        "~root/",
        "%7e/",
        "..%09/",
        "..%20/",
        "%0a../",
        "..%0d%0a/",
        "*/",
        "static/../",
        "content/../",
        "content/",
        "templates/",
        "../site/",
        "../site/content/",
        "%2e%2e%2fsite%2f",
        "proc/self/cwd/",
        "../../proc/self/root/",
    ];
    let mut asked = 0;
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for up in ups {
        for target in targets {
            for request in [format!("/{up}{target}"), format!("/a/{up}{target}")] {
                let raw = format!("GET {request} HTTP/1.1\r\nHost: {}\r\n", preview.host);
                asked += 1;
                let Some(reply) = preview.ask(&raw) else { continue };
                *statuses.entry(reply.status).or_default() += 1;
                let text = reply.text();
                assert!(
                    !text.contains(SECRET) && !text.contains("root:x:") && !text.contains("title: "),
                    "{request}\n{text}"
                );
                assert!(matches!(reply.status, 400 | 403 | 404 | 302), "{request}: {}", reply.status);
            }
        }
    }
    for absolute in
        ["file:///etc/passwd", "http://127.0.0.1/../site.yaml", "//etc/passwd", "*", "etc/passwd", "\\etc\\passwd"]
    {
        let reply = preview.ask(&format!("GET {absolute} HTTP/1.1\r\nHost: {}\r\n", preview.host));
        assert!(reply.is_none_or(|reply| matches!(reply.status, 400 | 403 | 404)), "{absolute}");
    }
    assert!(asked >= 800, "{asked} requests, {statuses:?}");
    assert_eq!(preview.get("a/").status, 200);
}

#[test]
fn nonsense_is_survived() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let long = "x".repeat(1 << 20);
    let many = "X-A: b\r\n".repeat(5000);
    let nonsense = [
        "".to_owned(),
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET /\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\n Folded: x\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(),
        "GET /.guidepost/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            .to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost".to_owned(),
    ];
    for bytes in &nonsense {
        if let Some(reply) = preview.send(bytes.as_bytes(), Duration::from_millis(300)) {
            // The body of a GET is not read: whether its nonsense is seen before the answer is a matter of time.
            let unread = bytes.contains("chunked");
            assert!(reply.status >= 400 || unread, "{}: {}", &bytes[..bytes.len().min(60)], reply.head);
        }
    }
    assert_eq!(preview.get("a/").status, 200);
    let mut tab = preview.tab("a/");
    drop(preview.tab("b/"));
    assert_eq!(tab.hears(Duration::from_millis(50)), None);
    assert_eq!(preview.get("a/").status, 200);
}

#[test]
fn many_connections_at_once_are_answered() {
    let site = small();
    let preview = Preview::of(&site, &[]);
    let mut streams: Vec<TcpStream> = (0..256)
        .map(|_| {
            let mut stream = TcpStream::connect(&preview.host).expect("a connection");
            write!(stream, "GET /a/ HTTP/1.1\r\nHost: {}\r\n", preview.host).expect("half a request");
            stream
        })
        .collect();
    assert_eq!(preview.get("b/").status, 200, "while 256 others have not finished their requests");
    for stream in &mut streams {
        stream.write_all(b"Connection: close\r\n\r\n").expect("the other half");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// A small generator of numbers (xorshift64), the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

#[test]
fn after_any_edits_every_answer_is_what_is_built() {
    let site = Site::copied(&repository("src/starter"), &[]);
    let preview = Preview::of(&site, &[]);
    let edits = std::env::var("GUIDEPOST_EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(EDITS);
    let seed = std::env::var("GUIDEPOST_SEED").ok().and_then(|seed| seed.parse::<u64>().ok()).unwrap_or(0);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let settings = std::fs::read_to_string(site.root().join("site.yaml")).expect("the site has settings");
    for edit in 0..edits {
        let what = dice.below(10);
        let pages: Vec<String> =
            tree(&site.root().join("content")).into_keys().filter(|name| name.ends_with(".md")).collect();
        let chosen = format!("content/{}", pages[dice.below(pages.len())]);
        let old = std::fs::read_to_string(site.root().join(&chosen)).unwrap_or_default();
        match what {
            0..=2 => drop(site.write(&chosen, format!("{old}\nEdit number {edit}.\n"))),
            3 => drop(site.write(&chosen, old.replacen("title: ", &format!("title: {edit} "), 1))),
            4 => drop(
                site.write(&format!("content/guides/new-{}.md", dice.below(4)), page(&format!("New {edit}"), "Text.")),
            ),
            5 if chosen.contains("new-") => drop(site.remove(&chosen)),
            5 => drop(site.write(
                "content/guides/picture.svg",
                format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{edit}\" height=\"1\"/>"),
            )),
            6 => drop(site.write("site.yaml", settings.replacen("title: ", &format!("title: {edit} "), 1))),
            7 => drop(site.write("static/brand.css", format!(":root {{ --edit: {edit} }}\n"))),
            8 => drop(site.write("templates/partials/colophon.html", format!("<p>Edit {edit}</p>\n"))),
            _ => drop(site.write("content/_snippets/contact.md", format!("Write to us, for the {edit}th time.\n"))),
        }
        let built = site.run(["build", "--out", "../built"]);
        let files = tree(built.ok().out());
        for (name, bytes) in &files {
            if !name.starts_with(".guidepost") {
                let path = name.strip_suffix("index.html").unwrap_or(name);
                preview.until(path, |reply| reply.status == 200 && reply.built() == *bytes);
            }
        }
        if let Some(gone) = pages.iter().find(|name| !site.root().join("content").join(name).exists()) {
            let path = format!("{}/", gone.trim_end_matches(".md"));
            preview.until(&path, |reply| reply.status == 404);
        }
    }
}
