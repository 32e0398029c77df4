//! The journal of a repository: one line for each transaction, synced before it is acknowledged.
//!
//! A line that was cut off by a kill or a power cut is the last one, was never acknowledged, and is
//! dropped when the journal is opened. What cannot be read anywhere else is damage, and is said.

use super::files;
use super::repository::Event;
use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Lines beyond what the state needs that are borne before the journal is written anew.
const SLACK_LINES: usize = 4096;

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes that are known to be good.
    bytes: u64,
    lines: usize,
    /// Whether the file ends there. When a disk refuses a write, and then the way back too, it may not.
    ends_there: bool,
}

/// Why a journal cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The system refused.
    Io(std::io::Error),
    /// This line is not what was written.
    Line(usize, serde_json::Error),
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Journal {
    /// Opens the journal at `path`, making it when it is not there, and answers with its events.
    pub fn open(path: &Path) -> Result<(Self, Vec<Event>), Unreadable> {
        let text = files::read(path)?;
        let fresh = text.is_none();
        let text = text.unwrap_or_default();
        let mut events = Vec::new();
        let (mut bytes, mut lines) = (0, 0);
        let mut rest = text.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end + 1);
            match serde_json::from_slice::<Vec<Event>>(line) {
                Ok(transaction) => events.extend(transaction),
                Err(error) if after.contains(&b'\n') => return Err(Unreadable::Line(lines + 1, error)),
                // The end of a file whose blocks did not all reach the disk.
                Err(_) => break,
            }
            bytes += line.len() as u64;
            lines += 1;
            rest = after;
        }
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        if bytes < text.len() as u64 {
            tracing::warn!(path = %path.display(), "an unfinished transaction was dropped");
            file.set_len(bytes)?;
        }
        file.seek(SeekFrom::Start(bytes))?;
        if fresh {
            file.sync_all()?;
            path.parent().map_or(Ok(()), files::sync_folder)?;
        }
        Ok((Self { path: path.to_owned(), file, bytes, lines, ends_there: true }, events))
    }

    /// Adds a transaction; when `durable`, it is on disk on return. A transaction that fails leaves
    /// no trace.
    pub fn append(&mut self, events: &[Event], durable: bool) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(events)?;
        line.push(b'\n');
        if !self.ends_there {
            self.cut()?;
        }
        self.ends_there = false;
        let written =
            self.file.write_all(&line).and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            drop(self.cut());
            return Err(error);
        }
        self.ends_there = true;
        self.bytes += line.len() as u64;
        self.lines += 1;
        Ok(())
    }

    /// Takes off what is not known to be good.
    fn cut(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.bytes)?;
        self.file.seek(SeekFrom::Start(self.bytes))?;
        self.ends_there = true;
        Ok(())
    }

    /// Whether a state of `needed` events is worth writing the journal anew.
    pub fn is_long(&self, needed: usize) -> bool {
        self.lines > 2 * needed + SLACK_LINES
    }

    /// Writes the journal anew as `history`.
    pub fn rewrite(&mut self, history: &[Event]) -> std::io::Result<()> {
        let mut text = Vec::new();
        for event in history {
            serde_json::to_writer(&mut text, std::slice::from_ref(event))?;
            text.push(b'\n');
        }
        files::write_whole(&self.path, &text)?;
        self.file = OpenOptions::new().write(true).open(&self.path)?;
        self.bytes = self.file.seek(SeekFrom::End(0))?;
        self.lines = history.len();
        self.ends_there = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::Digest;
    use super::*;

    fn tag(name: &str) -> Vec<Event> {
        vec![Event::Tag(name.into(), Digest::of(b"")), Event::Untag("x".into())]
    }

    #[test]
    fn what_was_appended_is_read_again_and_a_torn_end_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, events) = Journal::open(&path).unwrap();
        assert!(events.is_empty());
        journal.append(&tag("a"), true).unwrap();
        journal.append(&tag("b"), false).unwrap();
        let whole = std::fs::read(&path).unwrap();
        // Wherever the end is torn off, the first transaction stays and the second is all or nothing.
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..=whole.len() {
            let mut torn = whole[..cut].to_vec();
            if cut > first && cut < whole.len() {
                torn.extend([0, 0]);
            }
            std::fs::write(&path, &torn).unwrap();
            let (mut journal, events) = Journal::open(&path).unwrap();
            assert_eq!(events.len(), if cut == whole.len() { 4 } else { 2 }, "cut at {cut}");
            journal.append(&tag("c"), true).unwrap();
            let (_, events) = Journal::open(&path).unwrap();
            assert_eq!(events.last(), tag("c").last());
        }
    }

    #[test]
    fn damage_before_the_end_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, "[]\nrubbish\n[]\n").unwrap();
        assert!(matches!(Journal::open(&path), Err(Unreadable::Line(2, _))));
    }

    #[test]
    fn a_journal_written_anew_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        for _ in 0..=SLACK_LINES + 2 {
            journal.append(&tag("a"), false).unwrap();
        }
        assert!(journal.is_long(1) && !journal.is_long(3));
        journal.rewrite(&tag("b")).unwrap();
        journal.append(&tag("c"), true).unwrap();
        let (_, events) = Journal::open(&path).unwrap();
        assert_eq!(events, [tag("b"), tag("c")].concat());
    }
}
