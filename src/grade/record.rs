//! What was graded already: a file of one line for each verdict, written as it falls, so that a run
//! that was killed goes on where it was.
//!
//! ```text
//! {"docker-ecr-tutor":"record of gradings","version":1}
//! {"key":"…","report":{…}}
//! ```
//! A key stands for everything a verdict hangs on; who writes it sees to that. A line that a kill cut
//! short is dropped. The file may hold what learners must not see, so it is its owner's alone.

use super::Report;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const HEADER: &str = "{\"docker-ecr-tutor\":\"record of gradings\",\"version\":1}\n";
/// Largest record that is read.
const LARGEST: u64 = 1 << 30;

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file is something else.
    #[error("the file holds something else than a record of gradings of this version")]
    Foreign,
    /// Another process writes it.
    #[error("another grading is writing this record")]
    Busy,
    /// It is too large to be one.
    #[error("the record is larger than 1 GiB")]
    TooLarge,
    /// The machine says no.
    #[error(transparent)]
    Machine(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Line<R> {
    key: String,
    report: R,
}

/// An open record; nobody else opens it until this is dropped.
#[derive(Debug)]
pub struct Record {
    file: File,
    known: HashMap<String, Report>,
}

impl Record {
    /// Opens the record at `path`, or begins one. Blocks.
    ///
    /// # Errors
    /// When the file is no record, or cannot be read and written.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(RecordError::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Ok(()) => {}
        }
        let mut bytes = Vec::new();
        (&mut file).take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(RecordError::TooLarge);
        }
        // What was killed while it began is empty but for a piece of the header.
        let begun = HEADER.as_bytes().starts_with(&bytes) && bytes.len() < HEADER.len();
        if begun {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(HEADER.as_bytes())?;
            return Ok(Self { file, known: HashMap::new() });
        }
        let lines = bytes.strip_prefix(HEADER.as_bytes()).ok_or(RecordError::Foreign)?;
        let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let read = |line: &[u8]| serde_json::from_slice::<Line<Report>>(line).ok();
        let lines = lines.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
        let known = lines.filter_map(read).map(|line| (line.key, line.report)).collect();
        let end = (HEADER.len() + whole) as u64;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(Self { file, known })
    }

    /// The verdict under this key.
    pub fn get(&self, key: &str) -> Option<&Report> {
        self.known.get(key)
    }

    /// Keeps a verdict. A kill after this returns does not lose it. Blocks.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&mut self, key: &str, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_string(&Line { key: key.to_owned(), report })?;
        line.push('\n');
        self.file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::report::text::tests::reports;
    use std::fs;

    #[test]
    fn what_was_kept_is_there_again_and_a_cut_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record");
        let [first, second] = <[Report; 2]>::try_from(reports()).unwrap();
        let mut record = Record::open(&path).unwrap();
        record.keep("a", &first).unwrap();
        record.keep("b", &second).unwrap();
        assert!(matches!(Record::open(&path), Err(RecordError::Busy)));
        drop(record);
        let whole = fs::read(&path).unwrap();
        let end_of_first =
            whole.len() - whole.iter().rev().skip(1).position(|byte| *byte == b'\n').unwrap() - 1;
        for cut in [0, 7, HEADER.len() - 1, HEADER.len(), HEADER.len() + 9, end_of_first, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut record = Record::open(&path).unwrap();
            assert_eq!(record.get("a").is_some(), cut >= end_of_first, "{cut}");
            assert_eq!(record.get("b"), None, "{cut}");
            record.keep("b", &second).unwrap();
            drop(record);
            let record = Record::open(&path).unwrap();
            assert_eq!(record.get("b"), Some(&second), "{cut}");
            assert_eq!(record.get("a"), (cut >= end_of_first).then_some(&first), "{cut}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("essay");
        for text in ["my essay\n", "{\"docker-ecr-tutor\":\"record of gradings\",\"version\":2}\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(Record::open(&path), Err(RecordError::Foreign)));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
