//! Passes: JSON web tokens as NATS has them (version 2 of its claims, signed with Ed25519).
//!
//! Times of issue are a fixed day: a server whose clock is behind refuses a pass from its future.

use super::keys::Key;
use super::{Subjects, Token};
use crate::workshop::event::MAX_PARCEL;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512_256};

/// When every pass was issued, in seconds since 1970: 2025-01-01.
const ISSUED: i64 = 1_735_689_600;
/// Room for the frame around a parcel.
const FRAME: usize = 4 * 1024;
/// Most subscriptions of one learner: there are two to have.
const SUBSCRIPTIONS: u32 = 8;

/// A learner's pass. What it may do is not in here but in the scope of the key that signs it.
///
/// `account` is the public key of the account for which `signing` signs.
pub fn learner(public: &str, signing: &Key, account: &str) -> String {
    let nats = json!({ "issuer_account": account, "type": "user", "version": 2 });
    sign(signing, public, "learner", nats)
}

/// The instructor's pass on a server of ours: all rights within the account.
pub fn instructor(public: &str, account: &Key) -> String {
    let unlimited =
        json!({ "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2 });
    sign(account, public, "instructor", unlimited)
}

/// Who vouches for the accounts of a server of ours.
pub fn operator(operator: &Key, system: &str) -> String {
    let nats = json!({ "system_account": system, "type": "operator", "version": 2 });
    sign(operator, &operator.public(), "docker-ecr-tutor", nats)
}

/// The account in which a server wants to talk to itself; nobody has a pass of it.
pub fn system(public: &str, operator: &Key) -> String {
    let mut nats = limits();
    extend(&mut nats, json!({ "type": "account", "version": 2 }));
    sign(operator, public, "SYS", nats)
}

/// The account of a workshop on a server of ours, with the scope of the token's key.
pub fn account(public: &str, token: &Token, operator: &Key) -> String {
    let mut nats = limits();
    if let Some(limits) = nats.get_mut("limits") {
        extend(limits, json!({ "mem_storage": -1, "disk_storage": -1, "streams": 4, "consumer": 64 }));
    }
    extend(&mut nats, json!({ "signing_keys": [scope(token)], "type": "account", "version": 2 }));
    sign(operator, public, "workshop", nats)
}

/// What the token's key may sign away: a learner tells in its own name, and hears what is said to it and to all.
/// The server puts the learner's key into the subjects; what a pass itself says of them counts for nothing.
pub fn scope(token: &Token) -> Value {
    let subjects = Subjects::of(&token.workshop());
    let own = "{{subject()}}";
    json!({
        "kind": "user_scope",
        "key": token.signing().public(),
        "role": "learner",
        "template": {
            "pub": { "allow": [subjects.from(own)] },
            "sub": { "allow": [subjects.to(own), subjects.all()] },
            "subs": SUBSCRIPTIONS,
            "data": -1,
            "payload": MAX_PARCEL + FRAME,
        },
    })
}

fn limits() -> Value {
    json!({
        "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": 0, "exports": 0,
            "wildcards": true, "conn": -1, "leaf": 0,
        },
        "default_permissions": { "pub": {}, "sub": {} },
    })
}

fn extend(value: &mut Value, more: Value) {
    if let (Some(into), Value::Object(more)) = (value.as_object_mut(), more) {
        into.extend(more);
    }
}

fn sign(by: &Key, about: &str, name: &str, nats: Value) -> String {
    let mut claims = json!({ "iat": ISSUED, "iss": by.public(), "name": name, "sub": about, "nats": nats });
    let hashed = Sha512_256::digest(claims.to_string());
    extend(&mut claims, json!({ "jti": base32(&hashed) }));
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(by.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// RFC 4648 without padding.
fn base32(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letters = (0..bytes.len() * 8).step_by(5);
    let letters = letters.map(|at| (at..at + 5).fold(0_usize, |value, at| value << 1 | usize::from(bit(at))));
    letters.filter_map(|value| alphabet.get(value).map(|letter| char::from(*letter))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Kind, verify};
    use super::*;

    fn claims(pass: &str) -> Value {
        let claims = URL_SAFE_NO_PAD.decode(pass.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }

    #[test]
    fn a_pass_is_signed_and_says_nothing_of_rights() {
        let key = Key::from_secret(Kind::Learner, [1; 32]);
        let token = Token::make("A").unwrap();
        let pass = learner(&key.public(), &token.signing(), "AACCOUNT");
        let (text, signature) = pass.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(verify(&token.signing().public(), text.as_bytes(), &signature));
        let claims = claims(&pass);
        assert_eq!(claims["sub"], key.public());
        assert_eq!(claims["iss"], token.signing().public());
        assert_eq!(
            claims["nats"],
            json!({"issuer_account": "AACCOUNT", "type": "user", "version": 2}),
            "a scoped key's pass with rights of its own is refused"
        );
    }

    #[test]
    fn the_scope_names_the_learners_own_subjects_and_no_other() {
        let token = Token::make("A").unwrap();
        let scope = scope(&token);
        let workshop = token.workshop();
        assert_eq!(
            scope["template"]["pub"]["allow"],
            json!([format!("tutor.{workshop}.from.{{{{subject()}}}}")])
        );
        assert_eq!(
            scope["template"]["sub"]["allow"],
            json!([format!("tutor.{workshop}.to.{{{{subject()}}}}"), format!("tutor.{workshop}.all")])
        );
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(b"f"), "MY");
    }
}
