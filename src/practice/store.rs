//! Repositories and images below one folder. Whatever was acknowledged is on disk: a file is written
//! beside its place, synced and renamed; a change of images and tags is a synced line of a journal.
//!
//! ```text
//! lock                                    held by the one process that serves this folder
//! documents/<key>.json                    small documents of the registry
//! repositories/<name, '/' as '~'>/
//!     repository.json                     settings
//!     journal                             images and tags, one transaction a line
//!     manifests/<algorithm>/<hex>
//!     blobs/<algorithm>/<hex>             configs and layers, compressed as pushed
//!     uploads/<uuid>                      unfinished blobs
//!     documents/<key>.json                small documents of the repository …
//!     images/<algorithm>/<hex>/<key>.json … and of its images
//! trash/                                  what is being removed
//! ```
//!
//! | file | owns |
//! | --- | --- |
//! | `repository.rs` | settings, images, tags, events: the state in memory, pure |
//! | `journal.rs` | events on disk |
//! | `images.rs` | pushes, pulls, blobs; [`Change`], the transaction |
//! | `uploads.rs` | unfinished blobs |
//! | `garbage.rs` | what nobody names any more |
//! | `documents.rs` | small documents |
//! | `manifest.rs` | what manifests say, pure |
//! | `digest.rs`, `names.rs`, `files.rs` | what the others stand on |
//!
//! **Locking.** Each repository has one lock. [`Store::read`] and [`Store::change`] hold it while their
//! closure runs, so a closure sees one state, and changes of a repository come one after the other; never
//! call the store from inside one. A change that fails, in the closure or on the disk, leaves no trace.
//! Documents have a lock of their own ([`Store::change_document`]).
//!
//! All methods block on the disk for a moment: call them off the async threads.

mod digest;
mod documents;
mod files;
mod garbage;
mod images;
mod journal;
mod manifest;
mod names;
mod repository;
mod uploads;

pub use digest::{Algorithm, Digest};
pub use documents::Owner;
pub use files::{is_full, write_whole};
pub use garbage::KEPT_WHEN_FULL;
pub use images::{Change, Push};
pub use manifest::{Manifest, OCI_INDEX};
pub use names::{is_oci_name, is_repository_name, is_tag, matches_wildcard};
pub use repository::{Image, Mutability, Repository, Settings};
pub use uploads::{Session, Upload};

use super::{Clock, Moment, system_clock};
use journal::{Journal, Unreadable};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What of the folder goes when it is reset.
pub(super) const PARTS: [&str; 3] = ["repositories", "documents", "trash"];

/// A folder that cannot hold a practice ECR.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Reading or writing failed.
    #[error("cannot use {path} for the practice ECR")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what this program wrote.
    #[error("{path} is damaged at line {line}; move its folder away to go on without that repository")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// How it breaks.
        source: serde_json::Error,
    },
    /// Another practice ECR serves it.
    #[error("{folder} is served by a practice ECR that runs already")]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// What the other one said of itself.
        serving: Option<Serving>,
    },
}

/// Where a running practice ECR can be reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Serving {
    /// `127.0.0.1:PORT`.
    pub address: std::net::SocketAddr,
    /// Region it says it is in.
    pub region: String,
}

/// Why a change was refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none of that name.
    #[error("no such repository")]
    NoRepository,
    /// There is one of that name.
    #[error("the repository is there already")]
    Exists,
    /// This tag is there and cannot be moved.
    #[error("the tag {0} is immutable")]
    Immutable(String),
    /// The manifest is none, in words for whoever pushed it.
    #[error("{0}")]
    Manifest(String),
    /// The manifest names blobs that the repository does not have.
    #[error("blobs are missing")]
    MissingBlobs(Vec<Digest>),
    /// The index names manifests that the repository does not have.
    #[error("images are missing")]
    MissingImages(Vec<Digest>),
    /// Indexes of the repository name the image.
    #[error("the image is named by {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Held(Vec<Digest>),
    /// Images of the repository have the blob.
    #[error("the blob is part of {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    InUse(Vec<Digest>),
    /// There is no such unfinished upload.
    #[error("no such upload")]
    NoUpload,
    /// The upload has this digest, not the one named.
    #[error("the content has the digest {0}")]
    OtherDigest(Digest),
    /// More are unfinished than a registry holds.
    #[error("too many unfinished uploads")]
    TooManyUploads,
    /// The folder cannot be used.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl StoreError {
    /// Whether it is the disk that is full, which is nobody's mistake and can be mended.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io(error) if is_full(error))
    }
}

/// The folder, with its repositories' state in memory.
pub struct Store {
    folder: PathBuf,
    clock: Clock,
    repositories: RwLock<BTreeMap<String, Arc<Entry>>>,
    uploads: uploads::Uploads,
    /// When what nobody names was last looked for, in seconds since 1970.
    tidied: AtomicU64,
    documents: Mutex<()>,
    /// Locked as long as this is open.
    lock: File,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Entry(RwLock<State>);

#[derive(Debug)]
struct State {
    repository: Repository,
    journal: Journal,
    /// Deleted while somebody still had it in hand.
    gone: bool,
}

impl State {
    /// Writes the journal anew when most of it is past.
    fn shorten(&mut self) -> std::io::Result<()> {
        let needed = self.repository.images.len() + self.repository.tags.len();
        if self.journal.is_long(needed) { self.journal.rewrite(&self.repository.history()) } else { Ok(()) }
    }
}

impl Entry {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Opens `folder`, making it when it is not there. Removes what was cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, is served already, or holds what this program did not write.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        let lock = take(folder)?;
        let store = Self {
            folder: folder.to_owned(),
            clock: system_clock(),
            repositories: RwLock::default(),
            uploads: uploads::Uploads::default(),
            tidied: AtomicU64::new(0),
            documents: Mutex::default(),
            lock,
        };
        store.empty_trash().map_err(at(&store.trash()))?;
        let all = store.folder.join("repositories");
        std::fs::create_dir_all(&all).map_err(at(&all))?;
        let mut repositories = BTreeMap::new();
        for home in files::list(&all).map_err(at(&all))? {
            let Some(state) = store.load(&home)? else { continue };
            let name = state.repository.name().to_owned();
            repositories.insert(name, Arc::new(Entry(RwLock::new(state))));
        }
        store.repositories.write().unwrap_or_else(PoisonError::into_inner).append(&mut repositories);
        Ok(store)
    }

    /// Goes by `clock`, not by the machine's.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Locks `folder` as [`Store::open`] does, and reads nothing.
    pub(super) fn take(folder: &Path) -> Result<File, OpenError> {
        take(folder)
    }

    /// Reads one repository, and removes what was cut off in its folder.
    fn load(&self, home: &Path) -> Result<Option<State>, OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        let path = home.join("repository.json");
        let Some(text) = files::read(&path).map_err(at(&path))? else {
            // A creation that was cut off before its first rename.
            return std::fs::remove_dir_all(home).map(|()| None).map_err(at(home));
        };
        let settings: Settings = serde_json::from_slice(&text).map_err(|source| OpenError::Damaged {
            path: path.clone(),
            line: source.line(),
            source,
        })?;
        make_folders(home).map_err(at(home))?;
        let path = home.join("journal");
        let (journal, events) = Journal::open(&path).map_err(|error| match error {
            Unreadable::Io(source) => OpenError::Io { path: path.clone(), source },
            Unreadable::Line(line, source) => OpenError::Damaged { path: path.clone(), line, source },
        })?;
        let mut repository = Repository::new(settings);
        events.into_iter().for_each(|event| drop(repository.apply(event)));
        let mut state = State { repository, journal, gone: false };
        state.shorten().map_err(at(&path))?;
        remove_strays(home, &state.repository).map_err(at(home))?;
        Ok(Some(state))
    }

    /// Where this folder was served last.
    pub fn served_last(&self) -> Option<Serving> {
        use std::io::{Read as _, Seek as _};
        let mut text = Vec::new();
        let mut lock = &self.lock;
        lock.rewind().and_then(|()| lock.take(10_000).read_to_end(&mut text)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Notes in the lock where this folder is served.
    pub fn serving(&self, serving: &Serving) -> std::io::Result<()> {
        use std::io::{Seek as _, Write as _};
        let mut lock = &self.lock;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&serde_json::to_vec(serving)?)
    }

    fn entry(&self, name: &str) -> Result<Arc<Entry>, StoreError> {
        let all = self.repositories.read().unwrap_or_else(PoisonError::into_inner);
        all.get(name).cloned().ok_or(StoreError::NoRepository)
    }

    fn home(&self, repository: &str) -> PathBuf {
        // `~` is in no repository name, so that two names never share a folder.
        self.folder.join("repositories").join(repository.replace('/', "~"))
    }

    fn trash(&self) -> PathBuf {
        self.folder.join("trash")
    }

    /// Names of all repositories, in order.
    pub fn names(&self) -> Vec<String> {
        self.repositories.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Looks at a repository as it is now.
    pub fn read<T>(&self, name: &str, look: impl FnOnce(&Repository) -> T) -> Result<T, StoreError> {
        let entry = self.entry(name)?;
        let state = entry.read();
        if state.gone { Err(StoreError::NoRepository) } else { Ok(look(&state.repository)) }
    }

    /// The settings of a repository.
    pub fn settings(&self, name: &str) -> Result<Settings, StoreError> {
        self.read(name, |repository| repository.settings.clone())
    }

    /// Makes an empty repository.
    pub fn create(&self, settings: Settings) -> Result<(), StoreError> {
        let mut all = self.repositories.write().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(&settings.name) {
            return Err(StoreError::Exists);
        }
        let home = self.home(&settings.name);
        make_folders(&home)?;
        let journal = Journal::open(&home.join("journal")).map_err(|error| match error {
            Unreadable::Io(error) => error,
            Unreadable::Line(_, error) => error.into(),
        });
        let (journal, _) = journal?;
        save(&home, &settings)?;
        home.parent().map_or(Ok(()), files::sync_folder)?;
        let state = State { repository: Repository::new(settings.clone()), journal, gone: false };
        all.insert(settings.name, Arc::new(Entry(RwLock::new(state))));
        Ok(())
    }

    /// Removes a repository with all it holds, when `may` allows it for what it holds now. Answers with
    /// its settings.
    pub fn delete<E: From<StoreError>>(
        &self,
        name: &str,
        may: impl FnOnce(&Repository) -> Result<(), E>,
    ) -> Result<Settings, E> {
        let mut all = self.repositories.write().unwrap_or_else(PoisonError::into_inner);
        let entry = all.get(name).cloned().ok_or(StoreError::NoRepository)?;
        let mut state = entry.write();
        may(&state.repository)?;
        let gone = self.discard(&self.home(name)).map_err(StoreError::Io)?;
        state.gone = true;
        all.remove(name);
        let settings = state.repository.settings.clone();
        drop((state, all));
        remove_discarded(&gone);
        Ok(settings)
    }

    /// Forgets everything: repositories, images, documents.
    pub fn reset(&self) -> Result<(), StoreError> {
        // In the order in which a change of a document takes them.
        let _turn = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.repositories.write().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Vec::new();
        for part in ["repositories", "documents"].map(|part| self.folder.join(part)) {
            if part.exists() {
                gone.push(self.discard(&part)?);
            }
        }
        std::fs::create_dir_all(self.folder.join("repositories"))?;
        for entry in std::mem::take(&mut *all).into_values() {
            entry.write().gone = true;
        }
        drop(all);
        gone.iter().for_each(|path| remove_discarded(path));
        Ok(())
    }

    /// Moves `path` out of sight at once; removing it may take longer.
    fn discard(&self, path: &Path) -> std::io::Result<PathBuf> {
        let trash = self.trash();
        std::fs::create_dir_all(&trash)?;
        let name = |number: usize| trash.join(number.to_string());
        let free = (0..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0));
        std::fs::rename(path, &free)?;
        path.parent().map_or(Ok(()), files::sync_folder)?;
        Ok(free)
    }

    fn empty_trash(&self) -> std::io::Result<()> {
        let trash = self.trash();
        if trash.exists() { std::fs::remove_dir_all(trash) } else { Ok(()) }
    }

    /// Changes the settings of a repository. What `make` refuses changes nothing.
    pub fn configure<T, E: From<StoreError>>(
        &self,
        name: &str,
        make: impl FnOnce(&mut Settings) -> Result<T, E>,
    ) -> Result<T, E> {
        let entry = self.entry(name)?;
        let mut state = entry.write();
        if state.gone {
            return Err(StoreError::NoRepository.into());
        }
        let mut settings = state.repository.settings.clone();
        let answer = make(&mut settings)?;
        save(&self.home(name), &settings)?;
        state.repository.settings = settings;
        Ok(answer)
    }

    /// Changes images and tags of a repository: memory and disk change together or not at all.
    pub fn change<T, E: From<StoreError>>(
        &self,
        name: &str,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let entry = self.entry(name)?;
        let mut guard = entry.write();
        let state = &mut *guard;
        if state.gone {
            return Err(StoreError::NoRepository.into());
        }
        let mut change = Change::new(&mut state.repository);
        let answer = match make(&mut change) {
            Ok(answer) => answer,
            Err(error) => {
                change.take_back();
                return Err(error);
            }
        };
        if change.done.is_empty() {
            return Ok(answer);
        }
        if let Err(error) = state.journal.append(&change.done, true) {
            change.take_back();
            return Err(StoreError::Io(error).into());
        }
        let gone = change.gone();
        self.drop_files(name, &gone);
        if let Err(error) = state.shorten() {
            tracing::warn!(%error, repository = name, "the journal stays long");
        }
        Ok(answer)
    }
}

/// Locks `folder` for this process, as long as the file is open.
fn take(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("lock");
    let io = |source| OpenError::Io { path: path.clone(), source };
    let lock = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            let said = std::fs::read(&path).unwrap_or_default();
            let serving = serde_json::from_slice(&said).ok();
            Err(OpenError::InUse { folder: folder.to_owned(), serving })
        }
        Err(std::fs::TryLockError::Error(source)) => Err(io(source)),
    }
}

fn save(home: &Path, settings: &Settings) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(settings).map_err(std::io::Error::from)?;
    Ok(write_whole(&home.join("repository.json"), &text)?)
}

fn make_folders(home: &Path) -> std::io::Result<()> {
    for part in ["blobs", "manifests"] {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            std::fs::create_dir_all(home.join(part).join(algorithm.name()))?;
        }
    }
    std::fs::create_dir_all(home.join("uploads"))
}

/// Removes drafts, and files of images that are not there: pushes and removals that were cut off.
fn remove_strays(home: &Path, repository: &Repository) -> std::io::Result<()> {
    let is_draft = |path: &Path| path.extension().is_some_and(|extension| extension == files::DRAFT);
    for folder in [home.to_owned(), home.join("documents")] {
        for path in files::list(&folder)?.iter().filter(|path| is_draft(path)) {
            files::remove(path)?;
        }
    }
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let strays = |part: &str, known: &dyn Fn(&Digest) -> bool| -> std::io::Result<Vec<PathBuf>> {
            let mut found = files::list(&home.join(part).join(algorithm.name()))?;
            found.retain(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                !Digest::parse(&format!("{}:{name}", algorithm.name())).is_some_and(|digest| known(&digest))
            });
            Ok(found)
        };
        for path in strays("manifests", &|digest| repository.images.contains_key(digest))? {
            files::remove(&path)?;
        }
        for path in strays("images", &|digest| repository.images.contains_key(digest))? {
            std::fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// What is left behind is removed at the next start.
fn remove_discarded(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path) {
        tracing::warn!(%error, path = %path.display(), "still in the trash");
    }
}

#[cfg(test)]
mod tests;
