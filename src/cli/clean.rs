//! `guidepost clean`: an output folder → what in it is not ours.

use super::Exit;
use super::request::{self, Which, from_here, here};
use super::tell::{self, Format};
use crate::output::{Cleaned, clean};
use crate::publish;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// The folder to clean [default: `public` in the site's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Only files that `build` wrote are removed, and then the cache in `.guidepost`. What was published stays.

Examples:
  guidepost clean
  guidepost clean --out /srv/www/help";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let root = arguments.which.root()?;
    let out = request::out(arguments.out.as_deref())?;
    if let Err(refused) = publish::forget(&root, request::home().as_deref())? {
        return tell::refusal(&refused, "the cache", Format::Human);
    }
    let Cleaned { folder, removed, has_others } = match clean(&root, &out, request::home().as_deref())? {
        Ok(cleaned) => cleaned,
        Err(refused) => return tell::refusal(&refused, &out.display().to_string(), Format::Human),
    };
    let folder = from_here(&folder, &here()?).display().to_string();
    let others = if has_others { "; what else is there was left alone" } else { "" };
    let files = if removed == 1 { "file" } else { "files" };
    // If stderr is gone, the exit code is all that can still be given.
    let _ = writeln!(anstream::stderr(), "Removed {removed} {files} from {folder}{others}");
    Ok(Exit::Fine)
}
