//! A site and its output → the least that a build without changes has to do: stat both, and hash the sources.
//!
//! Usage: probe SITE OUTPUT. `benches/incremental.sh` compares it with builds.

use anyhow::Context;
use guidepost::hash::Hash;
use guidepost::output::MANIFEST;
use rayon::prelude::*;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(site), Some(output)) = (folders.next(), folders.next()) else {
        anyhow::bail!("usage: probe SITE OUTPUT")
    };
    let sources = sources(&site)?;
    let hashes: Vec<(u64, Hash)> = sources.par_iter().map(|path| look(path)).collect::<anyhow::Result<_>>()?;
    let manifest = fs::read_to_string(output.join(MANIFEST)).context("the output was not built")?;
    let names: Vec<&str> = manifest.lines().filter_map(|line| Some(line.split_once("  ")?.1)).collect();
    let length = |name: &&str| anyhow::Ok(fs::symlink_metadata(output.join(name))?.len());
    let lengths: Vec<u64> = names.par_iter().map(length).collect::<anyhow::Result<_>>()?;
    std::hint::black_box((hashes, lengths));
    Ok(())
}

/// The files that a site is made from.
fn sources(site: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = vec![site.join("site.yaml")];
    for folder in ["content", "templates", "static"].map(|folder| site.join(folder)) {
        if folder.exists() {
            for entry in walkdir::WalkDir::new(folder) {
                let entry = entry?;
                if entry.file_type().is_file() {
                    paths.push(entry.into_path());
                }
            }
        }
    }
    Ok(paths)
}

/// The length and the hash of a file.
fn look(path: &Path) -> anyhow::Result<(u64, Hash)> {
    let length = fs::metadata(path)?.len();
    Ok((length, Hash::of_reader(File::open(path)?)?))
}
