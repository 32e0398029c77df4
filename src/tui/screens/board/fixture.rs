//! Workshops that the board is tried with.

use crate::workshop::event::{self, Event, Parcel, SharedFile, What, Where};
use crate::workshop::plan::{Part, Plan};
use crate::workshop::record::{self, Exercise, Head, Line, Told};
use crate::workshop::room::{Change, Room};

pub const MINUTE: i64 = 60_000;
/// When the workshop began: 2026-11-22 09:00 UTC.
pub const BEGAN: i64 = 1_795_338_000_000;

pub fn head(exercises: usize) -> Head {
    let part = |title: &str, minutes, exercises: Vec<String>| Part {
        title: title.into(),
        minutes,
        lessons: vec!["image-size".into()],
        exercises,
        hints_after: Some(10),
        solutions_after: None,
        messages: Vec::new(),
    };
    let id = |number: usize| format!("exercise-{number}");
    let parts = vec![
        part("Welcome", 10, Vec::new()),
        part("Small images", 45, (1..=exercises).map(id).collect()),
        part("Questions", 15, Vec::new()),
    ];
    let exercise = |number: usize| Exercise {
        id: id(number),
        title: ["A web app that starts", "Smaller layers", "Not as root"][number % 3].into(),
        checks: vec![
            ("builds".into(), "The image builds".into()),
            ("non-root".into(), "Does not run as root".into()),
            ("size".into(), "At most 150 MB".into()),
        ],
    };
    Head {
        format: record::FORMAT,
        workshop: "abcdefgh".into(),
        at: BEGAN,
        room: Room::new(Plan { format: 1, title: "Docker in a day".into(), parts }),
        exercises: (1..=exercises).map(exercise).collect(),
    }
}

pub fn did(minute: i64, change: Change) -> Line {
    Line::Did { at: BEGAN + minute * MINUTE, change }
}

/// Events of one learner, from number `first` on.
pub fn told(name: &str, minute: i64, first: u64, whats: Vec<What>) -> Line {
    let at = BEGAN + minute * MINUTE;
    let events = (first..).zip(whats).map(|(seq, what)| Event { seq, at, what }).collect();
    let parcel = Parcel { format: event::FORMAT, name: event::name(name), version: "0.1.0".into(), events };
    let from =
        format!("U{:0>55}", name.bytes().fold(7_u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte)));
    Line::Told(Told { at, n: 1, from, parcel })
}

pub fn at(exercise: usize) -> What {
    What::At { place: Where::Exercise(format!("exercise-{exercise}")) }
}

pub fn checked(exercise: usize, failed: &[&str]) -> What {
    What::Checked {
        exercise: format!("exercise-{exercise}"),
        passed: failed.is_empty(),
        points: 3 - failed.len() as u32,
        of: 3,
        failed: failed.iter().map(|id| (*id).to_owned()).collect(),
        not_run: Vec::new(),
    }
}

/// A dozen learners 20 minutes into the second part.
pub fn lines() -> Vec<Line> {
    let mut lines = vec![did(0, Change::Part { part: 0 })];
    let names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "日本 花子", "Barbara Liskov", "Linus"];
    for name in names {
        lines.push(told(
            name,
            1,
            1,
            vec![What::Joined, What::At { place: Where::Lesson("image-size".into()) }],
        ));
    }
    lines.push(told(
        "\u{1b}[2JMallory\u{202e} with a name that is far too long",
        2,
        1,
        vec![What::Joined, at(1)],
    ));
    lines.push(did(9, Change::Part { part: 1 }));
    lines.push(told("Ada Lovelace", 11, 3, vec![at(1), checked(1, &[]), at(2), checked(2, &["size"])]));
    lines.push(told("Grace Hopper", 12, 3, vec![at(1), checked(1, &["non-root", "size"])]));
    lines.push(told("Alan Turing", 13, 3, vec![at(1), checked(1, &["non-root"]), checked(1, &[]), at(3)]));
    lines.push(told("日本 花子", 14, 3, vec![at(1), checked(1, &["non-root"])]));
    lines.push(told("Linus", 15, 3, vec![at(1), What::Idle]));
    lines.push(told(
        "Barbara Liskov",
        16,
        3,
        vec![at(1), What::HintOpened { exercise: "exercise-1".into(), hint: 2 }],
    ));
    lines.push(told("Grace Hopper", 18, 5, vec![checked(1, &["non-root"]), checked(1, &["non-root"])]));
    let files = vec![
        SharedFile { path: "Dockerfile".into(), text: "FROM python:3.12\nUSER root\nCOPY . /app\n".into() },
        SharedFile { path: "main.py".into(), text: "print('\u{1b}[31mred')\n".into() },
    ];
    let says = "My USER line does nothing.\nWhat is wrong?".into();
    let help = What::Help { exercise: Some("exercise-1".into()), says, files };
    lines.push(told("日本 花子", 25, 5, vec![help]));
    lines.push(told("Ada Lovelace", 26, 7, vec![checked(2, &["size"])]));
    lines.push(told("Linus", 26, 5, vec![What::Left]));
    lines.push(did(27, Change::Announce { text: "Coffee at ten".into() }));
    lines.push(did(
        28,
        Change::Follow {
            page: Some(crate::workshop::room::Page { lesson: "image-size".into(), heading: None }),
        },
    ));
    lines
}
