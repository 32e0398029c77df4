//! Content digests: `sha256:…` and `sha512:…`, and the hashers that make them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;

/// A registered algorithm (OCI image specification, "Registered Algorithms").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// What every client uses.
    Sha256,
    /// What some push beside it.
    Sha512,
}

impl Algorithm {
    /// `sha256` or `sha512`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Its name, which is also the name of the folder that holds such content.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The one that is not this.
    pub fn other(self) -> Self {
        match self {
            Self::Sha256 => Self::Sha512,
            Self::Sha512 => Self::Sha256,
        }
    }

    fn hex_digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A digest known to be well formed: lower-case hexadecimal digits of the right number, safe as a
/// file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: Box<str>,
}

impl Digest {
    /// Reads `sha256:…` or `sha512:…`.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, hex) = text.split_once(':')?;
        let algorithm = Algorithm::parse(algorithm)?;
        let good = hex.len() == algorithm.hex_digits()
            && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        good.then(|| Self { algorithm, hex: hex.into() })
    }

    /// The sha256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::with(Algorithm::Sha256, bytes)
    }

    /// The digest of `bytes` by `algorithm`.
    pub fn with(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// By what it was made.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its digits.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a sha256 or sha512 digest"))
    }
}

/// Makes a digest of what it is shown.
#[derive(Debug, Clone)]
pub enum Hasher {
    /// By sha256.
    Sha256(sha2::Sha256),
    /// By sha512.
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    /// One that has seen nothing.
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Box::new(sha2::Sha512::new())),
        }
    }

    /// By what it hashes.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Shows it more.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of all it has seen.
    pub fn finish(self) -> Digest {
        let algorithm = self.algorithm();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        let hex = match self {
            Self::Sha256(hasher) => hex(&hasher.finalize()),
            Self::Sha512(hasher) => hex(&hasher.finalize()),
        };
        Digest { algorithm, hex }
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_specification() {
        assert_eq!(
            Digest::of(b"{}").to_string(),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        let long = Digest::with(Algorithm::Sha512, b"").to_string();
        assert!(long.starts_with("sha512:cf83e1357eefb8bd"), "{long}");
        assert_eq!(Digest::parse(&long).unwrap().to_string(), long);
    }

    #[test]
    fn a_digest_is_never_a_path() {
        let upper = Digest::of(b"").to_string().to_uppercase();
        for bad in ["sha256:../../etc/passwd", "sha512:00", "sha256:AB", "", "md5:00", &upper] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
        let wrong = Digest::of(b"").to_string().replace("sha256", "sha512");
        assert_eq!(Digest::parse(&wrong), None);
    }
}
