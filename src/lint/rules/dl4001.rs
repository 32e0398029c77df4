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
    let plain = cx.runs.iter().filter(|run| !run.onbuild);
    report(plain, |run, before| run.stage == before.stage, out);
    // What ONBUILD runs does so in another build; hadolint takes all of them for one stage.
    if cx.compat() {
        report(cx.runs.iter().filter(|run| run.onbuild), |_, _| true, out);
    }
}

fn report<'r>(
    runs: impl Iterator<Item = &'r Run<'r>>,
    together: impl Fn(&Run<'_>, &Run<'_>) -> bool,
    out: &mut Findings,
) {
    let (mut seen, mut before) = ([false, false], None);
    for run in runs {
        if before.is_some_and(|before| !together(run, before)) {
            seen = [false, false];
        }
        before = Some(run);
        let mut first = None;
        for cmd in run.commands().filter(|cmd| cmd.is(&["curl", "wget"])) {
            seen[usize::from(cmd.name == "wget")] = true;
            if seen == [true, true] && first.is_none() {
                first = Some(cmd.name_span());
            }
        }
        if let Some(span) = first {
            out.at(span, "this stage uses both wget and curl; one of them is enough");
        }
    }
}
