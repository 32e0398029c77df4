//! DL3014 · apt-get-yes: apt-get install does not ask.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3014",
        name: "apt-get-yes",
        severity: Severity::Warning,
        summary: "apt-get install does not ask",
        documentation: include_str!("dl3014.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(packages::apt_get_install) {
        let (short, long) = (cmd.count('q'), cmd.count_long("quiet"));
        let quiet = match cx.compat() {
            true => short == 2 || long == 2 || cmd.has("-q=2"),
            false => short + long > 1 || cmd.has("-q=2") || cmd.has("--quiet=2"),
        };
        if quiet || ["y", "yes", "assume-yes"].iter().any(|flag| cmd.flag(flag)) {
            continue;
        }
        let edits = packages::add_flag(&cmd, "install", "-y");
        let fix = edits.map(|edit| Fix::safe("Add -y", vec![edit]));
        out.fixable(
            cmd.span_to("install"),
            "`apt-get install` asks, and nobody answers in a build; add `-y`",
            fix,
        );
    }
}
