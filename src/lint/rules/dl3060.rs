//! DL3060 · yarn-cache: yarn leaves no cache.

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
        let Some(stage) = run.stage else { continue };
        if !cx.kept(stage) || run.mounts_over(".cache/yarn") || (!cx.compat() && run.mounts_over("/yarn")) {
            continue;
        }
        let cleans = |cmd: &Cmd<'_>| cmd.is(&["yarn"]) && cmd.has("cache") && cmd.has("clean");
        let install = run.commands().position(|cmd| cmd.is(&["yarn"]) && cmd.has("install"));
        let clean = run.commands().position(|cmd| cleans(&cmd));
        let Some(at) = install.filter(|install| clean.is_none_or(|clean| clean < *install)) else { continue };
        if let Some(cmd) = run.commands().nth(at) {
            out.at(
                cmd.span_to("install"),
                "the cache of yarn stays in this layer; end the RUN with `yarn cache clean`",
            );
        }
    }
}
