//! FromAsCasing · from-as-casing: AS is cased as its FROM.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "FromAsCasing",
        name: "from-as-casing",
        severity: Severity::Style,
        summary: "AS is cased as its FROM",
        documentation: include_str!("from_as_casing.md"),
        enabled: true,
        buildkit: Some("FromAsCasing"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(span) = stage.from.as_span else { continue };
        let (from, typed) = (stage.instruction.keyword_span.of(&cx.file.source), span.of(&cx.file.source));
        let wanted = match from {
            "FROM" => "AS",
            "from" => "as",
            _ => continue, // another check speaks of a mixed FROM
        };
        if typed != wanted {
            let fix = Fix::safe(format!("Write {wanted}"), vec![Edit::replace(span, wanted)]);
            out.fixable(span, format!("`{typed}` stands beside `{from}`; write `{wanted}`"), Some(fix));
        }
    }
}
