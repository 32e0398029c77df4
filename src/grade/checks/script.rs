//! `script`: runs of the exercise's script, each in a registry of its own: how it ends, what it calls, what
//! it leaves.

use crate::course::model::script::ScriptCheck;
use crate::grade::Verdict;
use crate::grade::bench::Halt;
use crate::grade::script::{Ended, Performed, Scenario, Stage};
use crate::shim::Words;
use std::process::Stdio;
use std::time::Duration;

/// Lines of output that a failure shows.
const TAIL: usize = 6;
/// Limit for ShellCheck.
const CHECKED_WITHIN: Duration = Duration::from_secs(30);

/// Commands that do something: after another has failed, none of them may be called.
const WORK: [&str; 9] = [
    "docker build",
    "docker tag",
    "docker push",
    "aws ecr create-repository",
    "aws ecr put-image",
    "aws ecr put-lifecycle-policy",
    "aws ecr put-image-tag-mutability",
    "aws ecr put-image-scanning-configuration",
    "aws ecr batch-delete-image",
];

/// What was not as it must be: what was found, and what to look at.
struct Fault(String, String);

pub(super) async fn check(stage: &mut Stage<'_>, wanted: &ScriptCheck) -> Verdict {
    let expected = expectation(wanted);
    let mut found = Vec::new();
    if wanted.shellcheck {
        match shellcheck(stage).await {
            Ok(Ok(())) => found.push("ShellCheck finds nothing".to_owned()),
            Ok(Err(fault)) => return Verdict::fail(expected, fault.0).at(fault.1),
            Err(reason) => return Verdict::not_run(expected, reason),
        }
    }
    if asks_for_a_run(wanted) {
        match runs(stage, wanted).await {
            Ok(Ok(seen)) => found.extend(seen),
            Ok(Err(fault)) => return Verdict::fail(expected, fault.0).at(fault.1),
            Err(halt) => return halt.verdict(expected),
        }
    }
    Verdict::pass(expected, found.join("; "))
}

fn asks_for_a_run(wanted: &ScriptCheck) -> bool {
    let alone = ScriptCheck { shellcheck: true, ..ScriptCheck::default() };
    *wanted != alone
}

async fn runs(stage: &mut Stage<'_>, wanted: &ScriptCheck) -> Result<Result<Vec<String>, Fault>, Halt> {
    let ordinary =
        Scenario { environment: wanted.environment.clone(), without: wanted.without.clone(), failing: None };
    if wanted.failing.is_empty() {
        let performed = stage.perform(&ordinary).await?;
        return Ok(judge(&performed, wanted, None));
    }
    let mut seen = Vec::new();
    for command in &wanted.failing {
        let performed =
            stage.perform(&Scenario { failing: Some(command.clone()), ..ordinary.clone() }).await?;
        let words = Words::parse(command);
        let reached = words.as_ref().is_some_and(|words| {
            performed.calls.iter().any(|call| words.name(&call.program, &call.arguments))
        });
        // Another way to the same end may do without it.
        if !reached {
            continue;
        }
        match judge(&performed, wanted, words.as_ref()) {
            Ok(_) => seen.push(format!("with `{command}` failing it stops")),
            Err(Fault(found, look_at)) => {
                return Ok(Err(Fault(format!("with `{command}` failing: {found}"), look_at)));
            }
        }
    }
    if seen.is_empty() {
        let commands = wanted.failing.join("`, `");
        return Ok(Err(Fault(format!("it never came as far as `{commands}`"), String::new())));
    }
    Ok(Ok(seen))
}

fn last_words(ended: &Ended) -> String {
    match ended.tail(TAIL) {
        said if said.is_empty() => "it said nothing".to_owned(),
        said => format!("its last words:\n{said}"),
    }
}

/// Whether one performance is as it must be; what was seen.
fn judge(performed: &Performed, wanted: &ScriptCheck, failing: Option<&Words>) -> Result<Vec<String>, Fault> {
    let first = &performed.first;
    let fault = |found: String| Fault(found, last_words(first));
    let mut seen = Vec::new();
    if let Some(limit) = first.limit {
        return Err(fault(format!("it {limit}")));
    }
    let Some(code) = first.code else {
        return Err(fault("it was still running at the end of its time".into()));
    };
    match (wanted.fails, code) {
        (true, 0) => return Err(fault("it ended with exit code 0, as if all were well".into())),
        (false, 1..) => return Err(fault(format!("it ended with exit code {code}"))),
        _ => seen.push(format!("it ended with exit code {code}")),
    }
    if let Some(words) = failing {
        let failed = performed.calls.iter().position(|call| words.name(&call.program, &call.arguments));
        let later = performed.calls.iter().skip(failed.map_or(0, |at| at + 1));
        let works = |call: &&crate::shim::Call| {
            let work = WORK.iter().filter_map(|text| Words::parse(text));
            work.into_iter().any(|work| work.name(&call.program, &call.arguments))
        };
        if let Some(call) = later.filter(|call| !words.name(&call.program, &call.arguments)).find(works) {
            return Err(fault(format!("it went on all the same: `{}`", short(&call.line()))));
        }
    }
    if wanted.pushes_nothing && performed.before.images() != performed.after.images() {
        let before = performed.before.images();
        let new = performed.after.images();
        let new: Vec<&str> = new.difference(&before).map(|(repository, _)| *repository).collect();
        return Err(fault(format!("it pushed to {}", new.join(", "))));
    }
    if let Some(text) = wanted.output.as_deref().filter(|text| !first.output.contains(text)) {
        return Err(fault(format!("its output has no `{text}`")));
    }
    let called = |text: &str| {
        let words = Words::parse(text);
        performed
            .calls
            .iter()
            .find(|call| words.as_ref().is_some_and(|w| w.name(&call.program, &call.arguments)))
    };
    if let Some(missing) = wanted.calls.iter().find(|text| called(text).is_none()) {
        return Err(fault(format!("it never called `{missing}`")));
    }
    if let Some(call) = wanted.never.iter().find_map(|text| called(text)) {
        return Err(Fault(format!("it called `{}`", short(&call.line())), String::new()));
    }
    if let Some(leak) = performed.leaks.first().filter(|_| wanted.keeps_token) {
        return Err(Fault(format!("the token stands {leak}"), String::new()));
    }
    if wanted.keeps_token {
        seen.push("the token stands nowhere".into());
    }
    if wanted.again {
        let Some((again, after)) = &performed.again else {
            return Err(fault("there was no second run, because the first one failed".into()));
        };
        if let Some(limit) = again.limit {
            return Err(Fault(format!("the second run {limit}"), last_words(again)));
        }
        match again.code {
            Some(0) => seen.push("and so did the second run".into()),
            code => {
                let code = code.map_or("none".into(), |code| code.to_string());
                return Err(Fault(format!("the second run ended with exit code {code}"), last_words(again)));
            }
        }
        if performed.after.tagged() != after.tagged() {
            return Err(Fault("the second run changed what the tags point at".into(), last_words(again)));
        }
    }
    Ok(seen)
}

/// A command in a sentence.
fn short(line: &str) -> String {
    line.chars().take(100).collect()
}

/// What ShellCheck says: nothing, a fault, or the reason why it cannot be asked.
async fn shellcheck(stage: &Stage<'_>) -> Result<Result<(), Fault>, String> {
    let program = stage.tool("shellcheck").ok_or("ShellCheck is not on this machine")?;
    let file = stage.exercise.script.as_ref().map_or("", |scene| scene.file.as_str());
    let text = stage.text(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    let mut command = tokio::process::Command::new(program);
    command.args(["--norc", "--shell=bash", "--format=gcc", "--severity=info", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let asked = async {
        use tokio::io::AsyncWriteExt as _;
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = match tokio::time::timeout(CHECKED_WITHIN, asked).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("ShellCheck could not be asked: {error}")),
        Err(_) => return Err("ShellCheck took too long".into()),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let findings: Vec<&str> = said.lines().collect();
    match (output.status.code(), findings.first()) {
        (Some(0), _) => Ok(Ok(())),
        (Some(1), Some(first)) => {
            let line = first.split(':').nth(1).unwrap_or_default();
            let told =
                findings.iter().take(TAIL).map(|finding| finding.strip_prefix("-:").unwrap_or(finding));
            let told = told.collect::<Vec<_>>().join("\n");
            Ok(Err(Fault(format!("ShellCheck finds {}:\n{told}", findings.len()), format!("{file}:{line}"))))
        }
        _ => Err("ShellCheck could not read the script".into()),
    }
}

fn expectation(wanted: &ScriptCheck) -> String {
    let mut parts = Vec::new();
    if wanted.shellcheck {
        parts.push("ShellCheck finds nothing".to_owned());
    }
    if asks_for_a_run(wanted) {
        let set = wanted.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let unset = wanted.without.iter().map(|name| format!("without {name}"));
        let with: Vec<String> = set.chain(unset).collect();
        let with = if with.is_empty() { String::new() } else { format!(" ({})", with.join(", ")) };
        parts.push(match (&wanted.failing[..], wanted.fails) {
            ([], false) => format!("it succeeds{with}"),
            ([], true) => format!("it fails{with}"),
            (commands, _) => format!("it fails, and does no more, when `{}` fails", commands.join("` or `")),
        });
    }
    if wanted.again {
        parts.push("a second run succeeds and changes no tag".into());
    }
    if wanted.pushes_nothing {
        parts.push("nothing is pushed".into());
    }
    if let Some(text) = &wanted.output {
        parts.push(format!("its output has `{text}`"));
    }
    if !wanted.calls.is_empty() {
        parts.push(format!("it calls `{}`", wanted.calls.join("` and `")));
    }
    if !wanted.never.is_empty() {
        parts.push(format!("it never calls `{}`", wanted.never.join("` or `")));
    }
    if wanted.keeps_token {
        parts.push("no token in its output, its files, or an argument".into());
    }
    parts.join("; ")
}
