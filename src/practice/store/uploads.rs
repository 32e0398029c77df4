//! Unfinished blobs: one file each, below its repository, hashed while it grows.
//!
//! A session lives in memory while it is used and in its file always: after a restart its bytes are
//! hashed once more and it goes on where it was.

use super::digest::{Algorithm, Digest, Hasher};
use super::{Clock, Store, StoreError, files, garbage};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Unfinished uploads that a registry holds at once.
pub const MOST: usize = 10_000;

/// How a session is shared: one request at a time has it.
pub type Session = Arc<tokio::sync::Mutex<Upload>>;

/// An unfinished blob.
pub struct Upload {
    clock: Clock,
    id: String,
    repository: String,
    path: PathBuf,
    bytes: u64,
    /// Has seen the first `bytes` of the file. `None` until it was needed, and when that is unsure.
    hasher: Option<Hasher>,
    algorithm: Algorithm,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Upload")
            .field("path", &self.path)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Upload {
    /// Its name: a UUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The repository it was begun in.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds what `next` gives until it gives nothing more. Blocks. When the disk refuses, the bytes up to
    /// the last whole piece stay.
    pub fn append<B: AsRef<[u8]>>(&mut self, mut next: impl FnMut() -> Option<B>) -> std::io::Result<()> {
        let mut hasher = match self.hasher.take() {
            Some(hasher) => hasher,
            None => self.hash(self.algorithm)?,
        };
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(self.bytes))?;
        let now = (self.clock)();
        let done = loop {
            let Some(piece) = next() else { break Ok(()) };
            let piece = piece.as_ref();
            // A kill at any point leaves it marked by our clock, not by the machine's.
            if let Err(error) = file.write_all(piece).and_then(|()| files::mark(&file, now)) {
                break file.set_len(self.bytes).and(Err(error));
            }
            hasher.update(piece);
            self.bytes += piece.len() as u64;
        };
        self.hasher = Some(hasher);
        done
    }

    /// Goes back to its first `bytes` bytes.
    pub fn truncate(&mut self, bytes: u64) -> std::io::Result<()> {
        if bytes < self.bytes {
            self.open()?.set_len(bytes)?;
            self.bytes = bytes;
            self.hasher = None;
        }
        Ok(())
    }

    /// The digest of all it has, once that is safe on disk.
    pub fn seal(&mut self, algorithm: Algorithm) -> std::io::Result<Digest> {
        self.open()?.sync_all()?;
        match &self.hasher {
            Some(hasher) if hasher.algorithm() == algorithm => Ok(hasher.clone().finish()),
            _ => Ok(self.hash(algorithm)?.finish()),
        }
    }

    fn open(&self) -> std::io::Result<File> {
        OpenOptions::new().write(true).open(&self.path)
    }

    /// A hasher that has seen the bytes it has, read again from the disk.
    fn hash(&self, algorithm: Algorithm) -> std::io::Result<Hasher> {
        let mut hasher = Hasher::new(algorithm);
        if self.bytes > 0 {
            let mut file = File::open(&self.path)?.take(self.bytes);
            let mut buffer = vec![0; 256 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    read => hasher.update(buffer.get(..read).unwrap_or_default()),
                }
            }
        }
        Ok(hasher)
    }
}

/// The sessions in memory.
#[derive(Debug, Default)]
pub struct Uploads {
    pub(super) sessions: Mutex<HashMap<String, Session>>,
}

impl Store {
    /// Begins an upload into a repository that is there.
    pub fn begin_upload(&self, repository: &str, algorithm: Algorithm) -> Result<Session, StoreError> {
        self.read(repository, |_| ())?;
        let mut sessions = self.uploads.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST {
            drop(sessions);
            self.collect(garbage::KEPT);
            sessions = self.uploads.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= MOST {
                return Err(StoreError::TooManyUploads);
            }
        }
        let id = uuid()?;
        let path = self.home(repository).join("uploads").join(&id);
        files::mark(&File::create_new(&path)?, (self.clock)())?;
        let upload = Upload {
            clock: self.clock.clone(),
            id: id.clone(),
            repository: repository.to_owned(),
            path,
            bytes: 0,
            hasher: Some(Hasher::new(algorithm)),
            algorithm,
        };
        let session = Arc::new(tokio::sync::Mutex::new(upload));
        sessions.insert(id, session.clone());
        Ok(session)
    }

    /// The unfinished upload `id` of `repository`, also when it was begun before a restart.
    pub fn upload(&self, repository: &str, id: &str) -> Result<Session, StoreError> {
        if !is_uuid(id) {
            return Err(StoreError::NoUpload);
        }
        let path = self.home(repository).join("uploads").join(id);
        let mut sessions = self.uploads.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(meta) = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file) else {
            return Err(StoreError::NoUpload);
        };
        let session = sessions.entry(id.to_owned()).or_insert_with(|| {
            Arc::new(tokio::sync::Mutex::new(Upload {
                clock: self.clock.clone(),
                id: id.to_owned(),
                repository: repository.to_owned(),
                path,
                bytes: meta.len(),
                hasher: None,
                algorithm: Algorithm::Sha256,
            }))
        });
        Ok(session.clone())
    }

    /// Takes a sealed upload in as the blob `digest`, or drops it when that is not its digest. Either way
    /// it is no upload any more, nor when the disk is too full for it.
    pub fn finish_upload(&self, upload: &mut Upload, digest: &Digest) -> Result<(), StoreError> {
        let found = upload.seal(digest.algorithm()).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NoUpload,
            _ => StoreError::Io(error),
        });
        let found = match found {
            Err(error) if error.is_full() => {
                self.cancel_upload(upload)?;
                return Err(error);
            }
            found => found?,
        };
        if found != *digest {
            self.cancel_upload(upload)?;
            return Err(StoreError::OtherDigest(found));
        }
        self.adopt_blob(&upload.repository, digest, &upload.path)?;
        self.forget_upload(&upload.id);
        Ok(())
    }

    /// Drops an upload and its bytes.
    pub fn cancel_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        self.forget_upload(&upload.id);
        if files::remove(&upload.path)? { Ok(()) } else { Err(StoreError::NoUpload) }
    }

    fn forget_upload(&self, id: &str) {
        self.uploads.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Result<String, StoreError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Io(std::io::Error::other(error.to_string())))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default().to_owned());
    Ok(parts.join("-"))
}

/// Whether `text` has the form of [`uuid`], and so is safe as a file name.
fn is_uuid(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { hex(b) })
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.create(Settings::new("app", 1)).unwrap();
        (folder, store)
    }

    fn add(session: &Session, text: &'static str) {
        let mut pieces = vec![text];
        session.blocking_lock().append(|| pieces.pop()).unwrap();
    }

    #[test]
    fn an_upload_goes_on_after_a_restart_and_becomes_a_blob() {
        let (folder, store) = store();
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        let id = session.blocking_lock().id().to_owned();
        assert!(is_uuid(&id), "{id}");
        add(&session, "hello ");
        drop((session, store));
        let store = Store::open(folder.path()).unwrap();
        let session = store.upload("app", &id).unwrap();
        assert_eq!(session.blocking_lock().bytes(), 6);
        add(&session, "world");
        let digest = Digest::of(b"hello world");
        store.finish_upload(&mut session.blocking_lock(), &digest).unwrap();
        assert_eq!(std::fs::read(store.blob("app", &digest).unwrap().0).unwrap(), b"hello world");
        assert!(matches!(store.upload("app", &id), Err(StoreError::NoUpload)));
    }

    #[test]
    fn an_upload_belongs_to_its_repository_and_its_name_is_no_path() {
        let (_folder, store) = store();
        store.create(Settings::new("other", 1)).unwrap();
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        let id = session.blocking_lock().id().to_owned();
        for (repository, id) in [("other", id.as_str()), ("app", "../../repository.json"), ("app", "")] {
            assert!(matches!(store.upload(repository, id), Err(StoreError::NoUpload)), "{repository} {id}");
        }
        assert!(matches!(store.begin_upload("none", Algorithm::Sha256), Err(StoreError::NoRepository)));
    }

    #[test]
    fn going_back_and_another_algorithm_are_hashed_anew() {
        let (_folder, store) = store();
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        add(&session, "hello world");
        session.blocking_lock().truncate(5).unwrap();
        let digest = Digest::with(Algorithm::Sha512, b"hello");
        store.finish_upload(&mut session.blocking_lock(), &digest).unwrap();
        assert!(store.blob("app", &digest).is_some());
    }

    #[test]
    fn an_upload_with_another_digest_is_dropped() {
        let (_folder, store) = store();
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        add(&session, "hello");
        let id = session.blocking_lock().id().to_owned();
        let refused = store.finish_upload(&mut session.blocking_lock(), &Digest::of(b"other"));
        assert!(matches!(refused, Err(StoreError::OtherDigest(found)) if found == Digest::of(b"hello")));
        assert!(store.upload("app", &id).is_err() && store.blob("app", &Digest::of(b"hello")).is_none());
    }
}
