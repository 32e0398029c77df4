//! DL3057 · healthcheck-missing: A stage says how to tell that it is healthy.

use super::prelude::*;
use crate::dockerfile::Stage;

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
    let has = |stage: &Stage<'_>| stage.body.iter().any(|i| matches!(i.kind, Kind::Healthcheck(_)));
    // A stage is good by its own check, by one that it builds on, or one that builds on it.
    let mut good = vec![false; cx.stages.len()];
    for stage in &cx.stages {
        good[stage.index] |= stage.parent.is_some_and(|parent| good[parent]);
        if has(stage) {
            for ancestor in cx.chain(stage.index) {
                good[ancestor.index] = true;
            }
        }
    }
    for stage in &cx.stages {
        let shipped = stage.index + 1 == cx.stages.len();
        if !good[stage.index] && (shipped || cx.compat()) {
            out.at(stage.instruction.keyword_span, "this stage has no HEALTHCHECK");
        }
    }
}
