//! Manifests and blobs of a repository: kept, found, shared, removed.

use super::digest::Digest;
use super::manifest::Manifest;
use super::repository::{Event, Image, Repository};
use super::{Store, StoreError, files};
use crate::practice::Moment;
use std::path::{Path, PathBuf};

/// How much newer a pull must be than the one on disk to be written again. In memory it is exact.
const PULL_GRAIN_SECONDS: u64 = 60;

/// A manifest to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// The bytes, to be kept exactly.
    pub bytes: &'a [u8],
    /// Their digest.
    pub digest: &'a Digest,
    /// What it was sent as.
    pub content_type: Option<&'a str>,
    /// Tags to point at it.
    pub tags: &'a [String],
    /// Now.
    pub now: Moment,
}

impl Store {
    /// Keeps a manifest and points its tags at it, all or nothing. What it names must be in the
    /// repository, but for its subject. ECR refuses a tag that cannot be moved even when it points at the
    /// same digest already.
    pub fn push(&self, repository: &str, push: Push<'_>) -> Result<Manifest, StoreError> {
        let manifest = Manifest::read(push.bytes, push.content_type).map_err(StoreError::Manifest)?;
        // The same content may be here under its other digest.
        let kept_as = |state: &Repository| state.find(push.digest).map(|(digest, _)| digest.clone());
        let kept = self.read(repository, kept_as)?.unwrap_or_else(|| push.digest.clone());
        let mut missing: Vec<Digest> =
            manifest.blobs().filter(|blob| self.blob(repository, blob).is_none()).cloned().collect();
        missing.dedup();
        if !missing.is_empty() {
            return Err(StoreError::MissingBlobs(missing));
        }
        // Before the transaction, which is then short. When it is refused, the file stays, named by nobody
        // unless the image was there; the next start removes it.
        let path = self.manifest_path(repository, &kept);
        if std::fs::metadata(&path).is_err() {
            files::write_whole(&path, push.bytes).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => StoreError::NoRepository,
                _ => StoreError::Io(error),
            })?;
        }
        let also = Digest::with(kept.algorithm().other(), push.bytes);
        self.change(repository, |change| {
            let (mut absent, mut children_bytes) = (Vec::new(), 0u64);
            for child in &manifest.manifests {
                match change.find(&child.digest) {
                    Some((_, image)) => children_bytes = children_bytes.saturating_add(image.size_bytes),
                    None => absent.push(child.digest.clone()),
                }
            }
            if !absent.is_empty() {
                return Err(StoreError::MissingImages(absent));
            }
            // One may have been deleted since, and nothing is deleted in here.
            missing.extend(manifest.blobs().filter(|blob| self.blob(repository, blob).is_none()).cloned());
            missing.dedup();
            if !missing.is_empty() {
                return Err(StoreError::MissingBlobs(missing));
            }
            let fixed = |tag: &&String| change.tags.contains_key(*tag) && !change.settings.may_move(tag);
            if let Some(tag) = push.tags.iter().find(fixed) {
                return Err(StoreError::Immutable(tag.clone()));
            }
            // Another push of the same content may have come first since, and a delete may have taken the
            // file.
            let kept = kept_as(change).unwrap_or_else(|| kept.clone());
            if !change.images.contains_key(&kept) {
                if std::fs::metadata(&path).is_err() {
                    files::write_whole(&path, push.bytes)?;
                }
                let image = manifest.image(push.bytes.len() as u64, children_bytes, push.now);
                change.put_image(kept.clone(), Image { also: Some(also), ..image });
            }
            for tag in push.tags {
                change.tag(tag, &kept);
            }
            Ok(())
        })?;
        Ok(manifest)
    }

    /// The manifest's bytes, when the repository has that image.
    pub fn manifest(&self, repository: &str, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.read(repository, |state| state.find(digest).map(|(kept, _)| kept.clone()))?;
        kept.map_or(Ok(None), |kept| Ok(files::read(&self.manifest_path(repository, &kept))?))
    }

    /// Notes that an image was pulled.
    pub fn pulled(&self, repository: &str, digest: &Digest, now: Moment) -> Result<(), StoreError> {
        let entry = self.entry(repository)?;
        let mut state = entry.write();
        let Some(image) = state.repository.images.get_mut(digest) else { return Ok(()) };
        let last = image.pulled_at.replace(now);
        if last.is_none_or(|last| now.is_past(last, PULL_GRAIN_SECONDS)) {
            // Nobody is told of it, so it need not wait for the disk, nor fail where that is full.
            if let Err(error) = state.journal.append(&[Event::Pull(digest.clone(), now)], false) {
                tracing::warn!(%error, repository, "a pull was not written down");
            }
        } else if let (Some(last), Some(image)) = (last, state.repository.images.get_mut(digest)) {
            image.pulled_at = Some(last.max(now));
        }
        Ok(())
    }

    /// The file of a blob and its bytes, when the repository has it.
    pub fn blob(&self, repository: &str, digest: &Digest) -> Option<(PathBuf, u64)> {
        let path = self.blob_path(repository, digest);
        let size = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?.len();
        Some((path, size))
    }

    /// The same, for whoever is about to push an image that has it: it stays for another day.
    pub fn blob_to_push(&self, repository: &str, digest: &Digest) -> Option<(PathBuf, u64)> {
        let found = || {
            let (path, size) = self.blob(repository, digest)?;
            files::mark(&std::fs::File::open(&path).ok()?, (self.clock)()).ok()?;
            Some((path, size))
        };
        self.read(repository, |_| found()).ok()?
    }

    /// Takes a finished, synced file in as a blob.
    pub(super) fn adopt_blob(
        &self,
        repository: &str,
        digest: &Digest,
        file: &Path,
    ) -> Result<(), StoreError> {
        let path = self.blob_path(repository, digest);
        // As long as this is read, nobody collects a blob of that digest.
        let renamed = self.read(repository, |_| {
            files::mark(&std::fs::File::open(file)?, (self.clock)())?;
            std::fs::rename(file, &path)
        })?;
        renamed.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NoUpload,
            _ => StoreError::Io(error),
        })?;
        path.parent().map_or(Ok(()), files::sync_folder)?;
        Ok(())
    }

    /// Lets `to` share a blob of `from`. Answers whether `to` has it now.
    pub fn mount_blob(&self, from: &str, to: &str, digest: &Digest) -> Result<bool, StoreError> {
        self.read(to, |_| ())?;
        if self.blob_to_push(to, digest).is_some() {
            return Ok(true);
        }
        if self.read(from, |_| ()).is_err() {
            return Ok(false);
        }
        let Some((source, _)) = self.blob(from, digest) else { return Ok(false) };
        let target = self.blob_path(to, digest);
        let linked = self.read(to, |_| {
            std::fs::hard_link(&source, &target)?;
            // Both names are one file. It is new here, and nobody's garbage for a day.
            files::mark(&std::fs::File::open(&target)?, (self.clock)())
        })?;
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            // A file system without hard links: the client uploads it.
            Err(error) => {
                tracing::debug!(%error, "a blob could not be shared");
                return Ok(false);
            }
        }
        target.parent().map_or(Ok(()), files::sync_folder)?;
        Ok(true)
    }

    /// Removes a blob that no image of the repository has. Answers whether it was there.
    pub fn remove_blob(&self, repository: &str, digest: &Digest) -> Result<bool, StoreError> {
        let entry = self.entry(repository)?;
        let state = entry.write();
        if state.gone {
            return Err(StoreError::NoRepository);
        }
        let images: Vec<Digest> = state.repository.images_with(digest).cloned().collect();
        if !images.is_empty() {
            return Err(StoreError::InUse(images));
        }
        let path = self.blob_path(repository, digest);
        let removed = files::remove(&path)?;
        if let (true, Some(folder)) = (removed, path.parent()) {
            files::sync_folder(folder)?;
        }
        Ok(removed)
    }

    /// Removes the files of images that are gone.
    pub(super) fn drop_files(&self, repository: &str, gone: &[Digest]) {
        for digest in gone {
            let manifest = files::remove(&self.manifest_path(repository, digest));
            let documents = self.image_documents(repository, digest);
            let documents = if documents.exists() { std::fs::remove_dir_all(documents) } else { Ok(()) };
            if let Err(error) = manifest.and(documents) {
                tracing::warn!(%error, %digest, "files of an image that is gone stay until the next start");
            }
        }
    }

    fn blob_path(&self, repository: &str, digest: &Digest) -> PathBuf {
        self.home(repository).join("blobs").join(digest.algorithm().name()).join(digest.hex())
    }

    fn manifest_path(&self, repository: &str, digest: &Digest) -> PathBuf {
        self.home(repository).join("manifests").join(digest.algorithm().name()).join(digest.hex())
    }
}

/// A change of images and tags under way: what it reads is the repository with the steps so far.
#[derive(Debug)]
pub struct Change<'a> {
    repository: &'a mut Repository,
    pub(super) done: Vec<Event>,
    undo: Vec<Vec<Event>>,
}

impl std::ops::Deref for Change<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        self.repository
    }
}

impl<'a> Change<'a> {
    pub(super) fn new(repository: &'a mut Repository) -> Self {
        Self { repository, done: Vec::new(), undo: Vec::new() }
    }

    /// Adds an image, or replaces what is known of it but its tags.
    pub fn put_image(&mut self, digest: Digest, image: Image) {
        self.step(Event::Image(digest, Box::new(image)));
    }

    /// Points a tag at an image of this repository.
    pub fn tag(&mut self, tag: &str, digest: &Digest) {
        self.step(Event::Tag(tag.to_owned(), digest.clone()));
    }

    /// Takes a tag off.
    pub fn untag(&mut self, tag: &str) {
        self.step(Event::Untag(tag.to_owned()));
    }

    /// Removes an image with its tags, and what is about it with that: signatures and the like follow
    /// their subject. What an index of the repository names is held by that index.
    ///
    /// # Errors
    /// When the image itself is held: by which indexes. What is about it and held stays, without a word.
    pub fn remove_with_referrers(&mut self, digest: &Digest) -> Result<(), StoreError> {
        let indexes: Vec<Digest> = self.indexes_with(digest).cloned().collect();
        if !indexes.is_empty() {
            return Err(StoreError::Held(indexes));
        }
        let mut gone = vec![digest.clone()];
        while let Some(digest) = gone.pop() {
            let also = self.images.get(&digest).and_then(|image| image.also.clone());
            for name in std::iter::once(&digest).chain(&also) {
                gone.extend(self.referrers_of(name).map(|(referrer, _)| referrer.clone()));
            }
            if self.indexes_with(&digest).next().is_none() {
                self.step(Event::Remove(digest));
            }
        }
        Ok(())
    }

    /// Images that were there, and are not any more.
    pub(super) fn gone(&self) -> Vec<Digest> {
        let removed = self.done.iter().filter_map(|event| match event {
            Event::Remove(digest) if !self.repository.images.contains_key(digest) => Some(digest.clone()),
            _ => None,
        });
        removed.collect()
    }

    fn step(&mut self, event: Event) {
        let undo = self.repository.apply(event.clone());
        // What changes nothing is not worth a line.
        if !undo.is_empty() {
            self.done.push(event);
            self.undo.push(undo);
        }
    }

    /// Takes all steps back.
    pub(super) fn take_back(mut self) {
        while let Some(undo) = self.undo.pop() {
            undo.into_iter().for_each(|event| drop(self.repository.apply(event)));
        }
    }
}
