//! What can be changed in a registry: said in words, so that it can be confirmed, and then done.

use super::{EcrError, TAG, Writer};
use aws_sdk_ecr::types::{ImageIdentifier, ImageScanningConfiguration, ImageTagMutability, Tag};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Creates a repository, which carries our tag.
    Create {
        /// Its name.
        repository: String,
        /// Whether tags, once pushed, stay where they are.
        immutable: bool,
        /// Whether a push starts a scan.
        scan_on_push: bool,
    },
    /// Deletes a repository with all its images.
    DeleteRepository {
        /// Its name.
        repository: String,
        /// How many images it holds.
        images: usize,
    },
    /// Deletes an image with all its tags.
    DeleteImage {
        /// The repository.
        repository: String,
        /// The image.
        digest: String,
        /// Its tags.
        tags: Vec<String>,
    },
    /// Takes a tag away; the image stays while it has others.
    Untag {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// Whether it is the image's last one.
        last: bool,
    },
    /// Gives an image another tag.
    Tag {
        /// The repository.
        repository: String,
        /// The image.
        digest: String,
        /// The new tag.
        tag: String,
    },
    /// Lets tags move, or not.
    SetMutability {
        /// The repository.
        repository: String,
        /// Whether tags stay where they are.
        immutable: bool,
        /// Whether exceptions are lost by it.
        drops_exceptions: bool,
    },
    /// Scans what is pushed, or not.
    SetScanOnPush {
        /// The repository.
        repository: String,
        /// Whether a push starts a scan.
        on: bool,
    },
    /// Scans an image now.
    StartScan {
        /// The repository.
        repository: String,
        /// The image.
        digest: String,
    },
    /// Puts a lifecycle policy in place.
    PutPolicy {
        /// The repository.
        repository: String,
        /// The policy.
        text: String,
    },
    /// Takes the lifecycle policy away.
    DeletePolicy {
        /// The repository.
        repository: String,
    },
}

impl Change {
    /// The repository that is changed.
    pub fn repository(&self) -> &str {
        match self {
            Self::Create { repository, .. }
            | Self::DeleteRepository { repository, .. }
            | Self::DeleteImage { repository, .. }
            | Self::Untag { repository, .. }
            | Self::Tag { repository, .. }
            | Self::SetMutability { repository, .. }
            | Self::SetScanOnPush { repository, .. }
            | Self::StartScan { repository, .. }
            | Self::PutPolicy { repository, .. }
            | Self::DeletePolicy { repository } => repository,
        }
    }

    /// What is changed: `repository app`, `image sha256:… in app`.
    pub fn resource(&self) -> String {
        let repository = self.repository();
        match self {
            Self::DeleteImage { digest, .. } | Self::Tag { digest, .. } | Self::StartScan { digest, .. } => {
                format!("image {} in repository {repository}", digest.get(..19).unwrap_or(digest))
            }
            Self::Untag { tag, .. } => format!("tag {tag} in repository {repository}"),
            Self::PutPolicy { .. } | Self::DeletePolicy { .. } => {
                format!("lifecycle policy of repository {repository}")
            }
            _ => format!("repository {repository}"),
        }
    }

    /// What it does, what it costs, and whether it can be taken back.
    pub fn does(&self) -> String {
        match self {
            Self::Create { immutable, scan_on_push, .. } => format!(
                "Creates it with {} tags and scan on push {}, tagged {TAG}. An empty repository costs nothing; images that are pushed to it are charged by size and month.",
                if *immutable { "immutable" } else { "mutable" },
                if *scan_on_push { "on" } else { "off" }
            ),
            Self::DeleteRepository { images: 0, .. } => "Deletes it. It holds no images.".into(),
            Self::DeleteRepository { images, .. } => format!(
                "Deletes it with its {images} image{}. This cannot be taken back.",
                if *images == 1 { "" } else { "s" }
            ),
            Self::DeleteImage { tags, .. } if tags.is_empty() => {
                "Deletes the image, which has no tag. This cannot be taken back.".into()
            }
            Self::DeleteImage { tags, .. } => {
                format!("Deletes the image with its tags {}. This cannot be taken back.", tags.join(", "))
            }
            Self::Untag { last: false, .. } => "Takes the tag away; the image stays under its others.".into(),
            Self::Untag { last: true, .. } => {
                "Takes the image's last tag away, and with it the image itself. This cannot be taken back.".into()
            }
            Self::Tag { tag, .. } => format!("Gives the image the tag {tag} too. It costs nothing."),
            Self::SetMutability { immutable, drops_exceptions, .. } => format!(
                "{}{}",
                if *immutable {
                    "Tags stay where they are from now on: a second push to one is refused."
                } else {
                    "Tags can be moved from now on: a push may replace what a tag names."
                },
                if *drops_exceptions { " The exceptions that are set are lost." } else { "" }
            ),
            Self::SetScanOnPush { on: true, .. } => {
                "Every push is scanned from now on. Basic scanning costs nothing; enhanced scanning is charged by image.".into()
            }
            Self::SetScanOnPush { on: false, .. } => "Pushes are no longer scanned.".into(),
            Self::StartScan { .. } => {
                "Scans the image now. Basic scanning costs nothing, and is done at most once a day for an image.".into()
            }
            Self::PutPolicy { .. } => {
                "Puts the policy in place of any other. What it expires is deleted within 24 hours, and cannot be taken back."
                    .into()
            }
            Self::DeletePolicy { .. } => "Takes the policy away. Images stay until somebody deletes them.".into(),
        }
    }

    /// Whether something is lost by it.
    pub fn destroys(&self) -> bool {
        matches!(
            self,
            Self::DeleteRepository { .. }
                | Self::DeleteImage { .. }
                | Self::Untag { .. }
                | Self::PutPolicy { .. }
                | Self::DeletePolicy { .. }
        )
    }

    /// What is said when it is done.
    pub fn done(&self) -> String {
        let repository = self.repository();
        match self {
            Self::Create { .. } => format!("Repository {repository} created"),
            Self::DeleteRepository { .. } => format!("Repository {repository} deleted"),
            Self::DeleteImage { digest, .. } => {
                format!("Image {} deleted", digest.get(..19).unwrap_or(digest))
            }
            Self::Untag { tag, .. } => format!("Tag {tag} taken away"),
            Self::Tag { tag, .. } => format!("Tagged {tag}"),
            Self::SetMutability { immutable: true, .. } => format!("Tags of {repository} are immutable now"),
            Self::SetMutability { immutable: false, .. } => format!("Tags of {repository} can be moved now"),
            Self::SetScanOnPush { on: true, .. } => format!("Pushes to {repository} are scanned now"),
            Self::SetScanOnPush { on: false, .. } => format!("Pushes to {repository} are not scanned now"),
            Self::StartScan { .. } => "The scan has begun".into(),
            Self::PutPolicy { .. } => format!("The lifecycle policy of {repository} is in place"),
            Self::DeletePolicy { .. } => format!("{repository} has no lifecycle policy now"),
        }
    }
}

fn mutability(immutable: bool) -> ImageTagMutability {
    if immutable { ImageTagMutability::Immutable } else { ImageTagMutability::Mutable }
}

fn scanning(on: bool) -> ImageScanningConfiguration {
    ImageScanningConfiguration::builder().scan_on_push(on).build()
}

fn by_digest(digest: &str) -> ImageIdentifier {
    ImageIdentifier::builder().image_digest(digest).build()
}

impl Writer<'_> {
    /// Makes a change.
    ///
    /// # Errors
    /// As AWS refuses.
    pub async fn change(&self, change: &Change) -> Result<(), EcrError> {
        let client = &self.0.client;
        let name = change.repository();
        match change {
            Change::Create { immutable, scan_on_push, .. } => {
                const WHAT: &str = "creating the repository";
                let tag = Tag::builder().key(TAG).value("1").build();
                let tag = tag.map_err(|_| EcrError::incomplete(WHAT))?;
                let asked = client.create_repository().repository_name(name).tags(tag);
                let asked = asked.image_tag_mutability(mutability(*immutable));
                let asked = asked.image_scanning_configuration(scanning(*scan_on_push));
                asked.send().await.map(drop).map_err(|error| self.0.explain(WHAT, &error))
            }
            Change::DeleteRepository { images, .. } => {
                // Images that came since it was confirmed are not covered by that.
                let asked = client.delete_repository().repository_name(name).force(*images > 0);
                asked
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| self.0.explain("deleting the repository", &error))
            }
            Change::DeleteImage { digest, .. } => self.delete_image(name, by_digest(digest)).await,
            Change::Untag { tag, .. } => {
                self.delete_image(name, ImageIdentifier::builder().image_tag(tag).build()).await
            }
            Change::Tag { digest, tag, .. } => self.tag(name, digest, tag).await,
            Change::SetMutability { immutable, .. } => {
                let asked = client.put_image_tag_mutability().repository_name(name);
                let sent = asked.image_tag_mutability(mutability(*immutable)).send().await;
                sent.map(drop).map_err(|error| self.0.explain("setting tag mutability", &error))
            }
            Change::SetScanOnPush { on, .. } => {
                let asked = client.put_image_scanning_configuration().repository_name(name);
                let sent = asked.image_scanning_configuration(scanning(*on)).send().await;
                sent.map(drop).map_err(|error| self.0.explain("setting scan on push", &error))
            }
            Change::StartScan { digest, .. } => {
                let asked = client.start_image_scan().repository_name(name).image_id(by_digest(digest));
                asked.send().await.map(drop).map_err(|error| self.0.explain("starting a scan", &error))
            }
            Change::PutPolicy { text, .. } => {
                let asked = client.put_lifecycle_policy().repository_name(name).lifecycle_policy_text(text);
                asked
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| self.0.explain("putting a lifecycle policy", &error))
            }
            Change::DeletePolicy { .. } => {
                let asked = client.delete_lifecycle_policy().repository_name(name);
                asked
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| self.0.explain("deleting a lifecycle policy", &error))
            }
        }
    }

    async fn delete_image(&self, repository: &str, id: ImageIdentifier) -> Result<(), EcrError> {
        const WHAT: &str = "deleting the image";
        let sent = self.0.client.batch_delete_image().repository_name(repository).image_ids(id).send().await;
        let answer = sent.map_err(|error| self.0.explain(WHAT, &error))?;
        // It answers 200 and says in the body what it did not delete.
        match answer.failures.unwrap_or_default().into_iter().next() {
            None => Ok(()),
            Some(failure) => {
                let code = failure.failure_code.map(|code| code.as_str().to_owned()).unwrap_or_default();
                let message = failure.failure_reason.unwrap_or_default();
                Err(EcrError::explained(WHAT, "service", &code, &message, &self.0.whither()))
            }
        }
    }

    async fn tag(&self, repository: &str, digest: &str, tag: &str) -> Result<(), EcrError> {
        const WHAT: &str = "tagging the image";
        let asked = self.0.client.batch_get_image().repository_name(repository).image_ids(by_digest(digest));
        let answer = asked.send().await.map_err(|error| self.0.explain(WHAT, &error))?;
        let Some(image) = answer.images.unwrap_or_default().into_iter().next() else {
            let message = format!("The image {digest} is not in repository {repository} any more");
            return Err(EcrError::explained(
                WHAT,
                "service",
                "ImageNotFoundException",
                &message,
                &self.0.whither(),
            ));
        };
        let asked = self.0.client.put_image().repository_name(repository).image_tag(tag);
        let asked = asked.set_image_manifest(image.image_manifest);
        let asked = asked.set_image_manifest_media_type(image.image_manifest_media_type).image_digest(digest);
        asked.send().await.map(drop).map_err(|error| self.0.explain(WHAT, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_said() {
        let delete = Change::DeleteRepository { repository: "app".into(), images: 3 };
        assert!(delete.destroys() && delete.does().contains("its 3 images. This cannot be taken back"));
        let create = Change::Create { repository: "app".into(), immutable: true, scan_on_push: true };
        assert!(!create.destroys() && create.does().contains(TAG), "{}", create.does());
        let last = Change::Untag { repository: "app".into(), tag: "v1".into(), last: true };
        assert!(last.does().contains("the image itself"));
        assert_eq!(last.resource(), "tag v1 in repository app");
    }
}
