//! DL3041 · pin-dnf-packages: dnf installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3041",
        name: "pin-dnf-packages",
        severity: Severity::Warning,
        summary: "dnf installs pinned versions",
        documentation: include_str!("dl3041.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["dnf", "microdnf"])) {
        if let Some((span, name)) = packages::unpinned_rpms(cx, &cmd) {
            out.at(span, format!("`{name}`: pin the version, as in `{name}-<version>`"));
        }
    }
}
