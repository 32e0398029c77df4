//! What is equal grades equal: digests of a submission and of an exercise, by content.

use super::staging::{DEEPEST, MOST_BYTES, MOST_ENTRIES};
use crate::course::model::Exercise;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// A digest over all that a build or a check could see of the folder `dir`: names, modes, contents, and
/// where links lead. `None` when it cannot be read whole, or is larger than a submission may be. Blocks.
pub fn of_folder(dir: &Path) -> Option<String> {
    let mut walk = Walk { hash: Sha256::new(), entries: 0, bytes: 0 };
    walk.folder(dir, 0).ok()?;
    Some(hex(walk.hash))
}

/// A digest over everything an exercise says, its files among it.
pub fn of_exercise(exercise: &Exercise) -> String {
    let mut hash = Sha256::new();
    // Its debug form has every field there is, so a new one cannot be forgotten here.
    hash.update(format!("{exercise:?}"));
    hex(hash)
}

/// A digest over texts, told apart from each other.
pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Walk {
    hash: Sha256,
    entries: usize,
    bytes: u64,
}

impl Walk {
    fn folder(&mut self, dir: &Path, depth: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
        self.entries += entries.len();
        if depth > DEEPEST || self.entries > MOST_ENTRIES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, meta) = (entry.path(), entry.metadata()?);
            let kind = if meta.is_dir() {
                b'd'
            } else if meta.is_symlink() {
                b'l'
            } else if meta.is_file() {
                b'f'
            } else {
                // Sockets, pipes and devices never reach a build context.
                continue;
            };
            self.hash.update([kind]);
            self.text(entry.file_name().as_encoded_bytes());
            #[cfg(unix)]
            self.hash.update(
                (std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o7777).to_le_bytes(),
            );
            match kind {
                b'd' => self.folder(&path, depth + 1)?,
                b'l' => self.text(fs::read_link(&path)?.as_os_str().as_encoded_bytes()),
                _ => self.file(&path)?,
            }
        }
        self.hash.update(b".");
        Ok(())
    }

    fn text(&mut self, bytes: &[u8]) {
        self.hash.update(bytes.len().to_le_bytes());
        self.hash.update(bytes);
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        let mut hash = Sha256::new();
        let mut file = File::open(path)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            self.bytes += read as u64;
            if self.bytes > MOST_BYTES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            hash.update(&chunk[..read]);
        }
        self.hash.update(hash.finalize());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_build_could_see_tells_folders_apart() {
        let folder = |prepare: &dyn Fn(&Path)| {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("Dockerfile"), "FROM a\n").unwrap();
            prepare(dir.path());
            of_folder(dir.path()).unwrap()
        };
        let same = folder(&|_| {});
        assert_eq!(folder(&|_| {}), same);
        let mut seen = vec![same];
        let changes: [&dyn Fn(&Path); 6] = [
            &|dir| fs::write(dir.join("Dockerfile"), "FROM b\n").unwrap(),
            &|dir| fs::write(dir.join("b"), "").unwrap(),
            &|dir| fs::create_dir(dir.join("b")).unwrap(),
            &|dir| std::os::unix::fs::symlink("Dockerfile", dir.join("b")).unwrap(),
            &|dir| {
                fs::create_dir(dir.join("b")).unwrap();
                fs::write(dir.join("b/c"), "").unwrap();
            },
            &|dir| {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                fs::set_permissions(dir.join("Dockerfile"), mode).unwrap();
            },
        ];
        for change in changes {
            let found = folder(change);
            assert!(!seen.contains(&found));
            seen.push(found);
        }
    }

    #[test]
    fn what_cannot_be_read_whole_has_no_fingerprint() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_folder(&dir.path().join("none")), None);
        File::create(dir.path().join("big")).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert_eq!(of_folder(dir.path()), None);
    }
}
