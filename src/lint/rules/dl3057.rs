//! DL3057 · healthcheck-missing: A stage says how to tell that it is healthy.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3057",
        name: "healthcheck-missing",
        severity: Severity::Info,
        summary: "A stage says how to tell that it is healthy",
        documentation: include_str!("dl3057.md"),
        enabled: false,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let has = |at: usize| {
        cx.stages
            .get(at)
            .is_some_and(|stage| stage.body.iter().any(|i| matches!(i.kind, Kind::Healthcheck(_))))
    };
    for stage in &cx.stages {
        if !cx.compat() && stage.index + 1 != cx.stages.len() {
            continue;
        }
        let inherited = cx.chain(stage.index).iter().any(|stage| has(stage.index));
        let child = cx
            .stages
            .iter()
            .any(|other| cx.chain(other.index).iter().any(|s| s.index == stage.index) && has(other.index));
        if !inherited && !child {
            out.at(stage.instruction.keyword_span, "this stage has no HEALTHCHECK");
        }
    }
}
