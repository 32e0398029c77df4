//! Reads the files of a course folder without trusting any of them: sizes, counts and depth are
//! capped before anything is read, and nothing outside the folder is ever opened.

use super::model::Problem;
use super::problem;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// Largest file of a course, in bytes.
pub(super) const MAX_FILE: u64 = 1 << 20;
/// Most bytes of a course.
const MAX_TOTAL: u64 = 64 << 20;
/// Most files of a course.
const MAX_FILES: usize = 4_000;
/// Most folders inside each other.
const MAX_DEPTH: usize = 12;

/// What a course is made of, by path with `/` between parts.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Contents.
    pub content: BTreeMap<String, Cow<'static, [u8]>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Bytes read from disk; what the tests on hostile courses measure.
    pub bytes_read: u64,
}

impl Files {
    /// The names directly inside `folder` that are folders themselves, in order.
    pub fn folders(&self, folder: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.under(folder).filter_map(|(path, _)| path.split_once('/').map(|(name, _)| name)).collect();
        names.dedup();
        names
    }

    /// Every file below `folder`, by its path relative to it.
    pub fn under<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let prefix = format!("{folder}/");
        self.content.range(prefix.clone()..).map_while(move |(path, content)| {
            path.strip_prefix(prefix.as_str()).map(|rest| (rest, content.as_ref()))
        })
    }
}

/// Reads the course folders below `root`. Never fails: what cannot be read becomes a problem.
pub(super) fn read_folder(root: &Path) -> Files {
    let mut files = Files::default();
    let root = match root.canonicalize() {
        Ok(path) if path.is_dir() => path,
        Ok(_) => {
            files.problems.push(problem::file(
                &root.to_string_lossy(),
                "This is a file; a course is a folder.",
                "Name the folder that holds lessons/ and exercises/.",
            ));
            return files;
        }
        Err(error) => {
            files.problems.push(problem::file(
                &root.to_string_lossy(),
                format!("The course folder cannot be opened: {error}."),
                "Name a folder that holds lessons/ and exercises/.",
            ));
            return files;
        }
    };
    let mut walk = Walk { root: &root, files: &mut files, full: false };
    let mut found = false;
    for part in ["lessons", "exercises", "solutions", "assets/examples", "assets/reference"] {
        let folder = root.join(part);
        if fs::symlink_metadata(&folder).is_ok() {
            found = true;
            walk.entry(&folder, part, 0);
        }
    }
    if !found {
        files.problems.push(problem::file(
            &root.to_string_lossy(),
            "There is no course here: neither lessons/ nor exercises/.",
            "Write a first page with `docker-ecr-tutor course new lesson first-steps`.",
        ));
    }
    files
}

struct Walk<'a> {
    root: &'a Path,
    files: &'a mut Files,
    /// A limit of the whole course was met; said once, then reading ends.
    full: bool,
}

impl Walk<'_> {
    fn problem(&mut self, path: &str, message: impl Into<String>, remedy: &str) {
        self.files.problems.push(problem::file(path, message, remedy));
    }

    fn entry(&mut self, path: &Path, name: &str, depth: usize) {
        if self.full {
            return;
        }
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => {
                let message = format!("It cannot be read: {error}.");
                return self.problem(name, message, "Check the file's permissions.");
            }
        };
        if kind.is_symlink() {
            self.link(path, name);
        } else if kind.is_dir() {
            self.folder(path, name, depth);
        } else if kind.is_file() {
            self.file(path, name);
        } else {
            self.special(name, kind);
        }
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) {
        if depth >= MAX_DEPTH {
            let message = format!("Folders are nested more than {MAX_DEPTH} deep.");
            return self.problem(name, message, "Flatten the folder.");
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("The folder cannot be listed: {error}.");
                return self.problem(name, message, "Check the folder's permissions.");
            }
        };
        let mut inside = Vec::new();
        for entry in entries.flatten() {
            // Editors and version control leave such files; none of them is part of a course.
            if entry.file_name() == ".git" || entry.file_name() == ".DS_Store" {
                continue;
            }
            inside.push(entry);
            if inside.len() > MAX_FILES {
                break;
            }
        }
        inside.sort_by_key(fs::DirEntry::file_name);
        for entry in inside {
            let file_name = entry.file_name();
            let Some(part) = file_name.to_str().filter(|part| !part.chars().any(char::is_control)) else {
                let shown = format!("{name}/{}", file_name.to_string_lossy());
                self.problem(&shown, "The file's name is not plain UTF-8 text.", "Rename the file.");
                continue;
            };
            self.entry(&entry.path(), &format!("{name}/{part}"), depth + 1);
        }
    }

    /// A link is followed only to a regular file inside the course.
    fn link(&mut self, path: &Path, name: &str) {
        match path.canonicalize() {
            Ok(target) if !target.starts_with(self.root) => {
                self.problem(name, "This symbolic link leads out of the course.", "Copy the file here.");
            }
            Ok(target) if target.is_dir() => {
                self.problem(name, "This is a symbolic link to a folder.", "Copy the folder here.");
            }
            Ok(target) => match fs::symlink_metadata(&target).map(|metadata| metadata.file_type()) {
                Ok(kind) if kind.is_file() => self.file(&target, name),
                Ok(kind) => self.special(name, kind),
                Err(error) => {
                    self.problem(name, format!("It cannot be read: {error}."), "Copy the file here.")
                }
            },
            Err(error) => {
                let message = format!("This symbolic link leads nowhere: {error}.");
                self.problem(name, message, "Remove the link, or copy the file here.");
            }
        }
    }

    fn special(&mut self, name: &str, kind: FileType) {
        let what = special_name(kind);
        self.problem(name, format!("This is {what}, not a regular file."), "Remove it from the course.");
    }

    fn file(&mut self, path: &Path, name: &str) {
        if self.files.content.len() >= MAX_FILES || self.files.bytes_read >= MAX_TOTAL {
            self.full = true;
            let message = format!(
                "The course is larger than {MAX_FILES} files or {} MiB; the rest was not read.",
                MAX_TOTAL >> 20
            );
            return self.problem(name, message, "Split the course, or remove what is not part of it.");
        }
        match read_bounded(path) {
            Ok(Some(content)) => {
                self.files.bytes_read += content.len() as u64;
                self.files.content.insert(name.to_owned(), Cow::Owned(content));
            }
            Ok(None) => {
                let message = format!("The file is larger than {} MiB.", MAX_FILE >> 20);
                self.problem(name, message, "A course file is text; move large data elsewhere.");
            }
            Err(error) => {
                self.problem(name, format!("It cannot be read: {error}."), "Check the file's permissions.");
            }
        }
    }
}

/// The content of a regular file, or `None` when it is too large. The size is asked of the open
/// file, and reading stops at the limit: a file that is swapped or grows meanwhile gains nothing.
fn read_bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = open_without_waiting(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.len() > MAX_FILE {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(metadata.len() as usize);
    file.take(MAX_FILE + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= MAX_FILE).then_some(content))
}

/// Opens a file for reading; a pipe put in its place does not make us wait for a writer.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn special_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_name(_: FileType) -> &'static str {
    "something else"
}

#[cfg(test)]
mod tests;
