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
    for cmd in cx.commands().filter(|cmd| cmd.is(&["yum"]) && cmd.has("install")) {
        let module = cmd.has("module");
        let mut loose = packages::packages(&cmd, &["install", "module"], &[]);
        loose.retain(|arg| {
            let word = arg.text.as_str();
            let pinned = if module { word.contains(':') } else { packages::rpm_pinned(word) };
            !pinned && !packages::unknown(cx, word) && !packages::known_variable(cx, word)
        });
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let span = cmd.arg_span(first).cover(cmd.arg_span(last));
        out.at(span, format!("`{}`: pin the version, as in `{0}-<version>`", first.text));
    }
}
