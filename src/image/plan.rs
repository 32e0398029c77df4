//! The cache plan: which steps the next build runs again, why, and what that costs, before anything is
//! built. Pure.
//!
//! A [`Recipe`] gives every step of a Dockerfile the key under which a builder keeps its result; a
//! [`Ledger`] knows the keys of what was built, with the times. A step whose key is known comes from the
//! cache. Three kinds of things nobody can know before: what a command writes that another stage copies,
//! what a URL answers, and whether the engine threw its cache away meanwhile.

mod key;
mod ledger;
mod recipe;
mod tree;
mod why;

pub use key::Key;
pub use ledger::{Done, Known, Ledger};
pub use recipe::{Base, Builder, Given, Recipe, Stage, Step, images};
pub use tree::{Difference, Entry, FileKind, Tree};

use why::Before;

/// What becomes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It comes from the cache.
    Cached,
    /// It runs again.
    Again,
    /// It runs again unless what other stages write, or what a URL answers, is the same as before.
    Perhaps,
    /// The target does not need it.
    NotNeeded,
}

/// A step of the next build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, in a sentence that begins in the middle: `takes main.py, which changed`.
    pub why: String,
    /// Milliseconds it took when it ran last, or what stood in its place.
    pub millis: Option<u64>,
    /// Bytes that it added to the image.
    pub bytes: Option<u64>,
}

/// What the next build will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One for each step of the recipe.
    pub steps: Vec<Planned>,
    /// How many steps the target needs.
    pub needed: usize,
    /// How many of them run again.
    pub again: usize,
    /// How many of them hang on what other stages write or URLs answer.
    pub perhaps: usize,
    /// Milliseconds that those that run again took last time.
    pub millis: u64,
    /// Whether one of them has never been seen running, so that the sum is too small.
    pub more: bool,
}

impl Plan {
    /// What becomes of the steps of `recipe` after what `ledger` knows.
    pub fn new(ledger: &Ledger, recipe: &Recipe) -> Self {
        let before = Before::new(ledger, recipe);
        let mut plan = Self::default();
        let remote = recipe.hangs_on_urls();
        for (at, step) in recipe.steps.iter().enumerate() {
            let verdict = match ledger.verdict(recipe, step) {
                Verdict::Cached if remote[at] && recipe.counts(step) && !step.there => Verdict::Perhaps,
                verdict => verdict,
            };
            let why = why::words(ledger, recipe, at, &before, &plan.steps, verdict);
            let same = ledger.known(step.key).or_else(|| before.of(at).and_then(|old| ledger.known(old.key)));
            let (millis, bytes) = same.map_or((None, None), |known| (known.millis, known.bytes));
            plan.steps.push(Planned { verdict, why, millis, bytes });
            if verdict == Verdict::NotNeeded || !recipe.counts(step) {
                continue;
            }
            plan.needed += 1;
            plan.perhaps += usize::from(verdict == Verdict::Perhaps);
            if verdict == Verdict::Again {
                plan.again += 1;
                plan.millis += millis.unwrap_or(0);
                plan.more |= millis.is_none();
            }
        }
        plan
    }

    /// `the next build runs 3 of 7 steps again, about 32 s`.
    pub fn words(&self) -> String {
        let Self { needed, again, perhaps, millis, more, .. } = self;
        let perhaps = if *perhaps > 0 { format!(", perhaps {perhaps} more") } else { String::new() };
        match again {
            0 if *needed == 0 => "there is nothing to build: no FROM".to_owned(),
            0 if perhaps.is_empty() => "the next build takes every step from the cache".to_owned(),
            _ if *millis == 0 && *more => {
                format!("the next build runs {again} of {needed} steps again{perhaps}")
            }
            _ => {
                let least = if *more { "at least" } else { "about" };
                let time = seconds(*millis);
                format!("the next build runs {again} of {needed} steps again{perhaps}, {least} {time}")
            }
        }
    }
}

/// `0.4 s`, `32 s`, `2 min 5 s`.
pub fn seconds(millis: u64) -> String {
    match millis {
        0..9_950 => format!("{:.1} s", millis as f64 / 1e3),
        9_950..119_500 => format!("{:.0} s", millis as f64 / 1e3),
        _ => {
            let seconds = (millis + 500) / 1_000;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests;
