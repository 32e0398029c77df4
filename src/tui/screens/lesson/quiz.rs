//! A question on the page: what was chosen or typed, whether it is right, and how it reads.

use super::page::{Builder, Spot};
use crate::course::model::{Quiz, QuizKind};
use crate::store::progress::QuizProgress;
use crate::tui::theme::Role;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::markdown::{Cached, Document, Line, Look, Run, wrapped};
use std::collections::BTreeSet;

/// Wrong answers after which the right one may be shown.
const TRIES: u32 = 2;

/// A question and how far its answer has come.
#[derive(Debug, Clone)]
pub struct Card {
    /// The question.
    pub quiz: Quiz,
    question: Cached,
    explanation: Cached,
    chosen: BTreeSet<usize>,
    /// The typed answer.
    pub input: Input,
    /// What the last answer was worth; `None` before it, and while another is put together.
    pub verdict: Option<bool>,
    wrong: u32,
    revealed: bool,
}

/// An answer that was given, in the notation that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Options as `0,2`, or the text as typed.
    pub answer: String,
    /// Whether it is right.
    pub correct: bool,
}

impl Card {
    /// The question as the learner left it.
    pub fn new(quiz: Quiz, kept: Option<&QuizProgress>) -> Self {
        let mut card = Self {
            question: Cached::new(&quiz.question),
            explanation: Cached::new(&quiz.explanation),
            quiz,
            chosen: BTreeSet::new(),
            input: Input::default(),
            verdict: None,
            wrong: 0,
            revealed: false,
        };
        if let Some(kept) = kept {
            match &card.quiz.kind {
                QuizKind::Choice { options, .. } => {
                    let indices = kept.answer.split(',').filter_map(|part| part.parse().ok());
                    card.chosen = indices.filter(|index| *index < options.len()).collect();
                }
                QuizKind::Text { .. } => card.input.insert(&kept.answer),
            }
            // Judged anew: the question may have changed since.
            card.verdict = Some(card.is_right());
            card.wrong = kept.tries.saturating_sub(u32::from(kept.correct));
        }
        card
    }

    /// Whether several options may be chosen.
    pub fn multiple(&self) -> bool {
        matches!(self.quiz.kind, QuizKind::Choice { multiple: true, .. })
    }

    /// How many options there are.
    pub fn options(&self) -> usize {
        match &self.quiz.kind {
            QuizKind::Choice { options, .. } => options.len(),
            QuizKind::Text { .. } => 0,
        }
    }

    /// Whether nothing is left to answer.
    pub fn settled(&self) -> bool {
        self.verdict == Some(true) || self.revealed
    }

    /// Chooses an option. Where only one may be chosen that is the answer.
    pub fn choose(&mut self, index: usize) -> Option<Answered> {
        if self.settled() || index >= self.options() {
            return None;
        }
        if self.multiple() {
            if !self.chosen.remove(&index) {
                self.chosen.insert(index);
            }
            self.verdict = None;
            return None;
        }
        self.chosen = BTreeSet::from([index]);
        self.submit()
    }

    /// Takes what was chosen or typed as the answer; nothing chosen is none.
    pub fn submit(&mut self) -> Option<Answered> {
        let empty = self.chosen.is_empty() && self.input.text().trim().is_empty();
        if self.settled() || empty {
            return None;
        }
        let correct = self.is_right();
        self.verdict = Some(correct);
        self.wrong += u32::from(!correct);
        let answer = match self.quiz.kind {
            QuizKind::Choice { .. } => Quiz::notation(&self.chosen),
            QuizKind::Text { .. } => self.input.text().to_owned(),
        };
        Some(Answered { answer, correct })
    }

    /// Whether the right answer may be shown without having been found.
    pub fn may_reveal(&self) -> bool {
        !self.settled() && self.wrong >= TRIES
    }

    /// Shows the right answer.
    pub fn reveal(&mut self) {
        self.revealed |= self.may_reveal();
    }

    fn is_right(&self) -> bool {
        match self.quiz.kind {
            QuizKind::Choice { .. } => self.quiz.is_right_choice(&self.chosen),
            QuizKind::Text { .. } => self.quiz.is_right_text(self.input.text()),
        }
    }

    /// Adds the card to a page.
    pub fn lay_out(&self, part: usize, page: &mut Builder) {
        let title = match &self.quiz.kind {
            QuizKind::Choice { multiple: true, .. } => "Question: choose all that are right",
            QuizKind::Choice { multiple: false, .. } => "Question: choose one",
            QuizKind::Text { .. } => "Question: type the answer",
        };
        let role = match self.verdict {
            Some(true) => Role::Success,
            _ => Role::Heading,
        };
        page.open_box(title, role);
        page.document(&self.question);
        page.blank();
        match &self.quiz.kind {
            QuizKind::Choice { .. } => self.lay_out_options(part, page),
            QuizKind::Text { answers } => {
                page.field(self.input.text(), Spot::Answer(part));
                if self.revealed {
                    let answer = answers.first().map(String::as_str).unwrap_or_default();
                    page.text(&[Run::new("The answer: ", muted()), safe(answer, Role::Success)]);
                } else if self.verdict.is_none() {
                    page.text(&[Run::new("Enter checks it.", muted())]);
                }
            }
        }
        self.lay_out_verdict(part, page);
        page.close_box();
    }

    fn lay_out_options(&self, part: usize, page: &mut Builder) {
        let QuizKind::Choice { options, multiple } = &self.quiz.kind else { return };
        for (index, option) in options.iter().enumerate() {
            let chosen = self.chosen.contains(&index);
            let judged = self.settled() || (chosen && self.verdict.is_some());
            let box_ = match (multiple, chosen) {
                (true, true) => "[x] ",
                (true, false) => "[ ] ",
                (false, true) => page.sign("(•) ", "(*) "),
                (false, false) => "( ) ",
            };
            let role = match (judged, chosen, option.correct) {
                (true, _, true) => Role::Success,
                (true, true, false) => Role::Error,
                _ => Role::Text,
            };
            let number = Run::new(format!("{} ", index + 1), muted());
            let mut runs = vec![number, Run::new(box_, Look::of(role))];
            runs.extend(Document::inline(&option.text).into_iter().map(unlinked));
            page.option(&runs, 6, Spot::Choice { part, index });
            if judged && (self.settled() || chosen) {
                let (sign, word) = if option.correct {
                    (page.sign("✓ ", "+ "), "Right. ")
                } else {
                    (page.sign("✗ ", "x "), "Wrong. ")
                };
                let role = if option.correct { Role::Success } else { Role::Error };
                let mut runs = vec![Run::new(sign, Look::of(role)), Run::new(word, Look::of(role))];
                runs.extend(Document::inline(&option.why).into_iter().map(unlinked));
                page.indented(&runs, 6);
            }
        }
        if *multiple && !self.settled() {
            page.blank();
            page.button("Check the answer", Spot::Submit(part));
        }
    }

    fn lay_out_verdict(&self, part: usize, page: &mut Builder) {
        match self.verdict {
            Some(true) => {
                page.blank();
                page.text(&[Run::new(page.sign("✓ Right.", "+ Right."), strong(Role::Success))]);
            }
            Some(false) if !self.revealed => {
                page.blank();
                let again =
                    if self.multiple() { "Not yet: some are missing or wrong. " } else { "Not yet. " };
                page.text(&[
                    Run::new(page.sign("✗ ", "x "), strong(Role::Error)),
                    Run::new(again, strong(Role::Error)),
                    Run::new("Try again.", Look::of(Role::Text)),
                ]);
            }
            _ => {}
        }
        if self.may_reveal() {
            page.button("Show the answer", Spot::Reveal(part));
        }
        if self.settled() && !self.quiz.explanation.trim().is_empty() {
            page.blank();
            page.document(&self.explanation);
        }
    }
}

fn muted() -> Look {
    Look::of(Role::Muted)
}

fn strong(role: Role) -> Look {
    Look { strong: true, ..Look::of(role) }
}

fn safe(text: &str, role: Role) -> Run {
    Run::new(crate::text::sanitise::plain(text), Look::of(role))
}

/// Options and reasons are no place for links: a press chooses.
fn unlinked(run: Run) -> Run {
    Run { link: None, ..run }
}

/// Lines of `runs` behind `indent` blanks, the first without them.
pub(super) fn hanging(runs: &[Run], indent: usize, width: u16) -> Vec<Line> {
    let narrow = width.saturating_sub(u16::try_from(indent).unwrap_or(0)).max(1);
    // The first line is longer: wrap the marker alone, then put it before.
    let mut marker = Vec::new();
    let mut rest = Vec::new();
    let mut used = 0;
    for run in runs {
        if used < indent && rest.is_empty() {
            used += crate::tui::widgets::markdown::width(&run.text);
            marker.push(run.clone());
        } else {
            rest.push(run.clone());
        }
    }
    let mut lines = wrapped(&rest, narrow);
    for (index, line) in lines.iter_mut().enumerate() {
        let before = if index == 0 {
            marker.clone()
        } else {
            vec![Run::new(" ".repeat(indent), Look::of(Role::Text))]
        };
        line.runs.splice(0..0, before);
    }
    lines
}
