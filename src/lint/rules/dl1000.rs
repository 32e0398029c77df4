//! DL1000 · syntax-error: The Dockerfile can be parsed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL1000",
        name: "syntax-error",
        severity: Severity::Error,
        summary: "The Dockerfile can be parsed",
        documentation: include_str!("dl1000.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    // hadolint reads on where only the builder stops.
    for error in cx.file.errors.iter().filter(|error| !(error.builder && cx.compat())) {
        out.at(error.span, error.message.clone());
    }
}
