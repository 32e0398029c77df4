//! Scanning: what is scanned and when, scans under way, and what they found, in ECR's shapes.
//!
//! A basic scan here reads what language package managers installed too, which Amazon's does not: with the
//! training set, that is where most of the practice lies. Under enhanced scanning findings have the shape
//! of Amazon Inspector's, with the layer that brought each package.

use super::super::scan::{Finding, run, training_set};
use super::super::store::{Digest, Image, Owner, Settings, matches_wildcard};
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::page::{Page, USUAL};
use super::{ApiError, ImageId, repositories, repository_arn, set};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Document of the registry's configuration.
const CONFIGURATION: &str = "scanning";
/// Document of an image's last scan.
const REPORT: &str = "scan";
/// How long a question about findings waits for a scan under way.
const PATIENCE: Duration = Duration::from_secs(2);
/// An image is scanned once in so many seconds (quota of basic scanning).
const AGAIN: u64 = 24 * 60 * 60;

/// Scans under way.
#[derive(Debug, Default)]
pub(super) struct Scans {
    running: Mutex<HashSet<(String, Digest)>>,
    ended: Condvar,
}

impl Scans {
    fn begin(&self, repository: &str, digest: &Digest) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert((repository.to_owned(), digest.clone()))
    }

    fn end(&self, repository: &str, digest: &Digest) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&(repository.to_owned(), digest.clone()));
        self.ended.notify_all();
    }

    /// Whether it is still under way after some patience.
    fn runs_on(&self, repository: &str, digest: &Digest) -> bool {
        let key = (repository.to_owned(), digest.clone());
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ended.wait_timeout_while(running, PATIENCE, |running| running.contains(&key));
        waited.unwrap_or_else(PoisonError::into_inner).0.contains(&key)
    }
}

/// What a scan left.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: u64,
    enhanced: bool,
    outcome: run::Outcome,
}

/// A registry's configuration.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    scan_type: ScanType,
    #[serde(default)]
    rules: Vec<Rule>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self { scan_type: ScanType::Basic, rules: Vec::new() }
    }
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "UPPERCASE")]
enum ScanType {
    #[default]
    Basic,
    Enhanced,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    scan_frequency: Frequency,
    repository_filters: Vec<Filter>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Frequency {
    ScanOnPush,
    ContinuousScan,
    Manual,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter: String,
    filter_type: String,
}

impl Configuration {
    fn of(shared: &Shared) -> Result<Self, ApiError> {
        Ok(shared.store.document(Owner::Registry, CONFIGURATION)?.unwrap_or_default())
    }

    /// When images of a repository are scanned, and the filters that say so.
    fn for_repository(&self, settings: &Settings) -> (Frequency, Vec<Filter>) {
        let fits = |filter: &&Filter| {
            let pattern = &filter.filter;
            // Without a star a filter is meant for every name that holds it.
            if pattern.contains('*') {
                matches_wildcard(pattern, &settings.name)
            } else {
                settings.name.contains(pattern.as_str())
            }
        };
        for wanted in [Frequency::ContinuousScan, Frequency::ScanOnPush] {
            let rules = self.rules.iter().filter(|rule| rule.scan_frequency == wanted);
            let applied: Vec<Filter> =
                rules.flat_map(|rule| &rule.repository_filters).filter(fits).cloned().collect();
            if !applied.is_empty() {
                return (wanted, applied);
            }
        }
        let own = if settings.scan_on_push { Frequency::ScanOnPush } else { Frequency::Manual };
        (own, Vec::new())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    repository_name: String,
    image_scanning_configuration: repositories::Scanning,
}

pub(super) fn put(shared: &Shared, asked: &Put) -> Result<Value, ApiError> {
    let on = asked.image_scanning_configuration.scan_on_push;
    shared.store.configure(&asked.repository_name, |settings| {
        settings.scan_on_push = on;
        Ok::<_, ApiError>(())
    })?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": asked.repository_name,
        "imageScanningConfiguration": { "scanOnPush": on },
    }))
}

pub(super) fn registry(shared: &Shared) -> Result<Value, ApiError> {
    Ok(json!({ "registryId": ACCOUNT, "scanningConfiguration": Configuration::of(shared)? }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutRegistry {
    #[serde(default)]
    scan_type: ScanType,
    #[serde(default)]
    rules: Vec<Rule>,
}

pub(super) fn put_registry(shared: &Shared, asked: PutRegistry) -> Result<Value, ApiError> {
    let other = match asked.scan_type {
        ScanType::Basic => Frequency::ContinuousScan,
        ScanType::Enhanced => Frequency::Manual,
    };
    if asked.rules.iter().any(|rule| rule.scan_frequency == other) {
        let words = match asked.scan_type {
            ScanType::Basic => "Basic scanning allows the scan frequencies SCAN_ON_PUSH and MANUAL",
            ScanType::Enhanced => {
                "Enhanced scanning allows the scan frequencies SCAN_ON_PUSH and CONTINUOUS_SCAN"
            }
        };
        return Err(broken("rules", words));
    }
    let configuration = Configuration { scan_type: asked.scan_type, rules: asked.rules };
    shared.store.put_document(Owner::Registry, CONFIGURATION, &configuration)?;
    Ok(json!({ "registryScanningConfiguration": configuration }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Several {
    repository_names: Vec<String>,
}

pub(super) fn configurations(shared: &Shared, asked: &Several) -> Result<Value, ApiError> {
    let configuration = Configuration::of(shared)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in &asked.repository_names {
        let Ok(settings) = shared.store.settings(name) else {
            failures.push(json!({
                "repositoryName": name,
                "failureCode": "REPOSITORY_NOT_FOUND",
                "failureReason": format!("The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"),
            }));
            continue;
        };
        let (frequency, filters) = configuration.for_repository(&settings);
        found.push(json!({
            "repositoryArn": repository_arn(shared, name),
            "repositoryName": name,
            "scanOnPush": frequency != Frequency::Manual,
            "scanFrequency": frequency,
            "appliedScanFilters": filters,
        }));
    }
    Ok(json!({ "scanningConfigurations": found, "failures": failures }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    repository_name: String,
    image_id: ImageId,
}

pub(super) fn start(shared: &Shared, asked: &Start) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let (digest, image) = look(shared, name, &asked.image_id)?;
    if Configuration::of(shared)?.scan_type == ScanType::Enhanced {
        let message =
            "This feature is disabled: under enhanced scanning, images are scanned without being asked for.";
        return Err(ApiError::new("ValidationException", message));
    }
    if image.archived_at.is_some() {
        let message = format!("The image '{digest}' is archived and cannot be scanned");
        return Err(ApiError::new("ImageArchivedException", message));
    }
    if image.layers.is_empty() {
        let message =
            format!("The image '{digest}' has no layers: scan the images that a list names one by one");
        return Err(ApiError::new("UnsupportedImageTypeException", message));
    }
    let now = shared.now();
    let last: Option<Kept> = shared.store.document(Owner::Image(name, &digest), REPORT)?;
    if last.is_some_and(|last| now < last.at.saturating_add(AGAIN)) {
        let message = "The scan quota per image has been exceeded. Wait and try again.";
        return Err(ApiError::new("LimitExceededException", message));
    }
    begin(shared, name, &digest, false);
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "imageId": identified(&asked.image_id, &digest),
        "imageScanStatus": { "status": "IN_PROGRESS" },
    }))
}

fn look(shared: &Shared, name: &str, id: &ImageId) -> Result<(Digest, Image), ApiError> {
    let found = shared.store.read(name, |repository| {
        id.find(repository).map(|(digest, image)| (digest.clone(), image.clone()))
    })?;
    found.ok_or_else(|| id.not_found(name))
}

fn identified(id: &ImageId, digest: &Digest) -> Value {
    let mut named = json!({ "imageDigest": digest.to_string() });
    set(&mut named, "imageTag", id.image_tag.clone());
    named
}

/// An image was pushed: scans it when that is asked for.
pub(crate) fn pushed(shared: &Shared, name: &str, digest: &Digest) {
    let wanted = || -> Result<Option<bool>, ApiError> {
        let configuration = Configuration::of(shared)?;
        let (frequency, _) = configuration.for_repository(&shared.store.settings(name)?);
        let layers = shared.store.read(name, |repository| {
            repository.images.get(digest).is_some_and(|image| !image.layers.is_empty())
        })?;
        let on = layers && frequency != Frequency::Manual;
        // The same image again, under another tag, was scanned already.
        let again = shared.store.document::<Kept>(Owner::Image(name, digest), REPORT)?.is_some();
        Ok((on && !again).then_some(configuration.scan_type == ScanType::Enhanced))
    };
    match wanted() {
        Ok(Some(enhanced)) => begin(shared, name, digest, enhanced),
        Ok(None) => {}
        Err(error) => tracing::warn!(repository = name, error = error.message, "an image was not scanned"),
    }
}

/// Scans off the way of whoever asked.
fn begin(shared: &Shared, name: &str, digest: &Digest, enhanced: bool) {
    if !shared.control.scans.begin(name, digest) {
        return;
    }
    let (shared, name, digest) = (shared.clone(), name.to_owned(), digest.clone());
    tokio::task::spawn_blocking(move || {
        let outcome = run::scan(&shared.store, &name, &digest);
        let kept = Kept { at: shared.now(), enhanced, outcome };
        if let Err(error) = shared.store.put_document(Owner::Image(&name, &digest), REPORT, &kept) {
            tracing::warn!(%error, repository = name, "the findings of a scan were not kept");
        }
        shared.control.scans.end(&name, &digest);
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_name: String,
    image_id: ImageId,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let (digest, _) = look(shared, name, &asked.image_id)?;
    let mut answer = json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "imageId": identified(&asked.image_id, &digest),
    });
    if shared.control.scans.runs_on(name, &digest) {
        set(&mut answer, "imageScanStatus", Some(json!({ "status": "IN_PROGRESS" })));
        return Ok(answer);
    }
    let kept: Kept = shared.store.document(Owner::Image(name, &digest), REPORT)?.ok_or_else(|| {
        let message = format!(
            "Image scan does not exist for the image with '{}' in the repository with name '{name}' in the registry with id '{ACCOUNT}'",
            ImageId { image_tag: asked.image_id.image_tag.clone(), image_digest: Some(digest.to_string()) }.shown()
        );
        ApiError::new("ScanNotFoundException", message)
    })?;
    let findings = match &kept.outcome {
        run::Outcome::Failed { why } => {
            set(&mut answer, "imageScanStatus", Some(json!({ "status": "FAILED", "description": why })));
            return Ok(answer);
        }
        run::Outcome::Found { findings, remarks, .. } => {
            let status = if kept.enhanced {
                json!({ "status": "ACTIVE", "description": "Continuous scan is selected for image." })
            } else {
                let words = [&["The scan was completed successfully.".to_owned()], &remarks[..]].concat();
                json!({ "status": "COMPLETE", "description": words.join(" ") })
            };
            set(&mut answer, "imageScanStatus", Some(status));
            findings
        }
    };
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.severity.name()).or_default() += 1;
    }
    let key = |(at, _): &(usize, &Finding)| format!("{at:09}");
    let (page, next) = asked.page.of(findings.iter().enumerate(), key, USUAL)?;
    let mut found = json!({
        "imageScanCompletedAt": kept.at,
        "vulnerabilitySourceUpdatedAt": day(&training_set().dated),
        "findingSeverityCounts": counts,
    });
    let shape = |(_, finding): (usize, &Finding)| {
        if kept.enhanced { enhanced(shared, name, &digest, &kept, finding) } else { basic(finding) }
    };
    let shaped: Vec<Value> = page.into_iter().map(shape).collect();
    set(&mut found, if kept.enhanced { "enhancedFindings" } else { "findings" }, Some(shaped));
    set(&mut answer, "imageScanFindings", Some(found));
    set(&mut answer, "nextToken", next);
    Ok(answer)
}

/// The first second of a day.
fn day(text: &str) -> u64 {
    let day = text.parse::<jiff::civil::Date>().ok();
    let start = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    start.and_then(|start| u64::try_from(start.timestamp().as_second()).ok()).unwrap_or(0)
}

fn basic(finding: &Finding) -> Value {
    let attributes = [
        ("package_name", finding.package.clone()),
        ("package_version", finding.version.clone()),
        ("fixed_in_version", finding.fixed.clone()),
        ("package_manager", finding.manager.clone()),
        ("file_path", finding.path.clone()),
        ("layer", (finding.layer + 1).to_string()),
    ];
    let attribute = |(key, value): (&str, String)| json!({ "key": key, "value": value.chars().take(256).collect::<String>() });
    json!({
        "name": finding.id,
        "description": finding.summary,
        "uri": finding.uri,
        "severity": finding.severity,
        "attributes": attributes.map(attribute),
    })
}

fn enhanced(shared: &Shared, name: &str, digest: &Digest, kept: &Kept, finding: &Finding) -> Value {
    let layer = match &kept.outcome {
        run::Outcome::Found { layers, .. } => layers.get(finding.layer).cloned(),
        run::Outcome::Failed { .. } => None,
    };
    let mut package = json!({
        "name": finding.package,
        "version": finding.version,
        "fixedInVersion": finding.fixed,
        "packageManager": finding.manager,
        "filePath": finding.path,
    });
    set(&mut package, "sourceLayerHash", layer);
    json!({
        "awsAccountId": ACCOUNT,
        "description": finding.summary,
        "title": format!("{} - {}", finding.id, finding.package),
        "type": "PACKAGE_VULNERABILITY",
        "status": "ACTIVE",
        "severity": finding.severity,
        "fixAvailable": "YES",
        "firstObservedAt": kept.at,
        "lastObservedAt": kept.at,
        "updatedAt": kept.at,
        "packageVulnerabilityDetails": {
            "vulnerabilityId": finding.id,
            "sourceUrl": finding.uri,
            "source": "TRAINING_SET",
            "vendorSeverity": finding.severity,
            "vendorCreatedAt": day(&finding.date),
            "vulnerablePackages": [package],
        },
        "remediation": { "recommendation": { "text": format!("Upgrade {} to {}.", finding.package, finding.fixed) } },
        "resources": [{
            "id": format!("{}/{digest}", repository_arn(shared, name)),
            "type": "AWS_ECR_CONTAINER_IMAGE",
            "details": { "awsEcrContainerImage": {
                "imageHash": digest.to_string(),
                "registry": ACCOUNT,
                "repositoryName": name,
            } },
        }],
    })
}
