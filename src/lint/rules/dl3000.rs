//! DL3000 · absolute-workdir: WORKDIR is an absolute path.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3000",
        name: "absolute-workdir",
        severity: Severity::Error,
        summary: "WORKDIR is an absolute path",
        documentation: include_str!("dl3000.md"),
        enabled: true,
        buildkit: Some("WorkdirRelativePath"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.instructions() {
        let Kind::Workdir(word) = &instruction.kind else { continue };
        if word.is_empty() || is_absolute(word.value()) {
            continue;
        }
        out.at(
            word.span,
            format!("`{}` depends on the WORKDIR before it; write the absolute path", word.raw),
        );
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '$']) || path.chars().nth(1) == Some(':')
}
