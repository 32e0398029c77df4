//! What is in a repository: its images, what a scan found in one, and what a lifecycle policy would do.

use super::{Ecr, EcrError};
use aws_sdk_ecr::types::{
    EnhancedImageScanFinding, ImageDetail, ImageIdentifier, LifecyclePolicyPreviewStatus, ScanStatus,
};
use std::collections::HashMap;
use std::time::Duration;

/// How long a scan or a preview is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is asked after, the first few times; later, every [`PAUSE`].
const SHORT: Duration = Duration::from_millis(250);
/// How often it is asked after.
const PAUSE: Duration = Duration::from_secs(2);
/// Most images of which the manifests are asked for at once (the API's limit).
const AT_ONCE: usize = 100;
/// Most indexes whose images are looked up: one with more is rare, and each costs a part of a request.
const MOST_INDEXES: usize = 1_000;

/// An image of a repository. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Digest of its manifest.
    pub digest: String,
    /// Its tags, in order.
    pub tags: Vec<String>,
    /// Compressed bytes, as ECR counts them.
    pub bytes: u64,
    /// When it was pushed, in milliseconds since 1970, as all times of an image.
    pub pushed_at: Option<i64>,
    /// When it was last pulled.
    pub pulled_at: Option<i64>,
    /// When it came into the archive, where it is now.
    pub archived_at: Option<i64>,
    /// When it was last brought back from the archive.
    pub activated_at: Option<i64>,
    /// Media type of its manifest.
    pub kind: String,
    /// Digests that it names, being an index.
    pub children: Vec<String>,
    /// Digest of the image that it is about, being a referrer.
    pub subject: Option<String>,
    /// How its last scan stands, and how many findings of each severity there are, worst first.
    pub scan: Option<(String, Vec<(String, u32)>)>,
}

impl Image {
    /// Whether it names images for several platforms.
    pub fn is_index(&self) -> bool {
        self.kind.contains("image.index") || self.kind.contains("manifest.list")
    }

    /// What people call it: its first tag, else the beginning of its digest.
    pub fn name(&self) -> &str {
        self.tags.first().map_or_else(|| self.digest.get(..19).unwrap_or(&self.digest), String::as_str)
    }
}

/// ECR's severities, worst first.
pub const SEVERITIES: [&str; 6] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"];

/// Place of a severity in that order; what is not in it comes last.
pub fn rank(severity: &str) -> usize {
    SEVERITIES.iter().position(|known| *known == severity).unwrap_or(SEVERITIES.len())
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
    /// First version without it, when the scanner says it.
    pub fixed: Option<String>,
    /// Where the package lies, or the layer that brought it, when the scanner says it.
    pub place: Option<String>,
    /// Where to read about it.
    pub uri: String,
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
    /// When it was done, in seconds since 1970.
    pub done_at: Option<i64>,
    /// Worst first.
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
            found.push(image(item.map_err(|error| self.explain("listing images", &error))?));
        }
        found.sort_by(|a: &Image, b| b.pushed_at.cmp(&a.pushed_at).then_with(|| a.digest.cmp(&b.digest)));
        self.look_into_indexes(repository, &mut found).await;
        Ok(found)
    }

    /// Which images the indexes name. Without permission for `ecr:BatchGetImage` they stay unknown.
    async fn look_into_indexes(&self, repository: &str, images: &mut [Image]) {
        let indexes: Vec<String> =
            images.iter().filter(|i| i.is_index()).map(|i| i.digest.clone()).take(MOST_INDEXES).collect();
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        for some in indexes.chunks(AT_ONCE) {
            let ids = some.iter().map(|digest| ImageIdentifier::builder().image_digest(digest).build());
            let asked = self.client.batch_get_image().repository_name(repository);
            let Ok(answer) = asked.set_image_ids(Some(ids.collect())).send().await else { return };
            for image in answer.images.unwrap_or_default() {
                let digest = image.image_id.and_then(|id| id.image_digest);
                if let (Some(digest), Some(manifest)) = (digest, image.image_manifest) {
                    children.insert(digest, named_in(&manifest));
                }
            }
        }
        for image in images {
            image.children = children.remove(&image.digest).unwrap_or_default();
        }
    }

    /// What the last scan of the image found, when it is over.
    ///
    /// # Errors
    /// As AWS refuses: no such image, never scanned, no permission for `ecr:DescribeImageScanFindings`; or
    /// when the scan is not over after five minutes.
    pub async fn scan(&self, repository: &str, digest: &str) -> Result<Scan, EcrError> {
        const WHAT: &str = "asking for the findings of a scan";
        let id = ImageIdentifier::builder().image_digest(digest).build();
        let mut scan =
            Scan { status: String::new(), description: String::new(), done_at: None, findings: Vec::new() };
        let mut token = None;
        let mut waited = Duration::ZERO;
        loop {
            let asked = self.client.describe_image_scan_findings().repository_name(repository);
            let answer = asked.image_id(id.clone()).set_next_token(token.take()).send().await;
            let answer = answer.map_err(|error| self.explain(WHAT, &error))?;
            let status = answer.image_scan_status.ok_or_else(|| EcrError::incomplete(WHAT))?;
            if matches!(status.status, Some(ScanStatus::InProgress | ScanStatus::Pending))
                && waited < PATIENCE
            {
                waited += pause(waited).await;
                continue;
            }
            scan.status = status.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
            scan.description = status.description.unwrap_or_default();
            if let Some(found) = answer.image_scan_findings {
                scan.done_at = found.image_scan_completed_at.map(|at| at.secs()).or(scan.done_at);
                scan.findings.extend(found.findings.unwrap_or_default().into_iter().map(finding));
                let enhanced = found.enhanced_findings.unwrap_or_default();
                scan.findings.extend(enhanced.into_iter().flat_map(enhanced_findings));
            }
            token = answer.next_token;
            if token.is_none() {
                scan.findings.sort_by(|a, b| rank(&a.severity).cmp(&rank(&b.severity)).then(a.id.cmp(&b.id)));
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
        start.lifecycle_policy_text(policy).send().await.map_err(|error| self.explain(WHAT, &error))?;
        let mut found = Vec::new();
        let mut token = None;
        let mut waited = Duration::ZERO;
        loop {
            let asked = self.client.get_lifecycle_policy_preview().repository_name(repository);
            let answer = asked.set_next_token(token.take()).send().await;
            let answer = answer.map_err(|error| self.explain(WHAT, &error))?;
            if answer.status == Some(LifecyclePolicyPreviewStatus::InProgress) && waited < PATIENCE {
                waited += pause(waited).await;
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

/// Waits a little before something is asked after again; answers how long it was.
async fn pause(waited: Duration) -> Duration {
    let pause = if waited < PAUSE { SHORT } else { PAUSE };
    tokio::time::sleep(pause).await;
    pause
}

/// Digests of the manifests that an index names.
fn named_in(manifest: &str) -> Vec<String> {
    let index: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    let named = index["manifests"].as_array().into_iter().flatten();
    named.filter_map(|manifest| manifest["digest"].as_str().map(str::to_owned)).collect()
}

fn millis(at: &aws_sdk_ecr::primitives::DateTime) -> i64 {
    at.to_millis().unwrap_or(0)
}

fn image(detail: ImageDetail) -> Image {
    let mut tags = detail.image_tags.unwrap_or_default();
    tags.sort();
    let archived = detail.image_status.as_ref().is_some_and(|status| status.as_str() == "ARCHIVED");
    let status = detail.image_scan_status.and_then(|scan| scan.status);
    let counts = detail.image_scan_findings_summary.and_then(|summary| summary.finding_severity_counts);
    let mut counts: Vec<(String, u32)> = counts
        .unwrap_or_default()
        .into_iter()
        .map(|(severity, count)| (severity.as_str().to_owned(), u32::try_from(count).unwrap_or(0)))
        .collect();
    counts.sort_by_key(|(severity, _)| rank(severity));
    Image {
        digest: detail.image_digest.unwrap_or_default(),
        tags,
        bytes: detail.image_size_in_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        pushed_at: detail.image_pushed_at.as_ref().map(millis),
        pulled_at: detail.last_recorded_pull_time.as_ref().map(millis),
        archived_at: detail.last_archived_at.as_ref().filter(|_| archived).map(millis),
        activated_at: detail.last_activated_at.as_ref().map(millis),
        kind: detail.image_manifest_media_type.unwrap_or_default(),
        children: Vec::new(),
        subject: detail.subject_manifest_digest,
        scan: status.map(|status| (status.as_str().to_owned(), counts)),
    }
}

fn finding(found: aws_sdk_ecr::types::ImageScanFinding) -> Finding {
    let attributes = found.attributes.unwrap_or_default();
    let attribute = |key: &str| {
        let value = attributes.iter().find(|a| a.key == key).and_then(|a| a.value.clone());
        value.filter(|value| !value.is_empty())
    };
    Finding {
        package: attribute("package_name").zip(attribute("package_version")),
        fixed: attribute("fixed_in_version"),
        place: attribute("layer").map(|layer| format!("layer {layer}")).or_else(|| attribute("file_path")),
        id: found.name.unwrap_or_default(),
        severity: found.severity.map(|severity| severity.as_str().to_owned()).unwrap_or_default(),
        uri: found.uri.unwrap_or_default(),
        description: found.description.unwrap_or_default(),
    }
}

/// What enhanced scanning says: one finding for each package that has it.
fn enhanced_findings(found: EnhancedImageScanFinding) -> Vec<Finding> {
    let details = found.package_vulnerability_details;
    let (id, uri, packages) = details
        .map(|d| (d.vulnerability_id, d.source_url, d.vulnerable_packages))
        .map_or((None, None, Vec::new()), |(id, uri, packages)| (id, uri, packages.unwrap_or_default()));
    let of = |package: Option<aws_sdk_ecr::types::VulnerablePackage>| {
        let package = package.as_ref();
        let fixed = package.and_then(|p| p.fixed_in_version.clone());
        let named = package.and_then(|p| p.name.clone());
        Finding {
            package: named.map(|name| (name, package.and_then(|p| p.version.clone()).unwrap_or_default())),
            // Inspector's word for "there is none".
            fixed: fixed.filter(|version| !version.is_empty() && version != "NotAvailable"),
            place: package.and_then(|p| p.file_path.clone()).filter(|path| !path.is_empty()),
            id: id.clone().or_else(|| found.title.clone()).unwrap_or_default(),
            severity: found.severity.clone().unwrap_or_default(),
            uri: uri.clone().unwrap_or_default(),
            description: found.description.clone().unwrap_or_default(),
        }
    };
    if packages.is_empty() {
        return vec![of(None)];
    }
    packages.into_iter().map(|package| of(Some(package))).collect()
}
