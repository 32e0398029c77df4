//! The lesson reader: a page that scrolls, its table of contents, search, questions and things to
//! try in place.
//!
//! ```text
//! ┌ contents ┐┌ text, at most 84 columns ┐
//! │          ││ prose, questions, try    │   contents: from 110 columns on; below, a popup
//! └──────────┘└──────────────────────────┘
//!   status: search, or where one is and what the focus leads to
//! ```
//!
//! A place in the text is kept as the letters before it, so that it survives any resize.

mod keys;
mod page;
mod press;
mod quiz;
#[cfg(test)]
mod tests;
mod trial;
mod view;

pub use keys::{act, on_key, on_mouse, on_paste, open, page_shown, show_heading};
pub use view::view;

use crate::course::model::{Course, Lesson, QuizKind};
use crate::course::page::{Block, split};
use crate::jobs::{JobEvent, JobId};
use crate::store::progress::{LessonProgress, LessonState, Progress};
use crate::tui::app::Shared;
use crate::tui::message::Effect;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::markdown::{self, Cached};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use page::{Builder, Page, Spot};
use quiz::Card;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use trial::Trial;

/// Widest text: longer lines are hard to read.
const WIDEST: u16 = 84;
/// From this width on, the contents stand beside the text.
const WIDE: u16 = 110;
/// Columns of the contents.
const CONTENTS: u16 = 30;

/// What the reader remembers.
#[derive(Debug)]
pub struct State {
    /// The lesson.
    pub lesson: Lesson,
    parts: Vec<Part>,
    practise: Vec<Practice>,
    next: Option<(String, String)>,
    previous: Option<(String, String)>,
    /// First line shown, at the width it was laid out for.
    scroll: usize,
    laid: u16,
    /// The same place at any width.
    anchor: u64,
    focus: Option<Spot>,
    search: Search,
    /// The selected entry, while the contents lie over a narrow screen.
    contents: Option<usize>,
    cache: RefCell<Option<Laid>>,
}

/// A part of the page.
#[derive(Debug)]
enum Part {
    Text(Cached),
    Quiz(Box<Card>),
    Try(Box<Trial>),
}

/// An exercise that the lesson leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Practice {
    id: String,
    label: String,
    passed: bool,
}

#[derive(Debug, Default)]
struct Search {
    input: Input,
    typing: bool,
    current: Option<usize>,
}

/// The page as it was laid out last, with what search found on it.
#[derive(Debug, Clone)]
struct Laid {
    width: u16,
    ascii: bool,
    query: String,
    page: Arc<Page>,
    found: Arc<Vec<(usize, Range<u16>)>>,
}

/// What comes of an action.
#[derive(Debug)]
pub enum Then {
    /// Do this.
    Do(Vec<Effect>),
    /// Go back to the screen below.
    Leave,
}

impl State {
    /// A lesson, where the learner left it.
    pub fn new(lesson: &Lesson, course: &Course, progress: &Progress) -> Self {
        let (intro, body) = intro(lesson);
        let body = Lesson { body: body.to_owned(), ..lesson.clone() };
        let mut parts = vec![Part::Text(Cached::new(&intro))];
        for block in split(&body).blocks {
            parts.push(match block {
                Block::Markdown { text, .. } => Part::Text(Cached::new(&text)),
                Block::Quiz(quiz) => {
                    let kept = progress.quizzes.get(&quiz.id);
                    Part::Quiz(Box::new(Card::new(quiz, kept)))
                }
                Block::Try(block) => Part::Try(Box::new(Trial::new(block))),
            });
        }
        let pages = if lesson.is_reference() { &course.reference } else { &course.lessons };
        let at = pages.iter().position(|other| other.slug == lesson.slug);
        let beside =
            |at: Option<usize>| at.and_then(|at| pages.get(at)).map(|l| (l.slug.clone(), l.title.clone()));
        let kept = progress.lessons.get(&lesson.slug).copied().unwrap_or_default();
        Self {
            parts,
            practise: practise(lesson, course, progress),
            next: beside(at.map(|at| at + 1)),
            previous: beside(at.and_then(|at| at.checked_sub(1))),
            lesson: lesson.clone(),
            scroll: 0,
            laid: 0,
            anchor: kept.scroll,
            focus: None,
            search: Search::default(),
            contents: None,
            cache: RefCell::default(),
        }
    }

    /// The lesson as its author has it now, at the same place.
    pub fn renewed(&self, lesson: &Lesson, course: &Course, progress: &Progress) -> Self {
        Self { anchor: self.anchor, ..Self::new(lesson, course, progress) }
    }

    /// What the header calls it.
    pub fn title(&self) -> String {
        if self.lesson.is_reference() {
            return format!("Reference · {}", crate::text::sanitise::plain(&self.lesson.title));
        }
        format!("Lesson {} · {}", self.lesson.number, crate::text::sanitise::plain(&self.lesson.title))
    }

    /// What the header counts: questions answered.
    pub fn counts(&self) -> Vec<String> {
        let cards: Vec<&Card> = self.cards().collect();
        if cards.is_empty() {
            return Vec::new();
        }
        let right = cards.iter().filter(|card| card.verdict == Some(true)).count();
        vec![format!("questions {right}/{}", cards.len())]
    }

    /// Where in the lesson one is, for the place that is kept.
    pub fn position(&self) -> u64 {
        self.anchor
    }

    /// Takes up what changed on other screens: exercises passed meanwhile.
    pub fn refresh(&mut self, shared: &Shared) {
        self.practise = practise(&self.lesson, &shared.course, &shared.progress);
        self.cache.take();
    }

    /// Whether `key` goes to what is being typed or pressed, before any binding is looked up.
    pub fn takes_first(&self, key: &KeyEvent) -> bool {
        let held = key.modifiers - KeyModifiers::SHIFT;
        if self.search.typing {
            return held.is_empty() || matches!(key.code, KeyCode::Char('u' | 'w'));
        }
        match &self.focus {
            Some(Spot::Answer(_)) => match key.code {
                KeyCode::Char(c) => held.is_empty() || matches!(c, 'u' | 'w'),
                KeyCode::Backspace | KeyCode::Delete | KeyCode::Enter => true,
                KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End => held.is_empty(),
                _ => false,
            },
            Some(_) => key.code == KeyCode::Char(' ') && held.is_empty(),
            None => false,
        }
    }

    /// Whether a search or an answer is being typed.
    pub fn is_typing(&self) -> bool {
        self.search.typing || matches!(self.focus, Some(Spot::Answer(_)))
    }

    /// Whether commands of this lesson run under `id`.
    pub fn owns(&self, id: JobId) -> bool {
        self.trials().any(|trial| trial.running() == Some(id))
    }

    /// What a job of this lesson says.
    pub fn on_job(&mut self, event: JobEvent) {
        let id = match &event {
            JobEvent::Progress(id, _) | JobEvent::Finished(id, _) => *id,
        };
        let parts = self.parts.iter_mut().enumerate();
        let mut trials = parts.filter_map(|(at, p)| if let Part::Try(t) = p { Some((at, t)) } else { None });
        if let Some((part, trial)) = trials.find(|(_, trial)| trial.running() == Some(id)) {
            match event {
                JobEvent::Progress(_, progress) => trial.note(progress),
                JobEvent::Finished(_, outcome) => {
                    trial.end(outcome);
                    // What stood under the focus is gone: there is nothing to stop any more.
                    if self.focus == Some(Spot::Stop(part)) {
                        self.focus = Some(Spot::Try(part));
                    }
                }
            }
            self.cache.take();
        }
    }

    /// What has to end with the lesson.
    pub fn close(&self) -> Vec<Effect> {
        self.trials().filter_map(Trial::running).map(Effect::Cancel).collect()
    }

    fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.parts.iter().filter_map(|part| if let Part::Try(trial) = part { Some(&**trial) } else { None })
    }

    fn trial(&mut self, part: usize) -> Option<&mut Trial> {
        match self.parts.get_mut(part) {
            Some(Part::Try(trial)) => Some(trial),
            _ => None,
        }
    }

    fn cards(&self) -> impl Iterator<Item = &Card> {
        self.parts.iter().filter_map(|part| if let Part::Quiz(card) = part { Some(&**card) } else { None })
    }

    fn card(&mut self, part: usize) -> Option<&mut Card> {
        match self.parts.get_mut(part) {
            Some(Part::Quiz(card)) => Some(card),
            _ => None,
        }
    }

    /// The page at a width, laid out anew only when something changed.
    fn laid_out(&self, width: u16, ascii: bool) -> Laid {
        let query = self.search.input.text();
        let mut cache = self.cache.borrow_mut();
        if let Some(laid) = &mut *cache
            && (laid.width, laid.ascii) == (width, ascii)
        {
            if laid.query != query {
                laid.found = Arc::new(markdown::search(&laid.page.layout, query));
                query.clone_into(&mut laid.query);
            }
            return laid.clone();
        }
        let page = Arc::new(self.lay_out(width, ascii));
        let found = Arc::new(markdown::search(&page.layout, query));
        let laid = Laid { width, ascii, query: query.to_owned(), page, found };
        *cache = Some(laid.clone());
        laid
    }

    fn lay_out(&self, width: u16, ascii: bool) -> Page {
        let mut page = Builder::new(width, ascii);
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(document) => {
                    page.gap();
                    page.document(document);
                }
                Part::Quiz(card) => card.lay_out(index, &mut page),
                Part::Try(trial) => trial.lay_out(index, &mut page),
            }
        }
        self.lay_out_end(&mut page);
        page.finish()
    }

    fn lay_out_end(&self, page: &mut Builder) {
        if !self.practise.is_empty() {
            page.gap();
            page.document(&Cached::new("## Practise"));
            for practice in &self.practise {
                let sign = if practice.passed { page.sign("✓ ", "passed: ") } else { "" };
                page.button(&format!("{sign}{}", practice.label), Spot::Exercise(practice.id.clone()));
            }
        }
        page.gap();
        page.document(&Cached::new("---"));
        let (back, on) = (page.sign("◂ ", "< "), page.sign(" ▸", " >"));
        if let Some((slug, title)) = &self.next {
            page.button(&format!("Next: {title}{on}"), Spot::Lesson(slug.clone()));
        }
        if let Some((slug, title)) = &self.previous {
            page.button(&format!("{back}Before: {title}"), Spot::Lesson(slug.clone()));
        }
    }

    /// First line shown at a width, when the text has `rows` rows.
    fn top(&self, laid: &Laid, rows: usize) -> usize {
        let last = laid.page.layout.lines.len().saturating_sub(rows);
        let top = if laid.width == self.laid { self.scroll } else { laid.page.line_of(self.anchor) };
        top.min(last)
    }
}

/// What stands above the text: its title and what one learns; and the text without its title.
fn intro(lesson: &Lesson) -> (String, &str) {
    let body = lesson.body.trim_start_matches('\n');
    let (title, body) = match body.split_once('\n') {
        Some((first, rest)) if first.starts_with("# ") => (first.to_owned(), rest),
        _ => (format!("# {}", lesson.title.replace('\n', " ")), lesson.body.as_str()),
    };
    let mut text = title;
    if !lesson.objectives.is_empty() {
        text.push_str(&format!("\n\nIn about {} minutes you will be able to\n\n", lesson.minutes.max(1)));
        for objective in &lesson.objectives {
            text.push_str(&format!("- {}\n", objective.replace('\n', " ")));
        }
    }
    (text, body)
}

fn practise(lesson: &Lesson, course: &Course, progress: &Progress) -> Vec<Practice> {
    let known = course.exercises.iter().filter(|e| lesson.exercises.contains(&e.id));
    known
        .map(|exercise| Practice {
            id: exercise.id.clone(),
            label: format!(
                "{} ({} min): {}",
                super::home::name_of(&exercise.id),
                exercise.minutes,
                crate::text::sanitise::plain(&exercise.title)
            ),
            passed: progress.exercises.get(&exercise.id).is_some_and(|e| e.passed),
        })
        .collect()
}

/// Where the parts of the reader are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    contents: Option<Rect>,
    text: Rect,
    status: Rect,
}

impl Places {
    fn of(body: Rect) -> Self {
        let height = body.height.saturating_sub(1);
        let status = Rect { y: body.y + height, height: body.height.min(1), ..body };
        let left = if body.width >= WIDE { CONTENTS } else { 0 };
        let room = body.width.saturating_sub(left);
        let width = room.saturating_sub(4).min(WIDEST);
        let x = body.x + left + (room - width) / 2;
        Self {
            contents: (left > 0).then_some(Rect { width: left, height, ..body }),
            text: Rect { x, width, height, ..body },
            status,
        }
    }

    fn rows(&self) -> usize {
        usize::from(self.text.height)
    }
}

/// Keeps in memory and on disk how far the lesson has been read; nothing when nothing changed.
fn remember(state: &mut State, shared: &mut Shared, at_end: bool) -> Vec<Effect> {
    let before = shared.progress.lessons.get(&state.lesson.slug).copied().unwrap_or_default();
    let reached = if at_end { LessonState::Read } else { LessonState::Begun };
    let now = LessonProgress { state: before.state.max(reached), scroll: state.anchor };
    if now == before {
        return Vec::new();
    }
    shared.progress.lessons.insert(state.lesson.slug.clone(), now);
    vec![Effect::RememberLesson(state.lesson.slug.clone(), now)]
}

/// Whether a question is one to type an answer to.
fn is_typed(card: &Card) -> bool {
    matches!(card.quiz.kind, QuizKind::Text { .. })
}
