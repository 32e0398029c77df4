//! A recorded workshop, as an instructor sees it: on the board in a real terminal, in lines of text, and as files
//! for other programs. The records are made here; what is in them comes from hostile learners.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use docker_ecr_tutor::workshop::event::{self, Event, Parcel, SharedFile, What, Where};
use docker_ecr_tutor::workshop::plan::{Part, Plan};
use docker_ecr_tutor::workshop::record::{self, Exercise, Head, Line, Told};
use docker_ecr_tutor::workshop::room::{Change, Room};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Exit, Home, Session, Size};

const WIDE: Size = (120, 36);
const MINUTE: i64 = 60_000;
/// 2026-11-22 09:00 UTC.
const BEGAN: i64 = 1_795_338_000_000;
/// Names that would steer a terminal, a spreadsheet or a browser.
const HOSTILE: [&str; 6] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}Eve",
    "\u{9b}31mMallory\u{202e}",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "a\nb\r\nc\u{2028}d",
    "ＷＩＤＥ 日本語 👩‍👩‍👧‍👦",
];

fn head(title: &str) -> Line {
    let part = Part {
        title: format!("{title}\u{1b}[31m part"),
        minutes: 45,
        lessons: Vec::new(),
        exercises: vec!["exercise-1".into(), "exercise-2".into()],
        hints_after: None,
        solutions_after: None,
        messages: Vec::new(),
    };
    let exercise = |id: &str, title: &str| Exercise {
        id: id.into(),
        title: title.into(),
        checks: vec![
            ("builds".into(), "The image builds".into()),
            ("non-root".into(), "Does not run as root\u{1b}[5m".into()),
        ],
    };
    Line::Head(Box::new(Head {
        format: record::FORMAT,
        workshop: "abcdefgh".into(),
        at: BEGAN,
        room: Room::new(Plan { format: 1, title: title.into(), parts: vec![part] }),
        exercises: vec![exercise("exercise-1", "First steps"), exercise("exercise-2", "Small images")],
    }))
}

fn told(key: &str, name: &str, minute: i64, first: u64, whats: Vec<What>) -> Line {
    let at = BEGAN + minute * MINUTE;
    let events = (first..).zip(whats).map(|(seq, what)| Event { seq, at, what }).collect();
    // As it would come from a host that lets everything through: the name is not made safe here.
    let parcel = Parcel { format: event::FORMAT, name: name.into(), version: "0.1.0".into(), events };
    Line::Told(Told { at, n: first, from: key.into(), parcel })
}

fn checked(exercise: &str, failed: &[&str]) -> What {
    What::Checked {
        exercise: exercise.into(),
        passed: failed.is_empty(),
        points: 2 - failed.len() as u32,
        of: 2,
        failed: failed.iter().map(|id| (*id).to_owned()).collect(),
        not_run: Vec::new(),
    }
}

fn write(home: &Home, name: &str, lines: &[Line]) -> PathBuf {
    let text: String = lines.iter().map(|line| line.write().expect("a line")).collect();
    home.write(name, text)
}

/// Half an hour with hostile learners; the last of them calls for help.
fn record(home: &Home) -> PathBuf {
    let mut lines = vec![head("A day"), Line::Did { at: BEGAN, change: Change::Part { part: 0 } }];
    for (number, name) in HOSTILE.iter().enumerate() {
        let place = Where::Exercise("exercise-1".into());
        let failed: &[&str] = if number.is_multiple_of(2) { &["non-root"] } else { &[] };
        let whats = vec![What::Joined, What::At { place }, checked("exercise-1", failed)];
        lines.push(told(&format!("U{number}"), name, 1, 1, whats));
    }
    let files = vec![SharedFile {
        path: "Docker\u{1b}[2Jfile".into(),
        text: "FROM alpine\n\u{1b}]52;c;eA==\u{7}\n".into(),
    }];
    let says = "please \u{1b}[2J help".into();
    let help = What::Help { exercise: Some("exercise-1".into()), says, files };
    lines.push(told("U5", HOSTILE[5], 30, 4, vec![help]));
    write(home, "record.jsonl", &lines)
}

fn replay(home: &Home, record: &Path, size: Size, more: &[&str]) -> Session {
    let record = record.to_string_lossy().into_owned();
    let args = [&["workshop", "replay", &record], more].concat();
    let mut session = home.start(&args, size, &[]);
    session.patience(Duration::from_secs(60));
    session
}

fn end(mut session: Session) {
    session.send("Ctrl-q");
    assert_eq!(session.wait_exit(), Exit::Code(0));
    session.assert_clean();
    session.assert_restored();
}

#[test]
fn hostile_names_and_files_are_shown_and_steer_nothing() {
    let home = Home::new();
    let record = record(&home);
    let mut board = replay(&home, &record, WIDE, &["--speed", "1"]);
    board.wait_for("recording, playing 1x");
    // Half an hour is behind it.
    board.send("]").send("]").send("]").wait_for("at its end");
    board.wait_for("Learners: 6");
    for shown in ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "owned", "Mallory", "1 wants help"] {
        board.wait_for(shown);
    }
    board.wait_for("3 of 6 fail non-root");
    board.send("Tab").send("Enter").wait_for("Wants help");
    board.wait_for("FROM alpine");
    board.send("Esc").wait_for("Learners: 6");
    // What everybody sees on the wall names nobody.
    board.send("p").wait_for("left of 45 minutes");
    board.wait_gone("Mallory");
    end(board);
}

#[test]
fn keys_wind_a_recording_and_change_nothing_in_it() {
    let home = Home::new();
    let record = record(&home);
    let before = std::fs::read(&record).unwrap();
    let mut board = replay(&home, &record, WIDE, &["--speed", "1"]);
    board.wait_for("playing 1x");
    board.send("Space").wait_for("recording, paused");
    board.send(".").wait_for("Learners: 6");
    board.send("]").send("]").send("]").wait_for("at its end");
    board.wait_for("1 wants help");
    board.send("[").wait_for("20:00 of 30:00");
    board.wait_gone("wants help");
    board.send(",").wait_for("19:00 of 30:00");
    board.send("+").send("Space").wait_for("playing 2x");
    board.send("Enter").wait_for("last heard");
    board.send("d").wait_for("nothing in it can be changed");
    end(board);
    assert_eq!(std::fs::read(&record).unwrap(), before);
}

#[test]
fn five_thousand_learners_scroll_sort_and_are_found() {
    let home = Home::new();
    let mut lines = vec![head("A hall"), Line::Did { at: BEGAN, change: Change::Part { part: 0 } }];
    for number in 0..5_000 {
        let failed: &[&str] = if number % 5 == 0 { &["non-root"] } else { &[] };
        let whats = vec![What::Joined, checked("exercise-1", failed)];
        lines.push(told(&format!("U{number:04}"), &format!("Learner {number:04}"), 0, 1, whats));
    }
    let record = write(&home, "hall.jsonl", &lines);
    let mut board = replay(&home, &record, (80, 24), &[]);
    board.wait_for("Learners: 5000, by name");
    board.wait_for("1000 of 5000 fail non-root");
    board.wait_for("Learner 0000");
    board.send("End").wait_for("Learner 4999");
    board.send("PageUp").wait_gone("Learner 4999");
    board.send("Home").wait_for("Learner 0000");
    board.type_text("/4242").wait_for("Learners: 1 of 5000");
    board.wait_for("Learner 4242");
    board.send("Enter").send("Enter").wait_for("last heard");
    board.send("Esc").wait_for("Learners: 1 of 5000");
    board.send("Esc").wait_for("Learners: 5000");
    board.type_text("/non-root\n").wait_for("Learners: 1000 of 5000");
    board.send("Esc").wait_for("Learners: 5000");
    board.send("s").wait_for("by who is stuck");
    board.send("s").wait_for("by progress");
    end(board);
}

#[test]
fn in_ascii_every_sign_is_an_ordinary_one() {
    let home = Home::new();
    let lines = [
        head("Plain"),
        Line::Did { at: BEGAN, change: Change::Part { part: 0 } },
        told("U1", "Ada", 0, 1, vec![What::Joined, checked("exercise-1", &["builds"])]),
        told("U2", "Bob", 9, 1, vec![What::Joined, checked("exercise-1", &[])]),
    ];
    let record = write(&home, "plain.jsonl", &lines);
    let mut board = replay(&home, &record, WIDE, &["--ascii", "--speed", "1"]);
    board.wait_for("Ada");
    board.send("]").wait_for("at its end");
    board.send("[").send("Space").wait_for("recording, paused");
    let ascii = |board: &Session| {
        let text = board.text();
        assert!(text.is_ascii(), "{text}");
    };
    ascii(&board);
    board.send("Enter").wait_for("last heard");
    ascii(&board);
    // Esc and a letter in one go would be Alt and the letter.
    board.send("Esc").wait_for("Learners:");
    board.send("p").wait_for("left of 45 minutes");
    ascii(&board);
    end(board);
}

#[test]
fn the_end_is_printed_as_lines() {
    let home = Home::new();
    let record = record(&home);
    let record = record.to_str().unwrap();
    let printed = home.command(&["workshop", "replay", record, "--plain"]).output().unwrap();
    let text = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.status.success(), "{text}");
    for line in [
        "A day",
        "6 learners",
        "3 of 6 fail non-root",
        "<script>alert(1)</script>: 1 of 2 passed",
        "wants help",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}']), "{text:?}");
}

#[test]
fn a_torn_last_line_is_left_out_and_what_is_no_record_is_refused_with_its_place() {
    let home = Home::new();
    let whole = std::fs::read_to_string(record(&home)).unwrap();
    let torn = home.write("torn.jsonl", &whole[..whole.len() - 30]);
    let run = |path: &PathBuf| {
        home.command(&["workshop", "replay", path.to_str().unwrap(), "--plain"]).output().unwrap()
    };
    let printed = run(&torn);
    let text = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.status.success() && text.contains("written only in part"), "{text}");
    assert!(!text.contains("wants help"), "the torn line is the call: {text}");

    let broken = home.write("broken.jsonl", whole.replacen("\"line\":\"did\"", "\"line\":\"\u{1b}[2J\"", 1));
    let notes = home.write("notes.txt", "FROM alpine\n");
    for (path, says) in [(&broken, "broken.jsonl:2: "), (&notes, "notes.txt:1: this is not the record")] {
        let refused = run(path);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(
            said.contains(says) && said.contains("hint") | said.contains("try") | said.contains("name a"),
            "{said}"
        );
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
    let missing = run(&home.path().join("missing.jsonl"));
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn exports_are_the_same_each_time_and_safe_where_they_go() {
    let home = Home::new();
    let record = record(&home);
    let record = record.to_str().unwrap();
    let export = |format: &str| {
        let printed = home.command(&["workshop", "export", record, "--format", format]).output().unwrap();
        let text = String::from_utf8(printed.stdout).unwrap();
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let steers = |c: char| matches!(c, '\u{1b}' | '\u{9b}' | '\u{7}' | '\u{202e}' | '\u{2028}');
        assert!(!text.contains(steers), "{text:?}");
        text
    };
    let csv = export("csv");
    assert!(csv.contains("\"'=cmd|' /C calc'!A0\""), "{csv}");
    assert_eq!(csv.split_terminator("\r\n").count(), 1 + 6 * 2, "{csv}");
    let html = export("html");
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
    let json: serde_json::Value = serde_json::from_str(&export("json")).unwrap();
    assert_eq!(json["learners"].as_array().map(Vec::len), Some(6));
    assert_eq!(json["exercises"][0]["checks"][0]["failing"], 3);

    for format in ["csv", "json", "html"] {
        let file = home.path().join(format!("out.{format}"));
        let args = ["workshop", "export", record, "--format", format, "--output", file.to_str().unwrap()];
        assert!(home.command(&args).status().unwrap().success());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), export(format), "{format}");
    }
    // By its id, where the host of this data folder kept it.
    let kept = home.data().join("workshops/abcdefgh/record.jsonl");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::copy(record, &kept).unwrap();
    let by_id = home.command(&["workshop", "export", "abcdefgh", "--format", "csv"]).output().unwrap();
    assert_eq!(String::from_utf8(by_id.stdout).unwrap(), csv);
}
