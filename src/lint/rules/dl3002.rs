//! DL3002 · last-user-root: The last USER is not root.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3002",
        name: "last-user-root",
        severity: Severity::Warning,
        summary: "The last USER is not root",
        documentation: include_str!("dl3002.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let shipped = stage.index + 1 == cx.stages.len();
        if !shipped && !cx.compat() {
            continue;
        }
        let Some((_, user)) = stage.user() else { continue };
        let user_text = if cx.compat() { &user.raw } else { user.value() };
        let name = user_text.split(':').next().unwrap_or("");
        if matches!(name, "root" | "0") {
            out.at(user.span, format!("the image runs as `{}`; end with a USER that is not root", user.raw));
        }
    }
}
