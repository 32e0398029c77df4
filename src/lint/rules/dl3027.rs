//! DL3027 · apt-get-instead-of-apt: apt-get is used, not apt.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3027",
        name: "apt-get-instead-of-apt",
        severity: Severity::Warning,
        summary: "apt-get is used, not apt",
        documentation: include_str!("dl3027.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["apt"])) {
        const SAME: [&str; 8] =
            ["update", "install", "remove", "purge", "upgrade", "autoremove", "clean", "autoclean"];
        let same = cmd.verb().is_some_and(|verb| SAME.contains(&verb.text.as_str()));
        let fix = same.then(|| Fix::safe("Use apt-get", vec![Edit::replace(cmd.name_span(), "apt-get")]));
        out.fixable(
            cmd.name_span(),
            "`apt` is made for people and may change; use `apt-get` or `apt-cache` in a build",
            fix,
        );
    }
}
