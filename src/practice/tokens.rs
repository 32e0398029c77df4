//! Registry tokens: issued by the API, asked for by the registry, kept in memory only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a token is good for, as on ECR: 12 hours.
pub const TOKEN_LIFETIME_SECONDS: u64 = 12 * 60 * 60;

/// Tokens that are known at once; a further one takes the place of the oldest.
const MOST_TOKENS: usize = 10_000;

/// The tokens issued so far.
#[derive(Default)]
pub struct Tokens {
    expiries: Mutex<HashMap<String, u64>>,
}

/// What a registry request shows in its `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A token of ours that is still good.
    Good,
    /// A token of ours that has expired.
    Expired,
    /// Nothing, or nothing of ours.
    Unknown,
}

impl Tokens {
    /// A new password and the second at which it expires.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(super) fn issue(&self, now: u64) -> Result<(String, u64), getrandom::Error> {
        let mut bytes = [0u8; 48];
        getrandom::fill(&mut bytes)?;
        let password = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let expires = now.saturating_add(TOKEN_LIFETIME_SECONDS);
        let mut expiries = self.expiries.lock().unwrap_or_else(PoisonError::into_inner);
        // Expired ones stay known for a day, so that the learner is told "expired", not "unknown".
        expiries.retain(|_, until| now < until.saturating_add(86_400));
        if expiries.len() >= MOST_TOKENS
            && let Some(oldest) = expiries.iter().min_by_key(|(_, until)| **until).map(|(p, _)| p.clone())
        {
            expiries.remove(&oldest);
        }
        expiries.insert(password.clone(), expires);
        Ok((password, expires))
    }

    /// Whether one of the passwords stands in `bytes`, plain or with its user in base64.
    pub(super) fn stand_in(&self, bytes: &[u8]) -> bool {
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let expiries = self.expiries.lock().unwrap_or_else(PoisonError::into_inner);
        expiries.keys().any(|password| holds(password) || holds(&STANDARD.encode(format!("AWS:{password}"))))
    }

    /// What `header`, the value of `Authorization`, is worth at `now`.
    pub(super) fn verify(&self, header: Option<&str>, now: u64) -> Verdict {
        let decoded = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, credentials)| STANDARD.decode(credentials.trim()).ok())
            .and_then(|b| String::from_utf8(b).ok());
        let Some(password) = decoded.as_deref().and_then(|d| d.strip_prefix("AWS:")) else {
            return Verdict::Unknown;
        };
        let expiries = self.expiries.lock().unwrap_or_else(PoisonError::into_inner);
        match expiries.get(password) {
            Some(until) if now < *until => Verdict::Good,
            Some(_) => Verdict::Expired,
            None => Verdict::Unknown,
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(user: &str, password: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
    }

    #[test]
    fn a_token_is_good_for_twelve_hours_and_then_known_to_have_expired() {
        let tokens = Tokens::default();
        let (password, expires) = tokens.issue(1000).unwrap();
        assert_eq!(expires, 1000 + 43_200);
        let shown = header("AWS", &password);
        assert_eq!(tokens.verify(Some(&shown), expires - 1), Verdict::Good);
        assert_eq!(tokens.verify(Some(&shown), expires), Verdict::Expired);
    }

    #[test]
    fn a_token_is_recognised_plain_and_as_docker_keeps_it() {
        let tokens = Tokens::default();
        assert!(!tokens.stand_in(b"anything"));
        let (password, _) = tokens.issue(0).unwrap();
        assert!(tokens.stand_in(format!("+ docker login -p {password} x").as_bytes()));
        let kept = format!(r#"{{"auth":"{}"}}"#, STANDARD.encode(format!("AWS:{password}")));
        assert!(tokens.stand_in(kept.as_bytes()));
        assert!(!tokens.stand_in(&kept.as_bytes()[..40]));
    }

    #[test]
    fn other_users_other_passwords_and_other_schemes_are_unknown() {
        let tokens = Tokens::default();
        let (password, _) = tokens.issue(0).unwrap();
        let bearer = format!("Bearer {password}");
        for shown in [&header("aws", &password), &header("AWS", "guess"), &bearer, "Basic %%%"] {
            assert_eq!(tokens.verify(Some(shown), 1), Verdict::Unknown, "{shown}");
        }
        assert_eq!(tokens.verify(None, 1), Verdict::Unknown);
    }
}
