//! The half inside the sandbox: says what was typed, hands over what it is asked for, prints the answer.

use super::wire::{self, Answer, Ask, Typed};
use super::{NAMES, SOCKET};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

/// Largest file that is handed over.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;
/// Most bytes and entries of a folder.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_ENTRIES: usize = 20_000;
/// Exit code when the half outside does not answer.
const LOST: u8 = 125;

/// When this program was called as `aws` or `docker` inside a sandbox: the exit code of that.
pub fn called() -> Option<u8> {
    let socket = std::env::var_os(SOCKET)?;
    let called = std::env::args_os().next()?;
    let name = Path::new(&called).file_name()?.to_str().filter(|name| NAMES.contains(name))?.to_owned();
    Some(speak(&name, Path::new(&socket)).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{name}: the sandbox does not answer: {error}");
        LOST
    }))
}

#[cfg(unix)]
fn speak(program: &str, socket: &Path) -> io::Result<u8> {
    let mut to = std::os::unix::net::UnixStream::connect(socket)?;
    let mut from = io::BufReader::new(to.try_clone()?);
    let told = |name: &str| ["AWS_", "DOCKER_"].iter().any(|p| name.starts_with(p)) || name == "HOME";
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let typed = Typed {
        program: program.to_owned(),
        arguments: std::env::args_os().skip(1).map(text).collect(),
        environment: std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .filter(|(name, _)| told(name))
            .collect(),
    };
    wire::send(&mut to, &typed)?;
    loop {
        let answered = match wire::receive(&mut from)? {
            Ask::Read(path) => read(&path),
            Ask::Stdin => bounded(io::stdin().lock()),
            Ask::Pack(folder) => pack(Path::new(&folder)),
            Ask::Write(path, content) => {
                wire::decode(&content).and_then(|content| write(Path::new(&path), &content))
            }
            Ask::Done { out, err, code } => {
                io::stderr().write_all(err.as_bytes())?;
                io::stdout().write_all(&wire::decode(&out)?)?;
                io::stdout().flush()?;
                return Ok(code);
            }
        };
        let answer = match answered {
            Ok(content) => Answer::Content(wire::encode(&content)),
            Err(error) => Answer::Failed(error.to_string()),
        };
        wire::send(&mut to, &answer)?;
    }
}

#[cfg(not(unix))]
fn speak(_program: &str, _socket: &Path) -> io::Result<u8> {
    Err(io::ErrorKind::Unsupported.into())
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(LARGEST_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST_FILE { Err(io::Error::other("it is too large")) } else { Ok(content) }
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    bounded(fs::File::open(path)?)
}

fn write(path: &Path, content: &[u8]) -> io::Result<Vec<u8>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)?;
    Ok(Vec::new())
}

/// The folder as a tar archive, always in the same order.
fn pack(folder: &Path) -> io::Result<Vec<u8>> {
    let mut packed = Packed { tar: tar::Builder::new(Vec::new()), bytes: 0, entries: 0 };
    packed.folder(folder, Path::new(""))?;
    packed.tar.into_inner()
}

struct Packed {
    tar: tar::Builder<Vec<u8>>,
    bytes: u64,
    entries: usize,
}

impl Packed {
    fn folder(&mut self, from: &Path, name: &Path) -> io::Result<()> {
        let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (from, name) = (entry.path(), name.join(entry.file_name()));
            let meta = entry.metadata()?;
            self.entries += 1;
            self.bytes += meta.len();
            if self.bytes > MOST_BYTES || self.entries > MOST_ENTRIES {
                return Err(io::Error::other("the build context is too large for the sandbox"));
            }
            let mut header = tar::Header::new_gnu();
            header.set_mode(if meta.is_dir() || executable(&meta) { 0o755 } else { 0o644 });
            header.set_size(0);
            if meta.is_dir() {
                header.set_entry_type(tar::EntryType::Directory);
                self.tar.append_data(&mut header, &name, io::empty())?;
                self.folder(&from, &name)?;
            } else if meta.is_symlink() {
                header.set_entry_type(tar::EntryType::Symlink);
                self.tar.append_link(&mut header, &name, fs::read_link(&from)?)?;
            } else if meta.is_file() {
                let content = fs::read(&from)?;
                header.set_size(content.len() as u64);
                self.tar.append_data(&mut header, &name, content.as_slice())?;
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn executable(meta: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn executable(_meta: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_packed_the_same_way_every_time() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/x"), "x").unwrap();
        fs::write(folder.path().join("a"), "a").unwrap();
        let once = pack(folder.path()).unwrap();
        assert_eq!(once, pack(folder.path()).unwrap());
        let mut archive = tar::Archive::new(once.as_slice());
        let names: Vec<_> =
            archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string()).collect();
        assert_eq!(names, ["a", "b", "b/x"]);
        assert!(pack(&folder.path().join("none")).is_err());
    }

    #[test]
    fn what_is_written_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/config.json");
        write(&path, b"{}").unwrap();
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
        assert_eq!(read(&path.display().to_string()).unwrap(), b"{}");
    }
}
