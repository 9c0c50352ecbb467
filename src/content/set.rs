//! Names of account types in one text → a bit set; never knows which account types the site has.
//!
//! The universe is the text's own: one bit for each name that its directives mention, one for every account type that
//! they do not mention (all of them are alike to this text), and one for the overview page. A text can thus be parsed
//! without its page's settings, and a snippet once for all the pages that include it.

use serde::{Deserialize, Serialize};
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign};

/// Whom a piece of text is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct VariantSet(u64);

/// How many names one text may mention.
pub const MAX_NAMES: usize = 62;

impl VariantSet {
    /// Everyone, and the overview.
    pub const ALL: VariantSet = VariantSet(u64::MAX);
    /// Nobody.
    pub const NONE: VariantSet = VariantSet(0);
    /// The overview page.
    pub const OVERVIEW: VariantSet = VariantSet(1 << 63);
    /// Every account type that the text does not mention.
    pub const OTHER: VariantSet = VariantSet(1 << 62);

    /// The account type whose name the text mentions as its `index`-th.
    pub fn name(index: usize) -> VariantSet {
        debug_assert!(index < MAX_NAMES, "the interpreter refuses a name beyond the limit");
        VariantSet(1 << index)
    }

    /// Every account type that is not in this set, and not the overview.
    pub fn but_not(self) -> VariantSet {
        VariantSet(!self.0 & !VariantSet::OVERVIEW.0)
    }

    /// This set without `other`.
    pub fn without(self, other: VariantSet) -> VariantSet {
        VariantSet(self.0 & !other.0)
    }

    /// The set as a number, to be kept.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The set that [`VariantSet::bits`] gave.
    pub fn from_bits(bits: u64) -> VariantSet {
        VariantSet(bits)
    }

    /// Whether every member of this set is one of `other`.
    pub fn is_within(self, other: VariantSet) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the two have a member in common.
    pub fn meets(self, other: VariantSet) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitAnd for VariantSet {
    type Output = VariantSet;
    fn bitand(self, other: VariantSet) -> VariantSet {
        VariantSet(self.0 & other.0)
    }
}

impl BitAndAssign for VariantSet {
    fn bitand_assign(&mut self, other: VariantSet) {
        self.0 &= other.0;
    }
}

impl BitOr for VariantSet {
    type Output = VariantSet;
    fn bitor(self, other: VariantSet) -> VariantSet {
        VariantSet(self.0 | other.0)
    }
}

impl BitOrAssign for VariantSet {
    fn bitor_assign(&mut self, other: VariantSet) {
        self.0 |= other.0;
    }
}

/// The names that a text mentions, in the order of their first mention.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Names(pub Vec<Box<str>>);

impl Names {
    /// The bit of the account type `id`.
    pub fn bit(&self, id: &str) -> VariantSet {
        self.0.iter().position(|name| **name == *id).map_or(VariantSet::OTHER, VariantSet::name)
    }

    /// The bits of all of them.
    pub fn all(&self) -> VariantSet {
        VariantSet((1 << self.0.len()) - 1)
    }

    /// The bit of `name`, which is added if it is new. `None` if there are too many.
    pub fn mention(&mut self, name: &str) -> Option<(usize, VariantSet)> {
        let index = match self.0.iter().position(|known| **known == *name) {
            Some(index) => index,
            None if self.0.len() == MAX_NAMES => return None,
            None => {
                self.0.push(name.into());
                self.0.len() - 1
            }
        };
        Some((index, VariantSet::name(index)))
    }
}
