//! What the environment and git's own settings say of the way to a remote → what we say beside it, so that git asks nobody
//! anything and waits for nobody forever; never a word against what somebody has said.

use crate::publish::credentials::SshOfGit;
use crate::publish::ssh::OPTIONS;

/// A server that has sent nothing for so many seconds is gone; a living one says that it is alive every few.
const SILENCE: &str = "60";

/// Settings for remotes behind `http`, unless these keys have their like.
pub(super) fn patience<'k>(mut keys: impl Iterator<Item = &'k str>) -> Vec<(String, String)> {
    let is_said = |key: &str| key.starts_with("http.") && key.contains(".lowspeed");
    match keys.any(is_said) {
        true => Vec::new(),
        false => [("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", SILENCE)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    }
}

/// The command by which git shall call ssh: the one that it would call, told to ask nothing. `None` if that is another
/// program, whose options we do not know. `chosen` is `core.sshCommand`.
pub(super) fn ssh(environment: &SshOfGit, chosen: Option<&str>) -> Option<String> {
    let command = match (environment, chosen) {
        (SshOfGit::Command(command), _) => command,
        (_, Some(command)) => command,
        (SshOfGit::Program, None) => return None,
        (SshOfGit::Unsaid, None) => "ssh",
    };
    let command = command.trim();
    let quote = command.chars().next().filter(|first| "'\"".contains(*first));
    let first = match quote {
        Some(quote) => command[1..].split(quote).next(),
        None => command.split_whitespace().next(),
    };
    let name = first?.rsplit(['/', '\\']).next()?;
    let is_ssh = ["ssh", "ssh.exe"].iter().any(|known| name.eq_ignore_ascii_case(known));
    is_ssh.then(|| OPTIONS.iter().fold(command.to_owned(), |command, option| format!("{command} -o {option}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_has_said_stays() {
        assert_eq!(patience(["user.name", "http.proxy"].into_iter()).len(), 2);
        assert_eq!(patience(["http.https://e.org/.lowspeedtime"].into_iter()), []);
        let of = |environment: &SshOfGit, chosen| ssh(environment, chosen).unwrap_or_default();
        assert!(of(&SshOfGit::Unsaid, None).starts_with("ssh -o BatchMode=yes -o "));
        let said = SshOfGit::Command("'/opt/my tools/ssh' -i key".into());
        assert!(of(&said, Some("ssh")).starts_with("'/opt/my tools/ssh' -i key -o BatchMode=yes"));
        assert!(of(&SshOfGit::Program, Some("ssh -p 2222")).starts_with("ssh -p 2222 -o BatchMode=yes"));
        assert_eq!(ssh(&SshOfGit::Program, None), None);
        assert_eq!(ssh(&SshOfGit::Unsaid, Some("plink -batch")), None);
        assert_eq!(ssh(&SshOfGit::Unsaid, Some("\"C:/tools/wrapper.exe\" x")), None);
        assert_eq!(ssh(&SshOfGit::Unsaid, Some(" ")), None);
    }
}
