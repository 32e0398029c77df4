//! Builds of the learner's that worked, so that one sees an image shrink over days.

use super::{Store, StoreError};
use rusqlite::params;
use std::time::{SystemTime, UNIX_EPOCH};

/// Builds of one exercise that are kept; older ones make room.
const KEPT: i64 = 200;

/// One build, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BuildRecord {
    /// Bytes of the image.
    pub bytes: u64,
    /// Milliseconds it took.
    pub millis: u64,
    /// Steps there were.
    pub steps: u32,
    /// How many of them came from the cache.
    pub cached: u32,
}

impl Store {
    /// Adds a build of an exercise.
    pub fn record_build(&self, exercise: &str, build: &BuildRecord) -> Result<(), StoreError> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.write(
            "INSERT INTO build (course, exercise, at, bytes, millis, steps, cached)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.course,
                exercise,
                number(at),
                number(build.bytes),
                number(build.millis),
                build.steps,
                build.cached
            ],
        )?;
        self.write(
            "DELETE FROM build WHERE course = ?1 AND exercise = ?2 AND id NOT IN
             (SELECT id FROM build WHERE course = ?1 AND exercise = ?2 ORDER BY id DESC LIMIT ?3)",
            params![self.course, exercise, KEPT],
        )
    }

    /// The builds of an exercise, oldest first.
    pub fn builds(&self, exercise: &str) -> Result<Vec<BuildRecord>, StoreError> {
        let read = || -> rusqlite::Result<Vec<BuildRecord>> {
            let mut query = self.db.prepare(
                "SELECT bytes, millis, steps, cached FROM build WHERE course = ?1 AND exercise = ?2 ORDER BY id",
            )?;
            let rows = query.query_map([self.course.as_str(), exercise], |row| {
                let number = |at| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0));
                Ok(BuildRecord {
                    bytes: number(0)?,
                    millis: number(1)?,
                    steps: row.get(2)?,
                    cached: row.get(3)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|source| self.wrap(source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_come_back_in_order_and_old_ones_make_room() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(folder.path()).expect("store").for_course(String::new());
        for bytes in 0..u64::try_from(KEPT).expect("few") + 5 {
            let build = BuildRecord { bytes, millis: 7, steps: 3, cached: 1 };
            store.record_build("a", &build).expect("kept");
        }
        store.record_build("b", &BuildRecord::default()).expect("kept");
        drop(store);
        let store = Store::open(folder.path()).expect("store").for_course(String::new());
        let all = store.builds("a").expect("read");
        assert_eq!((all.len(), all[0].bytes, all.last().map(|build| build.bytes)), (200, 5, Some(204)));
        assert_eq!(store.builds("b").expect("read").len(), 1);
        assert_eq!(store.builds("c").expect("read"), []);
    }
}
