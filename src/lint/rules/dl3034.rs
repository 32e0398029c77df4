//! DL3034 · zypper-yes: zypper does not ask.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3034",
        name: "zypper-yes",
        severity: Severity::Warning,
        summary: "zypper does not ask",
        documentation: include_str!("dl3034.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    const VERBS: &[&str] = &["install", "in", "remove", "rm", "source-install", "si", "patch"];
    for cmd in cx.commands().filter(|cmd| cmd.is(&["zypper"])) {
        let Some(verb) = cmd.args.iter().find(|arg| VERBS.contains(&arg.text.as_str())) else { continue };
        if ["n", "non-interactive", "no-confirm", "y"].iter().any(|flag| cmd.flag(flag)) {
            continue;
        }
        let fix =
            Fix::safe("Add --non-interactive", vec![Edit::insert(cmd.name_span().end, " --non-interactive")]);
        let message = format!(
            "`{} {}` asks, and nobody answers in a build; add `--non-interactive`",
            cmd.name, verb.text
        );
        out.fixable(cmd.head_span(verb), message, Some(fix));
    }
}
