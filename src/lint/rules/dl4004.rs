//! DL4004 · one-entrypoint: A stage has one ENTRYPOINT.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4004",
        name: "one-entrypoint",
        severity: Severity::Error,
        summary: "A stage has one ENTRYPOINT",
        documentation: include_str!("dl4004.md"),
        enabled: true,
        buildkit: Some("MultipleInstructionsDisallowed"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    super::repeated::check(cx, out, "ENTRYPOINT");
}
