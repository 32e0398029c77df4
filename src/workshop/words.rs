//! Words: what the host says, signed over the subject it is said on, so that nobody else's are believed and
//! none can be said again elsewhere. On the wire: a line with the public key and the signature, then JSON.

use super::room::Room;
use super::seat::keys::verify;
use super::seat::{Key, Token};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Version of this format. A learner's program refuses a later one.
pub const FORMAT: u32 = 1;
/// Largest word, in bytes: under what a server takes by default (1 MiB).
pub const MAX_WORD: usize = 768 * 1024;

/// One word of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was said, in milliseconds since 1970 by the host's clock: a learner's program shows times by how
    /// far its own is from this.
    pub at: i64,
    /// What.
    pub says: Says,
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Says {
    /// This is the room; said to all, and to who joins. Its `helped` names who was helped last, not all.
    Room {
        /// The room.
        room: Box<Room>,
    },
    /// Said to one learner: its events up to this number are on the host's disk and need not be kept.
    Recorded {
        /// The number.
        up_to: u64,
    },
}

/// A word that is not believed or understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Over [`MAX_WORD`].
    #[error("a word of {0} bytes; {MAX_WORD} are the most")]
    TooLarge(usize),
    /// Not signed by the key that the token names, or said elsewhere, or changed on its way.
    #[error("a word that is not the instructor's")]
    Forged,
    /// Of a later format.
    #[error("a word of format {0}; this program reads format {FORMAT}: the instructor's program is newer")]
    Newer(u32),
    /// Not of this shape.
    #[error("not a word: {0}")]
    Shape(String),
}

impl Word {
    /// A word said at `now`.
    pub fn new(now: i64, says: Says) -> Self {
        Self { format: FORMAT, at: now, says }
    }

    /// The word as it travels on `subject`, signed by the key whose fingerprint the token has.
    ///
    /// # Errors
    /// When it would be over [`MAX_WORD`].
    pub fn write(&self, subject: &str, key: &Key) -> Result<Vec<u8>, WordError> {
        let body = serde_json::to_vec(self).map_err(|error| WordError::Shape(error.to_string()))?;
        let signature = STANDARD.encode(key.sign(&signed(subject, &body)));
        let mut bytes = format!("{} {signature}\n", key.public()).into_bytes();
        bytes.extend(body);
        if bytes.len() > MAX_WORD { Err(WordError::TooLarge(bytes.len())) } else { Ok(bytes) }
    }

    /// Reads what came on `subject`, and believes it only when the key that the token names has signed it.
    /// Texts in it are as the instructor's plan has them: take out what steers a terminal before they are shown.
    ///
    /// # Errors
    /// When it is too large, not the instructor's, of a later format or of no shape.
    pub fn read(subject: &str, bytes: &[u8], token: &Token) -> Result<Self, WordError> {
        /// The format is looked at first: what else a later one has is not known here.
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        if bytes.len() > MAX_WORD {
            return Err(WordError::TooLarge(bytes.len()));
        }
        let end = bytes.iter().take(200).position(|byte| *byte == b'\n').ok_or(WordError::Forged)?;
        let (head, body) = bytes.split_at(end);
        let body = body.get(1..).unwrap_or_default();
        let head = std::str::from_utf8(head).map_err(|_| WordError::Forged)?;
        let (by, signature) = head.split_once(' ').ok_or(WordError::Forged)?;
        let signature = STANDARD.decode(signature).map_err(|_| WordError::Forged)?;
        if !token.vouches_for(by) || !verify(by, &signed(subject, body), &signature) {
            return Err(WordError::Forged);
        }
        let shape = |error: serde_json::Error| {
            WordError::Shape(crate::text::sanitise::plain(&error.to_string()).into_owned())
        };
        let head: Head = serde_json::from_slice(body).map_err(shape)?;
        if head.format != FORMAT {
            return Err(WordError::Newer(head.format));
        }
        serde_json::from_slice(body).map_err(shape)
    }
}

fn signed(subject: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("docker-ecr-tutor word 1\0{subject}\0").into_bytes();
    text.extend(body);
    text
}

#[cfg(test)]
mod tests {
    use super::super::plan::Plan;
    use super::super::seat::Kind;
    use super::*;

    fn host() -> (Key, Token) {
        let key = Key::make(Kind::Account).unwrap();
        let token = Token::make(&key.public()).unwrap();
        (key, token)
    }

    #[test]
    fn a_word_reads_back_where_it_was_said() {
        let (key, token) = host();
        let room = Room::new(Plan { format: 1, title: "T".into(), parts: Vec::new() });
        for says in [Says::Room { room: Box::new(room) }, Says::Recorded { up_to: 7 }] {
            let word = Word::new(1_000, says);
            let bytes = word.write("a.b", &key).unwrap();
            assert_eq!(Word::read("a.b", &bytes, &token), Ok(word));
            assert_eq!(Word::read("a.c", &bytes, &token), Err(WordError::Forged), "said elsewhere");
        }
    }

    #[test]
    fn a_forged_word_is_not_believed() {
        let ((key, token), (other, _)) = (host(), host());
        let word = Word::new(1_000, Says::Recorded { up_to: 7 });
        let bytes = word.write("a", &key).unwrap();
        let changed = String::from_utf8(bytes).unwrap().replace(":7", ":8");
        let by_another = word.write("a", &other).unwrap();
        let body = serde_json::to_vec(&word).unwrap();
        let as_if = [format!("{} AAAA\n", key.public()).into_bytes(), body.clone()].concat();
        for forged in [changed.as_bytes(), &by_another, &body, &as_if, b"", b"\n", b" \n"] {
            assert_eq!(Word::read("a", forged, &token), Err(WordError::Forged));
        }
        let heap = vec![b' '; MAX_WORD + 1];
        assert_eq!(Word::read("a", &heap, &token), Err(WordError::TooLarge(MAX_WORD + 1)));
    }

    #[test]
    fn a_word_of_a_later_format_is_refused_by_its_number() {
        let (key, token) = host();
        let body = br#"{"format":2,"says":{"is":"something new"}}"#;
        let signature = STANDARD.encode(key.sign(&signed("a", body)));
        let mut bytes = format!("{} {signature}\n", key.public()).into_bytes();
        bytes.extend(body);
        assert_eq!(Word::read("a", &bytes, &token), Err(WordError::Newer(2)));
    }
}
