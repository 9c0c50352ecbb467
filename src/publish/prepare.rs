//! A project and the name of a target → a plan that can be followed; builds afresh, reads the target's state, and changes
//! nothing there.

use super::apply::{self, Applied, Job, Progress};
use super::journal::Journal;
use super::objects::{Fault, Keeps, Time, Version};
use super::plan::Put;
use super::plan::{Identity, Plan, What};
use super::policy::{self, Allow, Refusal};
use super::release::{Release, release};
use super::retry::Patience;
use super::run::TakeOver;
use super::state::{self, State};
use super::target::{self, Around, Target};
use super::whole::{Next, RolledBack};
use crate::cache;
use crate::config::publish::Target as Settings;
use crate::config::{self, BaseUrl, Config};
use crate::diag::Code;
use crate::output::build::{Built, Keep, Made, Out, Proof, Times, build};
use crate::output::{Durable, Refused, Wait};
use crate::path::SitePath;
use crate::project::{Listener, Report, Request};
use crate::source::SETTINGS;
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// What publishing is asked for.
pub struct Asked {
    /// The project, and how it is to be read. Its address, if one is given, must be that of the target.
    pub request: Request,
    /// The target's name; `None` if there is only one.
    pub name: Option<String>,
    /// Policies that are overruled.
    pub allow: Allow,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Whether warnings count as errors.
    pub strict: bool,
    /// Which files are put there.
    pub put: Put,
}

/// A target that was chosen.
pub struct Chosen {
    /// Its settings.
    pub settings: Settings,
    /// The way to it.
    pub target: Target,
    /// The site's address there.
    pub url: BaseUrl,
    cache: PathBuf,
}

/// Which target is meant.
pub enum Choice {
    /// This one.
    Chosen(Box<Chosen>),
    /// There is none of that name; these are there.
    Unknown(Vec<String>),
    /// Several are there, and none is named.
    Several(Vec<String>),
    /// The folder cannot be a target.
    Refused(Refused),
    /// The settings have mistakes: a build tells which.
    Broken,
}

/// How far publishing got without changing anything on the target.
pub enum Prepared {
    /// It can be done.
    Ready(Box<Ready>),
    /// The site was not built, and this is why.
    Unbuilt(Built),
    /// There is no reason to build, or to go on.
    Refused(Option<Report>, Vec<Refusal>),
}

/// A plan, and all that is needed to follow it.
pub struct Ready {
    /// What would be done.
    pub plan: Plan,
    /// Reasons not to do it.
    pub refusals: Vec<Refusal>,
    /// What was found in the site.
    pub report: Report,
    release: Release,
    next: State,
    before: Option<State>,
    version: Option<Version>,
    journal: Journal,
}

/// The target that is meant, from the settings in the project's folder.
///
/// # Errors
/// The machine's.
pub fn choose(asked: &Asked) -> anyhow::Result<Choice> {
    let root = &asked.request.root;
    let text = match fs::read_to_string(root.join(SETTINGS)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Ok(Choice::Broken),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", root.join(SETTINGS).display())),
    };
    let (config, notes) = config::parse(&text, &SitePath::new(SETTINGS));
    let Some(config) = config.filter(|_| notes.is_empty()) else { return Ok(Choice::Broken) };
    let names = || config.publish.iter().map(|target| target.name.clone()).collect();
    let settings = match &asked.name {
        Some(name) => match config.publish.iter().find(|target| target.name == *name) {
            Some(found) => found,
            None => return Ok(Choice::Unknown(names())),
        },
        None => match config.publish.as_slice() {
            [only] => only,
            [] => return Ok(Choice::Unknown(Vec::new())),
            _ => return Ok(Choice::Several(names())),
        },
    };
    let root = fs::canonicalize(root).with_context(|| format!("cannot read the folder {}", root.display()))?;
    let cache = root.join(cache::FOLDER).join("publish").join(&settings.name);
    let around = Around { root: &root, cache: &cache, home: asked.home.as_deref() };
    let target = match target::open(settings, around)? {
        Ok(target) => target,
        Err(refused) => return Ok(Choice::Refused(refused)),
    };
    let url = own_url(settings, &config);
    Ok(Choice::Chosen(Box::new(Chosen { settings: settings.clone(), target, url, cache })))
}

fn own_url(settings: &Settings, config: &Config) -> BaseUrl {
    settings.url.clone().unwrap_or_else(|| config.url.clone())
}

/// Builds the site for the target and makes the plan.
///
/// # Errors
/// The machine's, and those of a target that cannot be asked.
pub fn prepare(asked: &Asked, chosen: &Chosen, listen: Listener) -> anyhow::Result<Prepared> {
    let request = &asked.request;
    let url = match &request.base_url {
        Some(text) => config::base_url(text).map_err(|why| anyhow::anyhow!("--base-url: `{text}`: {why}"))?,
        None => chosen.url.clone(),
    };
    let refusals = policy::of_request(request, &url, &chosen.url, &asked.allow);
    if !refusals.is_empty() {
        return Ok(Prepared::Refused(None, refusals));
    }
    let (report, made, folder) = match built(asked, chosen, listen)? {
        Ok(built) => built,
        Err(unbuilt) => return Ok(Prepared::Unbuilt(unbuilt)),
    };
    let refusals = policy::of_report(&report);
    if !refusals.is_empty() {
        return Ok(Prepared::Refused(Some(report), refusals));
    }
    let mut release = release(&made.project, &folder, &made.files)?;
    let limits = report.diagnostics.iter().filter(|(_, note)| note.code == Code::HostLimit);
    release.limits = limits.map(|(_, note)| note.message.clone()).collect();
    let (text, version, keeps) = match &chosen.target {
        Target::Objects(target) => {
            let read = Patience::USUAL.call(|_| target.read(state::KEY)).map_err(|fault| reading(chosen, fault))?;
            let (text, version) = read.unzip();
            (text, version, target.keeps())
        }
        Target::Whole(target) => {
            let read = Patience::USUAL.call(|_| target.read()).map_err(|fault| reading(chosen, fault))?;
            for (key, bytes) in target.extras() {
                release.add(key, &bytes, &chosen.cache)?;
            }
            (read.state, read.version, target.keeps())
        }
    };
    let before = match text.map(|text| State::parse(&text)).transpose() {
        Ok(before) => before,
        Err(why) => anyhow::bail!("the state at {} cannot be used: `{}`: {why}", chosen.target.place(), state::KEY),
    };
    let there = There { before, version, keeps };
    ready(chosen, &url, (report, release), there, asked)
}

/// What is on the target.
struct There {
    before: Option<State>,
    version: Option<Version>,
    keeps: Keeps,
}

fn reading(chosen: &Chosen, fault: Fault) -> anyhow::Error {
    anyhow::Error::new(fault).context(format!("cannot read what is at {}", chosen.target.place()))
}

type Fresh = (Report, Box<Made>, PathBuf);

/// A fresh, verified build in the target's own folder of the cache.
fn built(asked: &Asked, chosen: &Chosen, listen: Listener) -> anyhow::Result<Result<Fresh, Built>> {
    let mut request = asked.request.clone();
    request.base_url.get_or_insert_with(|| chosen.url.absolute("/"));
    if chosen.settings.hosts.is_some() {
        request.hosts = chosen.settings.hosts.clone();
    }
    let folder = chosen.cache.join("site");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let out = Out {
        folder: folder.clone(),
        home: asked.home.clone(),
        wait: Wait::No,
        durable: Durable::No,
        strict: asked.strict,
        times: Times::Ignored,
        proof: Proof::Full,
        keep: Keep::Ledger,
    };
    match build(&request, &out, listen)? {
        Built::Done { report, made: Some(made), .. } => Ok(Ok((report, made, folder))),
        Built::Done { .. } => anyhow::bail!("the site was not assembled, although it was to be verified"),
        unbuilt => Ok(Err(unbuilt)),
    }
}

fn ready(
    chosen: &Chosen,
    url: &BaseUrl,
    (report, release): (Report, Release),
    There { before, version, keeps }: There,
    asked: &Asked,
) -> anyhow::Result<Prepared> {
    let place = chosen.target.place();
    let known = before.clone().unwrap_or_else(State::empty);
    let next = State::of(&release, keeps, &known).context("cannot read what was built")?;
    let journal = Journal::read(chosen.cache.join("journal"), &place);
    let identity = Identity {
        name: chosen.settings.name.clone(),
        to: chosen.settings.to.word().to_owned(),
        place,
        url: url.absolute("/"),
    };
    let plan = Plan::new(identity, before.as_ref(), &next, &release, &journal, asked.put);
    let mut refusals = policy::of_plan(&plan, &asked.allow);
    let new: Vec<&str> = plan.of(What::Added).map(|change| &*change.key).collect();
    let taken = match &chosen.target {
        Target::Objects(target) => {
            let time = if before.is_some() { Time::Later } else { Time::First };
            Patience::USUAL.call(|_| target.occupied(&new, time))
        }
        Target::Whole(target) => Patience::USUAL.call(|_| target.occupied(&new)),
    };
    let taken = taken.map_err(|fault| reading(chosen, fault))?;
    let taken: Vec<String> = taken.into_iter().filter(|key| !will_go(&known, &next, key)).collect();
    if !taken.is_empty() {
        refusals.push(policy::foreign(&plan.target.place, taken));
    }
    Ok(Prepared::Ready(Box::new(Ready { plan, refusals, report, release, next, before, version, journal })))
}

/// Whether what is in the way at `key` is a file of ours that goes, or a folder with such a file: then it is found out
/// when the new file is put whether anything else is in that folder.
fn will_go(before: &State, next: &State, key: &str) -> bool {
    let below = format!("{key}/");
    let keys = before.files.keys().chain(before.run.iter().flat_map(|run| run.keys.keys()));
    keys.filter(|ours| !next.files.contains_key(*ours)).any(|ours| ours == key || ours.starts_with(&below))
}

/// Follows the plan.
///
/// # Errors
/// The target could not be asked, and nothing was changed.
pub fn follow(
    chosen: &Chosen,
    ready: &Ready,
    take_over: TakeOver,
    when: i64,
    listen: &(dyn Fn(Progress) + Sync),
) -> Result<Applied, Fault> {
    match &chosen.target {
        Target::Objects(target) => {
            let before = ready.before.clone().zip(ready.version.clone());
            apply::apply(&Job {
                target: &**target,
                plan: &ready.plan,
                release: &ready.release,
                before: before.as_ref(),
                next: &ready.next,
                journal: &ready.journal,
                patience: Patience::USUAL,
                take_over,
                now: &now,
                listen,
            })
        }
        Target::Whole(target) => {
            let next = Next {
                plan: &ready.plan,
                release: &ready.release,
                state: &ready.next,
                expected: ready.version.as_ref(),
                when,
                take_over,
                listen,
            };
            match Patience::USUAL.call(|_| target.release(&next)) {
                Ok(()) => Ok(Applied::Done),
                Err(Fault::Conflict) => Ok(Applied::Overtaken),
                Err(Fault::Occupied(key)) => Ok(Applied::Foreign(key)),
                Err(Fault::Busy(silent)) => Ok(Applied::Busy(silent)),
                Err(fault) => Err(fault),
            }
        }
    }
}

/// Puts the release before the present one in its place, or says that the target keeps none.
///
/// # Errors
/// The target's.
pub fn roll_back(chosen: &Chosen, when: i64) -> Result<Option<RolledBack>, Fault> {
    match &chosen.target {
        Target::Objects(_) => Ok(None),
        Target::Whole(target) => Patience::USUAL.call(|_| target.roll_back(when)).map(Some),
    }
}

/// The time, in seconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The plan in the file `path`.
///
/// # Errors
/// It cannot be read, or is none.
pub fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Plan::parse(&text).map_err(|why| anyhow::anyhow!("{} cannot be used: {why}", path.display()))
}

/// Writes the plan to the file `path`.
///
/// # Errors
/// The machine's.
pub fn write_plan(plan: &Plan, path: &Path) -> anyhow::Result<()> {
    fs::write(path, plan.text()).with_context(|| format!("cannot write {}", path.display()))
}
