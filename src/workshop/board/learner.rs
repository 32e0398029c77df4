//! One learner: what the events come to, taken in the order of their numbers.

use crate::workshop::event::{SharedFile, What, Where};
use crate::workshop::record::Told;
use crate::workshop::room::Room;
use std::collections::{BTreeMap, HashMap};

/// Most events of a learner that wait for one before them. Those with the highest numbers go first; the learner
/// sends them again, as nobody said that they were recorded.
pub const MAX_WAITING: usize = 400;
/// Most bytes of files in events that wait.
const MAX_WAITING_BYTES: usize = 512 * 1024;
/// Stands for checks that the record's head does not name.
const OTHER: u16 = u16::MAX;

/// How far a learner is with an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not opened yet.
    #[default]
    NotBegun,
    /// Opened, and not graded yet.
    Started,
    /// The last grading falls short.
    Failing,
    /// Passed, once and for all.
    Passed,
}

impl State {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotBegun => "not begun",
            Self::Started => "started",
            Self::Failing => "failing",
            Self::Passed => "passed",
        }
    }
}

/// A learner and an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// How far.
    pub state: State,
    /// Gradings up to the one that passed.
    pub attempts: u32,
    /// Most points that were reached.
    pub points: u32,
    /// Points there are; 0 before the first grading.
    pub of: u32,
    /// Hints that were opened.
    pub hints: u32,
    /// Checks that the last grading could not run.
    pub not_run: u16,
    /// Checks that failed in the last grading, with the moment (the host's clock) since when they do, without a
    /// grading between that did not fail them; see [`super::Board::check`].
    pub failing: Vec<(u16, i64)>,
}

/// A call for help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The number of the event.
    pub seq: u64,
    /// When the host took it.
    pub at: i64,
    /// The exercise it is about.
    pub exercise: Option<String>,
    /// What the learner says.
    pub says: String,
    /// Files that are shown with it.
    pub files: Vec<SharedFile>,
    /// Files that were shown and are not kept, because there are too many of all learners.
    pub not_kept: usize,
}

/// Somebody on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learner {
    /// The key that the server vouches for.
    pub key: String,
    /// What the learner wants to be called; two may have one name.
    pub name: String,
    /// Where; `None` before that was said.
    pub place: Option<Where>,
    /// Whether the learner takes part: joined, and did not leave since.
    pub here: bool,
    /// One for each exercise of the board.
    pub cells: Box<[Cell]>,
    /// Since when nothing is done, by the host's clock.
    pub idle: Option<i64>,
    /// The exercise that was worked on last.
    pub current: Option<usize>,
    /// The call for help that nobody has dealt with.
    pub help: Option<Box<Help>>,
    /// Calls for help so far.
    pub calls: u32,
    /// When the host last took something, in milliseconds since 1970.
    pub heard: i64,
    /// The highest number whose parcel named the learner so.
    named: u64,
    /// The number of the next event.
    next: u64,
    /// Events that came too early.
    waiting: BTreeMap<u64, (i64, What)>,
}

/// What a learner's events are held against.
pub(super) struct Context<'a> {
    pub places: &'a HashMap<String, (usize, HashMap<String, u16>)>,
    pub room: &'a Room,
    /// Room for files.
    pub bytes: usize,
}

impl Learner {
    pub(super) fn new(key: &str, exercises: usize) -> Self {
        Self {
            key: key.to_owned(),
            name: super::nameless(),
            place: None,
            here: false,
            cells: vec![Cell::default(); exercises].into_boxed_slice(),
            idle: None,
            current: None,
            help: None,
            calls: 0,
            heard: i64::MIN,
            named: 0,
            next: 1,
            waiting: BTreeMap::new(),
        }
    }

    /// The number of the last event before which none is missing.
    pub fn up_to(&self) -> u64 {
        self.next - 1
    }

    /// How many events wait for one before them.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Exercises passed.
    pub fn passed(&self) -> usize {
        self.cells.iter().filter(|cell| cell.state == State::Passed).count()
    }

    /// Points of all exercises: reached, and there are in those that were graded.
    pub fn points(&self) -> (u32, u32) {
        self.cells.iter().fold((0, 0), |(points, of), cell| {
            (points.saturating_add(cell.points), of.saturating_add(cell.of))
        })
    }

    /// Takes a parcel; answers whether anything changed that a board shows.
    pub(super) fn hear(&mut self, told: &Told, context: &Context<'_>) -> bool {
        let mut changed = told.at > self.heard;
        self.heard = self.heard.max(told.at);
        let last = told.parcel.events.last().map_or(0, |event| event.seq);
        // The later parcel names the learner; of two that end with one number, the order must not decide.
        if (last, &told.parcel.name) > (self.named, &self.name) {
            self.named = last;
            self.name.clone_from(&told.parcel.name);
            changed = true;
        }
        for event in &told.parcel.events {
            if event.seq < self.next {
                continue;
            }
            // Of an event that comes twice the earlier moment counts.
            let known = self.waiting.get(&event.seq).map(|(at, _)| *at);
            if known.is_none_or(|at| told.at < at) {
                self.waiting.insert(event.seq, (told.at, event.what.clone()));
            }
            // In order, as it usually comes, nothing ever waits longer than a moment.
            while let Some((at, what)) = self.waiting.remove(&self.next) {
                self.apply(self.next, at, what, context);
                self.next += 1;
                changed = true;
            }
        }
        self.bound();
        changed
    }

    /// Lets go of the events with the highest numbers when too much waits.
    fn bound(&mut self) {
        let mut bytes: usize = self.waiting.values().map(|(_, what)| weight(what)).sum();
        while self.waiting.len() > MAX_WAITING || bytes > MAX_WAITING_BYTES {
            let Some((_, (_, what))) = self.waiting.pop_last() else { return };
            bytes -= weight(&what);
        }
    }

    fn apply(&mut self, seq: u64, at: i64, what: What, context: &Context<'_>) {
        match what {
            What::Idle => self.idle = Some(at),
            What::Left => {
                (self.here, self.idle) = (false, None);
                return;
            }
            What::HelpOver => self.help = None,
            What::Joined | What::Active => self.idle = None,
            What::At { place } => {
                if let Where::Exercise(id) = &place
                    && let Some((exercise, _)) = context.places.get(id)
                {
                    self.current = Some(*exercise);
                }
                self.place = Some(place);
                self.idle = None;
            }
            What::Started { exercise } => self.exercise(&exercise, context, |cell, _| {
                cell.state = cell.state.max(State::Started);
            }),
            What::Checked { exercise, passed, points, of, failed, not_run } => {
                self.exercise(&exercise, context, |cell, checks| {
                    cell.points = cell.points.max(points);
                    cell.of = of;
                    if cell.state == State::Passed {
                        return;
                    }
                    cell.attempts = cell.attempts.saturating_add(1);
                    cell.not_run = u16::try_from(not_run.len()).unwrap_or(u16::MAX);
                    if passed {
                        pass(cell);
                        return;
                    }
                    cell.state = State::Failing;
                    let index = |id: &String| checks.get(id).copied().unwrap_or(OTHER);
                    let mut now: Vec<u16> = failed.iter().map(index).collect();
                    now.sort_unstable();
                    now.dedup();
                    let since = |check: u16| {
                        cell.failing.iter().find(|(known, _)| *known == check).map_or(at, |(_, since)| *since)
                    };
                    cell.failing = now.into_iter().map(|check| (check, since(check))).collect();
                });
            }
            What::Passed { exercise } => self.exercise(&exercise, context, |cell, _| pass(cell)),
            What::HintOpened { exercise, hint } => self.exercise(&exercise, context, |cell, _| {
                cell.hints = cell.hints.max(hint);
                cell.state = cell.state.max(State::Started);
            }),
            What::Help { exercise, says, files } => {
                self.calls = self.calls.saturating_add(1);
                self.idle = None;
                self.help = None;
                if !is_helped(&self.key, seq, context.room) {
                    let bytes: usize = files.iter().map(|file| file.path.len() + file.text.len()).sum();
                    let (files, not_kept) =
                        if bytes <= context.bytes { (files, 0) } else { (Vec::new(), files.len()) };
                    self.help = Some(Box::new(Help { seq, at, exercise, says, files, not_kept }));
                }
            }
        }
        // Who says anything takes part.
        self.here = true;
    }

    /// Changes the cell of an exercise; one that is not on the board is passed over.
    fn exercise(
        &mut self,
        id: &str,
        context: &Context<'_>,
        change: impl FnOnce(&mut Cell, &HashMap<String, u16>),
    ) {
        self.idle = None;
        if let Some((at, checks)) = context.places.get(id)
            && let Some(cell) = self.cells.get_mut(*at)
        {
            self.current = Some(*at);
            change(cell, checks);
        }
    }

    /// Forgets a call that was dealt with; answers how many bytes of files went.
    pub(super) fn drop_help(&mut self, room: &Room) -> usize {
        let before = self.kept();
        if self.help.as_ref().is_some_and(|help| is_helped(&self.key, help.seq, room)) {
            self.help = None;
        }
        before - self.kept()
    }

    /// Bytes of the files that are kept.
    pub(super) fn kept(&self) -> usize {
        let files = self.help.iter().flat_map(|help| &help.files);
        files.map(|file| file.path.len() + file.text.len()).sum()
    }
}

fn pass(cell: &mut Cell) {
    cell.state = State::Passed;
    cell.failing = Vec::new();
    cell.not_run = 0;
}

fn is_helped(key: &str, seq: u64, room: &Room) -> bool {
    room.helped.get(key).is_some_and(|helped| *helped >= seq)
}

/// Bytes of an event that count while it waits.
fn weight(what: &What) -> usize {
    match what {
        What::Help { says, files, .. } => {
            says.len() + files.iter().map(|file| file.path.len() + file.text.len()).sum::<usize>()
        }
        What::Checked { failed, not_run, .. } => failed.iter().chain(not_run).map(String::len).sum(),
        _ => 0,
    }
}
