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
            Kind::User(word) => {
                let user = word.value().split(':').next().unwrap_or("");
                let name = user.trim_start_matches(['$', '{']).trim_end_matches('}');
                let from_arg = user.starts_with('$') && args.contains(&name);
                let number = !user.is_empty() && user.chars().all(|c| c.is_ascii_digit());
                // Ours: only the user that the image runs as, and root has a rule of its own.
                let counts =
                    cx.compat() || (last == Some(word.span) && user != "root" && !user.starts_with('$'));
                if counts && !number && !from_arg && !word.is_empty() {
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
