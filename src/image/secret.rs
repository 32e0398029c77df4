//! What the content of a file gives away: keys and tokens, told by their form. Only that there is one
//! is kept, never the secret.

use regex::bytes::{Regex, RegexSet};
use std::sync::LazyLock;

/// A set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Signs(u16);

impl Signs {
    /// The name leads out of the root.
    pub const ESCAPES: Self = Self(1 << 14);
    /// It carries Linux capabilities: it runs with rights that its user has not.
    pub const CAPABILITIES: Self = Self(1 << 15);

    /// Those that are numbered by these bits.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Their numbers.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Whether all of `other` are among them.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What the secrets among them are called.
    pub fn secrets(self) -> impl Iterator<Item = &'static str> {
        FORMS.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, (name, _))| *name)
    }
}

impl std::ops::BitOrAssign for Signs {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Name and form. The number of a sign is its place here, which a cache keeps: append only.
const FORMS: &[(&str, &str)] = &[
    (
        "private key",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n)+[A-Za-z0-9+/=:,\-\s\\]{40}",
    ),
    ("AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{59}"),
    ("GitLab token", r"\bglpat-[A-Za-z0-9_\-]{20}"),
    ("Slack token", r"\bxox[abprs]-[A-Za-z0-9\-]{20}"),
    ("Stripe key", r"\bsk_live_[A-Za-z0-9]{20}"),
    ("npm token", r"_authToken[ \t]*=[ \t]*[A-Za-z0-9][A-Za-z0-9_\-]{15}"),
    ("PyPI token", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{40}"),
    ("Google API key", r"\bAIza[A-Za-z0-9_\-]{35}\b"),
    ("registry login", r#""auth"\s*:\s*"[A-Za-z0-9+/=]{8}"#),
];
const AWS_KEY: usize = 1;

static SET: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(FORMS.iter().map(|(_, form)| format!("(?-u){form}"))).ok());
static AWS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?-u){}", FORMS[AWS_KEY].1)).ok());

/// What stands in `content`.
pub fn signs(content: &[u8]) -> Signs {
    let Some(set) = SET.as_ref() else { return Signs::default() };
    let mut bits = 0;
    for form in set.matches(content).iter() {
        // Documentation everywhere shows keys that end with EXAMPLE.
        let real = form != AWS_KEY
            || AWS.as_ref().is_some_and(|aws| {
                aws.find_iter(content).any(|found| !found.as_bytes().ends_with(b"EXAMPLE"))
            });
        bits |= u16::from(real) << form;
    }
    Signs(bits)
}

/// Whether a variable or build argument of that name holds a secret.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split('_').collect();
    let ends = |tail: &[&str]| words.ends_with(tail);
    let last = words.last().copied().unwrap_or_default();
    matches!(last, "PASSWORD" | "PASSWD" | "SECRET" | "TOKEN" | "APIKEY" | "CREDENTIALS")
        || ["API", "ACCESS", "SECRET", "PRIVATE"].iter().any(|kind| ends(&[kind, "KEY"]))
}

/// `line` with `***` for what looks like a secret, or is the value of what is called one.
pub fn hide(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_inclusive(char::is_whitespace) {
        let text = word.trim_end();
        let (before, name) = text.split_once('=').map_or(("", ""), |(name, _)| {
            let start = name.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            (&text[..name.len()], name.get(start..).unwrap_or_default())
        });
        if names_a_secret(name) && text.len() > before.len() + 1 {
            out.push_str(before);
            out.push_str("=***");
            out.push_str(&word[text.len()..]);
        } else {
            out.push_str(word);
        }
    }
    let found = signs(out.as_bytes());
    for (_, (_, form)) in FORMS.iter().enumerate().filter(|(at, _)| found.0 & (1 << at) != 0) {
        if let Ok(form) = regex::Regex::new(form) {
            out = form.replace_all(&out, "***").into_owned();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str) -> Vec<&'static str> {
        signs(content.as_bytes()).secrets().collect()
    }

    #[test]
    fn every_form_compiles_and_has_a_bit_of_its_own() {
        assert!(SET.is_some() && AWS.is_some());
        assert!(FORMS.len() <= 14);
    }

    #[test]
    fn secrets_are_told_by_their_form() {
        let base64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
        assert_eq!(found(&format!("-----BEGIN RSA PRIVATE KEY-----\n{base64}\n")), ["private key"]);
        assert_eq!(found(&format!("-----BEGIN PRIVATE KEY-----\\n{base64}\\n")), ["private key"]);
        assert_eq!(found(&format!("id = AKIA{}\n", "ABCDEFGH12345678")), ["AWS access key"]);
        assert_eq!(found(&format!("t=ghp_{}", "a1".repeat(18))), ["GitHub token"]);
        assert_eq!(found("//registry.npmjs.org/:_authToken=npm_0123456789abcdef0123"), ["npm token"]);
        assert_eq!(found(r#"{"auths":{"r":{"auth":"QVdTOnRva2Vu"}}}"#), ["registry login"]);
    }

    #[test]
    fn secrets_in_a_line_are_hidden_and_nothing_else() {
        assert_eq!(hide("ENV API_TOKEN=abc PATH=/bin"), "ENV API_TOKEN=*** PATH=/bin");
        assert_eq!(hide("RUN |1 DB_PASSWORD=x  make"), "RUN |1 DB_PASSWORD=***  make");
        assert_eq!(hide("RUN tool --secret-key --token=abc"), "RUN tool --secret-key --token=***");
        assert_eq!(hide("RUN export TOKEN= && KEYS=1"), "RUN export TOKEN= && KEYS=1");
        assert_eq!(hide(&format!("RUN aws AKIA{} x", "ABCDEFGH12345678")), "RUN aws *** x");
    }

    #[test]
    fn what_only_talks_about_secrets_is_none() {
        assert!(
            found("-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA").is_empty()
        );
        assert!(found("matches -----BEGIN PRIVATE KEY----- at the start").is_empty());
        assert!(found("AKIAIOSFODNN7EXAMPLE").is_empty());
        assert!(found("//registry.npmjs.org/:_authToken=${NPM_TOKEN}").is_empty());
    }
}
