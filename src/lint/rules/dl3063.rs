//! DL3063 · reserved-stage-name: No stage is called scratch or context.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3063",
        name: "reserved-stage-name",
        severity: Severity::Warning,
        summary: "No stage is called scratch or context",
        documentation: include_str!("dl3063.md"),
        enabled: true,
        buildkit: Some("ReservedStageName"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(word) = &stage.from.name else { continue };
        let reserved = |name: &&str| match cx.compat() {
            true => word.value() == *name,
            false => word.value().eq_ignore_ascii_case(name),
        };
        if ["scratch", "context"].iter().any(reserved) {
            out.at(
                word.span,
                format!("`{}` means something else to the builder; take another name", word.raw),
            );
        }
    }
}
