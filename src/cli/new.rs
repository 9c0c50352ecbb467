//! `guidepost new`: a folder's name → a small site in it, and the commands to type next.

use super::Exit;
use super::excerpt::visible;
use super::failure::Wrong;
use super::request::{from_here, here, today};
use crate::scaffold::ci::{self, Piped, Service};
use crate::scaffold::{Scaffolded, scaffold};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The folder of the new site, which must be empty if it exists; with `--ci`, it may hold a site
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Add a file that makes this service build and publish the site with every push
    #[arg(long, value_name = "SERVICE", value_parser = service())]
    ci: Option<Service>,
}

const EXAMPLES: &str = "\
Examples:
  guidepost new help
  guidepost new \"My guides\"
  git init guides && cd guides && guidepost new .
  guidepost new . --ci github      also for a site that is there already";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let here = here()?;
    let folder = here.join(&arguments.folder);
    let mut text = String::new();
    if arguments.ci.is_none() || !ci::has_site(&folder) {
        text.push_str(&site(arguments, &folder)?);
    }
    if let Some(service) = arguments.ci {
        text.push_str(&files(&folder, &here, service)?);
    }
    text.push_str("\nNext:\n");
    if same(&folder, &here) {
        text.push_str("  guidepost serve --open\n");
    } else {
        text.push_str(&format!("  cd {}\n  guidepost serve --open\n", typed(&arguments.folder)));
    }
    text.push_str(match arguments.ci {
        None => "\nThen edit content/index.md, and see it change. `guidepost build` makes the site to publish.\n",
        Some(_) => "\nThen commit everything and push it; the file says what the service needs besides.\n",
    });
    // If stderr is gone, the exit code is all that can still be given.
    let _ = anstream::stderr().write_all(text.as_bytes());
    Ok(Exit::Fine)
}

/// Makes the site; gives what is said about it.
fn site(arguments: &Arguments, folder: &Path) -> anyhow::Result<String> {
    let shown = arguments.folder.display();
    let files = match scaffold(folder, today()?)? {
        Scaffolded::Made(files) => files,
        Scaffolded::IsFile(file) => {
            let message = format!("{} is a file, and a site is a folder", file.display());
            return Err(Wrong::new(message, "choose another name").into());
        }
        Scaffolded::Holds(name) => {
            let message = format!("the folder {shown} is not empty: it has `{}` in it", name.display());
            return Err(Wrong::new(message, "name a new or an empty folder; nothing is ever overwritten").into());
        }
    };
    let mut text = format!("Made a site in {}:\n", visible(&shown.to_string()));
    files.into_iter().for_each(|file| text.push_str(&format!("  {file}\n")));
    Ok(text)
}

/// Makes the files for a service; gives what is said about them.
fn files(folder: &Path, here: &Path, service: Service) -> anyhow::Result<String> {
    let near = |path: &Path| from_here(path, here).display().to_string();
    match ci::pipeline(folder, service)? {
        Piped::Made(files) => {
            let mut text = "Made for the service:\n".to_owned();
            files.iter().for_each(|file| text.push_str(&format!("  {}\n", visible(&near(file)))));
            Ok(text)
        }
        Piped::Exists(file) => {
            let message = format!("{} is there already, and nothing is ever overwritten", near(&file));
            Err(Wrong::new(message, "rename it, run this again, and move over what you need of the old one").into())
        }
        Piped::Name(inner) => {
            let message = format!("the path {} has characters that a pipeline file cannot hold", inner.display());
            Err(Wrong::new(message, "rename its folders: letters, digits, `.`, `_` and `-` are safe").into())
        }
    }
}

/// Reads a service's name; the help lists them all.
fn service() -> impl TypedValueParser<Value = Service> {
    let known = |name: String| {
        let found = Service::ALL.into_iter().find(|(id, _)| *id == name);
        found.expect("only names of services are let through").1
    };
    PossibleValuesParser::new(Service::ALL.map(|(id, _)| id)).map(known)
}

fn same(a: &Path, b: &Path) -> bool {
    a.components().eq(b.components())
}

/// The path as it is typed in a shell.
fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let path = if path.starts_with('-') { format!("./{path}") } else { path };
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c) || cfg!(windows) && c == '\\';
    if path.chars().all(is_plain) {
        path
    } else if cfg!(windows) {
        format!("\"{path}\"")
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn names_are_quoted_where_a_shell_needs_it() {
        for (name, expected) in
            [("help", "help"), ("a/b", "a/b"), ("My guides", "'My guides'"), ("-x", "./-x"), ("it's", "'it'\\''s'")]
        {
            assert_eq!(typed(Path::new(name)), expected);
        }
    }
}
