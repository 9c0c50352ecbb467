//! How the system's ssh is called, and what it and its like say when they fail → what to do; never a prompt, and never a
//! check of the host's key less.

use super::objects::Fault;

/// Nobody is there to be asked, and a server that is silent for a minute is gone. The rest is said by ssh's own settings.
pub(super) const OPTIONS: [&str; 4] =
    ["BatchMode=yes", "ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4"];

/// It may pass.
const PASSING: [&str; 11] = [
    "Connection reset",
    "Connection closed",
    "Connection timed out",
    "Operation timed out",
    "connection unexpectedly closed",
    "Broken pipe",
    "Timeout, server",
    "timeout in data",
    "kex_exchange_identification",
    "closed by remote host",
    "Temporary failure in name resolution",
];

/// The fault that these words tell of; `code` is what the program ended with, if it was not killed.
pub(super) fn fault(program: &str, server: &str, code: Option<i32>, said: &str) -> Fault {
    let says = |words: &str| said.contains(words);
    let why = format!("{program} says: {}", words(said));
    let with = |help: String| Fault::with_help(why.clone(), help);
    if says("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        let why = format!("the key of `{server}` is not the one that ssh knows");
        let help = "somebody may be in between: ask whoever runs the server; only then take the old key out of \
                    `known_hosts`";
        Fault::with_help(why, help)
    } else if says("Host key verification failed") || says("host key is known for") {
        let help = format!(
            "run `ssh {server}` once by hand, compare the fingerprint, and accept it; in a pipeline, write \
                            the server's line into `known_hosts`"
        );
        Fault::with_help(format!("ssh does not know the key of `{server}`"), help)
    } else if says("Permission denied (") || says("Too many authentication failures") {
        with(format!(
            "see that `ssh {server}` works here without a question: a key in the agent, or `IdentityFile` in \
             ~/.ssh/config, and its public half in the server's `authorized_keys`"
        ))
    } else if says("Connection refused") || says("Could not resolve hostname") || says("No route to host") {
        with("correct `server` and `port` of this target in `site.yaml`, or see that the server runs".to_owned())
    } else if says("No space left on device") || says("Disk quota exceeded") {
        with("make some room there: the release that readers see is as it was; fewer `releases` need less".to_owned())
    } else if says("subsystem request failed") {
        with("this server gives no SFTP; with a shell and rsync there, say `to: rsync`".to_owned())
    } else if says("allows sftp connections only") || says("account is currently not available") {
        with("this account has no shell, and `to: rsync` needs one".to_owned())
    } else if says("rsync: not found") || says("rsync: command not found") || says("rsync: No such file") {
        with("install rsync on the server, too".to_owned())
    } else if says("Permission denied") || says("Read-only file system") {
        with(format!("see whose folder `path` is: the user of `ssh {server}` must be able to write there"))
    } else if PASSING.iter().any(|words| says(words)) || code.is_none() || code == Some(255) {
        Fault::passing(why)
    } else {
        Fault::fatal(why)
    }
}

/// The lines that say what is wrong, in one.
fn words(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('@'));
    let told: Vec<&str> = lines.filter(|line| !line.starts_with("Warning: Permanently added")).take(3).collect();
    if told.is_empty() { "nothing, and fails".to_owned() } else { told.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let of = |said: &str| fault("ssh", "me@e.org", Some(255), said);
        let help = |said: &str| of(said).help().unwrap_or_default().to_owned();
        assert!(help("me@e.org: Permission denied (publickey).").contains("`ssh me@e.org` works here"));
        assert!(help("No ED25519 host key is known for e.org\nHost key verification failed.").contains("fingerprint"));
        assert!(help("ssh: connect to host e.org port 22: Connection refused").contains("`port`"));
        assert!(help("mkdir: cannot create directory 'releases': Permission denied").contains("able to write"));
        assert!(help("rsync: write failed: No space left on device (28)").contains("some room"));
        let subsystem = "subsystem request failed on channel 0\nConnection closed";
        assert!(help(subsystem).contains("no SFTP"));
        assert!(help("This service allows sftp connections only.").contains("no shell"));
        assert!(matches!(of("Connection closed by 127.0.0.1 port 22"), Fault::Retry { .. }));
        assert!(matches!(fault("rsync", "h", Some(23), "odd"), Fault::Fatal { help: None, .. }));
        assert_eq!(fault("rsync", "h", Some(1), "").to_string(), "rsync says: nothing, and fails");
    }
}
