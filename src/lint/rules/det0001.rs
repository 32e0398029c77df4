//! DET0001 · runs-as-root: The image does not run as root.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0001",
        name: "runs-as-root",
        severity: Severity::Info,
        summary: "The image does not run as root",
        documentation: include_str!("det0001.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(stage) = cx.stages.last() else { return };
    // A base for other images, a tool or a shell to look around with is what its user makes of it.
    let serves = || cx.chain(stage.index).any(|stage| !stage.exposed().is_empty());
    if cx.program().is_none() && !serves() {
        return;
    }
    // What gives root up itself, after it has prepared something as root.
    if cx.file.source.contains("gosu") || cx.file.source.contains("su-exec") {
        return;
    }
    let runs = stage
        .entrypoint()
        .or_else(|| stage.cmd())
        .map_or(stage.from.image.word.span, |(i, _)| i.keyword_span);
    let set = cx.chain(stage.index).find_map(|stage| stage.user().map(|(_, user)| (stage, user)));
    if let Some((from, user)) = set {
        // A USER of the last stage itself is DL3002's.
        if from.index != stage.index && matches!(user.value().split(':').next(), Some("root" | "0")) {
            let name = from.display_name();
            out.at(runs, format!("stage `{name}` ends as root and no USER follows, so this runs as root"));
        }
        return;
    }
    let first = cx.chain(stage.index).last();
    let base = first.map_or("", |stage| stage.from.image.word.value());
    let image = first.and_then(|stage| cx.base(stage.index));
    let name = image.map_or(base, |image| image.word.value());
    if runs_as_somebody(name) {
        return;
    }
    out.at(runs, "no USER is set, so this runs as root; create a user and end with USER");
}

/// Bases that set a USER themselves.
fn runs_as_somebody(image: &str) -> bool {
    ["nonroot", "unprivileged", "rootless", "cgr.dev/chainguard/"].iter().any(|part| image.contains(part))
}
