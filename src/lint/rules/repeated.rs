//! Instructions of which a stage keeps the last one alone.

use super::prelude::*;

/// Findings for those of a stage that another one replaces; hadolint takes those behind the first.
pub(super) fn check(cx: &Context<'_>, out: &mut Findings, keyword: &str) {
    for (.., body) in cx.parts() {
        let all: Vec<_> = body.iter().filter(|i| i.keyword == keyword).collect();
        let Some((last, lost)) = all.split_last() else { continue };
        if cx.compat() {
            for instruction in all.iter().skip(1) {
                let message = format!("only the last {keyword} of a stage counts; an earlier one is lost");
                out.at(instruction.keyword_span, message);
            }
            continue;
        }
        let line = || cx.line(last.span.start);
        for instruction in lost {
            out.at(
                instruction.keyword_span,
                format!("this {keyword} is lost: the one in line {} replaces it", line()),
            );
        }
    }
}
