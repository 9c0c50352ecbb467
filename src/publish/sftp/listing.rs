//! What `sftp` prints of a folder → the names in it; a list that may not be whole is none.

use crate::publish::objects::Fault;
use std::collections::BTreeMap;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// A file of this size.
    File(u64),
    /// A folder.
    Folder,
    /// A link, or something else.
    Odd,
}

/// The names in a folder.
pub(super) type Names = BTreeMap<String, Thing>;

/// The names in the folder (or the one file) `key` that `ls -lan` said this of; `None` if there is none.
pub(super) fn parse(key: &str, said: &[String]) -> Result<Option<Names>, Fault> {
    let (inside, itself) = (format!(" ./{}", join(key, "")), format!(" ./{key}"));
    let mut names = Names::new();
    let mut odd = Vec::new();
    let mut is_whole = false;
    for line in said.iter().map(|line| decoded(line)) {
        let found = line.find(&inside).map(|at| (at, at + inside.len()));
        let own = || line.strip_suffix(&itself).map(|head| (head.len(), line.len()));
        match found.or_else(own).and_then(|(head, name)| Some((thing(&line[..head])?, &line[name..]))) {
            Some((_, "." | "..")) => is_whole = true,
            Some((thing, name)) => drop(names.insert(name.to_owned(), thing)),
            None => odd.push(line.clone()),
        }
    }
    match odd.first() {
        None => Ok(Some(names)),
        Some(line) if line.starts_with("Can't ls: ") && line.ends_with(" not found") && said.len() == 1 => Ok(None),
        // Others' names may have line breaks in them.
        Some(_) if is_whole && !odd.iter().any(|line| is_trouble(line)) => Ok(Some(names)),
        Some(line) => Err(fault(&format!("{line} (listing `{key}`)"))),
    }
}

fn is_trouble(line: &str) -> bool {
    ["remote ", "Can't ", "Couldn't ", "Cannot "].iter().any(|word| line.starts_with(word))
}

/// What the line's columns before the name tell.
fn thing(head: &str) -> Option<Thing> {
    let columns: Vec<&str> = head.split_whitespace().collect();
    let kind = columns.first().filter(|column| column.len() >= 10)?.chars().next()?;
    // Size, month, day, and time or year.
    let size: u64 = columns.get(columns.len().checked_sub(4)?)?.parse().ok()?;
    match kind {
        '-' => Some(Thing::File(size)),
        'd' => Some(Thing::Folder),
        'l' | 'b' | 'c' | 'p' | 's' | '?' => Some(Thing::Odd),
        _ => None,
    }
}

/// A line with names as they are: what is not ASCII is printed in octal digits.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|byte| *first == b'\\' && *byte > 126)
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[3..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `name` in the folder `key`.
pub(super) fn join(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}/{name}") }
}

/// Whether the answer says that there is nothing of that name.
pub(super) fn is_missing(said: &str) -> bool {
    said.contains("No such file") || said.contains("not found")
}

/// The fault that these words tell of.
pub(super) fn fault(said: &str) -> Fault {
    let why = format!("sftp says: {said}");
    if said.contains("Permission denied") {
        Fault::with_help(why, "see whose folder `path` is: the user of `server` must be able to write there")
    } else if said.contains("Operation unsupported") || said.contains("does not support") {
        Fault::fatal(why)
    } else {
        // A server's word for a full disk is the same as for one that is busy.
        Fault::passing(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(key: &str, said: &[&str]) -> Result<Option<Names>, Fault> {
        parse(key, &said.iter().map(|line| line.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_read() {
        let names = list(
            "a b",
            &[
                "drwxr-xr-x    ? root     root          180 Nov 24 22:03 ./a b/.",
                "-rw-r--r--    ? root     a user          2 Nov 24  2025 ./a b/x ./a b/y",
                "lrwxrwxrwx    ? 0        0               7 Nov 24 22:03 ./a b/\\303\\274",
                "-rw-r--r--    ? root     root            2 Nov 24 22:03 ./a b/one",
                "line",
            ],
        );
        let names = names.unwrap().unwrap();
        assert_eq!(names.get("x ./a b/y"), Some(&Thing::File(2)));
        assert_eq!(names.get("ü"), Some(&Thing::Odd));
        assert_eq!(names.len(), 3);
        let one = list("x/0", &["-rw-r--r--    ? 0        0             399 Nov 24 22:03 ./x/0"]).unwrap().unwrap();
        assert_eq!(one.into_values().collect::<Vec<_>>(), [Thing::File(399)]);
    }

    #[test]
    fn what_is_no_list_is_none() {
        assert_eq!(list("x", &["Can't ls: \"/srv/./x\" not found"]), Ok(None));
        assert_eq!(list("", &[]), Ok(Some(Names::new())));
        assert!(list("x", &["remote readdir(\"/x\"): Permission denied"]).unwrap_err().help().is_some());
        let half = ["drwxr-xr-x    ? 0 0 180 Nov 24 22:03 ./.", "remote readdir: Failure"];
        assert!(list("", &half).is_err());
        assert!(list("", &["-rw-r--r--    ? 0 0 1 Nov 24 22:03 ./a", "odd"]).is_err());
    }
}
