//! Keys: what a builder's cache knows a step, a file or a folder by. Equal keys, equal work.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// 128 bits of a SHA-256: the same in every version of this program, so that it can be kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(u128);

impl Key {
    /// The key of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::cut(&Sha256::digest(bytes))
    }

    /// The key that a SHA-256 of something long is cut to.
    pub fn cut(sum: &[u8]) -> Self {
        let mut half = [0; 16];
        half.iter_mut().zip(sum).for_each(|(to, from)| *to = *from);
        Self(u128::from_be_bytes(half))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0 >> 96)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Puts a key together from parts; where one ends and the next begins is part of it.
#[derive(Clone)]
pub(super) struct Mixer(Sha256);

impl Mixer {
    /// For a thing of this kind.
    pub(super) fn new(kind: &str) -> Self {
        Self(Sha256::new()).text(kind)
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    pub(super) fn texts<T: AsRef<str>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        let mixed = texts.into_iter().fold(self, |mixer, text| mixer.text(text.as_ref()));
        mixed.number(u64::MAX)
    }

    pub(super) fn key(mut self, key: Key) -> Self {
        self.0.update(key.0.to_le_bytes());
        self
    }

    pub(super) fn keys(self, keys: impl IntoIterator<Item = Key>) -> Self {
        keys.into_iter().fold(self, Self::key).number(u64::MAX)
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.update(number.to_le_bytes());
        self
    }

    pub(super) fn finish(self) -> Key {
        Key::cut(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = |parts: &[&str]| Mixer::new("x").texts(parts).finish();
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a"]), key(&["a", ""]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }

    #[test]
    fn a_key_can_be_kept() {
        let key = Key::of(b"something");
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<Key>(&text).unwrap(), key);
        assert!(serde_json::from_str::<Key>("\"no key\"").is_err());
    }
}
