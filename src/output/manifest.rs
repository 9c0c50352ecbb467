//! `.guidepost-manifest` ↔ names and hashes of what we wrote; the same bytes for the same site, and no name leads out.

use crate::hash::Hash;

/// The name of the file, in the output folder. Its being there is what makes the folder ours.
pub const NAME: &str = ".guidepost-manifest";

const HEADER: &str = "guidepost manifest 1";

/// The files of an output folder that are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Sorted by name.
    entries: Vec<(Box<str>, Hash)>,
}

impl Manifest {
    /// The manifest of `entries`, which are sorted by name and hold each name once.
    pub(super) fn new(entries: Vec<(Box<str>, Hash)>) -> Manifest {
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0), "names come sorted");
        Manifest { entries }
    }

    /// The manifest in `text`; `None` unless every line of it is as we write it.
    pub(super) fn parse(text: &str) -> Option<Manifest> {
        let lines = text.strip_prefix(HEADER)?.strip_prefix('\n')?;
        if !lines.is_empty() && !lines.ends_with('\n') {
            return None;
        }
        let entries: Option<Vec<_>> = lines
            .lines()
            .map(|line| {
                let (hash, name) = line.split_once("  ")?;
                check(name).ok()?;
                Some((Box::from(name), hash.parse().ok()?))
            })
            .collect();
        entries.filter(|entries| entries.is_sorted_by(|a, b| a.0 < b.0)).map(Manifest::new)
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(HEADER.len() + 1 + self.entries.len() * 80);
        text.push_str(HEADER);
        text.push('\n');
        for (name, hash) in &self.entries {
            text.push_str(&hash.to_string());
            text.push_str("  ");
            text.push_str(name);
            text.push('\n');
        }
        text
    }

    /// The hash of the file `name`, if it is ours.
    pub fn get(&self, name: &str) -> Option<Hash> {
        Some(self.entries[self.position(name)?].1)
    }

    /// The index of the file `name` among the entries, if it is ours.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.entries.binary_search_by(|(other, _)| (**other).cmp(name)).ok()
    }

    /// Every name with its hash, sorted by name.
    pub fn entries(&self) -> &[(Box<str>, Hash)] {
        &self.entries
    }
}

/// Why `name` cannot be the name of an output file, if so. Names are relative, with `/` between their parts.
pub(super) fn check(name: &str) -> Result<(), &'static str> {
    let first = name.split('/').next().unwrap_or_default().to_ascii_lowercase();
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Err("it could lead out of the output folder")
    } else if name.chars().any(|c| c.is_control() || c == '\\') || cfg!(windows) && name.contains(':') {
        Err("it has a character that a file name cannot have everywhere")
    } else if first.starts_with(".guidepost-") {
        Err("such names are Guidepost's own")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_manifest_are_one() {
        let manifest = Manifest::new(vec![("a b.html".into(), Hash::of(b"a")), ("x/y.css".into(), Hash::of(b"b"))]);
        assert_eq!(Manifest::parse(&manifest.text()), Some(manifest.clone()));
        assert_eq!(manifest.get("x/y.css"), Some(Hash::of(b"b")));
        assert_eq!(Manifest::parse(&Manifest::default().text()), Some(Manifest::default()));
    }

    #[test]
    fn nothing_but_our_own_lines_is_believed() {
        let line = |name: &str| format!("{HEADER}\n{}  {name}\n", Hash::of(b"a"));
        assert!(Manifest::parse(&line("a")).is_some());
        for name in
            ["../a", "/etc/passwd", "a/../../b", "a//b", "", ".guidepost-manifest", ".Guidepost-stage/1", "a\\b"]
        {
            assert_eq!(Manifest::parse(&line(name)), None, "{name}");
        }
        for text in ["", "guidepost manifest 2\n", &line("a")[..30], line("a").trim_end(), &(line("b") + "x  a\n")] {
            assert_eq!(Manifest::parse(text), None, "{text}");
        }
    }
}
