//! DL3037 · pin-zypper-packages: zypper installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3037",
        name: "pin-zypper-packages",
        severity: Severity::Warning,
        summary: "zypper installs pinned versions",
        documentation: include_str!("dl3037.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["zypper"]) && (cmd.has("install") || cmd.has("in"))) {
        let mut loose = packages::packages(&cmd, &["install", "in"], &[]);
        loose.retain(|arg| {
            !arg.text.contains(['=', '<', '>'])
                && !arg.text.ends_with(".rpm")
                && !packages::unknown(cx, &arg.text)
        });
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let span = cmd.arg_span(first).cover(cmd.arg_span(last));
        out.at(span, format!("`{}`: pin the version, as in `{0}=<version>`", first.text));
    }
}
