//! Words that the control API and the registry share.

/// ECR's words for a repository that is not there.
pub(super) fn no_repository(name: &str) -> String {
    format!("The repository with name '{name}' does not exist in the registry with id '{}'", super::ACCOUNT)
}
