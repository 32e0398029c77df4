//! DL3067 · copy-whole-root: COPY --from does not take the whole root.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3067",
        name: "copy-whole-root",
        severity: Severity::Warning,
        summary: "COPY --from does not take the whole root",
        documentation: include_str!("dl3067.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.visible() {
        let (Kind::Copy(copy), Some(_)) = (&instruction.kind, instruction.flag("from")) else { continue };
        if copy.target.value() == "/" && copy.sources.iter().any(|source| source.value() == "/") {
            out.at(instruction.args_span, "this copies the whole other image; copy what the program needs");
        }
    }
}
