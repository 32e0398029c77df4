//! What carries our tag in an account and a region, and its removal. What does not carry it is never touched.

use super::{Ecr, EcrError, Repository, TAG, Writer};
use futures_util::{StreamExt as _, TryStreamExt as _};

/// How many repositories are asked for their tags at a time.
const AT_A_TIME: usize = 8;

/// What was looked at and what of it is ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Repositories of the registry.
    pub repositories: usize,
    /// Those that carry our tag, by name, with how many images each holds.
    pub ours: Vec<(Repository, usize)>,
}

/// What became of a repository that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Gone,
    /// It does not carry our tag any more: it stays.
    NotOurs,
}

impl Ecr {
    /// What carries our tag, in this account and region.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:DescribeRepositories`, `ecr:ListTagsForResource` or
    /// `ecr:DescribeImages`; no network.
    pub async fn ours(&self) -> Result<Found, EcrError> {
        let all = self.repositories().await?;
        let repositories = all.len();
        let looked = futures_util::stream::iter(all.into_iter().map(|repository| async move {
            if !self.is_ours(&repository).await? {
                return Ok(None);
            }
            let images = self.images(&repository.name).await?.len();
            Ok::<_, EcrError>(Some((repository, images)))
        }));
        let found: Vec<Option<(Repository, usize)>> = looked.buffered(AT_A_TIME).try_collect().await?;
        Ok(Found { repositories, ours: found.into_iter().flatten().collect() })
    }

    async fn is_ours(&self, repository: &Repository) -> Result<bool, EcrError> {
        Ok(self.tags(&repository.arn).await?.iter().any(|(key, _)| key == TAG))
    }
}

impl Writer<'_> {
    /// Removes a repository with its images, if it still carries our tag.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:DeleteRepository`, no network.
    pub async fn remove(&self, repository: &Repository) -> Result<Removed, EcrError> {
        if !self.0.is_ours(repository).await? {
            return Ok(Removed::NotOurs);
        }
        let asked = self.0.client.delete_repository().repository_name(&repository.name).force(true);
        let sent = asked.send().await;
        sent.map(|_| Removed::Gone).map_err(|error| self.0.explain("deleting a repository", &error))
    }
}
