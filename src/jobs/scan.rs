//! Scanning an image for vulnerabilities: by Trivy, here or in a container; by ECR, for what was pushed
//! there; or against the training set, which works everywhere and proves nothing.

use super::image::{OpenError, Target};
use super::{Context, Outcome};
use crate::dockerfile::reference::Reference;
use crate::ecr::{Ecr, EcrError};
use crate::engine::{Engine, EngineError, Tool};
use crate::image::manifest::{Choice, Config, ImageError};
use crate::image::packages::{self, Inventory};
use crate::practice::scan as training;
use crate::scan::ignore::Ignored;
use crate::scan::origin::{Recipe, origins};
use crate::scan::trivy::{self, Ask, TrivyError, Version};
use crate::scan::{Finding, Findings, Severity};
use std::io::BufReader;
use tokio_util::sync::CancellationToken;

/// Images in which Trivy comes; the first that the engine has is used. They are never pulled unasked.
pub const TRIVY_IMAGES: [&str; 2] = ["aquasec/trivy:latest", "ghcr.io/aquasecurity/trivy:latest"];
/// Volume that keeps Trivy's database from scan to scan.
const TRIVY_CACHE: &str = "docker-ecr-tutor-trivy";

/// Who looks for vulnerabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scanner {
    /// Trivy on PATH, else in a container, when the engine has an image of it.
    #[default]
    Trivy,
    /// Trivy in a container.
    Container,
    /// ECR, which scanned the image when it was pushed, or when it was asked to.
    Ecr,
    /// The training set of the practice ECR.
    Training,
}

/// What to scan, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// The image; for ECR `repository:tag` or `repository@digest`, with the registry before it or not.
    pub image: String,
    /// Who looks.
    pub scanner: Scanner,
    /// No network: the database that is there is used.
    pub offline: bool,
    /// The Dockerfile that the image was built from, when it is known.
    pub dockerfile: Option<String>,
    /// What is left out.
    pub ignored: Ignored,
}

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Trivy failed, or is nowhere.
    #[error(transparent)]
    Trivy(#[from] TrivyError),
    /// The engine failed, or is missing.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The image cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// AWS did not grant it.
    #[error(transparent)]
    Ecr(#[from] EcrError),
    /// ECR has no findings of it.
    #[error("{0}")]
    NotScanned(String),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ScanError {
    /// What to do next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Trivy(TrivyError::Missing) => vec![
                trivy::HOW_TO_GET.into(),
                format!("or `docker pull {}`: it is used when it is there", TRIVY_IMAGES[0]),
                "or compare with the small training set, which needs nothing: --scanner training".into(),
            ],
            Self::Trivy(error) => error.hints(),
            Self::Engine(error) => error.hints(),
            Self::Open(error) => error.hints(),
            Self::Ecr(error) => error.next.clone(),
            Self::NotScanned(_) => {
                vec!["start one: aws ecr start-image-scan, or turn on scan on push".into()]
            }
            Self::Cancelled => Vec::new(),
        }
    }

    /// Whether this machine is at fault, and not what was asked.
    pub fn is_environment(&self) -> bool {
        let not_asked_right = matches!(
            self,
            Self::Engine(EngineError::NotFound(_))
                | Self::Open(OpenError::Engine(EngineError::NotFound(_)) | OpenError::Image { .. })
                | Self::NotScanned(_)
        );
        !not_asked_right
    }
}

pub(super) async fn perform(request: Request, context: Context) -> Outcome {
    let engine = match context.engine().await {
        Ok(engine) => engine,
        Err(error) => return error.into(),
    };
    let say = |line: &str| {
        // One line at a time stands there while it works.
        context.reporter.message(line);
    };
    let mut request = request;
    let mut ended = scan(&request, Some(&engine), &context.cancel, say).await;
    // A learner without Trivy sees what a scan is; the findings say what they are worth.
    if matches!(ended, Err(ScanError::Trivy(TrivyError::Missing))) {
        request.scanner = Scanner::Training;
        ended = scan(&request, Some(&engine), &context.cancel, say).await.map(|mut found| {
            found.remarks.insert(0, format!("Trivy is not here; {}", trivy::HOW_TO_GET));
            found
        });
    }
    match ended {
        Ok(findings) => Outcome::Scanned(Box::new(findings)),
        Err(ScanError::Cancelled) => Outcome::Cancelled,
        Err(error) => Outcome::failed(super::with_causes(&error), error.hints()),
    }
}

/// Scans. `say` hears what the scanner says while it works: untrusted.
///
/// # Errors
/// When the scanner is not there or fails, or the image is not there.
pub async fn scan(
    request: &Request,
    engine: Option<&Engine>,
    cancel: &CancellationToken,
    say: impl FnMut(&str) + Send,
) -> Result<Findings, ScanError> {
    let work = async {
        let now = jiff::Timestamp::now().to_string();
        let recipe = request.dockerfile.as_deref().map(|text| Recipe::of(&crate::dockerfile::parse(text).0));
        let mut findings = find(request, engine, recipe.as_ref(), &now, cancel, say).await?;
        findings.leave_out(&request.ignored, now.get(..10).unwrap_or_default());
        Ok(findings)
    };
    // Dropping the work ends the program, or removes the container.
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ScanError::Cancelled),
        ended = work => ended,
    }
}

async fn find(
    request: &Request,
    engine: Option<&Engine>,
    recipe: Option<&Recipe>,
    now: &str,
    cancel: &CancellationToken,
    mut say: impl FnMut(&str) + Send,
) -> Result<Findings, ScanError> {
    let target = Target::of(&request.image);
    match request.scanner {
        Scanner::Ecr => by_ecr(&request.image).await,
        Scanner::Training => by_training_set(&target, engine, recipe, cancel).await,
        Scanner::Container => in_container(request, engine, recipe, now, &mut say).await,
        Scanner::Trivy => {
            let ask = ask(&request.image, &target, request.offline)?;
            let found = trivy::scan(&ask, host(engine), recipe, now, &mut say).await;
            match found {
                Err(TrivyError::Missing) if trivy_image(engine).await.is_some() => {
                    in_container(request, engine, recipe, now, &mut say).await
                }
                found => Ok(found?),
            }
        }
    }
}

/// The engine's place as other programs are told it.
fn host(engine: Option<&Engine>) -> Option<&str> {
    engine.map(|engine| engine.info().endpoint.as_str())
}

fn ask<'a>(name: &'a str, target: &'a Target, offline: bool) -> Result<Ask<'a>, ScanError> {
    let (image, archive) = match target {
        Target::Engine(name) => (name.as_str(), false),
        Target::Archive(path) | Target::Layout(path) => (path.to_str().unwrap_or(name), true),
        Target::Input => {
            return Err(OpenError::NoFile("Trivy does not read standard input: name a file".into()).into());
        }
    };
    Ok(Ask { image, archive, offline })
}

/// The image of Trivy that the engine has.
async fn trivy_image(engine: Option<&Engine>) -> Option<&'static str> {
    for image in TRIVY_IMAGES {
        if engine?.image(image).await.is_ok() {
            return Some(image);
        }
    }
    None
}

async fn in_container(
    request: &Request,
    engine: Option<&Engine>,
    recipe: Option<&Recipe>,
    now: &str,
    say: &mut (impl FnMut(&str) + Send),
) -> Result<Findings, ScanError> {
    let engine = engine.ok_or_else(|| EngineError::Lost("no engine was looked for".into()))?;
    let image = trivy_image(Some(engine)).await.ok_or(TrivyError::Missing)?;
    let Target::Engine(name) = Target::of(&request.image) else {
        let told = "Trivy in a container reads images of the engine: load the archive first (docker load)";
        return Err(OpenError::NoFile(told.into()).into());
    };
    let ask = Ask { image: &name, archive: false, offline: request.offline };
    let tool = |arguments: Vec<String>| Tool {
        image: image.into(),
        arguments,
        cache: Some((TRIVY_CACHE.into(), "/root/.cache/trivy".into())),
        network: !request.offline,
    };
    let mut log = String::new();
    let ended = engine
        .tool(&tool(ask.arguments()), |bytes| {
            let text = String::from_utf8_lossy(bytes);
            text.lines().for_each(|line| say(trivy::remark(line)));
            // The end of it is what an error is made of.
            log.push_str(&text);
            if log.len() > 64 * 1024 {
                log = log.chars().rev().take(8 * 1024).collect::<Vec<_>>().into_iter().rev().collect();
            }
        })
        .await?;
    if ended.code != 0 {
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        return Err(TrivyError::Failed(trivy::why(&lines)).into());
    }
    let version = engine.tool(&tool(trivy::VERSION.map(str::to_owned).into()), |_| {}).await?;
    let version = Version::parse(&version.stdout);
    let mut findings = trivy::finish(&ended.stdout, &version, &request.image, recipe, now)?;
    findings.scanner.push_str(" in a container");
    Ok(findings)
}

async fn by_training_set(
    target: &Target,
    engine: Option<&Engine>,
    recipe: Option<&Recipe>,
    cancel: &CancellationToken,
) -> Result<Findings, ScanError> {
    let (name, read) = read_packages(target, engine, cancel).await?;
    let (inventory, config) = read.map_err(|source| OpenError::Image { name: name.clone(), source })?;
    let set = training::training_set();
    let mut findings = Findings {
        image: name,
        scanner: "training set".into(),
        database: format!("{} advisories up to {}", set.advisories.len(), set.dated),
        layers: origins(&config, recipe),
        findings: training::findings(set, &inventory).into_iter().map(of_training_set).collect(),
        remarks: vec![format!(
            "{} packages were compared with a small set made for exercises: what it does not list may still \
             be vulnerable",
            inventory.packages.len()
        )],
        ..Findings::default()
    };
    findings
        .remarks
        .extend(inventory.unread.iter().map(|path| format!("the packages in {path} are not read")));
    findings.sort();
    Ok(findings)
}

type Packages = Result<(Inventory, Config), ImageError>;

async fn read_packages(
    target: &Target,
    engine: Option<&Engine>,
    cancel: &CancellationToken,
) -> Result<(String, Packages), ScanError> {
    let lost = |error: tokio::task::JoinError| EngineError::Lost(Box::new(error));
    match target {
        Target::Engine(name) => {
            let engine = engine.ok_or_else(|| EngineError::Lost("no engine was looked for".into()))?;
            let (id, _) = engine.image_identity(name).await?;
            let read = |export| packages::in_archive(export, &Choice::default());
            Ok((name.clone(), engine.read_export(&id, cancel, |_| {}, read).await?))
        }
        Target::Archive(path) => {
            let (name, path) = (path.display().to_string(), path.clone());
            let read = move || {
                let file = BufReader::new(std::fs::File::open(path)?);
                packages::in_archive(file, &Choice::default())
            };
            Ok((name, tokio::task::spawn_blocking(read).await.map_err(lost)?))
        }
        Target::Input => {
            let read = || packages::in_archive(std::io::stdin().lock(), &Choice::default());
            Ok(("standard input".into(), tokio::task::spawn_blocking(read).await.map_err(lost)?))
        }
        Target::Layout(path) => {
            let told = format!("{} is a folder: pack it into a tar first", path.display());
            Err(OpenError::NoFile(told).into())
        }
    }
}

fn of_training_set(found: training::Finding) -> Finding {
    Finding {
        severity: Severity::of(found.severity.name()),
        id: found.id,
        package: found.package,
        installed: found.version,
        fixed: found.fixed,
        title: found.summary,
        url: found.uri,
        layer: Some(found.layer),
    }
}

/// What ECR found in an image that was pushed.
async fn by_ecr(image: &str) -> Result<Findings, ScanError> {
    let (repository, tag, digest) = pushed(image);
    let ecr = Ecr::connect(&crate::ecr::Options::default()).await;
    let digest = match digest {
        Some(digest) => digest.to_owned(),
        None => {
            let all = ecr.images(repository).await?;
            let found = all.into_iter().find(|image| image.tags.iter().any(|known| known == tag));
            found.map(|image| image.digest).ok_or_else(|| {
                ScanError::NotScanned(format!("there is no tag {tag} in the repository {repository}"))
            })?
        }
    };
    let scan = ecr.scan(repository, &digest).await?;
    if scan.status != "COMPLETE" && scan.status != "ACTIVE" {
        return Err(ScanError::NotScanned(format!(
            "the scan ended as {}: {}",
            scan.status, scan.description
        )));
    }
    let findings = scan.findings.into_iter().map(|found| {
        let (package, installed) = found.package.unwrap_or_default();
        Finding {
            severity: Severity::of(&found.severity),
            id: found.id,
            package,
            installed,
            fixed: found.fixed.unwrap_or_default(),
            title: found.description,
            url: found.uri,
            layer: None,
        }
    });
    let mut findings = Findings {
        image: image.into(),
        scanner: "Amazon ECR".into(),
        database: digest,
        findings: findings.collect(),
        remarks: Some(scan.description).into_iter().filter(|text| !text.is_empty()).collect(),
        ..Findings::default()
    };
    findings.sort();
    Ok(findings)
}

/// Repository, tag and digest of `registry/repository:tag@digest`; the tag is `latest` without.
fn pushed(image: &str) -> (&str, &str, Option<&str>) {
    let reference = Reference::of(image);
    (reference.path, reference.tag.unwrap_or("latest"), reference.digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_found_by_its_name_with_the_registry_or_without() {
        let uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2.3";
        assert_eq!(pushed(uri), ("team/app", "1.2.3", None));
        assert_eq!(pushed("127.0.0.1:5000/app"), ("app", "latest", None));
        assert_eq!(pushed("app@sha256:00"), ("app", "latest", Some("sha256:00")));
        assert_eq!(pushed("team/app:1"), ("team/app", "1", None));
    }
}
