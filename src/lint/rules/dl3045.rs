//! DL3045 · relative-copy-without-workdir: COPY to a relative path stands below a WORKDIR.

use super::dl3000::is_absolute;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3045",
        name: "relative-copy-without-workdir",
        severity: Severity::Warning,
        summary: "COPY to a relative path stands below a WORKDIR",
        documentation: include_str!("dl3045.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let with_workdir: Vec<bool> = cx.stages.iter().map(|stage| stage.workdir().is_some()).collect();
    for (stage, _, body) in cx.parts() {
        let mut parents = stage.into_iter().flat_map(|stage| cx.chain(stage.index).skip(1));
        let mut set = parents.any(|parent| with_workdir[parent.index]);
        for instruction in body {
            let target = match &instruction.kind {
                Kind::Workdir(_) => {
                    set = true;
                    continue;
                }
                Kind::Copy(copy) => &copy.target,
                Kind::Add(add) if !cx.compat() => &add.target,
                _ => continue,
            };
            if !set && !is_absolute(cx.written(target)) && !target.is_empty() {
                out.at(
                    target.span,
                    format!(
                        "`{}` is below whatever directory the base image has set; set a WORKDIR first",
                        target.raw
                    ),
                );
            }
        }
    }
}
