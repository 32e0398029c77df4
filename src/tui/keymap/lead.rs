//! What can be done on the board of a workshop, and its keys.

use super::{Action, Binding, Chord, Context};
use crossterm::event::KeyCode;

/// What an instructor can ask for on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lead {
    /// Say something to all.
    Announce,
    /// Go to the next part, or any other.
    Part,
    /// Stop the clock, or let it run again.
    Pause,
    /// More minutes for this part.
    Longer,
    /// Fewer.
    Shorter,
    /// Open the hints of the selected exercise to all.
    Hints,
    /// Open its solution to all.
    Solution,
    /// Choose the lesson that is shown to those who follow.
    Follow,
    /// Read a lesson here, and have those who follow turn the pages.
    FollowMe,
    /// The selected learner's call for help has been dealt with.
    Helped,
    /// Copy the line that learners type to join.
    Join,
    /// Sort the learners another way.
    Sort,
    /// Show only learners who fit what is typed.
    Filter,
    /// The view for a projector.
    Projector,
    /// A recorded workshop goes on, or stands.
    Play,
    /// A minute back.
    Back,
    /// A minute on.
    On,
    /// Ten minutes back.
    BackTen,
    /// Ten minutes on.
    OnTen,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
}

impl Lead {
    /// What the palette and the help call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Announce => "Announce something to all",
            Self::Part => "Go to the next part, or another, or end the workshop",
            Self::Pause => "Stop the clock, or let it run again",
            Self::Longer => "Five minutes more for this part",
            Self::Shorter => "Five minutes fewer for this part",
            Self::Hints => "Open the hints of the selected exercise to all",
            Self::Solution => "Open the solution of the selected exercise to all",
            Self::Follow => "Show a lesson to those who follow, or end that",
            Self::FollowMe => "Follow me: read a lesson, and those who follow turn pages with me",
            Self::Helped => "This call for help has been dealt with",
            Self::Join => "Copy the line that learners type to join",
            Self::Sort => "Sort the learners another way",
            Self::Filter => "Show only learners who fit: a name, a check, stuck, help, failing",
            Self::Projector => "Projector: part, clock and numbers, large, without names",
            Self::Play => "Let the recording go on, or stand",
            Self::Back => "A minute back",
            Self::On => "A minute on",
            Self::BackTen => "Ten minutes back",
            Self::OnTen => "Ten minutes on",
            Self::Faster => "Faster",
            Self::Slower => "Slower",
        }
    }
}

const fn lead(context: Context, chord: Chord, lead: Lead, label: &'static str) -> Binding {
    Binding { context, chord, action: Action::Lead(lead), label }
}

const fn bind(context: Context, chord: Chord, action: Action, label: &'static str) -> Binding {
    Binding { context, chord, action, label }
}

/// The keys of the board. The order inside a context is the order of the key bar.
pub const BINDINGS: &[Binding] = &[
    // A workshop that goes on.
    lead(Context::Lead, Chord::char('a'), Lead::Announce, "announce"),
    lead(Context::Lead, Chord::char('n'), Lead::Part, "next part"),
    lead(Context::Lead, Chord::char(' '), Lead::Pause, "pause"),
    lead(Context::Lead, Chord::char('+'), Lead::Longer, "more time"),
    lead(Context::Lead, Chord::char('d'), Lead::Helped, "helped"),
    lead(Context::Lead, Chord::char('h'), Lead::Hints, "hints"),
    lead(Context::Lead, Chord::char('o'), Lead::Solution, "solution"),
    lead(Context::Lead, Chord::char('f'), Lead::Follow, "follow"),
    lead(Context::Lead, Chord::char('F'), Lead::FollowMe, ""),
    lead(Context::Lead, Chord::char('y'), Lead::Join, ""),
    lead(Context::Lead, Chord::char('-'), Lead::Shorter, ""),
    // Where plus needs Shift.
    lead(Context::Lead, Chord::char('='), Lead::Longer, ""),
    // A recorded one.
    lead(Context::Replay, Chord::char(' '), Lead::Play, "go on, stand"),
    lead(Context::Replay, Chord::char(','), Lead::Back, "-1 min"),
    lead(Context::Replay, Chord::char('.'), Lead::On, "+1 min"),
    lead(Context::Replay, Chord::char('['), Lead::BackTen, "-10 min"),
    lead(Context::Replay, Chord::char(']'), Lead::OnTen, "+10 min"),
    lead(Context::Replay, Chord::char('+'), Lead::Faster, "faster"),
    lead(Context::Replay, Chord::char('-'), Lead::Slower, "slower"),
    lead(Context::Replay, Chord::char('='), Lead::Faster, ""),
    // Both.
    bind(Context::Board, Chord::key(KeyCode::Enter), Action::Accept, "learner"),
    lead(Context::Board, Chord::char('/'), Lead::Filter, "filter"),
    lead(Context::Board, Chord::char('s'), Lead::Sort, "sort"),
    bind(Context::Board, Chord::key(KeyCode::Tab), Action::NextPane, "pane"),
    lead(Context::Board, Chord::char('p'), Lead::Projector, "projector"),
    bind(Context::Board, Chord::char('?'), Action::Help, "help"),
    bind(Context::Board, Chord::char('q'), Action::Quit, "quit"),
    bind(Context::Board, Chord::key(KeyCode::Esc), Action::Back, ""),
    bind(Context::Board, Chord::key(KeyCode::BackTab), Action::NextPane, ""),
    bind(Context::Board, Chord::key(KeyCode::Left), Action::Left, ""),
    bind(Context::Board, Chord::key(KeyCode::Right), Action::Right, ""),
    bind(Context::Board, Chord::key(KeyCode::Up), Action::Up, ""),
    bind(Context::Board, Chord::key(KeyCode::Down), Action::Down, ""),
    bind(Context::Board, Chord::char('k'), Action::Up, ""),
    bind(Context::Board, Chord::char('j'), Action::Down, ""),
    bind(Context::Board, Chord::key(KeyCode::PageUp), Action::PageUp, ""),
    bind(Context::Board, Chord::key(KeyCode::PageDown), Action::PageDown, ""),
    bind(Context::Board, Chord::key(KeyCode::Home), Action::First, ""),
    bind(Context::Board, Chord::key(KeyCode::End), Action::Last, ""),
    bind(Context::Board, Chord::char('g'), Action::First, ""),
    bind(Context::Board, Chord::char('G'), Action::Last, ""),
    bind(Context::Board, Chord::ctrl('c'), Action::Quit, ""),
    bind(Context::Board, Chord::ctrl('z'), Action::Suspend, ""),
    // A learner.
    bind(Context::LearnerDetail, Chord::key(KeyCode::Esc), Action::Back, "back"),
    lead(Context::LearnerDetail, Chord::char('d'), Lead::Helped, "helped"),
    bind(Context::LearnerDetail, Chord::char('q'), Action::Back, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::Enter), Action::Back, ""),
    bind(Context::LearnerDetail, Chord::char('?'), Action::Help, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::Up), Action::Up, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::Down), Action::Down, ""),
    bind(Context::LearnerDetail, Chord::char('k'), Action::Up, ""),
    bind(Context::LearnerDetail, Chord::char('j'), Action::Down, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::PageUp), Action::PageUp, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::PageDown), Action::PageDown, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::Home), Action::First, ""),
    bind(Context::LearnerDetail, Chord::key(KeyCode::End), Action::Last, ""),
    bind(Context::LearnerDetail, Chord::ctrl('c'), Action::Back, ""),
    // The projector.
    lead(Context::Projector, Chord::char('p'), Lead::Projector, "board"),
    bind(Context::Projector, Chord::key(KeyCode::Left), Action::Left, ""),
    bind(Context::Projector, Chord::key(KeyCode::Right), Action::Right, "next exercise"),
    bind(Context::Projector, Chord::key(KeyCode::Esc), Action::Back, ""),
    bind(Context::Projector, Chord::char('q'), Action::Back, ""),
    bind(Context::Projector, Chord::ctrl('c'), Action::Back, ""),
];
