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
    if cx.compat() {
        for instruction in cx.visible() {
            let Kind::Workdir(word) = &instruction.kind else { continue };
            if !word.is_empty() && !is_absolute(cx.written(word)) {
                out.at(word.span, message(&word.raw));
            }
        }
        return;
    }
    for workdir in cx.scopes().relative.iter().filter(|workdir| !has_drive(&workdir.value)) {
        let typed = workdir.span.of(&cx.file.source);
        match workdir.value.as_str() {
            _ if typed.is_empty() => {}
            "" => out
                .at(workdir.span, format!("`{typed}` is empty without --build-arg; write an absolute path")),
            _ => out.at(workdir.span, message(typed)),
        }
    }
}

fn message(typed: &str) -> String {
    format!("`{typed}` depends on the WORKDIR of the base image; write the absolute path")
}

/// Whether it begins with the letter of a drive, as paths of Windows do.
fn has_drive(path: &str) -> bool {
    path.starts_with(|c: char| c.is_ascii_alphabetic()) && path.chars().nth(1) == Some(':')
}

/// Whether `path` depends on no directory before it, as far as can be told: `/…`, `C:…`, `$…`.
pub(super) fn is_absolute(path: &str) -> bool {
    has_drive(path) || path.starts_with(['/', '$'])
}
