//! Names of images: registry, repository, tag. The host name that ECR gives a registry means the practice
//! ECR, when account and region are its own.

use crate::dockerfile::reference;
use crate::practice::ACCOUNT;

/// The name of an image with what it leaves out filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    host: Option<String>,
    path: String,
    tag: String,
}

/// The registry that `host` means.
pub(super) fn host(host: &str, ours: &str, region: &str) -> String {
    let host = host.trim_start_matches("https://").trim_start_matches("http://");
    let host = host.split('/').next().unwrap_or(host);
    let practised = format!("{ACCOUNT}.dkr.ecr.{region}.amazonaws.com");
    if host == practised { ours.to_owned() } else { host.to_owned() }
}

/// Whether a name says its tag.
pub(super) fn has_tag(text: &str) -> bool {
    let parts = reference::Reference::of(text);
    parts.tag.is_some() || parts.digest.is_some()
}

impl Reference {
    /// # Errors
    /// When it is no name of an image.
    pub(super) fn parse(text: &str, ours: &str, region: &str) -> Result<Self, String> {
        let parts = reference::Reference::of(text);
        if !parts.is_valid() {
            return Err(text.to_owned());
        }
        let host = parts.host.map(|named| host(named, ours, region));
        let tag = parts.digest.unwrap_or(parts.tag.unwrap_or("latest"));
        Ok(Self { host, path: parts.path.to_owned(), tag: tag.to_owned() })
    }

    /// The registry, when one is named.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The repository in its registry.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The tag, or the digest.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// Registry and repository.
    pub(super) fn repository(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// All of it.
    pub(super) fn name(&self) -> String {
        let joint = if self.tag.starts_with("sha256:") { '@' } else { ':' };
        format!("{}{joint}{}", self.repository(), self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_and_ecrs_host_is_the_practice_registry() {
        let name = |text: &str| Reference::parse(text, "127.0.0.1:5000", "eu-central-1").map(|r| r.name());
        let by_digest = format!("app@sha256:{}", "0".repeat(64));
        for (text, wanted) in [
            ("app", "app:latest"),
            ("team/app:1.0", "team/app:1.0"),
            ("127.0.0.1:5000/team/app", "127.0.0.1:5000/team/app:latest"),
            ("123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:v1", "127.0.0.1:5000/app:v1"),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1",
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1",
            ),
            ("Team/app:1", "Team/app:1"),
            (&by_digest, &by_digest),
        ] {
            assert_eq!(name(text).as_deref(), Ok(wanted), "{text}");
        }
        for text in ["", "App", "127.0.0.1:5000/", "app:", "app:a b", "a//b", "app@sha256:00"] {
            assert!(name(text).is_err(), "{text}");
        }
        assert!(has_tag("127.0.0.1:5000/app:v1") && !has_tag("127.0.0.1:5000/app"));
    }
}
