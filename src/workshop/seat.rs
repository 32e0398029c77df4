//! A seat in a workshop: what a join line holds, and what a learner's or an instructor's program makes of it to
//! be let in. Nobody asks a door: whoever has the token signs a pass of their own, and the server, which knows the
//! scoped signing key behind the token, lets the pass do what the scope says and nothing else.
//!
//! A learner's program:
//!
//! 1. reads the line: [`Address::read`] (`nats://HOST:PORT#TOKEN`);
//! 2. has a [`Key`] of kind [`Kind::Learner`], made once for each workshop ([`Key::make`], kept 0600 as
//!    [`Key::seed`], read again by [`Key::read`]);
//! 3. knows the account: [`Address::account`], or else the name that the server greets with
//!    (`server::Greeting::read`);
//! 4. connects with [`Seat::options`], publishes parcels to [`Subjects::from`] of its public key, and hears
//!    [`Subjects::to`] and [`Subjects::all`]. It may do nothing else: no inbox, no request.
//!
//! What it hears it reads with `words::Word::read`, which believes only who the token names.

pub mod address;
pub mod jwt;
pub mod keys;
pub mod token;

pub use address::{Address, AddressError};
pub use keys::{Key, KeyError, Kind};
pub use token::{Token, TokenError};

/// The subjects of one workshop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    workshop: String,
}

impl Subjects {
    /// Those of the workshop with this id.
    pub fn of(workshop: &str) -> Self {
        Self { workshop: workshop.to_owned() }
    }

    /// Where the learner with this public key tells.
    pub fn from(&self, key: &str) -> String {
        format!("tutor.{}.from.{key}", self.workshop)
    }

    /// Where the host says something to the learner with this public key.
    pub fn to(&self, key: &str) -> String {
        format!("tutor.{}.to.{key}", self.workshop)
    }

    /// Where the host says something to all.
    pub fn all(&self) -> String {
        format!("tutor.{}.all", self.workshop)
    }

    /// All that learners tell: what the stream keeps.
    pub fn told(&self) -> String {
        self.from("*")
    }

    /// The public key of who told something on `subject`; `None` where that is none of [`Subjects::told`].
    pub fn teller<'a>(&self, subject: &'a str) -> Option<&'a str> {
        let key = subject.strip_prefix(self.from("").as_str())?;
        (key.len() == 56 && key.starts_with('U') && key.bytes().all(|b| b.is_ascii_alphanumeric()))
            .then_some(key)
    }

    /// Name of the stream that keeps it.
    pub fn stream(&self) -> String {
        format!("TUTOR_{}", self.workshop)
    }
}

/// What it takes to be let in as a learner.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The learner's own key.
    pub key: Key,
    /// The token of the workshop.
    pub token: Token,
    /// Public key of the account on the server.
    pub account: String,
}

impl Seat {
    /// Options to connect with: the pass, signed by the token's key, and the learner's key for the server's
    /// challenge.
    pub fn options(&self) -> async_nats::ConnectOptions {
        let pass = jwt::learner(&self.key.public(), &self.token.signing(), &self.account);
        options(pass, self.key.clone())
    }

    /// The subjects of the workshop.
    pub fn subjects(&self) -> Subjects {
        Subjects::of(&self.token.workshop())
    }
}

/// Options to connect with a pass and the key it is made out to.
pub fn options(pass: String, key: Key) -> async_nats::ConnectOptions {
    async_nats::ConnectOptions::with_jwt(pass, move |nonce| {
        let key = key.clone();
        async move { Ok(key.sign(&nonce)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tells_is_read_from_the_subject_and_from_nothing_else() {
        let key = Key::from_secret(Kind::Learner, [7; 32]).public();
        let subjects = Subjects::of("abcdefgh");
        assert_eq!(subjects.teller(&subjects.from(&key)), Some(key.as_str()));
        for wrong in [
            subjects.to(&key),
            subjects.all(),
            format!("{}.x", subjects.from(&key)),
            Subjects::of("abcdefgi").from(&key),
            subjects.from("UABC"),
            subjects.from(&key.replacen('U', "A", 1)),
        ] {
            assert_eq!(subjects.teller(&wrong), None, "{wrong}");
        }
    }
}
