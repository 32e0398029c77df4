//! DL4006 · pipefail: A pipe in RUN fails when any part of it fails.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL4006",
        name: "pipefail",
        severity: Severity::Warning,
        summary: "A pipe in RUN fails when any part of it fails",
        documentation: include_str!("dl4006.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in cx.runs.iter().filter(|run| !run.onbuild) {
        let Some(pipe) = run.scripts.iter().find_map(|s| s.parsed.pipes.first().map(|pipe| s.span(*pipe)))
        else {
            continue;
        };
        let shell = cx.shell_at(run.index, !cx.compat());
        if shell.is_some_and(|words| fails_or_foreign(cx, words)) || (!cx.compat() && in_script(run)) {
            continue;
        }
        out.at(pipe, "the RUN succeeds when a command before this pipe fails; put SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] before it");
    }
}

/// Whether the shell has pipefail set, or is none that has it.
fn fails_or_foreign(cx: &Context<'_>, words: &[Word]) -> bool {
    let Some(shell) = words.first().map(Word::value) else { return false };
    let base = shell.rsplit(['/', '\\']).next().unwrap_or(shell).to_ascii_lowercase();
    if ["pwsh", "powershell", "cmd"].iter().any(|foreign| base.trim_end_matches(".exe") == *foreign) {
        return true;
    }
    let known = match cx.compat() {
        true => ["/bin/bash", "/bin/zsh", "/bin/ash", "bash", "zsh", "ash"].contains(&shell),
        false => ["bash", "zsh", "ash", "sh"].contains(&base.as_str()),
    };
    let mut rest = words.iter().skip(1).map(Word::value);
    let option = |word: &str| word.len() > 1 && word.starts_with('-') && word.ends_with('o');
    known && rest.any(option) && words.iter().any(|word| word.value() == "pipefail")
}

/// Whether the RUN sets it itself.
fn in_script(run: &Run<'_>) -> bool {
    run.commands().any(|cmd| cmd.is(&["set"]) && cmd.has("pipefail"))
        || run.commands().any(|cmd| cmd.is(&["bash", "ash", "zsh"]) && cmd.has("pipefail"))
}
