//! Which files are linted, and how one is replaced by its mended text.

use super::config::Settings;
use super::{LintArgs, Usage};
use crate::lint::Compat;
use crate::text::sanitise;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Where a text came from.
pub(super) enum Source {
    /// A file that may be written again.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A file whose bytes are no UTF-8, so that writing it would change them.
    Lossy,
}

/// A text to lint.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) source: Source,
    /// As the linter's configuration has it.
    pub(super) dockerignore: Option<Option<String>>,
}

/// Larger files are refused: no Dockerfile is.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Folders below which no Dockerfile of one's own is.
const SKIPPED: [&str; 6] = [".git", "node_modules", "target", "vendor", ".venv", "__pycache__"];

/// The texts that `args` names, and whether one could not be read; the others are linted still.
pub(super) fn find(
    args: &LintArgs,
    settings: &Settings,
    err: &mut dyn Write,
) -> Result<(Vec<Input>, bool), Usage> {
    let mut paths = args.files.clone();
    if paths.is_empty() {
        let default = PathBuf::from("Dockerfile");
        if settings.config.compat == Compat::Hadolint || !default.is_file() {
            return Err(Usage::NoFile);
        }
        paths.push(default);
    }
    let mut inputs = Vec::new();
    let mut failed = false;
    for path in paths {
        let mut found = Vec::new();
        if path.is_dir() {
            walk(&path, 0, &mut found);
            found.sort();
        } else {
            found.push(path);
        }
        for path in found {
            match read(&path) {
                Ok(input) => inputs.push(input),
                Err(error) => {
                    failed = true;
                    writeln!(err, "lint: {}: {error}", sanitise::plain(&path.to_string_lossy()))?;
                }
            }
        }
    }
    Ok((inputs, failed))
}

/// The Dockerfiles below `folder`, symbolic links not followed.
fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && depth < 64 && !SKIPPED.contains(&name.as_str()) {
            walk(&entry.path(), depth + 1, found);
        } else if kind.is_file() && is_dockerfile(&name) {
            found.push(entry.path());
        }
    }
}

fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if name.ends_with(".dockerignore") {
        return false;
    }
    let stem = ["dockerfile", "containerfile"];
    stem.iter().any(|stem| {
        name == *stem || name.starts_with(&format!("{stem}.")) || name.ends_with(&format!(".{stem}"))
    })
}

fn read(path: &Path) -> io::Result<Input> {
    let mut bytes = Vec::new();
    let stdin = path == Path::new("-");
    if stdin {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("larger than 16 MiB; that is no Dockerfile"));
    }
    let (text, lossy) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    };
    let source = match (stdin, lossy) {
        (true, _) => Source::Stdin,
        (_, true) => Source::Lossy,
        _ => Source::File(path.to_owned()),
    };
    let dockerignore = if stdin { None } else { dockerignore(path) };
    Ok(Input { name: path.to_string_lossy().into_owned(), text, source, dockerignore })
}

/// The `.dockerignore` that Docker would take: the Dockerfile's own, else the one of its folder or
/// of the working directory, whichever is the context.
fn dockerignore(path: &Path) -> Option<Option<String>> {
    let mut own = path.as_os_str().to_owned();
    own.push(".dockerignore");
    let folder = path.parent().unwrap_or(Path::new(""));
    let candidates = [PathBuf::from(own), folder.join(".dockerignore"), PathBuf::from(".dockerignore")];
    let found = candidates.iter().find_map(|path| std::fs::read_to_string(path).ok());
    Some(found.filter(|text| text.len() < 1024 * 1024))
}

/// Replace the file at `path` in one step, keeping its permissions; a link's target is replaced.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = std::fs::metadata(&path)?.permissions();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = std::fs::File::options().write(true).create_new(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&temporary);
    })
}
