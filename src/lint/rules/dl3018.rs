//! DL3018 · pin-apk-packages: apk adds pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3018",
        name: "pin-apk-packages",
        severity: Severity::Warning,
        summary: "apk adds pinned versions",
        documentation: include_str!("dl3018.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["apk"]) && cmd.has("add")) {
        let mut loose = packages::packages(&cmd, &["add"], if cx.compat() { &VALUED[..4] } else { VALUED });
        loose.retain(|arg| {
            let pinned = arg.text.contains(['=', '~', '<', '>']) || arg.text.ends_with(".apk");
            !pinned && !packages::unknown(cx, &arg.text)
        });
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let span = cmd.arg_span(first).cover(cmd.arg_span(last));
        out.at(span, format!("`{}`: pin the version, as in `{0}=<version>` or `{0}~<version>`", first.text));
    }
}

/// Flags of apk whose value is the next word; hadolint knows the first four.
const VALUED: &[&str] = &[
    "t",
    "virtual",
    "repository",
    "X",
    "p",
    "root",
    "arch",
    "cache-dir",
    "keys-dir",
    "repositories-file",
    "wait",
    "cache-max-age",
];
