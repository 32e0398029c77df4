//! The plan of the next build on the screen: when to look at the disk for it, the tab that tells it, the
//! reason beside the cursor, and what would follow from a changed file.

use super::cost;
use super::outlook::{Outlook, Question};
use super::state::State;
use super::update::analyse;
use super::work;
use crate::engine::record::Record;
use crate::image::plan::{Planned, Step, Verdict, seconds};
use crate::jobs::{Job, JobId, Outcome};
use crate::text::{LineIndex, sanitise};
use crate::tui::app::{Popup, Shared};
use crate::tui::keymap::{self, Action};
use crate::tui::message::{Effect, Tone};
use crate::tui::screens::whatif;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::fit;
use ratatui::text::{Line, Span};
use std::sync::Arc;

/// Looks at files and base images anew, when a plan needs them.
pub fn survey(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.ledger.is_empty() {
        return Vec::new();
    }
    if state.surveying.is_some() {
        state.survey_again = true;
        return Vec::new();
    }
    let (id, effect) = shared.start(Job::Survey(work::request(state)));
    state.surveying = Some(id);
    vec![effect]
}

/// Whether the job looks at the disk for this workbench.
pub fn owns(state: &State, id: JobId) -> bool {
    state.surveying == Some(id)
}

/// A build left a record; grading builds a copy of the folder, which is looked at itself then.
pub fn recorded(state: &mut State, shared: &mut Shared, record: &Record) -> Vec<Effect> {
    state.ledger = Arc::new(record.add_to(&state.ledger));
    let of_a_copy = state.running.as_ref().is_some_and(|running| running.kind == work::Kind::Check);
    if !of_a_copy || state.survey.is_none() {
        state.survey = Some(record.survey.clone());
    }
    let mut effects = vec![Effect::RememberBuilds(state.exercise.id.clone(), state.ledger.clone())];
    effects.extend(analyse(state));
    if of_a_copy {
        effects.extend(survey(state, shared));
    }
    effects
}

/// A look at files and base images ended.
pub fn surveyed(state: &mut State, shared: &mut Shared, outcome: Outcome) -> Vec<Effect> {
    state.surveying = None;
    let mut effects = Vec::new();
    // A folder that cannot be read now is told by the build; the last look stands.
    if let Outcome::Surveyed(found) = outcome
        && state.survey.as_ref() != Some(&found)
    {
        state.survey = Some(found);
        effects.extend(analyse(state));
    }
    if std::mem::take(&mut state.survey_again) {
        effects.extend(survey(state, shared));
    }
    effects
}

/// What to ask about the next build.
pub fn question(state: &State) -> Option<Question> {
    let survey = state.survey.as_ref().filter(|_| !state.ledger.is_empty())?;
    let (ledger, survey) = (state.ledger.clone(), survey.clone());
    Some(Question { ledger, survey, request: work::request(state) })
}

/// What the editor's frame says: `↻ 3 of 7 again, 32 s`.
pub fn legend(state: &State, theme: &Theme) -> Option<String> {
    let plan = &state.outlook.as_ref().filter(|outlook| outlook.plan.needed > 0)?.plan;
    let sign = theme.sign("↻", "^");
    let more = if plan.more { "+" } else { "" };
    let time = if plan.millis > 0 { format!(", {}{more}", seconds(plan.millis)) } else { String::new() };
    Some(match (plan.again, plan.perhaps) {
        (0, 0) => "all cached".to_owned(),
        (again, 0) => format!("{sign} {again} of {} again{time}", plan.needed),
        (again, perhaps) => format!("{sign} {again} of {} again{time}, ? {perhaps}", plan.needed),
    })
}

/// The same where there is little room: `↻ 3/7`.
pub fn short_legend(state: &State, theme: &Theme) -> Option<String> {
    let plan = &state.outlook.as_ref().filter(|outlook| outlook.plan.needed > 0)?.plan;
    (plan.again > 0).then(|| format!("{} {}/{}", theme.sign("↻", "^"), plan.again, plan.needed))
}

/// Why the instruction under the cursor runs again, with its sign.
pub fn reason(state: &State, theme: &Theme) -> Option<(String, Role)> {
    let file = state.file();
    let outlook = state.outlook.as_ref().filter(|_| file.path == "Dockerfile")?;
    let instruction = outlook.instruction_at(file.editor.cursor())?;
    let mut planned = outlook.steps_of(instruction).filter_map(|at| outlook.plan.steps.get(at));
    let said = planned.rfind(|planned| !planned.why.is_empty())?;
    let (sign, role) = cost::sign(said.verdict, theme.ascii);
    Some((format!("{sign} {}", sanitise::plain(&said.why)), role))
}

/// The tab that tells the plan.
pub fn lines(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let note = |text: &str| vec![Line::styled(text.to_owned(), theme.style(Role::Muted))];
    let Some(outlook) = &state.outlook else {
        return note("After a build this says, while you type, what the next one runs again and why");
    };
    let words = outlook.plan.words();
    let mut letters = words.chars();
    let words: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let key = keymap::key_of(Action::WhatIf).unwrap_or_default();
    let hint = if columns >= 90 { "what if a file changes?" } else { "what if?" };
    let mut out = vec![Line::from(vec![
        Span::styled(words, theme.style(Role::Strong)),
        Span::styled(format!("   {key} {hint}"), theme.style(Role::Key)),
    ])];
    let index = LineIndex::new(&outlook.file().source);
    for (step, planned) in outlook.recipe.steps.iter().zip(&outlook.plan.steps) {
        let line = outlook.file().instructions.get(step.instruction).map(|i| index.line(i.span.start));
        out.push(row(step, planned, line, theme, columns));
    }
    out
}

/// One step: sign, time, line, words, reason.
pub fn row(
    step: &Step,
    planned: &Planned,
    line: Option<usize>,
    theme: &Theme,
    columns: usize,
) -> Line<'static> {
    let (sign, role) = cost::sign(planned.verdict, theme.ascii);
    let time =
        planned.millis.filter(|_| planned.verdict != Verdict::NotNeeded).map(seconds).unwrap_or_default();
    let line = line.map(|line| line.to_string()).unwrap_or_default();
    let words = sanitise::plain(&step.words);
    let words = if step.trigger { format!("ONBUILD {words}") } else { words.into_owned() };
    let room = columns.saturating_sub(19);
    let why = sanitise::plain(&planned.why).into_owned();
    // The reason is what people look for: the words give way to it, down to a third.
    let wanted = fit::width(&why) + 2;
    let left = room.saturating_sub(wanted).max(room / 3).min(room);
    let left = if why.is_empty() { room } else { left.min(fit::width(&words).max(room / 3)) };
    let text = if planned.verdict == Verdict::Again { Role::Text } else { Role::Muted };
    Line::from(vec![
        Span::styled(format!("{sign} "), theme.style(role)),
        Span::styled(format!("{time:>10} "), theme.style(Role::Muted)),
        Span::styled(format!("{line:>4}  "), theme.style(Role::LineNumber)),
        Span::styled(fit::pad(&words, left), theme.style(text)),
        Span::styled(format!("  {}", fit::cut(&why, room.saturating_sub(left + 2))), theme.style(role)),
    ])
}

/// Opens the list of files, to see what would follow if one changed.
pub fn what_if(state: &State, shared: &mut Shared) -> Option<Popup> {
    let Some(outlook) = &state.outlook else {
        shared.say(Tone::Plain, "Build once (F2); then this says what a changed file would cost");
        return None;
    };
    let outlook: &Arc<Outlook> = outlook;
    let files = outlook.files();
    if files.is_empty() {
        shared.say(Tone::Plain, "No file reaches the builder");
        return None;
    }
    let first = state.file().path.clone();
    Some(Popup::WhatIf(whatif::State::new(outlook.clone(), files, &first)))
}
