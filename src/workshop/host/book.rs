//! The file of a record: written line by line, each batch on the disk before anybody hears of it, and read again.

use crate::workshop::record::{Head, Line, RecordError};
use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Longest line that is read, in bytes: a parcel with all its escapes.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// The file of a record that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The disk.
    #[error("{path}: {source}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in it.
    #[error("{path}: {source}")]
    Record {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: RecordError,
    },
}

/// A record that is being written.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    file: File,
    /// Bytes that are whole lines on the disk.
    length: u64,
}

impl Book {
    /// A new record with this head; it must not be there yet.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn create(path: &Path, head: Head) -> Result<Self, BookError> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| disk(path, source))?;
        let mut book = Self { path: path.to_owned(), file, length: 0 };
        book.append(&[Line::Head(Box::new(head))])?;
        Ok(book)
    }

    /// Opens a record to go on with it; `each` hears its lines. A last line that was not written to its end was
    /// told nobody, and is taken away.
    ///
    /// # Errors
    /// When it cannot be read, or has a line that is none.
    pub fn open(path: &Path, mut each: impl FnMut(Line)) -> Result<Self, BookError> {
        let file = std::fs::OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(|source| disk(path, source))?;
        let length = read(&file, path, u64::MAX, &mut |line| {
            each(line);
            true
        })?;
        file.set_len(length).and_then(|()| file.sync_all()).map_err(|source| disk(path, source))?;
        Ok(Self { path: path.to_owned(), file, length })
    }

    /// Writes lines behind the others; when this returns they are on the disk. On an error none of them counts.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn append(&mut self, lines: &[Line]) -> Result<(), BookError> {
        let mut text = String::new();
        for line in lines {
            text += &line.write().map_err(|error| disk(&self.path, io::Error::other(error)))?;
        }
        let write = |file: &mut File, at| {
            file.seek(io::SeekFrom::Start(at))?;
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        if let Err(source) = write(&mut self.file, self.length) {
            // Half a batch must not stand in front of the next one.
            let _ = self.file.set_len(self.length);
            return Err(disk(&self.path, source));
        }
        self.length += text.len() as u64;
        Ok(())
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads the first `length` bytes of a record, line by line, until `each` says no.
///
/// # Errors
/// When it cannot be read, or has a line that is none.
pub fn replay(path: &Path, length: u64, each: &mut dyn FnMut(Line) -> bool) -> Result<(), BookError> {
    let file = File::open(path).map_err(|source| disk(path, source))?;
    read(&file, path, length, each).map(|_| ())
}

/// Answers with the length of all whole lines.
fn read(file: &File, path: &Path, length: u64, each: &mut dyn FnMut(Line) -> bool) -> Result<u64, BookError> {
    let mut reader = io::BufReader::with_capacity(64 * 1024, file.take(length));
    let (mut whole, mut number, mut line) = (0, 0, Vec::new());
    let record = |source| BookError::Record { path: path.to_owned(), source };
    loop {
        line.clear();
        let bounded = &mut (&mut reader).take(MAX_LINE as u64);
        let count = bounded.read_until(b'\n', &mut line).map_err(|source| disk(path, source))?;
        number += 1;
        if count >= MAX_LINE {
            return Err(record(RecordError::Broken { line: number, reason: "too long".into() }));
        }
        if line.last() != Some(&b'\n') {
            return if number == 1 { Err(record(RecordError::NoHead)) } else { Ok(whole) };
        }
        let text = String::from_utf8_lossy(&line);
        let read = Line::read(text.trim_end(), number).map_err(record)?;
        if (number == 1) != matches!(read, Line::Head(_)) {
            return Err(record(RecordError::NoHead));
        }
        whole += count as u64;
        if !each(read) {
            return Ok(whole);
        }
    }
}

fn disk(path: &Path, source: io::Error) -> BookError {
    BookError::Disk { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::plan::Plan;
    use crate::workshop::record::FORMAT;
    use crate::workshop::room::{Change, Room};

    fn head() -> Head {
        let room = Room::new(Plan { format: 1, title: "T".into(), parts: Vec::new() });
        Head { format: FORMAT, workshop: "abcdefgh".into(), at: 1, room, exercises: Vec::new() }
    }

    fn did(at: i64) -> Line {
        Line::Did { at, change: Change::Pause }
    }

    fn lines(path: &Path) -> Vec<Line> {
        let mut lines = Vec::new();
        Book::open(path, |line| lines.push(line)).unwrap();
        lines
    }

    #[test]
    fn a_record_is_gone_on_with_behind_its_last_whole_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r");
        Book::create(&path, head()).unwrap().append(&[did(1), did(2)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        // Killed in the middle of a line, at every place of it.
        for torn in [whole.len() - 1, whole.len() - 9] {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let mut book = Book::open(&path, |_| ()).unwrap();
            book.append(&[did(3)]).unwrap();
            assert_eq!(lines(&path), [Line::Head(Box::new(head())), did(1), did(3)]);
        }
        assert!(Book::create(&path, head()).is_err(), "a record is never written over");
    }

    #[test]
    fn what_is_broken_is_said_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r");
        for (text, said) in
            [("", "not the record"), ("{\"line\":\"did\"}\n", "line 1"), ("{", "not the record")]
        {
            std::fs::write(&path, text).unwrap();
            let error = Book::open(&path, |_| ()).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        std::fs::remove_file(&path).unwrap();
        Book::create(&path, head()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}nonsense\n{text}")).unwrap();
        assert!(Book::open(&path, |_| ()).unwrap_err().to_string().contains("line 2"));
        std::fs::write(&path, format!("{text}{text}")).unwrap();
        assert!(Book::open(&path, |_| ()).is_err(), "two heads are two records");
    }
}
