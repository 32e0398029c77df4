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
    for cmd in cx.commands().filter(packages::pip_install) {
        let mounted =
            cmd.run.mounts_over(".cache/pip") || (!cx.compat() && cmd.run.caches("/root/.cache/pip"));
        if cmd.flag("no-cache-dir") || mounted || disabled(cx, cmd.run) {
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
    let on = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes");
    let text = run.instruction.args.as_str();
    if text.contains("PIP_NO_CACHE_DIR") {
        let value =
            text.split("PIP_NO_CACHE_DIR=").nth(1).and_then(|rest| rest.split([' ', ';', '&']).next());
        if value.is_some_and(|value| on(value.trim_matches(['"', '\'']))) {
            return true;
        }
    }
    cx.setting("PIP_NO_CACHE_DIR", run.index)
        .is_some_and(|setting| setting.env && setting.value.as_deref().is_some_and(on))
}
