//! A repository in full: its settings, its tags, its policy, its images.

use super::images::Image;
use super::{Ecr, EcrError, Problem, Repository, TAG};

/// All there is to see of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// The repository as it is now.
    pub repository: Repository,
    /// Its tags; `None` when we may not see them.
    pub tags: Option<Vec<(String, String)>>,
    /// Its lifecycle policy.
    pub policy: Option<String>,
    /// Its images, newest first.
    pub images: Vec<Image>,
}

impl Contents {
    /// Whether it carries our tag.
    pub fn is_ours(&self) -> bool {
        self.tags.iter().flatten().any(|(key, _)| key == TAG)
    }
}

/// A repository as the SDK has it.
pub(super) fn of(item: aws_sdk_ecr::types::Repository) -> Repository {
    let mutability = item.image_tag_mutability.as_ref().map(|m| m.as_str());
    let except = item.image_tag_mutability_exclusion_filters.unwrap_or_default();
    let encryption = item.encryption_configuration.map(|c| match c.kms_key {
        Some(key) => format!("{} with key {key}", c.encryption_type.as_str()),
        None => c.encryption_type.as_str().to_owned(),
    });
    Repository {
        name: item.repository_name.unwrap_or_default(),
        arn: item.repository_arn.unwrap_or_default(),
        uri: item.repository_uri.unwrap_or_default(),
        immutable: mutability.is_some_and(|m| m.starts_with("IMMUTABLE")),
        except: except.into_iter().map(|filter| filter.filter).collect(),
        scan_on_push: item.image_scanning_configuration.is_some_and(|c| c.scan_on_push),
        encryption: encryption.unwrap_or_default(),
        created_at: item.created_at.map(|at| at.secs()),
    }
}

impl Ecr {
    /// A repository with all that is in it.
    ///
    /// # Errors
    /// As AWS refuses: no such repository, no permission for `ecr:DescribeRepositories` or `ecr:DescribeImages`,
    /// no network. That its tags or its policy may not be seen is no error.
    pub async fn contents(&self, name: &str) -> Result<Contents, EcrError> {
        const WHAT: &str = "looking at a repository";
        let described = self.client.describe_repositories().repository_names(name).send();
        let (described, images, policy) = tokio::join!(described, self.images(name), self.policy(name));
        let described = described.map_err(|error| self.explain(WHAT, &error))?;
        let found = described.repositories.unwrap_or_default().into_iter().next();
        let repository = of(found.ok_or_else(|| EcrError::incomplete(WHAT))?);
        let tags = allowed(self.tags(&repository.arn).await)?;
        Ok(Contents { repository, tags, policy: allowed(policy)?.flatten(), images: images? })
    }

    /// The tags of what has this ARN.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:ListTagsForResource`, no network.
    pub async fn tags(&self, arn: &str) -> Result<Vec<(String, String)>, EcrError> {
        let answer = self.client.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| self.explain("looking at the tags of a repository", &error))?;
        let mut tags: Vec<_> =
            answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        tags.sort();
        Ok(tags)
    }

    /// The lifecycle policy of a repository, if it has one.
    ///
    /// # Errors
    /// As AWS refuses: no such repository, no permission for `ecr:GetLifecyclePolicy`, no network.
    pub async fn policy(&self, repository: &str) -> Result<Option<String>, EcrError> {
        let answer = self.client.get_lifecycle_policy().repository_name(repository).send().await;
        match answer {
            Ok(answer) => Ok(answer.lifecycle_policy_text),
            Err(error) => match self.explain("looking at a lifecycle policy", &error) {
                none if none.code == "LifecyclePolicyNotFoundException" => Ok(None),
                error => Err(error),
            },
        }
    }
}

/// An answer that we can do without when we may not have it.
fn allowed<T>(answer: Result<T, EcrError>) -> Result<Option<T>, EcrError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.problem == Problem::Denied => Ok(None),
        Err(error) => Err(error),
    }
}
