//! Archives of a course: `.tar`, `.tar.gz`, `.tar.zst`, known by their first bytes. Only what lies in a course's own
//! folders is unpacked; there, anything but a regular file is refused, and sizes and counts are capped.

use super::FetchError;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

/// Most bytes that are unpacked.
const MAX_TOTAL: u64 = 64 << 20;
/// Most files that are unpacked.
const MAX_FILES: usize = 4_000;
/// Most entries that are looked at.
const MAX_ENTRIES: usize = 100_000;
/// Most bytes that are read of an archive once it is decompressed.
const MAX_READ: u64 = 512 << 20;
/// Largest window of zstd, as a power of two.
const WINDOW: u32 = 27;

/// Unpacks the archive into `fresh/course`; `None` when it is as `stamp` says. Answers with the new stamp.
pub(super) fn fetch(path: &Path, stamp: Option<&str>, fresh: &Path) -> Result<Option<String>, FetchError> {
    let unreadable = |source| FetchError::Archive { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let changed = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let now = format!("{} {}", metadata.len(), changed.unwrap_or_default().as_nanos());
    if stamp == Some(now.as_str()) {
        return Ok(None);
    }
    let mut head = [0; 512];
    let mut length = 0;
    while let read = file.read(&mut head[length..]).map_err(unreadable)?
        && read > 0
    {
        length += read;
    }
    file.rewind().map_err(unreadable)?;
    let raw = BufReader::new(file);
    let reader: Box<dyn Read> = match &head[..length] {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(raw)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(unreadable)?;
            decoder.window_log_max(WINDOW).map_err(unreadable)?;
            Box::new(decoder)
        }
        [b'P', b'K', 3 | 5, ..] => {
            let told = format!("{} is a zip archive, and those are not read", path.display());
            return Err(FetchError::refused(told, "unpack it and name the folder, or pack it with tar -czf"));
        }
        head if head.get(257..262) == Some(b"ustar") => Box::new(raw),
        _ => {
            let told = format!("{} is neither a folder nor an archive of a course", path.display());
            return Err(FetchError::refused(
                told,
                "name a folder, a .tar, .tar.gz or .tar.zst, or a git address",
            ));
        }
    };
    unpack(reader, path, &fresh.join("course"))?;
    Ok(Some(now))
}

/// Unpacks a tar of a course into `folder`, which is made when there is something to put there.
pub(super) fn unpack(reader: impl Read, from: &Path, folder: &Path) -> Result<(), FetchError> {
    let unreadable = |source| FetchError::Archive { path: from.to_owned(), source };
    let full = |what: String| {
        FetchError::refused(
            format!("the course in {} is larger than {what}", from.display()),
            "a course is text: leave out what is not part of it",
        )
    };
    let mut archive = tar::Archive::new(reader.take(MAX_READ));
    let (mut files, mut total) = (0_usize, 0_u64);
    for (number, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        if number >= MAX_ENTRIES {
            return Err(full(format!("{MAX_ENTRIES} entries")));
        }
        let path = entry.path().map_err(unreadable)?.into_owned();
        let kind = entry.header().entry_type();
        let Some(inside) = inside(&path) else { continue };
        let shown = crate::text::sanitise::plain(&path.to_string_lossy()).into_owned();
        let Some(inside) = inside.filter(|_| !path.is_absolute()) else {
            let told = format!("`{shown}` in {} leads out of the course", from.display());
            return Err(FetchError::refused(told, "pack it anew from inside the course's folder"));
        };
        if kind.is_dir() || matches!(kind, tar::EntryType::XGlobalHeader | tar::EntryType::XHeader) {
            continue;
        }
        if !kind.is_file() {
            let told = format!("`{shown}` in {} is a link or a device", from.display());
            return Err(FetchError::refused(told, "a course is made of regular files: pack the file itself"));
        }
        files += 1;
        total = total.saturating_add(entry.size());
        if files > MAX_FILES {
            return Err(full(format!("{MAX_FILES} files")));
        }
        if total > MAX_TOTAL {
            return Err(full(format!("{} MiB", MAX_TOTAL >> 20)));
        }
        // Read whole, within the limit above: what is wrong with the archive is not the disk's fault.
        let mut bytes = Vec::new();
        entry.by_ref().take(MAX_TOTAL).read_to_end(&mut bytes).map_err(unreadable)?;
        let target = folder.join(&inside);
        write(&bytes, &target).map_err(|source| FetchError::Disk { path: target.clone(), source })?;
    }
    Ok(())
}

/// Writes a file that must not be there yet. What the archive says of owners and permissions does not count.
fn write(bytes: &[u8], target: &Path) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = match File::create_new(target) {
        // The later of two entries of one name counts, as everywhere.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::create(target)?,
        made => made?,
    };
    file.write_all(bytes)
}

/// Where an entry lies in the course, whose folders are at the top or below one folder: `None` for what is no part
/// of it, `Some(None)` for what would leave it.
fn inside(path: &Path) -> Option<Option<PathBuf>> {
    let mut parts = Vec::new();
    let mut leaves = false;
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => leaves = true,
        }
    }
    let begins = |parts: &[&str]| {
        matches!(
            parts,
            ["lessons" | "exercises" | "solutions", _, ..] | ["assets", "examples" | "reference", _, ..]
        )
    };
    let own = if begins(&parts) { &parts[..] } else { parts.get(1..).filter(|rest| begins(rest))? };
    Some((!leaves).then(|| own.iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_a_course_is_taken_and_nothing_leaves_it() {
        let of = |path: &str| inside(Path::new(path)).map(|inside| inside.map(|p| p.display().to_string()));
        for (path, taken) in [
            ("lessons/01-a.md", Some("lessons/01-a.md")),
            ("./lessons/01-a.md", Some("lessons/01-a.md")),
            ("harbour-1.0/exercises/a/exercise.yaml", Some("exercises/a/exercise.yaml")),
            ("harbour-1.0/assets/examples/01/README.md", Some("assets/examples/01/README.md")),
            ("../lessons/01-a.md", None),
            ("lessons/../../etc/passwd", None),
            ("/lessons/01-a.md", None),
        ] {
            assert_eq!(of(path), Some(taken.map(str::to_owned)), "{path}");
        }
        for path in ["README.md", "src/main.rs", "a/b/lessons/01-a.md", "lessons", "assets/logo.png"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
