//! `files`: what must be in the submission, and what its `.dockerignore` keeps out of the context.

use crate::grade::Verdict;
use crate::grade::submission::Submission;
use crate::image::dockerignore::Ignore;

pub(super) fn check(
    submission: &Submission,
    exist: &[String],
    ignored: &[String],
    kept: &[String],
) -> Verdict {
    let expected = expectation(exist, ignored, kept);
    let text = submission.dockerignore.as_deref().unwrap_or_default();
    let ignore = Ignore::parse(text);
    let mut wrong: Vec<String> =
        exist.iter().filter(|path| !submission.has(path)).map(|path| format!("there is no {path}")).collect();
    if let Some(error) = ignore.errors().first() {
        wrong.push(format!("line {} of .dockerignore is malformed: {}", error.line, error.pattern));
    }
    let sent = ignored.iter().filter(|path| !ignore.excludes(path));
    wrong.extend(sent.map(|path| format!("{path} goes into the build context")));
    let lost = kept.iter().filter(|path| ignore.excludes(path));
    wrong.extend(lost.map(|path| format!("{path} is kept out of the build context, but it is needed")));
    if wrong.is_empty() {
        return Verdict::pass(expected, "that");
    }
    let about_context = !(ignored.is_empty() && kept.is_empty());
    let of = exist.len() + ignored.len() + kept.len();
    Verdict::fail(expected, wrong.join("\n"))
        .at(if about_context { ".dockerignore" } else { "" })
        .held(of.saturating_sub(wrong.len()), of)
}

fn expectation(exist: &[String], ignored: &[String], kept: &[String]) -> String {
    let part =
        |what: &str, paths: &[String]| (!paths.is_empty()).then(|| format!("{what} {}", paths.join(", ")));
    [
        part("there:", exist),
        part("kept out of the build context:", ignored),
        part("still in the build context:", kept),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("; ")
}
