//! The edit journal: what was typed since the last save, appended within a second of typing, so that
//! a kill at any moment loses no more than that second.
//!
//! One file per edited file and process, in the workspace's hidden folder. The first record is the
//! whole text, each later one the difference to the one before; a record that a kill tore in half is
//! not valid JSON and ends the journal. The writer holds a lock on its file, so that recovery can
//! tell an orphan from the journal of another terminal.

use super::files;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A journal is begun anew when it has grown by this much beyond the text.
const SLACK: usize = 256 * 1024;
const SUFFIX: &str = ".journal";

/// One record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    /// The text as it was, of this file.
    Text { path: String, text: String },
    /// From byte `at`, `cut` bytes went and `put` came.
    Edit { at: usize, cut: usize, put: String },
}

/// The journal of one file that is being edited.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    path: String,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    at: PathBuf,
    noted: String,
    written: usize,
}

/// Text that was typed and never saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// File inside the exercise.
    pub path: String,
    /// The text as it was last noted.
    pub text: String,
    journal: PathBuf,
}

impl Recovered {
    /// Forgets it: it has been saved, or refused.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.journal);
    }
}

impl Journal {
    /// The journal of the file `path`, kept in `folder`. Nothing is written before the first note.
    pub fn new(folder: &Path, path: &str) -> Self {
        Self { folder: folder.to_owned(), path: path.to_owned(), open: None }
    }

    /// Notes the text as it is now. Cheap when little or nothing has changed; call it at most a few
    /// times a second while someone types.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|open| open.written > open.noted.len() + SLACK) {
            // Begun anew beside the old one, which goes only when the new one is on disk.
            let old = self.open.take();
            self.begin(text)?;
            if let Some(old) = old {
                let _ = fs::remove_file(&old.at);
            }
            return Ok(());
        }
        match &mut self.open {
            None => self.begin(text),
            Some(open) => open.append(text),
        }
    }

    /// The text is saved: the journal is no longer needed.
    pub fn clear(&mut self) {
        if let Some(open) = self.open.take() {
            let _ = fs::remove_file(&open.at);
        }
    }

    fn begin(&mut self, text: &str) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let (at, file) = self.create()?;
        file.try_lock().or_else(|error| match error {
            fs::TryLockError::Error(error) => Err(error),
            fs::TryLockError::WouldBlock => Ok(()),
        })?;
        let mut open = Open { file, at, noted: String::new(), written: 0 };
        open.write(&Record::Text { path: self.path.clone(), text: text.to_owned() })?;
        open.noted = text.to_owned();
        self.open = Some(open);
        Ok(())
    }

    fn create(&self) -> io::Result<(PathBuf, File)> {
        let stem: String =
            self.path.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '_' }).collect();
        let mut number = 0_u32;
        loop {
            let at = self.folder.join(format!("{stem}.{}-{number}{SUFFIX}", std::process::id()));
            match OpenOptions::new().append(true).create_new(true).open(&at) {
                Ok(file) => return Ok((at, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Open {
    fn append(&mut self, text: &str) -> io::Result<()> {
        let Some((at, cut, put)) = difference(&self.noted, text) else { return Ok(()) };
        self.write(&Record::Edit { at, cut, put: put.to_owned() })?;
        self.noted.replace_range(at..at + cut, put);
        Ok(())
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.written += line.len();
        self.file.sync_data()
    }
}

/// The one edit that makes `new` of `old`: where, how many bytes go, what comes.
fn difference<'a>(old: &str, new: &'a str) -> Option<(usize, usize, &'a str)> {
    if old == new {
        return None;
    }
    let mut start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let mut tail = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !old_rest.is_char_boundary(old_rest.len() - tail)
        || !new_rest.is_char_boundary(new_rest.len() - tail)
    {
        tail -= 1;
    }
    Some((start, old_rest.len() - tail, &new_rest[..new_rest.len() - tail]))
}

/// What orphaned journals in `folder` hold beyond the files under `root`. Journals whose text is
/// what the file says are removed; the others stay until [`Recovered::discard`].
pub(super) fn recover(folder: &Path, root: &Path) -> Vec<Recovered> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let at = entry.path();
        if !entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            continue;
        }
        let orphaned = File::open(&at).is_ok_and(|file| file.try_lock().is_ok());
        if !orphaned {
            continue;
        }
        let saved = |path: &str| files::resolve(root, path).ok().and_then(|p| fs::read(p).ok());
        match replay(&at) {
            Some((path, text)) if saved(&path).as_deref() != Some(text.as_bytes()) => {
                let age = entry.metadata().and_then(|meta| meta.modified()).ok();
                found.push((age, Recovered { path, text, journal: at }));
            }
            _ => drop(fs::remove_file(&at)),
        }
    }
    // The newest note of a file wins, so it comes last.
    found.sort_by_key(|(age, _)| *age);
    found.into_iter().map(|(_, recovered)| recovered).collect()
}

/// The path and text that a journal ends with.
fn replay(at: &Path) -> Option<(String, String)> {
    let bytes = fs::read(at).ok()?;
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let Ok(Record::Text { path, mut text }) = serde_json::from_slice(lines.next()?) else { return None };
    for line in lines {
        let Ok(Record::Edit { at, cut, put }) = serde_json::from_slice(line) else { break };
        let end = at.checked_add(cut)?;
        if text.get(at..end).is_none() {
            break;
        }
        text.replace_range(at..end, &put);
    }
    Some((path, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_journal_ends_with_the_last_noted_text(texts in prop::collection::vec("[aé日\\n🦀]{0,12}", 1..8)) {
            let dir = tempfile::tempdir().unwrap();
            let mut journal = Journal::new(dir.path(), "sub/Dockerfile");
            for text in &texts {
                journal.note(text).unwrap();
            }
            let at = journal.open.as_ref().unwrap().at.clone();
            prop_assert_eq!(replay(&at).unwrap(), ("sub/Dockerfile".to_owned(), texts.last().unwrap().clone()));
        }
    }

    #[test]
    fn a_torn_last_record_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(dir.path(), "Dockerfile");
        journal.note("FROM a\n").unwrap();
        journal.note("FROM ab\n").unwrap();
        journal.note("FROM abc\n").unwrap();
        let at = journal.open.as_ref().unwrap().at.clone();
        let bytes = fs::read(&at).unwrap();
        fs::write(&at, &bytes[..bytes.len() - 4]).unwrap();
        assert_eq!(replay(&at).unwrap().1, "FROM ab\n");
    }

    #[test]
    fn a_long_session_does_not_grow_without_bound() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(dir.path(), "Dockerfile");
        let big = "x".repeat(SLACK);
        for n in 0..6 {
            journal.note(&format!("{n}{big}{n}")).unwrap();
        }
        let sizes: Vec<u64> =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), 1);
        assert!(sizes[0] < 4 * SLACK as u64, "{sizes:?}");
    }

    #[test]
    fn a_journal_in_use_is_no_orphan() {
        let dir = tempfile::tempdir().unwrap();
        let notes = dir.path().join("notes");
        let mut journal = Journal::new(&notes, "Dockerfile");
        journal.note("typed").unwrap();
        assert_eq!(recover(&notes, dir.path()), []);
        drop(journal);
        let found = recover(&notes, dir.path());
        assert_eq!(found.iter().map(|r| r.text.as_str()).collect::<Vec<_>>(), ["typed"]);
        found[0].discard();
        assert_eq!(recover(&notes, dir.path()), []);
    }
}
