//! DL3003 · workdir-instead-of-cd: WORKDIR changes the directory, not cd.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3003",
        name: "workdir-instead-of-cd",
        severity: Severity::Warning,
        summary: "WORKDIR changes the directory, not cd",
        documentation: include_str!("dl3003.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in cx.runs.iter().filter(|run| !run.onbuild) {
        let (commands, returns) = (run.commands().count(), returns(run));
        let last = run.commands().map(|cmd| cmd.span().start).max().unwrap_or(0);
        for cmd in run.commands().filter(|cmd| cmd.is(&["cd"])) {
            // Undone in a subshell; and one layer that enters, builds and leaves again needs its cd.
            let fine = cmd.subshell || returns;
            if cx.compat() || (!fine && (cmd.span().start < last || commands == 1)) {
                out.at(cmd.span(), "`cd` lasts only for this RUN; use WORKDIR to change the directory");
            }
        }
    }
}

/// Whether the RUN also cleans up or comes back: it deletes what it entered, or changes more than once.
fn returns(run: &Run<'_>) -> bool {
    let changes = run.commands().filter(|cmd| cmd.is(&["cd"]) && !cmd.subshell).count();
    changes > 1 || run.commands().any(|cmd| cmd.is(&["rm"]))
}
