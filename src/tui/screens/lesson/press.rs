//! What pressing a spot does.

use super::keys::Sight;
use super::page::{Page, Spot};
use super::quiz::Answered;
use super::{Part, State, is_typed, trial};
use crate::course::page::TryKind;
use crate::store::progress::QuizProgress;
use crate::tui::app::Shared;
use crate::tui::message::{Destination, Effect, Msg, Tone};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::markdown::{self, Target};
use ratatui::layout::Rect;

/// Does what `spot` is for.
pub(super) fn press(state: &mut State, shared: &mut Shared, body: Rect, spot: &Spot) -> Vec<Effect> {
    match spot {
        Spot::Link(link) => follow(state, shared, body, *link),
        Spot::Choice { part, index } => {
            let Some(card) = state.card(*part) else { return Vec::new() };
            let index = *index;
            if index >= card.options() {
                return Vec::new();
            }
            let answered = card.choose(index);
            state.focus = Some(Spot::Choice { part: *part, index });
            answer(state, shared, body, *part, answered)
        }
        Spot::Submit(part) | Spot::Answer(part) => submit(state, shared, body, *part),
        Spot::Reveal(part) => {
            if let Some(card) = state.card(*part) {
                card.reveal();
            }
            changed(state, shared, body, *part);
            Vec::new()
        }
        Spot::Try(part) => attempt(state, shared, body, *part),
        Spot::Stop(part) => {
            let running = state.trial(*part).and_then(|trial| {
                trial.decline();
                trial.running()
            });
            changed(state, shared, body, *part);
            running.map(Effect::Cancel).into_iter().collect()
        }
        Spot::Copy(part) => copy(state, shared, *part),
        Spot::Exercise(id) => {
            shared.post(Msg::Go(Destination::Exercise(id.clone())));
            Vec::new()
        }
        Spot::Lesson(slug) => {
            shared.post(Msg::Go(Destination::Lesson(slug.clone())));
            Vec::new()
        }
    }
}

/// Opens a Dockerfile; asks before commands run, and runs them when asked already.
fn attempt(state: &mut State, shared: &mut Shared, body: Rect, part: usize) -> Vec<Effect> {
    let Some(trial) = state.trial(part) else { return Vec::new() };
    if trial.block.kind == TryKind::Dockerfile {
        let exercise = trial::scratch(&trial.block, &shared.course);
        shared.post(Msg::Go(Destination::Scratch(Box::new(exercise))));
        return Vec::new();
    }
    let mut effects = Vec::new();
    if trial.asks() {
        let (id, effect) = shared.start(trial.job(&shared.course));
        trial.begin(id);
        effects.push(effect);
    } else {
        trial.ask();
    }
    changed(state, shared, body, part);
    effects
}

/// Follows a link: lessons and exercises open, addresses go to the clipboard.
fn follow(state: &mut State, shared: &mut Shared, body: Rect, link: usize) -> Vec<Effect> {
    let sight = Sight::of(state, shared, body);
    let Some(target) = sight.laid.page.links.get(link) else { return Vec::new() };
    let jump = |state: &mut State, slug: &str| {
        if let Some(heading) = sight.laid.page.layout.headings.iter().find(|h| h.slug == slug) {
            sight.scroll_to(state, heading.line);
        }
    };
    match target {
        Target::Web(url) => {
            shared.say(Tone::Plain, format!("Copied {url}"));
            vec![Effect::Copy(url.clone())]
        }
        Target::Heading(slug) => {
            jump(state, slug);
            Vec::new()
        }
        Target::Lesson { slug, heading } if *slug == state.lesson.slug => {
            jump(state, heading.as_deref().unwrap_or_default());
            Vec::new()
        }
        Target::Lesson { slug, .. } => {
            shared.post(Msg::Go(Destination::Lesson(slug.clone())));
            Vec::new()
        }
        Target::Exercise(id) => {
            shared.post(Msg::Go(Destination::Exercise(id.clone())));
            Vec::new()
        }
        Target::Rule(code) => {
            shared.post(Msg::Explain(code.clone()));
            Vec::new()
        }
        Target::Word(word) => {
            shared.post(Msg::Word(word.clone()));
            Vec::new()
        }
        Target::Other(text) => {
            shared.say(Tone::Plain, format!("This link leads nowhere here: {text}"));
            Vec::new()
        }
    }
}

/// Takes what was chosen or typed as the answer.
pub(super) fn submit(state: &mut State, shared: &mut Shared, body: Rect, part: usize) -> Vec<Effect> {
    let answered = state.card(part).and_then(super::quiz::Card::submit);
    answer(state, shared, body, part, answered)
}

fn answer(
    state: &mut State,
    shared: &mut Shared,
    body: Rect,
    part: usize,
    answered: Option<Answered>,
) -> Vec<Effect> {
    let id = state.card(part).map(|card| card.quiz.id.clone()).unwrap_or_default();
    changed(state, shared, body, part);
    let Some(Answered { answer, correct }) = answered else { return Vec::new() };
    let tries = shared.progress.quizzes.get(&id).map_or(0, |quiz| quiz.tries) + 1;
    let kept = QuizProgress { answer: answer.clone(), correct, tries };
    shared.progress.quizzes.insert(id.clone(), kept);
    vec![Effect::RememberQuiz { id, answer, correct }]
}

/// Changes what is typed as an answer.
pub(super) fn type_answer(state: &mut State, part: usize, change: impl FnOnce(&mut Input) -> bool) {
    let Some(card) = state.card(part) else { return };
    if !card.settled() && change(&mut card.input) {
        card.verdict = None;
    }
    state.cache.take();
}

/// A part reads differently now: keeps the focus on it and in sight.
fn changed(state: &mut State, shared: &Shared, body: Rect, part: usize) {
    state.cache.take();
    let sight = Sight::of(state, shared, body);
    let spots = &sight.laid.page.spots;
    let belongs = |spot: &Spot| match spot {
        Spot::Choice { part: p, .. } | Spot::Submit(p) | Spot::Answer(p) | Spot::Reveal(p) => *p == part,
        Spot::Try(p) | Spot::Stop(p) => *p == part,
        _ => false,
    };
    let kept = spots.iter().find(|placed| Some(&placed.spot) == state.focus.as_ref());
    let placed = kept.or_else(|| spots.iter().rfind(|placed| belongs(&placed.spot)));
    if let Some(placed) = placed.cloned() {
        state.focus = Some(placed.spot.clone());
        sight.show(state, &placed.lines);
    }
}

/// Copies the block under the focus, or the first to try that is in sight.
pub(super) fn copy_block(state: &State, shared: &mut Shared, sight: &Sight) -> Vec<Effect> {
    let seen = state.scroll..state.scroll + sight.places.rows();
    let focused = match &state.focus {
        Some(Spot::Try(part) | Spot::Stop(part) | Spot::Copy(part)) => Some(*part),
        _ => None,
    };
    let in_sight = || {
        sight.laid.page.spots.iter().find_map(|placed| match placed.spot {
            Spot::Copy(part) if seen.contains(&placed.lines.start) => Some(part),
            _ => None,
        })
    };
    match focused.or_else(in_sight) {
        Some(part) => copy(state, shared, part),
        None => {
            shared.say(Tone::Plain, "No block to copy in sight");
            Vec::new()
        }
    }
}

fn copy(state: &State, shared: &mut Shared, part: usize) -> Vec<Effect> {
    let Some(Part::Try(trial)) = state.parts.get(part) else { return Vec::new() };
    shared.say(Tone::Good, "Copied to the clipboard");
    vec![Effect::Copy(trial.block.text.clone())]
}

/// The question that number keys answer: the focused one, or the only one in sight with options.
pub(super) fn question_in_sight(state: &State, sight: &Sight) -> Option<usize> {
    if let Some(Spot::Choice { part, .. } | Spot::Submit(part) | Spot::Reveal(part)) = state.focus {
        return Some(part);
    }
    let seen = state.scroll..state.scroll + sight.places.rows();
    let mut parts: Vec<usize> = sight
        .laid
        .page
        .spots
        .iter()
        .filter(|placed| seen.contains(&placed.lines.start))
        .filter_map(|placed| if let Spot::Choice { part, .. } = placed.spot { Some(part) } else { None })
        .filter(|part| matches!(state.parts.get(*part), Some(Part::Quiz(card)) if !is_typed(card)))
        .collect();
    parts.dedup();
    if let [part] = parts[..] { Some(part) } else { None }
}

/// The spot at a line and column: also the later lines of a link that wraps.
pub(super) fn spot_at(page: &Page, line: usize, column: u16) -> Option<Spot> {
    if let Some(at) = page.spot_at(line, column) {
        return page.spots.get(at).map(|placed| placed.spot.clone());
    }
    let mut end = 0;
    let runs = &page.layout.lines.get(line)?.runs;
    let run = runs.iter().find(|run| {
        end += markdown::width(&run.text);
        usize::from(column) < end
    });
    run?.link.map(Spot::Link)
}
