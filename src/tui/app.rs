//! The whole state and how it changes: [`update`] takes a [`Msg`] and answers with what the runtime
//! shall do. No I/O, no clock; [`view`] draws and decides nothing.
//!
//! | piece | holds |
//! | --- | --- |
//! | [`Shared`] | what every screen may read and change: theme, course, progress, engine, jobs |
//! | [`Screen`] | where the learner is; screens below it wait as they were left |
//! | `seated` | what a seat in a workshop adds |
//! | `input` | whose a key, a paste or a click is |
//! | `board` | the board of a workshop, wherever it lies among the screens |
//! | `away` | workbenches that were left while something goes on in them |
//! | [`Popup`] | what lies over the screen: one stack, the top has the keys |

mod away;
mod board;
mod go;
mod input;
mod popup;
mod reload;
mod seated;
mod view;

pub use popup::Popup;
pub use view::view;

use super::keymap::{Action, Context};
use super::message::{Effect, Msg, Tone};
use super::screens::{
    board as workshop, dialog, ecr, help, home, image, lesson, page, palette, setup, workbench,
};
use super::settings::Settings;
use super::theme::Theme;
use super::widgets::toast::Toast;
use super::workshop::Seated;
use crate::course::model::Course;
use crate::engine::{EngineInfo, Tried};
use crate::jobs::ecr::Registry;
use crate::jobs::{Job, JobEvent, JobId, Outcome};
use crate::store::progress::{Place, Progress};
use crate::workshop::room::Page;
use ratatui::layout::Rect;
use std::collections::VecDeque;
use std::sync::Arc;

/// What is known about the container engine.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Engine {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// Somebody is looking.
    Looking,
    /// It answers.
    Here(EngineInfo),
    /// None answers; what was tried.
    Missing(Vec<Tried>),
}

impl Engine {
    /// Whether builds can be started.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }
}

/// What every screen may read and change.
#[derive(Debug, Default)]
pub struct Shared {
    /// Colours and signs.
    pub theme: Theme,
    /// The learner's choices.
    pub settings: Settings,
    /// The course; empty until it has been read.
    pub course: Arc<Course>,
    /// Progress in it.
    pub progress: Progress,
    /// The engine.
    pub engine: Engine,
    /// Milliseconds since the start, as of the last message.
    pub now: u64,
    /// The terminal.
    pub size: (u16, u16),
    /// What is said in passing.
    pub toasts: Vec<Toast>,
    /// The registry that was chosen last.
    pub registry: Registry,
    /// The seat in a workshop.
    pub seat: Option<Box<Seated>>,
    /// Who says it, when that is not what is on the screen.
    pub speaker: Option<String>,
    /// The page that was shown last to those who follow, while they follow what is read here.
    pub follow_me: Option<Option<Page>>,
    connect: Option<JobId>,
    last_job: u64,
    queue: VecDeque<Msg>,
}

impl Shared {
    /// Handles `msg` after the one that is being handled.
    pub fn post(&mut self, msg: Msg) {
        self.queue.push_back(msg);
    }

    /// Says something in passing.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let text = match &self.speaker {
            Some(speaker) => format!("{speaker}: {}", text.into()),
            None => text.into(),
        };
        self.toasts.push(Toast::new(tone, text, self.now));
        if self.toasts.len() > 3 {
            self.toasts.remove(0);
        }
    }

    /// A new id and the effect that starts `job` under it.
    pub fn start(&mut self, job: Job) -> (JobId, Effect) {
        self.last_job += 1;
        let id = JobId(self.last_job);
        (id, Effect::Start(id, Box::new(job)))
    }

    /// Looks for an engine, unless somebody is looking already.
    pub fn connect(&mut self) -> Option<Effect> {
        if self.connect.is_some() {
            return None;
        }
        let (id, effect) = self.start(Job::Connect);
        self.connect = Some(id);
        if !self.engine.is_here() {
            self.engine = Engine::Looking;
        }
        Some(effect)
    }

    /// The whole terminal as a rectangle.
    pub fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }
}

/// Where the learner is.
#[derive(Debug)]
pub enum Screen {
    /// The course map.
    Home(home::State),
    /// A lesson.
    Lesson(Box<lesson::State>),
    /// An exercise, an example or a scratch file.
    Workbench(Box<workbench::State>),
    /// What the machine has.
    Setup(setup::State),
    /// An image, explored.
    Image(Box<image::State>),
    /// A registry.
    Ecr(Box<ecr::State>),
    /// The board of a workshop.
    Board(Box<workshop::State>),
}

/// All of it.
#[derive(Debug)]
pub struct Model {
    /// What every screen may use.
    pub shared: Shared,
    /// The screen that is shown.
    pub screen: Screen,
    /// Screens below it, the course map first.
    pub below: Vec<Screen>,
    /// Workbenches that were left at work.
    pub away: Vec<Box<workbench::State>>,
    /// The registry's screen, when it was left at work.
    pub registry: Option<Box<ecr::State>>,
    /// What lies over it, topmost last.
    pub popups: Vec<Popup>,
    /// Where to go once course and progress are there.
    pending: Option<Place>,
    /// An exercise that the command line named.
    pub open_first: Option<String>,
    course_read: bool,
    quitting: bool,
}

impl Model {
    /// The state at the start.
    pub fn new(theme: Theme, settings: Settings, size: (u16, u16)) -> Self {
        let shared = Shared { theme, settings, size, ..Shared::default() };
        Self {
            shared,
            screen: Screen::Home(home::State::default()),
            below: Vec::new(),
            away: Vec::new(),
            registry: None,
            popups: Vec::new(),
            pending: None,
            open_first: None,
            course_read: false,
            quitting: false,
        }
    }

    /// How long until something on the screen changes by itself, in milliseconds; `None` when
    /// nothing does, and then nothing ticks.
    pub fn next_tick(&self) -> Option<u64> {
        let spinning = self.is_busy();
        if spinning {
            // A still screen shows seconds that pass, not a spinner.
            return Some(if self.shared.settings.still { 1_000 } else { 100 });
        }
        let now = self.shared.now;
        let seat = self.shared.seat.as_ref().and_then(|seat| seat.next_tick(now, false));
        let board = match &self.screen {
            Screen::Board(state) => state.next_tick(now),
            _ => None,
        };
        self.shared.toasts.iter().map(|toast| toast.left(now)).chain(seat).chain(board).min()
    }

    /// Whether something runs on the screen.
    fn is_busy(&self) -> bool {
        match &self.screen {
            Screen::Workbench(state) => state.is_busy(),
            Screen::Setup(state) => state.is_busy(),
            Screen::Image(state) => state.is_busy(),
            Screen::Ecr(state) => state.is_busy(),
            Screen::Home(_) | Screen::Lesson(_) | Screen::Board(_) => false,
        }
    }

    /// The contexts whose keys mean something now, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        if let Some(popup) = self.popups.last() {
            return vec![popup.context()];
        }
        let mut contexts = match &self.screen {
            Screen::Home(_) => vec![Context::Home, Context::Global],
            Screen::Setup(_) => vec![Context::Setup, Context::Global],
            Screen::Lesson(_) => vec![Context::Lesson, Context::Global],
            Screen::Image(_) => vec![Context::Image, Context::Global],
            Screen::Ecr(state) => state.contexts(),
            Screen::Board(state) => state.contexts(),
            Screen::Workbench(state) => state.contexts(),
        };
        contexts.extend(self.shared.seat.as_ref().map(|_| Context::Room));
        contexts
    }
}

/// The state after `msg`, and what the runtime shall do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let touched = seated::is_touch(&msg);
    let mut effects = handle(model, msg);
    while let Some(msg) = model.shared.queue.pop_front() {
        effects.extend(handle(model, msg));
    }
    seated::after(model, touched, &mut effects);
    effects.extend(board::turn_page(model));
    effects
}

fn handle(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            model.shared.now = now;
            model.shared.toasts.retain(|toast| toast.left(now) > 0);
            board::on_tick(model, now);
            Vec::new()
        }
        Msg::Key(key) => input::on_key(model, key),
        Msg::Mouse(mouse) => input::on_mouse(model, mouse),
        Msg::Paste(text) => input::on_paste(model, &text),
        Msg::Resize(width, height) => {
            model.shared.size = (width, height);
            Vec::new()
        }
        Msg::Focus(false) | Msg::Coloured => Vec::new(),
        Msg::Resumed => vec![Effect::Retake],
        Msg::Terminate(_) if board::is_there(model) => {
            model.quitting = true;
            vec![Effect::Quit]
        }
        Msg::Terminate(_) => {
            model.quitting = true;
            vec![Effect::Remember(model.place()), Effect::Quit]
        }
        Msg::Course(course) => {
            model.shared.course = course;
            model.course_read = true;
            go::resume(model)
        }
        Msg::Reloaded(course) => reload::on_reloaded(model, course),
        Msg::Stored(stored) => go::on_stored(model, *stored),
        Msg::Seat(taken) => seated::on_taken(model, *taken),
        Msg::Workshop(heard) => seated::on_heard(model, *heard),
        Msg::Back => {
            seated::back(model);
            Vec::new()
        }
        Msg::Job(event) => on_job(model, event),
        Msg::Saved(id, job) => {
            let waits = away::workbenches(model).any(|state| state.may_start(id));
            if waits { vec![Effect::Start(id, job)] } else { Vec::new() }
        }
        Msg::Workspace(workspace) => go::on_workspace(model, *workspace),
        Msg::StoreFailed(reason) => {
            model.shared.say(Tone::Bad, reason);
            Vec::new()
        }
        Msg::Act(action) => act(model, action),
        Msg::Go(destination) => go::go(model, destination),
        Msg::Stop(id) => away::stop(model, id),
        Msg::Toast(tone, text) => {
            model.shared.say(tone, text);
            Vec::new()
        }
        Msg::Explain(code) => {
            match crate::lint::page(&code) {
                Some(page) => model.popups.push(Popup::Page(page::State::new(page.code, &page.markdown))),
                None => model.shared.say(Tone::Bad, format!("There is no rule {code}")),
            }
            Vec::new()
        }
        Msg::Word(word) => {
            match model.shared.course.word(&word) {
                Some(word) => model.popups.push(Popup::Page(page::State::new(&word.name, &word.text))),
                None => model.shared.say(Tone::Bad, format!("The glossary has no word {word}")),
            }
            Vec::new()
        }
        Msg::Over(popup) => {
            // What comes late must not take keys that are meant for something else.
            if model.popups.is_empty() {
                model.popups.push(*popup);
            }
            Vec::new()
        }
        Msg::Ecr(wish) => {
            let screens = std::iter::once(&mut model.screen).chain(model.below.iter_mut().rev());
            for screen in screens {
                if let Screen::Ecr(state) = screen {
                    return ecr::on_wish(state, &mut model.shared, *wish);
                }
            }
            Vec::new()
        }
        Msg::Clock(now) => board::on_clock(model, now),
        Msg::Heard(heard) => board::on_heard(model, *heard),
        Msg::Lead(change) => vec![Effect::Lead(change)],
        Msg::FollowMe(lesson) => board::follow_me(model, lesson),
        Msg::Leave => {
            model.quitting = true;
            vec![Effect::Quit]
        }
        Msg::File(_)
        | Msg::Touched
        | Msg::Focus(true)
        | Msg::Analysed(_)
        | Msg::ResetConfirmed
        | Msg::Take(_)
        | Msg::Shell(_)
        | Msg::BuildWith(_)
        | Msg::Resolve { .. } => on_workbench(model, msg),
    }
}

/// What belongs to the workbench, wherever it lies in the stack of screens.
fn on_workbench(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match workbench_of(&mut model.screen, &mut model.below) {
        Some(state) => {
            let (effects, popup) = workbench::on_msg(state, &mut model.shared, msg);
            // One question at a time, however often its reason comes up.
            let asked = |new: &Popup| model.popups.iter().any(|open| open.asks_the_same(new));
            if let Some(new) = popup
                && !asked(&new)
            {
                model.popups.push(new);
            }
            effects
        }
        None => Vec::new(),
    }
}

fn workbench_of<'a>(screen: &'a mut Screen, below: &'a mut [Screen]) -> Option<&'a mut workbench::State> {
    std::iter::once(screen).chain(below.iter_mut().rev()).find_map(|screen| match screen {
        Screen::Workbench(state) => Some(&mut **state),
        _ => None,
    })
}

/// Does what a key, a click or the palette asked for.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit if board::is_there(model) => return board::quit(model),
        Action::Quit => {
            model.quitting = true;
            return vec![Effect::Remember(model.place()), Effect::Quit];
        }
        Action::Suspend => return vec![Effect::Suspend],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Palette => {
            let state = palette::State::new(&model.shared, &model.contexts());
            model.popups.push(Popup::Palette(state));
        }
        Action::Jobs => {
            let list = away::list(model);
            model.popups.extend(list.map(Popup::Palette));
        }
        Action::Words => model.popups.push(Popup::Palette(palette::State::words(&model.shared))),
        Action::Rules => model.popups.push(Popup::Palette(palette::State::rules())),
        Action::Help => {
            let contexts = model.contexts();
            model.popups.push(Popup::Help(help::State::new(contexts)));
        }
        Action::CallForHelp | Action::Announcements | Action::Follow => return seated::act(model, action),
        Action::Home => model.shared.post(Msg::Go(super::message::Destination::Home)),
        Action::Setup => model.shared.post(Msg::Go(super::message::Destination::Setup)),
        Action::ExploreImage => {
            let (image, peer) = match &model.screen {
                Screen::Workbench(state) => state.explorable(),
                _ => (None, None),
            };
            model.shared.post(Msg::Go(super::message::Destination::Image { image, peer }));
        }
        Action::Ecr => {
            let built = match &model.screen {
                Screen::Workbench(state) => state.explorable().0,
                _ => None,
            };
            model.shared.post(Msg::Go(super::message::Destination::Ecr(built)));
        }
        Action::NextTheme => {
            model.shared.settings.theme = model.shared.settings.theme.next();
            let name = model.shared.settings.theme.name();
            return change_settings(model, format!("Theme: {name}"));
        }
        Action::ToggleAscii => {
            model.shared.settings.ascii = !model.shared.settings.ascii;
            let ascii = model.shared.settings.ascii;
            let now = if ascii { "ASCII" } else { "drawn" };
            let mut effects = change_settings(model, format!("Borders and signs: {now}"));
            if let Some(state) = workbench_of(&mut model.screen, &mut model.below) {
                state.ascii = ascii;
                effects.extend(workbench::analyse(state));
            }
            return effects;
        }
        Action::ToggleMotion => {
            model.shared.settings.still = !model.shared.settings.still;
            let now = if model.shared.settings.still { "stand still" } else { "move" };
            return change_settings(model, format!("Spinners {now}"));
        }
        Action::ToggleVim => {
            model.shared.settings.vim = !model.shared.settings.vim;
            let now = if model.shared.settings.vim { "on" } else { "off" };
            let vim = model.shared.settings.vim;
            if let Some(state) = workbench_of(&mut model.screen, &mut model.below) {
                state.set_vim(vim);
            }
            return change_settings(model, format!("Vim keys: {now}"));
        }
        other => return act_on_screen(model, other),
    }
    Vec::new()
}

fn act_on_screen(model: &mut Model, action: Action) -> Vec<Effect> {
    let frame = view::Frame::of(&model.shared);
    match &mut model.screen {
        Screen::Home(state) => home::act(state, &mut model.shared, frame.body, action),
        Screen::Setup(_) if action == Action::Back => go::back(model),
        Screen::Setup(state) => setup::act(state, &mut model.shared, action),
        Screen::Image(_) if action == Action::Back => go::back(model),
        Screen::Image(state) => image::act(state, &mut model.shared, frame.body, action),
        Screen::Ecr(state) => match ecr::act(state, &mut model.shared, frame.body, action) {
            Some(effects) => effects,
            None => go::back(model),
        },
        Screen::Board(state) => match workshop::act(state, &mut model.shared, frame.body, action) {
            Some(effects) => effects,
            None => board::quit(model),
        },
        Screen::Lesson(state) => match lesson::act(state, &mut model.shared, frame.body, action) {
            lesson::Then::Do(effects) => effects,
            lesson::Then::Leave => go::back(model),
        },
        Screen::Workbench(state) => match workbench::act(state, &mut model.shared, frame.body, action) {
            workbench::Then::Do(effects) => effects,
            workbench::Then::Ask(popup, effects) => {
                model.popups.push(*popup);
                effects
            }
            workbench::Then::Leave => go::back(model),
        },
    }
}

fn change_settings(model: &mut Model, said: String) -> Vec<Effect> {
    model.shared.settings.apply(&mut model.shared.theme);
    model.shared.say(Tone::Plain, said);
    vec![Effect::RememberSettings(model.shared.settings), Effect::Redraw]
}

fn on_job(model: &mut Model, event: JobEvent) -> Vec<Effect> {
    let id = match &event {
        JobEvent::Progress(id, _) | JobEvent::Finished(id, _) => *id,
    };
    if model.shared.connect == Some(id) {
        if let JobEvent::Finished(_, outcome) = event {
            model.shared.connect = None;
            model.shared.engine = match outcome {
                Outcome::Connected(info) => Engine::Here(info),
                Outcome::NoEngine(tried) => Engine::Missing(tried),
                _ => Engine::Missing(Vec::new()),
            };
        }
        return Vec::new();
    }
    for screen in std::iter::once(&mut model.screen).chain(model.below.iter_mut()) {
        match screen {
            Screen::Setup(state) if state.owns(id) => {
                setup::on_job(state, event);
                return Vec::new();
            }
            Screen::Lesson(state) if state.owns(id) => {
                state.on_job(event);
                return Vec::new();
            }
            Screen::Image(state) if state.owns(id) => {
                return image::on_job(state, &mut model.shared, event);
            }
            Screen::Ecr(state) if state.owns(id) => {
                return ecr::on_job(state, &mut model.shared, event);
            }
            Screen::Workbench(state) if state.owns(id) => {
                return workbench::on_job(state, &mut model.shared, event);
            }
            _ => {}
        }
    }
    // When nobody waits for it any more, nothing comes of it.
    away::on_job(model, id, event)
}

/// A question over whatever is shown.
pub fn ask(model: &mut Model, question: dialog::State) {
    model.popups.push(Popup::Dialog(question));
}

#[cfg(test)]
mod tests;
