//! A copy of the submission to build from: the learner may go on typing while it is graded, and the
//! files that are not theirs to change come from the exercise.

mod fresh;

use crate::course::model::Exercise;
use crate::store::files;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Most files and folders of a submission.
pub(super) const MOST_ENTRIES: usize = 50_000;
/// Most bytes of a submission, as its files claim them: a sparse file counts whole.
pub(super) const MOST_BYTES: u64 = 1 << 30;
/// Deepest folder.
pub(super) const DEEPEST: usize = 64;
const PREFIX: &str = "docker-ecr-tutor-grading-";

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Why a submission cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum StagingError {
    /// It is not what a submission may be.
    #[error("{0}")]
    Refused(String),
    /// The machine has no room for a copy.
    #[error("the submission cannot be copied: {0}")]
    Machine(#[from] io::Error),
}

/// The copy; removed when dropped.
#[derive(Debug)]
pub(super) struct Staging {
    root: PathBuf,
    /// Held so that a later run can tell a copy in use from one that a kill left behind.
    _lock: File,
}

impl Staging {
    /// Copies `dir`, and lays the exercise's own files over it. Blocks.
    pub(super) fn copy(dir: &Path, exercise: &Exercise) -> Result<Self, StagingError> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let staging = Self::make(&temporary)?;
        let context = staging.context();
        // They are made anew below: to copy that many zeros only costs time.
        let left_out = exercise.zero_files().filter_map(|(path, _)| files::join(dir, path)).collect();
        let mut copy = Copy { root: dir.canonicalize()?, left_out, entries: 0, bytes: 0 };
        copy.folder(dir, &context, 0)?;
        let fresh = fresh::contents(exercise)?;
        for file in exercise.files.iter().filter(|file| !file.edit) {
            let Some(at) = files::join(&context, &file.path) else { continue };
            if file.start.is_none() && file.zeros.is_none() {
                continue;
            }
            let refused = |_| StagingError::Refused(format!("{} is not a file", file.path));
            if let Some(folder) = at.parent() {
                fs::create_dir_all(folder).map_err(refused)?;
            }
            // Whatever is there, link or read-only, makes room; folders do not.
            match fs::remove_file(&at) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error)),
                _ => {}
            }
            let at = files::resolve(&context, &file.path).map_err(refused)?;
            match (fresh.get(file.path.as_str()).or(file.start.as_ref()), file.zeros) {
                (Some(start), _) => fs::write(at, start)?,
                (None, size) => zeros(&at, size.unwrap_or(0))?,
            }
        }
        Ok(staging)
    }

    /// The exercise as a learner starts it. Blocks.
    pub(super) fn start(exercise: &Exercise) -> Result<Self, StagingError> {
        let staging = Self::make(&std::env::temp_dir())?;
        let context = staging.context();
        let place = |path: &str| -> Result<PathBuf, StagingError> {
            let outside = || StagingError::Refused(format!("{path} leads out of the exercise"));
            let at = files::join(&context, path).ok_or_else(outside)?;
            fs::create_dir_all(at.parent().unwrap_or(&context))?;
            Ok(at)
        };
        for (path, bytes) in exercise.start_files() {
            fs::write(place(path)?, bytes)?;
        }
        for (path, size) in exercise.zero_files() {
            zeros(&place(path)?, size)?;
        }
        Ok(staging)
    }

    fn make(temporary: &Path) -> io::Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = temporary.join(format!("{PREFIX}{}-{number}", std::process::id()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // Fails when somebody else made it first: a name in a shared folder is not ours by itself.
        builder.create(&root)?;
        // Whoever sweeps sees it only when it is locked.
        let lock = File::create(root.join("lock.new"))?;
        let _ = lock.try_lock();
        fs::rename(root.join("lock.new"), root.join("lock"))?;
        fs::create_dir(root.join("context"))?;
        Ok(Self { root, _lock: lock })
    }

    /// A folder beside the copy, made when it is not there.
    pub(super) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The build context.
    pub(super) fn context(&self) -> PathBuf {
        self.root.join("context")
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// A file of so many zeros, which take no room where the file system can leave them out.
fn zeros(at: &Path, size: u64) -> io::Result<()> {
    File::create(at)?.set_len(size)
}

/// Removes copies that killed processes left behind.
fn sweep(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

struct Copy {
    root: PathBuf,
    left_out: Vec<PathBuf>,
    entries: usize,
    bytes: u64,
}

impl Copy {
    fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), StagingError> {
        if depth > DEEPEST {
            return Err(StagingError::Refused(format!("folders are nested deeper than {DEEPEST}")));
        }
        for entry in fs::read_dir(from).map_err(|error| self.unreadable(from, &error))? {
            let entry = entry?;
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if self.left_out.contains(&from) {
                continue;
            }
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(StagingError::Refused(format!("there are more than {MOST_ENTRIES} files")));
            }
            let meta = entry.metadata().map_err(|error| self.unreadable(&from, &error))?;
            if meta.is_dir() {
                fs::create_dir(&to)?;
                self.folder(&from, &to, depth + 1)?;
            } else if meta.is_symlink() {
                self.link(&from, &to)?;
            } else if meta.is_file() {
                self.bytes = self.bytes.saturating_add(meta.len());
                if self.bytes > MOST_BYTES {
                    let name = self.name(&from);
                    return Err(StagingError::Refused(format!(
                        "the files are larger than {} MiB together ({name} is {} bytes)",
                        MOST_BYTES >> 20,
                        meta.len()
                    )));
                }
                fs::copy(&from, &to).map_err(|error| self.unreadable(&from, &error))?;
            }
            // Sockets, pipes and devices never reach a build context.
        }
        Ok(())
    }

    #[cfg(unix)]
    fn link(&self, from: &Path, to: &Path) -> Result<(), StagingError> {
        let target = fs::read_link(from)?;
        // A link to nowhere is harmless when it says so without climbing.
        let inside = match from.canonicalize() {
            Ok(real) => real.starts_with(&self.root),
            Err(_) => target.is_relative() && !target.components().any(|p| p.as_os_str() == ".."),
        };
        if !inside || target.is_absolute() {
            let (name, target) = (self.name(from), target.display());
            return Err(StagingError::Refused(format!("{name} is a link out of the folder, to {target}")));
        }
        Ok(std::os::unix::fs::symlink(target, to)?)
    }

    #[cfg(not(unix))]
    fn link(&self, from: &Path, _to: &Path) -> Result<(), StagingError> {
        Err(StagingError::Refused(format!("{} is a link", self.name(from))))
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    fn unreadable(&self, path: &Path, error: &io::Error) -> StagingError {
        match error.kind() {
            io::ErrorKind::StorageFull => StagingError::Machine(io::ErrorKind::StorageFull.into()),
            _ => StagingError::Refused(format!("{} cannot be read: {error}", self.name(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::model::{ExerciseFile, Level, Reveal};

    fn exercise() -> Exercise {
        Exercise {
            id: "exercise-1".into(),
            title: String::new(),
            lesson: String::new(),
            level: Level::Beginner,
            minutes: 1,
            task: String::new(),
            files: vec![
                ExerciseFile {
                    path: "Dockerfile".into(),
                    edit: true,
                    start: Some(b"FROM a\n".into()),
                    zeros: None,
                },
                ExerciseFile {
                    path: "main.py".into(),
                    edit: false,
                    start: Some(b"print()\n".into()),
                    zeros: None,
                },
            ],
            secrets: Default::default(),
            script: None,
            hints: Vec::new(),
            start_fails: Vec::new(),
            reveal: Reveal::default(),
            checks: Vec::new(),
            solution: Default::default(),
        }
    }

    #[test]
    fn files_that_are_not_the_learners_come_from_the_exercise() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), "FROM mine\n").unwrap();
        fs::write(dir.path().join("main.py"), "cheat()\n").unwrap();
        fs::create_dir(dir.path().join("extra")).unwrap();
        fs::write(dir.path().join("extra/file"), "x").unwrap();
        let staging = Staging::copy(dir.path(), &exercise()).unwrap();
        let read = |path: &str| fs::read_to_string(staging.context().join(path)).unwrap();
        assert_eq!((read("Dockerfile"), read("main.py"), read("extra/file")).1, "print()\n");
        assert_eq!(read("Dockerfile"), "FROM mine\n");
        assert_eq!(fs::read_to_string(dir.path().join("main.py")).unwrap(), "cheat()\n");
        let root = staging.root.clone();
        drop(staging);
        assert!(!root.exists());
    }

    #[test]
    fn files_of_zeros_are_made_whatever_was_put_in_their_place() {
        let mut exercise = exercise();
        let big = ExerciseFile { path: "data/big".into(), edit: false, start: None, zeros: Some(3 << 30) };
        exercise.files.push(big);
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        fs::write(dir.path().join("data/big"), "small").unwrap();
        let size = |staging: &Staging| fs::metadata(staging.context().join("data/big")).unwrap().len();
        assert_eq!(size(&Staging::copy(dir.path(), &exercise).unwrap()), 3 << 30);
        assert_eq!(size(&Staging::start(&exercise).unwrap()), 3 << 30);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_and_huge_files_are_refused() {
        use std::os::unix::fs::symlink;
        let refused = |prepare: &dyn Fn(&Path)| {
            let dir = tempfile::tempdir().unwrap();
            prepare(dir.path());
            match Staging::copy(dir.path(), &exercise()) {
                Err(StagingError::Refused(reason)) => reason,
                other => panic!("{other:?}"),
            }
        };
        assert!(refused(&|dir| symlink("/etc/passwd", dir.join("x")).unwrap()).contains("x is a link out"));
        assert!(refused(&|dir| symlink("../..", dir.join("up")).unwrap()).contains("up is a link out"));
        assert!(refused(&|dir| symlink("/etc", dir.join("main.py")).unwrap()).contains("main.py"));
        assert!(
            refused(&|dir| fs::create_dir(dir.join("main.py")).unwrap()).contains("main.py is not a file")
        );
        let sparse = |dir: &Path| File::create(dir.join("big")).unwrap().set_len(1 << 40).unwrap();
        assert!(refused(&sparse).contains("big is 1099511627776 bytes"));
    }

    #[cfg(unix)]
    #[test]
    fn links_inside_stay_links_and_pipes_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "a").unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        let staging = Staging::copy(dir.path(), &exercise()).unwrap();
        assert_eq!(fs::read_link(staging.context().join("b")).unwrap(), Path::new("a"));
        assert!(!staging.context().join("socket").exists());
    }
}
