//! A place in an object store, behind a door → the stories that every such place must pass, beside those of `kit`.

use super::kit::{self, Place};
use super::proxy::{Proxy, Trouble};
use crate::harness::{Site, TODAY};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A place in an object store.
pub(crate) trait Behind: Place {
    /// The door that our requests go through.
    fn door(&self) -> &Proxy;

    /// A header with which readers get the object.
    fn header(&self, key: &str, name: &str) -> Option<String>;
}

/// As many requests as there are changes, and four; one, if there is none; however many files the site has.
pub(crate) fn few_requests(place: &dyn Behind) {
    let site = kit::site(place);
    kit::publish(&site).ok();
    let first = place.door().requests();
    let files = place.files().len() - 1;
    let listings = first.iter().filter(|line| line.contains("list")).count();
    // State, beginning, trial of conditions, end; and the listing.
    assert_eq!(first.len(), files + 4 + listings, "{first:#?}");

    for number in 0..300 {
        for size in [1, 40] {
            site.write(&format!("static/files/{number}-{size}.txt"), format!("{number}").repeat(size));
        }
        if number == 0 {
            a_change_is_cheap(&site, place);
        }
    }
    kit::force(&site).ok();
    a_change_is_cheap(&site, place);
    assert!(place.files().len() > 600);
}

/// The same for the site as it is now: nothing, a change and a file that comes, and one that goes.
fn a_change_is_cheap(site: &Site, place: &dyn Behind) {
    kit::force(site).ok();
    place.door().requests();
    kit::publish(site).ok();
    let nothing = place.door().requests();
    assert_eq!(nothing.len(), 1, "{nothing:#?}");
    let only = guidepost::path::decode(&nothing[0]).expect("addresses are encoded");
    assert!(only.starts_with("GET ") && only.contains(".guidepost-release.json"), "{only}");
    for step in 0..3 {
        kit::page(site, "fees", "Fees", &format!("There are {step}."));
        match step {
            2 => drop(site.remove("content/0.csv").remove("content/1.csv")),
            _ => drop(site.write(&format!("content/{step}.csv"), "a,b\n")),
        }
        let run = kit::force(site);
        run.ok();
        let signs = ["  ~ ", "  + ", "  - "];
        let changes = run.stdout().lines().filter(|line| signs.iter().any(|sign| line.starts_with(sign))).count();
        let requests = place.door().requests();
        assert!((2..10).contains(&changes), "{run}");
        assert!(requests.len() <= changes + 4, "{changes} changes: {requests:#?}");
    }
}

/// Readers get what the settings say, and what suits each file. `redirects` is the header that leads on, if there is one.
pub(crate) fn has_headers(place: &dyn Behind, redirects: &str) {
    let site = kit::site(place);
    site.write("static/price-list.pdf", "%PDF");
    site.write("static/press/photo.jpg", "a photo");
    let settings = |more: &str| {
        let headers = format!(
            "host: s3\nheaders:\n  /*: {{Content-Language: en}}\n  /press/*: {{Cache-Control: no-store}}\n  \
             /price-list.pdf: {{Content-Disposition: attachment{more}}}\n"
        );
        kit::settings(&site, place, &headers);
    };
    settings("");
    site.write(
        "content/close.md",
        "---\ntitle: Close your account\ntype: page\naliases: [/goodbye/]\n---\n\nPress. See [fees](fees.md).\n",
    );
    kit::publish(&site).ok();
    kit::is_published(&site, place);
    let header = |key: &str, name: &str| place.header(key, name).unwrap_or_default();
    assert_eq!(header("index.html", "content-type"), "text/html; charset=utf-8");
    assert_eq!(header("index.html", "cache-control"), "public, max-age=0, must-revalidate");
    assert_eq!(header("index.html", "content-encoding"), "gzip");
    assert_eq!(header("index.html", "content-language"), "en");
    assert_eq!(header("price-list.pdf", "content-disposition"), "attachment");
    assert_eq!(header("price-list.pdf", "content-encoding"), "");
    assert_eq!(header("press/photo.jpg", "cache-control"), "no-store");
    assert_eq!(header("logo.png", "cache-control"), "public, max-age=3600");
    if !redirects.is_empty() {
        assert_eq!(header("goodbye/index.html", redirects), "/close/");
    }
    let styles = place.files().into_keys().find(|key| key.ends_with(".css")).expect("the theme has a style sheet");
    assert_eq!(header(&styles, "cache-control"), "public, max-age=31536000, immutable");

    settings(", Cache-Control: no-cache");
    let run = kit::publish(&site);
    run.ok();
    assert!(run.stdout().contains("0 added, 1 changed, 0 deleted"), "{run}");
    assert_eq!(header("price-list.pdf", "cache-control"), "no-cache");
}

/// A file of more than 32 MB is never in memory as a whole; somebody else's at its name stays. `part` is in the first
/// line of a request with a part of it.
pub(crate) fn takes_large_files(place: &dyn Behind, part: &str) {
    let site = kit::site(place);
    let size = (33 << 20) + 7;
    let bytes: Vec<u8> = (0..size).map(|at: u32| (at / 1000) as u8).collect();
    site.write("static/film.mp4", &bytes);
    kit::publish(&site).ok();
    let requests = place.door().requests();
    let parts = requests.iter().filter(|line| line.contains(part)).count();
    assert_eq!(parts, 3, "{requests:#?}");
    assert_eq!(place.header("film.mp4", "content-type").as_deref(), Some("video/mp4"));
    kit::is_published(&site, place);

    place.plant("talk.mp4", b"somebody else's");
    site.write("static/talk.mp4", &bytes);
    kit::publish(&site).fails(5).says("publish/foreign").says("talk.mp4");
    assert_eq!(place.files()["talk.mp4"], b"somebody else's");
}

/// Whatever happens to a request for a part, the file is there in the end, whole.
pub(crate) fn any_part_may_fail(place: &dyn Behind) {
    let site = kit::site(place);
    kit::force(&site).ok();
    let film = |step: usize| {
        let size = (33 << 20) + step as u32;
        site.write("static/film.mp4", (0..size).map(|at| (at / 999) as u8).collect::<Vec<u8>>());
    };
    // State, run, state of the object, beginning, three parts, end, and the list.
    for (step, trouble) in [Trouble::Busy, Trouble::Closed, Trouble::Unanswered].into_iter().enumerate() {
        for number in 2..8 {
            film(10 * step + number);
            place.door().fail(Some((number, trouble)));
            kit::force(&site).ok();
            assert!(place.door().requests().len() > 6);
            place.door().fail(None);
            kit::is_published(&site, place);
        }
    }
}

/// Two projects publish to one place at once: one of two may leave with a clear word, and what is there is whole.
pub(crate) fn two_at_once(place: &dyn Behind, count: usize) {
    let sites = [kit::site(place), kit::site(place)];
    for step in 0..count {
        for (site, name) in sites.iter().zip(["first", "second"]) {
            kit::page(site, "fees", "Fees", &format!("{name} {step}"));
            for number in 0..30 {
                site.write(&format!("static/files/{number}.txt"), format!("{name} {number} {step}"));
            }
        }
        let start = |site: &Site| {
            let arguments = ["publish", "--yes", "--allow-deletions", "--allow-fewer-pages", "--allow-lost-addresses"];
            let mut command = site.command("");
            command.args(arguments).args(["--as-of", TODAY]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started")
        };
        let children = sites.each_ref().map(start);
        let runs = children.map(|child| child.wait_with_output().expect("it ends"));
        let codes = runs.each_ref().map(|run| run.status.code().expect("it ends by itself"));
        assert!(codes.contains(&0), "one of both is done: {runs:#?}");
        for (code, run) in codes.iter().zip(&runs) {
            let said = String::from_utf8_lossy(&run.stderr);
            // Whoever plans while the other one begins finds another state than that of its plan.
            let is_clear = match code {
                0 => true,
                4 => said.contains("another run is publishing"),
                5 => said.contains("publish/stale-plan"),
                _ => false,
            };
            assert!(is_clear, "{code}: {said}");
        }
        let last = &sites[step % 2];
        kit::force(last).ok();
        kit::is_published(last, place);
    }
}

/// Whatever happens to the request of each number, the run ends well or the next one does. A silence lasts, so that only
/// every so many requests meet one.
pub(crate) fn any_request_may_fail(place: &dyn Behind, silences: usize) {
    let site = kit::site(place);
    kit::publish(&site).ok();
    let mut step = 0;
    let mut change = || {
        step += 1;
        kit::page(&site, "fees", "Fees", &format!("There are {step}."));
        let (come, go) = (format!("content/{step}.csv"), format!("content/{}.csv", step - 1));
        site.write(&come, format!("a,{step}\n"));
        if site.root().join(&go).exists() {
            site.remove(&go);
        }
    };
    change();
    place.door().requests();
    kit::force(&site).ok();
    change();
    kit::force(&site).ok();
    let usual = place.door().requests().len() / 2;
    assert!(usual >= 6, "{usual}");
    let troubles =
        [Trouble::Busy, Trouble::Throttled, Trouble::Closed, Trouble::Unanswered, Trouble::Broken, Trouble::Silent];
    for trouble in troubles {
        let every = if trouble == Trouble::Silent { silences } else { 1 };
        for number in (0..usual).step_by(every) {
            change();
            place.door().fail(Some((number, trouble)));
            let started = Instant::now();
            let run = kit::force(&site);
            if [Trouble::Busy, Trouble::Throttled].contains(&trouble) {
                // As long as the server asks for.
                assert!(started.elapsed() >= Duration::from_secs(1), "{number}: {run}");
            }
            if trouble == Trouble::Broken {
                // Before anything was changed, and after.
                run.fails(if number < 2 { 2 } else { 6 }).says("Pay your bill");
            } else {
                run.ok();
            }
            place.door().fail(None);
            kit::force(&site).ok();
            kit::is_published(&site, place);
        }
    }
}
