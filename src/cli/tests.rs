//! Calls as they are typed → what they mean; only the reading of arguments, never a run.

use super::*;
use clap::CommandFactory;
use clap::error::ErrorKind;

fn parse(line: &str) -> Result<Call, clap::Error> {
    Call::try_parse_from(line.split_whitespace())
}

#[test]
fn the_arguments_are_sound() {
    Call::command().debug_assert();
}

#[test]
fn calls_are_understood() {
    for line in [
        "guidepost build",
        "guidepost build --root help --out web --base-url https://example.org/ --drafts --strict",
        "guidepost build --as-of 2026-08-01 --format json --no-wait --durable -v",
        "guidepost check --strict --as-of=2026-08-01 --format=human --verbose",
        "guidepost new help",
        "guidepost clean --out web",
        "guidepost completions fish",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).err().map_or(String::new(), |error| error.to_string()));
    }
}

#[test]
fn slips_are_named_and_nothing_is_guessed() {
    for (line, kind, says) in [
        ("guidepost", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, "Usage"),
        ("guidepost biuld", ErrorKind::InvalidSubcommand, "build"),
        ("guidepost build --stric", ErrorKind::UnknownArgument, "--strict"),
        ("guidepost build --as-of today", ErrorKind::ValueValidation, "2026-08-01"),
        ("guidepost build --format xml", ErrorKind::InvalidValue, "json"),
        ("guidepost new", ErrorKind::MissingRequiredArgument, "DIR"),
        ("guidepost completions", ErrorKind::MissingRequiredArgument, "SHELL"),
    ] {
        let error = parse(line).err().unwrap_or_else(|| panic!("{line} is accepted"));
        assert_eq!(error.kind(), kind, "{line}");
        assert!(error.use_stderr() && error.to_string().contains(says), "{line}: {error}");
    }
}

#[test]
fn every_command_has_a_summary_and_examples() {
    for command in Call::command().get_subcommands() {
        let name = command.get_name();
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(examples.contains(&format!("  guidepost {name}")), "{name}");
        assert!(command.get_about().is_some_and(|about| !about.to_string().ends_with('.')), "{name}");
    }
}
