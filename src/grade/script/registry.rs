//! What is in a practice registry: put there before a script runs, and read after it.

use crate::course::model::script::{SeedImage, SeedRepository};
use crate::practice::lifecycle::DAY;
use crate::shim::Remote;
use crate::shim::registry::{Picture, Refused};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long scans may still run when the script has ended.
const SCANS: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
/// Most pages that are read of a list.
const MOST_PAGES: usize = 100;

/// Everything that checks look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::grade) struct Registry {
    pub(in crate::grade) repositories: BTreeMap<String, Repository>,
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::grade) struct Repository {
    /// `MUTABLE`, `IMMUTABLE`, …
    pub(in crate::grade) mutability: String,
    /// Filters of the tags that are excluded from it.
    pub(in crate::grade) exclusions: Vec<String>,
    pub(in crate::grade) scan_on_push: bool,
    /// Tags and the digests they point at.
    pub(in crate::grade) tags: BTreeMap<String, String>,
    /// All digests.
    pub(in crate::grade) images: BTreeSet<String>,
    /// The text of its lifecycle policy.
    pub(in crate::grade) policy: Option<String>,
    /// By digest, what a scan found; why not, when it failed or was not made.
    pub(in crate::grade) findings: BTreeMap<String, Result<Vec<Finding>, String>>,
}

/// A finding that has a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Finding {
    pub(in crate::grade) severity: String,
    /// `CVE-2024-1 in jinja2 3.1.2, fixed in 3.1.3`
    pub(in crate::grade) told: String,
}

impl Registry {
    /// The images that can be pulled, by repository and tag: what a second run must not change.
    pub(in crate::grade) fn tagged(&self) -> BTreeMap<(&str, &str), &str> {
        let all = self.repositories.iter();
        all.flat_map(|(name, r)| {
            r.tags.iter().map(move |(tag, digest)| ((name.as_str(), tag.as_str()), digest.as_str()))
        })
        .collect()
    }

    /// All images, tagged or not.
    pub(in crate::grade) fn images(&self) -> BTreeSet<(&str, &str)> {
        let all = self.repositories.iter();
        all.flat_map(|(name, r)| r.images.iter().map(move |digest| (name.as_str(), digest.as_str())))
            .collect()
    }

    pub(super) fn read(remote: Remote) -> Result<Self, Refused> {
        let mut registry = Self::default();
        for described in pages(remote, "DescribeRepositories", &json!({}), "repositories")? {
            let text = |key: &str| described[key].as_str().unwrap_or_default().to_owned();
            let name = text("repositoryName");
            let filters = described["imageTagMutabilityExclusionFilters"].as_array().cloned();
            let mut repository = Repository {
                mutability: text("imageTagMutability"),
                exclusions: filters
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|f| f["filter"].as_str().map(str::to_owned))
                    .collect(),
                scan_on_push: described["imageScanningConfiguration"]["scanOnPush"] == json!(true),
                ..Repository::default()
            };
            let of = json!({ "repositoryName": name });
            for image in pages(remote, "DescribeImages", &of, "imageDetails")? {
                let digest = image["imageDigest"].as_str().unwrap_or_default().to_owned();
                for tag in image["imageTags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    repository.tags.insert(tag.to_owned(), digest.clone());
                }
                repository.findings.insert(digest.clone(), findings(remote, &name, &digest)?);
                repository.images.insert(digest);
            }
            repository.policy = match remote.call("GetLifecyclePolicy", &of) {
                Ok(answer) => answer["lifecyclePolicyText"].as_str().map(str::to_owned),
                Err(refused) if refused.code == "LifecyclePolicyNotFoundException" => None,
                Err(refused) => return Err(refused),
            };
            registry.repositories.insert(name, repository);
        }
        Ok(registry)
    }
}

fn pages(remote: Remote, operation: &str, input: &Value, list: &str) -> Result<Vec<Value>, Refused> {
    let (mut input, mut all) = (input.clone(), Vec::new());
    for _ in 0..MOST_PAGES {
        let mut answer = remote.call(operation, &input)?;
        if let Some(Value::Array(items)) = answer.get_mut(list) {
            all.append(items);
        }
        match answer.get("nextToken").filter(|token| token.is_string()) {
            Some(token) => input["nextToken"] = token.clone(),
            None => break,
        }
    }
    Ok(all)
}

/// What the scan of an image found.
fn findings(remote: Remote, repository: &str, digest: &str) -> Result<Result<Vec<Finding>, String>, Refused> {
    let input =
        json!({ "repositoryName": repository, "imageId": { "imageDigest": digest }, "maxResults": 1000 });
    let until = Instant::now() + SCANS;
    let answer = loop {
        match remote.call("DescribeImageScanFindings", &input) {
            Err(refused) if refused.code == "ScanNotFoundException" => {
                return Ok(Err("it was not scanned".to_owned()));
            }
            Err(refused) => return Err(refused),
            Ok(answer)
                if answer["imageScanStatus"]["status"] == json!("IN_PROGRESS") && Instant::now() < until =>
            {
                std::thread::sleep(LOOK);
            }
            Ok(answer) => break answer,
        }
    };
    let status = &answer["imageScanStatus"];
    if !matches!(status["status"].as_str(), Some("COMPLETE" | "ACTIVE")) {
        return Ok(Err(status["description"].as_str().unwrap_or("its scan did not end").to_owned()));
    }
    let found = answer["imageScanFindings"]["findings"].as_array().into_iter().flatten();
    let finding = |finding: &Value| {
        let attribute = |wanted: &str| {
            let all = finding["attributes"].as_array().into_iter().flatten();
            let mut all = all.filter(|attribute| attribute["key"] == wanted);
            all.next().and_then(|attribute| attribute["value"].as_str()).unwrap_or_default().to_owned()
        };
        let (package, version) = (attribute("package_name"), attribute("package_version"));
        let (name, fixed) = (finding["name"].as_str().unwrap_or_default(), attribute("fixed_in_version"));
        (!fixed.is_empty()).then(|| Finding {
            severity: finding["severity"].as_str().unwrap_or_default().to_owned(),
            told: format!("{name} in {package} {version}, fixed in {fixed}"),
        })
    };
    Ok(Ok(found.filter_map(finding).collect()))
}

/// Fills a registry whose clock runs `age` seconds late.
pub(super) fn seed(remote: Remote, repositories: &[SeedRepository], age: &AtomicU64) -> Result<(), Refused> {
    let broken = |error: std::io::Error| Refused::from(error);
    for repository in repositories {
        let oldest = repository.images.iter().map(|image| image.days).max().unwrap_or(0);
        age.store(u64::from(oldest) * DAY, Ordering::Relaxed);
        let mutability = if repository.immutable { "IMMUTABLE" } else { "MUTABLE" };
        remote.call(
            "CreateRepository",
            &json!({
                "repositoryName": repository.name, "imageTagMutability": mutability,
                "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
            }),
        )?;
        for (number, image) in repository.images.iter().enumerate() {
            age.store(u64::from(image.days) * DAY, Ordering::Relaxed);
            let user = format!("AWS:{}", remote.password()?);
            let picture = picture(&repository.name, number, image).map_err(broken)?;
            for tag in &image.tags {
                remote.push(&user, &repository.name, tag, &picture)?;
            }
        }
    }
    age.store(0, Ordering::Relaxed);
    Ok(())
}

/// A small image, unlike all others, with the marks that package managers leave.
fn picture(repository: &str, number: usize, image: &SeedImage) -> std::io::Result<Picture> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: String, content: String| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, content.as_bytes())
    };
    add("app/image".into(), format!("{repository} {number}\n"))?;
    for package in &image.packages {
        let (name, version) = package.split_once("==").unwrap_or((package, "0"));
        let folder = format!("usr/lib/python3/site-packages/{name}-{version}.dist-info");
        add(
            format!("{folder}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n"),
        )?;
    }
    Picture::new(&[tar.into_inner()?], &json!({ "Labels": { "number": number.to_string() } }))
}
