//! A run that takes longer than its lease → whether it still says that it is alive, and stops where it could not.

use super::kit::STATE;
use super::protocol::{Memory, Objs, Studio, publish_by};
use guidepost::publish::apply::Applied;
use guidepost::publish::journal::Journal;
use guidepost::publish::run::{LEASE, LIMIT, RENEWAL};
use guidepost::publish::state::State;
use std::sync::atomic::{AtomicI64, Ordering};

const PAGES: usize = 60;

fn pages(text: &'static str) -> Vec<(String, &'static str)> {
    (0..PAGES).map(|number| (format!("p/{number}.html"), text)).collect()
}

fn release(studio: &Studio, text: &'static str) -> guidepost::publish::release::Release {
    let pages = pages(text);
    studio.release(&pages.iter().map(|(key, text)| (key.as_str(), *text)).collect::<Vec<_>>())
}

/// For how long the run in the state has not said that it is alive.
fn silence(memory: &Memory, now: i64) -> Option<i64> {
    let state = State::parse(memory.objects().get(STATE)?).expect("the state is ours");
    Some(now - state.run?.alive)
}

#[test]
fn a_run_that_lasts_an_hour_says_again_and_again_that_it_is_alive() {
    let studio = Studio::new();
    let memory = Memory::with(Objs::new());
    let longest = AtomicI64::new(0);
    // Every request takes a minute.
    let clock = || {
        let now = 1_000 + 60 * memory.requests.load(Ordering::SeqCst) as i64;
        longest.fetch_max(silence(&memory, now).unwrap_or(0), Ordering::SeqCst);
        now
    };
    let applied = publish_by(&memory, &release(&studio, "text"), &Journal::none(), &clock);
    assert!(matches!(applied, Ok(Applied::Done)), "{applied:?}");
    let requests = memory.requests.load(Ordering::SeqCst);
    let renewals = requests - PAGES - 3;
    assert!((10..=15).contains(&renewals), "{renewals} renewals in {requests} minutes");
    let longest = longest.load(Ordering::SeqCst);
    assert!(longest > RENEWAL.as_secs() as i64 && longest < LIMIT.as_secs() as i64, "{longest} s of silence");
    assert!(longest < LEASE.as_secs() as i64, "nobody else may have begun");
}

#[test]
fn a_run_whose_machine_slept_too_long_stops_by_itself() {
    let studio = Studio::new();
    let memory = Memory::with(Objs::new());
    let first = publish_by(&memory, &release(&studio, "old"), &Journal::none(), &|| 0);
    assert!(matches!(first, Ok(Applied::Done)), "{first:?}");
    let start = memory.requests.load(Ordering::SeqCst);
    // The lid is closed after twenty uploads, and opened when somebody else may have begun.
    let clock =
        || if memory.requests.load(Ordering::SeqCst) < start + 22 { 1_000 } else { 1_001 + LIMIT.as_secs() as i64 };
    let new = release(&studio, "new");
    let applied = publish_by(&memory, &new, &Journal::none(), &clock);
    let Ok(Applied::Incomplete { fault, done: 20, .. }) = &applied else { panic!("{applied:?}") };
    assert!(fault.to_string().contains("it took too long"), "{fault}");
    assert_eq!(memory.deletions.load(Ordering::SeqCst), 0);
    let there = memory.objects();
    assert!(pages("").iter().all(|(key, _)| [b"old", b"new"].contains(&there[key].as_slice().try_into().expect("3"))));
    // It says that it has ended: whoever comes next need not wait.
    let next = publish_by(&memory, &new, &Journal::none(), &|| 1_002 + LIMIT.as_secs() as i64);
    assert!(matches!(next, Ok(Applied::Done)), "{next:?}");
    assert!(memory.objects().iter().filter(|(key, _)| *key != STATE).all(|(_, bytes)| bytes == b"new"));
}
