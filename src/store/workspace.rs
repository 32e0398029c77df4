//! The learner's files of one exercise: plain files in a folder of their own. They are laid down
//! once and never overwritten: files that a newer course adds appear, files that the learner deleted
//! stay deleted.
//!
//! Beside the exercise's folder, `.docker-ecr-tutor/<exercise>/` holds the list of files laid down
//! and the edit journals, so that the folder itself is exactly a build context.

use super::files;
use super::journal::{self, Journal, Recovered};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Largest file that is loaded for editing.
const LARGEST: u64 = 16 * 1024 * 1024;
const HIDDEN: &str = ".docker-ecr-tutor";

/// Why a learner's file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// It may not be written.
    #[error("{path} cannot be written: the folder or the file is read-only")]
    ReadOnly {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path leads out of the exercise.
    #[error("{path} leads out of the exercise's folder")]
    Outside {
        /// The path as given.
        path: String,
    },
    /// It is too large to edit.
    #[error("{path} is larger than {} MiB and cannot be edited here", LARGEST >> 20)]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// The file has changed on disk since it was loaded.
    #[error("{path} was changed by another program since it was opened here")]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{path} could not be read or written")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn wrap(path: &Path) -> impl FnOnce(io::Error) -> WorkspaceError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            WorkspaceError::ReadOnly { path, source }
        }
        io::ErrorKind::InvalidInput => WorkspaceError::Outside { path: path.display().to_string() },
        _ => WorkspaceError::Io { path, source },
    }
}

/// A file as it was when last seen here, to notice changes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    hash: [u8; 32],
}

/// How a file on disk stands to a [`Stamp`] of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// As it was.
    Same,
    /// Its content is another.
    Changed,
    /// It is gone.
    Deleted,
}

/// The folder of one exercise.
#[derive(Debug, Clone)]
pub struct Workspace {
    dir: PathBuf,
    hidden: PathBuf,
}

impl Workspace {
    /// The workspace of `exercise` under `root`, with those of its start files laid down that never
    /// were before.
    pub fn open<'a>(
        root: &Path,
        exercise: &str,
        start: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, WorkspaceError> {
        let outside = || WorkspaceError::Outside { path: exercise.to_owned() };
        let dir = files::join(root, exercise).ok_or_else(outside)?;
        let hidden = files::join(&root.join(HIDDEN), exercise).ok_or_else(outside)?;
        let workspace = Self { dir, hidden };
        workspace.lay_down(start)?;
        Ok(workspace)
    }

    /// Lays down files of so many zero bytes that never were before.
    pub fn lay_down_zeros<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Result<(), WorkspaceError> {
        self.lay_down_with(files, files::create_zeros)
    }

    /// The folder with the learner's files.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn lay_down<'a>(
        &self,
        start: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), WorkspaceError> {
        self.lay_down_with(start, files::create)
    }

    fn lay_down_with<'a, C>(
        &self,
        start: impl IntoIterator<Item = (&'a str, C)>,
        create: impl Fn(&Path, C) -> io::Result<bool>,
    ) -> Result<(), WorkspaceError> {
        let list = self.hidden.join("laid-down");
        let known = fs::read_to_string(&list).unwrap_or_default();
        if !self.dir.is_dir() {
            fs::create_dir_all(&self.dir).map_err(wrap(&self.dir))?;
        }
        let mut fresh = String::new();
        for (path, content) in start {
            if known.lines().any(|line| line == path) {
                continue;
            }
            let at = files::join(&self.dir, path)
                .ok_or_else(|| WorkspaceError::Outside { path: path.to_owned() })?;
            if at.symlink_metadata().is_err() {
                let folder = at.parent().unwrap_or(&self.dir);
                fs::create_dir_all(folder).map_err(wrap(folder))?;
                let real = files::resolve(&self.dir, path).map_err(wrap(&at))?;
                create(&real, content).map_err(wrap(&at))?;
            }
            fresh.push_str(path);
            fresh.push('\n');
        }
        files::sweep(&self.dir);
        if !fresh.is_empty() {
            // Only now: a kill before this line finds the files there and lists them next time.
            let note = || {
                fs::create_dir_all(&self.hidden)?;
                let mut file = OpenOptions::new().append(true).create(true).open(&list)?;
                file.write_all(fresh.as_bytes())?;
                file.sync_all()
            };
            note().map_err(wrap(&list))?;
        }
        Ok(())
    }

    /// The bytes of a file, and their stamp. Bounded.
    pub fn load(&self, path: &str) -> Result<(Vec<u8>, Stamp), WorkspaceError> {
        let at = self.resolve(path)?;
        let meta = fs::metadata(&at).map_err(wrap(&at))?;
        if !meta.is_file() {
            return Err(wrap(&at)(io::Error::other("it is not a regular file")));
        }
        if meta.len() > LARGEST {
            return Err(WorkspaceError::TooLarge { path: at });
        }
        let bytes = fs::read(&at).map_err(wrap(&at))?;
        let stamp = Stamp::of(&bytes, meta.modified().ok());
        Ok((bytes, stamp))
    }

    /// Puts `text` in place of the file, whatever is there.
    pub fn save(&self, path: &str, text: &[u8]) -> Result<Stamp, WorkspaceError> {
        let wanted =
            files::join(&self.dir, path).ok_or_else(|| WorkspaceError::Outside { path: path.to_owned() })?;
        if let Some(folder) = wanted.parent()
            && !folder.exists()
        {
            fs::create_dir_all(folder).map_err(wrap(folder))?;
        }
        let at = self.resolve(path)?;
        files::replace(&at, text).map_err(wrap(&at))?;
        Ok(Stamp::of(text, fs::metadata(&at).and_then(|meta| meta.modified()).ok()))
    }

    /// Like [`Workspace::save`], but refuses when the file is no longer the one that `seen` was made
    /// of (`None`: when there was no file).
    pub fn save_unless_changed(
        &self,
        path: &str,
        text: &[u8],
        seen: Option<&Stamp>,
    ) -> Result<Stamp, WorkspaceError> {
        let now = self.outside(path, seen);
        // Somebody deleted it: writing it back loses nothing.
        if now == Outside::Changed {
            return Err(WorkspaceError::Changed { path: self.dir.join(path) });
        }
        self.save(path, text)
    }

    /// Whether the file on disk is still the one that `seen` was made of; `None` stands for a file
    /// that was not there.
    pub fn outside(&self, path: &str, seen: Option<&Stamp>) -> Outside {
        let meta = self.resolve(path).and_then(|at| fs::metadata(&at).map_err(wrap(&at)));
        match (meta, seen) {
            (Err(_), None) => Outside::Same,
            (Err(_), Some(_)) => Outside::Deleted,
            (Ok(_), None) => Outside::Changed,
            (Ok(meta), Some(seen)) => {
                let touched = meta.len() != seen.length || meta.modified().ok() != seen.modified;
                match touched.then(|| self.load(path)) {
                    None => Outside::Same,
                    Some(Ok((_, stamp))) if stamp.hash == seen.hash => Outside::Same,
                    Some(_) => Outside::Changed,
                }
            }
        }
    }

    /// The journal of one file. Call [`Workspace::recover`] first.
    pub fn journal(&self, path: &str) -> Journal {
        Journal::new(&self.hidden, path)
    }

    /// What was typed before a kill and never saved, oldest first.
    pub fn recover(&self) -> Vec<Recovered> {
        journal::recover(&self.hidden, &self.dir)
    }

    /// Begins again from the start files; the work so far is kept beside the folder, and this
    /// answers where.
    pub fn reset<'a>(
        &self,
        start: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<PathBuf, WorkspaceError> {
        let name = self.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let backup = |n: u32| self.dir.with_file_name(format!("{name}.backup-{n}"));
        let to =
            (1..=u32::MAX).map(backup).find(|p| p.symlink_metadata().is_err()).unwrap_or_else(|| backup(0));
        // The list goes first: a kill in between finds the files still there and lists them again.
        match fs::remove_file(self.hidden.join("laid-down")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(wrap(&self.hidden)(error)),
            _ => {}
        }
        fs::rename(&self.dir, &to).map_err(wrap(&self.dir))?;
        self.lay_down(start)?;
        Ok(to)
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, WorkspaceError> {
        let named = self.dir.join(path);
        files::resolve(&self.dir, path).map_err(wrap(&named))
    }
}

impl Stamp {
    fn of(bytes: &[u8], modified: Option<SystemTime>) -> Self {
        Self { modified, length: bytes.len() as u64, hash: Sha256::digest(bytes).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: [(&str, &[u8]); 2] = [("Dockerfile", b"FROM a\n"), ("app/main.py", b"print()\n")];

    fn open(root: &Path) -> Workspace {
        Workspace::open(root, "exercise-1", START).unwrap()
    }

    #[test]
    fn a_newer_course_overwrites_nothing_and_revives_nothing() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        work.save("Dockerfile", b"FROM mine\n").unwrap();
        fs::remove_file(work.dir().join("app/main.py")).unwrap();
        let newer: [(&str, &[u8]); 3] =
            [("Dockerfile", b"FROM newer\n"), ("app/main.py", b"newer\n"), ("go.mod", b"new\n")];
        let work = Workspace::open(root.path(), "exercise-1", newer).unwrap();
        assert_eq!(work.load("Dockerfile").unwrap().0, b"FROM mine\n");
        assert!(!work.dir().join("app/main.py").exists());
        assert_eq!(work.load("go.mod").unwrap().0, b"new\n");
        assert_eq!(fs::read_dir(work.dir()).unwrap().count(), 3, "nothing but the files and app/");
    }

    #[test]
    fn files_of_zeros_are_laid_down_once() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        work.lay_down_zeros([("data/big.bin", 1 << 30)]).unwrap();
        let big = work.dir().join("data/big.bin");
        assert_eq!(fs::metadata(&big).unwrap().len(), 1 << 30);
        assert!(matches!(work.load("data/big.bin"), Err(WorkspaceError::TooLarge { .. })));
        fs::remove_file(&big).unwrap();
        open(root.path()).lay_down_zeros([("data/big.bin", 1 << 30)]).unwrap();
        assert!(!big.exists(), "what was deleted stays deleted");
    }

    #[test]
    fn a_reset_keeps_a_backup() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        for n in 1..3 {
            work.save("Dockerfile", b"FROM mine\n").unwrap();
            let backup = work.reset(START).unwrap();
            assert_eq!(backup, root.path().join(format!("exercise-1.backup-{n}")));
            assert_eq!(fs::read(backup.join("Dockerfile")).unwrap(), b"FROM mine\n");
            assert_eq!(work.load("Dockerfile").unwrap().0, b"FROM a\n");
        }
    }

    #[test]
    fn changes_from_outside_are_noticed_and_not_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        let (_, stamp) = work.load("Dockerfile").unwrap();
        assert_eq!(work.outside("Dockerfile", Some(&stamp)), Outside::Same);
        fs::write(work.dir().join("Dockerfile"), "FROM b\n").unwrap();
        assert_eq!(work.outside("Dockerfile", Some(&stamp)), Outside::Changed);
        let refused = work.save_unless_changed("Dockerfile", b"FROM c\n", Some(&stamp));
        assert!(matches!(refused, Err(WorkspaceError::Changed { .. })));
        // Touched, but the same bytes.
        fs::write(work.dir().join("Dockerfile"), "FROM a\n").unwrap();
        assert_eq!(work.outside("Dockerfile", Some(&stamp)), Outside::Same);
        fs::remove_file(work.dir().join("Dockerfile")).unwrap();
        assert_eq!(work.outside("Dockerfile", Some(&stamp)), Outside::Deleted);
        work.save_unless_changed("Dockerfile", b"FROM c\n", Some(&stamp)).unwrap();
        assert_eq!(work.outside("new", None), Outside::Same);
        assert_eq!(work.outside("app/main.py", None), Outside::Changed);
    }

    #[test]
    fn nothing_is_written_or_read_outside_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let away = tempfile::tempdir().unwrap();
        fs::write(away.path().join("secret"), "s").unwrap();
        let work = open(root.path());
        for path in ["../x", "/etc/passwd", "", "app/../../x"] {
            assert!(work.save(path, b"x").is_err(), "{path}");
            assert!(work.load(path).is_err(), "{path}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt, symlink};
            symlink(away.path(), work.dir().join("out")).unwrap();
            symlink(away.path().join("secret"), work.dir().join("link")).unwrap();
            symlink("Dockerfile", work.dir().join("inside")).unwrap();
            for path in ["out/secret", "link"] {
                assert!(matches!(work.load(path), Err(WorkspaceError::Outside { .. })), "{path}");
                assert!(matches!(work.save(path, b"x"), Err(WorkspaceError::Outside { .. })), "{path}");
            }
            assert_eq!(fs::read(away.path().join("secret")).unwrap(), b"s");
            let file = work.dir().join("Dockerfile");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o750)).unwrap();
            work.save("inside", b"through\n").unwrap();
            assert_eq!(fs::read(&file).unwrap(), b"through\n");
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o750);
        }
    }

    #[test]
    fn a_read_only_file_is_a_clear_error() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        let file = work.dir().join("Dockerfile");
        let mut mode = fs::metadata(&file).unwrap().permissions();
        mode.set_readonly(true);
        fs::set_permissions(&file, mode).unwrap();
        let error = work.save("Dockerfile", b"x").unwrap_err();
        assert!(matches!(error, WorkspaceError::ReadOnly { .. }), "{error:?}");
        assert_eq!(fs::read_dir(work.dir()).unwrap().count(), 2, "no temporary file left");
    }

    #[test]
    fn temporary_files_of_killed_processes_are_swept() {
        let root = tempfile::tempdir().unwrap();
        let work = open(root.path());
        let stale = work.dir().join(".Dockerfile.1-1.docker-ecr-tutor.tmp");
        fs::write(&stale, "half").unwrap();
        open(root.path());
        assert!(!stale.exists());
    }
}
