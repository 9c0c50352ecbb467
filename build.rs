//! The program's own sources → `GUIDEPOST_BUILD`, by which a cache tells that another build of the program wrote it;
//! never a network, and nothing outside this folder.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    // `DefaultHasher::new()` has fixed keys. It need not withstand an attacker: who can choose the program's sources
    // has no need of its cache.
    let mut hasher = DefaultHasher::new();
    for path in ["src", "templates", "static/theme", "Cargo.lock", "build.rs"] {
        println!("cargo::rerun-if-changed={path}");
        let mut files = Vec::new();
        list(Path::new(path), &mut files);
        files.sort();
        for file in files {
            feed(&mut hasher, file.to_string_lossy().as_bytes());
            feed(&mut hasher, &fs::read(&file).unwrap_or_default());
        }
    }
    // Cached values depend on the width of integers and on the standard library's `Hash` implementations.
    feed(&mut hasher, env::var("TARGET").unwrap_or_default().as_bytes());
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    feed(&mut hasher, &Command::new(rustc).arg("-V").output().map(|output| output.stdout).unwrap_or_default());
    println!("cargo::rustc-env=GUIDEPOST_BUILD={:016x}", hasher.finish());
}

/// Adds the file `path`, or all files below the folder `path`.
fn list(path: &Path, files: &mut Vec<PathBuf>) {
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| list(&entry.path(), files)),
        Err(_) => files.push(path.to_path_buf()),
    }
}

/// Feeds `bytes` so that neighbours do not run together.
fn feed(hasher: &mut DefaultHasher, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}
