//! DL3060 · yarn-cache: yarn leaves no cache.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3060",
        name: "yarn-cache",
        severity: Severity::Info,
        summary: "yarn leaves no cache",
        documentation: include_str!("dl3060.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in &cx.runs {
        let mounted = run.mounts_over(".cache/yarn") || (!cx.compat() && run.mounts_over("/yarn"));
        if !cx.keeps(run) || (mounted && !cx.compat()) {
            continue;
        }
        let cleans = |cmd: &Cmd<'_>| {
            let both = cmd.has("cache") && cmd.has("clean");
            cmd.is(&["yarn"]) && (both || (cx.compat() && (cmd.has("cache") || cmd.has("clean"))))
        };
        let installs = |cmd: &Cmd<'_>| cmd.is(&["yarn"]) && cmd.has("install") && !cleans(cmd);
        // A mount does not excuse to hadolint what is cleaned first and installed then.
        if mounted && !run.commands().any(|cmd| cleans(&cmd)) {
            continue;
        }
        if let Some(cmd) = packages::uncleaned(cx, run, installs, cleans) {
            out.at(
                cmd.span_to("install"),
                "the cache of yarn stays in this layer; end the RUN with `yarn cache clean`",
            );
        }
    }
}
