//! The files a builder asks for. It names a folder (`context` or `dockerfile`), what of it to leave
//! out and which paths it is about; it gets the list, then asks for the contents it does not have.

use super::super::context::{Context, ContextError, Entry, Walk, Weight, slashed, unreadable};
use crate::engine::BuildEvent;
use crate::engine::build::{ContextFault, Events};
use crate::image::dockerignore::Ignore;
use bollard::fsutil::types::packet::PacketType;
use bollard::fsutil::types::{Packet, Stat};
use bollard::moby::filesync::v1::file_sync_server::FileSync;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

/// Bytes of a file sent at a time.
const CHUNK: usize = 64 * 1024;

/// Serves a build context.
pub(super) struct Files {
    context: PathBuf,
    /// Folder of the Dockerfile.
    dockerfile: PathBuf,
    fault: ContextFault,
    events: Events,
    sent: Arc<AtomicU64>,
    /// What it owns on disk stays for as long as it is served.
    _kept: Context,
}

impl Files {
    pub(super) fn new(context: &Context, fault: ContextFault, events: Events) -> Self {
        let dockerfile = context.dockerfile_folder();
        let kept = context.clone();
        Self {
            context: context.folder().into(),
            dockerfile,
            fault,
            events,
            sent: Arc::default(),
            _kept: kept,
        }
    }
}

#[tonic::async_trait]
impl FileSync for Files {
    type DiffCopyStream = BoxStream<'static, Result<Packet, Status>>;
    type TarStreamStream = stream::Pending<Result<Packet, Status>>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let asked = request.metadata();
        let name = values(asked, "dir-name").into_iter().next().unwrap_or_default();
        let root = match name.as_str() {
            "context" => self.context.clone(),
            "dockerfile" => self.dockerfile.clone(),
            _ => return Err(Status::not_found(format!("no folder named {name:?}"))),
        };
        let excluded = values(asked, "exclude-patterns");
        let walk = Walk {
            only: only(&root, &values(asked, "followpaths")),
            root,
            ignore: Ignore::from_patterns(excluded.iter().map(String::as_str)),
            always: Vec::new(),
        };
        let (packets, answers) = mpsc::channel(16);
        let exchange = Exchange {
            files: Arc::default(),
            packets,
            fault: self.fault.clone(),
            counted: (name == "context").then(|| (self.sent.clone(), self.events.clone())),
        };
        exchange.start(walk, request.into_inner());
        let answers =
            stream::unfold(answers, |mut answers| async move { Some((answers.recv().await?, answers)) });
        Ok(Response::new(answers.map(Ok).boxed()))
    }

    async fn tar_stream(
        &self,
        _: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("tar_stream"))
    }
}

/// One list of files, and the contents asked for.
#[derive(Clone)]
struct Exchange {
    /// Where the files listed so far are, by their number; nothing for what has no contents.
    files: Arc<Mutex<Vec<Option<PathBuf>>>>,
    packets: mpsc::Sender<Packet>,
    fault: ContextFault,
    counted: Option<(Arc<AtomicU64>, Events)>,
}

impl Exchange {
    fn start(self, walk: Walk, mut asked: Streaming<Packet>) {
        let (wanted, mut contents) = mpsc::unbounded_channel();
        let (lister, sender, answers) = (self.clone(), self.clone(), self.packets);
        tokio::task::spawn_blocking(move || lister.or_fault(|exchange| exchange.list(&walk)));
        tokio::task::spawn_blocking(move || {
            while let Some(id) = contents.blocking_recv() {
                if !sender.or_fault(|exchange| exchange.send(id)) {
                    break;
                }
            }
        });
        tokio::spawn(async move {
            // Ends with the connection at the latest, and with it the two threads.
            while let Ok(Some(packet)) = asked.message().await {
                match packet.r#type() {
                    PacketType::PacketReq if wanted.send(packet.id).is_ok() => {}
                    PacketType::PacketFin => {
                        // The other end may be gone already; it has all it wanted.
                        let _ = answers.send(of(PacketType::PacketFin)).await;
                        return;
                    }
                    _ => return,
                }
            }
        });
    }

    /// Whether `work` went well; otherwise the builder and whoever waits for the build are told.
    fn or_fault(&self, work: impl FnOnce(&Self) -> Result<(), ContextError>) -> bool {
        let error = match work(self) {
            Ok(()) => return true,
            Err(ContextError::Abandoned) => return false,
            Err(error) => error,
        };
        let data = error.to_string().into_bytes();
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        // When nobody listens any more, the build has ended.
        let _ = self.packets.blocking_send(Packet { data, ..of(PacketType::PacketErr) });
        false
    }

    fn say(&self, packet: Packet) -> Result<(), ContextError> {
        self.packets.blocking_send(packet).map_err(|_| ContextError::Abandoned)
    }

    fn list(&self, walk: &Walk) -> Result<(), ContextError> {
        let mut weight = Weight::default();
        walk.visit(&mut |entry| {
            weight.add(entry);
            let Some(stat) = stat(entry)? else { return Ok(()) };
            let has_contents = entry.metadata.is_file().then(|| entry.path.to_path_buf());
            self.files.lock().unwrap_or_else(PoisonError::into_inner).push(has_contents);
            self.say(Packet { stat: Some(stat), ..of(PacketType::PacketStat) })
        })?;
        if let (Some((_, events)), Some(text)) = (&self.counted, weight.warning()) {
            events(BuildEvent::Note(text));
        }
        self.say(of(PacketType::PacketStat))
    }

    fn send(&self, id: u32) -> Result<(), ContextError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let path = files.get(id as usize).cloned().flatten();
        drop(files);
        let Some(path) = path else { return Ok(()) };
        let mut file = std::fs::File::open(&path).map_err(|source| unreadable(&path, source))?;
        loop {
            let mut data = vec![0; CHUNK];
            let count = file.read(&mut data).map_err(|source| unreadable(&path, source))?;
            data.truncate(count);
            self.say(Packet { id, data, ..of(PacketType::PacketData) })?;
            if count == 0 {
                return Ok(());
            }
            if let Some((sent, events)) = &self.counted {
                let bytes = sent.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
                events(BuildEvent::ContextSent { bytes });
            }
        }
    }
}

fn of(kind: PacketType) -> Packet {
    Packet { r#type: kind as i32, ..Packet::default() }
}

/// What the builder is told of an entry; nothing for sockets and the like, which mean nothing elsewhere.
fn stat(entry: &Entry<'_>) -> Result<Option<Stat>, ContextError> {
    let kind = entry.metadata.file_type();
    if !(kind.is_file() || kind.is_dir() || kind.is_symlink()) {
        return Ok(None);
    }
    if entry.relative.to_str().is_none() {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, "its name is not UTF-8");
        return Err(unreadable(entry.path, source));
    }
    let linkname = if kind.is_symlink() {
        let target = std::fs::read_link(entry.path).map_err(|source| unreadable(entry.path, source))?;
        target.to_string_lossy().into_owned()
    } else {
        String::new()
    };
    let modified = entry.metadata.modified().ok();
    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let size = if kind.is_dir() { 0 } else { entry.metadata.len() };
    Ok(Some(Stat {
        path: slashed(entry.relative),
        mode: go_mode(entry.metadata),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        mod_time: i64::try_from(since.as_nanos()).unwrap_or(0),
        linkname,
        ..Stat::default()
    }))
}

/// The mode as Go's `os.FileMode` has it: permissions below, kinds from the top.
fn go_mode(metadata: &std::fs::Metadata) -> u32 {
    const DIR: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;
    let kind = if metadata.is_dir() {
        DIR
    } else if metadata.is_symlink() {
        SYMLINK
    } else {
        0
    };
    kind | permissions(metadata)
}

#[cfg(unix)]
fn permissions(metadata: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode();
    let bit = |unix: u32, go: u32| if mode & unix == 0 { 0 } else { 1 << go };
    (mode & 0o777) | bit(0o4000, 23) | bit(0o2000, 22) | bit(0o1000, 20)
}

/// Docker gives what comes from Windows these.
#[cfg(not(unix))]
fn permissions(_: &std::fs::Metadata) -> u32 {
    0o755
}

/// The paths the builder is about, when they are plain: with wildcards or links on the way everything
/// is listed, which is never wrong, only more.
fn only(root: &Path, followed: &[String]) -> Option<Vec<PathBuf>> {
    let mut only = Vec::new();
    for path in followed {
        let path = path.trim_start_matches("./").trim_matches('/');
        let plain = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if path.is_empty() || !plain || path.contains(['*', '?', '[', '\\']) {
            return None;
        }
        let mut ancestors = Path::new(path).ancestors().filter(|part| !part.as_os_str().is_empty());
        if ancestors.any(|part| root.join(part).is_symlink()) {
            return None;
        }
        only.push(PathBuf::from(path));
    }
    (!only.is_empty()).then_some(only)
}

/// All values of a key; newer builders escape what is not plain ASCII and say so.
fn values(metadata: &MetadataMap, key: &str) -> Vec<String> {
    let escaped = metadata.contains_key(format!("{key}-encoded"));
    // Older ones send UTF-8 as it is.
    let texts = metadata.get_all(key).iter().map(|value| String::from_utf8_lossy(value.as_encoded_bytes()));
    texts.map(|text| if escaped { unescape(&text) } else { text.into_owned() }).collect()
}

/// Undoes Go's `url.QueryEscape`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap_or(0);
                u8::try_from(digit() * 16 + digit()).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_narrow_the_list_and_others_do_not() {
        let folder = tempfile::tempdir().expect("folder");
        let paths =
            |paths: &[&str]| only(folder.path(), &paths.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(paths(&["a/b", "./c"]), Some(vec!["a/b".into(), "c".into()]));
        assert_eq!(paths(&["a", "."]), None);
        assert_eq!(paths(&["a*"]), None);
        assert_eq!(paths(&["../a"]), None);
        assert_eq!(paths(&[]), None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).expect("link");
            assert_eq!(paths(&["link/b"]), None);
        }
    }

    #[test]
    fn escaped_values_are_read_as_they_were() {
        assert_eq!(unescape("a%2Fb+c%C3%A9"), "a/b cé");
        let mut metadata = MetadataMap::new();
        metadata.append("exclude-patterns", "a%20b".parse().expect("value"));
        assert_eq!(values(&metadata, "exclude-patterns"), ["a%20b"]);
        metadata.append("exclude-patterns-encoded", "1".parse().expect("value"));
        assert_eq!(values(&metadata, "exclude-patterns"), ["a b"]);
    }
}
