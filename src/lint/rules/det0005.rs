//! DET0005 · broken-json-form: What looks like the JSON form is JSON.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0005",
        name: "broken-json-form",
        severity: Severity::Warning,
        summary: "What looks like the JSON form is JSON",
        documentation: include_str!("det0005.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.instructions() {
        let (Kind::Cmd(command) | Kind::Entrypoint(command) | Kind::Run(command)) = &instruction.kind else {
            continue;
        };
        let CommandLine::Shell(text) = command else { continue };
        let typed = text.as_str().trim();
        let Some(inside) = typed.strip_prefix('[') else { continue };
        // `[ -f x ] && …` and `[[ … ]]` are shell.
        if !inside.trim_start().starts_with(['"', '\'', '\u{201c}']) {
            continue;
        }
        let words = single_quoted(typed);
        let why = if words.is_some() { "JSON takes double quotes" } else { "it is no JSON array of strings" };
        let fix = words
            .map(|json| Fix::risky("Use double quotes", vec![Edit::replace(instruction.args_span, json)]));
        let message = format!("{} runs this as a shell command, because {why}", instruction.keyword);
        out.fixable(instruction.args_span, message, fix);
    }
}

/// The JSON that `['a', 'b']` stands for.
fn single_quoted(text: &str) -> Option<String> {
    if text.contains(['"', '\\', '\n']) || !text.ends_with(']') {
        return None;
    }
    let json = text.replace('\'', "\"");
    serde_json::from_str::<Vec<String>>(&json).is_ok().then_some(json)
}
