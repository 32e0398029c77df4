//! DL3048 · label-key: Label keys are well formed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3048",
        name: "label-key",
        severity: Severity::Style,
        summary: "Label keys are well formed",
        documentation: include_str!("dl3048.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.visible() {
        let Kind::Label(pairs) = &instruction.kind else { continue };
        for pair in pairs
            .iter()
            .filter(|pair| !well_formed(pair.key.value()) && (cx.compat() || !pair.key.raw.contains('$')))
        {
            out.at(pair.key.span, format!("`{}`: a key has lower-case letters, digits, `.`, `-`, `_` and `/`, and a prefix of its own", pair.key.raw));
        }
    }
}

fn well_formed(key: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let reserved = ["com.docker.", "io.docker.", "org.dockerproject."];
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.ends_with(plain)
        && key.chars().all(|c| plain(c) || matches!(c, '.' | '-' | '_' | '/'))
        && !key.contains("..")
        && !key.contains("--")
        && !reserved.iter().any(|prefix| key.starts_with(prefix))
}
