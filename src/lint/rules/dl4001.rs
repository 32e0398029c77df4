//! DL4001 · wget-or-curl: A stage uses wget or curl, not both.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4001",
        name: "wget-or-curl",
        severity: Severity::Warning,
        summary: "A stage uses wget or curl, not both",
        documentation: include_str!("dl4001.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let mut seen: [bool; 2] = [false, false];
        for run in cx.runs_of(stage.index) {
            let mut first = None;
            for cmd in run.commands().filter(|cmd| cmd.is(&["curl", "wget"])) {
                seen[usize::from(cmd.name == "wget")] = true;
                if seen == [true, true] && first.is_none() {
                    first = Some(cmd.name_span());
                }
            }
            let both = seen == [true, true];
            if let Some(span) = first.filter(|_| both) {
                out.at(span, "this stage uses both wget and curl; one of them is enough");
            }
        }
    }
}
