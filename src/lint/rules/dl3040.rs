//! DL3040 · dnf-clean: dnf leaves no cache.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3040",
        name: "dnf-clean",
        severity: Severity::Warning,
        summary: "dnf leaves no cache",
        documentation: include_str!("dl3040.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    const VERBS: [&str; 8] =
        ["install", "in", "upgrade", "up", "upgrade-minimal", "up-min", "reinstall", "rei"];
    // dnf keeps its cache below the one, its fifth version below the other.
    const CACHES: &[&str] = &["/var/cache/libdnf5", "/var/cache/dnf"];
    for run in &cx.runs {
        let covered = run.mounts_over("/var/cache/libdnf5") || run.mounts_over(".cache/libdnf5");
        if covered || (!cx.compat() && CACHES.iter().any(|cache| run.caches(cache))) {
            continue;
        }
        for tool in ["dnf", "microdnf"] {
            let installs = |cmd: &Cmd<'_>| cmd.is(&[tool]) && VERBS.iter().any(|verb| cmd.has(verb));
            let cleans = |cmd: &Cmd<'_>| {
                (cmd.is(&[tool]) && (cmd.has("clean") || (cx.compat() && cmd.has("all"))))
                    || packages::removes(cx, cmd, if cx.compat() { &["/var/cache/libdnf5*"] } else { CACHES })
            };
            if let Some(cmd) = packages::uncleaned(cx, run, installs, cleans) {
                let verb = VERBS.iter().find(|verb| cmd.has(verb)).copied().unwrap_or("install");
                out.at(
                    cmd.span_to(verb),
                    format!("the cache of {tool} stays in this layer; end the RUN with `{tool} clean all`"),
                );
            }
        }
    }
}
