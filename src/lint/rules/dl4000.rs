//! DL4000 · maintainer-deprecated: MAINTAINER is a label.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4000",
        name: "maintainer-deprecated",
        severity: Severity::Error,
        summary: "MAINTAINER is a label",
        documentation: include_str!("dl4000.md"),
        enabled: true,
        buildkit: Some("MaintainerDeprecated"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in &cx.file.instructions {
        let Kind::Maintainer(word) = &instruction.kind else { continue };
        let value = serde_json::Value::from(word.value()).to_string().replace('$', "\\$");
        let fix = (!word.is_empty() && cx.file.escape == '\\').then(|| {
            let label = format!("LABEL org.opencontainers.image.authors={value}");
            Fix::safe("Use a label", vec![Edit::replace(instruction.span, label)])
        });
        out.fixable(
            instruction.keyword_span,
            "MAINTAINER is deprecated; use LABEL org.opencontainers.image.authors=",
            fix,
        );
    }
}
