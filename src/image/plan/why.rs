//! Why a step runs again, in words that name the thing.

use super::key::Key;
use super::ledger::Ledger;
use super::recipe::{Recipe, Step};
use super::tree::Difference;
use super::{Planned, Verdict};
use std::collections::HashMap;

/// Letters of an instruction that are quoted.
const QUOTED: usize = 28;
/// Files that are named.
const NAMED: usize = 3;

/// The steps of the last build that stand for those of the next.
pub(super) struct Before<'a> {
    last: Option<&'a Recipe>,
    places: Vec<Option<usize>>,
}

impl<'a> Before<'a> {
    /// Finds for each step of `now` the one that it was: in the same stage, with the same words, else at
    /// the same place between two that have partners.
    pub(super) fn new(ledger: &'a Ledger, now: &Recipe) -> Self {
        let Some(last) = ledger.last() else {
            return Self { last: None, places: vec![None; now.steps.len()] };
        };
        let mut places = vec![None; now.steps.len()];
        for stage in 0..now.stages.len() {
            let ours: Vec<usize> = of_stage(now, stage);
            let theirs = of_stage(last, counterpart(now, last, stage));
            partners(now, last, &ours, &theirs, &mut places);
        }
        Self { last: Some(last), places }
    }

    /// What step `at` was.
    pub(super) fn of(&self, at: usize) -> Option<&'a Step> {
        self.last?.steps.get((*self.places.get(at)?)?)
    }
}

fn of_stage(recipe: &Recipe, stage: usize) -> Vec<usize> {
    (0..recipe.steps.len()).filter(|at| recipe.steps[*at].stage == stage).collect()
}

/// The stage of the last build that has the same name, else the same number.
fn counterpart(now: &Recipe, last: &Recipe, stage: usize) -> usize {
    let name = now.stages.get(stage).map_or("", |stage| stage.name.as_str());
    last.stages.iter().position(|old| old.name == name).unwrap_or(stage)
}

fn partners(now: &Recipe, last: &Recipe, ours: &[usize], theirs: &[usize], places: &mut [Option<usize>]) {
    let mut by_words: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in theirs.iter().rev() {
        by_words.entry(last.steps[*at].words.as_str()).or_default().push(*at);
    }
    let mut taken = vec![false; last.steps.len()];
    for at in ours {
        if let Some(found) = by_words.get_mut(now.steps[*at].words.as_str()).and_then(Vec::pop) {
            places[*at] = Some(found);
            taken[found] = true;
        }
    }
    // What has new words stands for what lost its own at the same place.
    for (place, at) in ours.iter().enumerate() {
        if places[*at].is_some() {
            continue;
        }
        let verb = verb(&now.steps[*at].words);
        let behind =
            place.checked_sub(1).and_then(|before| places[ours[before]]).map_or(0, |before| before + 1);
        let free = theirs
            .iter()
            .find(|old| **old >= behind && !taken[**old] && self::verb(&last.steps[**old].words) == verb);
        if let Some(found) = free {
            places[*at] = Some(*found);
            taken[*found] = true;
        }
    }
}

fn verb(words: &str) -> &str {
    words.split(' ').next().unwrap_or_default()
}

/// The step as it is named in a sentence.
fn named(step: &Step) -> String {
    let mut words: String = step.words.chars().take(QUOTED).collect();
    if words.len() < step.words.len() {
        words.push('…');
    }
    words
}

/// Why step `at` of `now` has this verdict; `planned` are the steps before it.
pub(super) fn words(
    ledger: &Ledger,
    now: &Recipe,
    at: usize,
    before: &Before<'_>,
    planned: &[Planned],
    verdict: Verdict,
) -> String {
    let Some(step) = now.steps.get(at) else { return String::new() };
    match verdict {
        Verdict::NotNeeded => not_needed(now),
        Verdict::Cached if step.there && !ledger.knows(step) => {
            before.of(at).and_then(|old| image(step, old)).unwrap_or_default()
        }
        Verdict::Cached => String::new(),
        Verdict::Perhaps => perhaps(now, step, planned, ledger),
        Verdict::Again if ledger.is_empty() => "nothing has been built yet".to_owned(),
        Verdict::Again => again(now, step, before, at, ledger),
    }
}

fn not_needed(now: &Recipe) -> String {
    let target = match now.stages.iter().rfind(|stage| stage.needed) {
        Some(stage) if !stage.name.is_empty() => stage.name.as_str(),
        _ => "the target",
    };
    format!("{target} does not need this stage")
}

fn perhaps(now: &Recipe, step: &Step, planned: &[Planned], ledger: &Ledger) -> String {
    if let Some(url) = &step.remote {
        return format!("{url} is asked again; from the cache if it answers the same");
    }
    if step.linked && !ledger.knows(step) {
        return "is linked in: from the cache if this engine can merge layers".to_owned();
    }
    let source =
        step.from.iter().find(|from| planned.get(**from).is_some_and(|p| p.verdict != Verdict::Cached));
    match source.and_then(|from| now.steps.get(*from).zip(planned.get(*from))) {
        Some((source, planned)) => {
            let stage = now.stages.get(source.stage).map_or("", |stage| stage.name.as_str());
            let perhaps = if planned.verdict == Verdict::Perhaps { "perhaps " } else { "" };
            format!(
                "takes files of {stage}, which {perhaps}runs again; from the cache if they come out the same"
            )
        }
        None => match root(now, step, ledger).or_else(|| doubtful(now, step, planned)) {
            Some(root) => format!("follows {}, which perhaps runs again", named(root)),
            None => "hangs on what another stage writes".to_owned(),
        },
    }
}

/// The first step below `step` whose result nobody has yet.
fn root<'r>(now: &'r Recipe, step: &Step, ledger: &Ledger) -> Option<&'r Step> {
    let mut found = None;
    let mut below = step.base;
    // Steps stand on earlier ones only.
    while let Some(at) = below {
        let Some(step) = now.steps.get(at) else { break };
        if !ledger.knows(step) {
            found = Some(step);
        }
        below = step.base.filter(|next| *next < at);
    }
    found
}

/// The first step below `step` that perhaps runs again.
fn doubtful<'r>(now: &'r Recipe, step: &Step, planned: &[Planned]) -> Option<&'r Step> {
    let mut found = None;
    let mut below = step.base;
    while let Some(at) = below {
        let step = now.steps.get(at)?;
        if planned.get(at).is_some_and(|planned| planned.verdict == Verdict::Perhaps) {
            found = Some(step);
        }
        below = step.base.filter(|next| *next < at);
    }
    found
}

fn again(now: &Recipe, step: &Step, before: &Before<'_>, at: usize, ledger: &Ledger) -> String {
    if let Some(missing) = step.missing.first() {
        return format!("{missing} is not in the build context: this fails");
    }
    let Some(old) = before.of(at) else {
        return match root(now, step, ledger) {
            Some(root) => format!("is new, and {}", follows(root)),
            None => "is new".to_owned(),
        };
    };
    if old.needed && old.key == step.key && root(now, step, ledger).is_none() {
        return "did not end well in the last build".to_owned();
    }
    let own = image(step, old)
        .or_else(|| files(now, step, before, old))
        .or_else(|| variables(step, old))
        .or_else(|| place(step, old));
    if let Some(own) = own {
        return own;
    }
    if step.own != old.own {
        return match verb(&step.words) {
            "COPY" | "ADD" if step.words == old.words => "copies to another place now".to_owned(),
            _ => "was changed".to_owned(),
        };
    }
    match root(now, step, ledger) {
        Some(root) => follows(root),
        None if !old.needed => "was not needed before".to_owned(),
        None => match step.base.and_then(|base| now.steps.get(base)) {
            Some(base) => format!("follows {} now, which it did not before", named(base)),
            None => "was never built like this".to_owned(),
        },
    }
}

fn follows(root: &Step) -> String {
    let what = if root.there { "which is another one now" } else { "which runs again" };
    format!("follows {}, {what}", named(root))
}

fn image(step: &Step, old: &Step) -> Option<String> {
    let ((name, key), (before, key_before)) = (step.image.as_ref()?, old.image.as_ref()?);
    match (name == before, key == key_before) {
        (true, false) => Some(format!("the image {name} is another one now")),
        (false, _) => Some(format!("starts from {name} instead of {before}")),
        (true, true) => None,
    }
}

fn files(now: &Recipe, step: &Step, before: &Before<'_>, old: &Step) -> Option<String> {
    let key = |sources: &[(String, Key)]| sources.iter().map(|(_, key)| *key).collect::<Vec<_>>();
    if key(&step.sources) == key(&old.sources) {
        return None;
    }
    let mut changed: Vec<(String, Difference)> = Vec::new();
    if let Some(last) = before.last {
        for (source, _) in &step.sources {
            changed.extend(now.tree().differences(last.tree(), source));
        }
    }
    if changed.is_empty() || before.last.is_some_and(|last| last.tree().entries().is_empty()) {
        let same =
            step.sources.iter().map(|(source, _)| source).eq(old.sources.iter().map(|(source, _)| source));
        return Some(if same { "takes files that changed" } else { "takes other files" }.to_owned());
    }
    let mut told = Vec::new();
    for how in [Difference::Content, Difference::Mode, Difference::Added, Difference::Removed] {
        let paths: Vec<&str> =
            changed.iter().filter(|(_, other)| *other == how).map(|(path, _)| path.as_str()).collect();
        if !paths.is_empty() {
            told.push(difference(&paths, how));
        }
    }
    Some(format!("takes {}", told.join(", and ")))
}

/// `a, b and 7 more, which changed`.
fn difference(paths: &[&str], how: Difference) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let (named, last) = match paths {
        _ if more > 0 => (&paths[..NAMED], format!("{more} more")),
        [named @ .., last] => (named, (*last).to_owned()),
        [] => return String::new(),
    };
    let names = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    let one = paths.len() == 1;
    match how {
        Difference::Content => format!("{names}, which changed"),
        Difference::Mode => format!("{names}, whose permissions changed"),
        Difference::Added => format!("{names}, which {} new", if one { "is" } else { "are" }),
        Difference::Removed => format!("no {names} any more"),
    }
}

fn variables(step: &Step, old: &Step) -> Option<String> {
    let kind = |arg: bool| if arg { "ARG" } else { "ENV" };
    let verb = verb(&step.words);
    for value in &step.seen {
        let Some(before) = old.seen.iter().find(|before| before.name == value.name) else {
            return Some(format!("{} {} is new and this {verb} sees it", kind(value.arg), value.name));
        };
        if before.key != value.key {
            let values = match (&before.shown, &value.shown) {
                (Some(before), Some(now)) => format!(" from {before} to {now}"),
                _ => String::new(),
            };
            return Some(format!(
                "{} {} changed{values} and this {verb} sees it",
                kind(value.arg),
                value.name
            ));
        }
    }
    let gone = old.seen.iter().find(|before| step.seen.iter().all(|value| value.name != before.name))?;
    Some(format!("{} {} is gone and this {verb} saw it", kind(gone.arg), gone.name))
}

fn place(step: &Step, old: &Step) -> Option<String> {
    let changed = step.place.iter().zip(&old.place).find(|(now, before)| now != before);
    let ((what, now), (_, before)) = changed?;
    let or_root = |user: &str| if user.is_empty() { "root".to_owned() } else { user.to_owned() };
    Some(match what.as_str() {
        "user" => format!("runs as {} now, not as {}", or_root(now), or_root(before)),
        "folder" => format!("runs in {now} now, not in {before}"),
        _ => format!("runs with the shell {now} now, not with {before}"),
    })
}
