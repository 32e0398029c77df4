//! DL3024 · unique-stage-names: Stage names are unique.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3024",
        name: "unique-stage-names",
        severity: Severity::Error,
        summary: "Stage names are unique",
        documentation: include_str!("dl3024.md"),
        enabled: true,
        buildkit: Some("DuplicateStageName"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(word) = &stage.from.name else { continue };
        if cx.stage_named(word.value(), stage.index).is_some() {
            out.at(word.span, format!("a stage before this one is called `{}` too", word.raw));
        }
    }
}
