//! Scripts and files → a server, by the system's `ssh` and `rsync`; never a prompt, never a check of the host's key less.

use super::scripts::MARK;
use crate::config::publish::Rsync as Settings;
use crate::publish::objects::Fault;
use crate::publish::ssh::{self, OPTIONS};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs a script on the server, with these arguments and this on stdin; gives what it answers.
pub(super) fn script(settings: &Settings, script: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut words = vec!["exec sh -c".to_owned(), quoted(script), "guidepost".to_owned(), quoted(&path(settings))];
    words.extend(arguments.iter().map(|argument| quoted(argument)));
    let mut command = Command::new("ssh");
    command.arg("-T");
    command.args(OPTIONS.iter().flat_map(|option| ["-o", option]));
    if let Some(port) = settings.port {
        command.args(["-p", &port.to_string()]);
    }
    command.arg("--").arg(&settings.server).arg(words.join(" "));
    let output = run(command, "ssh", input)?;
    let mark = MARK.as_bytes();
    let at = output.stdout.windows(mark.len()).position(|window| window == mark);
    match at {
        Some(at) if output.status.success() => Ok(output.stdout[at + mark.len()..].to_vec()),
        _ => Err(fault(settings, "ssh", &output)),
    }
}

/// Puts files of the folder `from` into the folder `to` below that of the settings.
pub(super) fn upload(settings: &Settings, from: &Path, to: &str, keys: &[&str]) -> Result<(), Fault> {
    let mut shell = "ssh -T".to_owned();
    OPTIONS.iter().for_each(|option| shell.push_str(&format!(" -o {option}")));
    if let Some(port) = settings.port {
        shell.push_str(&format!(" -p {port}"));
    }
    let mut names = Vec::new();
    // Before a name that begins with `#` it would be a comment.
    keys.iter().for_each(|key| names.extend_from_slice(format!("./{key}\0").as_bytes()));
    let mut source = from.as_os_str().to_owned();
    source.push("/");
    let mut command = Command::new("rsync");
    command
        .args(["--rsh", &shell])
        .args(["--protect-args", "--files-from=-", "--from0", "--no-implied-dirs", "--ignore-times", "--compress"])
        .args(["--perms", "--chmod=F644", "--timeout=120", "--"])
        .arg(source)
        .arg(format!("{}:{}/{to}/", settings.server, path(settings)));
    let output = run(command, "rsync", &names)?;
    if output.status.success() { Ok(()) } else { Err(fault(settings, "rsync", &output)) }
}

/// The folder as every program there takes it for a path.
fn path(settings: &Settings) -> String {
    match settings.path.starts_with('/') {
        true => settings.path.clone(),
        false => format!("./{}", settings.path),
    }
}

fn run(mut command: Command, program: &str, input: &[u8]) -> Result<Output, Fault> {
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let cannot = |error: &io::Error| Fault::fatal(format!("cannot run {program}: {error}"));
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let help = "install the packages `openssh-client` and `rsync`, and try again";
            Fault::with_help(format!("the program `{program}` is not installed"), help)
        }
        _ => cannot(&error),
    })?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Beside reading its output: either could fill up. A program that ends early says why itself.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    output.map_err(|error| cannot(&error))
}

fn fault(settings: &Settings, program: &str, output: &Output) -> Fault {
    // What a server says there is no answer, but a reason.
    let said = [&*output.stderr, &*output.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n");
    ssh::fault(program, &settings.server, output.status.code(), &said)
}

/// A word as every shell takes it for itself.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(quoted("it's $HOME \"x\" `y`"), r#"'it'\''s $HOME "x" `y`'"#);
        assert_eq!(quoted(""), "''");
    }
}
