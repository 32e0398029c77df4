//! DL3036 · zypper-clean: zypper leaves no cache.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3036",
        name: "zypper-clean",
        severity: Severity::Warning,
        summary: "zypper leaves no cache",
        documentation: include_str!("dl3036.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in &cx.runs {
        if run.mounts_over("/var/cache/zypp") || (!cx.compat() && run.caches("/var/cache/zypp")) {
            continue;
        }
        let installs = |cmd: &Cmd<'_>| cmd.is(&["zypper"]) && (cmd.has("install") || cmd.has("in"));
        let cleans = |cmd: &Cmd<'_>| {
            (cmd.is(&["zypper"]) && (cmd.has("clean") || cmd.has("cc")))
                || (!cx.compat() && packages::removes(cx, cmd, &["/var/cache/zypp"]))
        };
        if let Some(cmd) = packages::uncleaned(cx, run, installs, cleans) {
            let verb = if cmd.has("install") { "install" } else { "in" };
            out.at(
                cmd.span_to(verb),
                "the cache of zypper stays in this layer; end the RUN with `zypper clean`",
            );
        }
    }
}
