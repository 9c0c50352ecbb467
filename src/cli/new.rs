//! `guidepost new`: a folder's name → a small site in it, and the commands to type next.

use super::Exit;
use super::excerpt::visible;
use super::failure::Wrong;
use super::request::{here, today};
use crate::scaffold::{Scaffolded, scaffold};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The folder of the new site, which must be empty if it exists
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  guidepost new help
  guidepost new \"My guides\"
  git init guides && cd guides && guidepost new .";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let here = here()?;
    let folder = here.join(&arguments.folder);
    let shown = arguments.folder.display();
    let files = match scaffold(&folder, today()?)? {
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
    for file in files {
        text.push_str(&format!("  {file}\n"));
    }
    text.push_str("\nNext:\n");
    if same(&folder, &here) {
        text.push_str("  guidepost serve --open\n");
    } else {
        text.push_str(&format!("  cd {}\n  guidepost serve --open\n", typed(&arguments.folder)));
    }
    text.push_str("\nThen edit content/index.md, and see it change. `guidepost build` makes the site to publish.\n");
    // If stderr is gone, the exit code is all that can still be given.
    let _ = anstream::stderr().write_all(text.as_bytes());
    Ok(Exit::Fine)
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
