//! BuildKit's progress as steps: vertexes are steps, their names carry stage and number.

use super::steps::{Step, Steps};
use crate::engine::BuildEvent;
use bollard::moby::buildkit::v1::{StatusResponse, Vertex};

/// Takes in one report of the builder.
pub(super) fn hear(steps: &mut Steps, status: StatusResponse) {
    for vertex in status.vertexes {
        let index = match steps.find(&vertex.digest) {
            Some(index) => index,
            None => steps.add(step(&vertex)),
        };
        update(steps, index, &vertex);
    }
    for progress in status.statuses {
        let Some(step) = steps.find(&progress.vertex) else { continue };
        let bytes = |count: i64| u64::try_from(count).unwrap_or(0);
        let (current, total) = (bytes(progress.current), bytes(progress.total));
        if current > 0 || total > 0 {
            steps.tell(BuildEvent::StepProgress { step, what: progress.id, current, total });
        }
    }
    for log in status.logs {
        if let Some(index) = steps.find(&log.vertex) {
            steps.log(index, &log.msg);
        }
    }
    for warning in status.warnings {
        steps.tell(BuildEvent::Message(String::from_utf8_lossy(&warning.short).into_owned()));
    }
}

fn update(steps: &mut Steps, index: usize, vertex: &Vertex) {
    if vertex.started.is_some() {
        steps.runs(index);
    }
    let step = &mut steps.list[index];
    step.cached |= vertex.cached;
    if step.error.is_empty() {
        step.error.clone_from(&vertex.error);
    }
    let (Some(from), Some(to)) = (&vertex.started, &vertex.completed) else { return };
    // A vertex may run in several intervals, each reported more than once.
    if step.counted != Some((from.seconds, from.nanos)) {
        step.counted = Some((from.seconds, from.nanos));
        let nanos = (to.seconds - from.seconds) * 1_000_000_000 + i64::from(to.nanos - from.nanos);
        step.millis += u64::try_from(nanos / 1_000_000).unwrap_or(0);
    }
    steps.done(index);
}

fn step(vertex: &Vertex) -> Step {
    let (stage, index, instruction) = parse_name(&vertex.name).unwrap_or_default();
    Step {
        key: vertex.digest.clone(),
        name: vertex.name.clone(),
        stage,
        index,
        instruction,
        inputs: vertex.inputs.clone(),
        ..Step::default()
    }
}

/// `[linux/amd64 builder 2/5] RUN make` is step 2 of stage `builder`. Vertexes of BuildKit's own
/// have no number.
pub(in crate::engine) fn parse_name(name: &str) -> Option<(String, u32, String)> {
    let (inside, instruction) = name.strip_prefix('[')?.split_once("] ")?;
    let mut words = inside.split_whitespace().rev();
    let (index, _of) = words.next()?.split_once('/')?;
    let index = index.parse().ok()?;
    let stage = words.next().filter(|word| !word.contains('/')).unwrap_or_default();
    Some((stage.into(), index, instruction.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_stage_and_number() {
        let parsed = |name| parse_name(name).unwrap_or_default();
        assert_eq!(parsed("[2/5] RUN a [b] c"), (String::new(), 2, "RUN a [b] c".into()));
        assert_eq!(parsed("[builder 3/4] COPY . ."), ("builder".into(), 3, "COPY . .".into()));
        assert_eq!(parsed("[linux/arm64 stage-1 1/2] FROM x"), ("stage-1".into(), 1, "FROM x".into()));
        assert_eq!(parsed("[linux/arm64 1/2] FROM x"), (String::new(), 1, "FROM x".into()));
        assert_eq!(parse_name("[internal] load .dockerignore"), None);
        assert_eq!(parse_name("exporting to image"), None);
    }
}
