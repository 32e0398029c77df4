//! DL3022 · copy-from-known-stage: COPY --from names a stage or an image.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3022",
        name: "copy-from-known-stage",
        severity: Severity::Warning,
        summary: "COPY --from names a stage or an image",
        documentation: include_str!("dl3022.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

/// How many names of stages a message shows, those nearest above.
const SHOWN: usize = 8;

fn check(cx: &Context<'_>, out: &mut Findings) {
    for (stage, _, body) in cx.parts() {
        let index = stage.map_or(0, |stage| stage.index);
        let above = index + usize::from(cx.compat() && stage.is_some());
        for instruction in body {
            let Kind::Copy(_) = &instruction.kind else { continue };
            let Some(flag) = instruction.flag("from") else { continue };
            let name = if cx.compat() { &flag.value.raw } else { flag.value.value() };
            let known = cx.stage_named(name, above).is_some()
                || name.parse::<usize>().is_ok_and(|number| number < above)
                || name.contains(':')
                || (!cx.compat() && name.contains(['$', '/', '@']));
            let own = stage.is_some_and(|stage| stage.name() == Some(name));
            if !known && !own && !name.is_empty() {
                let before = cx.stages.iter().take(index).rev();
                let mut known: Vec<&str> = before.filter_map(|stage| stage.name()).take(SHOWN).collect();
                known.reverse();
                let hint = if known.is_empty() {
                    String::new()
                } else {
                    format!("; the stages before are `{}`", known.join("`, `"))
                };
                out.at(flag.value.span, format!("`{name}` is no earlier stage{hint}"));
            }
        }
    }
}
