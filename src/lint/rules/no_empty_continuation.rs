//! NoEmptyContinuation · no-empty-continuation: No empty line stands in a continued instruction.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "NoEmptyContinuation",
        name: "no-empty-continuation",
        severity: Severity::Warning,
        summary: "No empty line stands in a continued instruction",
        documentation: include_str!("no_empty_continuation.md"),
        enabled: true,
        buildkit: Some("NoEmptyContinuation"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let source = &cx.file.source;
    for instruction in &cx.file.instructions {
        let Some(first) = instruction.empty_lines.first() else { continue };
        let before = source.get(..first.start).unwrap_or("").trim_end();
        let mark = Span::new(before.len().saturating_sub(1), before.len());
        let span = if before.ends_with(cx.file.escape) { mark } else { *first };
        let edits = instruction.empty_lines.iter().map(|line| {
            let rest = source.get(line.end..).unwrap_or("");
            Edit::delete(Span::new(line.start, line.end + rest.find('\n').map_or(rest.len(), |at| at + 1)))
        });
        let fix = Fix::safe("Remove the empty lines", edits.collect());
        let message = "an empty line follows inside this instruction; the builder is going to refuse that";
        out.fixable(span, message, Some(fix));
    }
}
