//! DL3042 · pip-no-cache-dir: pip keeps no cache.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3042",
        name: "pip-no-cache-dir",
        severity: Severity::Warning,
        summary: "pip keeps no cache",
        documentation: include_str!("dl3042.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let installs = |cmd: &Cmd<'_>| match cx.compat() {
        true => packages::pip_install_as_hadolint(cmd) && !cmd.name.starts_with("pipx"),
        false => packages::pip_install(cmd),
    };
    for cmd in cx.commands().filter(installs) {
        let mounted =
            cmd.run.mounts_over(".cache/pip") || (!cx.compat() && cmd.run.caches("/root/.cache/pip"));
        let no_cache = cmd.has("--no-cache-dir") || (!cx.compat() && cmd.flag("no-cache-dir"));
        if no_cache || mounted || disabled(cx, cmd.run) {
            continue;
        }
        let edit = packages::add_flag(&cmd, "install", "--no-cache-dir");
        let fix = edit.map(|edit| Fix::safe("Add --no-cache-dir", vec![edit]));
        out.fixable(
            cmd.span_to("install"),
            "pip keeps every download in the layer; add `--no-cache-dir`",
            fix,
        );
    }
}

/// Whether the environment of the RUN switches the cache off.
fn disabled(cx: &Context<'_>, run: &Run<'_>) -> bool {
    const NAME: &str = "PIP_NO_CACHE_DIR";
    if cx.compat() {
        let truthy = |rest: &str| TRUTHY.iter().any(|word| rest.starts_with(word));
        let texts = run.scripts.iter().map(|script| script.text.as_str());
        return texts.flat_map(|text| text.split("PIP_NO_CACHE_DIR=").skip(1)).any(truthy)
            || (!run.onbuild && cx.env_as_hadolint(NAME, run.index, |value| TRUTHY.contains(&value)));
    }
    let on = |value: &str| TRUTHY.iter().any(|word| word.eq_ignore_ascii_case(value));
    let text = run.instruction.args.as_str();
    let assigned = text.split("PIP_NO_CACHE_DIR=").nth(1).and_then(|rest| rest.split([' ', ';', '&']).next());
    assigned.is_some_and(|value| on(value.trim_matches(['"', '\''])))
        || cx
            .setting(NAME, run.index)
            .is_some_and(|setting| setting.env && setting.value.as_deref().is_some_and(on))
}

/// What pip takes for yes, in the three casings that hadolint knows.
const TRUTHY: [&str; 10] = ["1", "true", "True", "TRUE", "on", "On", "ON", "yes", "Yes", "YES"];
