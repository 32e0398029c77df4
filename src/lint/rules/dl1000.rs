//! DL1000 · syntax-error: The Dockerfile can be parsed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL1000",
        name: "syntax-error",
        severity: Severity::Error,
        summary: "The Dockerfile can be parsed",
        documentation: include_str!("dl1000.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    // hadolint reads on where only the builder stops.
    for error in cx.file.errors.iter().filter(|error| !(error.builder && cx.compat())) {
        // To hadolint a comment may end a FROM.
        let remark = || {
            let at = cx.instruction_at(error.span.start).and_then(|at| cx.file.instructions.get(at));
            at.is_some_and(|at| {
                matches!(at.kind, Kind::From(_))
                    && Span::new(at.span.start, error.span.end).of(&cx.file.source).contains(" #")
            })
        };
        if cx.compat() && remark() {
            continue;
        }
        out.at(error.span, error.message.clone());
    }
}
