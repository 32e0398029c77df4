//! UndefinedVar · undefined-var: Variables are set before they are used.

use super::known;
use super::prelude::*;
pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "UndefinedVar",
        name: "undefined-var",
        severity: Severity::Warning,
        summary: "Variables are set before they are used",
        documentation: include_str!("undefined_var.md"),
        enabled: true,
        buildkit: Some("UndefinedVar"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for undefined in &cx.scopes().undefined {
        let name = undefined.name.as_str();
        let base = cx.base_image(undefined.span.start);
        if base.is_some_and(|base| known::sets(base, name)) {
            continue;
        }
        let unless = match base {
            Some("scratch") => "",
            _ => " unless the base image sets it",
        };
        let hint = undefined.near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let fix = undefined.fix(&cx.file.source);
        out.fixable(
            undefined.span,
            format!("nothing sets `{name}` before this line, so it is empty{unless}{hint}"),
            fix,
        );
    }
}
