//! DL1001 · no-ignore-pragma: No comment silences a rule.

use super::prelude::*;
use crate::lint::pragma;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL1001",
        name: "no-ignore-pragma",
        severity: Severity::Info,
        summary: "No comment silences a rule",
        documentation: include_str!("dl1001.md"),
        enabled: false,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for comment in &cx.file.comments {
        let body = comment.span.of(&cx.file.source).trim_start_matches('#').trim();
        if pragma::ignores(body) {
            out.at(comment.span, "a comment silences rules here");
        }
    }
}
