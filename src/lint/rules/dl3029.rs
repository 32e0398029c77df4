//! DL3029 · no-fixed-platform: FROM does not fix the platform.

use super::platform;
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
        let fixed = if cx.compat() {
            !value.contains("BUILDPLATFORM") && !value.contains("TARGETPLATFORM")
        } else {
            let base = cx.scopes().bases.get(stage.index).and_then(|base| base.platform.as_ref());
            let parts =
                base.filter(|base| base.used.is_empty()).and_then(|base| platform::parse(&base.value));
            let name = stage.name().unwrap_or("").to_lowercase();
            parts.is_some_and(|(system, processor)| !name.contains(&system) && !name.contains(&processor))
        };
        if fixed {
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
