//! The steps of a build while it runs, fed by either builder, and the events about them.

use super::Events;
use crate::engine::{BuildEvent, StepSummary};
use crate::image::HistoryEntry;
use crate::image::history::{self, StepKey};
use crate::text::sanitise;
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

/// Last lines of a step's output that are kept for its error: npm says why some thirty lines before the end.
const TAIL: usize = 60;
/// Bytes of one such line that are kept.
const LINE: usize = 500;

/// All steps so far.
pub(super) struct Steps {
    events: Events,
    /// Whether BuildKit tells of them.
    pub(super) buildkit: bool,
    pub(super) list: Vec<Step>,
}

/// One step.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// What the builder calls it between itself and us.
    pub(super) key: String,
    /// As shown: `[2/5] RUN …`.
    pub(super) name: String,
    pub(super) stage: String,
    pub(super) index: u32,
    pub(super) instruction: String,
    /// Keys of the steps it takes something from, the one it stands on first.
    pub(super) inputs: Vec<String>,
    pub(super) cached: bool,
    pub(super) millis: u64,
    /// Start of the interval last counted.
    pub(super) counted: Option<(i64, i32)>,
    pub(super) begun: bool,
    pub(super) done: bool,
    pub(super) error: String,
    /// Intermediate image, with the classic builder, and whether this build made it.
    pub(super) image: Option<(String, bool)>,
    pub(super) tail: VecDeque<Vec<u8>>,
    pub(super) partial: Vec<u8>,
}

impl Steps {
    pub(super) fn new(events: Events, buildkit: bool) -> Self {
        Self { events, buildkit, list: Vec::new() }
    }

    pub(super) fn tell(&self, event: BuildEvent) {
        (self.events)(event);
    }

    /// Index of the step with this key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        // The latest are asked for most.
        self.list.iter().rposition(|step| step.key == key)
    }

    pub(super) fn add(&mut self, step: Step) -> usize {
        let index = self.list.len();
        self.tell(BuildEvent::StepStarted { step: index, name: step.name.clone() });
        let begun = step.begun;
        self.list.push(step);
        if begun {
            self.tell(BuildEvent::StepRuns { step: index });
        }
        index
    }

    /// The step has begun to run.
    pub(super) fn runs(&mut self, index: usize) {
        if !std::mem::replace(&mut self.list[index].begun, true) {
            self.tell(BuildEvent::StepRuns { step: index });
        }
    }

    pub(super) fn log(&mut self, index: usize, text: &[u8]) {
        let step = &mut self.list[index];
        for &byte in text {
            if byte == b'\n' {
                let line = std::mem::take(&mut step.partial);
                step.tail.push_back(line);
                if step.tail.len() > TAIL {
                    step.tail.pop_front();
                }
            } else if step.partial.len() < LINE {
                step.partial.push(byte);
            }
        }
        self.tell(BuildEvent::StepLog { step: index, text: text.to_vec() });
    }

    pub(super) fn done(&mut self, index: usize) {
        let step = &mut self.list[index];
        if std::mem::replace(&mut step.done, true) {
            return;
        }
        let error = Some(step.error.clone()).filter(|error| !error.is_empty());
        let (cached, millis) = (step.cached, step.millis);
        self.tell(BuildEvent::StepDone { step: index, cached, millis, error });
    }

    /// Name of a step that has begun and not ended.
    pub(super) fn running(&self) -> Option<String> {
        self.list.iter().rev().find(|step| step.begun && !step.done).map(|step| step.name.clone())
    }

    /// Says what is waited for when nothing was heard for so long and it is a registry: every other step
    /// may be silent for as long as it likes.
    pub(super) fn tell_waiting(&self, waited: Duration) {
        let running = self.list.iter().rev().find(|step| step.begun && !step.done);
        let image = running.and_then(|step| {
            let asked = step.name.strip_prefix("[internal] load metadata for ");
            let from =
                || step.instruction.strip_prefix("FROM ")?.split_whitespace().find(|w| !w.starts_with("--"));
            asked.or_else(from)
        });
        if let Some(image) = image {
            let image = sanitise::bounded(&sanitise::plain(image), LINE).into_owned();
            let seconds = waited.as_secs();
            self.tell(BuildEvent::Note(format!(
                "waiting for {image}: its registry has said nothing for {seconds} s (the build can be cancelled)"
            )));
        }
    }

    /// The step that failed: the first with an error of its own.
    pub(super) fn failed(&self) -> Option<&Step> {
        self.list
            .iter()
            .find(|step| !step.error.is_empty() && !step.error.contains("context canceled"))
            .or_else(|| self.list.last().filter(|step| !self.buildkit && !step.done))
    }

    /// Images the classic builder made on the way, oldest first.
    pub(super) fn intermediate_images(&self) -> Vec<String> {
        let made = |step: &Step| step.image.as_ref().filter(|(_, made)| *made).map(|(id, _)| id.clone());
        self.list.iter().filter_map(made).collect()
    }

    /// What every step added to an image with this history.
    pub(super) fn sizes(&self, history: &[HistoryEntry]) -> Vec<Option<u64>> {
        let numbered = |key: &String| self.find(key).filter(|&at| self.list[at].index > 0);
        let keys: Vec<StepKey<'_>> = self
            .list
            .iter()
            .map(|step| StepKey {
                instruction: &step.instruction,
                base: step.inputs.first().and_then(numbered),
            })
            .collect();
        // What made the image is what nothing else was made from.
        let numbered = self.list.iter().filter(|step| step.index > 0);
        let used: HashSet<&String> = numbered.flat_map(|step| &step.inputs).collect();
        let last = self.list.iter().rposition(|step| step.index > 0 && !used.contains(&step.key));
        history::attribute(history, &keys, last)
    }

    /// The summary of a build that made an image with this history.
    pub(super) fn finish(&self, history: &[HistoryEntry]) -> Vec<StepSummary> {
        let sizes = self.sizes(history);
        let summary = |(step, size_bytes): (&Step, Option<u64>)| StepSummary {
            name: step.name.clone(),
            stage: step.stage.clone(),
            index: step.index,
            instruction: step.instruction.clone(),
            cached: step.cached,
            millis: step.millis,
            size_bytes,
        };
        self.list.iter().zip(sizes).map(summary).collect()
    }
}

impl Step {
    /// The last lines of its output: untrusted.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let partial = Some(&self.partial).filter(|line| !line.is_empty());
        self.tail.iter().chain(partial).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }
}
