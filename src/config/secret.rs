//! Settings → those that are passwords or keys, which do not belong into a file that is shared; never a value of theirs.

use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::{Entry, Reader, Value};

/// Names that only a secret has.
const NAMES: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secret_key",
    "secret_access_key",
    "access_key",
    "access_key_id",
    "access_token",
    "account_key",
    "api_key",
    "private_key",
    "sas_token",
    "session_token",
    "token",
    "credentials",
];

/// How tokens begin, and how many characters of a token follow at least.
const TOKENS: [(&str, usize); 13] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("xoxb-", 20),
    ("sk-", 32),
    ("AIza", 30),
    ("AccountKey=", 20),
    ("SharedAccessSignature=", 20),
    ("sig=", 30),
];

const HELP: &str = "delete it here, and give it a new value wherever it is valid, for it may have been read; credentials \
come from the environment, from profiles, the ssh agent or git's credential helper: see `publish.md`";

/// Whether the key is the name of a secret.
pub(super) fn is_named_like_one(key: &str) -> bool {
    let plain = key.to_ascii_lowercase().replace('-', "_");
    NAMES.contains(&plain.as_str())
}

/// Reports the entry of a target if it is a secret by its name or its value, and says whether it is.
pub(super) fn report(reader: &mut Reader, entry: &Entry) -> bool {
    if is_named_like_one(&entry.key) {
        note(reader, entry.key_span, format!("`{}` is a secret, and `site.yaml` is no place for one", entry.key));
        return true;
    }
    // Wherever the value is a secret by its looks alone, the search of the whole file has found it.
    let Value::Text(text) = &entry.value.value else { return false };
    if has_password(text) {
        let message = format!("the address under `{}` has a password or a token in it", entry.key);
        note(reader, entry.value.span, message);
        return true;
    }
    find(text).is_some()
}

/// Reports whatever in the whole text of `site.yaml` can only be a secret.
pub(super) fn search(reader: &mut Reader) {
    let (text, offset) = (reader.block.text, reader.block.offset);
    let mut from = 0;
    while let Some((at, length)) = find(&text[from..]) {
        let start = offset + from + at;
        note(
            reader,
            Span::new(start, start + length),
            "this looks like a key, and `site.yaml` is no place for one".into(),
        );
        from += at + length;
    }
}

/// The notes, as they may be printed: a note shows its line, and a line with a secret on it must not be shown. What else
/// is wrong on such a line is told once the secret is gone.
pub(super) fn hidden(notes: Vec<Diagnostic>, text: &str) -> Vec<Diagnostic> {
    let line = |at: u32| text.as_bytes()[..at as usize].iter().filter(|byte| **byte == b'\n').count() + 1;
    let secret = |note: &Diagnostic| note.code == Code::ConfigSecret;
    let lines: Vec<usize> = notes.iter().filter(|note| secret(note)).map(|note| line(note.place.span.start)).collect();
    if lines.is_empty() {
        return notes;
    }
    let shows_one = |note: &Diagnostic| {
        let (start, end) = (line(note.place.span.start), line(note.place.span.end));
        lines.iter().any(|line| (start..=end).contains(line))
    };
    let kept = notes.into_iter().filter(|note| secret(note) || !shows_one(note));
    kept.map(|mut note| {
        if secret(&note) {
            // Where it begins; how long it is, nobody needs to know.
            note.place.span.end = note.place.span.start;
        }
        note
    })
    .collect()
}

fn note(reader: &mut Reader, span: Span, message: String) {
    let note = Diagnostic::new(Code::ConfigSecret, reader.block.path, span, message);
    reader.notes.push(note.help(HELP));
}

/// Where the first secret begins in the text, and how long its beginning is that may be shown: never all of it.
fn find(text: &str) -> Option<(usize, usize)> {
    let block = text
        .find("-----BEGIN ")
        .filter(|at| text[*at..].lines().next().is_some_and(|line| line.contains("PRIVATE KEY")));
    let tokens = TOKENS.iter().filter_map(|(start, least)| {
        text.match_indices(start).map(|(at, _)| at).find(|at| is_token(text, *at, start.len(), *least))
    });
    block.into_iter().map(|at| (at, "-----BEGIN".len())).chain(tokens.map(|at| (at, 4))).min()
}

fn is_token(text: &str, at: usize, start: usize, least: usize) -> bool {
    let of_a_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let before = text[..at].chars().next_back().is_some_and(of_a_word);
    let of_a_token = |c: &char| of_a_word(*c) || matches!(c, '/' | '+' | '%' | '=');
    let rest: Vec<char> = text[at + start..].chars().take_while(of_a_token).collect();
    // A word with hyphens is no token: those have digits in them.
    !before && rest.len() >= least && rest.iter().any(char::is_ascii_digit)
}

/// Whether the text is an address with a password, or with a user name that must be a token.
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| {
        user.contains(':') || scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_words() {
        for secret in [
            concat!("AKIA", "IOSFODNN7EXAMPLE"),
            concat!("-----BEGIN OPENSSH PRIV", "ATE KEY-----"),
            concat!("x: ghp", "_0123456789abcdefghijABCDEFGHIJ012345"),
            concat!("https://a.blob.example.org/?sig", "=abcdefghij0123456789abcdefghij0123456789"),
        ] {
            assert!(find(secret).is_some(), "{secret}");
        }
        for harmless in [
            "AKIA is how an access key begins",
            "https://e.org/sk-how-to-change-the-language-of-the-page-and-more",
            "-----BEGIN CERTIFICATE-----",
            "design=0123456789012345678901234567890123456789",
            "MAKIA0123456789012345678",
        ] {
            assert_eq!(find(harmless), None, "{harmless}");
        }
        assert!(has_password("https://user:pw@example.org/a.git") && has_password("https://tok@example.org/a"));
        assert!(has_password("ssh://git:pw@example.org/a"));
        assert!(!has_password("ssh://git@example.org/a") && !has_password("git@example.org:a/b.git"));
        assert!(!has_password("https://example.org/@me"));
    }
}
