//! DL3058 · label-is-email: Labels that must be a mail address are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3058",
        name: "label-is-email",
        severity: Severity::Warning,
        summary: "Labels that must be a mail address are",
        documentation: include_str!("dl3058.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Email, "a mail address", labels::is_email, out);
}
