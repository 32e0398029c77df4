//! ConsistentInstructionCasing · consistent-instruction-casing: All instructions are cased alike.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "ConsistentInstructionCasing",
        name: "consistent-instruction-casing",
        severity: Severity::Style,
        summary: "All instructions are cased alike",
        documentation: include_str!("consistent_instruction_casing.md"),
        enabled: true,
        buildkit: Some("ConsistentInstructionCasing"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let source = &cx.file.source;
    // As the builder counts: what stands before the first FROM is not asked.
    let first = cx.stages.first().map_or(usize::MAX, |stage| stage.range.start);
    let counted = cx.file.instructions.iter().skip(first).filter(|i| !matches!(i.kind, Kind::Unknown));
    let small = |word: &str| !word.contains(|c: char| c.is_ascii_uppercase());
    let capital = |word: &str| !word.contains(|c: char| c.is_ascii_lowercase());
    let (mut smalls, mut capitals) = (0_usize, 0_usize);
    for instruction in counted.clone() {
        let word = instruction.keyword_span.of(source);
        smalls += usize::from(small(word));
        capitals += usize::from(capital(word));
    }
    for instruction in counted {
        let word = instruction.keyword_span.of(source);
        let good = if smalls > capitals { small(word) } else { capital(word) };
        if !good {
            let wanted =
                if smalls > capitals { word.to_ascii_lowercase() } else { word.to_ascii_uppercase() };
            let span = instruction.keyword_span;
            let fix = Fix::safe(format!("Write {wanted}"), vec![Edit::replace(span, wanted.clone())]);
            out.fixable(
                span,
                format!("most instructions here are cased like `{wanted}`, not `{word}`"),
                Some(fix),
            );
        }
    }
}
