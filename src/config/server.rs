//! A target's keys of a server of one's own → where it is there; never a word that a client could take for an option.

use super::publish::{Find, needed};
use crate::yaml::{Entry, Reader};
use serde::{Deserialize, Serialize};

/// A folder of releases on a server with ssh and rsync.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rsync {
    /// What stands behind `ssh`: a host, or a user and a host.
    pub server: String,
    /// The port; what ssh's own settings say if none is given.
    pub port: Option<u16>,
    /// The folder; from the user's home folder there if it is relative.
    pub path: String,
    /// How many releases are kept there, the present one among them.
    pub releases: usize,
}

/// A folder on a server that speaks SFTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sftp {
    /// What stands behind `sftp`: a host, or a user and a host.
    pub server: String,
    /// The port; what ssh's own settings say if none is given.
    pub port: Option<u16>,
    /// The folder; from the folder in which the user arrives there if it is relative.
    pub path: String,
    /// How many releases are kept there, the present one among them; with 0 the folder holds the site itself.
    pub releases: usize,
}

pub(super) fn rsync<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<Rsync> {
    let Place { server, port, path } = place(reader, target, find)?;
    let releases = number(reader, find, "releases", 1, 1000)?.map_or(5, |count| count as usize);
    Some(Rsync { server, port, path, releases })
}

pub(super) fn sftp<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<Sftp> {
    let Place { server, port, path } = place(reader, target, find)?;
    let releases = number(reader, find, "releases", 0, 1000)?.map_or(0, |count| count as usize);
    Some(Sftp { server, port, path, releases })
}

/// A folder on a server.
struct Place {
    server: String,
    port: Option<u16>,
    path: String,
}

fn place<'e, 'n: 'e>(reader: &mut Reader, target: &Entry, find: Find<'_, 'e, 'n>) -> Option<Place> {
    let server = needed(reader, target, find("server"), "server: deploy@example.org")?;
    let path = needed(reader, target, find("path"), "path: /srv/www/help")?;
    let span = |key: &str| find(key).map(|part| part.value.span).unwrap_or_default();
    if !is_server(&server) {
        let message = format!("`{server}` cannot be a server");
        let help = "write what stands behind `ssh`: `server: deploy@example.org`; a port goes to `port`";
        reader.report(span("server"), message, "not a server", help);
        return None;
    }
    let path = path.strip_prefix("~/").unwrap_or(&path).trim_end_matches('/').to_owned();
    let has_control = path.contains(char::is_control);
    if path.is_empty() || path.starts_with('~') || path.split('/').any(|part| part == "..") || has_control {
        let message = "`path` cannot be a folder for a site".to_owned();
        let help = "write a folder of its own, such as `path: /srv/www/help`";
        reader.report(span("path"), message, "not such a folder", help);
        return None;
    }
    let port = number(reader, find, "port", 1, 65535)?.and_then(|port| u16::try_from(port).ok());
    Some(Place { server, port, path })
}

/// The number behind a key, `Some(None)` if there is no such key, or `None` after a report.
fn number<'e, 'n: 'e>(
    reader: &mut Reader,
    find: Find<'_, 'e, 'n>,
    key: &str,
    least: i64,
    most: i64,
) -> Option<Option<i64>> {
    let Some(part) = find(key) else { return Some(None) };
    match reader.integer(key, &part.value)? {
        number if (least..=most).contains(&number) => Some(Some(number)),
        _ => {
            let message = format!("`{key}` is a number from {least} to {most}");
            reader.report(part.value.span, message, "not such a number", format!("write it like `{key}: {least}`"));
            None
        }
    }
}

/// Whether ssh takes the word for a host, with or without a user, and for nothing else.
fn is_server(word: &str) -> bool {
    let (user, host) = word.rsplit_once('@').unwrap_or(("-", word));
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
    !word.starts_with('-') && plain(user) && plain(host) && !host.starts_with('-')
}
