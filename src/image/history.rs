//! Which bytes of an image a build step made: the image's history laid against the steps.

use super::HistoryEntry;

/// A step of a build, as far as its size depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepKey<'a> {
    /// `RUN make`.
    pub instruction: &'a str,
    /// The step whose result this one starts from, by its place in the list.
    pub base: Option<usize>,
}

/// Bytes each step added to the image, `None` for steps that are not part of it or are not known.
/// `history` is oldest first; `last` is the step that made the image.
///
/// Both are walked backwards, from the last step to the one it stands on, into the stage a stage was
/// started from, until what is left is the base image's own: its sum belongs to `FROM`.
pub fn attribute(history: &[HistoryEntry], steps: &[StepKey<'_>], last: Option<usize>) -> Vec<Option<u64>> {
    let mut sizes = vec![None; steps.len()];
    let mut rest = history.len();
    let made = |(at, entry): (usize, _)| Some((at, entry, verb(entry)?));
    let mut entries = history.iter().enumerate().rev().filter_map(made);
    let mut step = last;
    // Bounded, whatever the list says about itself.
    for _ in 0..steps.len() {
        let Some((at, key)) = step.and_then(|at| Some((at, steps.get(at)?))) else { break };
        step = key.base;
        let wanted = key.instruction.split_whitespace().next().unwrap_or_default();
        if wanted.eq_ignore_ascii_case("FROM") {
            if key.base.is_none() {
                sizes[at] = Some(history[..rest].iter().map(|entry| entry.size_bytes).sum());
            }
            continue;
        }
        match entries.next() {
            Some((place, entry, verb)) if wanted.eq_ignore_ascii_case(verb) => {
                sizes[at] = Some(entry.size_bytes);
                rest = place;
            }
            // The two do not tell the same story; better no figure than a wrong one.
            _ => break,
        }
    }
    sizes
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

    fn key(instruction: &str, base: Option<usize>) -> StepKey<'_> {
        StepKey { instruction, base }
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
            key("", None),
            key("FROM alpine", None),
            key("COPY . .", Some(3)),
            key("WORKDIR /app", Some(1)),
            key("RUN make", Some(2)),
        ];
        assert_eq!(attribute(&history, &steps, Some(4)), [None, Some(100), Some(20), Some(1), Some(300)]);
    }

    #[test]
    fn only_the_stages_that_made_the_image_get_figures() {
        let history = [entry("base", 70), entry("COPY /out /bin/app # buildkit", 5)];
        let steps = [
            key("FROM golang", None),
            key("COPY . .", Some(0)),
            key("RUN go build", Some(1)),
            key("FROM debian", None),
            key("COPY --from=builder /out /bin/app", Some(3)),
        ];
        assert_eq!(attribute(&history, &steps, Some(4)), [None, None, None, Some(70), Some(5)]);
    }

    #[test]
    fn a_stage_on_a_stage_continues_in_it() {
        let history = [
            entry("base", 70),
            entry("RUN /bin/sh -c apt # buildkit", 30),
            entry("RUN /bin/sh -c make # buildkit", 9),
        ];
        let steps = [
            key("FROM debian", None),
            key("RUN apt", Some(0)),
            key("RUN check", Some(1)),
            key("RUN make", Some(1)),
        ];
        assert_eq!(attribute(&history, &steps, Some(3)), [Some(70), Some(30), None, Some(9)]);
        let classic = [
            key("FROM debian", None),
            key("RUN apt", Some(0)),
            key("FROM deps", Some(1)),
            key("RUN make", Some(2)),
        ];
        assert_eq!(attribute(&history, &classic, Some(3)), [Some(70), Some(30), None, Some(9)]);
    }

    #[test]
    fn what_does_not_fit_gets_no_figure() {
        let history = [entry("base", 70), entry("COPY a b # buildkit", 5)];
        let steps = [key("FROM x", None), key("RUN make", Some(0))];
        assert_eq!(attribute(&history, &steps, Some(1)), [None, None]);
        let circle = [key("COPY a b", Some(0))];
        assert_eq!(attribute(&history, &circle, Some(0)), [Some(5)]);
    }

    #[test]
    fn the_classic_builders_records_are_understood() {
        let history = [
            entry("/bin/sh -c #(nop) ADD file:1 in / ", 100),
            entry("/bin/sh -c #(nop) COPY file:2 in /x ", 7),
            entry("|1 A=1 /bin/sh -c make", 8),
            entry("/bin/sh -c #(nop)  LABEL org.docker-ecr-tutor=1", 0),
        ];
        let steps = [key("FROM a", None), key("COPY x /x", Some(0)), key("RUN make", Some(1))];
        assert_eq!(attribute(&history, &steps, Some(2)), [Some(100), Some(7), Some(8)]);
    }
}
