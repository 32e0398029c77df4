//! DL3053 · label-is-rfc3339: Labels that must be a date and time after RFC 3339 are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3053",
        name: "label-is-rfc3339",
        severity: Severity::Warning,
        summary: "Labels that must be a date and time after RFC 3339 are",
        documentation: include_str!("dl3053.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Rfc3339, "a date and time after RFC 3339", labels::is_rfc3339, out);
}
