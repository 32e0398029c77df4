//! DL3029 · no-fixed-platform: FROM does not fix the platform.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3029",
        name: "no-fixed-platform",
        severity: Severity::Warning,
        summary: "FROM does not fix the platform",
        documentation: include_str!("dl3029.md"),
        enabled: true,
        buildkit: Some("FromPlatformFlagConstDisallowed"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(flag) = stage.instruction.flag("platform") else { continue };
        let value = flag.value.value();
        let variable = value.contains("BUILDPLATFORM") || value.contains("TARGETPLATFORM");
        let named = || {
            !cx.compat()
                && stage
                    .name()
                    .is_some_and(|name| value.rsplit('/').any(|part| !part.is_empty() && name.contains(part)))
        };
        let other_variable = value.contains('$') && !cx.compat();
        if !variable && !other_variable && !named() {
            out.at(
                flag.span,
                format!(
                    "`{}` ties the image to one platform; take the flag away or use $BUILDPLATFORM",
                    flag.span.of(&cx.file.source)
                ),
            );
        }
    }
}
