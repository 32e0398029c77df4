//! DET0012 · dev-dependencies: The image has no dependencies that only developers need.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0012",
        name: "dev-dependencies",
        severity: Severity::Info,
        summary: "The image has no dependencies that only developers need",
        documentation: include_str!("det0012.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let shipped = |run: &&Run<'_>| !run.onbuild && cx.ships(run.stage);
    // Most files have no such command; the rest is looked at only for those that do.
    let install = |cmd: &Cmd<'_>| all_of(cmd).is_some();
    if !cx.runs.iter().any(|run| run.commands().any(|cmd| install(&cmd))) || cx.program().is_none() {
        return;
    }
    let pruned = cx.runs.iter().filter(shipped).flat_map(Run::commands).any(|cmd| {
        cmd.has("prune")
            || (cmd.is(&["npm", "yarn", "pnpm"]) && production(&cmd))
            || cmd.args().iter().any(|arg| arg.text.contains("node_modules") && cmd.is(&["rm"]))
    });
    if pruned {
        return;
    }
    for run in cx.runs.iter().filter(shipped) {
        let set = cx.value("NODE_ENV", run.index).is_some_and(|value| value.starts_with("prod"))
            || cx.setting("NODE_ENV", run.index).is_some_and(|setting| setting.value.is_none())
            || cx.setting("NPM_CONFIG_PRODUCTION", run.index).is_some();
        for cmd in run.commands() {
            let Some(flag) = all_of(&cmd) else { continue };
            let set_here = cmd
                .assignments
                .iter()
                .any(|word| word.starts_with("NODE_ENV=") || word.starts_with("COMPOSER_NO_DEV="));
            let exported = run.commands().any(|cmd| {
                cmd.is(&["export"]) && cmd.args().iter().any(|arg| arg.text.starts_with("NODE_ENV"))
            });
            if set_here || exported || production(&cmd) || (set && !cmd.is(&["composer"])) {
                continue;
            }
            let name = cmd.span().of(&cx.file.source).lines().next().unwrap_or("");
            let name = crate::text::sanitise::bounded(name.trim_end_matches(['\\', ' ']), 40).into_owned();
            out.at(cmd.span(), format!("`{name}` installs what only developers need too; add {flag}, or build in a stage of its own"));
        }
    }
}

/// The flag that leaves out what only developers need, for a command that installs all the project's
/// dependencies.
fn all_of(cmd: &Cmd<'_>) -> Option<&'static str> {
    let verb = cmd.verb().map_or("", |verb| verb.text.as_str());
    let bare = || {
        cmd.operands(&["registry", "loglevel", "prefix", "network-timeout", "cache"]).len()
            <= usize::from(!verb.is_empty())
    };
    let global = || cmd.flag("g") || cmd.flag("global");
    match cmd.name.as_str() {
        "npm" if matches!(verb, "ci" | "install" | "i") && bare() && !global() => Some("--omit=dev"),
        "yarn" if matches!(verb, "" | "install") && bare() && !cmd.flag("version") => Some("--production"),
        "pnpm" if matches!(verb, "install" | "i") && bare() && !global() => Some("--prod"),
        "composer" if verb == "install" => Some("--no-dev"),
        _ => None,
    }
}

/// Whether it leaves out what only developers need, or says itself what it wants.
fn production(cmd: &Cmd<'_>) -> bool {
    cmd.args().iter().any(|arg| {
        let word = arg.text.as_str();
        ["--omit", "--only", "--prod", "--no-dev", "--production", "--include"]
            .iter()
            .any(|flag| word.starts_with(flag))
            || matches!(word, "-P" | "workspaces" | "focus" | "dev")
    })
}
