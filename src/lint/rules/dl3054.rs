//! DL3054 · label-is-spdx: Labels that must be an SPDX licence expression are.

use super::labels;
use super::prelude::*;
use crate::lint::LabelType;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3054",
        name: "label-is-spdx",
        severity: Severity::Warning,
        summary: "Labels that must be an SPDX licence expression are",
        documentation: include_str!("dl3054.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    labels::check(cx, LabelType::Spdx, "an SPDX licence expression", labels::is_spdx, out);
}
