//! DL3066 · numeric-user: USER is a number.

use super::prelude::*;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3066",
        name: "numeric-user",
        severity: Severity::Info,
        summary: "USER is a number",
        documentation: include_str!("dl3066.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let mut args: HashSet<&str> = HashSet::new();
    let last = cx.stages.last().and_then(|stage| stage.user()).map(|(_, word)| word.span);
    for instruction in &cx.file.instructions {
        match &instruction.kind {
            Kind::Arg(pairs) => args.extend(pairs.iter().map(|pair| pair.key.value())),
            Kind::User(word) if !word.is_empty() => {
                let user = if cx.compat() { &word.raw } else { word.value() };
                let name = user.split(':').next().unwrap_or("");
                let number = name.chars().all(|c| c.is_ascii_digit()) && (cx.compat() || !name.is_empty());
                let counts = match cx.compat() {
                    true => !args.iter().any(|arg| uses(user, arg)),
                    // Only the user that the image runs as, and root has a rule of its own.
                    false => last == Some(word.span) && name != "root" && !name.starts_with('$'),
                };
                if counts && !number {
                    out.at(
                        word.span,
                        format!("Kubernetes cannot tell that `{}` is not root; write the number", word.raw),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Whether the variable `name` stands in `text`, at the beginning of a longer name too.
fn uses(text: &str, name: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        rest.starts_with(name)
            || rest
                .strip_prefix('{')
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('}'))
    })
}
