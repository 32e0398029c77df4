//! DL3033 · pin-yum-packages: yum installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3033",
        name: "pin-yum-packages",
        severity: Severity::Warning,
        summary: "yum installs pinned versions",
        documentation: include_str!("dl3033.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["yum"])) {
        if let Some((span, name)) = packages::unpinned_rpms(cx, &cmd) {
            out.at(span, format!("`{name}`: pin the version, as in `{name}-<version>`"));
        }
    }
}
