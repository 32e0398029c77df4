//! The files of a build context with the keys of their contents, to say later what changed. A file whose
//! size and time are those of the last look is not read again.

use super::{Context, ContextError, Entry, Walk, slashed, unreadable};
use crate::image::plan::{self, FileKind, Key, Tree};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file changed this recently may change again without its time showing it.
const SETTLED: Duration = Duration::from_secs(2);

/// Contents that were read already.
#[derive(Debug, Default)]
pub struct Memory(HashMap<PathBuf, (Stamp, Key)>);

/// What a file looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: SystemTime,
    inode: u64,
}

impl Context {
    /// The files that reach the builder. Reads those that `memory` does not know; blocks.
    pub fn snapshot(&self, memory: &mut Memory) -> Result<Tree, ContextError> {
        let walk = Walk {
            root: self.folder.clone(),
            ignore: self.ignore.clone(),
            // The builder reads an ignored Dockerfile, but no instruction can take it.
            always: Vec::new(),
            only: None,
        };
        let now = SystemTime::now();
        let mut seen = HashMap::new();
        let mut entries = Vec::new();
        walk.visit(&mut |entry| {
            entries.extend(looked_at(entry, memory, &mut seen, now)?);
            Ok(())
        })?;
        // What is gone is forgotten.
        memory.0.retain(|path, _| !path.starts_with(&self.folder));
        memory.0.extend(seen);
        Ok(Tree::new(entries))
    }
}

fn looked_at(
    entry: &Entry<'_>,
    memory: &Memory,
    seen: &mut HashMap<PathBuf, (Stamp, Key)>,
    now: SystemTime,
) -> Result<Option<plan::Entry>, ContextError> {
    let Entry { path, relative, metadata } = entry;
    let file_type = metadata.file_type();
    let mut found = plan::Entry {
        path: slashed(relative),
        kind: FileKind::File,
        mode: mode(metadata),
        content: Key::default(),
        target: String::new(),
    };
    if file_type.is_dir() {
        found.kind = FileKind::Folder;
    } else if file_type.is_symlink() {
        let target = std::fs::read_link(path).map_err(|source| unreadable(path, source))?;
        found.kind = FileKind::Link;
        found.target = target.to_string_lossy().into_owned();
    } else if file_type.is_file() {
        let stamp = stamp(metadata);
        let known = memory.0.get(*path).filter(|(then, _)| Some(*then) == stamp).map(|(_, key)| *key);
        found.content = match known {
            Some(key) => key,
            None => read(path)?,
        };
        let settled = |stamp: &Stamp| now.duration_since(stamp.modified).is_ok_and(|age| age > SETTLED);
        if let Some(stamp) = stamp.filter(settled) {
            seen.insert(path.to_path_buf(), (stamp, found.content));
        }
    } else {
        return Ok(None);
    }
    Ok(Some(found))
}

fn read(path: &Path) -> Result<Key, ContextError> {
    let mut file = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Key::cut(&sum.finalize())),
            Ok(count) => sum.update(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(unreadable(path, source)),
        }
    }
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o7777
}

/// Docker gives what comes from Windows these.
#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o755
}

fn stamp(metadata: &Metadata) -> Option<Stamp> {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Stamp { bytes: metadata.len(), modified: metadata.modified().ok()?, inode })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_the_builder_is_seen_and_a_changed_file_too() {
        let folder = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("file");
        write("Dockerfile", "FROM scratch\nCOPY . /\n");
        write(".dockerignore", "*.md\nDockerfile\n");
        write("a.md", "1");
        write("b.txt", "1");
        let mut memory = Memory::default();
        let mut look = || {
            let context = Context::open(folder.path(), "").expect("context");
            context.snapshot(&mut memory).expect("files")
        };
        let first = look();
        let paths: Vec<String> = first.entries().into_iter().map(|entry| entry.path).collect();
        assert_eq!(paths, [".dockerignore", "b.txt"]);
        assert_eq!(first, first.with_text("b.txt", "1"));
        assert_eq!(look(), first);
        write("b.txt", "2");
        assert_eq!(look(), first.with_text("b.txt", "2"));
    }
}
