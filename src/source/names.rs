//! A file's name → whether it may be published; never a look at the disk or at the settings, which cannot change it.

/// Why a file or folder is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Its name, or its folder's, starts with `_`.
    Underscore,
    /// Its name starts with a dot.
    Dotfile,
    /// A key, a password file, or a repository's insides.
    Secret,
    /// What an editor or a desktop leaves lying about.
    EditorTemporary,
}

/// Endings of files that hold keys.
///
/// `.asc` and `.gpg` may hold public keys, too: their names do not tell.
const KEY_ENDINGS: [&str; 11] =
    [".pem", ".der", ".key", ".p12", ".pfx", ".ppk", ".jks", ".keystore", ".kdbx", ".gpg", ".asc"];

/// Beginnings of the names that `ssh` and `ssh-keygen` give.
const KEY_NAMES: [&str; 5] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "authorized_keys"];

/// Dot names that hold passwords, keys or whole histories.
const SECRET_DOTS: [&str; 11] =
    [".git", ".hg", ".svn", ".ssh", ".gnupg", ".aws", ".netrc", ".npmrc", ".pypirc", ".htpasswd", ".pgpass"];

/// Why a file called `name` is passed over, if it is.
pub(super) fn skip_file(name: &str) -> Option<Skip> {
    let lower = name.to_ascii_lowercase();
    let starts = |with: &&str| lower.starts_with(*with);
    let ends = |with: &&str| lower.ends_with(*with);
    let temporary = [".swp", ".swo", ".tmp", ".bak", ".orig", "~"].iter().any(ends)
        || [".#", "~$"].iter().any(starts)
        || lower.starts_with('#') && lower.ends_with('#') && lower.len() > 1
        || matches!(lower.as_str(), "4913" | ".ds_store" | "thumbs.db" | "desktop.ini");
    // A guide *about* keys is none.
    let guide = lower.ends_with(".md");
    if is_secret_dot(&lower) || KEY_ENDINGS.iter().any(ends) || !guide && KEY_NAMES.iter().any(starts) {
        Some(Skip::Secret)
    } else if temporary {
        Some(Skip::EditorTemporary)
    } else if lower.starts_with('.') {
        Some(Skip::Dotfile)
    } else {
        None
    }
}

/// Why a folder called `name` is passed over with all that is in it, if it is.
pub(super) fn skip_folder(name: &str) -> Option<Skip> {
    let lower = name.to_ascii_lowercase();
    if is_secret_dot(&lower) {
        Some(Skip::Secret)
    } else if lower.starts_with('.') {
        Some(Skip::Dotfile)
    } else {
        None
    }
}

fn is_secret_dot(lower: &str) -> bool {
    lower.starts_with(".env") || SECRET_DOTS.contains(&lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_leftovers_are_passed_over() {
        for name in
            [".env", ".env.local", ".git", "server.PEM", "tls.key", "id_rsa", "id_ed25519.pub", "a.p12", "a.pfx"]
                .into_iter()
                .chain(["x.gpg", "x.asc", "x.der", "authorized_keys", "authorized_keys2"])
        {
            assert_eq!(skip_file(name), Some(Skip::Secret), "{name}");
        }
        for name in [
            "a.md~",
            ".a.md.swp",
            ".#a.md",
            "#a.md#",
            "4913",
            "a.tmp",
            "a.bak",
            "a.md.orig",
            "~$a.docx",
            ".DS_Store",
            "Thumbs.db",
        ] {
            assert_eq!(skip_file(name), Some(Skip::EditorTemporary), "{name}");
        }
        for name in [".gitignore", ".hidden.md"] {
            assert_eq!(skip_file(name), Some(Skip::Dotfile), "{name}");
        }
        for name in ["id_rsa-keys.md", "authorized_keys.md", "index.md", "keys.png", "#", "monkey.png"] {
            assert_eq!(skip_file(name), None, "{name}");
        }
    }
}
