//! DET0015 · unpinned-digest: Every base image is pinned by its digest.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0015",
        name: "unpinned-digest",
        severity: Severity::Info,
        summary: "Every base image is pinned by its digest",
        documentation: include_str!("det0015.md"),
        enabled: false,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(image) = cx.base(stage.index).filter(|_| stage.parent.is_none()) else { continue };
        let name = image.word.value();
        if image.digest.is_some() || name == "scratch" || name.is_empty() {
            continue;
        }
        out.at(
            stage.from.image.word.span,
            format!("`{name}` may be another image tomorrow; pin what was tested with @sha256:…"),
        );
    }
}
