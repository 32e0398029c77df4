//! DET0014 · no-healthcheck: An image that listens on a port says how to see that it works.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0014",
        name: "no-healthcheck",
        severity: Severity::Style,
        summary: "An image that listens on a port says how to see that it works",
        documentation: include_str!("det0014.md"),
        enabled: false,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(last) = cx.stages.len().checked_sub(1) else { return };
    let checked = |kind: &Kind| matches!(kind, Kind::Healthcheck(_));
    let mut port = None;
    for stage in cx.chain(last) {
        if stage.body.iter().any(|instruction| checked(&instruction.kind)) {
            return;
        }
        port = port.or_else(|| stage.exposed().first().copied());
    }
    let Some(port) = port.filter(|_| cx.program().is_some()) else { return };
    let what = &port.raw;
    out.at(port.span, format!("port {what} is open, and nothing says whether the program behind it works; add a HEALTHCHECK, or HEALTHCHECK NONE where the platform asks"));
}
