//! What an image says of itself: which manifest of an archive is meant, its configuration, and which
//! instruction made which layer. Docker's `manifest.json` and OCI's `index.json` lead to the same.

use super::{HistoryEntry, ImageConfig, ImageInfo, secret};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;

/// How deep an index may lie in an index.
const MOST_DEPTH: usize = 4;

/// Why an archive is no image that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Neither `manifest.json` nor `index.json`.
    #[error("this is no image: it has neither a manifest.json nor an index.json")]
    NotAnImage,
    /// A file of the image is no JSON of the wanted form.
    #[error("{path} is broken")]
    Json {
        /// Which.
        path: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A file of the image is missing.
    #[error("the image names {0}, which is not in it")]
    Missing(String),
    /// It holds several images, and none was named, or none of that name.
    #[error("it holds several images: {}", names(.0))]
    Several(Vec<String>),
    /// None is for the wanted platform.
    #[error("none of its images is for {wanted}; there are: {}", names(.there))]
    Platform {
        /// `os/architecture`.
        wanted: String,
        /// Those that are there.
        there: Vec<String>,
    },
    /// Layers and configuration do not fit each other.
    #[error("its manifest lists {layers} layers, its configuration {diff_ids}")]
    LayerCount {
        /// In the manifest.
        layers: usize,
        /// In the configuration.
        diff_ids: usize,
    },
    /// A layer cannot be read.
    #[error("layer {number} cannot be read")]
    Layer {
        /// Which, from 1.
        number: usize,
        /// Why.
        source: super::layer::LayerError,
    },
    /// A layer is not what the configuration says, and no engine would take it.
    #[error("layer {number} is not what the configuration says: its digest is {found}, not {wanted}")]
    Digest {
        /// Which, from 1.
        number: usize,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: String,
    },
    /// It holds more than is read.
    #[error(transparent)]
    TooLarge(#[from] super::stack::TooLarge),
    /// The archive around it is broken.
    #[error("the archive cannot be read")]
    Archive(#[from] super::tar::TarError),
    /// The file or stream under it failed.
    #[error("the image cannot be read")]
    Io(#[from] io::Error),
}

fn names(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
    let more = if names.len() > 10 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Which of several images is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// `repository:tag`.
    pub name: Option<String>,
    /// `os/architecture` that was asked for.
    pub platform: Option<String>,
}

/// Where the parts of an image are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// Path of the configuration.
    pub config: String,
    /// Paths of the layers, base first.
    pub layers: Vec<String>,
    /// `repository:tag` names.
    pub tags: Vec<String>,
}

/// What reads a small file of an image by its path; `None` when it is not there.
pub type ReadFile<'a> = dyn FnMut(&str) -> io::Result<Option<Vec<u8>>> + 'a;

#[derive(Deserialize)]
struct DockerManifest {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "RepoTags", default)]
    tags: Option<Vec<String>>,
    #[serde(rename = "Layers", default)]
    layers: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Index {
    manifests: Vec<Descriptor>,
    layers: Vec<Descriptor>,
    config: Option<Descriptor>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(default)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(default)]
struct Platform {
    os: String,
    architecture: String,
    variant: String,
}

impl Platform {
    fn words(&self) -> String {
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        format!("{}/{}{variant}", self.os, self.architecture)
    }
}

/// The manifest that is meant.
///
/// # Errors
/// When there is none, several, or what it names is not there.
pub fn resolve(read: &mut ReadFile<'_>, choice: &Choice) -> Result<Manifest, ImageError> {
    let docker_text = read("manifest.json")?;
    // Of an image for several platforms Docker's own manifest names one; the index knows them all.
    let index_text = match docker_text.is_none() || choice.platform.is_some() {
        true => read("index.json")?,
        false => None,
    };
    if let Some(text) = index_text {
        let index: Index = parse("index.json", &text)?;
        return oci(read, index, choice);
    }
    let text = docker_text.ok_or(ImageError::NotAnImage)?;
    docker(parse("manifest.json", &text)?, choice)
}

fn docker(all: Vec<DockerManifest>, choice: &Choice) -> Result<Manifest, ImageError> {
    let has = |manifest: &DockerManifest, name: &str| {
        manifest.tags.iter().flatten().any(|tag| tag == name || short(tag) == short(name))
    };
    let names: Vec<String> =
        all.iter().map(|m| m.tags.iter().flatten().next().unwrap_or(&m.config).clone()).collect();
    let mut all = all;
    let at = match &choice.name {
        Some(name) => all.iter().position(|manifest| has(manifest, name)),
        None => (all.len() == 1).then_some(0),
    };
    let at = at.ok_or(if all.is_empty() { ImageError::NotAnImage } else { ImageError::Several(names) })?;
    let found = all.swap_remove(at);
    Ok(Manifest {
        config: found.config,
        layers: found.layers.unwrap_or_default(),
        tags: found.tags.unwrap_or_default(),
    })
}

/// `docker.io/library/alpine:latest` is `alpine:latest`.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name)
}

fn oci(read: &mut ReadFile<'_>, index: Index, choice: &Choice) -> Result<Manifest, ImageError> {
    const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
    let name_of = |descriptor: &Descriptor| {
        let notes = descriptor.annotations.as_ref();
        notes.and_then(|notes| NAMES.iter().find_map(|name| notes.get(*name))).cloned()
    };
    let mut open: Vec<(Descriptor, Vec<String>)> = index
        .manifests
        .into_iter()
        .filter(is_image)
        .map(|descriptor| {
            let names = name_of(&descriptor).into_iter().collect();
            (descriptor, names)
        })
        .collect();
    if let Some(wanted) = &choice.name {
        let all = open.iter().flat_map(|(_, names)| names.clone()).collect();
        open.retain(|(_, names)| names.iter().any(|name| short(name) == short(wanted)));
        if open.is_empty() {
            return Err(ImageError::Several(all));
        }
    }
    // Indices are opened until only manifests are left.
    let mut found: Vec<(Descriptor, Vec<String>, Index)> = Vec::new();
    let mut missing = None;
    for _ in 0..MOST_DEPTH {
        for (descriptor, names) in std::mem::take(&mut open) {
            let path = blob_path(&descriptor.digest)?;
            let Some(text) = read(&path)? else {
                // Of an image for many platforms an archive mostly holds one.
                missing = Some(path);
                continue;
            };
            let inner: Index = parse(&path, &text)?;
            if inner.config.is_some() {
                found.push((descriptor, names, inner));
            } else {
                let inside = inner.manifests.into_iter().filter(is_image);
                open.extend(inside.map(|descriptor| (descriptor, names.clone())));
            }
            if found.len() + open.len() > 1000 {
                return Err(ImageError::Several(vec!["more than 1000 manifests".into()]));
            }
        }
    }
    // Where a single image is described, only its configuration may say what it is for.
    for (descriptor, _, manifest) in &mut found {
        if let (None, Some(config)) = (&descriptor.platform, &manifest.config) {
            let path = blob_path(&config.digest)?;
            let text = read(&path)?.ok_or_else(|| ImageError::Missing(path.clone()))?;
            descriptor.platform = Some(parse::<RawConfig>(&path, &text)?.platform());
        }
    }
    let platform = |descriptor: &Descriptor| descriptor.platform.clone().unwrap_or_default().words();
    let there: Vec<String> = found.iter().map(|(descriptor, ..)| platform(descriptor)).collect();
    if let Some(wanted) = &choice.platform {
        found.retain(|(descriptor, ..)| is_for(&platform(descriptor), wanted));
        if found.is_empty() {
            return Err(ImageError::Platform { wanted: wanted.clone(), there });
        }
    }
    let several_names = found.windows(2).any(|pair| pair[0].1 != pair[1].1);
    if several_names {
        return Err(ImageError::Several(found.into_iter().flat_map(|(_, names, _)| names).collect()));
    }
    // Where nobody asks, the platform of most readers.
    let first = found.iter().position(|(descriptor, ..)| platform(descriptor) == "linux/amd64").unwrap_or(0);
    if first >= found.len() {
        return Err(missing.map_or(ImageError::NotAnImage, ImageError::Missing));
    }
    let (_, tags, manifest) = found.swap_remove(first);
    let layers: Result<_, _> = manifest.layers.iter().map(|layer| blob_path(&layer.digest)).collect();
    let config = manifest.config.unwrap_or_default();
    Ok(Manifest { config: blob_path(&config.digest)?, layers: layers?, tags })
}

/// Whether an image for `platform` is one for `wanted`, which may leave the variant open.
pub fn is_for(platform: &str, wanted: &str) -> bool {
    let rest = platform.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Attestations lie in an index beside the image that they are about.
fn is_image(descriptor: &Descriptor) -> bool {
    let attests = descriptor.annotations.as_ref();
    let attests = attests.is_some_and(|notes| notes.contains_key("vnd.docker.reference.type"));
    let unknown = descriptor.platform.as_ref().is_some_and(|platform| platform.os == "unknown");
    !(attests || unknown)
}

/// `sha256:ab…` is `blobs/sha256/ab…`, and nothing else is a path.
fn blob_path(digest: &str) -> Result<String, ImageError> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match digest.split_once(':') {
        Some((kind, hex)) if word(kind) && word(hex) && digest.len() < 256 => {
            Ok(format!("blobs/{kind}/{hex}"))
        }
        _ => Err(ImageError::Missing(format!("a blob by the digest `{}`", short_text(digest)))),
    }
}

fn short_text(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Reads JSON of the image.
///
/// # Errors
/// When it is broken; the error names `path`.
pub fn parse<'a, T: Deserialize<'a>>(path: &str, text: &'a [u8]) -> Result<T, ImageError> {
    serde_json::from_slice(text).map_err(|source| ImageError::Json { path: path.into(), source })
}

/// An image's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// How containers start.
    pub config: ImageConfig,
    /// `os/architecture`.
    pub platform: String,
    /// When it was made, as RFC 3339; empty when it does not say.
    pub created: String,
    /// Digests of the unpacked layers, base first.
    pub diff_ids: Vec<String>,
    /// What made it, oldest first.
    pub history: Vec<Step>,
}

/// One step of an image's history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// As the builder recorded it.
    pub created_by: String,
    /// Whether it made no layer.
    pub empty: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawConfig {
    architecture: Option<String>,
    variant: Option<String>,
    os: Option<String>,
    created: Option<String>,
    config: Option<RawRun>,
    rootfs: Option<RawRoot>,
    history: Option<Vec<RawStep>>,
}

impl RawConfig {
    fn platform(&self) -> Platform {
        let word = |field: &Option<String>| field.clone().unwrap_or_default();
        Platform { os: word(&self.os), architecture: word(&self.architecture), variant: word(&self.variant) }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawRoot {
    diff_ids: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawStep {
    created_by: Option<String>,
    comment: Option<String>,
    empty_layer: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct RawRun {
    user: Option<String>,
    working_dir: Option<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    env: Option<Vec<String>>,
    exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
    labels: Option<BTreeMap<String, String>>,
    healthcheck: Option<RawHealth>,
    stop_signal: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct RawHealth {
    test: Option<Vec<String>>,
}

impl Config {
    /// The configuration in `text`, the content of `path`.
    ///
    /// # Errors
    /// When it is no JSON of that form.
    pub fn parse(path: &str, text: &[u8]) -> Result<Self, ImageError> {
        let raw: RawConfig = parse(path, text)?;
        let platform = raw.platform().words();
        let run = raw.config.unwrap_or_default();
        let health = run.healthcheck.and_then(|check| check.test).unwrap_or_default();
        let config = ImageConfig {
            user: run.user.unwrap_or_default(),
            working_dir: run.working_dir.unwrap_or_default(),
            entrypoint: run.entrypoint.unwrap_or_default(),
            cmd: run.cmd.unwrap_or_default(),
            env: run.env.unwrap_or_default(),
            exposed_ports: run.exposed_ports.unwrap_or_default().into_keys().collect(),
            labels: run.labels.unwrap_or_default(),
            healthcheck: health.first().is_some_and(|kind| kind != "NONE"),
            stop_signal: run.stop_signal.unwrap_or_default(),
        };
        let step = |step: RawStep| Step {
            created_by: step.created_by.or(step.comment).unwrap_or_default(),
            empty: step.empty_layer.unwrap_or(false),
        };
        Ok(Self {
            config,
            platform,
            created: raw.created.unwrap_or_default(),
            diff_ids: raw.rootfs.unwrap_or_default().diff_ids.unwrap_or_default(),
            history: raw.history.unwrap_or_default().into_iter().map(step).collect(),
        })
    }

    /// For each layer the instruction that made it, secrets hidden; empty where the history does not
    /// tell.
    pub fn instructions(&self) -> Vec<String> {
        let made: Vec<&Step> = self.history.iter().filter(|step| !step.empty).collect();
        if made.len() == self.diff_ids.len() {
            return made.iter().map(|step| secret::hide(&instruction(&step.created_by))).collect();
        }
        // Tools that flatten images or leave out the history: no name is better than a wrong one.
        vec![String::new(); self.diff_ids.len()]
    }

    /// The same as an engine describes it, without what only an engine knows.
    pub fn info(&self, id: &str, tags: &[String], sizes: &[u64]) -> ImageInfo {
        let known = self.history.iter().filter(|step| !step.empty).count() == sizes.len();
        let mut sizes_left = sizes.iter();
        let history = self.history.iter().map(|step| HistoryEntry {
            created_by: secret::hide(&step.created_by),
            size_bytes: if known && !step.empty { sizes_left.next().copied().unwrap_or(0) } else { 0 },
            created: 0,
        });
        ImageInfo {
            id: id.into(),
            tags: tags.to_vec(),
            size_bytes: sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(*size)),
            history: history.collect(),
            layers: self.diff_ids.clone(),
            config: self.config.clone(),
            platform: self.platform.clone(),
        }
    }
}

/// An instruction as a Dockerfile has it, from what builders record: `RUN /bin/sh -c make # buildkit`,
/// `/bin/sh -c #(nop) COPY file:… in /`, `|1 A=1 /bin/sh -c make`. In one line; untrusted.
pub fn instruction(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, rest)) = text.split_once("#(nop)") {
        return joined(rest);
    }
    let (run, rest) = match text.strip_prefix("RUN ") {
        Some(rest) => (true, rest.trim_start()),
        None => (text.starts_with('|') || text.starts_with("/bin/sh -c "), text),
    };
    if !run {
        return joined(text);
    }
    // Build arguments stand before the shell, `|2 A=1 B=2`.
    let command = match rest.strip_prefix('|') {
        Some(rest) => rest.split_once("/bin/sh -c ").map_or(rest, |(_, command)| command),
        None => rest.strip_prefix("/bin/sh -c ").unwrap_or(rest),
    };
    format!("RUN {}", joined(command))
}

#[cfg(test)]
mod tests;
