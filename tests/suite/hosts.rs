//! Sites for hosts → the files that hosts read, held against real servers and the hosts' own rules.

use crate::harness::{Run, Site, repository, tree};
use crate::preview::Reply;
use crate::rules::{self, Told};
use crate::server::{self, Server, redirect_pages};
use guidepost::config::Host;
use guidepost::day::Day;
use guidepost::outlines::Outlines;
use guidepost::path::Url;
use guidepost::project::{Project, Request};
use guidepost::site::Drafts;
use guidepost::site::host::{LONG, SHORT, object_redirects, table};
use guidepost::source::{Known, Sources};
use std::collections::BTreeMap;

const PAGES: [(&str, &str); 6] = [
    ("content/index.md", "---\ntitle: Home\n---\nSee [how to close](guides/close.md) and [sizes](größe.md).\n"),
    (
        "content/größe.md",
        "---\ntitle: Sizes\naliases: [/über-die-größe/, /size-(old).html, '/a.b+c$d/', /a%20b/]\n---\n![A picture](bild%20ü.png)\n",
    ),
    ("content/bild ü.png", "picture"),
    (
        "content/guides/close.md",
        "---\ntitle: Close your account\ntype: guide\nvariants: account\naliases: [/close/]\n---\nHow to.\n\n## What to do <!-- steps -->\n1. One.\n2. Two. <!-- for: agency -->\n",
    ),
    ("static/press/notes.txt", "notes"),
    ("static/press/kit/logo.txt", "logo"),
];

const SETTINGS: &str = "\
variants:
  account:
    title: Account
    options:
      - {id: client, title: Client}
      - {id: agency, title: Agency, aliases: [company]}
redirects:
  /moved/: /guides/close/client/#step-1
  /out.html: https://elsewhere.example/a%20b?x=1&y=$2#z
  /früher/: /größe/?a=1
headers:
  /*: {Permissions-Policy: 'camera=(), microphone=()'}
  /press/*: {X-Robots-Tag: noindex, Content-Security-Policy: frame-ancestors 'none'}
  /press/kit/*: {X-Robots-Tag: all}
  /größe/: {X-Note: '100% \"so\"'}
";

/// The site, below a path.
pub(crate) fn site(base: &str) -> Site {
    let site = Site::new();
    site.write("site.yaml", format!("title: Guides\nurl: https://example.org{base}\n{SETTINGS}"));
    for (path, text) in PAGES {
        site.write(path, text);
    }
    site
}

/// Headers of one answer: names, and values. `None` stands for a header that is not sent.
type Sent = Vec<(&'static str, Option<String>)>;

/// What a site sends for a few paths, on any host.
fn expected(base: &str, run: &Run) -> Vec<(String, Sent)> {
    let policy = |frames: &str| {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; media-src 'self' https:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
        )
    };
    let all = |frames: &str, cache: &str, robots: Option<&str>, note: Option<&str>| {
        vec![
            ("Content-Security-Policy", Some(policy(frames))),
            ("X-Content-Type-Options", Some("nosniff".to_owned())),
            ("Referrer-Policy", Some("strict-origin-when-cross-origin".to_owned())),
            ("Permissions-Policy", Some("camera=(), microphone=()".to_owned())),
            ("Cache-Control", Some(cache.to_owned())),
            ("X-Robots-Tag", robots.map(str::to_owned)),
            ("X-Note", note.map(str::to_owned)),
        ]
    };
    let (short, long) = ("public, max-age=0, must-revalidate", "public, max-age=31536000, immutable");
    let files = run.files();
    let style = files.iter().find(|name| name.starts_with("assets/theme.")).expect("the theme has a style sheet");
    let of = |path: &str| format!("{base}{path}");
    vec![
        (of(""), all("'self'", short, None, None)),
        (of("guides/close/client/"), all("'self'", short, None, None)),
        (of("gr%C3%B6%C3%9Fe/"), all("'self'", short, None, Some("100% \"so\""))),
        (of("bild%20%C3%BC.png"), all("'self'", short, None, None)),
        (of(style), all("'self'", long, None, None)),
        (of("press/notes.txt"), all("'none'", short, Some("noindex"), None)),
        (of("press/kit/logo.txt"), all("'none'", short, Some("all"), None)),
    ]
}

/// Where old addresses lead, as the pages of a host without rules say it.
fn moved(site: &Site, base: &str) -> Vec<(String, String)> {
    let run = site.run(["build", "--for", "any", "--out", "any"]);
    let found: Vec<(String, String)> = redirect_pages(run.out(), base).into_iter().collect();
    // Three settings, an option's old id, four aliases of a page, and three addresses of a guide's.
    assert_eq!(found.len(), 11, "{found:?}");
    found
}

pub(crate) fn serves_all(server: &Server, base: &str, run: &Run, site: &Site) {
    let (problems, count) = server.crawl(base);
    assert_eq!(problems, Vec::<String>::new());
    assert!(count > 10, "only {count} addresses were found");
    // A server may encode more than it must, and in lower case.
    let leads = |from: &str| server.leads(from).and_then(|to| guidepost::path::decode(&to));
    for (from, to) in moved(site, base) {
        let to = guidepost::path::decode(&to);
        assert_eq!(leads(&from), to, "{from}");
        if let Some(bare) = from.strip_suffix('/') {
            assert_eq!(leads(bare), to, "{bare}");
        }
        assert_eq!(server.get(&format!("{from}more")).status, 404, "{from}more");
    }
    let holds = |reply: &Reply, path: &str, headers: &[(&str, Option<String>)]| {
        for (name, value) in headers {
            assert_eq!(reply.header(name), value.as_deref(), "{name} of {path}: {}", reply.head);
            let lines = reply
                .head
                .lines()
                .filter(|line| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)));
            assert_eq!(lines.count(), usize::from(value.is_some()), "{name} of {path}: {}", reply.head);
        }
    };
    let all = expected(base, run);
    for (path, headers) in &all {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}");
        holds(&reply, path, headers);
    }
    let missing = server.get(&format!("{base}not/there/"));
    assert_eq!((missing.status, missing.text()), (404, run.file("404.html")));
    holds(&missing, "a page that is not there", &all[0].1);
}

#[test]
fn nginx_serves_a_site_by_its_snippet() {
    if !server::is_there("nginx", "/usr/sbin/nginx") {
        return;
    }
    for base in ["/", "/help%20me/"] {
        let site = site(base);
        let run = site.run(["build", "--for", "nginx"]);
        run.ok().has_no("moved/index.html").has_no(".htaccess");
        let server = server::nginx(run.out(), &guidepost::path::decode(base).expect("it is UTF-8"));
        serves_all(&server, base, &run, &site);
        assert_eq!(server.get(&format!("{base}nginx.conf")).status, 404);
    }
}

#[test]
fn apache_serves_a_site_by_its_htaccess() {
    if !server::is_there("apache2", "/usr/sbin/apache2") {
        return;
    }
    for base in ["/", "/help%20me/"] {
        let site = site(base);
        let run = site.run(["build", "--for", "apache"]);
        run.ok().has_no("moved/index.html").has_no("nginx.conf");
        let server = server::apache(run.out(), &guidepost::path::decode(base).expect("it is UTF-8"));
        serves_all(&server, base, &run, &site);
        assert_eq!(server.get(&format!("{base}.htaccess")).status, 403);
    }
}

#[test]
fn nginx_serves_our_own_site() {
    if !server::is_there("nginx", "/usr/sbin/nginx") {
        return;
    }
    let own = Site::empty();
    own.write("site.yaml", std::fs::read(repository("site.yaml")).expect("the repository's site has settings"));
    for folder in ["content", "static"] {
        for (name, bytes) in tree(&repository(folder)) {
            own.write(&format!("{folder}/{name}"), bytes);
        }
    }
    let run = own.run(["build", "--for", "nginx"]);
    let server = server::nginx(run.ok().out(), "/guidepost/");
    let (problems, count) = server.crawl("/guidepost/");
    assert_eq!(problems, Vec::<String>::new());
    assert!(count >= 50, "only {count} addresses were found");
    let any = own.run(["build", "--for", "any", "--out", "any"]);
    for (from, to) in redirect_pages(any.out(), "/guidepost/") {
        assert_eq!(server.leads(&from), Some(to), "{from}");
    }
}

/// Holds what a host is told against what a site without rules does, by the host's own rules.
fn is_told(host: Host, base: &str) {
    let site = site(base);
    let run = site.run(["build", "--strict", "--for", host.id()]);
    run.ok().has_no("moved/index.html");
    let told: Told = rules::read(host, run.out());
    for (from, to) in moved(&site, base) {
        assert_eq!(told.leads(&from).as_deref(), Some(&*to), "{host:?} {from}");
        assert_eq!(told.leads(&format!("{from}more")), None, "{host:?} {from}more");
        if let Some(bare) = from.strip_suffix('/') {
            assert_eq!(told.leads(bare).as_deref(), Some(&*to), "{host:?} {bare}");
        }
    }
    for (path, headers) in expected(base, &run) {
        for (name, value) in headers {
            assert_eq!(told.header(&path, name), value, "{host:?} {name} of {path}");
        }
        assert_eq!(told.leads(&path), None, "{host:?} {path}");
    }
}

#[test]
fn hosts_read_the_same_from_their_own_files() {
    for host in [Host::Netlify, Host::Cloudflare, Host::Vercel, Host::AzureSwa] {
        is_told(host, "/");
        is_told(host, "/help%20me/");
    }
}

#[test]
fn one_site_can_be_made_ready_for_several_hosts() {
    let site = site("/");
    let run = site.run(["build", "--for", "github", "--for", "netlify", "--for", "nginx"]);
    run.ok()
        .says("`headers` has no effect on GitHub Pages")
        .has("moved/index.html", "url=/guides/close/client/#step-1");
    run.has("_redirects", "/moved/ /guides/close/client/#step-1 301!").has("nginx.conf", "location = \"/moved\"");
    let run = site.run(["build", "--for", "cloudflare", "--for", "netlify"]);
    run.ok()
        .has_no("moved/index.html")
        .has_no("nginx.conf")
        .has("_redirects", "/moved /guides/close/client/#step-1 301\n");
    run.lacks("_headers", "! ");
    // A bucket's objects lead on by themselves, with the page for those who get them from elsewhere.
    site.run(["build", "--for", "s3"]).ok().has("moved/index.html", "url=/guides/").has_no("_redirects");
}

#[test]
fn what_is_above_a_hosts_limits_is_named_and_still_leads_on() {
    let site = Site::new();
    let many: String = (0..1_200).map(|at| format!("  /old-{at:04}/: /new/\n")).collect();
    site.write("site.yaml", format!("title: Guides\nurl: https://example.org/\nredirects:\n{many}"));
    site.write("content/new.md", "---\ntitle: New\n---\nText.\n");
    site.write("content/film.mp4", vec![0; 27_000_000]);
    let run = site.run(["build", "--for", "cloudflare"]);
    run.ok().says("Cloudflare Pages takes 1,000 of this site's 1,200 redirects").says("host/limit");
    run.says("Cloudflare Pages takes files of 25 MiB; `film.mp4` has 27 MB");
    run.has("_redirects", "/old-0999/ ").lacks("_redirects", "/old-1000/").has("old-1000/index.html", "url=/new/");
    assert_eq!(rules::read(Host::Cloudflare, run.out()).leads("/old-0999").as_deref(), Some("/new/"));
    let run = site.run(["build", "--for", "azure-swa"]);
    run.ok().says("Azure Static Web Apps takes ").has("old-1199/index.html", "url=/new/");
    rules::read(Host::AzureSwa, run.out());
    site.run(["build", "--strict", "--for", "nginx"]).ok();
    site.run(["build", "--strict", "--for", "cloudflare"]).fails(1);
}

#[test]
fn an_authors_own_file_of_rules_stays() {
    let site = site("/");
    site.write("static/_redirects", "/mine /yours 302\n");
    let run = site.run(["build", "--for", "netlify"]);
    run.ok().says("host/own-file").says("static/_redirects").says("site.yaml");
    assert_eq!(run.file("_redirects"), "/mine /yours 302\n");
    run.has("moved/index.html", "url=/guides/close/client/#step-1").has("_headers", "nosniff");
    // Nobody asks for that file here.
    site.run(["build", "--for", "vercel"]).ok().is_silent_about("host/own-file").has("_redirects", "/mine");
}

#[test]
fn headers_without_a_host_have_no_effect() {
    let site = site("/");
    site.run(["check"]).ok().says("`headers` has no effect: Guidepost does not know a host");
    let settings = |more: &str| {
        site.write("site.yaml", format!("title: Guides\nurl: https://example.org/\n{SETTINGS}{more}"));
        site.run(["check"])
    };
    settings("publish:\n  web: {to: folder, path: ../www}\n").ok().says("does not know a host");
    // A target of its own may be told, and a store keeps some.
    settings("publish:\n  web: {to: folder, path: ../www, host: nginx}\n").ok().is_silent_about("host/no-headers");
    for store in ["s3, bucket: help", "gcs, bucket: help", "azure, account: help, container: help"] {
        let run = settings(&format!("publish:\n  web: {{to: {store}}}\n"));
        run.ok().says("has no effect in an object store, which keeps `Cache-Control`").is_silent_about("does not know");
        let kept = Site::new();
        kept.write("content/index.md", "---\ntitle: Home\ntype: page\n---\n\nWelcome.\n");
        let headers = "headers:\n  /*: {cache-control: no-cache, Content-Language: en}\n";
        let target = format!("publish:\n  web: {{to: {store}}}\n");
        kept.write("site.yaml", format!("title: Guides\nurl: https://example.org/\n{headers}{target}"));
        kept.run(["check"]).ok().is_silent_about("host/no-headers");
    }
}

#[test]
fn a_change_of_rules_renders_nothing_but_rules() {
    let site = site("/");
    let build = || site.run(["build", "--verbose", "--verify", "--for", "nginx"]);
    build().ok();
    site.write("site.yaml", format!("title: Guides\nurl: https://example.org/\n{SETTINGS}  /b/: {{X-A: b}}\n"));
    let run = build();
    run.ok().has("nginx.conf", "X-A").says("1 changed").says("what hosts are told");
    let guide = std::fs::read_to_string(site.root().join("content/größe.md")).expect("it was written");
    site.write("content/größe.md", guide.replace("/a%20b/", "/a%20c/"));
    build().ok().has("nginx.conf", "location = \"/a c\"").lacks("nginx.conf", "/a b");
}

#[test]
fn a_bucket_is_given_what_leads_on_and_what_is_kept() {
    let site = site("/help/");
    let request = Request {
        root: site.root(),
        base_url: None,
        hosts: Some(vec![Host::S3]),
        drafts: Drafts::Hidden,
        today: Day { year: 2026, month: 8, day: 1 },
        now: jiff::Timestamp::now(),
        rendering: guidepost::project::Rendering::Quick,
    };
    let sources = Sources::read(&request.root, &Known::empty(), request.now).expect("the site can be read");
    let project = Project::open(&request, sources, &Outlines::empty(), &|_| {}).expect("the machine is in order");
    let built = &project.world().expect("the site has no errors").site;
    let objects: BTreeMap<String, String> = object_redirects(built).into_iter().collect();
    assert_eq!(objects.len(), 11);
    assert_eq!(objects["moved/index.html"], "/help/guides/close/client/#step-1");
    assert_eq!(objects["size-(old).html"], "/help/gr%C3%B6%C3%9Fe/");
    let cache = |url: &str| {
        let headers = table(built).headers_of(&Url::new(url));
        headers.into_iter().find(|(name, _)| name == "Cache-Control").map(|(_, value)| value)
    };
    let style =
        built.routes.all().iter().find(|(url, _)| url.as_str().ends_with(".css")).expect("there is a style sheet");
    assert_eq!(cache(style.0.as_str()).as_deref(), Some(LONG));
    assert_eq!(cache("/guides/close/").as_deref(), Some(SHORT));
}

#[test]
fn a_preview_leads_on_by_pages_whatever_the_host() {
    let site = site("/");
    let settings = format!("title: Guides\nurl: https://example.org/\nhost: netlify\n{SETTINGS}");
    site.write("site.yaml", settings);
    let preview = crate::preview::Preview::of(&site, &[]);
    let moved = preview.get("moved/");
    assert!(moved.text().contains("url=/guides/close/client/#step-1"), "{} {}", moved.head, moved.text());
    assert_eq!(preview.get("_redirects").status, 404);
}
