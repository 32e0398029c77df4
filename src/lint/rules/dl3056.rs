//! DL3056 · label-is-semver: Labels that must be a semantic version are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3056",
        name: "label-is-semver",
        severity: Severity::Warning,
        summary: "Labels that must be a semantic version are",
        documentation: include_str!("dl3056.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Semver, "a semantic version", labels::is_semver, out);
}
