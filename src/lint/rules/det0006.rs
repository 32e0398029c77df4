//! DET0006 · secret-value: No secret stands in the text.

use super::prelude::*;
use super::secrets;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0006",
        name: "secret-value",
        severity: Severity::Error,
        summary: "No secret stands in the text",
        documentation: include_str!("det0006.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

/// A form that only secrets have: what it begins with, how many characters follow, and which.
struct Form {
    prefix: &'static str,
    what: &'static str,
    least: usize,
    most: usize,
    set: fn(char) -> bool,
}

const fn form(
    prefix: &'static str,
    what: &'static str,
    least: usize,
    most: usize,
    set: fn(char) -> bool,
) -> Form {
    Form { prefix, what, least, most, set }
}

fn alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn capital(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn dotted(c: char) -> bool {
    word(c) || c == '.'
}

const LONG: usize = 4096;

/// The bytes that words are made of.
const INSIDE: [bool; 256] = {
    let mut inside = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        inside[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        byte += 1;
    }
    inside
};

/// The length of the shortest form, prefix included.
const SHORTEST: usize = 20;

const FORMS: &[Form] = &[
    form("AKIA", "an AWS access key id", 16, 16, capital),
    form("ASIA", "a temporary AWS access key id", 16, 16, capital),
    form("ghp_", "a GitHub token", 36, 255, alphanumeric),
    form("gho_", "a GitHub token", 36, 255, alphanumeric),
    form("ghs_", "a GitHub token", 36, 255, alphanumeric),
    form("github_pat_", "a GitHub token", 22, 255, word),
    form("glpat-", "a GitLab token", 20, 255, dotted),
    form("npm_", "an npm token", 36, 36, alphanumeric),
    form("pypi-AgE", "a PyPI token", 50, LONG, word),
    form("dckr_pat_", "a Docker Hub token", 20, 255, word),
    form("AIza", "a Google API key", 35, 35, word),
    form("hf_", "a Hugging Face token", 34, 34, alphanumeric),
    form("xoxb-", "a Slack token", 20, 255, word),
    form("xoxp-", "a Slack token", 20, 255, word),
    form("sk_live_", "a Stripe key", 16, 255, alphanumeric),
    form("rk_live_", "a Stripe key", 16, 255, alphanumeric),
    form("sk-ant-", "an Anthropic key", 40, 255, word),
    form("sk-proj-", "an OpenAI key", 40, 255, word),
    form("SG.", "a SendGrid key", 66, 66, dotted),
    form("hvs.", "a Vault token", 24, 255, word),
    form("dop_v1_", "a DigitalOcean token", 64, 64, alphanumeric),
    form("shpat_", "a Shopify token", 32, 32, alphanumeric),
    form("AGE-SECRET-KEY-1", "an age key", 58, 58, capital),
];

fn check(cx: &Context<'_>, out: &mut Findings) {
    let source: &str = &cx.file.source;
    for (span, secret, what) in secrets_in(source) {
        out.secret(secret);
        let Some(holder) =
            secrets::holder(cx, span.start).filter(|holder| !secrets::named(holder, span.start))
        else {
            continue;
        };
        let place = secrets::place(holder, span.start);
        out.at(
            span,
            format!("{place} holds {what}, and every copy of the image with it; revoke it, and use RUN --mount=type=secret"),
        );
    }
}

/// Where to point, the secret itself, and what it is. One pass over the words of the text, because it is
/// looked at whole at every key: forms stand at the front of a word, names of values at its end.
fn secrets_in(source: &str) -> Vec<(Span, Span, &'static str)> {
    let mut found = Vec::new();
    let bytes = source.as_bytes();
    let inside = |byte: &u8| INSIDE[usize::from(*byte)];
    let mut end = 0;
    while let Some(length) = bytes.get(end..).and_then(|rest| rest.iter().position(inside)) {
        let start = end + length;
        let rest = bytes.get(start..).unwrap_or(&[]);
        end = start + rest.iter().position(|byte| !inside(byte)).unwrap_or(rest.len());
        let word = bytes.get(start..end).unwrap_or(&[]);
        // Most words are too short; a dot belongs to some forms.
        if word.len() >= SHORTEST || (word.len() >= 2 && bytes.get(end) == Some(&b'.')) {
            // The first byte first: a comparison of whole prefixes is a call.
            let like = |form: &&Form| {
                let prefix = form.prefix.as_bytes();
                prefix.first() == word.first() && rest.starts_with(prefix)
            };
            let forms = FORMS.iter().filter(like);
            found.extend(forms.filter_map(|form| {
                let span = form.at(source, start)?;
                Some((span, span, form.what))
            }));
        }
        if word.ends_with(b"-----BEGIN") && bytes.get(end) == Some(&b' ') {
            let key = private_key(source, end - 10);
            found.extend(key.map(|(title, body)| (title, body, "a private key")));
        } else if word.ends_with(b"ecret_access_key") || word.ends_with(b"ECRET_ACCESS_KEY") {
            let key = access_key(source, end);
            found.extend(key.map(|span| (span, span, "an AWS secret access key")));
        }
    }
    found
}

impl Form {
    /// Where the secret at byte `at` stands, when it is one.
    fn at(&self, source: &str, at: usize) -> Option<Span> {
        let before = source.get(..at)?.chars().next_back();
        if before.is_some_and(|c| word(c) || c == '.') {
            return None;
        }
        let start = at + self.prefix.len();
        let rest = source.get(start..)?;
        let length = rest.find(|c| !(self.set)(c)).unwrap_or(rest.len());
        let body = rest.get(..length)?.trim_end_matches(['.', '-']);
        let fits = (self.least..=self.most).contains(&body.len());
        (fits && is_random(body) && secrets::literal(body)).then(|| Span::new(at, start + body.len()))
    }
}

/// Whether nobody typed it for want of something better: many characters, digits among them.
fn is_random(body: &str) -> bool {
    let mut seen = [false; 128];
    for byte in body.bytes() {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() >= 9 && body.bytes().any(|byte| byte.is_ascii_digit())
}

/// The first line of a private key in PEM with a body, and the body up to its last line.
fn private_key(source: &str, at: usize) -> Option<(Span, Span)> {
    let (title, rest) = source.get(at + 11..)?.split_once("-----")?;
    if title.len() > 40 || !title.ends_with("PRIVATE KEY") {
        return None;
    }
    let body =
        rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\\' | 'n' | 'r' | '"' | '\''));
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let length = body.find(|c| !base64(c)).unwrap_or(body.len());
    let begun = at + 11 + title.len() + 5;
    let ended = begun + rest.find("-----").unwrap_or(rest.len());
    (length >= 24).then(|| (Span::new(at, begun), Span::new(begun, ended)))
}

/// The forty characters behind `…SECRET_ACCESS_KEY`.
fn access_key(source: &str, at: usize) -> Option<Span> {
    let rest = source.get(at..)?;
    let value = rest.trim_start_matches([' ', '=', ':', '"', '\'']);
    let start = at + (rest.len() - value.len());
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let length = value.find(|c| !base64(c)).unwrap_or(value.len());
    let body = value.get(..length)?;
    (start > at && length == 40 && is_random(body) && secrets::literal(body))
        .then(|| Span::new(start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_is_shorter_than_the_shortest() {
        assert_eq!(FORMS.iter().map(|form| form.prefix.len() + form.least).min(), Some(SHORTEST));
        assert!(
            FORMS.iter().all(|form| form.prefix.bytes().all(|byte| word(char::from(byte)) || byte == b'.'))
        );
    }
}
