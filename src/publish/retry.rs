//! A call that may fail for a while → its answer, after as many tries as make sense; the same for every kind of target.

use super::objects::Fault;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often a call is made, and how long to wait in between.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often, at most.
    pub tries: u32,
    /// The wait after the first try; it doubles with each.
    pub first: Duration,
    /// The longest wait that is chosen here.
    pub longest: Duration,
    /// The longest wait that a server may ask for.
    pub most_asked: Duration,
}

impl Patience {
    /// What publishing has: about a minute in all.
    pub const USUAL: Patience = Patience {
        tries: 7,
        first: Duration::from_millis(500),
        longest: Duration::from_secs(20),
        most_asked: Duration::from_secs(120),
    };

    /// For tests: as many tries, and no wait.
    pub const NONE: Patience =
        Patience { tries: 7, first: Duration::ZERO, longest: Duration::ZERO, most_asked: Duration::ZERO };

    /// Calls until there is an answer, or a fault that will not pass. `call` is told how many calls were made before.
    ///
    /// # Errors
    /// The last fault.
    pub fn call<T>(&self, mut call: impl FnMut(u32) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut made = 0;
        loop {
            let (why, after) = match call(made) {
                Err(Fault::Retry { why, after }) => (why, after),
                answer => return answer,
            };
            made += 1;
            if made >= self.tries {
                return Err(Fault::Retry { why: format!("{why} ({made} tries)"), after });
            }
            if let Some(asked) = after.filter(|asked| *asked > self.most_asked && !self.most_asked.is_zero()) {
                let why = format!("{why}; the server wants to be left alone for {} s", asked.as_secs());
                return Err(Fault::Retry { why, after });
            }
            let own = jittered(self.first.saturating_mul(1 << (made - 1).min(16)).min(self.longest));
            std::thread::sleep(after.map_or(own, |asked| asked.min(self.most_asked).max(own)));
        }
    }
}

/// Between half of the wait and all of it, so that those who were turned away together do not come back together.
fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().hash_one(0) % 1000;
    wait / 2 + wait.mul_f64(random as f64 / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn what_passes_is_tried_again_and_what_stays_is_not() {
        let mut calls = 0;
        let answer = Patience::NONE.call(|made| {
            calls += 1;
            if made < 3 { Err(Fault::passing("busy")) } else { Ok(made) }
        });
        assert_eq!((answer, calls), (Ok(3), 4));
        let mut calls = 0;
        let answer: Result<(), Fault> = Patience::NONE.call(|_| {
            calls += 1;
            Err(Fault::fatal("no such bucket"))
        });
        assert_eq!((answer, calls), (Err(Fault::fatal("no such bucket")), 1));
        let mut calls = 0;
        let answer: Result<(), Fault> = Patience::NONE.call(|_| {
            calls += 1;
            Err(Fault::passing("busy"))
        });
        assert!(answer.unwrap_err().to_string().contains("7 tries"));
        assert_eq!(calls, 7);
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks() {
        let patience = Patience { most_asked: Duration::from_millis(80), ..Patience::NONE };
        let started = Instant::now();
        let asked = Some(Duration::from_millis(60));
        let busy = || Err(Fault::Retry { why: "busy".into(), after: asked });
        assert_eq!(patience.call(|made| if made == 0 { busy() } else { Ok(()) }), Ok(()));
        assert!(started.elapsed() >= Duration::from_millis(60));
        let long: Result<(), Fault> =
            patience.call(|_| Err(Fault::Retry { why: "busy".into(), after: Some(Duration::from_secs(3600)) }));
        assert!(long.unwrap_err().to_string().contains("3600 s"));
    }

    #[test]
    fn waits_differ() {
        let wait = Duration::from_secs(1);
        let waits: Vec<Duration> = (0..20).map(|_| jittered(wait)).collect();
        assert!(waits.iter().all(|one| *one >= wait / 2 && *one <= wait));
        assert!(waits.iter().any(|one| *one != waits[0]));
    }
}
