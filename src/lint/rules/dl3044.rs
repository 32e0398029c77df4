//! DL3044 · env-in-same-env: ENV does not use what it is just setting.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3044",
        name: "env-in-same-env",
        severity: Severity::Error,
        summary: "ENV does not use what it is just setting",
        documentation: include_str!("dl3044.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let mut known: Vec<&str> = Vec::new();
    for instruction in cx.instructions() {
        if let Kind::Env(pairs) = &instruction.kind {
            for pair in pairs {
                let Some(value) = &pair.value else { continue };
                for used in crate::dockerfile::variables(&value.raw, cx.file.escape) {
                    let here = pairs
                        .iter()
                        .any(|other| other.key.value() == used.name && other.key.span != pair.key.span);
                    if here && !known.contains(&used.name) && pair.key.value() != used.name {
                        out.at(
                            value.span,
                            format!(
                                "`{}` gets its value only when this ENV has ended; set it in an ENV before",
                                used.name
                            ),
                        );
                        break;
                    }
                }
            }
        }
        if let Kind::Env(pairs) | Kind::Arg(pairs) = &instruction.kind {
            known.extend(pairs.iter().map(|pair| pair.key.value()));
        }
    }
}
