//! DL3065 · redundant-target-platform: FROM does not name the platform that is the default.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3065",
        name: "redundant-target-platform",
        severity: Severity::Warning,
        summary: "FROM does not name the platform that is the default",
        documentation: include_str!("dl3065.md"),
        enabled: true,
        buildkit: Some("RedundantTargetPlatform"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(flag) = stage.instruction.flag("platform") else { continue };
        let value = if cx.compat() { &flag.value.raw } else { flag.value.value() };
        let typed = matches!(value, "$TARGETPLATFORM" | "${TARGETPLATFORM}");
        // The builder looks at what comes out: `${TARGETPLATFORM:-linux/amd64}` says no more than that.
        let alone = || {
            let base = cx.scopes().bases.get(stage.index).and_then(|base| base.platform.as_ref());
            base.is_some_and(|base| base.used.iter().all(|name| name == "TARGETPLATFORM") && base.is_target)
        };
        if typed || (!cx.compat() && alone()) {
            let gap = Span::new(flag.span.start, stage.from.image.word.span.start.max(flag.span.end));
            let fix = (stage.instruction.flags.len() == 1)
                .then(|| Fix::safe("Remove the flag", vec![Edit::delete(gap)]));
            out.fixable(flag.span, "the target platform is what FROM takes anyway", fix);
        }
    }
}
