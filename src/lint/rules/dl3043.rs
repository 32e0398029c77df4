//! DL3043 · onbuild-trigger: ONBUILD triggers what may be triggered.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3043",
        name: "onbuild-trigger",
        severity: Severity::Error,
        summary: "ONBUILD triggers what may be triggered",
        documentation: include_str!("dl3043.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for outer in &cx.file.instructions {
        let Kind::Onbuild(inner) = &outer.kind else { continue };
        if matches!(inner.keyword.as_str(), "ONBUILD" | "FROM" | "MAINTAINER") {
            out.at(inner.keyword_span, format!("ONBUILD cannot trigger {}", inner.keyword));
        }
    }
}
