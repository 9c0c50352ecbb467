//! The environment → what a target's client finds its credentials with; the only place of `publish` that reads it, and
//! nothing of it is ever shown.

#[cfg(feature = "object-store")]
use std::collections::BTreeMap;
use std::env;

/// Variables by which clients of Amazon S3 find credentials, the region and the server.
#[cfg(feature = "object-store")]
const AWS: [&str; 19] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_METADATA_ENDPOINT",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// Variables by which clients of Azure find the account and credentials.
#[cfg(feature = "object-store")]
const AZURE: [&str; 15] = [
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_TENANT_ID",
    "AZURE_USE_AZURE_CLI",
    "IDENTITY_ENDPOINT",
];

/// Variables by which clients of Google find credentials.
#[cfg(feature = "object-store")]
const GOOGLE: [&str; 4] = [
    "CLOUDSDK_AUTH_ACCESS_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
];

/// What the environment says to the clients of an object store.
#[cfg(feature = "object-store")]
pub(super) struct Found(BTreeMap<&'static str, String>);

#[cfg(feature = "object-store")]
impl Found {
    /// The value of a variable that is set, and not to nothing.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables that are set, in the order of their names.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, &**value))
    }
}

#[cfg(feature = "object-store")]
fn found(names: &[&'static str]) -> Found {
    Found(names.iter().filter_map(|name| Some((*name, env::var(name).ok()?))).collect())
}

/// What it says to clients of Amazon S3.
#[cfg(feature = "object-store")]
pub(super) fn aws() -> Found {
    found(&AWS)
}

/// What it says to clients of Azure Blob Storage.
#[cfg(feature = "object-store")]
pub(super) fn azure() -> Found {
    found(&AZURE)
}

/// What it says to clients of Google Cloud Storage.
#[cfg(feature = "object-store")]
pub(super) fn google() -> Found {
    found(&GOOGLE)
}

/// How many settings for git the environment holds already (`GIT_CONFIG_COUNT`): ours come behind them.
pub(super) fn git_settings() -> usize {
    env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// How the environment tells git to call ssh.
pub(super) enum SshOfGit {
    /// By this command (`GIT_SSH_COMMAND`).
    Command(String),
    /// By a program that takes no options of ours (`GIT_SSH`), unless git's settings say a command.
    Program,
    /// It says nothing.
    Unsaid,
}

/// What it says to git of ssh.
pub(super) fn ssh_of_git() -> SshOfGit {
    let value = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    match (value("GIT_SSH_COMMAND"), value("GIT_SSH")) {
        (Some(command), _) => SshOfGit::Command(command),
        (None, Some(_)) => SshOfGit::Program,
        (None, None) => SshOfGit::Unsaid,
    }
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
