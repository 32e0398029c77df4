//! What is kept on disk: progress in one SQLite file (the only user of rusqlite), and the learner's
//! files as plain files. Nothing here waits on a lock for longer than a second.
