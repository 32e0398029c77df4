//! What the registry asks the control API in the middle of a push or a pull. The API decides, the
//! registry acts; neither knows more of the other.
//!
//! All of them are called while somebody waits, none inside a lock of the store.

use super::Shared;
use super::store::{Digest, Settings};

/// The repository that a push into nothing makes, when a creation template says so.
pub(super) fn create_on_push(_shared: &Shared, _repository: &str) -> Option<Settings> {
    None
}

/// Why `action` (`ecr:PutImage`, …) is not allowed on a repository, in ECR's words.
pub(super) fn denial(_shared: &Shared, _action: &str, _repository: &str) -> Option<String> {
    None
}

/// Whether a push may share blobs of other repositories: the account setting `BLOB_MOUNTING`.
pub(super) fn may_mount(_shared: &Shared) -> bool {
    true
}

/// A manifest was pushed, and is on disk.
pub(super) fn pushed(_shared: &Shared, _repository: &str, _digest: &Digest) {}
