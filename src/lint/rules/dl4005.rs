//! DL4005 · shell-instruction: SHELL changes the shell, not a link.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4005",
        name: "shell-instruction",
        severity: Severity::Warning,
        summary: "SHELL changes the shell, not a link",
        documentation: include_str!("dl4005.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["ln"]) && cmd.has("/bin/sh")) {
        out.at(cmd.span(), "use SHELL to choose the shell of RUN; /bin/sh belongs to the system");
    }
}
