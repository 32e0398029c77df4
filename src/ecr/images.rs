//! What is in a repository: its images, what a scan found in one, and what a lifecycle policy would do.

use super::{Ecr, EcrError};
use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier, LifecyclePolicyPreviewStatus, ScanStatus};
use std::time::Duration;

/// How long a scan or a preview is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is asked after.
const PAUSE: Duration = Duration::from_secs(2);

/// An image of a repository. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Digest of its manifest.
    pub digest: String,
    /// Its tags, in order.
    pub tags: Vec<String>,
    /// Compressed bytes, as ECR counts them.
    pub bytes: u64,
    /// When it was pushed.
    pub pushed_at: Option<i64>,
    /// When it was last pulled.
    pub pulled_at: Option<i64>,
}

/// One finding of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `CVE-…`.
    pub id: String,
    /// ECR's word.
    pub severity: String,
    /// Package and installed version, when the scanner says them.
    pub package: Option<(String, String)>,
    /// What can happen.
    pub description: String,
}

/// What a scan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// `COMPLETE`, `FAILED`, …
    pub status: String,
    /// What the scanner says of the scan.
    pub description: String,
    /// In the scanner's order.
    pub findings: Vec<Finding>,
}

/// What a lifecycle policy would do to one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previewed {
    /// The image.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// `EXPIRE` or `TRANSITION`.
    pub action: String,
    /// Priority of the rule that does it.
    pub rule: i32,
}

impl Ecr {
    /// All images of a repository, newest first.
    ///
    /// # Errors
    /// As AWS refuses: no such repository, no permission for `ecr:DescribeImages`, no network.
    pub async fn images(&self, repository: &str) -> Result<Vec<Image>, EcrError> {
        let mut pages =
            self.client.describe_images().repository_name(repository).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(image(item.map_err(|error| EcrError::of("listing images", error))?));
        }
        found.sort_by(|a, b| b.pushed_at.cmp(&a.pushed_at).then_with(|| a.digest.cmp(&b.digest)));
        Ok(found)
    }

    /// What the last scan of the image found, when it is over.
    ///
    /// # Errors
    /// As AWS refuses: no such image, never scanned, no permission for `ecr:DescribeImageScanFindings`; or
    /// when the scan is not over after five minutes.
    pub async fn scan(&self, repository: &str, digest: &str) -> Result<Scan, EcrError> {
        const WHAT: &str = "asking for the findings of a scan";
        let id = ImageIdentifier::builder().image_digest(digest).build();
        let mut scan = Scan { status: String::new(), description: String::new(), findings: Vec::new() };
        let mut token = None;
        let mut waited = Duration::ZERO;
        loop {
            let asked = self.client.describe_image_scan_findings().repository_name(repository);
            let answer = asked.image_id(id.clone()).set_next_token(token.take()).send().await;
            let answer = answer.map_err(|error| EcrError::of(WHAT, error))?;
            let status = answer.image_scan_status.ok_or_else(|| EcrError::incomplete(WHAT))?;
            if matches!(status.status, Some(ScanStatus::InProgress | ScanStatus::Pending))
                && waited < PATIENCE
            {
                waited += PAUSE;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            scan.status = status.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
            scan.description = status.description.unwrap_or_default();
            let findings = answer.image_scan_findings.and_then(|found| found.findings).unwrap_or_default();
            scan.findings.extend(findings.into_iter().map(finding));
            token = answer.next_token;
            if token.is_none() {
                return Ok(scan);
            }
        }
    }

    /// What `policy` would do to the images of a repository. Nothing is changed but the repository's last
    /// preview.
    ///
    /// # Errors
    /// As AWS refuses: no policy, in its own words; no permission for `ecr:StartLifecyclePolicyPreview`.
    pub async fn preview(&self, repository: &str, policy: &str) -> Result<Vec<Previewed>, EcrError> {
        const WHAT: &str = "previewing a lifecycle policy";
        let start = self.client.start_lifecycle_policy_preview().repository_name(repository);
        start.lifecycle_policy_text(policy).send().await.map_err(|error| EcrError::of(WHAT, error))?;
        let mut found = Vec::new();
        let mut token = None;
        let mut waited = Duration::ZERO;
        loop {
            let asked = self.client.get_lifecycle_policy_preview().repository_name(repository);
            let answer = asked.set_next_token(token.take()).send().await;
            let answer = answer.map_err(|error| EcrError::of(WHAT, error))?;
            if answer.status == Some(LifecyclePolicyPreviewStatus::InProgress) && waited < PATIENCE {
                waited += PAUSE;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            for result in answer.preview_results.unwrap_or_default() {
                let action = result.action.and_then(|action| action.r#type);
                found.push(Previewed {
                    digest: result.image_digest.unwrap_or_default(),
                    tags: result.image_tags.unwrap_or_default(),
                    action: action.map(|action| action.as_str().to_owned()).unwrap_or_default(),
                    rule: result.applied_rule_priority.unwrap_or_default(),
                });
            }
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}

fn image(detail: ImageDetail) -> Image {
    let mut tags = detail.image_tags.unwrap_or_default();
    tags.sort();
    Image {
        digest: detail.image_digest.unwrap_or_default(),
        tags,
        bytes: detail.image_size_in_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        pushed_at: detail.image_pushed_at.map(|at| at.secs()),
        pulled_at: detail.last_recorded_pull_time.map(|at| at.secs()),
    }
}

fn finding(found: aws_sdk_ecr::types::ImageScanFinding) -> Finding {
    let attributes = found.attributes.unwrap_or_default();
    let attribute = |key: &str| attributes.iter().find(|a| a.key == key).and_then(|a| a.value.clone());
    Finding {
        package: attribute("package_name").zip(attribute("package_version")),
        id: found.name.unwrap_or_default(),
        severity: found.severity.map(|severity| severity.as_str().to_owned()).unwrap_or_default(),
        description: found.description.unwrap_or_default(),
    }
}
