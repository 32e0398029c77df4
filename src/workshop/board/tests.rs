//! What the board makes of lines, and that their order makes no difference.

use super::*;
use crate::workshop::event::{self, Event, Parcel, SharedFile, What, Where};
use crate::workshop::plan::{Part, Plan};
use crate::workshop::record;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn head() -> Head {
    let part = Part {
        title: "First".into(),
        minutes: 30,
        lessons: Vec::new(),
        exercises: vec!["one".into(), "two".into()],
        hints_after: None,
        solutions_after: None,
        messages: Vec::new(),
    };
    let exercise = |id: &str, checks: &[&str]| Exercise {
        id: id.into(),
        title: format!("Exercise {id}"),
        checks: checks.iter().map(|id| ((*id).into(), format!("about {id}"))).collect(),
    };
    Head {
        format: record::FORMAT,
        workshop: "abcdefgh".into(),
        at: 0,
        room: Room::new(Plan { format: 1, title: "T".into(), parts: vec![part] }),
        exercises: vec![exercise("one", &["non-root", "size"]), exercise("two", &["runs"])],
    }
}

fn told(from: &str, at: i64, first: u64, whats: Vec<What>) -> Line {
    let events = (first..).zip(whats).map(|(seq, what)| Event { seq, at: -7 * at, what }).collect();
    let parcel = Parcel { format: event::FORMAT, name: format!("N {from}"), version: "0.1.0".into(), events };
    Line::Told(Told { at, n: 1, from: from.into(), parcel })
}

fn checked(exercise: &str, failed: &[&str]) -> What {
    What::Checked {
        exercise: exercise.into(),
        passed: failed.is_empty(),
        points: 3 - failed.len() as u32,
        of: 3,
        failed: failed.iter().map(|id| (*id).to_owned()).collect(),
        not_run: Vec::new(),
    }
}

fn board(lines: &[Line]) -> Board {
    let mut board = Board::new(&head());
    for line in lines {
        board.take(line);
    }
    board
}

#[test]
fn a_learner_goes_from_nothing_to_passed() {
    let mut board = Board::new(&head());
    let place = Where::Exercise("one".into());
    board.take(&told("A", 5, 1, vec![What::Joined, What::At { place: place.clone() }]));
    let learner = |board: &Board| board.learner("A").unwrap().clone();
    assert_eq!((learner(&board).place, learner(&board).here), (Some(place), true));
    assert_eq!(learner(&board).name, "N A");
    board.take(&told("A", 6, 3, vec![What::Started { exercise: "one".into() }]));
    assert_eq!(learner(&board).cells[0].state, State::Started);
    board.take(&told("A", 7, 4, vec![checked("one", &["size", "unheard of"])]));
    assert_eq!(learner(&board).cells[0].state, State::Failing);
    board.take(&told("A", 8, 5, vec![What::HintOpened { exercise: "one".into(), hint: 2 }]));
    board.take(&told("A", 9, 6, vec![checked("one", &["size"]), checked("one", &[])]));
    board.take(&told("A", 10, 8, vec![checked("one", &["size"])]));
    let cell = learner(&board).cells[0].clone();
    assert_eq!((cell.state, cell.attempts, cell.points, cell.hints), (State::Passed, 3, 3, 2));
    assert_eq!(cell.failing, [], "what is passed stays passed");
    board.take(&told("A", 11, 9, vec![What::Left]));
    assert!(!learner(&board).here);
    assert_eq!((learner(&board).heard, board.up_to("A"), board.up_to("B")), (11, 9, 0));
}

#[test]
fn what_comes_twice_counts_once_and_a_gap_waits() {
    let first = told("A", 1, 1, vec![What::Joined, checked("one", &["size"])]);
    let third = told("A", 2, 4, vec![checked("one", &["size"])]);
    let mut board = board(&[first.clone(), first.clone(), third]);
    assert_eq!((board.learner("A").unwrap().cells[0].attempts, board.up_to("A")), (1, 2));
    assert_eq!(board.take(&first), Taken::Nothing);
    board.take(&told("A", 3, 3, vec![What::Idle]));
    assert_eq!((board.learner("A").unwrap().cells[0].attempts, board.up_to("A")), (2, 4));
    assert_eq!(board.learner("A").unwrap().waiting(), 0);
}

#[test]
fn what_waits_is_bounded_and_comes_again() {
    let mut board = Board::new(&head());
    let parcel = |first: u64| told("A", 1, first, vec![checked("one", &["size"]); 100]);
    for first in [102, 902, 802, 702, 202, 602, 502, 302, 402] {
        board.take(&parcel(first));
    }
    assert_eq!(board.learner("A").unwrap().waiting(), MAX_WAITING);
    board.take(&told("A", 1, 1, vec![checked("one", &["size"]); 101]));
    assert_eq!(board.up_to("A"), 501, "the nearest were kept");
    for first in [502, 602, 702, 802, 902] {
        board.take(&parcel(first));
    }
    assert_eq!(board.learner("A").unwrap().cells[0].attempts, 1001);
    // Files weigh more than numbers do.
    let files = vec![SharedFile { path: "p".into(), text: "x".repeat(60_000) }];
    let help = What::Help { exercise: None, says: String::new(), files };
    for seq in 2000..2100 {
        board.take(&told("A", 1, seq, vec![help.clone()]));
    }
    assert!(board.learner("A").unwrap().waiting() < 10);
}

#[test]
fn who_fails_one_check_for_long_is_stuck() {
    let start = Line::Did { at: 0, change: Change::Part { part: 0 } };
    let board = board(&[
        start,
        told("A", MINUTE, 1, vec![checked("one", &["size", "non-root"])]),
        told("A", 5 * MINUTE, 2, vec![checked("one", &["size"])]),
        // One who fails another check now.
        told("B", MINUTE, 1, vec![checked("one", &["non-root"]), checked("one", &["size"])]),
        told("B", 6 * MINUTE, 3, vec![checked("one", &["non-root"])]),
        // One who left, and one who works on something else by now.
        told("C", MINUTE, 1, vec![checked("one", &["size"]), What::Left]),
        told("D", MINUTE, 1, vec![checked("one", &["size"]), What::Started { exercise: "two".into() }]),
    ]);
    let limits = Limits::default();
    assert_eq!(board.stuck(9 * MINUTE - 1, limits), []);
    let reasons = vec![(Reason::Failing { exercise: 0, check: 1 }, MINUTE)];
    assert_eq!(board.stuck(9 * MINUTE, limits), [Stuck { learner: 0, reasons }]);
    assert_eq!(board.stuck(9 * MINUTE, Limits { failing: 3, idle: 3 }).len(), 2);
}

#[test]
fn who_idles_is_stuck_only_while_there_is_something_to_do() {
    let mut board = board(&[told("A", 0, 1, vec![What::Joined, What::Idle])]);
    let limits = Limits::default();
    assert_eq!(board.stuck(99 * MINUTE, limits), [], "before the beginning");
    board.take(&Line::Did { at: 0, change: Change::Part { part: 0 } });
    assert_eq!(board.stuck(10 * MINUTE - 1, limits), []);
    assert_eq!(board.stuck(10 * MINUTE, limits).len(), 1);
    let passed = |exercise: &str| What::Passed { exercise: exercise.into() };
    let mut done = board.clone();
    done.take(&told("A", 0, 3, vec![passed("one"), passed("two"), What::Idle]));
    assert_eq!(done.stuck(99 * MINUTE, limits), [], "all is passed");
    board.take(&Line::Did { at: 0, change: Change::Pause });
    assert_eq!(board.stuck(99 * MINUTE, limits), [], "the clock stands");
    board.take(&Line::Did { at: 0, change: Change::Resume });
    board.take(&told("A", 0, 3, vec![What::Active]));
    assert_eq!(board.stuck(99 * MINUTE, limits), []);
}

#[test]
fn calls_for_help_come_first_until_somebody_deals_with_them() {
    let files = vec![SharedFile { path: "Dockerfile".into(), text: "FROM x\n".into() }];
    let call = |says: &str| What::Help { exercise: None, says: says.into(), files: files.clone() };
    let mut board = board(&[
        told("A", 0, 1, vec![checked("one", &["size"])]),
        told("B", 9 * MINUTE, 1, vec![call("first")]),
        told("C", 9 * MINUTE, 1, vec![call("over"), What::HelpOver]),
    ]);
    let limits = Limits::default();
    let who = |board: &Board| {
        let stuck = board.stuck(10 * MINUTE, limits);
        stuck.iter().map(|stuck| board.learners()[stuck.learner].key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(who(&board), ["B", "A"]);
    assert_eq!(board.learner("B").unwrap().help.as_ref().unwrap().files, files);
    board.take(&Line::Did { at: 0, change: Change::Helped { learner: "B".into(), seq: 1 } });
    assert_eq!(who(&board), ["A"]);
    assert_eq!(board.files, 0, "files of a call that is dealt with are let go");
    board.take(&told("B", 10 * MINUTE, 2, vec![call("again")]));
    assert_eq!(who(&board), ["B", "A"]);
    assert_eq!(board.learner("B").unwrap().calls, 2);
}

#[test]
fn files_are_bounded_over_all_learners() {
    let files = vec![SharedFile { path: "p".into(), text: "x".repeat(event::MAX_FILE) }; 8];
    let call = What::Help { exercise: None, says: "look".into(), files };
    let mut board = Board::new(&head());
    for learner in 0..200 {
        board.take(&told(&format!("L{learner}"), 0, 1, vec![call.clone()]));
    }
    assert!(board.files <= MAX_FILES && board.files > MAX_FILES / 2, "{}", board.files);
    let last = board.learner("L199").unwrap().help.clone().unwrap();
    assert_eq!((last.says.as_str(), last.files.len(), last.not_kept), ("look", 0, 8));
}

#[test]
fn a_distribution_counts_who_fails_what() {
    let board = board(&[
        told("A", 0, 1, vec![checked("one", &["size", "non-root"])]),
        told("B", 0, 1, vec![checked("one", &["size"])]),
        told("C", 0, 1, vec![checked("one", &["size"]), checked("one", &[])]),
        told("D", 0, 1, vec![What::Started { exercise: "one".into() }, checked("two", &["new", "newer"])]),
    ]);
    let one = board.distribution(0);
    assert_eq!((one.learners, one.begun, one.tried, one.passed, one.failing), (4, 4, 3, 1, 2));
    assert_eq!(one.checks, [(1, 2), (0, 1)]);
    assert_eq!(board.check(0, 1), ("size", "about size"));
    let two = board.distribution(1);
    assert_eq!(two.checks.len(), 1, "checks that nobody named are one");
    assert_eq!(board.check(1, two.checks[0].0).1, "another check");
    assert_eq!(board.distribution(9), Distribution { learners: 4, ..Distribution::default() });
}

#[test]
fn thousands_fit_in_little_memory() {
    let mut board = Board::new(&head());
    for learner in 0..5_000 {
        let whats = vec![What::Joined, checked("one", &["size", "non-root"]), checked("two", &["runs"])];
        board.take(&told(&format!("U{learner:055}"), 0, 1, whats));
    }
    let per_learner: usize = board
        .learners()
        .iter()
        .map(|learner| {
            let cells = learner.cells.iter().map(|cell| size_of::<Cell>() + cell.failing.capacity() * 16);
            size_of::<Learner>() + 2 * learner.key.capacity() + learner.name.capacity() + cells.sum::<usize>()
        })
        .max()
        .unwrap();
    assert!(per_learner < 2_000, "{per_learner} bytes");
}

/// What of a board must not hang on the order: all but who came first.
fn outcome(board: &Board) -> (Vec<Learner>, Room, Vec<Distribution>, Vec<String>) {
    let mut learners = board.learners().to_vec();
    learners.sort_by(|one, other| one.key.cmp(&other.key));
    let stuck = board.stuck(60 * MINUTE, Limits::default());
    let stuck =
        stuck.iter().map(|s| format!("{} {:?}", board.learners()[s.learner].key, s.reasons)).collect();
    (learners, board.room.clone(), (0..2).map(|at| board.distribution(at)).collect(), stuck)
}

fn what() -> impl Strategy<Value = What> {
    let exercise = || prop_oneof![Just("one".to_owned()), Just("two".to_owned()), Just("else".to_owned())];
    let failed = proptest::collection::vec(
        prop_oneof![Just("size"), Just("non-root"), Just("runs"), Just("unknown")].prop_map(str::to_owned),
        0..3,
    );
    prop_oneof![
        Just(What::Joined),
        Just(What::Idle),
        Just(What::Active),
        Just(What::HelpOver),
        Just(What::Left),
        exercise().prop_map(|exercise| What::Started { exercise }),
        exercise().prop_map(|exercise| What::Passed { exercise }),
        exercise().prop_map(|id| What::At { place: Where::Exercise(id) }),
        (exercise(), 1..4u32).prop_map(|(exercise, hint)| What::HintOpened { exercise, hint }),
        (exercise(), failed, 0..5u32).prop_map(|(exercise, failed, points)| What::Checked {
            exercise,
            passed: failed.is_empty(),
            points,
            of: 5,
            failed,
            not_run: Vec::new(),
        }),
        exercise().prop_map(|exercise| What::Help {
            exercise: Some(exercise),
            says: "help".into(),
            files: vec![SharedFile { path: "f".into(), text: "t".into() }],
        }),
    ]
}

/// `events` as parcels: cut at `cuts`, with clocks that `skew` moves, some of them twice, in another order.
fn parcels(from: &str, events: &[What], cuts: &[usize], skew: i64, twice: &[usize]) -> Vec<Line> {
    let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (events.len() + 1)).collect();
    bounds.extend([0, events.len()]);
    bounds.sort_unstable();
    bounds.dedup();
    let mut lines = Vec::new();
    for pair in bounds.windows(2) {
        let of = |(at, what): (usize, &What)| Event {
            seq: at as u64 + 1,
            at: skew.wrapping_mul(at as i64 + 1),
            what: what.clone(),
        };
        let events = events.iter().enumerate().take(pair[1]).skip(pair[0]).map(of).collect();
        let parcel = Parcel { format: event::FORMAT, name: format!("N {from}"), version: "1".into(), events };
        lines.push(Line::Told(Told { at: MINUTE, n: 1, from: from.into(), parcel }));
    }
    for again in twice {
        if let Some(line) = lines.get(again % lines.len().max(1)).cloned() {
            lines.push(line);
        }
    }
    lines
}

proptest! {
    #[test]
    fn order_duplicates_cuts_and_clocks_do_not_change_the_outcome(
        learners in proptest::collection::vec(proptest::collection::vec(what(), 1..25), 1..4),
        cuts in proptest::collection::vec(0..25usize, 0..6),
        twice in proptest::collection::vec(0..25usize, 0..6),
        skew in any::<i64>(),
        keys in proptest::collection::vec(any::<u64>(), 200),
        helped in 0..25u64,
    ) {
        let did = Line::Did { at: 0, change: Change::Part { part: 0 } };
        let helped = Line::Did { at: 1, change: Change::Helped { learner: "L0".into(), seq: helped } };
        let mut straight = vec![did.clone()];
        let mut mixed = vec![did];
        for (at, events) in learners.iter().enumerate() {
            let key = format!("L{at}");
            straight.extend(parcels(&key, events, &[], 1, &[]));
            mixed.extend(parcels(&key, events, &cuts, skew, &twice));
        }
        straight.push(helped.clone());
        mixed.push(helped);
        // Shuffled by the keys, which proptest makes smaller in its own way; the beginning stays the beginning.
        let mut order: Vec<(u64, Line)> = mixed.drain(1..).zip(keys.into_iter().cycle())
            .map(|(line, key)| (key, line)).collect();
        order.sort_by_key(|(key, _)| *key);
        mixed.extend(order.into_iter().map(|(_, line)| line));
        prop_assert_eq!(outcome(&board(&mixed)), outcome(&board(&straight)));
    }
}
