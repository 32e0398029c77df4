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
        let words = words(text.as_str());
        let shown = words
            .as_ref()
            .map(|words| format!("; write {what} {}", json(words)))
            .filter(|shown| shown.len() < 100);
        let message = format!(
            "{what} in the shell form runs below `/bin/sh -c`, which does not pass signals on{}",
            shown.unwrap_or_default()
        );
        let fix = words.map(|words| Fix::risky("Use the exec form", vec![Edit::replace(span, json(&words))]));
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
    let quoted: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}
