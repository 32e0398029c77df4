//! What is kept on disk: progress in one SQLite file (the only user of rusqlite), and the learner's
//! files as plain files. Nothing here waits on a lock for longer than a second.
//!
//! | file | owns |
//! | --- | --- |
//! | `migrations` | the schema, append-only |
//! | `progress` | lessons, quizzes, hints, settings and the place to come back to |
//! | `builds` | builds that worked: bytes and time, the last 200 of each exercise |
//! | `attempts` | graded attempts; a passed one is on the disk before the call returns |
//! | `outbox` | the seat in a workshop, and what is told there until the host has recorded it |
//! | `workspace` | the learner's files: laid down once, saved atomically, never overwritten |
//! | `journal` | what was typed and not saved yet, so that a kill loses at most a second |
//! | `files` | paths that cannot leave their root, atomic replacement |
//!
//! It knows neither courses nor grades: an exercise is an id, a start file a path with bytes.

pub mod attempts;
pub mod builds;
pub mod editor;
pub mod files;
pub mod journal;
mod migrations;
pub mod outbox;
pub mod progress;
pub mod workspace;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest wait for another process that holds the progress file. A loaded disk may keep one commit for
/// seconds, and whoever gives up earlier loses what it came to write.
const BUSY: Duration = Duration::from_secs(10);
/// Up to this size the whole file is verified at every start; a larger one only where it is read.
const VERIFY_UP_TO: u64 = 256 * 1024;
const FILE: &str = "progress.db";

/// Why progress cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The platform names no home for data.
    #[error("no home directory is set, so there is no place to keep progress (set HOME, or use --data DIR)")]
    NoHome,
    /// The folder or the file cannot be used.
    #[error("cannot use {path} to keep progress")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has held the file for too long.
    #[error("another program has kept {path} locked for a second")]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// The file was written by a later version of this program.
    #[error(
        "{path} was written by a newer version of docker-ecr-tutor (schema {found}, this one knows {known})"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The last schema this program knows.
        known: i64,
    },
    /// SQLite refused.
    #[error("the progress file {path} could not be read or written")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl StoreError {
    fn is_corruption(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. }
            if matches!(source.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)))
    }
}

/// The progress file, open. Calls take microseconds, unless another process is writing at the same
/// moment (then at most ten seconds); keep them off the thread that draws.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    course: String,
    notice: Option<String>,
}

impl Store {
    /// Opens the progress file of the data folder `dir`, creating both when they are missing. A
    /// damaged file is moved aside, never deleted, and [`Store::notice`] says so.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(dir).map_err(|source| StoreError::Folder { path: dir.to_owned(), source })?;
        let path = dir.join(FILE);
        let (db, notice) = match connect(&path).and_then(|db| ready(db, &path)) {
            Ok(db) => (db, None),
            Err(error) if error.is_corruption() => {
                let moved = move_aside(&path)?;
                let db = connect(&path).and_then(|db| ready(db, &path))?;
                let notice = moved.map(|to| {
                    format!(
                        "The progress file was damaged. It was moved to {} and a new one was begun; \
                         your exercise files are untouched.",
                        to.display()
                    )
                });
                (db, notice)
            }
            Err(error) => return Err(error),
        };
        Ok(Self { db, path, course: String::new(), notice })
    }

    /// A store that forgets everything at the end: for when the data folder cannot be used, and for
    /// tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let wrap = |source| StoreError::Sqlite { path: PathBuf::from(":memory:"), source };
        let db = Connection::open_in_memory().map_err(wrap)?;
        migrations::run(&db).map_err(wrap)?;
        Ok(Self { db, path, course: String::new(), notice: None })
    }

    /// Like [`Store::open`], but goes on without a file when there can be none; the notice says
    /// that nothing will be remembered, and why.
    pub fn open_or_forget(dir: &Path) -> Result<Self, StoreError> {
        match Self::open(dir) {
            Ok(store) => Ok(store),
            Err(error) => {
                let mut store = Self::in_memory()?;
                let cause = std::error::Error::source(&error).map_or(String::new(), |c| format!(": {c}"));
                store.notice = Some(format!("Progress will not be remembered: {error}{cause}."));
                Ok(store)
            }
        }
    }

    /// The same store for another course: courses with equal ids keep their progress apart. The
    /// embedded course is the empty name.
    #[must_use]
    pub fn for_course(mut self, course: impl Into<String>) -> Self {
        self.course = course.into();
        self
    }

    /// The name of its course; empty for the embedded one.
    pub fn course(&self) -> &str {
        &self.course
    }

    /// What the learner should be told about how the store opened.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The file behind it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn wrap(&self, source: rusqlite::Error) -> StoreError {
        classify(source, &self.path)
    }
}

/// The data folder: `chosen` (from `--data` or `DOCKER_ECR_TUTOR_DATA`) or
/// `$XDG_DATA_HOME/docker-ecr-tutor`.
pub fn data_dir(chosen: Option<&Path>) -> Result<PathBuf, StoreError> {
    use etcetera::BaseStrategy;
    match chosen {
        Some(dir) => Ok(dir.to_owned()),
        None => etcetera::choose_base_strategy()
            .map(|home| home.data_dir().join("docker-ecr-tutor"))
            .map_err(|_| StoreError::NoHome),
    }
}

fn classify(source: rusqlite::Error, path: &Path) -> StoreError {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Busy { path: path.to_owned() }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::Folder { path: path.to_owned(), source: io::Error::other(source) }
        }
        _ => StoreError::Sqlite { path: path.to_owned(), source },
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        keep_private(path);
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(BUSY)?;
        // A commit in WAL survives a kill whatever this says; attempts ask for more, see `attempts`.
        db.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(db)
    };
    open().map_err(|source| classify(source, path))
}

/// Nobody else may read the file: the seat in a workshop holds a key. SQLite gives its companions the same mode.
/// Where modes cannot be set there are none to keep to.
#[cfg(unix)]
fn keep_private(path: &Path) {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if made.is_ok() {
        return;
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let wide = fs::metadata(&name).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
        if wide {
            let _ = fs::set_permissions(&name, fs::Permissions::from_mode(0o600));
        }
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

/// Verifies the file, and brings its schema up to date under a lock, so that two first starts at the
/// same moment do not meet.
fn ready(db: Connection, path: &Path) -> Result<Connection, StoreError> {
    let wrap = |source| classify(source, path);
    let version = migrations::version(&db).map_err(wrap)?;
    if version > migrations::LATEST {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: migrations::LATEST });
    }
    if version < migrations::LATEST {
        let _lock = lock(path)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(wrap)?;
        migrations::run(&db).map_err(wrap)?;
    }
    if fs::metadata(path).is_ok_and(|meta| meta.len() <= VERIFY_UP_TO) {
        let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(wrap)?;
        if verdict != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(wrap(rusqlite::Error::SqliteFailure(code, Some(verdict))));
        }
    }
    Ok(db)
}

/// Moves a damaged file and its companions aside; `None` when another process did so first.
fn move_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let _lock = lock(path)?;
    match connect(path).and_then(|db| ready_unlocked(db, path)) {
        Err(error) if error.is_corruption() => {}
        _ => return Ok(None),
    }
    let wrap = |source| StoreError::Folder { path: path.to_owned(), source };
    let free = (1..).map(|n| path.with_file_name(format!("{FILE}.damaged-{n}"))).find(|p| !p.exists());
    let Some(to) = free else { return Ok(None) };
    fs::rename(path, &to).map_err(wrap)?;
    for companion in ["-wal", "-shm"] {
        let from = path.with_file_name(format!("{FILE}{companion}"));
        let beside =
            to.with_file_name(format!("{}{companion}", to.file_name().unwrap_or_default().display()));
        match fs::rename(from, beside) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(wrap(source)),
            _ => {}
        }
    }
    Ok(Some(to))
}

/// A look at the file that takes no lock: for whoever holds it already.
fn ready_unlocked(db: Connection, path: &Path) -> Result<(), StoreError> {
    let check = |db: &Connection| {
        migrations::version(db)?;
        db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
    };
    match check(&db).map_err(|source| classify(source, path))?.as_str() {
        "ok" => Ok(()),
        other => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            Err(classify(rusqlite::Error::SqliteFailure(code, Some(other.to_owned())), path))
        }
    }
}

/// The lock of the rare moments in which the file itself changes: creation, migration, damage.
fn lock(path: &Path) -> Result<File, StoreError> {
    let wrap = |source| StoreError::Folder { path: path.to_owned(), source };
    let file = File::create(path.with_extension("lock")).map_err(wrap)?;
    let until = Instant::now() + BUSY;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(fs::TryLockError::WouldBlock) => return Err(StoreError::Busy { path: path.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(wrap(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_moved_aside_with_a_notice() {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path()).unwrap().set_setting("theme", "light").unwrap();
        for garbage in
            [&b"not a database at all, but long enough to be read as a header"[..], &[0x5a; 20_000]]
        {
            fs::write(dir.path().join(FILE), garbage).unwrap();
            let store = Store::open(dir.path()).unwrap();
            assert!(store.notice().is_some_and(|n| n.contains("damaged")), "{:?}", store.notice());
            store.set_setting("theme", "dark").unwrap();
        }
        assert_eq!(fs::read(dir.path().join("progress.db.damaged-2")).unwrap(), [0x5a; 20_000]);
        assert_eq!(Store::open(dir.path()).unwrap().notice(), None);
    }

    #[test]
    fn damage_inside_a_page_is_found_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        drop(Store::open(dir.path()).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0xff);
        fs::write(&path, bytes).unwrap();
        assert!(Store::open(dir.path()).unwrap().notice().is_some());
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.db.pragma_update(None, "user_version", 999).unwrap();
        drop(store);
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Newer { found: 999, .. })));
        let forgetful = Store::open_or_forget(dir.path()).unwrap();
        assert!(forgetful.notice().unwrap().contains("newer version"));
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Store::open(&file.join("data")).unwrap_err();
        assert!(matches!(error, StoreError::Folder { .. }), "{error:?}");
    }
}
