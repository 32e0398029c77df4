//! DET0002 · missing-workdir: A WORKDIR says where relative paths begin.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0002",
        name: "missing-workdir",
        severity: Severity::Warning,
        summary: "A WORKDIR says where relative paths begin",
        documentation: include_str!("det0002.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(stage) = cx.stages.last() else { return };
    let copies = stage.body.iter().any(|i| matches!(i.kind, Kind::Copy(_) | Kind::Add(_)));
    if !copies || cx.chain(stage.index).any(|stage| stage.workdir().is_some()) {
        return;
    }
    for (instruction, command) in stage.cmd().into_iter().chain(stage.entrypoint()) {
        let (span, path) = match command {
            CommandLine::Exec(words) => {
                let Some(word) = words.iter().skip(1).find(|word| is_relative_file(word.value())) else {
                    continue;
                };
                (word.span, word.value().to_owned())
            }
            CommandLine::Shell(text) => {
                let Some(word) = text.as_str().split_whitespace().skip(1).find(|word| is_relative_file(word))
                else {
                    continue;
                };
                let start = text.as_str().find(word).unwrap_or(0);
                (text.span(Span::new(start, start + word.len())), word.to_owned())
            }
        };
        let keyword = &instruction.keyword;
        out.at(
            span,
            format!(
                "{keyword} looks for `{path}` in whatever directory the base image has set; set a WORKDIR"
            ),
        );
    }
}

/// Whether `word` is the name of a program's file without a path from the root.
fn is_relative_file(word: &str) -> bool {
    const ENDS: [&str; 11] =
        [".py", ".js", ".mjs", ".cjs", ".ts", ".jar", ".rb", ".php", ".sh", ".pl", ".dll"];
    !word.starts_with(['/', '-', '$']) && ENDS.iter().any(|end| word.ends_with(end))
}
