//! What was built so far, as the builder's cache remembers it: keys of results, and what they cost.

use super::Verdict;
use super::key::Key;
use super::recipe::{Base, Builder, Recipe, Step};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Keys that are remembered; the oldest go first, as in a builder's cache.
const MOST: usize = 2_000;
/// Files of the last build that are kept over a restart, to say which of them changed.
const FILES: usize = 2_000;

/// A result in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Known {
    /// Milliseconds it took when it ran; `None` when it was never seen running.
    pub millis: Option<u64>,
    /// Bytes it added to an image.
    pub bytes: Option<u64>,
    /// The key without what other stages wrote.
    loose: Key,
    /// The build that used it last.
    build: u64,
}

/// What a builder said of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done<'a> {
    /// Its stage, as the builder names it.
    pub stage: &'a str,
    /// Its number there; 0 when it has none.
    pub number: u32,
    /// Whether it ended well; what did not is in no cache.
    pub ended: bool,
    /// Whether it came from the cache.
    pub cached: bool,
    /// Milliseconds it took.
    pub millis: u64,
    /// Bytes it added to the image, when known.
    pub bytes: Option<u64>,
}

/// What is known of earlier builds in one engine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// The engine that has it all in its cache.
    engine: String,
    builds: u64,
    known: BTreeMap<Key, Known>,
    /// The last build.
    last: Option<Box<Recipe>>,
    /// Keys of the last build's steps that came from the cache then.
    cached: BTreeSet<Key>,
    /// The images it stood on.
    bases: BTreeMap<String, Base>,
    /// The loose keys of all that is known.
    #[serde(skip)]
    loose: HashSet<Key>,
}

impl Ledger {
    /// Takes in what `engine` did for `recipe`: `steps` in the order in which they were told. When it
    /// `succeeded`, all steps that the target needs are in its cache, told or not: equal steps of two
    /// stages are told once.
    #[must_use]
    pub fn with(
        &self,
        engine: &str,
        recipe: Recipe,
        bases: BTreeMap<String, Base>,
        steps: &[Done<'_>],
        succeeded: bool,
    ) -> Self {
        let mut ledger = if self.engine == engine { self.clone() } else { Self::default() };
        engine.clone_into(&mut ledger.engine);
        ledger.builds += 1;
        let mut cached = BTreeSet::new();
        for (at, done) in recipe.outcomes(steps) {
            let Some(step) = recipe.steps.get(at).filter(|_| done.ended) else { continue };
            let known = ledger.note(step);
            if !done.cached {
                known.millis = Some(done.millis);
            }
            known.bytes = done.bytes.or(known.bytes);
            if done.cached {
                cached.insert(step.key);
            }
        }
        if succeeded {
            for step in recipe.steps.iter().filter(|step| step.needed) {
                ledger.note(step);
            }
        }
        while ledger.known.len() > MOST {
            let Some((oldest, _)) = ledger.known.iter().min_by_key(|(_, known)| known.build) else { break };
            let oldest = *oldest;
            ledger.known.remove(&oldest);
        }
        ledger.last = Some(Box::new(recipe));
        (ledger.cached, ledger.bases) = (cached, bases);
        ledger.indexed()
    }

    fn indexed(mut self) -> Self {
        self.loose = self.known.values().map(|known| known.loose).collect();
        self
    }

    fn note(&mut self, step: &Step) -> &mut Known {
        let known = self.known.entry(step.key).or_default();
        (known.loose, known.build) = (step.loose, self.builds);
        known
    }

    /// Whether it is about this engine; one that is not known is believed to be the same.
    pub fn is_of(&self, engine: &str) -> bool {
        engine.is_empty() || self.engine == engine
    }

    /// Whether nothing has been built yet.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// What is known of a result.
    pub fn known(&self, key: Key) -> Option<&Known> {
        self.known.get(&key)
    }

    /// Whether the result of this very step was made before.
    pub(super) fn knows(&self, step: &Step) -> bool {
        self.known.contains_key(&step.key)
    }

    /// The last build.
    pub fn last(&self) -> Option<&Recipe> {
        self.last.as_deref()
    }

    /// Whether a step of the last build came from the cache then.
    pub fn was_cached(&self, step: &Step) -> bool {
        self.cached.contains(&step.key)
    }

    /// What the last build was for.
    pub fn platform(&self) -> &str {
        self.last.as_deref().map_or("", |last| last.platform.as_str())
    }

    /// The images that the last build stood on.
    pub fn bases(&self) -> &BTreeMap<String, Base> {
        &self.bases
    }

    pub(super) fn verdict(&self, recipe: &Recipe, step: &Step) -> Verdict {
        if !step.needed {
            return Verdict::NotNeeded;
        }
        if self.knows(step) || step.there || recipe.is_free(step) {
            return Verdict::Cached;
        }
        let by_others = step.key != step.loose && self.loose.contains(&step.loose);
        if by_others { Verdict::Perhaps } else { Verdict::Again }
    }

    /// As text, to be kept; without the list of files when it is long.
    pub fn to_text(&self) -> String {
        let mut kept = self.clone();
        if let Some(last) = &mut kept.last {
            last.forget_files_beyond(FILES);
        }
        // Plain data: there is nothing in it that JSON could not say.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// From text that was kept; nothing for what another version wrote.
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).map(Self::indexed).unwrap_or_default()
    }
}

impl Recipe {
    /// What became of each step that was told of. BuildKit tells some twice, as begun and as cached: those
    /// were cached.
    pub fn outcomes<'d>(&self, told: &[Done<'d>]) -> BTreeMap<usize, Done<'d>> {
        let mut outcomes: BTreeMap<usize, Done<'d>> = BTreeMap::new();
        for (place, done) in told.iter().enumerate() {
            let Some(at) = self.find(done.stage, done.number, place) else { continue };
            let known = outcomes.entry(at).or_insert(*done);
            known.ended |= done.ended;
            known.cached |= done.cached && done.ended;
            known.millis = known.millis.max(done.millis);
            known.bytes = known.bytes.or(done.bytes);
        }
        outcomes
    }

    /// Whether a step costs nothing in any case: a stage that goes on from another, or from nothing.
    pub(super) fn is_free(&self, step: &Step) -> bool {
        self.builder == Builder::BuildKit && step.number == 0
    }

    /// Whether people count it as a step.
    pub(super) fn counts(&self, step: &Step) -> bool {
        !self.is_free(step)
    }
}
