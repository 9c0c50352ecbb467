//! A plan → the target as it should be, one object at a time; the protocol is told in [`super`]. Never a deletion before
//! every upload is confirmed, and never a change of a key that is not ours.

use super::journal::Journal;
use super::media::Headers;
use super::objects::{Fault, Hold, Keeps, Names, Object, Objects, Over, Version};
use super::plan::{Change, Plan, What};
use super::release::{Kind, Release};
use super::retry::Patience;
use super::run::{self, Alone, TakeOver};
use super::state::{self, Hashes, Run, State};
use crate::config::store::Compress;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How publishing ended.
#[derive(Debug)]
pub enum Applied {
    /// As planned.
    Done,
    /// Another run may be alive: it was heard of so many seconds ago. Nothing was changed.
    Busy(i64),
    /// The target is not what the plan was made for. Nothing was changed.
    Overtaken,
    /// Something that is not ours is where a file of the site belongs. Nothing was deleted.
    Foreign(String),
    /// It was cut short. Nothing was deleted unless all uploads were confirmed; the next run goes on.
    Incomplete {
        /// What could not be done.
        what: String,
        /// Why.
        fault: Fault,
        /// How many changes were made.
        done: usize,
    },
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many changes were made.
    pub done: usize,
    /// Of how many.
    pub total: usize,
}

/// All that is needed to follow a plan.
pub struct Job<'j> {
    /// The target.
    pub target: &'j dyn Objects,
    /// What is to be done.
    pub plan: &'j Plan,
    /// Where the files are.
    pub release: &'j Release,
    /// The state that the plan was made of, and its version.
    pub before: Option<&'j (State, Version)>,
    /// The state that is to be.
    pub next: &'j State,
    /// What earlier runs did.
    pub journal: &'j Journal,
    /// How often a call is tried.
    pub patience: Patience,
    /// Whether a run that may be alive is taken over.
    pub take_over: TakeOver,
    /// The time, in seconds since 1970.
    pub now: &'j (dyn Fn() -> i64 + Sync),
    /// Where progress is told.
    pub listen: &'j (dyn Fn(Progress) + Sync),
}

/// How often it is looked whether the run has to say that it is alive.
const BEAT: Duration = Duration::from_secs(30);

/// Follows the plan.
///
/// # Errors
/// The target could not be asked, and nothing was changed.
pub fn apply(job: &Job) -> Result<Applied, Fault> {
    let held = job.patience.call(|_| job.target.hold(job.take_over))?;
    let (alone, _lock) = match held {
        Hold::Taken(silent) => return Ok(Applied::Busy(silent)),
        Hold::Sure(lock) => (Alone::Certainly, Some(lock)),
        Hold::None => (Alone::Unknown, None),
    };
    let none = State::empty();
    let before = job.before.map_or(&none, |(state, _)| state);
    if let Some(silent) = run::living(before.run.as_ref(), job.journal, alone, job.take_over, (job.now)()) {
        return Ok(Applied::Busy(silent));
    }
    let began = Began::new(job, before);
    // It only saves time, should this run be cut off.
    let _ = job.journal.begin(&began.id, before.run.as_ref().map(|run| &*run.id), &job.plan.target.place);
    let lease = Lease::new(job, began.id.clone(), job.before.map(|(_, version)| version.clone()));
    let uploads = job.plan.uploads().count();
    if uploads > 0 {
        match lease.swap(&began.state()) {
            Ok(()) => {}
            Err(Fault::Conflict) => return Ok(Applied::Overtaken),
            Err(fault) => return Err(fault),
        }
    }
    let Err(Stop { what, fault, done }) = carry_out(job, &began, &lease, uploads) else {
        job.journal.end();
        return Ok(Applied::Done);
    };
    // Without uploads the first change is the commit.
    if fault == Fault::Conflict && done == 0 && uploads == 0 {
        return Ok(Applied::Overtaken);
    }
    lease.give_up();
    match fault {
        Fault::Occupied(key) => Ok(Applied::Foreign(key)),
        fault => Ok(Applied::Incomplete { what, fault, done }),
    }
}

/// Why a run stopped, and where.
struct Stop {
    what: String,
    fault: Fault,
    done: usize,
}

fn carry_out(job: &Job, began: &Began, lease: &Lease, uploads: usize) -> Result<(), Stop> {
    let deletions: Vec<&str> = job.plan.of(What::Deleted).map(|change| &*change.key).collect();
    let work = Work { job, lease, total: uploads + deletions.len(), done: AtomicUsize::new(0) };
    let stop = |what: &str, fault| Stop { what: what.to_owned(), fault, done: work.done.load(Ordering::Relaxed) };
    for kind in Kind::ALL {
        let changes: Vec<&Change> = job.plan.uploads().filter(|change| change.kind == kind).collect();
        work.all(&changes, |change| work.upload(change, began, &deletions), |change| change.key.clone())?;
    }
    let run = (!deletions.is_empty()).then(|| lease.run(began.hashes_of(&deletions), Hashes::new()));
    lease.swap(&job.next.with(run)).map_err(|fault| stop(state::KEY, fault))?;
    if deletions.is_empty() {
        return Ok(());
    }
    work.all(&deletions, |key| work.delete(key, began), |key| (*key).to_owned())?;
    lease.swap(job.next).map_err(|fault| stop(state::KEY, fault))
}

/// What a run says of itself when it begins.
struct Began<'j> {
    id: String,
    now: i64,
    before: &'j State,
    /// Keys beside those in the state's files at which something of ours is, or will be.
    keys: Hashes,
    /// Keys whose bytes are uncertain until it ends.
    changes: Hashes,
    /// Keys that are new to us: nothing may be there.
    new: BTreeSet<&'j str>,
    /// Keys at which an earlier run may have put something: what is there is ours only if it has one of these hashes.
    perhaps: &'j Hashes,
}

impl<'j> Began<'j> {
    fn new(job: &Job<'j>, before: &'j State) -> Began<'j> {
        static NONE: Hashes = Hashes::new();
        let run = before.run.as_ref();
        let mut keys = run.map(|run| run.keys.clone()).unwrap_or_default();
        let mut changes = run.map(|run| run.changes.clone()).unwrap_or_default();
        for change in job.plan.uploads() {
            let known = before.files.contains_key(&change.key);
            let hashes = if known { &mut changes } else { &mut keys }.entry(change.key.clone()).or_default();
            hashes.extend(change.hash.clone().filter(|hash| !hashes.contains(hash)));
        }
        let now = (job.now)();
        let new = job.plan.of(What::Added).map(|change| &*change.key).collect();
        let perhaps = run.map_or(&NONE, |run| &run.keys);
        Began { id: run::new_id(now), now, before, keys, changes, new, perhaps }
    }

    fn state(&self) -> State {
        let (keys, changes) = (self.keys.clone(), self.changes.clone());
        self.before.with(Some(Run { id: self.id.clone(), alive: self.now, keys, changes }))
    }

    /// The keys that are to be deleted, with the hashes that the objects there may have.
    fn hashes_of(&self, deletions: &[&str]) -> Hashes {
        let of = |key: &str| {
            let known = self.before.files.get(key).map(|entry| entry.hash.to_string());
            let others = [&self.keys, &self.changes].into_iter().filter_map(|hashes| hashes.get(key)).flatten();
            known.into_iter().chain(others.cloned()).collect()
        };
        deletions.iter().map(|key| ((*key).to_owned(), of(key))).collect()
    }

    /// Whether an earlier run may have put something at `key`, of which there is no other proof.
    fn is_uncertain(&self, key: &str, journal: &Journal) -> Option<&'j Vec<String>> {
        let run = self.before.run.as_ref()?;
        let proven = self.before.files.contains_key(key) || journal.confirmed(&run.id, key).is_some();
        self.perhaps.get(key).filter(|_| !proven)
    }
}

/// The state on the target while a run changes it: nobody else may, as long as the run says that it is alive.
struct Lease<'j> {
    job: &'j Job<'j>,
    id: String,
    held: Mutex<Held>,
}

struct Held {
    version: Option<Version>,
    state: Option<State>,
    alive: (Instant, i64),
}

impl<'j> Lease<'j> {
    fn new(job: &'j Job<'j>, id: String, version: Option<Version>) -> Lease<'j> {
        Lease { job, id, held: Mutex::new(Held { version, state: None, alive: (Instant::now(), (job.now)()) }) }
    }

    fn run(&self, keys: Hashes, changes: Hashes) -> Run {
        Run { id: self.id.clone(), alive: (self.job.now)(), keys, changes }
    }

    /// Makes `state` the target's.
    fn swap(&self, state: &State) -> Result<(), Fault> {
        self.swap_held(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner), state)
    }

    fn swap_held(&self, held: &mut Held, state: &State) -> Result<(), Fault> {
        let text = state.text();
        let version = self.job.patience.call(|made| {
            match self.job.target.swap(state::KEY, held.version.as_ref(), &text) {
                // An earlier try may have arrived without our being told.
                Err(Fault::Conflict) if made > 0 => match self.job.target.read(state::KEY)? {
                    Some((there, version)) if there == text => Ok(version),
                    _ => Err(Fault::Conflict),
                },
                swapped => swapped,
            }
        })?;
        let alive = (Instant::now(), (self.job.now)());
        *held = Held { version: Some(version), state: Some(state.clone()), alive };
        Ok(())
    }

    /// Says that the run is not alive any more, so that the next need not wait. One try must do: if it fails, the next
    /// run waits until this one's time is over.
    fn give_up(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut state) = held.state.clone()
            && let Some(run) = &mut state.run
        {
            run.alive = run::ENDED;
            let _ = self.job.target.swap(state::KEY, held.version.as_ref(), &state.text());
        }
    }

    /// Says that the run is alive, if that is due.
    ///
    /// # Errors
    /// It could not be said for too long: the run must stop.
    fn renew(&self) -> Result<(), Fault> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // While a machine sleeps one of the two clocks may stand still.
        let wall = Duration::from_secs((self.job.now)().saturating_sub(held.alive.1).max(0) as u64);
        let silent = held.alive.0.elapsed().max(wall);
        if silent > run::LIMIT {
            return Err(Fault::fatal("it took too long, and another run may have begun"));
        }
        if silent <= run::RENEWAL {
            return Ok(());
        }
        let Some(mut state) = held.state.clone() else { return Ok(()) };
        if let Some(run) = &mut state.run {
            run.alive = (self.job.now)();
        }
        self.swap_held(&mut held, &state)
    }
}

/// Work on many objects at once.
struct Work<'j> {
    job: &'j Job<'j>,
    lease: &'j Lease<'j>,
    total: usize,
    done: AtomicUsize,
}

impl Work<'_> {
    /// Does `each` for all items, several at once, until one fails for good.
    fn all<T: Sync>(
        &self,
        items: &[T],
        each: impl Fn(&T) -> Result<(), Fault> + Sync,
        name: impl Fn(&T) -> String,
    ) -> Result<(), Stop> {
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let first = Mutex::new(None);
        let one = || {
            while !stopped.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { break };
                match self.lease.renew().and_then(|()| each(item)) {
                    Ok(()) => {
                        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                        (self.job.listen)(Progress { done, total: self.total });
                    }
                    Err(fault) => {
                        stopped.store(true, Ordering::Relaxed);
                        first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((index, fault));
                    }
                }
            }
        };
        let threads = self.job.target.at_once().clamp(1, 64).min(items.len());
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
            // One large file may take longer than a run may be silent. What goes wrong here, a worker meets, too.
            let beat = scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    std::thread::park_timeout(BEAT);
                    let _ = self.lease.renew();
                }
            });
            workers.into_iter().for_each(|worker| drop(worker.join()));
            ended.store(true, Ordering::Relaxed);
            beat.thread().unpark();
        });
        match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some((index, fault)) => {
                Err(Stop { what: name(&items[index]), fault, done: self.done.load(Ordering::Relaxed) })
            }
        }
    }

    fn upload(&self, change: &Change, began: &Began, deletions: &[&str]) -> Result<(), Fault> {
        let Job { target, release, journal, patience, .. } = self.job;
        let file = release.files.get(&change.key).ok_or_else(|| Fault::fatal("it is no file of the site"))?;
        let compress = match target.keeps() {
            Keeps::Headers(compress) => compress,
            Keeps::Bytes => Compress::None,
        };
        let headers = Headers::of(&change.key, file, compress);
        let object = Object { key: change.key.clone(), file: file.at.clone(), size: file.size, headers };
        if target.names() == Names::Tree {
            for key in deletions.iter().filter(|key| is_in_the_way(key, &change.key)) {
                self.delete(key, began)?;
            }
        }
        let perhaps = began.is_uncertain(&change.key, journal);
        let new = perhaps.is_some() || began.new.contains(&*change.key);
        let over = if new { Over::Nothing } else { Over::Ours };
        patience.call(|made| match target.put(&object, over) {
            Err(Fault::Occupied(key)) if key == object.key => {
                let there = target.hash(&key)?;
                let is = |hashes: &Vec<String>| there.is_some_and(|there| hashes.contains(&there.to_string()));
                // An earlier try may have arrived without our being told; and so may an earlier run.
                match there {
                    Some(there) if made > 0 && there == file.hash => Ok(()),
                    _ if perhaps.is_some_and(is) => target.put(&object, Over::Ours),
                    _ => Err(Fault::Occupied(key)),
                }
            }
            put => put,
        })?;
        let headers = self.job.next.files.get(&change.key).and_then(|entry| entry.headers.clone());
        journal.put(&change.key, &(file.hash, headers));
        Ok(())
    }

    fn delete(&self, key: &str, began: &Began) -> Result<(), Fault> {
        let Job { target, journal, patience, .. } = self.job;
        let Some(hashes) = began.is_uncertain(key, journal) else { return patience.call(|_| target.delete(key)) };
        patience.call(|_| match target.hash(key)? {
            Some(there) if hashes.contains(&there.to_string()) => target.delete(key),
            _ => Ok(()),
        })
    }
}

/// Whether the file `old` must go before `new` can come, where names are files in folders.
fn is_in_the_way(old: &str, new: &str) -> bool {
    let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    below(new, old) || below(old, new)
}
