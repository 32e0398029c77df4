//! DL3015 · no-install-recommends: apt-get installs no recommended packages.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3015",
        name: "no-install-recommends",
        severity: Severity::Info,
        summary: "apt-get installs no recommended packages",
        documentation: include_str!("dl3015.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(packages::apt_get_install) {
        if cmd.flag("no-install-recommends")
            || cmd.args.iter().any(|arg| arg.text.contains("APT::Install-Recommends="))
        {
            continue;
        }
        let edit = packages::add_flag(&cmd, "install", "--no-install-recommends");
        let fix = edit.map(|edit| Fix::risky("Add --no-install-recommends", vec![edit]));
        out.fixable(
            cmd.span_to("install"),
            "this also installs every recommended package; add `--no-install-recommends`",
            fix,
        );
    }
}
