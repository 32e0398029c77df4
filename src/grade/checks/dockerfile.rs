//! `dockerfile`: structure that the Dockerfile must have.

use crate::course::model::DockerfileCheck;
use crate::grade::Verdict;
use crate::grade::submission::Submission;

pub(super) fn check(submission: &Submission, wanted: &DockerfileCheck) -> Verdict {
    let expected = expectation(wanted);
    let file = match &submission.dockerfile {
        Ok(file) => file,
        Err(reason) => return Verdict::fail(expected, reason).at("Dockerfile"),
    };
    let find = |keyword: &str| {
        file.tree.instructions.iter().find(|found| found.keyword.eq_ignore_ascii_case(keyword))
    };
    let stages = file.tree.instructions.iter().filter(|found| found.keyword == "FROM").count();
    let mut missing: Vec<String> = Vec::new();
    let mut place = String::new();
    if wanted.min_stages.is_some_and(|least| stages < least as usize) {
        missing.push(match stages {
            1 => "1 stage".to_owned(),
            n => format!("{n} stages"),
        });
    }
    missing.extend(wanted.require.iter().filter(|k| find(k).is_none()).map(|k| format!("no {k}")));
    for (keyword, found) in wanted.forbid.iter().filter_map(|k| Some((k, find(k)?))) {
        missing.push(format!("{keyword} on line {}", file.lines.line(found.span.start)));
        if place.is_empty() {
            place = file.place(found.span.start);
        }
    }
    if missing.is_empty() {
        Verdict::pass(expected, "that")
    } else {
        let of = usize::from(wanted.min_stages.is_some()) + wanted.require.len() + wanted.forbid.len();
        Verdict::fail(expected, missing.join(", "))
            .at(if place.is_empty() { "Dockerfile" } else { &place })
            .held(of.saturating_sub(missing.len()), of)
    }
}

fn expectation(wanted: &DockerfileCheck) -> String {
    let stages = wanted.min_stages.map(|n| format!("at least {n} stages (FROM)"));
    let require = (!wanted.require.is_empty()).then(|| wanted.require.join(", "));
    let forbid = (!wanted.forbid.is_empty()).then(|| format!("no {}", wanted.forbid.join(", no ")));
    stages.into_iter().chain(require).chain(forbid).collect::<Vec<_>>().join("; ")
}
