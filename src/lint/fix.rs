//! Fixes applied: as many as agree with each other, again and again, until nothing is left to do.

use super::{Applicability, Config, Diagnostic, Fix, lint};
use crate::dockerfile;
use crate::text::{Edit, Span, apply_edits};

/// A text with its fixes applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text now.
    pub source: String,
    /// Code and title of each fix, in the order applied.
    pub applied: Vec<(&'static str, String)>,
}

/// Rounds before a fix that calls for another without end is given up.
const ROUNDS: usize = 20;

/// `source` with every fix up to `applicability` applied (`Unsafe` takes the safe ones too). A fix
/// after which the text would have more syntax errors is not applied.
pub fn apply_all(source: &str, config: &Config, applicability: Applicability) -> Fixed {
    let wanted = |_: &Diagnostic, fix: &Fix| {
        fix.applicability == Applicability::Safe || applicability == Applicability::Unsafe
    };
    apply(source, config, &wanted)
}

/// `source` with every fix that is `wanted` applied, as [`apply_all`] does it.
pub fn apply(source: &str, config: &Config, wanted: &dyn Fn(&Diagnostic, &Fix) -> bool) -> Fixed {
    let mut fixed = Fixed { source: source.to_owned(), applied: Vec::new() };
    for _ in 0..ROUNDS {
        let (file, errors) = dockerfile::parse(&fixed.source);
        let findings = lint(&file, config);
        let chosen = choose(&findings, wanted, |span| holder(&file, span));
        let edits: Vec<Edit> = chosen.iter().flat_map(|fix| fix.1.iter().cloned()).collect();
        if edits.is_empty() {
            break;
        }
        let Some(next) = apply_edits(&fixed.source, &edits) else { break };
        if next == fixed.source || dockerfile::parse(&next).1.len() > errors.len() {
            break;
        }
        fixed.applied.extend(chosen.iter().map(|fix| (fix.0.code, fix.2.clone())));
        fixed.source = next;
    }
    fixed
}

/// The indices of the instructions that `span` touches.
fn holder(file: &dockerfile::Dockerfile, span: Span) -> (usize, usize) {
    let at = |offset: usize| file.instructions.partition_point(|i| i.span.start <= offset);
    (at(span.start), at(span.end))
}

type Chosen<'a> = (&'a Diagnostic, &'a [Edit], String);

/// Fixes of this round: at most one for each instruction, so that each is made on text that its
/// rule has seen.
fn choose<'a>(
    findings: &'a [Diagnostic],
    wanted: &dyn Fn(&Diagnostic, &Fix) -> bool,
    holder: impl Fn(Span) -> (usize, usize),
) -> Vec<Chosen<'a>> {
    let mut taken = std::collections::HashSet::new();
    let mut chosen = Vec::new();
    for found in findings {
        let Some(fix) = found.fix.as_ref().filter(|fix| wanted(found, fix)) else { continue };
        let touched = || {
            fix.edits.iter().flat_map(|edit| {
                let (first, last) = holder(edit.span);
                first..=last
            })
        };
        if touched().any(|at| taken.contains(&at)) {
            continue;
        }
        taken.extend(touched());
        chosen.push((found, fix.edits.as_slice(), fix.title.clone()));
    }
    chosen
}
