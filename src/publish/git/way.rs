//! What the environment and git's own settings say of the way to a remote → what we say beside it, so that git asks nobody
//! anything and waits for nobody forever; never a word against what somebody has said.

use crate::path::decode;
use crate::publish::credentials::SshOfGit;
use crate::publish::ssh::OPTIONS;

/// A server that has sent nothing for so many seconds is gone; a living one says that it is alive every few.
const SILENCE: &str = "60";

/// A helper of git that tells it the login in the two variables behind it.
const HELPER: &str = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$GUIDEPOST_GIT_USER\" \
\"$GUIDEPOST_GIT_PASSWORD\"; }; f";

/// A name and a password for a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    name: String,
    password: String,
}

impl Login {
    /// Settings by which git asks for it, before any other helper.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        // The first takes back what was said before.
        ["", HELPER].map(|helper| ("credential.helper".to_owned(), helper.to_owned())).into()
    }

    /// Variables for every call.
    pub(super) fn variables(&self) -> [(&'static str, &str); 2] {
        [("GUIDEPOST_GIT_USER", &self.name), ("GUIDEPOST_GIT_PASSWORD", &self.password)]
    }
}

/// An address without the name and password in it: git would show them to everybody, as an argument of a program of its own.
pub(super) fn login(address: &str) -> (String, Option<Login>) {
    let parts = || {
        let (scheme, rest) = address.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (user, host) = rest[..end].rsplit_once('@')?;
        let (name, password) = user.split_once(':').filter(|(_, password)| !password.is_empty())?;
        let plain = |text: &str| decode(text).filter(|text| !text.contains(['\n', '\0']));
        let login = Login { name: plain(name)?, password: plain(password)? };
        Some((format!("{scheme}://{host}{}", &rest[end..]), Some(login)))
    };
    parts().unwrap_or_else(|| (address.to_owned(), None))
}

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
    fn a_login_goes_by_the_environment() {
        let (address, found) = login("https://me:p%40ss:w@e.org:8443/a.git");
        assert_eq!(address, "https://e.org:8443/a.git");
        assert_eq!(found.unwrap().variables().map(|(_, value)| value), ["me", "p@ss:w"]);
        for address in ["https://e.org/a@b:c.git", "https://me@e.org/a.git", "ssh://me:x@e.org/a", "git@e.org:a/b.git"]
        {
            assert_eq!(login(address), (address.to_owned(), None));
        }
    }

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
