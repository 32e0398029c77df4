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
    for stage in &cx.stages {
        let all = stage.body.iter().filter(|i| matches!(i.kind, Kind::Cmd(_)));
        for instruction in all.skip(1) {
            out.at(instruction.keyword_span, "only the last CMD of a stage counts; an earlier one is lost");
        }
    }
}
