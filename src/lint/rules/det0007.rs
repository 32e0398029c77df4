//! DET0007 · password-in-url: No URL carries a password.

use super::prelude::*;
use super::secrets;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0007",
        name: "password-in-url",
        severity: Severity::Warning,
        summary: "No URL carries a password",
        documentation: include_str!("det0007.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let source: &str = &cx.file.source;
    for (at, _) in source.match_indices("://") {
        let start = at + 3;
        let Some(credentials) = credentials(source, start) else { continue };
        let (secret, span) = match credentials.split_once(':') {
            Some((user, password)) => {
                let from = start + user.len() + 1;
                (password, Span::new(from, from + password.len()))
            }
            None => (credentials, Span::new(start, start + credentials.len())),
        };
        // Another rule reports these; here they are only kept from being shown.
        if credentials.contains(':') && secrets::literal(secret) {
            out.secret(span);
        }
        let Some(holder) = secrets::holder(cx, at).filter(|holder| !secrets::named(holder, at)) else {
            continue;
        };
        let place = secrets::place(holder, at);
        if credentials.contains(':') && secrets::literal(secret) && !is_its_own_name(secret) {
            out.at(span, format!("the URL in {place} carries a password, which stays in the image; use RUN --mount=type=secret"));
        } else if matches!(holder.kind, Kind::Run(_) | Kind::Add(_))
            && let Some(name) = secrets::unnamed_variable(cx, credentials)
        {
            out.at(
                Span::new(start, start + credentials.len()),
                format!("the URL in {place} carries `{name}`, and its value stays in the image's history; use RUN --mount=type=secret"),
            );
        }
    }
}

/// What stands between `://` and the `@` before the host.
fn credentials(source: &str, start: usize) -> Option<&str> {
    let rest = source.get(start..)?;
    // Inside `${…}` a slash may stand; in credentials it may not.
    let end = rest.find(|c: char| {
        c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '\\' | '|' | ',' | ';' | ')' | '?' | '#')
    });
    let authority = rest.get(..end.unwrap_or(rest.len()))?;
    let (credentials, host) = authority.rsplit_once('@')?;
    (!credentials.is_empty() && !host.is_empty() && credentials.len() < 500).then_some(credentials)
}

/// Words that stand in documentation for a password.
fn is_its_own_name(secret: &str) -> bool {
    ["pass", "password", "pwd", "secret", "token"].iter().any(|word| secret.eq_ignore_ascii_case(word))
}
