//! DL3023 · copy-from-itself: COPY --from does not name its own stage.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3023",
        name: "copy-from-itself",
        severity: Severity::Error,
        summary: "COPY --from does not name its own stage",
        documentation: include_str!("dl3023.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        for instruction in stage.body {
            let (Kind::Copy(_), Some(flag)) = (&instruction.kind, instruction.flag("from")) else { continue };
            let name = if cx.compat() { &flag.value.raw } else { flag.value.value() };
            let same = stage
                .name()
                .is_some_and(|own| own == name || (!cx.compat() && own.eq_ignore_ascii_case(name)));
            if same && (cx.compat() || cx.stage_named(name, stage.index).is_none()) {
                out.at(flag.value.span, format!("`{name}` is the stage that this COPY stands in"));
            }
        }
    }
}
