//! DL3012 · one-healthcheck: A stage has one HEALTHCHECK.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3012",
        name: "one-healthcheck",
        severity: Severity::Error,
        summary: "A stage has one HEALTHCHECK",
        documentation: include_str!("dl3012.md"),
        enabled: true,
        buildkit: Some("MultipleInstructionsDisallowed"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    super::repeated::check(cx, out, "HEALTHCHECK");
}
