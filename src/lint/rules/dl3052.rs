//! DL3052 · label-is-url: Labels that must be a URL are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3052",
        name: "label-is-url",
        severity: Severity::Warning,
        summary: "Labels that must be a URL are",
        documentation: include_str!("dl3052.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Url, "a URL", labels::is_url, out);
}
