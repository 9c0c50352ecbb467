//! Bytes → a fingerprint that names their content; never a hash that depends on the process, the platform's hasher or an address.

use rayon::prelude::*;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::hash::{BuildHasher as _, Hasher};
use twox_hash::XxHash3_128;

/// How many items of a list are hashed by one thread at once.
const PART: usize = 4096;

/// Two halves of a fingerprint, each 64 bits.
const SEEDS: [u64; 2] = [0, 1];

/// The 128 bits of XXH3: equal means "the same bytes" for every practical purpose.
///
/// It tells files of one author apart, and outputs made of them. Nothing that somebody else could gain by two files of
/// one hash depends on it. (XXH3 is specified, and the same everywhere: lists of published files outlive a program.)
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 16]);

// Caches hold them by the ten thousand: as a row of bytes, not byte by byte.
impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let bytes: &[u8] = Deserialize::deserialize(deserializer)?;
        bytes.try_into().map(Hash).map_err(|_| D::Error::invalid_length(bytes.len(), &"16 bytes"))
    }
}

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(XxHash3_128::oneshot(bytes).to_be_bytes())
    }

    /// The hash of all that `reader` gives, without keeping it.
    pub fn of_reader(mut reader: impl std::io::Read) -> std::io::Result<Hash> {
        let mut digest = Digest::default();
        let mut bytes = vec![0; 64 << 10];
        loop {
            match reader.read(&mut bytes) {
                Ok(0) => return Ok(digest.finish()),
                Ok(length) => digest.update(&bytes[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The fingerprint of a value: of everything its `Hash` implementation feeds to a hasher.
    ///
    /// Two values of one type with equal fingerprints are equal, unless somebody has gone to great lengths; the
    /// fingerprint is stable for one build of the program on one platform, which is all that a cache needs.
    pub fn of_value<T: std::hash::Hash + ?Sized>(value: &T) -> Hash {
        let mut feed = Feed(Vec::with_capacity(512));
        value.hash(&mut feed);
        feed.hash()
    }

    /// The fingerprint of a long list, of which `feed` feeds one item; by all threads.
    pub fn of_list<T: Sync>(list: &[T], feed: impl Fn(&T, &mut Feed) + Sync) -> Hash {
        let parts = list.par_chunks(PART).map(|part| {
            let mut fed = Feed::default();
            part.iter().for_each(|item| feed(item, &mut fed));
            fed.hash()
        });
        Hash::of_value(&(list.len(), parts.collect::<Vec<Hash>>()))
    }

    /// The first `n` hexadecimal digits, for file names such as `theme.1a2b3c4d.css`.
    pub fn hex(&self, n: usize) -> String {
        let mut all = self.to_string();
        all.truncate(n);
        all
    }

    /// The hash itself, for files that are not text.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Hashes bytes that come in pieces.
#[derive(Default)]
pub struct Digest(XxHash3_128);

impl Digest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The hash of all bytes together.
    pub fn finish(&self) -> Hash {
        Hash(self.0.finish_128().to_be_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (at, byte) in self.0.iter().enumerate() {
            text[2 * at] = DIGITS[usize::from(byte >> 4)];
            text[2 * at + 1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Hash {
    type Err = ();

    fn from_str(text: &str) -> Result<Hash, ()> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return Err(());
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| ())?;
        }
        Ok(Hash(bytes))
    }
}

/// Collects what values feed to their hasher, so that it is hashed in one go.
#[derive(Default)]
pub struct Feed(Vec<u8>);

impl Feed {
    /// The fingerprint of all that was fed: answers are many and short, and what hashes files takes its time for each.
    pub fn hash(&self) -> Hash {
        let [low, high] = SEEDS.map(|seed| {
            let mut hasher = foldhash::quality::FixedState::with_seed(seed).build_hasher();
            hasher.write(&self.0);
            hasher.finish()
        });
        Hash((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
    }

    /// Feeds what `other` was fed.
    pub fn append(&mut self, other: &Feed) {
        self.0.extend_from_slice(&other.0);
    }

    /// Forgets what was fed.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let hash = Hash::of(b"guide");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.hex(8).len(), 8);
    }

    #[test]
    fn neighbouring_strings_do_not_run_together() {
        assert_ne!(Hash::of_value(&("ab", "c")), Hash::of_value(&("a", "bc")));
    }
}
