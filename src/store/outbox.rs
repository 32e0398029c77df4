//! The seat in a workshop, and the outbox: what is told there is a row first, numbered from 1 without a gap, and
//! goes when the host has recorded it. What a row holds, this does not know.
//!
//! A gap would make the host wait for ever, so a row is never dropped once it has its number: when too much
//! waits, what is least worth knowing gets none.

use super::{Store, StoreError};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// From this many waiting rows on, [`Weight::Passing`] is told no more.
pub const FULL: u64 = 10_000;
/// From this many on, nothing is.
pub const BRIMFUL: u64 = 20_000;
/// Longest row, in bytes.
pub const MAX_BODY: usize = 240 * 1024;

const LEFT: i64 = 0;
const HERE: i64 = 1;
const LEAVING: i64 = 2;

/// A place in a workshop. Its token and its seed are for nobody's eyes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Seat {
    /// The workshop's id.
    pub workshop: String,
    /// The course it leads through, by the store's name for it.
    pub course: String,
    /// Where its server is, as a URL without the token.
    pub address: String,
    /// A file with certificates to trust; empty for the system's.
    pub ca: String,
    /// What the instructor gave out.
    pub token: String,
    /// The seed of the learner's key in this workshop.
    pub seed: String,
    /// What the learner wants to be called.
    pub name: String,
    /// When it was taken, in milliseconds since 1970.
    pub joined: i64,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat")
            .field("workshop", &self.workshop)
            .field("address", &self.address)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A row that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub seq: u64,
    /// When it was told, in milliseconds since 1970.
    pub at: i64,
    /// What was told.
    pub body: String,
}

/// How much is lost when something is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Little: the next of its kind says it again.
    Passing,
    /// Something.
    Lasting,
}

/// The room as it was heard last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRoom {
    /// As it was heard.
    pub text: String,
    /// By how many milliseconds the host's clock was ahead of this one's.
    pub ahead: i64,
}

/// Milliseconds since 1970 by this machine's clock.
pub fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Store {
    /// The seat that is taken, if one is; also one that is being left.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn seat(&self) -> Result<Option<Seat>, StoreError> {
        self.seat_where("state != ?1", LEFT)
    }

    /// The seat in a workshop of this store's course, unless it is being left.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn seat_here(&self) -> Result<Option<Seat>, StoreError> {
        let seat = self.seat_where("state = ?1", HERE)?;
        Ok(seat.filter(|seat| seat.course == self.course))
    }

    fn seat_where(&self, which: &str, state: i64) -> Result<Option<Seat>, StoreError> {
        let query = format!(
            "SELECT workshop, course, address, ca, token, seed, name, joined FROM seat WHERE {which} LIMIT 1"
        );
        let found = self.db.query_row(&query, [state], |row| {
            Ok(Seat {
                workshop: row.get(0)?,
                course: row.get(1)?,
                address: row.get(2)?,
                ca: row.get(3)?,
                token: row.get(4)?,
                seed: row.get(5)?,
                name: row.get(6)?,
                joined: row.get(7)?,
            })
        });
        found.optional().map_err(|source| self.wrap(source))
    }

    /// The seed of the learner's key in a workshop where they have sat before: who comes back is the same learner.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn seed_in(&self, workshop: &str) -> Result<Option<String>, StoreError> {
        let query = "SELECT seed FROM seat WHERE workshop = ?1";
        let found = self.db.query_row(query, [workshop], |row| row.get(0));
        found.optional().map_err(|source| self.wrap(source))
    }

    /// Takes a seat; one in another workshop is left as it is, with what waits there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn take_seat(&self, seat: &Seat) -> Result<(), StoreError> {
        self.together(|change| {
            change.execute(
                "UPDATE seat SET state = ?1, token = '' WHERE workshop != ?2",
                params![LEFT, seat.workshop],
            )?;
            change.execute(
                "INSERT INTO seat VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, '', 0)
                 ON CONFLICT DO UPDATE SET state = excluded.state, course = excluded.course,
                 address = excluded.address, ca = excluded.ca, token = excluded.token, seed = excluded.seed,
                 name = excluded.name, joined = excluded.joined",
                params![
                    seat.workshop,
                    HERE,
                    seat.course,
                    seat.address,
                    seat.ca,
                    seat.token,
                    seat.seed,
                    seat.name,
                    seat.joined
                ],
            )?;
            Ok(())
        })
    }

    /// From now on nothing is told any more but `last`; what waits is still sent. Answers with its number.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin_to_leave(&self, workshop: &str, last: &str) -> Result<u64, StoreError> {
        self.together(|change| {
            let seq = append(change, workshop, last)?;
            change.execute("UPDATE seat SET state = ?1 WHERE workshop = ?2", params![LEAVING, workshop])?;
            Ok(seq)
        })
    }

    /// Stays after all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn stay(&self, workshop: &str) -> Result<(), StoreError> {
        self.write("UPDATE seat SET state = ?1 WHERE workshop = ?2", params![HERE, workshop])
    }

    /// Gives the seat up: its token is gone, and nothing is sent. What waits keeps its numbers, for whoever
    /// joins the same workshop again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn give_up_seat(&self, workshop: &str) -> Result<(), StoreError> {
        self.write(
            "UPDATE seat SET state = ?1, token = '', room = '' WHERE workshop = ?2",
            params![LEFT, workshop],
        )
    }

    /// Tells something where the seat is: numbered and on the disk when this returns. `None` when there is no
    /// seat, when too much waits, or when it was told before under the same name `once`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn tell(
        &self,
        workshop: &str,
        body: &str,
        weight: Weight,
        once: Option<&str>,
    ) -> Result<Option<u64>, StoreError> {
        if body.len() > MAX_BODY {
            return Ok(None);
        }
        self.together(|change| {
            let state = "SELECT state FROM seat WHERE workshop = ?1";
            let here = change.query_row(state, [workshop], |row| row.get::<_, i64>(0)).optional()?;
            let waiting = count(change, workshop)?;
            let limit = if weight == Weight::Passing { FULL } else { BRIMFUL };
            if here != Some(HERE) || waiting >= limit {
                return Ok(None);
            }
            if let Some(once) = once {
                let told =
                    change.execute("INSERT OR IGNORE INTO told_once VALUES (?1, ?2)", [workshop, once])?;
                if told == 0 {
                    return Ok(None);
                }
            }
            append(change, workshop, body).map(Some)
        })
    }

    /// What waits behind the number `after`, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending(&self, workshop: &str, after: u64, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Waiting>> {
            let mut query = self.db.prepare(
                "SELECT seq, at, body FROM outbox WHERE workshop = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = query.query_map(params![workshop, signed(after), limit], |row| {
                Ok(Waiting { seq: unsigned(row.get(0)?), at: row.get(1)?, body: row.get(2)? })
            })?;
            rows.collect()
        };
        read().map_err(|source| self.wrap(source))
    }

    /// How many rows wait.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unsent(&self, workshop: &str) -> Result<u64, StoreError> {
        count(&self.db, workshop).map_err(|source| self.wrap(source))
    }

    /// The host has recorded everything up to this number. What was never told it cannot have recorded.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn recorded(&self, workshop: &str, up_to: u64) -> Result<(), StoreError> {
        self.write("DELETE FROM outbox WHERE workshop = ?1 AND seq <= ?2", params![workshop, signed(up_to)])
    }

    /// Keeps the room as it was heard, for a start without a network.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_room(&self, workshop: &str, room: &KeptRoom) -> Result<(), StoreError> {
        self.write(
            "UPDATE seat SET room = ?1, ahead = ?2 WHERE workshop = ?3",
            params![room.text, room.ahead, workshop],
        )
    }

    /// The room as it was heard last, if it ever was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn kept_room(&self, workshop: &str) -> Result<Option<KeptRoom>, StoreError> {
        let query = "SELECT room, ahead FROM seat WHERE workshop = ?1 AND room != ''";
        let found = self
            .db
            .query_row(query, [workshop], |row| Ok(KeptRoom { text: row.get(0)?, ahead: row.get(1)? }));
        found.optional().map_err(|source| self.wrap(source))
    }

    /// Several writes as one, with the file locked from the first read on: two terminals at once each get their
    /// own numbers.
    fn together<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let run = || {
            let change = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            let made = work(&change)?;
            change.commit()?;
            Ok(made)
        };
        run().map_err(|source| self.wrap(source))
    }
}

fn append(change: &Transaction<'_>, workshop: &str, body: &str) -> rusqlite::Result<u64> {
    let next = "UPDATE seat SET next = next + 1 WHERE workshop = ?1 RETURNING next - 1";
    let seq: i64 = change.query_row(next, [workshop], |row| row.get(0))?;
    change
        .execute("INSERT INTO outbox VALUES (?1, ?2, ?3, ?4)", params![workshop, seq, wall_clock(), body])?;
    Ok(unsigned(seq))
}

fn count(db: &rusqlite::Connection, workshop: &str) -> rusqlite::Result<u64> {
    // Numbers have no gap, so their ends say how many there are.
    let query = "SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM outbox WHERE workshop = ?1";
    db.query_row(query, [workshop], |row| row.get(0)).map(unsigned)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(workshop: &str) -> Seat {
        Seat { workshop: workshop.into(), token: "tttt".into(), seed: "seedling".into(), ..Seat::default() }
    }

    fn numbers(store: &Store) -> Vec<u64> {
        store.pending("w", 0, usize::MAX).unwrap().into_iter().map(|row| row.seq).collect()
    }

    #[test]
    fn without_a_seat_nothing_is_told() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.tell("w", "a", Weight::Lasting, None).unwrap(), None);
        store.take_seat(&seat("w")).unwrap();
        assert_eq!(store.tell("w", "a", Weight::Lasting, None).unwrap(), Some(1));
        assert_eq!(store.tell("other", "a", Weight::Lasting, None).unwrap(), None);
        store.give_up_seat("w").unwrap();
        assert_eq!(store.tell("w", "b", Weight::Lasting, None).unwrap(), None);
        assert_eq!(store.seat().unwrap(), None);
    }

    #[test]
    fn numbers_go_on_after_what_was_recorded_and_after_coming_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.take_seat(&seat("w")).unwrap();
        for _ in 0..3 {
            store.tell("w", "x", Weight::Lasting, None).unwrap();
        }
        store.recorded("w", 3).unwrap();
        assert_eq!(store.begin_to_leave("w", "left").unwrap(), 4);
        assert_eq!(store.tell("w", "late", Weight::Lasting, None).unwrap(), None, "nothing after leaving");
        assert_eq!(store.seat().unwrap().map(|seat| seat.workshop).as_deref(), Some("w"));
        assert_eq!(store.seat_here().unwrap(), None);
        store.give_up_seat("w").unwrap();
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.seed_in("w").unwrap().as_deref(), Some("seedling"));
        store.take_seat(&seat("w")).unwrap();
        assert_eq!(store.tell("w", "back", Weight::Lasting, None).unwrap(), Some(5));
        assert_eq!(numbers(&store), [4, 5], "what was not recorded waits with its number");
        assert_eq!(store.unsent("w").unwrap(), 2);
    }

    #[test]
    fn two_terminals_tell_without_a_gap_or_a_number_twice() {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path()).unwrap().take_seat(&seat("w")).unwrap();
        let tell = || {
            let store = Store::open(dir.path()).unwrap();
            (0..100).for_each(|_| assert!(store.tell("w", "x", Weight::Passing, None).unwrap().is_some()));
        };
        std::thread::scope(|scope| {
            scope.spawn(tell);
            scope.spawn(tell);
        });
        assert_eq!(numbers(&Store::open(dir.path()).unwrap()), (1..=200).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_outbox_gives_no_number_to_what_is_passing() {
        let store = Store::in_memory().unwrap();
        store.take_seat(&seat("w")).unwrap();
        store
            .together(|change| {
                for _ in 0..FULL {
                    append(change, "w", "x")?;
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(store.tell("w", "at", Weight::Passing, None).unwrap(), None);
        assert_eq!(store.tell("w", "passed", Weight::Lasting, None).unwrap(), Some(FULL + 1));
        store.recorded("w", 2).unwrap();
        assert_eq!(store.tell("w", "at", Weight::Passing, None).unwrap(), Some(FULL + 2));
        assert_eq!(numbers(&store), (3..=FULL + 2).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_told_once_is_told_once_in_each_workshop() {
        let store = Store::in_memory().unwrap();
        store.take_seat(&seat("w")).unwrap();
        assert_eq!(store.tell("w", "s", Weight::Lasting, Some("started one")).unwrap(), Some(1));
        assert_eq!(store.tell("w", "s", Weight::Lasting, Some("started one")).unwrap(), None);
        store.take_seat(&seat("v")).unwrap();
        assert_eq!(store.tell("v", "s", Weight::Lasting, Some("started one")).unwrap(), Some(1));
        assert_eq!(store.tell("w", "s", Weight::Lasting, None).unwrap(), None, "one seat at a time");
    }

    #[test]
    fn a_seat_shows_neither_token_nor_seed() {
        let shown = format!("{:?}", seat("w"));
        assert!(!shown.contains("tttt") && !shown.contains("seedling"), "{shown}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_file_or_its_companions() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.take_seat(&seat("w")).unwrap();
        let modes = || {
            let files = std::fs::read_dir(dir.path()).unwrap().flatten();
            let of_db = files.filter(|file| file.file_name().to_string_lossy().starts_with("progress.db"));
            of_db.map(|file| file.metadata().unwrap().permissions().mode() & 0o777).collect::<Vec<_>>()
        };
        assert!(!modes().is_empty() && modes().iter().all(|mode| *mode == 0o600), "{:?}", modes());
        // A file of an earlier version was readable to all.
        let path = dir.path().join("progress.db");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(store);
        let _store = Store::open(dir.path()).unwrap();
        assert!(modes().iter().all(|mode| *mode == 0o600), "{:?}", modes());
    }
}
