//! DL4003 · one-cmd: A stage has one CMD.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4003",
        name: "one-cmd",
        severity: Severity::Warning,
        summary: "A stage has one CMD",
        documentation: include_str!("dl4003.md"),
        enabled: true,
        buildkit: Some("MultipleInstructionsDisallowed"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    super::repeated::check(cx, out, "CMD");
}
