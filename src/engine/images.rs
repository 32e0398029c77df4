//! Images in the engine: look, tag, remove, pull, export; and `clean`, which removes all that
//! this program made and only that.

use super::silence::Silence;
use super::{Engine, EngineError, LABEL};
use crate::dockerfile::reference::Reference;
use crate::image::plan::Base;
use crate::image::{HistoryEntry, ImageConfig, ImageInfo};
use bollard::models::ImageInspect;
use bollard::query_parameters as query;
use futures_util::{Stream, StreamExt, TryStreamExt};
use hyper::body::Bytes;
use std::collections::{HashMap, HashSet};
use tokio_util::sync::CancellationToken;

/// Words of a transfer that are remembered.
const MOST_KNOWN: usize = 5_000;

/// An image with nothing in it.
const EMPTY: &str = "docker-ecr-tutor/empty:1";

/// What `clean` removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CleanReport {
    /// Names of containers removed.
    pub containers: Vec<String>,
    /// Names, or ids where there is no name, of images removed.
    pub images: Vec<String>,
    /// Names of volumes removed.
    pub volumes: Vec<String>,
    /// What could not be removed, and why.
    pub kept: Vec<String>,
    /// Bytes of the images removed, as far as no other image shares them; an estimate.
    pub freed_bytes: u64,
}

/// Progress of a pull or push.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Which layer; empty when it is about the whole.
    pub layer: String,
    /// The engine's words: `Downloading`, `Pushed`, …; or ours while the registry says nothing.
    pub status: String,
    /// Bytes so far.
    pub current: u64,
    /// Bytes in all, 0 when unknown.
    pub total: u64,
}

/// Who asks a registry. Never written or logged.
#[derive(Clone, Default)]
pub struct Credentials {
    /// User name: `AWS` for ECR.
    pub user: String,
    /// Password or token.
    pub password: String,
    /// Registry host: `127.0.0.1:5000`.
    pub registry: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials for {}", self.registry)
    }
}

impl From<Credentials> for bollard::auth::DockerCredentials {
    fn from(from: Credentials) -> Self {
        Self {
            username: Some(from.user),
            password: Some(from.password),
            serveraddress: Some(from.registry),
            ..Self::default()
        }
    }
}

impl Engine {
    /// An image by name or id, with its history, oldest first.
    pub async fn image(&self, name: &str) -> Result<ImageInfo, EngineError> {
        let (inspect, history) =
            tokio::join!(self.docker.inspect_image(name), self.docker.image_history(name));
        let mut history = history?;
        history.reverse();
        let history = history.into_iter().map(|item| HistoryEntry {
            created_by: item.created_by,
            size_bytes: u64::try_from(item.size).unwrap_or(0),
            created: item.created,
        });
        Ok(image_info(inspect?, history.collect()))
    }

    /// An image's id, and the names that point at it.
    pub async fn image_identity(&self, name: &str) -> Result<(String, Vec<String>), EngineError> {
        let inspect = self.docker.inspect_image(name).await?;
        let tags = inspect.repo_tags.unwrap_or_default();
        Ok((inspect.id.unwrap_or_default(), tags.iter().map(|tag| familiar(tag).to_owned()).collect()))
    }

    /// An image as a stage that starts from it sees it.
    pub async fn base(&self, name: &str) -> Result<Base, EngineError> {
        let inspect = self.docker.inspect_image(name).await?;
        let config = inspect.config.unwrap_or_default();
        Ok(Base {
            id: inspect.id.unwrap_or_default(),
            layers: inspect.root_fs.and_then(|root| root.layers).unwrap_or_default(),
            env: config.env.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            working_dir: config.working_dir.unwrap_or_default(),
            shell: config.shell.unwrap_or_default(),
            onbuild: config.on_build.unwrap_or_default(),
        })
    }

    /// Whether the engine has an image of that name or id.
    pub async fn has_image(&self, name: &str) -> Result<bool, EngineError> {
        match self.docker.inspect_image(name).await.map_err(EngineError::from) {
            Ok(_) => Ok(true),
            Err(EngineError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ids of all images with this label (`name=value` or `name`).
    pub async fn images_with_label(&self, label: &str) -> Result<Vec<String>, EngineError> {
        Ok(self.list_by_label(label).await?.into_iter().map(|image| image.id).collect())
    }

    pub(super) async fn list_by_label(
        &self,
        label: &str,
    ) -> Result<Vec<bollard::models::ImageSummary>, EngineError> {
        let filters = HashMap::from([("label".to_string(), vec![label.to_string()])]);
        // Podman labels what lies between too, and keeps it.
        let all = self.info.podman;
        let options = query::ListImagesOptionsBuilder::new().all(all).filters(&filters).build();
        Ok(self.docker.list_images(Some(options)).await?)
    }

    /// The name of an image with nothing in it, for what is mounted; made when it is not there. It carries
    /// our label, and takes no room.
    pub async fn empty_image(&self) -> Result<&'static str, EngineError> {
        static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _alone = MAKING.lock().await;
        if !self.has_image(EMPTY).await? {
            let (repository, tag) = split_name(EMPTY);
            let options = query::CreateImageOptionsBuilder::new()
                .from_src("-")
                .repo(repository)
                .tag(tag)
                .changes(vec![format!("LABEL {LABEL}=1")])
                .build();
            // The end of an archive, and nothing before it.
            let archive = bollard::body_full(Bytes::from_static(&[0; 1024]));
            self.docker.create_image(Some(options), Some(archive), None).try_collect::<Vec<_>>().await?;
        }
        Ok(EMPTY)
    }

    /// Gives an image another name.
    pub async fn tag(&self, image: &str, name: &str) -> Result<(), EngineError> {
        let (repository, tag) = split_name(name);
        let options = query::TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        Ok(self.docker.tag_image(image, Some(options)).await?)
    }

    /// Removes a name, and the image with its last name. An id is removed only when nothing else
    /// needs it.
    pub async fn remove_image(&self, name: &str) -> Result<(), EngineError> {
        self.docker.remove_image(name, None::<query::RemoveImageOptions>, None).await?;
        Ok(())
    }

    /// Pulls an image.
    pub async fn pull(
        &self,
        name: &str,
        credentials: Option<Credentials>,
        events: impl Fn(Transfer) + Send,
        cancel: CancellationToken,
    ) -> Result<(), EngineError> {
        let (repository, tag) = split_name(name);
        let options = query::CreateImageOptionsBuilder::new().from_image(repository).tag(tag).build();
        let answers = self.docker.create_image(Some(options), None, credentials.map(Into::into));
        let answers = answers.map_ok(|info| Transfer {
            layer: info.id.unwrap_or_default(),
            status: info.status.unwrap_or_default(),
            current: bytes(info.progress_detail.as_ref().and_then(|detail| detail.current)),
            total: bytes(info.progress_detail.as_ref().and_then(|detail| detail.total)),
        });
        follow(answers, events, cancel).await
    }

    /// The image as `docker save` writes it, as it arrives.
    pub fn export(&self, name: &str) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + use<> {
        self.docker.export_image(name).map_err(EngineError::from)
    }

    /// Removes every container, image and volume that carries [`LABEL`], and nothing else.
    pub async fn clean(&self) -> Result<CleanReport, EngineError> {
        self.clean_label(&format!("{LABEL}=1")).await
    }

    /// [`Engine::clean`] for one label, so that a test does not clean up after another.
    pub async fn clean_label(&self, label: &str) -> Result<CleanReport, EngineError> {
        let mut report = CleanReport::default();
        let filters = HashMap::from([("label".to_string(), vec![label.to_string()])]);
        let options = query::ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        for container in self.docker.list_containers(Some(options)).await? {
            let labels = container.labels.unwrap_or_default();
            // A container inherits the labels of its image: only one we started has ours itself.
            if !labels.contains_key(super::run::CONTAINER_LABEL) {
                continue;
            }
            let id = container.id.unwrap_or_default();
            let name = container.names.into_iter().flatten().next().unwrap_or_else(|| id.clone());
            let name = name.trim_start_matches('/').to_string();
            match self.remove_container(&id).await {
                Ok(()) | Err(EngineError::NotFound(_)) => report.containers.push(name),
                Err(error) => report.kept.push(format!("container {name}: {error}")),
            }
        }
        self.clean_volumes(label, &mut report).await?;
        // One that others stand on goes after them, so those that stay are tried again as long as some go.
        loop {
            let (removed, kept) = self.clean_images(label, &mut report).await?;
            if !removed || kept.is_empty() {
                report.kept.extend(kept);
                return Ok(report);
            }
        }
    }

    /// Removes the volumes with a label; those without a name went with their containers.
    async fn clean_volumes(&self, label: &str, report: &mut CleanReport) -> Result<(), EngineError> {
        let filters = HashMap::from([("label".to_string(), vec![label.to_string()])]);
        let options = query::ListVolumesOptionsBuilder::new().filters(&filters).build();
        for volume in self.docker.list_volumes(Some(options)).await?.volumes.unwrap_or_default() {
            let removed = self.docker.remove_volume(&volume.name, None::<query::RemoveVolumeOptions>).await;
            match removed.map_err(EngineError::from) {
                Ok(()) | Err(EngineError::NotFound(_)) => report.volumes.push(volume.name),
                Err(error) => report.kept.push(format!("volume {}: {error}", volume.name)),
            }
        }
        Ok(())
    }

    /// Removes the images with a label, as far as that goes now: whether some went, and what stayed.
    async fn clean_images(
        &self,
        label: &str,
        report: &mut CleanReport,
    ) -> Result<(bool, Vec<String>), EngineError> {
        let (mut some, mut kept) = (false, Vec::new());
        for image in self.list_by_label(label).await? {
            let tags = image.repo_tags.iter().filter(|tag| *tag != "<none>:<none>");
            let mut names: Vec<String> = tags.map(|tag| familiar(tag).to_owned()).collect();
            if names.is_empty() {
                names.push(image.id.clone());
            }
            let mut whole = true;
            for name in names {
                match self.remove_image(&name).await {
                    Ok(()) => {
                        some = true;
                        report.images.push(name);
                    }
                    // With its children, most often.
                    Err(EngineError::NotFound(_)) => whole = false,
                    Err(error) => {
                        whole = false;
                        kept.push(format!("image {name}: {error}"));
                    }
                }
            }
            if whole {
                let shared = u64::try_from(image.shared_size).unwrap_or(0);
                report.freed_bytes += bytes(Some(image.size)).saturating_sub(shared);
            }
        }
        Ok((some, kept))
    }
}

pub(super) fn bytes(count: Option<i64>) -> u64 {
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

/// Follows a transfer to its end, which is an error when the engine says so.
pub(super) async fn follow(
    answers: impl Stream<Item = Result<Transfer, bollard::errors::Error>>,
    events: impl Fn(Transfer) + Send,
    cancel: CancellationToken,
) -> Result<(), EngineError> {
    let mut answers = std::pin::pin!(answers);
    let mut heard = Heard::new();
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EngineError::Cancelled),
            answer = answers.next() => match answer {
                Some(Ok(transfer)) => events(heard.take(transfer)),
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
            waiting = heard.nothing() => events(waiting),
        }
    }
}

/// What an engine has said of a transfer, and for how long it has said nothing new: it says the same again
/// and again while nothing happens, and only news breaks the silence.
pub(super) struct Heard {
    known: HashSet<Transfer>,
    silence: Silence,
}

impl Heard {
    pub(super) fn new() -> Self {
        Self { known: HashSet::new(), silence: Silence::new() }
    }

    /// Remembers what was said, and hands it on.
    pub(super) fn take(&mut self, transfer: Transfer) -> Transfer {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        if self.known.insert(transfer.clone()) {
            self.silence.broken();
        }
        transfer
    }

    /// Waits until the silence is worth telling. Can be dropped and asked again.
    pub(super) async fn nothing(&mut self) -> Transfer {
        let waited = self.silence.grows().await;
        let status = format!("waiting: the registry has said nothing for {} s", waited.as_secs());
        Transfer { layer: String::new(), status, current: 0, total: 0 }
    }
}

/// The two halves of a name that the engine's API wants: `host:5000/a/b:tag` is `host:5000/a/b` and `tag`; without
/// a tag it is `latest`. A digest stays with the first.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    let reference = Reference::of(name);
    match reference.digest {
        Some(_) => (name, ""),
        None => (reference.repository(), reference.tag_or_latest()),
    }
}

/// A name as people write it; Podman writes it out.
fn familiar(name: &str) -> &str {
    let rest = name.strip_prefix("docker.io/").unwrap_or(name);
    match rest.strip_prefix("library/") {
        Some(short) if !short.contains('/') => short,
        _ => rest,
    }
}

fn image_info(inspect: ImageInspect, history: Vec<HistoryEntry>) -> ImageInfo {
    let config = inspect.config.unwrap_or_default();
    let health = config.healthcheck.and_then(|check| check.test).unwrap_or_default();
    ImageInfo {
        id: inspect.id.unwrap_or_default(),
        tags: inspect.repo_tags.unwrap_or_default().iter().map(|tag| familiar(tag).to_owned()).collect(),
        size_bytes: bytes(inspect.size),
        history,
        layers: inspect.root_fs.and_then(|root| root.layers).unwrap_or_default(),
        config: ImageConfig {
            user: config.user.unwrap_or_default(),
            working_dir: config.working_dir.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            cmd: config.cmd.unwrap_or_default(),
            env: config.env.unwrap_or_default(),
            exposed_ports: config.exposed_ports.unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
            healthcheck: health.first().is_some_and(|kind| kind != "NONE"),
            stop_signal: config.stop_signal.unwrap_or_default(),
        },
        platform: format!("{}/{}", inspect.os.unwrap_or_default(), inspect.architecture.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_at_the_tag_and_not_at_the_port() {
        assert_eq!(split_name("alpine"), ("alpine", "latest"));
        assert_eq!(split_name("127.0.0.1:5000/a/b"), ("127.0.0.1:5000/a/b", "latest"));
        assert_eq!(split_name("127.0.0.1:5000/a:v1"), ("127.0.0.1:5000/a", "v1"));
        assert_eq!(split_name("a@sha256:00"), ("a@sha256:00", ""));
    }

    #[test]
    fn names_are_shown_as_people_write_them() {
        let all = ["docker.io/library/a:1", "docker.io/me/a:1", "localhost/a:1", "a:1", "library/a:1"];
        assert_eq!(all.map(familiar), ["a:1", "me/a:1", "localhost/a:1", "a:1", "a:1"]);
    }

    #[test]
    fn credentials_do_not_show_themselves() {
        let credentials = Credentials { user: "AWS".into(), password: "secret".into(), registry: "r".into() };
        assert_eq!(format!("{credentials:?}"), "Credentials for r");
    }
}
