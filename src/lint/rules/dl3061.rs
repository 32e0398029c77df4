//! DL3061 · begins-with-from: A Dockerfile begins with FROM or ARG.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3061",
        name: "begins-with-from",
        severity: Severity::Error,
        summary: "A Dockerfile begins with FROM or ARG",
        documentation: include_str!("dl3061.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in &cx.file.instructions {
        match &instruction.kind {
            // What is no instruction may be the FROM, half typed.
            Kind::From(_) | Kind::Unknown => return,
            Kind::Arg(_) => {}
            _ => out.at(
                instruction.keyword_span,
                format!("{} stands before the first FROM; only ARG may", instruction.keyword),
            ),
        }
    }
}
