//! The environment → what a target's client finds its credentials with; the only place of `publish` that reads it, and
//! nothing of it is ever shown.

use std::env;

/// How many settings for git the environment holds already (`GIT_CONFIG_COUNT`): ours come behind them.
pub(super) fn git_settings() -> usize {
    env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// `text` without user names and passwords in addresses.
pub(super) fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let end = behind.find(|c: char| c == '/' || c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(behind.len());
        let authority = &behind[..end];
        // A user name alone is no secret where keys are used, and is a token where they are not.
        let is_web = before.ends_with("http://") || before.ends_with("https://");
        match authority.rsplit_once('@') {
            Some((user, host)) if is_web || user.contains(':') => out.push_str(host),
            _ => out.push_str(authority),
        }
        rest = &behind[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_is_secret() {
        assert_eq!(redacted("fatal: 'https://u:p@ss@example.org/a.git/' x"), "fatal: 'https://example.org/a.git/' x");
        assert_eq!(redacted("https://token@example.org and ssh://git@h/a"), "https://example.org and ssh://git@h/a");
        assert_eq!(redacted("ssh://git:pw@h/a, git@h:a"), "ssh://h/a, git@h:a");
    }
}
