//! What git says when it fails → whether trying again may help, and what to do; its words are those of `LC_ALL=C`.

use crate::publish::objects::Fault;

/// Somebody else has pushed.
const STALE: [&str; 5] =
    ["stale info", "fetch first", "non-fast-forward", "cannot lock ref", "remote ref updated since"];

/// The remote does not know who we are, or does not let us.
const UNKNOWN: [&str; 8] = [
    "Authentication failed",
    "Permission denied",
    "could not read Username",
    "could not read Password",
    "terminal prompts disabled",
    "The requested URL returned error: 401",
    "The requested URL returned error: 403",
    "Invalid username or",
];

/// There is no such repository.
const NOWHERE: [&str; 6] = [
    "does not appear to be a git repository",
    "epository not found",
    "could not be found",
    "' not found",
    "The requested URL returned error: 404",
    "does not exist",
];

/// Nobody listens there.
const ABSENT: [&str; 4] =
    ["Connection refused", "Could not connect to server", "Could not resolve hostname", "No route to host"];

/// It may pass.
const PASSING: [&str; 20] = [
    "Could not resolve host:",
    "Broken pipe",
    "Empty reply from server",
    "Recv failure",
    "closed by remote host",
    "kex_exchange_identification",
    "Connection reset",
    "Connection timed out",
    "Connection closed",
    "Failed to connect",
    "Operation timed out",
    "Operation too slow",
    "timed out",
    "early EOF",
    "the remote end hung up",
    "RPC failed",
    "error: 429",
    "error: 500",
    "error: 502",
    "error: 503",
];

/// The fault that these words tell of.
pub(super) fn fault(said: &str) -> Fault {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let why = || format!("git says: {}", words(said));
    if says(&STALE) {
        Fault::Conflict
    } else if said.contains("Host key verification failed") {
        let help = "ssh does not know the key of this server, or knows another one: run `git ls-remote` with this address \
                    once by hand, compare the fingerprint, and accept it; in a pipeline, write the server's line into \
                    `known_hosts`";
        Fault::with_help(why(), help)
    } else if says(&UNKNOWN) {
        let help = "git uses its own credentials: see that `git push` to this remote works here without a question (an \
                    ssh key in the agent, or a credential helper; in a pipeline, a token that may write)";
        Fault::with_help(why(), help)
    } else if said.contains("remote rejected") || said.contains("hook declined") {
        Fault::with_help(
            why(),
            "the remote does not take this branch: it may be protected, or a rule of its own refuses",
        )
    } else if says(&NOWHERE) {
        let help = "correct `remote` of this target in `site.yaml`; of a private repository, hosts say the same to \
                    whoever may not read it";
        Fault::with_help(why(), help)
    } else if says(&ABSENT) {
        let help =
            "correct `remote` of this target in `site.yaml`, or see that the server runs and the network is there";
        Fault::with_help(why(), help)
    } else if says(&PASSING) {
        Fault::passing(why())
    } else {
        Fault::fatal(why())
    }
}

/// The lines that say what is wrong, in one.
fn words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let bad = |line: &&&str| {
        ["fatal:", "error:", "remote:", "ERROR:", "!", "ssh:", "Connection "]
            .iter()
            .any(|start| line.starts_with(start))
            || line.contains("ermission denied")
    };
    let told: Vec<&str> = lines.iter().filter(bad).take(4).copied().collect();
    match (told.as_slice(), lines.first()) {
        ([], None) => "nothing, and fails".to_owned(),
        ([], Some(first)) => (*first).to_owned(),
        (told, _) => told.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_understood() {
        let rejected = "To /r\n!\tabc:refs/heads/p\t[rejected] (stale info)\nDone\nerror: failed to push some refs";
        assert_eq!(fault(rejected), Fault::Conflict);
        let unknown = fault("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.");
        assert!(unknown.to_string().contains("Permission denied") && unknown.help().unwrap().contains("git push"));
        let gone = fault("fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote");
        assert!(gone.help().unwrap().contains("`remote`"));
        let private = fault("remote: Not found.\nfatal: repository 'https://h/x.git/' not found");
        assert!(private.help().unwrap().contains("private"));
        let key = fault("Host key verification failed.\nfatal: Could not read from remote repository.");
        assert!(key.help().unwrap().contains("fingerprint"));
        let closed = fault("fatal: unable to access 'http://h/': Failed to connect to h port 9: Connection refused");
        assert!(closed.help().unwrap().contains("the server runs"));
        let slow = "fatal: unable to access 'http://h/': Operation too slow. Less than 1 bytes/sec transferred";
        assert!(matches!(fault(slow), Fault::Retry { .. }));
        let closed = fault("ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote");
        assert!(closed.to_string().contains("port 22: Connection refused; fatal:"));
        let passing = "fatal: unable to access 'https://h/': Could not resolve host: h";
        assert!(matches!(fault(passing), Fault::Retry { .. }));
        let protected = "!\tx:refs/heads/p\t[remote rejected] (pre-receive hook declined)";
        assert!(fault(protected).help().unwrap().contains("protected"));
        assert!(matches!(fault("fatal: bad object"), Fault::Fatal { help: None, .. }));
        assert_eq!(fault("").to_string(), "git says: nothing, and fails");
    }
}
