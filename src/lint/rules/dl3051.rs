//! DL3051 · empty-label: Labels of the schema are not empty.

use super::labels;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3051",
        name: "empty-label",
        severity: Severity::Warning,
        summary: "Labels of the schema are not empty",
        documentation: include_str!("dl3051.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for pair in labels::all(cx) {
        let empty = pair.value.as_ref().is_none_or(|value| value.value().is_empty());
        if empty && cx.config.labels.contains_key(pair.key.value()) {
            out.at(pair.span, format!("label `{}` is empty", pair.key.value()));
        }
    }
}
