//! Which bytes of an image a build step made: the image's history laid against the steps.

use super::HistoryEntry;

/// What identifies a step of a build: BuildKit numbers those that change files within their stage,
/// `FROM` being 1 unless the stage starts from another stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepKey<'a> {
    /// Stage name, empty for a single stage.
    pub stage: &'a str,
    /// Number within the stage, 0 for steps that are none of the Dockerfile's.
    pub index: u32,
    /// `RUN make`.
    pub instruction: &'a str,
}

/// Bytes each step added to the image, `None` for steps that are not part of it or are not known.
/// `history` is oldest first; `steps` may be in any order.
///
/// The history ends with the last stage's instructions; from there both are walked backwards, into
/// the stage a stage was started from, until what is left is the base image's own: its sum belongs
/// to `FROM`.
pub fn attribute(history: &[HistoryEntry], steps: &[StepKey<'_>]) -> Vec<Option<u64>> {
    let mut sizes = vec![None; steps.len()];
    let mut rest = history.len();
    let mut entries =
        history.iter().enumerate().rev().filter_map(|(at, entry)| Some((at, entry, verb(entry)?)));
    let mut entry = entries.next();
    let mut done: Vec<&str> = Vec::new();
    while let Some(stage) = last_stage(steps, &done, entry.map(|(_, entry, verb)| (entry, verb))) {
        done.push(stage);
        for at in order(steps, stage).into_iter().rev() {
            let wanted = steps[at].instruction.split_whitespace().next().unwrap_or_default();
            if wanted.eq_ignore_ascii_case("FROM") {
                sizes[at] = Some(history[..rest].iter().map(|entry| entry.size_bytes).sum());
                return sizes;
            }
            let Some((place, found, _)) = entry.filter(|(_, _, verb)| wanted.eq_ignore_ascii_case(verb))
            else {
                // The two do not tell the same story; better no figure than a wrong one.
                return sizes;
            };
            sizes[at] = Some(found.size_bytes);
            rest = place;
            entry = entries.next();
        }
    }
    sizes
}

/// Numbered steps of a stage, by number.
fn order(steps: &[StepKey<'_>], stage: &str) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..steps.len()).filter(|&at| steps[at].index > 0 && steps[at].stage == stage).collect();
    order.sort_by_key(|&at| steps[at].index);
    order
}

/// The stage whose last step made `entry`: the text decides, then the later stage.
fn last_stage<'a>(
    steps: &[StepKey<'a>],
    done: &[&str],
    entry: Option<(&HistoryEntry, &str)>,
) -> Option<&'a str> {
    let mut stages: Vec<&'a str> = Vec::new();
    for step in steps.iter().filter(|step| step.index > 0 && !done.contains(&step.stage)) {
        if !stages.contains(&step.stage) {
            stages.push(step.stage);
        }
    }
    let last = |stage: &str| order(steps, stage).last().map(|&at| steps[at].instruction);
    let fits = |stage: &&'a str| match (last(stage), entry) {
        (Some(instruction), Some((entry, verb))) => {
            let mut words = instruction.split_whitespace();
            let same_verb = words.next().is_some_and(|wanted| wanted.eq_ignore_ascii_case(verb));
            let text = words.collect::<Vec<_>>().join(" ");
            u8::from(same_verb) + u8::from(same_verb && entry.created_by.contains(&text)) * 2
        }
        (Some(instruction), None) if instruction.starts_with("FROM ") => 1,
        _ => 0,
    };
    let mut best: Option<(&'a str, u8, u32)> = None;
    for stage in stages {
        // A stage of FROM alone fits when the history has nothing left to explain but the base.
        let only_from = last(stage).is_some_and(|instruction| instruction.starts_with("FROM "));
        let score = if only_from && done.is_empty() { 1 } else { fits(&stage) };
        let number = stage.strip_prefix("stage-").and_then(|number| number.parse().ok()).unwrap_or(0);
        if score > 0 && best.is_none_or(|(_, most, latest)| (score, number) >= (most, latest)) {
            best = Some((stage, score, number));
        }
    }
    best.map(|(stage, ..)| stage)
}

/// The instruction of an entry that BuildKit counts as a step: `RUN /bin/sh -c make # buildkit`,
/// `/bin/sh -c #(nop) COPY file:… in /`, `/bin/sh -c make`; nothing for ENV, CMD and the like.
fn verb(entry: &HistoryEntry) -> Option<&'static str> {
    let text = entry.created_by.trim_start();
    let (text, classic) = match text.split_once("#(nop)") {
        Some((_, rest)) => (rest.trim_start(), true),
        None => (text, false),
    };
    let first = text.split_whitespace().next()?;
    ["RUN", "COPY", "ADD", "WORKDIR"].into_iter().find(|verb| *verb == first).or_else(|| {
        // The classic builder records RUN as the bare command, with build arguments before it.
        let bare = first.starts_with('/') || first.starts_with('|');
        (!classic && bare).then_some("RUN")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(created_by: &str, size_bytes: u64) -> HistoryEntry {
        HistoryEntry { created_by: created_by.into(), size_bytes, created: 0 }
    }

    fn key<'a>(stage: &'a str, index: u32, instruction: &'a str) -> StepKey<'a> {
        StepKey { stage, index, instruction }
    }

    #[test]
    fn a_single_stage_maps_one_to_one_and_the_base_goes_to_from() {
        let history = [
            entry("/bin/sh -c #(nop) ADD file:1 in / ", 100),
            entry("/bin/sh -c #(nop)  CMD [\"sh\"]", 0),
            entry("WORKDIR /app", 1),
            entry("ENV A=1", 0),
            entry("COPY . . # buildkit", 20),
            entry("RUN /bin/sh -c make # buildkit", 300),
            entry("CMD [\"x\"]", 0),
        ];
        let steps = [
            key("", 0, ""),
            key("", 1, "FROM alpine"),
            key("", 3, "COPY . ."),
            key("", 2, "WORKDIR /app"),
            key("", 4, "RUN make"),
        ];
        assert_eq!(attribute(&history, &steps), [None, Some(100), Some(20), Some(1), Some(300)]);
    }

    #[test]
    fn only_the_stages_that_made_the_image_get_figures() {
        let history = [entry("base", 70), entry("COPY /out /bin/app # buildkit", 5)];
        let steps = [
            key("builder", 1, "FROM golang"),
            key("builder", 2, "COPY . ."),
            key("builder", 3, "RUN go build"),
            key("stage-1", 1, "FROM debian"),
            key("stage-1", 2, "COPY --from=builder /out /bin/app"),
        ];
        assert_eq!(attribute(&history, &steps), [None, None, None, Some(70), Some(5)]);
    }

    #[test]
    fn a_stage_on_a_stage_continues_in_it() {
        let history = [
            entry("base", 70),
            entry("RUN /bin/sh -c apt # buildkit", 30),
            entry("RUN /bin/sh -c make # buildkit", 9),
        ];
        let steps = [
            key("deps", 1, "FROM debian"),
            key("deps", 2, "RUN apt"),
            key("test", 1, "RUN check"),
            key("stage-2", 1, "RUN make"),
        ];
        assert_eq!(attribute(&history, &steps), [Some(70), Some(30), None, Some(9)]);
    }

    #[test]
    fn what_does_not_fit_gets_no_figure() {
        let history = [entry("base", 70), entry("COPY a b # buildkit", 5)];
        let steps = [key("", 1, "FROM x"), key("", 2, "RUN make")];
        assert_eq!(attribute(&history, &steps), [None, None]);
    }

    #[test]
    fn the_classic_builders_records_are_understood() {
        let history = [
            entry("/bin/sh -c #(nop) ADD file:1 in / ", 100),
            entry("/bin/sh -c #(nop) COPY file:2 in /x ", 7),
            entry("|1 A=1 /bin/sh -c make", 8),
            entry("/bin/sh -c #(nop)  LABEL org.docker-ecr-tutor=1", 0),
        ];
        let steps = [key("", 1, "FROM a"), key("", 2, "COPY x /x"), key("", 3, "RUN make")];
        assert_eq!(attribute(&history, &steps), [Some(100), Some(7), Some(8)]);
    }
}
