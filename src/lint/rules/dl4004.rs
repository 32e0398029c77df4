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
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let all = stage.body.iter().filter(|i| matches!(i.kind, Kind::Entrypoint(_)));
        for instruction in all.skip(1) {
            out.at(
                instruction.keyword_span,
                "only the last ENTRYPOINT of a stage counts; an earlier one is lost",
            );
        }
    }
}
