//! DL3019 · apk-no-cache: apk add keeps no package index.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3019",
        name: "apk-no-cache",
        severity: Severity::Info,
        summary: "apk add keeps no package index",
        documentation: include_str!("dl3019.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["apk"]) && cmd.has("add")) {
        if cmd.flag("no-cache")
            || cmd.run.mounts_over("/var/cache/apk")
            || (!cx.compat() && cmd.run.caches("/var/cache/apk"))
        {
            continue;
        }
        let edit = packages::add_flag(&cmd, "add", "--no-cache");
        let fix = edit.map(|edit| Fix::safe("Add --no-cache", vec![edit]));
        out.fixable(cmd.span_to("add"), "`apk add` leaves its index in the layer; add `--no-cache`", fix);
    }
}
