//! DL4006 · pipefail: A pipe in RUN fails when any part of it fails.

use super::prelude::*;
use crate::lint::pragma;

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
        if !cx.compat() && pragma::shell(cx, run.index).is_some_and(|(_, shell)| is_foreign(shell)) {
            continue;
        }
        let shell = cx.shell_at(run.index, !cx.compat());
        if shell.is_some_and(|words| fails_or_foreign(cx, words)) || (!cx.compat() && in_script(run)) {
            continue;
        }
        out.at(pipe, "the RUN succeeds when a command before this pipe fails; put SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] before it");
    }
}

fn base(shell: &str) -> String {
    shell.rsplit(['/', '\\']).next().unwrap_or(shell).to_ascii_lowercase()
}

/// Whether it is a shell that has no pipefail to set.
fn is_foreign(shell: &str) -> bool {
    let base = base(shell.split_whitespace().next().unwrap_or(""));
    ["pwsh", "powershell", "cmd"].contains(&base.trim_end_matches(".exe"))
}

/// Whether the shell has pipefail set, or is none that has it.
fn fails_or_foreign(cx: &Context<'_>, words: &[Word]) -> bool {
    let Some(shell) = words.first().map(Word::value) else { return false };
    if cx.compat() {
        return to_hadolint(words);
    }
    if is_foreign(shell) {
        return true;
    }
    let base = base(shell);
    let known = ["bash", "zsh", "ash", "sh"].contains(&base.as_str());
    let mut rest = words.iter().skip(1).map(Word::value);
    let option = |word: &str| word.len() > 1 && word.starts_with('-') && word.ends_with('o');
    known && rest.any(option) && words.iter().any(|word| word.value() == "pipefail")
}

/// The same to hadolint, which reads the words as one line and knows a shell by six spellings.
fn to_hadolint(words: &[Word]) -> bool {
    let mut words = words.iter().flat_map(|word| word.value().split_whitespace());
    let shell = words.next().unwrap_or("");
    let foreign = ["pwsh", "powershell", "cmd"].iter().any(|name| shell.starts_with(name));
    let (mut option, mut pipefail) = (false, false);
    for word in words {
        option |= word.starts_with('-') && !word.starts_with("--") && word.contains('o');
        pipefail |= word == "pipefail";
    }
    let known = ["/bin/bash", "/bin/zsh", "/bin/ash", "bash", "zsh", "ash"].contains(&shell);
    foreign || (known && option && pipefail)
}

/// Whether the RUN sets it itself.
fn in_script(run: &Run<'_>) -> bool {
    run.commands().any(|cmd| cmd.is(&["set"]) && cmd.has("pipefail"))
        || run.commands().any(|cmd| cmd.is(&["bash", "ash", "zsh"]) && cmd.has("pipefail"))
}
