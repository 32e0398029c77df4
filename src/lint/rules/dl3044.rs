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
    for instruction in cx.visible() {
        if let Kind::Env(pairs) = &instruction.kind {
            let mut keys: HashMap<&str, (Span, usize)> = HashMap::new();
            for pair in pairs {
                keys.entry(pair.key.value()).or_insert((pair.key.span, 0)).1 += 1;
            }
            for pair in pairs {
                let Some(value) = &pair.value else { continue };
                if cx.compat() {
                    let here = |key: &&&str| **key != pair.key.value() && !known.contains(**key);
                    if let Some(name) = keys.keys().filter(here).find(|key| spells(&value.raw, key)) {
                        out.at(value.span, message(name));
                    }
                    continue;
                }
                for used in crate::dockerfile::variables(&value.raw, cx.file.escape) {
                    let here =
                        keys.get(used.name).is_some_and(|(span, count)| *span != pair.key.span || *count > 1);
                    if here && !known.contains(used.name) && pair.key.value() != used.name {
                        out.at(value.span, message(used.name));
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

fn message(name: &str) -> String {
    format!("`{name}` gets its value only when this ENV has ended; set it in an ENV before")
}

/// Whether `${name}` or `$name` stands in `text`, quoted, escaped, or not: hadolint asks no more.
fn spells(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split('$').skip(1).any(|rest| {
        let braced = rest.strip_prefix('{').and_then(|rest| rest.strip_prefix(name));
        let bare = rest.strip_prefix(name);
        braced.is_some_and(|rest| rest.starts_with('}')) || bare.is_some_and(|rest| !rest.starts_with(inside))
    })
}
