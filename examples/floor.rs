//! `floor SITE OUT REFERENCE` → the least that any generator must do: read, parse, write as many bytes; nothing else.
//!
//! Every `content/**/*.md` is read and turned into HTML by pulldown-cmark's own writer, then OUT receives the files of
//! REFERENCE, an output of guidepost (or a text file of lines `SIZE NAME`, which costs less to read than a folder):
//! same names, same sizes. A page holds its source's HTML, cut or padded; any other file is blank.

use anyhow::{Context, bail};
use pulldown_cmark::{Options, Parser, html};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

fn main() -> anyhow::Result<()> {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [site, out, reference] = words.as_slice() else { bail!("usage: floor SITE OUT REFERENCE") };
    let pages = parse(&site.join("content"))?;
    let files = if reference.is_dir() { walk(reference)? } else { listed(reference)? };
    write(out, &files, &pages)
}

/// The HTML of every source below `content`, by its path there without `.md` or `/index.md`.
fn parse(content: &Path) -> anyhow::Result<HashMap<String, String>> {
    let mut sources = Vec::new();
    for entry in WalkDir::new(content).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|ext| ext == "md") {
            sources.push(entry.into_path());
        }
    }
    sources
        .into_par_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let mut page = String::with_capacity(text.len() * 3 / 2);
            html::push_html(&mut page, Parser::new_ext(body(&text), options()));
            let name = path.strip_prefix(content)?.with_extension("");
            let name = name.to_str().with_context(|| format!("{} is not Unicode", path.display()))?;
            let name = if name == "index" { "" } else { name.strip_suffix("/index").unwrap_or(name) };
            Ok((name.to_owned(), page))
        })
        .collect()
}

/// The same extensions of Markdown as guidepost itself reads.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// What follows the front matter.
fn body(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("---\n") else { return text };
    rest.split_once("\n---\n").map_or(text, |(_, body)| body)
}

/// Name and size of every file below `folder`.
fn walk(folder: &Path) -> anyhow::Result<Vec<(String, usize)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder)?.to_str().context("a name is not Unicode")?.to_owned();
            files.push((name, usize::try_from(entry.metadata()?.len())?));
        }
    }
    Ok(files)
}

/// Name and size of every line `SIZE NAME` of `list`.
fn listed(list: &Path) -> anyhow::Result<Vec<(String, usize)>> {
    let text = fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    text.lines()
        .map(|line| {
            let (size, name) = line.split_once(' ').with_context(|| format!("`{line}` is not `SIZE NAME`"))?;
            Ok((name.to_owned(), size.parse()?))
        })
        .collect()
}

fn write(out: &Path, files: &[(String, usize)], pages: &HashMap<String, String>) -> anyhow::Result<()> {
    let folders: BTreeSet<&str> =
        files.iter().map(|(name, _)| name.rsplit_once('/').map_or("", |(up, _)| up)).collect();
    for folder in folders {
        fs::create_dir_all(out.join(folder))?;
    }
    files.par_iter().try_for_each(|(name, size)| {
        let mut bytes = Vec::with_capacity(*size);
        if let Some(page) = source(name, pages) {
            bytes.extend_from_slice(&page.as_bytes()[..page.len().min(*size)]);
        }
        bytes.resize(*size, b' ');
        fs::write(out.join(name), bytes).with_context(|| format!("cannot write {name}"))
    })
}

/// The HTML for an output: of the source with its name, or, for an account type's page, with the name of its folder.
fn source<'a>(output: &str, pages: &'a HashMap<String, String>) -> Option<&'a String> {
    let page = output.strip_suffix("index.html")?.trim_end_matches('/');
    pages.get(page).or_else(|| pages.get(page.rsplit_once('/')?.0))
}
