//! The token of a join line: 28 letters. 60 bits say whom to believe (the fingerprint of the key that signs the
//! host's words), 80 bits are the secret from which everybody in the room makes the same signing key.

use super::keys::{Key, KeyError, Kind};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Letters of a token, of 5 bits each. No `i`, `l`, `o`, `u`: they are read as what they look like.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many letters there are, and how many of them are the fingerprint.
const LETTERS: usize = 28;
const FINGERPRINT: usize = 12;
/// Letters of a group, when it is printed.
const GROUP: usize = 4;

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Five bits each.
    letters: [u8; LETTERS],
}

/// A token that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too short or too long.
    #[error("a token has {LETTERS} letters; this one has {0}")]
    Length(usize),
    /// A letter that is in no token.
    #[error("no token has the letter {0:?}")]
    Letter(char),
}

impl Token {
    /// A new one for a workshop whose words are signed by the key with this public half.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn make(words: &str) -> Result<Self, KeyError> {
        let mut secret = [0; LETTERS - FINGERPRINT];
        getrandom::fill(&mut secret).map_err(KeyError::Random)?;
        let mut letters = [0; LETTERS];
        let random = secret.iter().map(|byte| byte & 31);
        letters
            .iter_mut()
            .zip(fingerprint(words).into_iter().chain(random))
            .for_each(|(to, from)| *to = from);
        Ok(Self { letters })
    }

    /// Reads what somebody typed: any case, with or without dashes and spaces, `o` for 0, `i` and `l` for 1.
    ///
    /// # Errors
    /// When it has not 28 letters, or one that is in no token.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        let mut letters = [0; LETTERS];
        let mut count = 0;
        for letter in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let plain = match letter.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|a| char::from(*a) == plain);
            let value = value.and_then(|value| u8::try_from(value).ok()).ok_or(TokenError::Letter(letter))?;
            if let Some(to) = letters.get_mut(count) {
                *to = value;
            }
            count += 1;
        }
        if count == LETTERS { Ok(Self { letters }) } else { Err(TokenError::Length(count)) }
    }

    /// The token as it is shown and typed, in groups: `xxxx-xxxx-…`. It opens the workshop: show it to those who
    /// shall come in, and log it nowhere.
    pub fn reveal(&self) -> String {
        let letter = |value: &u8| ALPHABET.get(usize::from(*value)).map_or('0', |letter| char::from(*letter));
        let groups = self.letters.chunks(GROUP).map(|group| group.iter().map(letter).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// The workshop's id: 8 letters from `a` to `z`, of which the token cannot be guessed.
    pub fn workshop(&self) -> String {
        self.hash("workshop").iter().take(8).map(|byte| char::from(b'a' + byte % 26)).collect()
    }

    /// The account's scoped signing key: whoever has the token can sign a pass with it, and the server lets a
    /// pass of it do what its scope says.
    pub fn signing(&self) -> Key {
        Key::from_secret(Kind::Account, self.hash("signing"))
    }

    /// Whether the key with this public half is the one that signs the host's words.
    pub fn vouches_for(&self, words: &str) -> bool {
        self.letters.starts_with(&fingerprint(words))
    }

    fn hash(&self, what: &str) -> [u8; 32] {
        hash(what, &self.letters)
    }
}

/// The domain keeps what is derived for one end from being worth anything for another.
fn hash(what: &str, bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("docker-ecr-tutor {what} 1\0"));
    hash.update(bytes);
    hash.finalize().into()
}

fn fingerprint(words: &str) -> [u8; FINGERPRINT] {
    let hashed = hash("words", words.as_bytes());
    let mut letters = [0; FINGERPRINT];
    letters.iter_mut().zip(hashed).for_each(|(letter, byte)| *letter = byte & 31);
    letters
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(of {})", self.workshop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token::make("AWORDS").unwrap()
    }

    #[test]
    fn what_is_shown_is_read_however_it_is_typed() {
        let token = token();
        let shown = token.reveal();
        assert_eq!(shown.len(), 28 + 6);
        assert_eq!(Token::read(&shown).unwrap(), token);
        assert_eq!(Token::read(&shown.to_uppercase().replace('-', " ")).unwrap(), token);
        assert_eq!(Token::read(&shown.replace('-', "").replace('0', "O").replace('1', "l")).unwrap(), token);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        assert_eq!(Token::read("abc-def"), Err(TokenError::Length(6)));
        assert_eq!(Token::read(&"a".repeat(29)), Err(TokenError::Length(29)));
        assert_eq!(Token::read("u"), Err(TokenError::Letter('u')));
        assert_eq!(Token::read("\u{1b}"), Err(TokenError::Letter('\u{1b}')));
    }

    #[test]
    fn all_that_hangs_on_it_is_the_same_for_everybody_who_has_it() {
        // Fixed: a program of another version must come to the same.
        let token = Token::read("0123-4567-89ab-cdef-ghjk-mnpq-rstv").unwrap();
        assert_eq!(token.workshop(), "abbshmsd");
        assert_eq!(token.signing().public(), "ADY4SGEFARKHVWGW5HMJ2ZZNA6SYQFOJPDVYLIRNYMUGV4BHFPF2KQUZ");
        let other = Token::read("0123-4567-89ab-cdef-ghjk-mnpq-rstw").unwrap();
        assert_ne!(
            (token.workshop(), token.signing().public()),
            (other.workshop(), other.signing().public())
        );
    }

    #[test]
    fn it_names_one_key_to_believe() {
        let token = token();
        assert!(token.vouches_for("AWORDS"));
        assert!(!token.vouches_for("AWORDT") && !token.vouches_for(""));
    }

    #[test]
    fn it_is_not_in_what_is_printed_for_debugging() {
        let token = token();
        let letters = token.reveal();
        assert!(!format!("{token:?}").contains(&letters[..9]));
    }
}
