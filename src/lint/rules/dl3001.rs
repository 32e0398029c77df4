//! DL3001 · no-interactive-tools: No command that makes no sense in a build is run.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3001",
        name: "no-interactive-tools",
        severity: Severity::Info,
        summary: "No command that makes no sense in a build is run",
        documentation: include_str!("dl3001.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    const TOOLS: [&str; 9] = ["free", "kill", "mount", "ps", "service", "shutdown", "ssh", "top", "vim"];
    for cmd in cx.commands().filter(|cmd| cmd.is(&TOOLS)) {
        out.at(cmd.name_span(), format!("`{}` does nothing useful while an image is built", cmd.name));
    }
}
