//! Small documents of the control API: one JSON file each, of the registry, of a repository, or of an
//! image. They go with what they belong to.

use super::digest::Digest;
use super::{Store, StoreError, files};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::sync::PoisonError;

/// What a document belongs to.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// The whole registry.
    Registry,
    /// A repository, by name.
    Repository(&'a str),
    /// An image of a repository.
    Image(&'a str, &'a Digest),
}

impl Store {
    /// The document `key` (lower-case letters, digits and `-`), when there is one.
    pub fn document<T: DeserializeOwned>(
        &self,
        owner: Owner<'_>,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let bytes = files::read(&self.document_path(owner, key)?)?;
        Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose().map_err(std::io::Error::from)?)
    }

    /// Keeps `document` as `key`, in place of what was there.
    pub fn put_document<T: Serialize>(
        &self,
        owner: Owner<'_>,
        key: &str,
        document: &T,
    ) -> Result<(), StoreError> {
        let _turn = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        self.write_document(owner, key, document)
    }

    /// Changes the document `key`, beginning with the default when there is none. What `make` refuses
    /// changes nothing, and no other change comes between.
    pub fn change_document<T, R, E>(
        &self,
        owner: Owner<'_>,
        key: &str,
        make: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E>
    where
        T: Serialize + DeserializeOwned + Default,
        E: From<StoreError>,
    {
        let _turn = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut document: T = self.document(owner, key)?.unwrap_or_default();
        let answer = make(&mut document)?;
        self.write_document(owner, key, &document)?;
        Ok(answer)
    }

    /// Removes the document `key`. Answers whether it was there.
    pub fn remove_document(&self, owner: Owner<'_>, key: &str) -> Result<bool, StoreError> {
        let _turn = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.document_path(owner, key)?;
        let removed = files::remove(&path)?;
        if let (true, Some(folder)) = (removed, path.parent()) {
            files::sync_folder(folder)?;
        }
        Ok(removed)
    }

    fn write_document<T: Serialize>(
        &self,
        owner: Owner<'_>,
        key: &str,
        document: &T,
    ) -> Result<(), StoreError> {
        // A repository that goes meanwhile takes its folder with it, and the write fails.
        if let Owner::Repository(name) | Owner::Image(name, _) = owner {
            self.read(name, |_| ())?;
        }
        let path = self.document_path(owner, key)?;
        let text = serde_json::to_vec_pretty(document).map_err(std::io::Error::from)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(files::write_whole(&path, &text)?)
    }

    fn document_path(&self, owner: Owner<'_>, key: &str) -> Result<PathBuf, StoreError> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if key.is_empty() || !key.bytes().all(letter) {
            return Err(StoreError::Io(std::io::Error::other(format!("no document is called '{key}'"))));
        }
        let folder = match owner {
            Owner::Registry => self.folder.join("documents"),
            Owner::Repository(name) => self.home(name).join("documents"),
            Owner::Image(name, digest) => self.image_documents(name, digest),
        };
        Ok(folder.join(format!("{key}.json")))
    }

    /// The folder of an image's documents.
    pub(super) fn image_documents(&self, repository: &str, digest: &Digest) -> PathBuf {
        self.home(repository).join("images").join(digest.algorithm().name()).join(digest.hex())
    }
}
