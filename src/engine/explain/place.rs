//! Which instruction of a Dockerfile a builder's step is.

use crate::dockerfile::{Dockerfile, Kind, Stage};

/// The instruction (an index into the file's) of step `number` of `stage`, which the builder calls
/// `words`: `RUN pip install …`. Stage and number are as in `StepSummary`; an empty stage is the only
/// one there is.
pub fn instruction_of(tree: &Dockerfile, stage: &str, number: u32, words: &str) -> Option<usize> {
    let wanted = normalised(words);
    let keyword = wanted.split(' ').next().unwrap_or_default().to_owned();
    if keyword.is_empty() {
        return None;
    }
    let says = |at: usize| tree.instructions.get(at).map(|i| normalised(&i.step_text()));
    let same_keyword = |at: usize| tree.instructions.get(at).is_some_and(|i| i.keyword == keyword.as_str());
    let stages = tree.stages();
    let mine = stages
        .iter()
        .find(|candidate| candidate.display_name().eq_ignore_ascii_case(stage))
        .or(if stages.len() == 1 { stages.first() } else { None });
    if let Some(stage) = mine {
        // Both ways of counting: BuildKit leaves out a FROM that names a stage or `scratch`, the
        // classic builder counts every FROM.
        let by_number: Vec<usize> = [true, false]
            .into_iter()
            .filter_map(|counts_from| numbered(stage, tree, number, counts_from))
            .collect();
        let exact = by_number.iter().copied().find(|&at| says(at).as_deref() == Some(&wanted));
        // The builder replaces variables in what it shows, and cuts heredocs: then the number and the
        // keyword have to do, if no other instruction of the stage has the very words.
        let only = || only(stage.range.clone().filter(|&at| says(at).as_deref() == Some(&wanted)));
        let near = || by_number.iter().copied().find(|&at| same_keyword(at));
        if let Some(found) = exact.or_else(only).or_else(near) {
            return Some(found);
        }
    }
    only((0..tree.instructions.len()).filter(|&at| says(at).as_deref() == Some(&wanted)))
}

fn only(mut found: impl Iterator<Item = usize>) -> Option<usize> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The instruction with that number in the stage.
fn numbered(stage: &Stage<'_>, tree: &Dockerfile, number: u32, counts_every_from: bool) -> Option<usize> {
    let own_base = stage.parent.is_none() && !stage.from.image.word.value().eq_ignore_ascii_case("scratch");
    let counted = |at: &usize| match tree.instructions.get(*at).map(|i| &i.kind) {
        Some(Kind::From(_)) => counts_every_from || own_base,
        Some(Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Workdir(_)) => true,
        _ => false,
    };
    stage.range.clone().filter(counted).nth(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// One blank between words, the keyword in capitals.
fn normalised(words: &str) -> String {
    let mut words = words.split_whitespace();
    let keyword = words.next().unwrap_or_default().to_uppercase();
    words.fold(keyword, |text, word| text + " " + word)
}
