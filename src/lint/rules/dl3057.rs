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
    let with: Vec<bool> = cx.stages.iter().map(has).collect();
    let mut below = vec![false; with.len()];
    for stage in cx.stages.iter().filter(|stage| with[stage.index]) {
        for ancestor in cx.chain(stage.index) {
            below[ancestor.index] = true;
        }
    }
    for stage in &cx.stages {
        if !cx.compat() && stage.index + 1 != cx.stages.len() {
            continue;
        }
        let inherited = cx.chain(stage.index).any(|stage| with[stage.index]);
        let child = below[stage.index];
        if !inherited && !child {
            out.at(stage.instruction.keyword_span, "this stage has no HEALTHCHECK");
        }
    }
}
