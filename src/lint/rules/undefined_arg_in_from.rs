//! UndefinedArgInFrom · undefined-arg-in-from: FROM uses declared ARGs.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "UndefinedArgInFrom",
        name: "undefined-arg-in-from",
        severity: Severity::Warning,
        summary: "FROM uses declared ARGs",
        documentation: include_str!("undefined_arg_in_from.md"),
        enabled: true,
        buildkit: Some("UndefinedArgInFrom"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for undefined in cx.scopes().bases.iter().flat_map(|base| &base.undefined) {
        let name = &undefined.name;
        let hint = undefined.near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let fix = undefined.fix(&cx.file.source);
        out.fixable(undefined.span, format!("no ARG before the first FROM declares `{name}`{hint}"), fix);
    }
}
