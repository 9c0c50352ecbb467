//! What a command could not do → a few lines that say so and what to type instead; never a backtrace.

use super::Exit;
use super::excerpt::visible;
use crate::publish::objects::Fault;
use annotate_snippets::renderer::{DEFAULT_ERROR_STYLE as ERROR, DEFAULT_HELP_STYLE as HELP};
use std::fmt;
use std::io::{self, Write};

/// A call that cannot be followed, and what to type instead.
#[derive(Debug)]
pub(super) struct Wrong {
    message: String,
    help: String,
}

impl Wrong {
    /// A sentence without a full stop, and a line of help.
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Wrong {
        Wrong { message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

/// Prints the error and gives the exit code that it means.
pub(super) fn report(error: &anyhow::Error) -> Exit {
    let mut causes = error.chain().map(ToString::to_string);
    let message = causes.next().unwrap_or_default();
    say(None, &message, causes, help(error).as_deref());
    Exit::Call
}

/// Prints why something is not done: the policy's code, what is wrong, the names that it is about, and what to do.
pub(super) fn note(code: Option<&str>, message: &str, names: &[String], help: &str) {
    let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
    let mut text = format!("{ERROR}error{code}{ERROR:#}: {}\n", visible(message));
    for name in names {
        text.push_str(&format!("  {}\n", visible(name)));
    }
    text.push_str(&format!("{HELP}help{HELP:#}: {}\n", visible(help)));
    // If stderr is gone, the exit code is all that can still be given.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints an error: its code if it has one, what is wrong, why, and what to do.
pub(super) fn say(code: Option<&str>, message: &str, causes: impl Iterator<Item = String>, help: Option<&str>) {
    let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
    let mut text = format!("{ERROR}error{code}{ERROR:#}: {}\n", visible(message));
    for cause in causes {
        text.push_str(&format!("  because: {}\n", visible(&cause)));
    }
    if let Some(help) = help {
        text.push_str(&format!("{HELP}help{HELP:#}: {}\n", visible(help)));
    }
    // If stderr is gone, the exit code is all that can still be given.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// What to do about the error, if that is known.
fn help(error: &anyhow::Error) -> Option<String> {
    if let Some(wrong) = error.chain().find_map(|cause| cause.downcast_ref::<Wrong>()) {
        return Some(wrong.help.clone());
    }
    if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<Fault>()) {
        return fault.help().map(str::to_owned);
    }
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>())?.kind();
    let help = match kind {
        io::ErrorKind::PermissionDenied => "check whose folder that is and who may write to it",
        io::ErrorKind::ReadOnlyFilesystem => "name a folder on another disk with `--out`",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make some room on that disk, and try again",
        io::ErrorKind::NotADirectory => "a part of that path is a file; name another folder",
        _ => return None,
    };
    Some(help.to_owned())
}
