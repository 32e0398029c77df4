//! DL3049 · required-label: Required labels are there.

use super::labels;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3049",
        name: "required-label",
        severity: Severity::Info,
        summary: "Required labels are there",
        documentation: include_str!("dl3049.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for name in cx.config.labels.keys() {
        for stage in &cx.stages {
            let last = stage.index + 1 == cx.stages.len();
            if !cx.compat() && !last {
                continue;
            }
            // A stage that others build on, or copy from, is not shipped itself.
            let used = stage.name().is_some_and(|alias| used_later(cx, stage.index, alias));
            let has = |at: usize| labels::of_stage(cx, at).any(|pair| pair.key.value() == name);
            let inherited = cx.chain(stage.index).any(|stage| has(stage.index));
            if !inherited && (last || !used) {
                out.at(stage.instruction.keyword_span, format!("label `{name}` is missing"));
            }
        }
    }
}

fn used_later(cx: &Context<'_>, index: usize, alias: &str) -> bool {
    cx.stages.iter().skip(index + 1).any(|later| {
        later.parent == Some(index)
            || later.body.iter().filter_map(|i| i.flag("from")).any(|flag| flag.value.value() == alias)
    })
}
