//! Whether an image's archive says no more than it should: an engine gives images the names that stand in their
//! archives, and takes them away from whatever has them. So an archive may name its own image and nothing else.

use crate::dockerfile::reference::Reference;
use crate::text::sanitise;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path};

/// Largest description in an archive, in bytes.
const MAX_TEXT: u64 = 4 << 20;
/// Largest extension of a header, in bytes.
const MAX_EXTENSION: u64 = 64 << 10;
/// Most entries of an archive.
const MAX_ENTRIES: usize = 100_000;

/// Looks through the archive in `file`, whose image is called `name`. An error is why it is refused.
pub(super) fn check(file: &Path, name: &str) -> Result<(), String> {
    let unreadable = |error: io::Error| {
        format!("the archive of {name} cannot be read: {}", sanitise::plain(&error.to_string()))
    };
    let mut file = File::open(file).map_err(unreadable)?;
    // First as it lies there, so that no extension of a header is read before its size is known.
    let mut raw = tar::Archive::new(BufReader::new(&file));
    for (number, entry) in raw.entries().map_err(unreadable)?.raw(true).enumerate() {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.header().entry_type();
        let plain = kind.is_file() || kind.is_dir() || kind.is_symlink();
        let extension =
            kind.is_pax_local_extensions() || kind.is_pax_global_extensions() || kind.is_gnu_longname();
        let small = entry.header().size().map_err(unreadable)? <= MAX_EXTENSION;
        if number >= MAX_ENTRIES || !(plain || extension && small) {
            return Err(format!("the archive of {name} holds what an image does not"));
        }
    }
    file.rewind().map_err(unreadable)?;
    let mut archive = tar::Archive::new(BufReader::new(&file));
    let mut described = false;
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?.into_owned();
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::CurDir => {}
                _ => return Err(format!("the archive of {name} leads out of itself")),
            }
        }
        let kind = entry.header().entry_type();
        // Older engines link equal layers to each other, and nothing else.
        if kind.is_symlink() && parts.last().is_none_or(|last| last != "layer.tar") {
            return Err(format!("the archive of {name} holds a link"));
        }
        let [top] = parts.as_slice() else { continue };
        if !matches!(top.as_str(), "manifest.json" | "repositories" | "index.json") {
            continue;
        }
        if !kind.is_file() || entry.size() > MAX_TEXT {
            return Err(format!("the archive of {name} has no plain {top}"));
        }
        let mut text = Vec::new();
        entry.by_ref().take(MAX_TEXT).read_to_end(&mut text).map_err(unreadable)?;
        let said: serde_json::Value = serde_json::from_slice(&text).map_err(|error| {
            format!("{top} in the archive of {name}: {}", sanitise::plain(&error.to_string()))
        })?;
        let (others, images) = match top.as_str() {
            "manifest.json" => of_manifest(&said),
            "repositories" => of_repositories(&said),
            _ => of_index(&said),
        };
        described |= top == "manifest.json";
        if images > 1 {
            return Err(format!("the archive of {name} holds {images} images"));
        }
        let tag = Reference::of(name).tag_or_latest();
        // An index says the tag alone, where it does not say the whole name.
        let own = |other: &String| familiar(other) == familiar(name) || (top == "index.json" && other == tag);
        if let Some(other) = others.iter().find(|other| !own(other)) {
            let shown = sanitise::bounded(&sanitise::plain(other), 80).into_owned();
            return Err(format!("the archive of {name} would take the name {shown}"));
        }
    }
    if described { Ok(()) } else { Err(format!("the archive of {name} is no image")) }
}

/// Names in `manifest.json`, and how many images it lists.
fn of_manifest(said: &serde_json::Value) -> (Vec<String>, usize) {
    let images = said.as_array().map(Vec::as_slice).unwrap_or_default();
    let names = images.iter().flat_map(|image| image["RepoTags"].as_array().into_iter().flatten());
    (names.map(text).collect(), images.len())
}

/// Names in `repositories`.
fn of_repositories(said: &serde_json::Value) -> (Vec<String>, usize) {
    let all = said.as_object().into_iter().flatten();
    let names = all.flat_map(|(repository, tags)| {
        tags.as_object().into_iter().flatten().map(move |(tag, _)| format!("{repository}:{tag}"))
    });
    (names.collect(), 1)
}

/// Names in `index.json`.
fn of_index(said: &serde_json::Value) -> (Vec<String>, usize) {
    let images = said["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = images.iter().flat_map(|image| {
        let said = image["annotations"].as_object().into_iter().flatten();
        let naming =
            |key: &str| matches!(key, "io.containerd.image.name" | "org.opencontainers.image.ref.name");
        said.filter(move |(key, _)| naming(key)).map(|(_, value)| text(value))
    });
    (names.collect(), images.len())
}

/// What stands there, or what is no name at all.
fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A name as people write it. Podman says of an image that was built that it is from `localhost`.
fn familiar(name: &str) -> String {
    let rest = name.strip_prefix("docker.io/").or(name.strip_prefix("localhost/")).unwrap_or(name);
    let rest = rest.strip_prefix("library/").unwrap_or(rest);
    let reference = Reference::of(rest);
    format!("{}:{}", reference.repository(), reference.tag_or_latest())
}
