//! `guidepost completions`: a shell's name → a script for it, on stdout.

use super::{Call, Exit, tell};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The shell to print completions for
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  guidepost completions bash > ~/.local/share/bash-completion/completions/guidepost
  guidepost completions zsh > ~/.zfunc/_guidepost
  guidepost completions fish > ~/.config/fish/completions/guidepost.fish";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Call::command(), "guidepost", &mut script);
    tell::stdout(|to| to.write_all(&script))?;
    Ok(Exit::Fine)
}
