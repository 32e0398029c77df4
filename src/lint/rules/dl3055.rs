//! DL3055 · label-is-git-hash: Labels that must be a git commit are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3055",
        name: "label-is-git-hash",
        severity: Severity::Warning,
        summary: "Labels that must be a git commit are",
        documentation: include_str!("dl3055.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Hash, "a git commit", labels::is_hash, out);
}
