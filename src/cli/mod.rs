//! Arguments → exit code; what was asked for goes to stdout, everything said about it to stderr.

mod build;
mod check;
mod clean;
mod completions;
mod excerpt;
mod failure;
mod files;
mod json;
mod new;
mod plan;
mod print;
mod progress;
mod publish;
mod request;
mod serve;
mod summary;
mod tell;
mod why;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Turns Markdown guides into a static site, with a page for each account type.
#[derive(Parser)]
#[command(name = "guidepost", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Call {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the site into a folder
    Build(build::Arguments),
    /// Say what is wrong with the site, and write nothing
    Check(check::Arguments),
    /// Show the site in the browser, and every change as it is saved
    Serve(serve::Arguments),
    /// Put the site where readers find it, and only what has changed
    Publish(publish::Arguments),
    /// Make a small site to start from
    New(new::Arguments),
    /// Say what an output depends on, or why there is none
    Why(why::Arguments),
    /// Remove what `build` wrote, and nothing else
    Clean(clean::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  guidepost new help       make a small site in the folder `help`
  guidepost build          build the site around the current folder into `public`
  guidepost serve --open   show the site, and every change as it is saved
  guidepost check          only say what is wrong
  guidepost publish        put the site where readers find it, after showing what would change

Exit codes:
  0  fine
  1  the site has errors
  2  the call is wrong, or the machine failed
  3  `--verify` found a difference: a mistake of Guidepost's
  4  another build is writing, and `--no-wait` was given; or another run is publishing
  5  a policy keeps the site from being published
  6  publishing was cut short; the next run goes on";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// As it should.
    Fine = 0,
    /// The site has errors.
    Site = 1,
    /// The call is wrong, or the machine failed.
    Call = 2,
    /// A build differs from a clean one.
    Differs = 3,
    /// Another build is writing, or another run is publishing.
    Locked = 4,
    /// A policy keeps the site from being published.
    Refused = 5,
    /// Publishing was cut short.
    Incomplete = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Does what the program's arguments ask for.
pub fn run() -> ExitCode {
    let call = match Call::try_parse() {
        Ok(call) => call,
        Err(usage) => {
            // Nobody is left to be told that the usage could not be printed.
            let _ = usage.print();
            return (if usage.use_stderr() { Exit::Call } else { Exit::Fine }).into();
        }
    };
    let exit = match call.command {
        Command::Build(arguments) => build::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Clean(arguments) => clean::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    exit.unwrap_or_else(|error| failure::report(&error)).into()
}

#[cfg(test)]
mod tests;
