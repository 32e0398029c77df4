//! What is here, what is missing, and how to get it. Only looks: nothing is installed, no network is
//! used, and of credentials only that there are some.

use super::{Context, DoctorLine, Outcome};
use crate::engine::disk::free_space;
use crate::engine::{ConnectError, Details, Engine};
use crate::image::human_size;
use crate::scan::trivy;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// Free space that exercises need: the biggest base image, an image built on it, and the cache.
const ENOUGH: u64 = 4_000_000_000;
/// How long a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn perform(context: Context) -> Outcome {
    context.forget_engine().await;
    let look = async {
        let (engine, docker, aws, trivy, sandbox) = tokio::join!(
            context.engine(),
            version_of("docker"),
            version_of("aws"),
            version_of("trivy"),
            version_of("bwrap")
        );
        let details = match &engine {
            Ok(engine) => engine.details().await.cloned().unwrap_or_default(),
            Err(_) => Details::default(),
        };
        let mut lines = engine_lines(&engine, &details);
        lines.extend(disk_line(engine.as_ref().ok(), &details, ENOUGH));
        lines.push(DoctorLine {
            what: "docker command line".into(),
            ok: docker.is_some().then_some(true),
            found: docker.unwrap_or_else(|| "not on PATH; only lessons' own commands need it".into()),
            remedy: String::new(),
        });
        lines.push(DoctorLine {
            what: "AWS command line".into(),
            ok: aws.is_some().then_some(true),
            found: aws.unwrap_or_else(|| "not on PATH; the practice ECR works without it".into()),
            remedy: String::new(),
        });
        lines.push(credentials_line());
        lines.push(DoctorLine {
            what: "trivy".into(),
            ok: trivy.is_some().then_some(true),
            remedy: if trivy.is_some() { String::new() } else { trivy::HOW_TO_GET.into() },
            found: trivy.unwrap_or_else(|| "not on PATH; only scans of local images need it".into()),
        });
        lines.push(DoctorLine {
            what: "bubblewrap".into(),
            ok: sandbox.is_some().then_some(true),
            remedy: if sandbox.is_some() { String::new() } else { "apt install bubblewrap".into() },
            found: sandbox.unwrap_or_else(|| "not on PATH; scripts are graded in containers instead".into()),
        });
        Outcome::Doctored(lines)
    };
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Outcome::Cancelled,
        outcome = look => outcome,
    }
}

pub(super) fn engine_lines(engine: &Result<Engine, ConnectError>, details: &Details) -> Vec<DoctorLine> {
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => return vec![missing_engine(error)],
    };
    let info = engine.info();
    let kind = if info.podman { "Podman" } else { "Docker Engine" };
    let rootless = if details.rootless { ", rootless" } else { "" };
    let found = DoctorLine {
        what: "container engine".into(),
        ok: Some(true),
        found: format!(
            "{kind} {} ({}{rootless}), API {}, at {} ({})",
            info.version, info.platform, info.api_version, info.endpoint, info.origin
        ),
        remedy: String::new(),
    };
    let builder = DoctorLine {
        what: "BuildKit".into(),
        ok: info.buildkit.then_some(true),
        found: if info.buildkit { "builds with it" } else { "the classic builder is used" }.into(),
        remedy: if info.buildkit || info.podman {
            String::new()
        } else {
            "unset DOCKER_BUILDKIT, or use Docker Engine 20.10 or newer: builds are faster with it".into()
        },
    };
    vec![found, builder]
}

fn missing_engine(error: &ConnectError) -> DoctorLine {
    let tried: Vec<String> = error
        .tried
        .iter()
        .map(|tried| format!("{} ({}): {}", tried.endpoint, tried.origin, tried.reason))
        .collect();
    DoctorLine {
        what: "container engine".into(),
        ok: Some(false),
        found: format!("none answers; tried {}", tried.join("; ")),
        remedy: error.hints().join("; "),
    }
}

/// Free space where an engine of this machine keeps its images.
pub(super) fn disk_line(engine: Option<&Engine>, details: &Details, enough: u64) -> Option<DoctorLine> {
    let root = engine.filter(|engine| engine.is_local()).map(|_| details.storage.clone());
    let folder = root.filter(|root| root.exists()).or_else(|| std::env::var_os("HOME").map(PathBuf::from))?;
    let free = free_space(&folder)?;
    let ok = free >= enough;
    Some(DoctorLine {
        what: "free disk".into(),
        ok: Some(ok),
        found: format!("{} free at {}", human_size(free), folder.display()),
        remedy: if ok {
            String::new()
        } else {
            format!("exercises want {}: `docker-ecr-tutor clean`, `docker system df`", human_size(enough))
        },
    })
}

/// Whether there are AWS credentials, by the places where they are kept.
fn credentials_line() -> DoctorLine {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let file = |variable: &str, usual: &str| {
        let named = std::env::var_os(variable).map(PathBuf::from);
        let path = named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(usual)))?;
        path.is_file().then(|| path.display().to_string())
    };
    let found = if set("AWS_ACCESS_KEY_ID") && set("AWS_SECRET_ACCESS_KEY") {
        Some("in the environment".to_string())
    } else if set("AWS_WEB_IDENTITY_TOKEN_FILE") {
        Some("a web identity, in the environment".to_string())
    } else if set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || set("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        Some("from the container's role".to_string())
    } else {
        file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")
            .or_else(|| file("AWS_CONFIG_FILE", ".aws/config"))
    };
    DoctorLine {
        what: "AWS credentials".into(),
        ok: found.is_some().then_some(true),
        found: found.unwrap_or_else(|| "none; the practice ECR needs none".into()),
        remedy: String::new(),
    }
}

/// First line of what `program --version` says, when it is there.
pub(super) async fn version_of(program: &str) -> Option<String> {
    let asked = tokio::process::Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().filter(|_| output.status.success())?;
    Some(crate::text::sanitise::plain(line).into_owned())
}
