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
    for run in &cx.runs {
        let covered = run.mounts_over("/var/cache/libdnf5") || run.mounts_over(".cache/libdnf5");
        if covered || (!cx.compat() && (run.caches("/var/cache/dnf") || run.caches("/var/cache/libdnf5"))) {
            continue;
        }
        let installs = |cmd: &Cmd<'_>| cmd.is(&["dnf", "microdnf"]) && VERBS.iter().any(|verb| cmd.has(verb));
        for tool in ["dnf", "microdnf"] {
            let cleans = |cmd: &Cmd<'_>| {
                (cmd.is(&[tool]) && (cmd.has("clean") || (cx.compat() && cmd.has("all"))))
                    || packages::removes(cx, cmd, &["/var/cache/libdnf5", "/var/cache/dnf"])
                    || (cx.compat() && cmd.is(&["rm"]) && cmd.has("/var/cache/libdnf5*"))
            };
            let install = run.commands().position(|cmd| cmd.is(&[tool]) && installs(&cmd));
            let clean = run.commands().position(|cmd| cleans(&cmd));
            let Some(at) = install.filter(|install| clean.is_none_or(|clean| clean < *install)) else {
                continue;
            };
            if let Some(cmd) = run.commands().nth(at) {
                let verb = VERBS.iter().find(|verb| cmd.has(verb)).copied().unwrap_or("install");
                out.at(
                    cmd.span_to(verb),
                    format!("the cache of {tool} stays in this layer; end the RUN with `{tool} clean all`"),
                );
            }
        }
    }
}
