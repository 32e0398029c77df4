//! DL3049 · required-label: Required labels are there.

use super::labels;
use super::prelude::*;
use crate::dockerfile::Stage;
use crate::lint::context::hadolint;
use std::collections::HashSet;

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
        let missing = if cx.compat() { to_hadolint(cx, name) } else { missing(cx, name) };
        for stage in missing {
            out.at(cx.stages[stage].instruction.keyword_span, format!("label `{name}` is missing"));
        }
    }
}

/// The last stage, when neither it nor one that it builds on has the label.
fn missing(cx: &Context<'_>, name: &str) -> Vec<usize> {
    let last = cx.stages.len().checked_sub(1);
    last.into_iter().filter(|last| !cx.chain(*last).any(|stage| has(cx, stage.index, name))).collect()
}

/// Every stage without the label, but for those of a name that has it: by itself, through a stage
/// that builds on it and has no name, or because something is copied from it.
fn to_hadolint(cx: &Context<'_>, name: &str) -> Vec<usize> {
    let mut good: HashSet<&str> = HashSet::new();
    let mut labelled = vec![false; cx.stages.len()];
    let mut relieved: HashSet<&str> = HashSet::new();
    for stage in &cx.stages {
        let base = hadolint::image_name(stage.from.image.word.value());
        let called = stage.name().unwrap_or(base);
        labelled[stage.index] = has(cx, stage.index, name) || good.contains(base);
        if labelled[stage.index] {
            good.extend(stage.name());
            relieved.insert(called);
        } else {
            good.remove(called);
        }
        let copied = stage.body.iter().filter(|i| matches!(i.kind, Kind::Copy(_)));
        relieved.extend(copied.filter_map(|i| i.flag("from")).map(|flag| flag.value.raw.as_str()));
    }
    let silent =
        |stage: &Stage<'_>| labelled[stage.index] || stage.name().is_some_and(|name| relieved.contains(name));
    cx.stages.iter().filter(|stage| !silent(stage)).map(|stage| stage.index).collect()
}

fn has(cx: &Context<'_>, stage: usize, name: &str) -> bool {
    labels::of_stage(cx, stage).any(|pair| pair.key.value() == name)
}
