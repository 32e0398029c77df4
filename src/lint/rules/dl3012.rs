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
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let all = stage.body.iter().filter(|i| matches!(i.kind, Kind::Healthcheck(_)));
        for instruction in all.skip(1) {
            out.at(
                instruction.keyword_span,
                "only the last HEALTHCHECK of a stage counts; an earlier one is lost",
            );
        }
    }
}
