//! Exports of a workshop with hostile names, and that the order of lines does not show in them.

use super::*;
use crate::workshop::event::{self, Event, Parcel, SharedFile, What};
use crate::workshop::plan::{Part, Plan};
use crate::workshop::record::{self, Exercise, Head, Line, Told};
use crate::workshop::room::{Change, Room};

const NAMES: [&str; 6] = [
    "=cmd|' /C calc'!A0",
    "  +1+1",
    "<script>alert(1)</script>",
    "\"quoted\", 'and'",
    "\u{1b}[2Jred\u{202e}",
    "＠SUM(A1)",
];

fn lines() -> Vec<Line> {
    let told = |(at, name): (usize, &&str)| {
        let checked = What::Checked {
            exercise: "exercise-1".into(),
            passed: at.is_multiple_of(2),
            points: 2,
            of: 3,
            failed: if at.is_multiple_of(2) { Vec::new() } else { vec!["<b>".into()] },
            not_run: Vec::new(),
        };
        let files = vec![SharedFile { path: "secret.txt".into(), text: "for the instructor".into() }];
        let help = What::Help { exercise: None, says: "my words".into(), files };
        let events = vec![Event { seq: 1, at: 0, what: checked }, Event { seq: 2, at: 0, what: help }];
        let parcel = Parcel { format: event::FORMAT, name: event::name(name), version: "1".into(), events };
        Line::Told(Told { at: 1_795_348_800_000, n: 1, from: format!("U{at}"), parcel })
    };
    NAMES.iter().enumerate().map(told).collect()
}

fn board(lines: &[Line]) -> Board {
    let part = Part {
        title: "<i>First</i>".into(),
        minutes: 30,
        lessons: Vec::new(),
        exercises: vec!["exercise-1".into()],
        hints_after: None,
        solutions_after: None,
        messages: Vec::new(),
    };
    let mut board = Board::new(&Head {
        format: record::FORMAT,
        workshop: "abcdefgh".into(),
        at: 1_795_345_200_000,
        room: Room::new(Plan { format: 1, title: "=A & B".into(), parts: vec![part] }),
        exercises: vec![Exercise {
            id: "exercise-1".into(),
            title: "-1 <img src=x>".into(),
            checks: vec![("<b>".into(), "=bold".into())],
        }],
    });
    for line in lines {
        board.take(line);
    }
    board.take(&Line::Did { at: 1, change: Change::Announce { text: "a\u{7}b".into() } });
    board
}

fn rendered(format: Format) -> String {
    render(&board(&lines()), format, 1_795_348_800_000, Limits::default())
}

#[test]
fn no_cell_is_a_formula() {
    let csv = rendered(Format::Csv);
    assert_eq!(csv.lines().count(), 1 + NAMES.len());
    for line in csv.split_terminator("\r\n") {
        for cell in line.split("\",\"") {
            let cell = cell.trim_start_matches('"').trim_start();
            assert!(!cell.starts_with(['=', '+', '-', '@', '＠']), "{line}");
        }
    }
    assert!(csv.contains("\"\"quoted\"\""), "{csv}");
    assert!(csv.contains("\"failing\",\"1\",\"2\",\"3\",\"0\",\"<b>\""), "{csv}");
}

#[test]
fn a_page_has_no_markup_of_others() {
    let html = rendered(Format::Html);
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("3 of 6 fail &lt;b&gt;"), "{html}");
    assert!(!html.contains("http:") && !html.contains("https:"), "nothing beside it");
}

#[test]
fn a_document_holds_what_it_says() {
    let json = rendered(Format::Json);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["format"], 1);
    assert_eq!(document["exercises"][0]["checks"][0]["failing"], 3);
    assert_eq!(document["learners"].as_array().unwrap().len(), NAMES.len());
    assert_eq!(document["learners"][0]["stuck"][0], "help");
    assert_eq!(document["made"], "2026-11-22T11:00:00Z");
    let states: Vec<_> = document["learners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|learner| learner["exercises"][0]["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "failing").count(), 3);
}

#[test]
fn nothing_steers_and_nothing_private_goes_out() {
    for format in [Format::Csv, Format::Json, Format::Html] {
        let text = rendered(format);
        let steers = |c: char| sanitised(c) && !matches!(c, '\n' | '\r');
        assert!(!text.contains(steers), "{format:?}");
        assert!(!text.contains("instructor") && !text.contains("my words"), "{format:?}");
    }
}

fn sanitised(c: char) -> bool {
    crate::text::sanitise::is_unsafe(c)
}

#[test]
fn the_order_of_lines_does_not_show() {
    let mut turned = lines();
    turned.reverse();
    for format in [Format::Csv, Format::Json, Format::Html] {
        let other = render(&board(&turned), format, 1_795_348_800_000, Limits::default());
        assert_eq!(other, rendered(format), "{format:?}");
    }
}
