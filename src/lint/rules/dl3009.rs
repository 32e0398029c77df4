//! DL3009 · apt-lists: apt-get lists are deleted after installing.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3009",
        name: "apt-lists",
        severity: Severity::Info,
        summary: "apt-get lists are deleted after installing",
        documentation: include_str!("dl3009.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in &cx.runs {
        let lists = "/var/lib/apt/lists";
        let exempt = match cx.compat() {
            true => {
                run.mounts_over(lists)
                    || (run.mounts_over("/var/lib/apt") && run.mounts_over("/var/cache/apt"))
            }
            false => run.caches(lists),
        };
        if exempt || !cx.keeps(run) || run.commands().any(|cmd| cleans(cx, &cmd)) {
            continue;
        }
        let updates = |cmd: &Cmd<'_>| cmd.is(&["apt-get", "apt", "aptitude"]) && cmd.has("update");
        for cmd in run.commands().filter(updates).take(1) {
            let message =
                "the package lists stay in this layer; end the RUN with `rm -rf /var/lib/apt/lists/*`";
            out.fixable(cmd.span_to("update"), message, fix(run));
        }
    }
}

fn cleans(cx: &Context<'_>, cmd: &Cmd<'_>) -> bool {
    packages::removes(cx, cmd, &["/var/lib/apt/lists/*"])
        || (!cx.compat() && cmd.is(&["apt-get", "apt"]) && cmd.has("dist-clean"))
}

/// Only a RUN that installs too: another one may need the lists.
fn fix(run: &Run<'_>) -> Option<Fix> {
    let installs = run.commands().any(|cmd| cmd.has("install") && cmd.is(&["apt-get", "apt", "aptitude"]));
    let plain = run.instruction.heredocs.is_empty()
        && matches!(run.instruction.kind, Kind::Run(CommandLine::Shell(_)));
    let end = run.instruction.args_span.end;
    let unclear = run.scripts.iter().any(|s| {
        s.parsed.broken
            || s.text.as_str().trim_end().ends_with([';', '&', '|'])
            || s.text.as_str().contains([';', '#'])
    });
    (installs && plain && !unclear).then(|| {
        Fix::risky("Delete the package lists", vec![Edit::insert(end, " && rm -rf /var/lib/apt/lists/*")])
    })
}
