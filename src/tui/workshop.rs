//! A learner's seat in a workshop, as the screens know it: what the room is, what is open, whether the host is
//! heard. Moments of the room are the host's; its clock runs on here by the ticks of the program, so that no
//! clock of this machine is asked.

pub mod bar;

use crate::course::model::Exercise;
use crate::workshop::event::{What, Where};
use crate::workshop::link::{Heard, Taken};
use crate::workshop::room::{Clock, Now, Page, Room};
use std::collections::BTreeSet;

/// Who does nothing for this long is idle, in milliseconds.
pub const IDLE: u64 = 5 * 60_000;
/// A page that is shown opens when nothing was typed for this long, in milliseconds: what is typed is saved then.
pub const STILL: u64 = 5_000;
const MINUTE: i64 = 60_000;

/// The seat.
#[derive(Debug, Default)]
pub struct Seated {
    /// What was known of it at the start.
    pub taken: Taken,
    /// The room as it was heard last.
    pub room: Option<Room>,
    /// The host's clock when that was heard, and the program's.
    heard: (i64, u64),
    /// Whether the host is heard.
    pub online: bool,
    /// How much was told and is not recorded by the host yet.
    pub unsent: u64,
    /// Why the server lets nobody in, in words that may come from it.
    pub refused: Option<String>,
    /// Whether the learner follows the pages that are shown.
    pub follow: bool,
    /// The page that was opened last because it was shown.
    pub followed: Option<Page>,
    /// What of all that was said has been seen.
    seen: BTreeSet<String>,
    /// The number of the call for help that waits.
    pub help: Option<u64>,
    /// Where the host was told that the learner is.
    pub place: Option<Where>,
    /// When a key was pressed last.
    pub touched: u64,
    /// Whether the host was told that nothing is done.
    pub idle: bool,
    /// The terminal was lent, and how long is not known before the next tick.
    pub back: bool,
}

impl Seated {
    /// A seat that was taken.
    pub fn new(taken: Taken, tick: u64) -> Self {
        let mut seat = Self { unsent: taken.unsent, help: taken.help, touched: tick, ..Self::default() };
        if let Some((room, now)) = taken.room.clone() {
            seat.hear_room(room, now, tick);
        }
        seat.taken = taken;
        seat
    }

    /// Takes in what was heard; answers with what is worth saying in passing.
    pub fn hear(&mut self, heard: Heard, tick: u64) -> Option<&'static str> {
        match heard {
            Heard::Room { room, now } => {
                let called = self.help;
                self.hear_room(*room, now, tick);
                return (called.is_some() && self.help.is_none())
                    .then_some("The instructor has seen to your call for help");
            }
            Heard::Unsent(unsent) => self.unsent = unsent,
            Heard::Called(seq) => self.help = Some(seq),
            Heard::Online => (self.online, self.refused) = (true, None),
            Heard::Offline(_) => self.online = false,
            Heard::Refused(reason) => (self.online, self.refused) = (false, Some(reason)),
            Heard::Gone => {}
        }
        None
    }

    fn hear_room(&mut self, room: Room, now: i64, tick: u64) {
        // A room that was overtaken on its way says nothing new.
        if self.room.as_ref().is_some_and(|known| known.revision > room.revision) {
            return;
        }
        let helped = room.helped.get(&self.taken.key).copied().unwrap_or(0);
        self.help = self.help.filter(|seq| *seq > helped);
        self.heard = (now, tick);
        self.room = Some(room);
    }

    /// The host's clock.
    pub fn now(&self, tick: u64) -> i64 {
        let since = tick.saturating_sub(self.heard.1);
        self.heard.0.saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
    }

    /// The part that is on.
    pub fn part(&self, tick: u64) -> Option<Now<'_>> {
        self.room.as_ref()?.part(self.now(tick))
    }

    /// What was said, newest first, with how many minutes ago.
    pub fn said(&self, tick: u64) -> Vec<(i64, String)> {
        let now = self.now(tick);
        let said = self.room.as_ref().map(|room| room.said(now)).unwrap_or_default();
        said.into_iter().rev().map(|said| (((now - said.at) / MINUTE).max(0), said.text)).collect()
    }

    /// The newest of what was said and not seen, and how much there is of it.
    pub fn unseen(&self, tick: u64) -> Option<(String, usize)> {
        let mut unseen = self.said_as_known(tick).into_iter().filter(|(name, _)| !self.seen.contains(name));
        let (_, text) = unseen.next()?;
        Some((text, 1 + unseen.count()))
    }

    /// All that was said has been seen now.
    pub fn see(&mut self, tick: u64) {
        self.seen = self.said_as_known(tick).into_iter().map(|(name, _)| name).collect();
    }

    /// What was said, newest first, each under a name that stays: the moments of what the plan says move while
    /// the clock stands.
    fn said_as_known(&self, tick: u64) -> Vec<(String, String)> {
        let now = self.now(tick);
        let Some(room) = &self.room else { return Vec::new() };
        let part = room.part(now).map(|on| on.index);
        let named = |said: crate::workshop::room::Announcement| {
            let by_hand = room.announcements.contains(&said);
            let at = if by_hand { said.at.to_string() } else { format!("part {part:?}") };
            (format!("{at} {}", said.text), said.text)
        };
        room.said(now).into_iter().rev().map(named).collect()
    }

    /// Whether the room has a say in an exercise: it is planned, and not passed yet.
    fn holds<'a>(&'a self, exercise: &str, passed: bool) -> Option<&'a Room> {
        self.room.as_ref().filter(|room| !passed && room.is_planned(exercise))
    }

    /// Why no hint may be opened now, in words; `None` when it may.
    pub fn hints_closed(&self, exercise: &Exercise, passed: bool, tick: u64) -> Option<String> {
        let room = self.holds(&exercise.id, passed)?;
        if room.hints_open(&exercise.id, self.now(tick)) {
            return None;
        }
        Some(format!(
            "Hints open {}",
            self.when(room, &exercise.id, tick, |part| Some(part.hints_after.unwrap_or(0)))
        ))
    }

    /// What the room says about a solution: nothing, that it may be seen, or why not yet.
    pub fn solution(&self, exercise: &str, passed: bool, tick: u64) -> Option<Result<(), String>> {
        let room = self.holds(exercise, passed)?;
        if room.solution_open(exercise, self.now(tick)) {
            return Some(Ok(()));
        }
        let when = self.when(room, exercise, tick, |part| part.solutions_after);
        Some(Err(format!("The solution opens {when}, or when you pass")))
    }

    /// When something of an exercise opens, in words that complete "opens …".
    fn when(
        &self,
        room: &Room,
        exercise: &str,
        tick: u64,
        after: impl Fn(&crate::workshop::plan::Part) -> Option<u32>,
    ) -> String {
        let by_hand = || "when the instructor opens it to all".to_owned();
        let parts = room.plan.parts.iter().enumerate();
        let mut covers = parts.filter(|(_, part)| part.exercises.iter().any(|id| id == exercise));
        let Some((index, part)) = covers.next() else { return by_hand() };
        let Some(minute) = after(part) else { return by_hand() };
        match room.part(self.now(tick)) {
            Some(on) if on.index == index => {
                let left = (i64::from(minute) * MINUTE - on.passed + MINUTE - 1) / MINUTE;
                let clock = if on.paused { ", once the clock runs again" } else { "" };
                format!("in {}{clock}", minutes(left.max(1)))
            }
            _ if minute == 0 => format!("when part {} of the workshop begins", index + 1),
            _ => format!("{} into part {} of the workshop", minutes(i64::from(minute)), index + 1),
        }
    }

    /// The page that is shown now, if there is one.
    pub fn shown(&self) -> Option<&Page> {
        self.room.as_ref()?.follow.as_ref()
    }

    /// The page to open, when the learner follows and has not been there yet.
    pub fn to_follow(&self) -> Option<&Page> {
        self.shown().filter(|page| self.follow && self.followed.as_ref() != Some(*page))
    }

    /// How long until something changes by itself, in milliseconds: a minute ends, or nothing was done for long.
    pub fn next_tick(&self, tick: u64, busy: bool) -> Option<u64> {
        let runs = self.room.as_ref().is_some_and(|room| matches!(room.clock, Clock::Running { .. }));
        let minute = self.part(tick).filter(|_| runs).map(|on| {
            let left = on.left.rem_euclid(MINUTE);
            u64::try_from(if left == 0 { MINUTE } else { left }).unwrap_or(1)
        });
        let since = tick.saturating_sub(self.touched);
        let idle = (!self.idle && !busy).then(|| IDLE.saturating_sub(since).max(1));
        let follows = self.to_follow().and_then(|_| STILL.checked_sub(since)).map(|wait| wait.max(1));
        [minute, idle, follows].into_iter().flatten().min()
    }

    /// What the host is to be told after a tick or a key: that nothing is done any more, or that something is.
    pub fn noticed(&mut self, tick: u64, touched: bool, busy: bool) -> Option<What> {
        if std::mem::take(&mut self.back) || (busy && !self.idle) {
            self.touched = tick;
        }
        if touched {
            self.touched = tick;
            return std::mem::take(&mut self.idle).then_some(What::Active);
        }
        let due = !self.idle && tick.saturating_sub(self.touched) >= IDLE;
        self.idle |= due;
        due.then_some(What::Idle)
    }
}

/// `1 minute`, `5 minutes`.
pub fn minutes(count: i64) -> String {
    if count == 1 { "1 minute".to_owned() } else { format!("{count} minutes") }
}

#[cfg(test)]
pub mod tests {
    //! A seat to draw and to try, and what it makes of rooms.

    use super::*;
    use crate::workshop::plan::{Message, Part, Plan};
    use crate::workshop::room::Change;

    /// A room of three parts; the second has exercise 1.
    pub fn room() -> Room {
        let part = |title: &str, exercises: &[&str]| Part {
            title: title.into(),
            minutes: 20,
            lessons: vec!["containers".into()],
            exercises: exercises.iter().map(|id| (*id).to_owned()).collect(),
            hints_after: Some(5),
            solutions_after: Some(15),
            messages: vec![Message { after: 2, text: format!("Coffee is ready, says {title}") }],
        };
        let parts = vec![
            part("Containers and images", &[]),
            part("Small images", &["exercise-1"]),
            part("Registries", &["exercise-2"]),
        ];
        Room::new(Plan { format: 1, title: "Docker in an afternoon".into(), parts })
    }

    /// A seat in that room, its second part on for `minutes`.
    pub fn seated(minutes: i64) -> Seated {
        let mut room = room();
        room.apply(&Change::Part { part: 1 }, 0);
        let taken = Taken {
            name: "Ada".into(),
            host: "10.0.0.7:4222".into(),
            key: "UADA".into(),
            ..Taken::default()
        };
        let mut seat = Seated::new(taken, 0);
        seat.hear(Heard::Room { room: Box::new(room), now: minutes * MINUTE }, 0);
        seat.hear(Heard::Online, 0);
        seat
    }

    fn exercise(id: &str) -> Exercise {
        Exercise { id: id.into(), ..crate::tui::screens::workbench::fixture::exercise() }
    }

    #[test]
    fn hints_open_with_the_clock_or_when_passed_and_words_say_when() {
        let seat = seated(2);
        let words = |id, passed, tick| seat.hints_closed(&exercise(id), passed, tick);
        assert_eq!(words("exercise-1", false, 0).as_deref(), Some("Hints open in 3 minutes"));
        assert_eq!(words("exercise-1", false, 2 * 60_000).as_deref(), Some("Hints open in 1 minute"));
        assert_eq!(words("exercise-1", false, 3 * 60_000), None);
        assert_eq!(words("exercise-1", true, 0), None, "passed");
        assert_eq!(words("elsewhere", false, 0), None, "not planned");
        let later = "Hints open 5 minutes into part 3 of the workshop";
        assert_eq!(words("exercise-2", false, 0).as_deref(), Some(later));
        assert_eq!(Seated::default().hints_closed(&exercise("exercise-1"), false, 0), None, "no room yet");
    }

    #[test]
    fn the_room_opens_a_solution_and_has_no_say_in_what_is_passed() {
        let mut seat = seated(14);
        let closed = seat.solution("exercise-1", false, 0);
        assert_eq!(closed, Some(Err("The solution opens in 1 minute, or when you pass".into())));
        assert_eq!(seat.solution("exercise-1", false, 60_000), Some(Ok(())));
        assert_eq!(seat.solution("exercise-1", true, 0), None);
        assert_eq!(seat.solution("elsewhere", false, 0), None);
        let mut opened = seat.room.clone().unwrap();
        opened.apply(&Change::OpenSolution { exercise: "exercise-2".into() }, 0);
        assert!(matches!(seat.solution("exercise-2", false, 0), Some(Err(_))));
        seat.hear(Heard::Room { room: Box::new(opened), now: 0 }, 0);
        assert_eq!(seat.solution("exercise-2", false, 0), Some(Ok(())));
    }

    #[test]
    fn an_older_room_that_comes_late_changes_nothing() {
        let mut seat = seated(2);
        let old = room();
        seat.hear(Heard::Room { room: Box::new(old), now: 0 }, 9);
        assert_eq!(seat.part(0).map(|on| on.index), Some(1));
    }

    #[test]
    fn what_was_said_is_new_until_it_is_seen_also_while_the_clock_stands() {
        let mut seat = seated(1);
        assert_eq!(seat.unseen(0), None);
        assert_eq!(seat.unseen(60_000), Some(("Coffee is ready, says Small images".into(), 1)));
        let mut room = seat.room.clone().unwrap();
        room.apply(&Change::Announce { text: "Look here".into() }, 3 * MINUTE);
        room.apply(&Change::Pause, 3 * MINUTE);
        seat.hear(Heard::Room { room: Box::new(room.clone()), now: 3 * MINUTE }, 0);
        assert_eq!(seat.unseen(0).map(|(_, count)| count), Some(2));
        seat.see(0);
        assert_eq!(seat.unseen(5 * 60_000), None, "the moments move, what was said does not");
        room.apply(&Change::Announce { text: "Look here".into() }, 9 * MINUTE);
        seat.hear(Heard::Room { room: Box::new(room), now: 9 * MINUTE }, 0);
        assert_eq!(seat.unseen(0), Some(("Look here".into(), 1)), "said again");
    }

    #[test]
    fn nothing_done_for_five_minutes_is_told_once_and_the_next_key_ends_it() {
        let mut seat = seated(0);
        assert_eq!(seat.noticed(IDLE - 1, false, false), None);
        assert_eq!(seat.noticed(IDLE, false, true), None, "a build runs");
        assert_eq!(seat.noticed(2 * IDLE - 1, false, false), None);
        assert_eq!(seat.noticed(2 * IDLE, false, false), Some(What::Idle));
        assert_eq!(seat.noticed(3 * IDLE, false, false), None);
        assert_eq!(seat.noticed(3 * IDLE, true, false), Some(What::Active));
        assert_eq!(seat.noticed(3 * IDLE + 1, true, false), None);
        seat.back = true;
        assert_eq!(seat.noticed(9 * IDLE, false, false), None, "the terminal was lent");
    }

    #[test]
    fn a_call_ends_when_it_was_seen_to() {
        let mut seat = seated(0);
        seat.hear(Heard::Called(7), 0);
        let mut room = seat.room.clone().unwrap();
        room.apply(&Change::Helped { learner: "UADA".into(), seq: 6 }, 0);
        assert_eq!(seat.hear(Heard::Room { room: Box::new(room.clone()), now: 0 }, 0), None);
        assert_eq!(seat.help, Some(7), "an earlier call");
        room.apply(&Change::Helped { learner: "UADA".into(), seq: 7 }, 0);
        assert!(seat.hear(Heard::Room { room: Box::new(room), now: 0 }, 0).is_some());
        assert_eq!(seat.help, None);
    }

    #[test]
    fn the_clock_ticks_once_a_minute_and_only_while_it_runs() {
        let mut seat = seated(2);
        assert_eq!(seat.next_tick(0, false), Some(60_000));
        assert_eq!(seat.next_tick(59_000, false), Some(1_000));
        let mut room = seat.room.clone().unwrap();
        room.apply(&Change::Pause, 2 * MINUTE);
        seat.hear(Heard::Room { room: Box::new(room), now: 2 * MINUTE }, 0);
        assert_eq!(seat.next_tick(0, true), None);
        assert_eq!(seat.next_tick(0, false), Some(IDLE));
    }
}
