//! DL3035 · no-zypper-dup: zypper does not upgrade the distribution.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3035",
        name: "no-zypper-dup",
        severity: Severity::Warning,
        summary: "zypper does not upgrade the distribution",
        documentation: include_str!("dl3035.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["zypper"])) {
        if let Some(verb) = cmd.args.iter().find(|arg| matches!(arg.text.as_str(), "dist-upgrade" | "dup")) {
            out.at(cmd.head_span(verb), "this replaces the base image's packages; take a newer base image");
        }
    }
}
