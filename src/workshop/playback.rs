//! A recorded workshop, shown again: its lines, and how much of them has passed. Pure but for the reader that it
//! is made from.

use super::board::Board;
use super::record::{Head, Line, RecordError};
use std::io::{BufRead, Read as _};

/// Longest line of a record, in bytes: the largest parcel, escaped, with all around it.
const MAX_LINE: u64 = 2 * 1024 * 1024;
/// Speeds that keys go through.
pub const SPEEDS: [u32; 8] = [1, 2, 5, 10, 30, 60, 120, 600];

/// A record and a moment in it.
#[derive(Debug, Clone)]
pub struct Playback {
    head: Box<Head>,
    lines: Vec<Line>,
    /// How much of `lines` is on the board.
    next: usize,
    board: Board,
    /// The moment that is shown, in milliseconds since 1970.
    now: i64,
    /// The moment of the last line.
    end: i64,
    /// How often faster than it was.
    pub speed: u32,
    /// Whether it stands.
    pub paused: bool,
    /// Whether the last line was written only in part: the host was killed in it.
    pub torn: bool,
}

/// A record that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is none, or broken.
    #[error("{source}")]
    Record {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        source: RecordError,
    },
}

impl Playback {
    /// Reads a record. A last line that is torn is left out.
    ///
    /// # Errors
    /// When it cannot be read, is no record, is of a later format, or has a line that is none.
    pub fn read(mut from: impl BufRead) -> Result<Self, PlaybackError> {
        let (mut head, mut lines, mut torn, mut number) = (None, Vec::new(), false, 0);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            from.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                break;
            }
            number += 1;
            let whole = bytes.last() == Some(&b'\n');
            let error = |source| PlaybackError::Record { line: number, source };
            let broken = |reason: &str| RecordError::Broken { line: number, reason: reason.to_owned() };
            let line = match std::str::from_utf8(&bytes) {
                _ if bytes.len() as u64 >= MAX_LINE && !whole => Err(broken("it is too long")),
                Ok(text) => Line::read(text.trim_end(), number),
                Err(_) => Err(broken("it is not text")),
            };
            match (line, number) {
                (Ok(Line::Head(first)), 1) => head = Some(first),
                (Err(newer @ RecordError::Newer(_)), 1) => return Err(error(newer)),
                (_, 1) => return Err(error(RecordError::NoHead)),
                (Ok(Line::Head(_)), _) => return Err(error(broken("a second head"))),
                (Ok(line), _) => lines.push(line),
                (Err(_), _) if !whole && (bytes.len() as u64) < MAX_LINE => torn = true,
                (Err(reason), _) => return Err(error(reason)),
            }
        }
        let head = head.ok_or(PlaybackError::Record { line: 1, source: RecordError::NoHead })?;
        let at = |line: &Line| match line {
            Line::Told(told) => told.at,
            Line::Did { at, .. } => *at,
            Line::Head(head) => head.at,
        };
        let end = lines.iter().map(at).max().unwrap_or(head.at).max(head.at);
        let mut playback = Self {
            board: Board::new(&head),
            now: head.at,
            end,
            next: 0,
            speed: 10,
            paused: false,
            head,
            lines,
            torn,
        };
        // What lies long before the first line, nobody wants to wait for.
        if let Some(first) = playback.lines.first().map(at) {
            playback.now = first.clamp(playback.head.at, end);
        }
        playback.catch_up();
        Ok(playback)
    }

    /// The board at the moment that is shown.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Which workshop it was.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The moment that is shown, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Milliseconds from the beginning to the moment that is shown, and to the end.
    pub fn position(&self) -> (i64, i64) {
        (self.now - self.head.at, self.end - self.head.at)
    }

    /// Whether all of it is on the board.
    pub fn is_over(&self) -> bool {
        self.now >= self.end
    }

    /// Lines of the record, without its head.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Lets `millis` of the watcher's time pass; answers whether the board may have changed.
    pub fn pass(&mut self, millis: u64) -> bool {
        if self.paused || self.is_over() {
            return false;
        }
        let by = i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(i64::from(self.speed));
        self.seek(by);
        true
    }

    /// Goes this many milliseconds of the workshop on, or back, within its bounds.
    pub fn seek(&mut self, by: i64) {
        let to = self.now.saturating_add(by).clamp(self.head.at, self.end);
        if to < self.now {
            self.board = Board::new(&self.head);
            self.next = 0;
        }
        self.now = to;
        self.catch_up();
    }

    /// To the end.
    pub fn finish(&mut self) {
        self.seek(i64::MAX);
    }

    /// A faster speed, or a slower one.
    pub fn change_speed(&mut self, faster: bool) {
        let next = match faster {
            true => SPEEDS.iter().find(|speed| **speed > self.speed),
            false => SPEEDS.iter().rev().find(|speed| **speed < self.speed),
        };
        self.speed = next.copied().unwrap_or(self.speed);
    }

    /// Puts the lines on the board whose moment has come. They stay in their order: a clock that was put back
    /// while the workshop ran makes nothing come early.
    fn catch_up(&mut self) {
        while let Some(line) = self.lines.get(self.next) {
            let at = match line {
                Line::Told(told) => told.at,
                Line::Did { at, .. } => *at,
                Line::Head(_) => i64::MIN,
            };
            if at > self.now {
                return;
            }
            self.board.take(line);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::event::{self, Event, Parcel, What};
    use crate::workshop::plan::Plan;
    use crate::workshop::record::{self, Told};
    use crate::workshop::room::{Change, Room};

    fn record() -> String {
        let head = Head {
            format: record::FORMAT,
            workshop: "abcdefgh".into(),
            at: 1_000,
            room: Room::new(Plan { format: 1, title: "T".into(), parts: Vec::new() }),
            exercises: Vec::new(),
        };
        let told = |seq: u64, at: i64| {
            let events = vec![Event { seq, at: 0, what: What::Idle }];
            let parcel = Parcel { format: event::FORMAT, name: "A".into(), version: "1".into(), events };
            Line::Told(Told { at, n: seq, from: "A".into(), parcel })
        };
        let did = Line::Did { at: 30_000, change: Change::Announce { text: "hello".into() } };
        let lines = [Line::Head(Box::new(head)), told(1, 2_000), did, told(2, 601_000)];
        lines.iter().map(|line| line.write().unwrap()).collect()
    }

    #[test]
    fn time_passes_stands_and_goes_back() {
        let mut playback = Playback::read(record().as_bytes()).unwrap();
        assert_eq!((playback.position(), playback.board().up_to("A")), ((1_000, 600_000), 1));
        assert!(playback.pass(2_800));
        assert_eq!(playback.board().room.announcements.len(), 1);
        playback.paused = true;
        assert!(!playback.pass(99_000));
        playback.seek(10 * 60_000);
        assert!(playback.is_over() && playback.board().up_to("A") == 2);
        playback.seek(-60_000);
        assert_eq!((playback.position().0, playback.board().up_to("A")), (540_000, 1));
        playback.seek(i64::MIN);
        assert_eq!((playback.position().0, playback.board().room.announcements.len()), (0, 0));
        playback.change_speed(true);
        assert_eq!(playback.speed, 30);
        (0..9).for_each(|_| playback.change_speed(false));
        assert_eq!(playback.speed, 1);
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_any_other_is_told_with_its_place() {
        let whole = record();
        let torn = Playback::read(&whole.as_bytes()[..whole.len() - 20]).unwrap();
        assert!(torn.torn && torn.lines() == 2);
        let no_newline = Playback::read(whole.trim_end().as_bytes()).unwrap();
        assert!(!no_newline.torn && no_newline.lines() == 3);
        let broken = whole.replacen("\"line\":\"did\"", "\"line\":\"dod\"", 1);
        let error = Playback::read(broken.as_bytes()).unwrap_err();
        assert!(matches!(error, PlaybackError::Record { line: 3, .. }), "{error}");
        let cut = Playback::read(&whole.as_bytes()[..100]).unwrap_err();
        assert!(matches!(cut, PlaybackError::Record { line: 1, source: RecordError::NoHead }), "{cut}");
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for wrong in ["", "{}\n", "FROM alpine\n", "\u{0}\n"] {
            let error = Playback::read(wrong.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("not the record"), "{error}");
        }
        let binary: &[u8] = &[0xff, 0xfe, b'\n'];
        assert!(Playback::read(binary).is_err());
        let later = record().replacen("\"format\":1", "\"format\":9", 1);
        assert!(Playback::read(later.as_bytes()).unwrap_err().to_string().contains("format 9"));
        let twice = format!("{0}{0}", record());
        assert!(Playback::read(twice.as_bytes()).unwrap_err().to_string().contains("second head"));
    }
}
