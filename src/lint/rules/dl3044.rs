//! DL3044 · env-in-same-env: ENV does not use what it is just setting.

use super::prelude::*;
use std::collections::{HashMap, HashSet};

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
    let mut known: HashSet<&str> = HashSet::new();
    for instruction in cx.instructions() {
        if let Kind::Env(pairs) = &instruction.kind {
            let mut keys: HashMap<&str, (Span, usize)> = HashMap::new();
            for pair in pairs {
                keys.entry(pair.key.value()).or_insert((pair.key.span, 0)).1 += 1;
            }
            for pair in pairs {
                let Some(value) = &pair.value else { continue };
                for used in crate::dockerfile::variables(&value.raw, cx.file.escape) {
                    let here =
                        keys.get(used.name).is_some_and(|(span, count)| *span != pair.key.span || *count > 1);
                    if here && !known.contains(used.name) && pair.key.value() != used.name {
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
