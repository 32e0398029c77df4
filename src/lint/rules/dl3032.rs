//! DL3032 · yum-clean: yum leaves no cache.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3032",
        name: "yum-clean",
        severity: Severity::Warning,
        summary: "yum leaves no cache",
        documentation: include_str!("dl3032.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in cx.runs.iter().filter(|run| cx.compat() || !run.caches("/var/cache/yum")) {
        let installs = |cmd: &Cmd<'_>| cmd.is(&["yum"]) && cmd.has("install");
        let cleans = |cmd: &Cmd<'_>| {
            (cmd.is(&["yum"]) && (cmd.has("clean") || (cx.compat() && cmd.has("all"))))
                || packages::removes(cx, cmd, &["/var/cache/yum/*"])
        };
        if let Some(install) = packages::uncleaned(cx, run, installs, cleans) {
            out.at(
                install.span_to("install"),
                "the cache of yum stays in this layer; end the RUN with `yum clean all`",
            );
        }
    }
}
