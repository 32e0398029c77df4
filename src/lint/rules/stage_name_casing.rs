//! StageNameCasing · stage-name-casing: Stage names are in small letters.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "StageNameCasing",
        name: "stage-name-casing",
        severity: Severity::Warning,
        summary: "Stage names are in small letters",
        documentation: include_str!("stage_name_casing.md"),
        enabled: true,
        buildkit: Some("StageNameCasing"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(word) = &stage.from.name else { continue };
        let lower = word.raw.to_lowercase();
        if word.raw == *lower {
            continue;
        }
        let mut edits = vec![Edit::replace(word.span, lower.clone())];
        for instruction in cx.instructions() {
            let from = instruction.flag("from").map(|flag| &flag.value);
            let same = from.filter(|from| from.raw != *lower && from.raw.to_lowercase() == lower);
            edits.extend(same.map(|from| Edit::replace(from.span, lower.clone())));
        }
        out.fixable(
            word.span,
            format!("the builder knows stage `{}` as `{lower}`; call it that", word.raw),
            Some(Fix::safe("Use small letters", edits)),
        );
    }
}
