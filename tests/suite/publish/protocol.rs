//! A target in memory that goes wrong at any request → what is there then, and after the next run.

use super::kit::STATE;
use guidepost::config::store::Compress;
use guidepost::hash::Hash;
use guidepost::publish::apply::{Applied, Job, apply};
use guidepost::publish::journal::Journal;
use guidepost::publish::objects::{Fault, Keeps, Names, Object, Objects, Over, Time, Version};
use guidepost::publish::plan::{Identity, Plan, Put, What};
use guidepost::publish::release::{File, Kind, Page, Release};
use guidepost::publish::retry::Patience;
use guidepost::publish::run::TakeOver;
use guidepost::publish::state::State;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It is refused for good; those after it are not.
    Refused,
    /// The server is busy for a moment.
    Busy,
    /// It is done, but the answer is lost.
    AnswerLost,
    /// The publisher is dead before it.
    DeadBefore,
    /// The publisher is dead after it: the request is done.
    DeadAfter,
}

const ALL_WRONG: [Wrong; 5] = [Wrong::Refused, Wrong::Busy, Wrong::AnswerLost, Wrong::DeadBefore, Wrong::DeadAfter];

pub(super) type Objs = BTreeMap<String, Vec<u8>>;

#[derive(Default)]
pub(super) struct Memory {
    objects: Mutex<Objs>,
    pub(super) requests: AtomicUsize,
    pub(super) deletions: AtomicUsize,
    dead: AtomicBool,
    wrong: Option<(usize, Wrong)>,
    at_once: usize,
    names: Option<Names>,
    /// The releases before and after: what must hold at each request.
    between: Option<(Objs, Objs)>,
}

impl Memory {
    pub(super) fn with(objects: Objs) -> Memory {
        Memory { objects: Mutex::new(objects), at_once: 1, ..Memory::default() }
    }

    pub(super) fn objects(&self) -> Objs {
        self.objects.lock().expect("no thread panicked with it").clone()
    }

    /// Makes a request, with whatever goes wrong.
    fn request<T>(&self, work: impl FnOnce(&mut Objs) -> Result<T, Fault>) -> Result<T, Fault> {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let wrong = self.wrong.filter(|(at, _)| *at == number).map(|(_, wrong)| wrong);
        if self.dead.load(Ordering::SeqCst) || wrong == Some(Wrong::DeadBefore) {
            self.dead.store(true, Ordering::SeqCst);
            return Err(Fault::fatal("dead"));
        }
        match wrong {
            Some(Wrong::Refused) => return Err(Fault::fatal("refused")),
            Some(Wrong::Busy) => return Err(Fault::passing("busy")),
            _ => {}
        }
        let mut objects = self.objects.lock().expect("no thread panicked with it");
        let answer = work(&mut objects);
        self.holds(&objects, number);
        match wrong {
            Some(Wrong::AnswerLost) => Err(Fault::passing("no answer")),
            Some(Wrong::DeadAfter) => {
                self.dead.store(true, Ordering::SeqCst);
                Err(Fault::fatal("dead"))
            }
            _ => answer,
        }
    }

    /// Every page of the old release is there, old or new, until the new release is there as a whole.
    fn holds(&self, objects: &Objs, number: usize) {
        let Some((old, new)) = &self.between else { return };
        if new.iter().all(|(key, bytes)| objects.get(key) == Some(bytes)) {
            return;
        }
        for (key, bytes) in old {
            let there = objects.get(key);
            assert!(
                there == Some(bytes) || there.is_some() && there == new.get(key),
                "{key} is neither old nor new after request {number}"
            );
        }
    }
}

fn version(bytes: &[u8]) -> Version {
    Version(Hash::of(bytes).to_string())
}

impl Objects for Memory {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn at_once(&self) -> usize {
        self.at_once
    }

    fn keeps(&self) -> Keeps {
        Keeps::Headers(Compress::None)
    }

    fn names(&self) -> Names {
        self.names.unwrap_or(Names::Flat)
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        self.request(|objects| {
            Ok(objects.get(key).map(|bytes| {
                let version = version(bytes);
                (bytes.clone(), version)
            }))
        })
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        self.request(|objects| {
            if objects.get(key).map(|bytes| version(bytes)).as_ref() != expected {
                return Err(Fault::Conflict);
            }
            objects.insert(key.to_owned(), bytes.to_vec());
            Ok(version(bytes))
        })
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        let bytes = fs::read(&object.file).expect("the release is there");
        self.request(|objects| {
            if over == Over::Nothing && objects.contains_key(&object.key) {
                return Err(Fault::Occupied(object.key.clone()));
            }
            objects.insert(object.key.clone(), bytes);
            Ok(())
        })
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        self.deletions.fetch_add(1, Ordering::SeqCst);
        self.request(|objects| {
            objects.remove(key);
            Ok(())
        })
    }

    fn occupied(&self, _: &[&str], _: Time) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }
}

/// Releases, whose files lie in a temporary folder.
pub(super) struct Studio(TempDir);

impl Studio {
    pub(super) fn new() -> Studio {
        Studio(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(super) fn release(&self, files: &[(&str, &str)]) -> Release {
        let mut release = Release { title: "Guides".into(), ..Release::default() };
        for (key, text) in files {
            let at = self.0.path().join(Hash::of(format!("{key}\n{text}").as_bytes()).to_string());
            fs::write(&at, text).expect("the temporary folder can be written");
            let page = key.ends_with(".html").then(|| Page { title: key.to_string(), source: None });
            let kind = match *key {
                "index.html" => Kind::Index,
                "feed.xml" => Kind::Feed,
                _ if page.is_some() => Kind::Page,
                _ if key.starts_with("assets/") => Kind::Fingerprinted,
                _ => Kind::Asset,
            };
            let file = File {
                hash: Hash::of(text.as_bytes()),
                size: text.len() as u64,
                kind,
                page,
                redirect: None,
                headers: Vec::new(),
                at,
            };
            release.files.insert(key.to_string(), file);
        }
        release
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.0.path().join("journal")
    }
}

const FOREIGN: (&str, &str) = ("notes/mine.txt", "somebody's");

const OLD: [(&str, &str); 7] = [
    ("a/index.html", "a1"),
    ("assets/theme.11111111.css", "css1"),
    ("b/index.html", "b"),
    ("c/index.html", "c1"),
    ("feed.xml", "f1"),
    ("gone.png", "png"),
    ("index.html", "i1"),
];

const NEW: [(&str, &str); 7] = [
    ("a/index.html", "a2"),
    ("assets/theme.22222222.css", "css2"),
    ("b/index.html", "b"),
    ("d/index.html", "d"),
    ("feed.xml", "f2"),
    ("index.html", "i2"),
    ("new.png", "png"),
];

fn objects(files: &[(&str, &str)]) -> Objs {
    files.iter().map(|(key, text)| (key.to_string(), text.as_bytes().to_vec())).collect()
}

/// Reads, plans and applies, as `publish` does. The clock shows `now`.
fn publish(memory: &Memory, release: &Release, journal: &Journal, now: i64) -> Result<Applied, Fault> {
    publish_by(memory, release, journal, &|| now)
}

/// Reads, plans and applies by this clock.
pub(super) fn publish_by(
    memory: &Memory,
    release: &Release,
    journal: &Journal,
    now: &(dyn Fn() -> i64 + Sync),
) -> Result<Applied, Fault> {
    let read = Patience::NONE.call(|_| memory.read(STATE))?;
    let before = read.map(|(text, version)| (State::parse(&text).expect("the state is ours"), version));
    let known = before.as_ref().map(|(state, _)| state);
    let next = State::of(release, Keeps::Headers(Compress::None), known.unwrap_or(&State::empty()))
        .expect("the release is there");
    let url = "https://e.org/".to_owned();
    let target = Identity { name: "web".into(), to: "memory".into(), place: "memory".into(), url };
    let plan = Plan::new(target, known, &next, release, journal, Put::Changes);
    if plan.is_empty() {
        return Ok(Applied::Done);
    }
    apply(&Job {
        target: memory,
        plan: &plan,
        release,
        before: before.as_ref(),
        next: &next,
        journal,
        patience: Patience::NONE,
        take_over: TakeOver::IfDead,
        now,
        listen: &|_| (),
    })
}

/// A target with the old release and something that is not ours.
fn with_old(studio: &Studio) -> Objs {
    let memory = Memory::with(objects(&[FOREIGN]));
    assert!(matches!(publish(&memory, &studio.release(&OLD), &Journal::none(), 0), Ok(Applied::Done)));
    memory.objects()
}

/// Holds if the target has the release, what is not ours, and nothing else.
#[track_caller]
fn is_there(memory: &Memory, files: &[(&str, &str)], what: &str) {
    let mut there = memory.objects();
    let text = there.remove(STATE).expect("there is a state");
    let state = State::parse(&text).expect("the state is ours");
    assert_eq!(state.run, None, "{what}");
    assert!(state.files.keys().map(String::as_str).eq(files.iter().map(|(key, _)| *key)), "{what}");
    assert_eq!(there.remove(FOREIGN.0).as_deref(), Some(FOREIGN.1.as_bytes()), "{what}");
    assert_eq!(there, objects(files), "{what}");
}

#[test]
fn a_change_costs_no_more_requests_than_it_must() {
    let studio = Studio::new();
    let memory = Memory::with(with_old(&studio));
    let run = |memory: &Memory, files: &[(&str, &str)]| {
        let before = memory.requests.load(Ordering::SeqCst);
        assert!(matches!(publish(memory, &studio.release(files), &Journal::none(), 0), Ok(Applied::Done)));
        memory.requests.load(Ordering::SeqCst) - before
    };
    assert_eq!(run(&memory, &OLD), 1, "nothing to do is to read the state");
    // Four changed, three added, four deleted; the state is read, and swapped three times.
    assert_eq!(run(&memory, &NEW), 3 + 3 + 3 + 4);
    is_there(&memory, &NEW, "after both");
    let mut edited = NEW;
    edited[0].1 = "a3";
    assert_eq!(run(&memory, &edited), 1 + 3, "one change and no deletion");
    let studio_of_many = Studio::new();
    let names: Vec<String> = (0..500).map(|number| format!("p/{number}.html")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "text")).collect();
    let memory = Memory { at_once: 16, ..Memory::with(Objs::new()) };
    assert!(matches!(publish(&memory, &studio_of_many.release(&many), &Journal::none(), 0), Ok(Applied::Done)));
    assert_eq!(memory.requests.load(Ordering::SeqCst), 500 + 3);
}

#[test]
fn whatever_goes_wrong_the_old_release_answers_and_the_next_run_ends() {
    for first in [true, false] {
        for names in [Names::Flat, Names::Tree] {
            for wrong in ALL_WRONG {
                let mut reached = 0;
                for at in 0.. {
                    let studio = Studio::new();
                    let start = if first { objects(&[FOREIGN]) } else { with_old(&studio) };
                    if !goes_wrong(&studio, start, names, at, wrong, first) {
                        break;
                    }
                    reached = at + 1;
                }
                assert!(reached >= if first { 10 } else { 13 }, "{wrong:?}: {reached} requests");
            }
        }
    }
}

/// Publishes the new release with a request that goes wrong; whether there was such a request.
fn goes_wrong(studio: &Studio, start: Objs, names: Names, at: usize, wrong: Wrong, first: bool) -> bool {
    let what = format!("{wrong:?} at request {at}, {names:?}, first: {first}");
    let new = studio.release(&NEW);
    let old = if first { Objs::new() } else { objects(&OLD) };
    let between = Some((old.clone(), objects(&NEW)));
    let mut memory = Memory { wrong: Some((at, wrong)), names: Some(names), between, ..Memory::with(start) };
    let journal = Journal::read(studio.journal(), "memory");
    let applied = publish(&memory, &new, &journal, 100);
    if memory.requests.load(Ordering::SeqCst) <= at {
        assert!(matches!(applied, Ok(Applied::Done)), "{what}: {applied:?}");
        is_there(&memory, &NEW, &what);
        return false;
    }
    if [Wrong::Busy, Wrong::AnswerLost].contains(&wrong) {
        assert!(matches!(applied, Ok(Applied::Done)), "{what}: {applied:?}");
        is_there(&memory, &NEW, &what);
        return true;
    }
    assert!(matches!(applied, Err(_) | Ok(Applied::Incomplete { .. })), "{what}: {applied:?}");
    if memory.deletions.load(Ordering::SeqCst) > 0 {
        let there = memory.objects();
        assert!(objects(&NEW).iter().all(|(key, bytes)| there.get(key) == Some(bytes)), "{what}: deleted too early");
    }
    // Somebody elsewhere finds a run that may be alive, as long as its time has not run out.
    (memory.wrong, memory.dead) = (None, AtomicBool::new(false));
    let left = State::parse(memory.objects().get(STATE).unwrap_or(&State::empty().text())).expect("the state is ours");
    let elsewhere = Memory::with(memory.objects());
    let busy = publish(&elsewhere, &new, &Journal::none(), 160);
    let over = left.run.is_none();
    let alive = left.run.is_some_and(|run| run.alive == 100);
    assert_eq!(alive, matches!(busy, Ok(Applied::Busy(60))), "{what}: {busy:?}");
    assert!(alive || over || wrong == Wrong::Refused, "{what}: who is dead says nothing of it");
    // Later, it goes on.
    assert!(matches!(publish(&elsewhere, &new, &Journal::none(), 100 + 901), Ok(Applied::Done)), "{what}");
    is_there(&elsewhere, &NEW, &what);
    // So may a third release, or the old one.
    let back = Memory::with(memory.objects());
    let old = studio.release(&OLD);
    assert!(matches!(publish(&back, &old, &Journal::none(), 100 + 901), Ok(Applied::Done)), "{what}");
    is_there(&back, &OLD, &what);
    // Whoever was cut off goes on at once, and puts nothing again that was confirmed.
    let puts = confirmed(&memory, &new, studio);
    let before = memory.requests.load(Ordering::SeqCst);
    let journal = Journal::read(studio.journal(), "memory");
    assert!(matches!(publish(&memory, &new, &journal, 101), Ok(Applied::Done)), "{what}");
    is_there(&memory, &NEW, &what);
    let requests = memory.requests.load(Ordering::SeqCst) - before;
    // The one put whose answer never came is asked for and repeated; what may be deleted is asked for first.
    let deletions = OLD.iter().filter(|(key, _)| NEW.iter().all(|(new, _)| new != key)).count();
    assert!(requests <= 4 + puts + 2 + deletions, "{what}: {requests} requests for {puts} changes");
    // If only the answer to the last request was missing, there is nothing to do, and the journal is of no run.
    assert_eq!(studio.journal().exists(), over && requests == 1, "{what}");
    true
}

/// How many changes are left to whoever was cut off.
fn confirmed(memory: &Memory, release: &Release, studio: &Studio) -> usize {
    let text = memory.objects().get(STATE).cloned();
    let state = text.map(|text| State::parse(&text).expect("the state is ours"));
    let next = State::of(release, Keeps::Headers(Compress::None), state.as_ref().unwrap_or(&State::empty()))
        .expect("the release is there");
    let journal = Journal::read(studio.journal(), "memory");
    let url = String::new();
    let target = Identity { name: String::new(), to: String::new(), place: String::new(), url };
    Plan::new(target, state.as_ref(), &next, release, &journal, Put::Changes).changes.len()
}

#[test]
fn what_was_confirmed_is_not_put_again() {
    let studio = Studio::new();
    let names: Vec<String> = (0..100).map(|number| format!("p/{number}.html")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "text")).collect();
    let release = studio.release(&many);
    let mut memory = Memory { wrong: Some((60, Wrong::DeadAfter)), ..Memory::with(Objs::new()) };
    let journal = Journal::read(studio.journal(), "memory");
    assert!(matches!(publish(&memory, &release, &journal, 0), Ok(Applied::Incomplete { done: 58, .. })));
    (memory.wrong, memory.dead) = (None, AtomicBool::new(false));
    memory.requests = AtomicUsize::new(0);
    let journal = Journal::read(studio.journal(), "memory");
    assert!(matches!(publish(&memory, &release, &journal, 1), Ok(Applied::Done)));
    // The one put of which no answer came finds something there, is told that it is ours, and is made again.
    assert_eq!(memory.requests.load(Ordering::SeqCst), 42 + 2 + 3);
}

#[test]
fn of_two_publishers_one_gives_way() {
    let studio = Studio::new();
    let (new, other) = (studio.release(&NEW), studio.release(&[("index.html", "other"), ("x/index.html", "x")]));
    let start = with_old(&studio);
    for at in 0..14 {
        let outcome = Mutex::new(None);
        let second = Memory::with(start.clone());
        let first = Memory::with(Objs::new());
        // The second runs from its beginning to its end while the first waits with request `at`; both see one target.
        let meanwhile = || {
            *second.objects.lock().expect("no thread panicked with it") = first.objects();
            *outcome.lock().expect("no thread panicked with it") =
                Some(publish(&second, &other, &Journal::none(), 100));
            *first.objects.lock().expect("no thread panicked with it") = second.objects();
        };
        *first.objects.lock().expect("no thread panicked with it") = start.clone();
        let slow = Slow { memory: &first, at, meanwhile: &meanwhile, requests: AtomicUsize::new(0) };
        let applied = slow.publish(&new);
        let theirs = outcome.into_inner().expect("no thread panicked with it");
        match (&applied, theirs) {
            // The second was done before the first had read anything.
            (Applied::Done, Some(Ok(Applied::Done))) => assert_eq!(at, 0),
            // The second was done between reading and beginning.
            (Applied::Overtaken, Some(Ok(Applied::Done))) => {
                assert_eq!(at, 1);
                is_there(&first, &[("index.html", "other"), ("x/index.html", "x")], "overtaken");
                continue;
            }
            (Applied::Done, Some(Ok(Applied::Busy(0)))) => assert!((2..13).contains(&at), "request {at}"),
            (Applied::Done, None) => assert!(at >= 13),
            other => panic!("request {at}: {other:?}"),
        }
        is_there(&first, &NEW, &format!("request {at}"));
    }
}

/// A target at which something happens just before a request.
struct Slow<'s> {
    memory: &'s Memory,
    at: usize,
    meanwhile: &'s (dyn Fn() + Sync),
    requests: AtomicUsize,
}

impl Slow<'_> {
    fn publish(&self, release: &Release) -> Applied {
        let memory = Memory { objects: Mutex::new(self.memory.objects()), at_once: 1, ..Memory::default() };
        // Requests go to the shared target, so that both see it.
        let target = Shared { slow: self, memory };
        let read = target.read(STATE).expect("nothing is wrong with the target");
        let before = read.map(|(text, version)| (State::parse(&text).expect("the state is ours"), version));
        let known = before.as_ref().map(|(state, _)| state);
        let next = State::of(release, Keeps::Headers(Compress::None), known.unwrap_or(&State::empty()))
            .expect("the release is there");
        let url = "https://e.org/".to_owned();
        let identity = Identity { name: "web".into(), to: "memory".into(), place: "memory".into(), url };
        let plan = Plan::new(identity, known, &next, release, &Journal::none(), Put::Changes);
        apply(&Job {
            target: &target,
            plan: &plan,
            release,
            before: before.as_ref(),
            next: &next,
            journal: &Journal::none(),
            patience: Patience::NONE,
            take_over: TakeOver::IfDead,
            now: &|| 100,
            listen: &|_| (),
        })
        .expect("nothing is wrong with the target")
    }
}

struct Shared<'s> {
    slow: &'s Slow<'s>,
    memory: Memory,
}

impl Shared<'_> {
    fn before(&self) -> &Memory {
        let number = self.slow.requests.fetch_add(1, Ordering::SeqCst);
        if number == self.slow.at {
            (self.slow.meanwhile)();
        }
        self.slow.memory
    }
}

impl Objects for Shared<'_> {
    fn place(&self) -> String {
        self.memory.place()
    }

    fn at_once(&self) -> usize {
        1
    }

    fn keeps(&self) -> Keeps {
        self.memory.keeps()
    }

    fn names(&self) -> Names {
        self.memory.names()
    }

    fn read(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, Fault> {
        self.before().read(key)
    }

    fn swap(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, Fault> {
        self.before().swap(key, expected, bytes)
    }

    fn put(&self, object: &Object, over: Over) -> Result<(), Fault> {
        self.before().put(object, over)
    }

    fn delete(&self, key: &str) -> Result<(), Fault> {
        self.before().delete(key)
    }

    fn occupied(&self, keys: &[&str], time: Time) -> Result<Vec<String>, Fault> {
        self.memory.occupied(keys, time)
    }
}

#[test]
fn somebody_elses_object_that_appears_late_is_not_overwritten() {
    let studio = Studio::new();
    let mut start = with_old(&studio);
    start.insert("d/index.html".into(), b"somebody's page".to_vec());
    let memory = Memory { between: Some((objects(&OLD), objects(&NEW))), ..Memory::with(start) };
    let new = studio.release(&NEW);
    let journal = Journal::read(studio.journal(), "memory");
    let applied = publish(&memory, &new, &journal, 0);
    assert!(matches!(&applied, Ok(Applied::Foreign(key)) if key == "d/index.html"), "{applied:?}");
    assert_eq!(memory.deletions.load(Ordering::SeqCst), 0);
    assert_eq!(memory.objects()["d/index.html"], b"somebody's page");
    // Whoever tries again must not take it for ours, though the run in the state had meant to add it.
    let journal = Journal::read(studio.journal(), "memory");
    let applied = publish(&memory, &new, &journal, 1);
    assert!(matches!(&applied, Ok(Applied::Foreign(key)) if key == "d/index.html"), "{applied:?}");
    assert_eq!(memory.objects()["d/index.html"], b"somebody's page");
}

#[test]
fn a_plan_says_what_is_uncertain() {
    let studio = Studio::new();
    let mut memory = Memory { wrong: Some((6, Wrong::DeadBefore)), ..Memory::with(with_old(&studio)) };
    let new = studio.release(&NEW);
    publish(&memory, &new, &Journal::none(), 0).expect("it begins");
    memory.wrong = None;
    let state = State::parse(&memory.objects()[STATE]).expect("the state is ours");
    let next = State::of(&new, Keeps::Headers(Compress::None), &state).expect("the release is there");
    let url = String::new();
    let target = Identity { name: String::new(), to: String::new(), place: String::new(), url };
    let plan = Plan::new(target, Some(&state), &next, &new, &Journal::none(), Put::Changes);
    assert!(plan.resumes && plan.of(What::Again).count() == 6, "{:?}", plan.changes);
}
