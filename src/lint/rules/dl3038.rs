//! DL3038 · dnf-yes: dnf does not ask.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3038",
        name: "dnf-yes",
        severity: Severity::Warning,
        summary: "dnf does not ask",
        documentation: include_str!("dl3038.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    const VERBS: &[&str] = &["install", "groupinstall", "localinstall"];
    for cmd in cx.commands().filter(|cmd| cmd.is(&["dnf", "microdnf"])) {
        let Some(verb) = cmd.args.iter().find(|arg| VERBS.contains(&arg.text.as_str())) else { continue };
        let yes = cmd.flag("y") || cmd.flag("assumeyes") || (!cx.compat() && cmd.flag("yes"));
        if yes {
            continue;
        }
        let fix = Fix::safe("Add -y", vec![Edit::insert(cmd.arg_span(verb).end, " -y")]);
        let message = format!("`{} {}` asks, and nobody answers in a build; add `-y`", cmd.name, verb.text);
        out.fixable(cmd.head_span(verb), message, Some(fix));
    }
}
