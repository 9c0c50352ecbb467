//! Runs of `publish` → which of them may go on; times are seconds since 1970, and clocks may differ by `SKEW`.

use super::journal::Journal;
use super::state::Run;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long a run counts as alive after it last said so.
pub const LEASE: Duration = Duration::from_secs(15 * 60);

/// How often a run says that it is alive.
pub const RENEWAL: Duration = Duration::from_secs(4 * 60);

/// After how long without having said so a run stops by itself.
pub const LIMIT: Duration = Duration::from_secs(10 * 60);

/// How far the clocks of two machines may be apart.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// What a run that ended before its end says in place of a time: it is not alive.
pub const ENDED: i64 = 0;

/// Whether to go on where another run may still be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeOver {
    /// Only if it is certainly dead.
    IfDead,
    /// Somebody says that it is dead.
    Always,
}

/// Whether a target's own lock tells that nobody else is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// It does.
    Certainly,
    /// There is no such lock.
    Unknown,
}

/// For how many seconds the run in the state has been silent, if it may be alive: then it must not be disturbed.
pub fn living(found: Option<&Run>, journal: &Journal, alone: Alone, take_over: TakeOver, now: i64) -> Option<i64> {
    let run = found?;
    let silent = now - run.alive;
    let dead = alone == Alone::Certainly
        || take_over == TakeOver::Always
        || journal.has(&run.id)
        || silent > LEASE.as_secs() as i64;
    (!dead).then_some(silent.max(0))
}

/// A number that no other run has.
pub fn new_id(now: i64) -> String {
    // Each `RandomState` has keys of its own, from the system's source of randomness.
    let random = RandomState::new().hash_one((now, std::process::id()));
    format!("{random:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn only_a_run_that_may_be_alive_is_left_alone() {
        let run = Run { id: "1".into(), alive: 1000, keys: BTreeMap::new(), changes: BTreeMap::new() };
        let judge = |alone, take_over, now| living(Some(&run), &Journal::none(), alone, take_over, now);
        assert_eq!(judge(Alone::Unknown, TakeOver::IfDead, 1060), Some(60));
        assert_eq!(judge(Alone::Unknown, TakeOver::IfDead, 900), Some(0), "its clock is ahead");
        assert_eq!(judge(Alone::Unknown, TakeOver::IfDead, 1000 + 901), None);
        assert_eq!(judge(Alone::Unknown, TakeOver::Always, 1060), None);
        assert_eq!(judge(Alone::Certainly, TakeOver::IfDead, 1060), None);
        assert_eq!(living(None, &Journal::none(), Alone::Unknown, TakeOver::IfDead, 0), None);
        assert!(LIMIT + SKEW <= LEASE && RENEWAL * 2 < LIMIT);
        assert_ne!(new_id(1), new_id(1));
    }
}
