//! `lint`: what the linter may find at worst, and what it must not find at all.

use crate::grade::Verdict;
use crate::grade::submission::Submission;
use crate::lint::{self, Diagnostic, Severity};

/// Findings that a report spells out; the rest is counted.
const SHOWN: usize = 8;

pub(super) fn check(submission: &Submission, at_most: Option<Severity>, forbid: &[String]) -> Verdict {
    let expected = expectation(at_most, forbid);
    let file = match &submission.dockerfile {
        Ok(file) => file,
        Err(reason) => return Verdict::fail(expected, reason).at("Dockerfile"),
    };
    // An error means that it does not build as written: never clean, whatever else is allowed.
    let too_bad = |found: &Diagnostic| {
        found.severity == Severity::Error || at_most.is_some_and(|limit| found.severity < limit)
    };
    let forbidden =
        |found: &Diagnostic, word: &String| lint::rule(found.code).is_some_and(|rule| rule.answers_to(word));
    let findings = submission.findings(file);
    let refused: Vec<&Diagnostic> = findings
        .iter()
        .filter(|found| too_bad(found) || forbid.iter().any(|word| forbidden(found, word)))
        .collect();
    let Some(first) = refused.first() else {
        return Verdict::pass(expected, "nothing of that kind");
    };
    let lines = refused
        .iter()
        .take(SHOWN)
        .map(|d| format!("line {}: {} {}", file.lines.line(d.span.start), d.code, d.message))
        .chain((refused.len() > SHOWN).then(|| format!("and {} more", refused.len() - SHOWN)));
    let clean = usize::from(!refused.iter().any(|found| too_bad(found)));
    let without = forbid.iter().filter(|word| !findings.iter().any(|found| forbidden(found, word))).count();
    Verdict::fail(expected, lines.collect::<Vec<_>>().join("\n"))
        .at(file.place(first.span.start))
        .held(clean + without, 1 + forbid.len())
}

fn expectation(at_most: Option<Severity>, forbid: &[String]) -> String {
    let level = match at_most {
        None | Some(Severity::Error) => "no errors",
        Some(Severity::Warning) => "no errors",
        Some(Severity::Info) => "no errors or warnings",
        Some(Severity::Style) => "no errors, warnings or remarks",
    };
    match forbid {
        [] => format!("{level} from the linter"),
        codes => format!("{level} from the linter, and no {}", codes.join(", ")),
    }
}
