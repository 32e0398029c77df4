//! The schema. Append only: a migration that has been released is never edited, because files that
//! it made are out there.

use rusqlite::{Connection, Transaction, TransactionBehavior};

const MIGRATIONS: &[&str] = &[
    // 1: lessons, quizzes, hints, attempts, settings, and the place to come back to.
    "CREATE TABLE lesson (
        course TEXT NOT NULL, slug TEXT NOT NULL, state INTEGER NOT NULL, scroll INTEGER NOT NULL,
        PRIMARY KEY (course, slug)) STRICT, WITHOUT ROWID;
     CREATE TABLE quiz (
        course TEXT NOT NULL, id TEXT NOT NULL, answer TEXT NOT NULL, correct INTEGER NOT NULL,
        tries INTEGER NOT NULL, PRIMARY KEY (course, id)) STRICT, WITHOUT ROWID;
     CREATE TABLE hints (
        course TEXT NOT NULL, exercise TEXT NOT NULL, opened INTEGER NOT NULL,
        PRIMARY KEY (course, exercise)) STRICT, WITHOUT ROWID;
     CREATE TABLE attempt (
        id INTEGER PRIMARY KEY, course TEXT NOT NULL, exercise TEXT NOT NULL, at INTEGER NOT NULL,
        score INTEGER NOT NULL, max_score INTEGER NOT NULL, passed INTEGER NOT NULL,
        failed INTEGER NOT NULL, not_run INTEGER NOT NULL, hints INTEGER NOT NULL,
        checks TEXT NOT NULL) STRICT;
     CREATE INDEX attempt_by_exercise ON attempt (course, exercise, id);
     CREATE TABLE place (
        course TEXT PRIMARY KEY, room TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
     CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    // 2: builds that worked.
    "CREATE TABLE build (
        id INTEGER PRIMARY KEY, course TEXT NOT NULL, exercise TEXT NOT NULL, at INTEGER NOT NULL,
        bytes INTEGER NOT NULL, millis INTEGER NOT NULL, steps INTEGER NOT NULL, cached INTEGER NOT NULL) STRICT;
     CREATE INDEX build_by_exercise ON build (course, exercise, id);",
    // 3: the seat in a workshop (0 left, 1 here, 2 leaving), what was told and is not recorded by the host yet,
    // and what is told only once.
    "CREATE TABLE seat (
        workshop TEXT PRIMARY KEY, state INTEGER NOT NULL, course TEXT NOT NULL, address TEXT NOT NULL,
        ca TEXT NOT NULL, token TEXT NOT NULL, seed TEXT NOT NULL, name TEXT NOT NULL, joined INTEGER NOT NULL,
        next INTEGER NOT NULL, room TEXT NOT NULL, ahead INTEGER NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE outbox (
        workshop TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (workshop, seq)) STRICT, WITHOUT ROWID;
     CREATE TABLE told_once (
        workshop TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (workshop, what)) STRICT, WITHOUT ROWID;",
];

/// The schema this program knows.
pub(super) const LATEST: i64 = MIGRATIONS.len() as i64;

/// The schema of an open file; 0 for a new one.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the schema up to date, all or nothing.
pub(super) fn run(db: &Connection) -> rusqlite::Result<()> {
    let change = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have been first.
    let done = usize::try_from(version(&change)?).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(done) {
        change.execute_batch(migration)?;
    }
    if done < MIGRATIONS.len() {
        change.pragma_update(None, "user_version", LATEST)?;
    }
    change.commit()
}
