//! The classic builder's words as steps: `Step 2/5 : RUN …`, then ` ---> Using cache` or output, then
//! ` ---> 0a1b2c3d4e5f`, the step's image. Podman's builder speaks a dialect: `[1/2] STEP 2/5: RUN …`,
//! `--> Using cache 0a1b…`, `--> 0a1b2c3d4e5`, and counts anew in every stage.

use super::steps::{Step, Steps};
use crate::engine::{BuildEvent, LABEL};
use bollard::models::BuildInfo;
use std::time::{SystemTime, UNIX_EPOCH};

/// Begins the keys of Podman's steps.
const PODMAN: &str = "podman ";

/// Takes in one message of the builder.
pub(super) fn hear(steps: &mut Steps, info: &BuildInfo) {
    if let Some(text) = &info.stream {
        hear_text(steps, text);
    } else if let Some(status) = &info.status {
        pull(steps, info, status);
    }
}

fn hear_text(steps: &mut Steps, text: &str) {
    if let Some((number, instruction)) = head(text) {
        end_last(steps);
        let instruction = instruction.trim_end();
        // The labels this program asks for come as a last instruction nobody wrote.
        if !(instruction.starts_with("LABEL ") && instruction.contains(LABEL)) {
            begin(steps, &number, instruction);
        }
        return;
    }
    let Some(last) = steps.list.len().checked_sub(1).filter(|&last| !steps.list[last].done) else { return };
    let step = &mut steps.list[last];
    let arrow = if step.key.starts_with(PODMAN) { "--> " } else { " ---> " };
    match text.strip_prefix(arrow).map(str::trim_end) {
        Some(note) if note == "Using cache" || note.starts_with("Using cache ") => step.cached = true,
        Some(note) if note.starts_with("Running in ") => step.counted = Some(now()),
        Some(image)
            if matches!(image.len(), 11 | 12) && image.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            let made = !step.cached && !step.instruction.starts_with("FROM ");
            step.image = Some((image.into(), made));
            end_last(steps);
        }
        _ if text.starts_with("Removing intermediate container ") || text.trim().is_empty() => {}
        _ => steps.log(last, text.as_bytes()),
    }
}

/// Number and instruction of the line that begins a step.
fn head(text: &str) -> Option<(String, &str)> {
    if let Some((number, instruction)) = text.strip_prefix("Step ").and_then(|rest| rest.split_once(" : ")) {
        return Some((number.to_owned(), instruction));
    }
    let count = |word: &str| {
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        word.split_once('/').is_some_and(|(at, of)| number(at) && number(of))
    };
    // Which of several stages comes first.
    let staged =
        text.strip_prefix('[').and_then(|rest| rest.split_once("] ")).filter(|(stage, _)| count(stage));
    let (stage, rest) = staged.map_or((String::new(), text), |(stage, rest)| (format!("{stage} "), rest));
    let (number, instruction) = rest.strip_prefix("STEP ")?.split_once(": ")?;
    count(number).then(|| (format!("{PODMAN}{stage}{number}"), instruction))
}

fn begin(steps: &mut Steps, number: &str, instruction: &str) {
    let verb = instruction.split_whitespace().next().unwrap_or_default();
    let (stage, index) = place(steps, verb, instruction);
    let step = Step {
        key: number.into(),
        name: format!("[{}] {instruction}", number.trim_start_matches(PODMAN)),
        stage,
        index,
        instruction: instruction.into(),
        inputs: base(steps, verb, instruction).into_iter().collect(),
        counted: Some(now()),
        begun: true,
        ..Step::default()
    };
    steps.add(step);
}

/// The numbered step this one stands on: the one before it in its stage, or the last of the stage it
/// is started from.
fn base(steps: &Steps, verb: &str, instruction: &str) -> Option<String> {
    let stage = match verb {
        "FROM" => {
            let image = instruction.split_whitespace().skip(1).find(|word| !word.starts_with("--"))?;
            image.to_ascii_lowercase()
        }
        _ => steps.list.last()?.stage.clone(),
    };
    let earlier = steps.list.iter().rev().find(|step| step.index > 0 && step.stage == stage);
    earlier.map(|step| step.key.clone())
}

/// Stage and number as BuildKit would give them: FROM is 1, then those count that change files.
fn place(steps: &Steps, verb: &str, instruction: &str) -> (String, u32) {
    if verb == "FROM" {
        let words: Vec<&str> = instruction.split_whitespace().collect();
        let alias = words.iter().rposition(|word| word.eq_ignore_ascii_case("as"));
        let alias = alias.and_then(|at| words.get(at + 1)).map(|alias| alias.to_ascii_lowercase());
        let stages = steps.list.iter().filter(|step| step.instruction.starts_with("FROM ")).count();
        return (alias.unwrap_or_else(|| format!("stage-{stages}")), 1);
    }
    let Some(last) = steps.list.last() else { return (String::new(), 0) };
    if !matches!(verb, "RUN" | "COPY" | "ADD" | "WORKDIR") {
        return (last.stage.clone(), 0);
    }
    let earlier = steps.list.iter().filter(|step| step.stage == last.stage && step.index > 0).count();
    (last.stage.clone(), u32::try_from(earlier + 1).unwrap_or(0))
}

fn end_last(steps: &mut Steps) {
    let Some(last) = steps.list.len().checked_sub(1) else { return };
    let step = &mut steps.list[last];
    if let Some(from) = step.counted.take() {
        let to = now();
        let nanos = (to.0 - from.0) * 1_000_000_000 + i64::from(to.1 - from.1);
        step.millis = u64::try_from(nanos / 1_000_000).unwrap_or(0);
    }
    steps.done(last);
}

fn pull(steps: &mut Steps, info: &BuildInfo, status: &str) {
    let detail = info.progress_detail.as_ref();
    let bytes = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let (current, total) = (bytes(detail.and_then(|d| d.current)), bytes(detail.and_then(|d| d.total)));
    match (steps.list.len().checked_sub(1), &info.id) {
        (Some(step), Some(layer)) if total > 0 => {
            steps.tell(BuildEvent::StepProgress { step, what: layer.clone(), current, total });
        }
        (_, Some(layer)) => steps.tell(BuildEvent::Message(format!("{layer}: {status}"))),
        (_, None) => steps.tell(BuildEvent::Message(status.into())),
    }
}

/// This builder tells no times, so ours count.
fn now() -> (i64, i32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(now.as_secs()).unwrap_or(0), i32::try_from(now.subsec_nanos()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn heard(lines: &[&str]) -> Steps {
        let mut steps = Steps::new(Arc::new(|_| {}), false);
        lines.iter().for_each(|line| hear_text(&mut steps, &format!("{line}\n")));
        steps
    }

    /// Stage, number, instruction, whether it was cached and whether it ended.
    type Told<'a> = (&'a str, u32, &'a str, bool, bool);

    fn told(steps: &Steps) -> Vec<Told<'_>> {
        fn row(step: &Step) -> Told<'_> {
            (&step.stage, step.index, &step.instruction, step.cached, step.done)
        }
        steps.list.iter().map(row).collect()
    }

    #[test]
    fn podmans_dialect_is_understood() {
        let steps = heard(&[
            "[1/2] STEP 1/2: FROM alpine:3.19 AS builder",
            "[1/2] STEP 2/2: RUN echo hello",
            "--> Using cache 1b0716f0074b9b2431dfce7eb83f5fa2033a4c62b704e26c3e19c3a45b6aaa4c",
            "--> 1b0716f0074",
            "[2/2] STEP 1/4: FROM alpine:3.19",
            "[2/2] STEP 2/4: WORKDIR /app",
            "--> a3ffd799c61",
            "[2/2] STEP 3/4: RUN echo [x] STEP: --> y",
            "[x] STEP: --> y",
            "--> 5e0a7b1cd4f",
            "[2/2] STEP 4/4: LABEL \"org.docker-ecr-tutor\"=\"1\"",
            "[2/2] COMMIT docker.io/library/a:1",
            "--> ce78578934a",
            "Successfully tagged docker.io/library/a:1",
        ]);
        assert_eq!(
            told(&steps),
            [
                ("builder", 1, "FROM alpine:3.19 AS builder", false, true),
                ("builder", 2, "RUN echo hello", true, true),
                ("stage-1", 1, "FROM alpine:3.19", false, true),
                ("stage-1", 2, "WORKDIR /app", false, true),
                ("stage-1", 3, "RUN echo [x] STEP: --> y", false, true),
            ]
        );
        assert_eq!(steps.intermediate_images(), ["a3ffd799c61", "5e0a7b1cd4f"]);
        assert_eq!(steps.list[4].last_lines(), ["[x] STEP: --> y"]);
        assert_eq!(steps.list[1].name, "[1/2 2/2] RUN echo hello");
        // One stage is not counted.
        let steps = heard(&["STEP 1/2: FROM alpine", "STEP 2/2: RUN false"]);
        assert_eq!(steps.failed().map(|step| step.instruction.as_str()), Some("RUN false"));
    }

    #[test]
    fn the_classic_builders_words_are_not_taken_for_podmans() {
        let steps =
            heard(&["Step 1/2 : FROM alpine", " ---> 0a1b2c3d4e5f", "Step 2/2 : RUN x", "--> 0a1b2c3d4e5"]);
        assert_eq!(told(&steps)[1], ("stage-0", 2, "RUN x", false, false));
        assert_eq!(steps.list[1].last_lines(), ["--> 0a1b2c3d4e5"]);
    }
}
