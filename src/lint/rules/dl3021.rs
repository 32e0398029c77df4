//! DL3021 · copy-many-to-folder: COPY of several sources ends in a folder.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3021",
        name: "copy-many-to-folder",
        severity: Severity::Error,
        summary: "COPY of several sources ends in a folder",
        documentation: include_str!("dl3021.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.visible() {
        let Kind::Copy(copy) = &instruction.kind else { continue };
        let target = cx.written(&copy.target);
        let is_folder = target.ends_with('/') || (target == "." && !cx.compat());
        let heredocs = if cx.compat() { instruction.heredocs.len() } else { 0 };
        if copy.sources.len() + heredocs > 1 && !is_folder {
            let fix = (!copy.json && !copy.target.raw.ends_with(['"', '\'']) && !target.contains('$'))
                .then(|| Fix::safe("Add a slash", vec![Edit::insert(copy.target.span.end, "/")]));
            let message = format!("several sources need a folder; write `{}/`", copy.target.raw);
            out.fixable(copy.target.span, message, fix);
        }
    }
}
