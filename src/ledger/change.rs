//! What a build was made of, and what the next one is made of → which answers may differ; in doubt, all of them.

use crate::content::Outline;
use crate::facts::World;
use crate::facts::reach::{self, Print};
use crate::hash::Hash;
use crate::path::SitePath;
use crate::source::{Origin, Role};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::Hash as _;

/// What a build was made of.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Was {
    /// The settings.
    config: Hash,
    /// Which pages there are, and where.
    frame: Hash,
    /// Names, roles and origins of all files.
    names: Hash,
    /// The hashes of the files, in the order of their names.
    files: Vec<Hash>,
}

/// Which answers may differ from those of an earlier build.
pub enum Change {
    /// Any.
    Anything,
    /// Those that come from what has one of these prints.
    Only(HashSet<Print>),
}

impl Was {
    /// What is made of `world`.
    pub fn of(world: &World) -> Was {
        let files = world.sources.files();
        Was {
            config: world.config,
            frame: world.site.frame(),
            names: Hash::of_list(files, |file, feed| {
                (&file.path, file.role, file.origin == Origin::Theme).hash(feed);
            }),
            files: files.iter().map(|file| file.hash).collect(),
        }
    }
}

impl Change {
    /// From what `was` to `world`, which is made of what is `now`. `earlier` gives the outline that was made of a page's file with these bytes.
    pub(super) fn between(
        was: &Was,
        now: &Was,
        world: &World,
        earlier: impl Fn(&SitePath, Role, Hash) -> Option<Outline>,
    ) -> Change {
        if (was.config, was.frame, was.names) != (now.config, now.frame, now.names)
            || was.files.len() != now.files.len()
        {
            return Change::Anything;
        }
        let mut changed = Vec::new();
        let mut alike = true;
        for (file, was) in world.sources.files().iter().zip(&was.files) {
            if file.hash == *was {
                continue;
            }
            changed.push(file.path.clone());
            match file.role {
                Role::Page => {
                    alike &= match (earlier(&file.path, file.role, *was), world.site.outline(file.path.as_str())) {
                        (Some(old), Some(new)) => old.is_shaped_like(new),
                        _ => false,
                    }
                }
                Role::Asset => alike = false,
                Role::Settings | Role::Snippet | Role::Template | Role::Static => return Change::Anything,
            }
        }
        Change::Only(if alike { reach::close(&changed) } else { reach::wide(&changed) })
    }

    /// Whether an answer that comes from what has this print may differ.
    pub(super) fn reaches(&self, print: Print) -> bool {
        match self {
            Change::Anything => true,
            Change::Only(prints) => prints.contains(&print),
        }
    }
}
