//! Keys: Ed25519 in the clothes that NATS gives them. The secret half is shown by [`Key::seed`] and nowhere else.

use nkeys::{KeyPair, KeyPairType};
use std::fmt;
use std::sync::Arc;

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A learner, or the instructor's own connection: a user, to NATS.
    Learner,
    /// An account, or a key that signs for one.
    Account,
    /// Who vouches for accounts on a server of ours.
    Operator,
}

/// A key with its secret half.
#[derive(Clone)]
pub struct Key {
    pair: Arc<KeyPair>,
    kind: Kind,
}

/// A key that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine has no randomness.
    #[error("this machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// Not a seed, or that of another kind of key.
    #[error("this is not the seed of such a key")]
    Seed,
}

impl Kind {
    fn to_nats(self) -> KeyPairType {
        match self {
            Self::Learner => KeyPairType::User,
            Self::Account => KeyPairType::Account,
            Self::Operator => KeyPairType::Operator,
        }
    }
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn make(kind: Kind) -> Result<Self, KeyError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(KeyError::Random)?;
        Ok(Self::from_secret(kind, secret))
    }

    /// The key of these 32 bytes, which must be hard to guess.
    pub fn from_secret(kind: Kind, secret: [u8; 32]) -> Self {
        // Any 32 bytes are a key. Should the library ever think otherwise, a random one takes its place, which
        // opens nothing.
        let pair = KeyPair::new_from_raw(kind.to_nats(), secret);
        Self { pair: Arc::new(pair.unwrap_or_else(|_| KeyPair::new(kind.to_nats()))), kind }
    }

    /// Reads a seed as [`Key::seed`] writes it.
    ///
    /// # Errors
    /// When it is none, or that of another kind.
    pub fn read(kind: Kind, seed: &str) -> Result<Self, KeyError> {
        let pair = KeyPair::from_seed(seed.trim()).map_err(|_| KeyError::Seed)?;
        if pair.key_pair_type() != kind.to_nats() {
            return Err(KeyError::Seed);
        }
        Ok(Self { pair: Arc::new(pair), kind })
    }

    /// The secret half, to be kept in a file that nobody else may read.
    pub fn seed(&self) -> String {
        self.pair.seed().unwrap_or_default()
    }

    /// The public half: 56 letters and digits; `U…` is a learner, `A…` an account, `O…` an operator.
    pub fn public(&self) -> String {
        self.pair.public_key()
    }

    /// Signs, in 64 bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).unwrap_or_default()
    }
}

/// Whether `signature` is that of the key with this public half over `bytes`.
pub fn verify(public: &str, bytes: &[u8], signature: &[u8]) -> bool {
    KeyPair::from_public_key(public).is_ok_and(|pair| pair.verify(bytes, signature).is_ok())
}

/// Whether this is the public half of a key of that kind.
pub fn is_public(kind: Kind, text: &str) -> bool {
    KeyPair::from_public_key(text).is_ok_and(|pair| pair.key_pair_type() == kind.to_nats())
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?} {})", self.kind, self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_only_as_what_it_is() {
        let key = Key::make(Kind::Learner).unwrap();
        let again = Key::read(Kind::Learner, &format!("{}\n", key.seed())).unwrap();
        assert_eq!(again.public(), key.public());
        assert!(Key::read(Kind::Account, &key.seed()).is_err());
        assert!(Key::read(Kind::Learner, "SUxyz").is_err());
        assert!(is_public(Kind::Learner, &key.public()) && !is_public(Kind::Account, &key.public()));
    }

    #[test]
    fn a_signature_is_of_one_key_over_one_text() {
        let (key, other) = (Key::make(Kind::Account).unwrap(), Key::make(Kind::Account).unwrap());
        let signature = key.sign(b"text");
        assert!(verify(&key.public(), b"text", &signature));
        assert!(!verify(&key.public(), b"texT", &signature));
        assert!(!verify(&other.public(), b"text", &signature));
        assert!(!verify("nobody", b"text", &signature) && !verify(&key.public(), b"text", b"short"));
    }

    #[test]
    fn the_secret_is_not_in_what_is_printed_for_debugging() {
        let key = Key::make(Kind::Account).unwrap();
        assert!(!format!("{key:?}").contains(&key.seed()));
    }
}
