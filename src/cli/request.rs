//! Arguments, environment and clock → what a build is asked for; the only place that looks at the latter two.

use super::failure::Wrong;
use crate::config::Host;
use crate::day::Day;
use crate::project::{Rendering, Request};
use crate::site::Drafts;
use crate::source;
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::env;
use std::path::{Path, PathBuf};

/// Where a site is built, if nothing else is said.
const PUBLIC: &str = "public";

/// Which site is meant.
#[derive(clap::Args)]
pub(super) struct Which {
    /// The site's folder [default: the nearest one with a `site.yaml`, from here upwards]
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
}

/// What of it is meant.
#[derive(clap::Args)]
pub(super) struct What {
    #[command(flatten)]
    which: Which,
    /// Where the site will be published, instead of `url` in `site.yaml`
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Treat drafts like any other page
    #[arg(long)]
    drafts: bool,
    /// Take this day for today, as in 2026-08-01 [default: SOURCE_DATE_EPOCH, else today in UTC]
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<Day>,
}

/// Which hosts it is made ready for.
#[derive(clap::Args)]
pub(super) struct Hosts {
    /// Make it ready for this host, instead of `host` in `site.yaml`; may be given again
    #[arg(long = "for", value_name = "HOST", value_parser = host())]
    hosts: Vec<Host>,
}

impl Hosts {
    /// The hosts that were named, if any were.
    pub(super) fn named(&self) -> Option<Vec<Host>> {
        (!self.hosts.is_empty()).then(|| self.hosts.clone())
    }
}

impl What {
    /// The request that the arguments make, with what they leave open.
    pub(super) fn request(&self) -> anyhow::Result<Request> {
        Ok(Request {
            root: self.which.root()?,
            base_url: self.base_url.clone(),
            hosts: None,
            drafts: if self.drafts { Drafts::Shown } else { Drafts::Hidden },
            today: self.as_of.map_or_else(today, Ok)?,
            now: Timestamp::now(),
            rendering: Rendering::Quick,
        })
    }
}

impl Which {
    /// The site's folder.
    pub(super) fn root(&self) -> anyhow::Result<PathBuf> {
        let here = here()?;
        let Some(root) = &self.root else {
            return source::find_root(&here).ok_or_else(|| {
                // Other programs have a `site.yml` of their own: above, it is ours only beside content.
                let mut near = here.ancestors().filter(|folder| *folder == here || folder.join("content").is_dir());
                if let Some(wrong) = near.find_map(other_settings) {
                    return wrong.into();
                }
                let message = format!("there is no `{}` in {} or above", source::SETTINGS, here.display());
                let help = "make a site with `guidepost new DIR`, or name one with `--root DIR`";
                Wrong::new(message, help).into()
            });
        };
        let root = here.join(root);
        if root.join(source::SETTINGS).is_file() {
            return Ok(root);
        }
        if let Some(wrong) = other_settings(&root) {
            return Err(wrong.into());
        }
        let message = format!("there is no `{}` in {}", source::SETTINGS, root.display());
        let near = source::find_root(&root).map(|near| format!("did you mean `--root {}`?", near.display()));
        let new = || "make a site there with `guidepost new`, or name another folder".to_owned();
        Err(Wrong::new(message, near.unwrap_or_else(new)).into())
    }
}

/// What to say of a folder without settings in which something has almost their name.
fn other_settings(folder: &Path) -> Option<Wrong> {
    let (name, is_folder) = source::almost_settings(folder)?;
    let place = folder.display();
    Some(if is_folder {
        let message = format!("`{name}` in {place} is a folder, and the settings are a file of this name");
        Wrong::new(message, format!("rename the folder, and write the settings into a file `{name}`"))
    } else {
        let message = format!("there is no `{}` in {place}, but `{name}`, which is not read", source::SETTINGS);
        Wrong::new(message, format!("rename it to `{}`", source::SETTINGS))
    })
}

/// The output folder: `out` from here, else `public` from the site's folder.
pub(super) fn out(out: Option<&Path>) -> anyhow::Result<PathBuf> {
    out.map_or_else(|| Ok(PathBuf::from(PUBLIC)), |out| Ok(here()?.join(out)))
}

/// The user's home folder.
pub(super) fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// The folder that the program was called in.
pub(super) fn here() -> anyhow::Result<PathBuf> {
    env::current_dir().context("the current folder is gone, or may not be read")
}

/// How a path is best written for somebody in the folder `here`; both are absolute.
pub(super) fn from_here(path: &Path, here: &Path) -> PathBuf {
    if let Ok(below) = path.strip_prefix(here) {
        return below.to_owned();
    }
    match here.strip_prefix(path) {
        Ok(steps) => steps.components().map(|_| "..").collect(),
        Err(_) => path.to_owned(),
    }
}

/// The moment that a commit bears, in seconds since 1970.
pub(super) fn moment() -> anyhow::Result<i64> {
    match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) if !seconds.is_empty() => Ok(of_epoch(&seconds)?.as_second()),
        _ => Ok(Timestamp::now().as_second()),
    }
}

/// Today, as far as the site is concerned.
pub(super) fn today() -> anyhow::Result<Day> {
    match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) if !seconds.is_empty() => epoch(&seconds),
        _ => Ok(utc(Timestamp::now())),
    }
}

/// The day of a number of seconds since 1970, as reproducible builds give it.
fn epoch(seconds: &str) -> anyhow::Result<Day> {
    of_epoch(seconds).map(utc)
}

fn of_epoch(seconds: &str) -> anyhow::Result<Timestamp> {
    let moment = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.ok_or_else(|| {
        let message = format!("`SOURCE_DATE_EPOCH` is `{seconds}`, which is no number of seconds since 1970");
        Wrong::new(message, "unset it, or name the day with `--as-of 2026-08-01`").into()
    })
}

fn utc(moment: Timestamp) -> Day {
    TimeZone::UTC.to_datetime(moment).date().into()
}

/// Reads a host's name; the help lists them all.
fn host() -> impl TypedValueParser<Value = Host> {
    let known = |id: String| Host::from_id(&id).expect("only names of hosts are let through");
    PossibleValuesParser::new(Host::ALL.map(Host::id)).map(known)
}

fn day(text: &str) -> Result<Day, String> {
    match text.parse::<jiff::civil::Date>() {
        Ok(date) if text.len() == "2026-08-01".len() => Ok(date.into()),
        _ => Err("write a day as year, month and day: 2026-08-01".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_one_way() {
        assert_eq!(day("2026-08-01"), Ok(Day { year: 2026, month: 8, day: 1 }));
        for text in ["2026-02-30", "20260801", "2026-8-1", "2026-08-01T00:00", "today", ""] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_epoch_names_a_day_in_utc() {
        assert_eq!(epoch("1785542399").unwrap(), Day { year: 2026, month: 7, day: 31 });
        assert_eq!(epoch("1785542400").unwrap(), Day { year: 2026, month: 8, day: 1 });
        for text in ["soon", "1e9", "99999999999999999999", "999999999999999"] {
            assert!(epoch(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths_are_short_for_those_who_are_near() {
        let near = |path, here| from_here(Path::new(path), Path::new(here)).display().to_string();
        assert_eq!(near("/a/b", "/a/b"), "");
        assert_eq!(near("/a/b/c", "/a/b"), "c");
        assert_eq!(near("/a", "/a/b/c"), "../..");
        assert_eq!(near("/x", "/a/b"), "/x");
    }
}
