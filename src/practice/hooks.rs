//! What the registry asks the control API in the middle of a push or a pull. The API decides, the
//! registry acts; neither knows more of the other.
//!
//! All of them are called while somebody waits, none inside a lock of the store.

use super::store::Digest;
use super::{Shared, api};

/// Whether a repository is there because this push made it, as a creation template says.
pub(super) fn create_on_push(shared: &Shared, repository: &str) -> bool {
    api::create_on_push(shared, repository).unwrap_or_else(|error| {
        tracing::warn!(repository, error = error.message, "a creation template could not be followed");
        false
    })
}

/// Why `action` (`ecr:PutImage`, …) is not allowed on a repository, in ECR's words.
pub(super) fn denial(shared: &Shared, action: &str, repository: &str) -> Option<String> {
    api::denial(shared, action, repository)
}

/// Whether a push may share blobs of other repositories: the account setting `BLOB_MOUNTING`.
pub(super) fn may_mount(shared: &Shared) -> bool {
    api::may_mount(shared)
}

/// A manifest was pushed, and is on disk.
pub(super) fn pushed(shared: &Shared, repository: &str, digest: &Digest) {
    api::pushed(shared, repository, digest);
}
