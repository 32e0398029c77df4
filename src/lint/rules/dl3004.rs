//! DL3004 · no-sudo: sudo is not used.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3004",
        name: "no-sudo",
        severity: Severity::Error,
        summary: "sudo is not used",
        documentation: include_str!("dl3004.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["sudo"])) {
        let message =
            "`sudo` is not needed in a build and behaves unlike what you expect; use USER root for the step";
        let plain = cmd.args.first().filter(|arg| !arg.text.starts_with('-') && !arg.text.contains('='));
        let fix = plain.map(|arg| {
            let gap = Span::new(cmd.name_span().start, cmd.arg_span(arg).start);
            Fix::risky("Remove sudo", vec![Edit::delete(gap)])
        });
        out.fixable(cmd.name_span(), message, fix);
    }
}
