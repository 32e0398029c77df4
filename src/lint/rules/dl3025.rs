//! DL3025 · exec-form-command: CMD and ENTRYPOINT use the exec form.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3025",
        name: "exec-form-command",
        severity: Severity::Warning,
        summary: "CMD and ENTRYPOINT use the exec form",
        documentation: include_str!("dl3025.md"),
        enabled: true,
        buildkit: Some("JSONArgsRecommended"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for (index, instruction) in cx.file.instructions.iter().enumerate() {
        let (command, what) = match &instruction.kind {
            Kind::Cmd(command) => (command, "CMD"),
            Kind::Entrypoint(command) => (command, "ENTRYPOINT"),
            Kind::Healthcheck(Healthcheck::Cmd(command)) if cx.compat() => (command, "HEALTHCHECK CMD"),
            _ => continue,
        };
        let CommandLine::Shell(text) = command else { continue };
        // Whoever sets a SHELL wants it.
        let wanted = || !cx.compat() && cx.shell_at(index, true).is_some();
        if instruction.args_span.is_empty() || wanted() {
            continue;
        }
        let span = text.span(Span::new(0, text.as_str().len()));
        let written = words(text.as_str()).map(|words| json(&words));
        let shown = written.as_ref().map(|json| format!("; write {what} {json}"));
        let message = format!(
            "{what} in the shell form runs below `/bin/sh -c`, which does not pass signals on{}",
            shown.filter(|shown| shown.len() < 100).unwrap_or_default()
        );
        let fix = written.map(|json| Fix::risky("Use the exec form", vec![Edit::replace(span, json)]));
        out.fixable(span, message, fix);
    }
}

/// The words of a command that needs no shell: one command, nothing expanded or redirected.
fn words(text: &str) -> Option<Vec<String>> {
    if text
        .contains(['$', '`', '|', '&', ';', '<', '>', '(', ')', '{', '}', '*', '?', '[', '#', '~', '!', '\n'])
    {
        return None;
    }
    let parsed = crate::dockerfile::shell::parse(text);
    let [command] = parsed.commands.as_slice() else { return None };
    if parsed.broken || !command.assignments.is_empty() || command.span != Span::new(0, text.trim_end().len())
    {
        return None;
    }
    let args = command.args.iter().map(|arg| arg.text.clone());
    Some(std::iter::once(command.name.clone()).chain(args).collect())
}

fn json(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().filter_map(|word| serde_json::to_string(word).ok()).collect();
    format!("[{}]", quoted.join(", "))
}
