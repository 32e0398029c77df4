//! DL3064 · secret-in-arg-or-env: ARG and ENV hold no secrets.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3064",
        name: "secret-in-arg-or-env",
        severity: Severity::Warning,
        summary: "ARG and ENV hold no secrets",
        documentation: include_str!("dl3064.md"),
        enabled: true,
        buildkit: Some("SecretsUsedInArgOrEnv"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    // An ARG above the first FROM is in no image; a stage that names it again is.
    let first = cx.stages.first().map_or(usize::MAX, |stage| stage.range.start);
    let skipped = if cx.compat() { 0 } else { first };
    for instruction in cx.instructions().skip(skipped) {
        let pairs = match &instruction.kind {
            Kind::Env(pairs) => pairs.as_slice(),
            // hadolint reads one name behind ARG.
            Kind::Arg(pairs) if cx.compat() => pairs.get(..1).unwrap_or(&[]),
            Kind::Arg(pairs) => pairs,
            _ => continue,
        };
        for pair in pairs {
            let key = pair.key.value();
            let secret = if cx.compat() { to_hadolint(key) } else { is_secret(key) };
            if secret {
                if let Some(value) = pair.value.as_ref().filter(|value| !is_variable(value.value())) {
                    out.secret(value.span);
                }
                out.at(
                    pair.key.span,
                    format!("`{key}` stays readable in the image's history; use RUN --mount=type=secret"),
                );
            }
        }
    }
}

/// Whether nothing but a variable stands there, or nothing at all: `$NAME`, `${NAME}`.
fn is_variable(value: &str) -> bool {
    let name = value
        .strip_prefix('$')
        .map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
    value.is_empty() || name.is_some_and(|name| name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()))
}

/// By whole words, so that GOPRIVATE, USERNAME and DB_PASSWORD_FILE are none.
pub(super) fn is_secret(key: &str) -> bool {
    const WORDS: [&str; 10] = [
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ];
    const ALLOWED: [&str; 3] = ["public", "file", "version"];
    let has =
        |list: &[&str]| key.split('_').any(|word| list.iter().any(|known| word.eq_ignore_ascii_case(known)));
    has(&WORDS) && !has(&ALLOWED)
}

fn to_hadolint(key: &str) -> bool {
    const PARTS: [&str; 7] = ["api_key", "client_key", "password", "private", "secret", "token", "username"];
    let key = key.to_ascii_lowercase();
    PARTS.iter().any(|part| key.contains(part)) || LISTED.contains(&key.as_str())
}

/// Names that hadolint takes for secrets though no part of them says so.
const LISTED: [&str; 13] = [
    "application_key",
    "aws_access_key_id",
    "ci_deploy_user",
    "docker_email",
    "facebook_app_id",
    "heroku_api_user",
    "okta_authn_groupid",
    "okta_client_orgurl",
    "okta_oauth2_clientid",
    "stripe_device_name",
    "travis_os_name",
    "travis_secure_env_vars",
    "travis_sudo",
];
