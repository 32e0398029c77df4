//! Repositories and images below one folder. Whatever was acknowledged is on disk: a file is
//! written beside its place, synced, and renamed.
//!
//! ```text
//! repositories/<name, '/' as '~'>/repository.json     settings, images, tags
//!                                 blobs/<hex>         configs and layers, compressed as pushed
//!                                 manifests/<hex>
//! uploads/                                            unfinished; emptied at start
//! ```
//!
//! All methods block on the disk for a moment: call them off the async threads.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    #[error("{path} is damaged; move it away to go on without that repository")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where it breaks.
        source: serde_json::Error,
    },
}

/// A repository with its settings and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Repository {
    pub(super) name: String,
    /// Seconds since 1970.
    pub(super) created_at: u64,
    pub(super) immutable: bool,
    pub(super) scan_on_push: bool,
    /// Manifest digest → image.
    #[serde(default)]
    pub(super) images: BTreeMap<String, Image>,
    /// Tag → manifest digest.
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Resource tags.
    #[serde(default)]
    pub(super) resource_tags: BTreeMap<String, String>,
}

/// A pushed manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Image {
    pub(super) media_type: String,
    /// Media type of its config, which ECR calls the artifact's.
    pub(super) config_media_type: Option<String>,
    /// Compressed bytes of config and layers, as ECR counts.
    pub(super) size_bytes: u64,
    /// Seconds since 1970.
    pub(super) pushed_at: u64,
}

impl Repository {
    /// Tags of the image with this digest, in order.
    pub(super) fn tags_of<'a>(&'a self, digest: &'a str) -> impl Iterator<Item = &'a str> {
        self.tags.iter().filter(move |(_, d)| *d == digest).map(|(t, _)| t.as_str())
    }
}

/// Why a change was refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("no such repository")]
    NoRepository,
    #[error("the repository is there already")]
    Exists,
    #[error("the tag is immutable")]
    Immutable,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The folder, with its repositories' state in memory.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    repositories: Mutex<BTreeMap<String, Repository>>,
}

impl Store {
    /// Opens `folder`, making it when it is not there, and forgets unfinished uploads.
    ///
    /// # Errors
    /// When it cannot be read or written, or holds what this program did not write.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        let uploads = folder.join("uploads");
        if uploads.exists() {
            std::fs::remove_dir_all(&uploads).map_err(at(&uploads))?;
        }
        let all = folder.join("repositories");
        for made in [&uploads, &all] {
            std::fs::create_dir_all(made).map_err(at(made))?;
        }
        let mut repositories = BTreeMap::new();
        for entry in std::fs::read_dir(&all).map_err(at(&all))? {
            let path = entry.map_err(at(&all))?.path().join("repository.json");
            let text = match std::fs::read(&path) {
                Ok(text) => text,
                // A creation that was cut off before its first rename.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(at(&path)(error)),
            };
            let repository: Repository =
                serde_json::from_slice(&text).map_err(|source| OpenError::Damaged { path, source })?;
            repositories.insert(repository.name.clone(), repository);
        }
        Ok(Self { folder: folder.to_owned(), repositories: Mutex::new(repositories) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Repository>> {
        self.repositories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn home(&self, repository: &str) -> PathBuf {
        // `~` is in no repository name, so that two names never share a folder.
        self.folder.join("repositories").join(repository.replace('/', "~"))
    }

    /// Where unfinished upload `id` keeps its bytes.
    pub(super) fn upload_path(&self, id: &str) -> PathBuf {
        self.folder.join("uploads").join(id)
    }

    /// The repository, as it is now.
    pub(super) fn repository(&self, name: &str) -> Option<Repository> {
        self.lock().get(name).cloned()
    }

    /// All repositories, by name.
    pub(super) fn repositories(&self) -> Vec<Repository> {
        self.lock().values().cloned().collect()
    }

    pub(super) fn create(&self, repository: Repository) -> Result<(), StoreError> {
        let mut all = self.lock();
        if all.contains_key(&repository.name) {
            return Err(StoreError::Exists);
        }
        let home = self.home(&repository.name);
        std::fs::create_dir_all(home.join("blobs"))?;
        std::fs::create_dir_all(home.join("manifests"))?;
        self.save(&repository)?;
        all.insert(repository.name.clone(), repository);
        Ok(())
    }

    pub(super) fn delete(&self, name: &str) -> Result<Repository, StoreError> {
        let mut all = self.lock();
        let repository = all.get(name).cloned().ok_or(StoreError::NoRepository)?;
        std::fs::remove_dir_all(self.home(name))?;
        all.remove(name);
        Ok(repository)
    }

    /// Changes a repository and keeps the change; memory and disk change together or not at all.
    pub(super) fn change<T>(
        &self,
        name: &str,
        make: impl FnOnce(&mut Repository) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut all = self.lock();
        let current = all.get_mut(name).ok_or(StoreError::NoRepository)?;
        let mut changed = current.clone();
        let answer = make(&mut changed)?;
        self.save(&changed)?;
        *current = changed;
        Ok(answer)
    }

    fn save(&self, repository: &Repository) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(repository).map_err(std::io::Error::from)?;
        Ok(write_whole(&self.home(&repository.name).join("repository.json"), &text)?)
    }

    /// The file of a blob, when the repository has it.
    pub(super) fn blob(&self, repository: &str, digest: &Digest) -> Option<(PathBuf, u64)> {
        let path = self.home(repository).join("blobs").join(digest.hex());
        let size = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?.len();
        Some((path, size))
    }

    /// Takes a finished, synced upload in as a blob.
    pub(super) fn adopt_blob(
        &self,
        repository: &str,
        digest: &Digest,
        upload: &Path,
    ) -> Result<(), StoreError> {
        if !self.lock().contains_key(repository) {
            return Err(StoreError::NoRepository);
        }
        let folder = self.home(repository).join("blobs");
        std::fs::rename(upload, folder.join(digest.hex()))?;
        sync_folder(&folder)?;
        Ok(())
    }

    /// Lets `to` share a blob of `from`. Answers whether `from` had it.
    pub(super) fn mount_blob(&self, from: &str, to: &str, digest: &Digest) -> Result<bool, StoreError> {
        if self.blob(to, digest).is_some() {
            return Ok(true);
        }
        let Some((path, _)) = self.blob(from, digest) else { return Ok(false) };
        let folder = self.home(to).join("blobs");
        std::fs::hard_link(path, folder.join(digest.hex()))?;
        sync_folder(&folder)?;
        Ok(true)
    }

    /// The manifest's bytes, when the repository has it.
    pub(super) fn manifest(&self, repository: &str, digest: &Digest) -> Option<Vec<u8>> {
        std::fs::read(self.home(repository).join("manifests").join(digest.hex())).ok()
    }

    /// Keeps a manifest, and points `tag` at it. ECR refuses a tag that is taken in an immutable
    /// repository even when it already points at the same digest.
    pub(super) fn put_manifest(
        &self,
        repository: &str,
        digest: &Digest,
        bytes: &[u8],
        image: Image,
        tag: Option<&str>,
    ) -> Result<(), StoreError> {
        let path = self.home(repository).join("manifests").join(digest.hex());
        self.change(repository, |state| {
            if let Some(tag) = tag {
                if state.immutable && state.tags.contains_key(tag) {
                    return Err(StoreError::Immutable);
                }
                state.tags.insert(tag.to_owned(), digest.to_string());
            }
            write_whole(&path, bytes)?;
            state.images.entry(digest.to_string()).or_insert(image);
            Ok(())
        })
    }
}

/// Writes `bytes` as `path` so that a reader, even after a power cut, sees all or nothing.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = std::fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes a rename inside `folder` last.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// A sha256 digest, known to be well formed: 64 lower-case hexadecimal digits, safe as a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest(String);

impl Digest {
    /// Reads `sha256:…`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        let good = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        good.then(|| Self(hex.to_owned()))
    }

    /// The digest of `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self::finish(sha2::Sha256::new_with_prefix(bytes))
    }

    /// The digest of what `hasher` has seen.
    pub(super) fn finish(hasher: sha2::Sha256) -> Self {
        use sha2::Digest as _;
        Self(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn hex(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

/// Whether `name` may name an ECR repository (the API model's pattern, 2 to 256 characters).
pub(super) fn is_repository_name(name: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (2..=256).contains(&name.len()) && name.split('/').all(|part| part.split(['.', '_', '-']).all(word))
}

/// Whether `tag` may name an image (OCI Distribution, at most 128 characters).
pub(super) fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(name: &str, immutable: bool) -> Repository {
        Repository {
            name: name.into(),
            created_at: 1,
            immutable,
            scan_on_push: false,
            images: BTreeMap::new(),
            tags: BTreeMap::new(),
            resource_tags: BTreeMap::new(),
        }
    }

    fn image() -> Image {
        Image { media_type: "m".into(), config_media_type: None, size_bytes: 3, pushed_at: 2 }
    }

    #[test]
    fn names_follow_the_api_model_and_lead_nowhere_else() {
        for good in ["ab", "team/app", "a.b_c-d/e1"] {
            assert!(is_repository_name(good), "{good}");
        }
        for bad in ["a", "", "A/b", "../x", "a//b", "/ab", "ab/", "a..b", "a~b", &"a".repeat(257)] {
            assert!(!is_repository_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_never_a_path() {
        assert!(Digest::parse(&Digest::of(b"x").to_string()).is_some());
        for bad in ["sha256:../../etc/passwd", "sha512:00", "sha256:AB", ""] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_was_kept_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"{}");
        {
            let store = Store::open(folder.path()).unwrap();
            store.create(repository("team/app", false)).unwrap();
            store.put_manifest("team/app", &digest, b"{}", image(), Some("v1")).unwrap();
        }
        let store = Store::open(folder.path()).unwrap();
        let found = store.repository("team/app").unwrap();
        assert_eq!(found.tags["v1"], digest.to_string());
        assert_eq!(store.manifest("team/app", &digest).unwrap(), b"{}");
    }

    #[test]
    fn an_immutable_tag_is_refused_even_for_the_same_digest() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.create(repository("app", true)).unwrap();
        let digest = Digest::of(b"{}");
        store.put_manifest("app", &digest, b"{}", image(), Some("v1")).unwrap();
        let again = store.put_manifest("app", &digest, b"{}", image(), Some("v1"));
        assert!(matches!(again, Err(StoreError::Immutable)), "{again:?}");
        store.put_manifest("app", &digest, b"{}", image(), Some("v2")).unwrap();
    }
}
