//! DL3050 · superfluous-label: No label outside the schema is there.

use super::labels;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3050",
        name: "superfluous-label",
        severity: Severity::Info,
        summary: "No label outside the schema is there",
        documentation: include_str!("dl3050.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    if !cx.config.strict_labels {
        return;
    }
    for pair in labels::all(cx) {
        if !cx.config.labels.contains_key(pair.key.value()) {
            out.at(pair.key.span, format!("label `{}` is not in the schema", pair.key.value()));
        }
    }
}
