//! Which packages an image holds, and which layer brought each: read from the files that package
//! managers leave, while the layers stream by. Contents are looked at and forgotten.
//!
//! | ecosystem | read from |
//! | --- | --- |
//! | Debian, Ubuntu | `var/lib/dpkg/status`; `status.d/*` of distroless images |
//! | Alpine | `lib/apk/db/installed` |
//! | Python | `*.dist-info/METADATA`, `*.egg-info/PKG-INFO` |
//! | Node.js | `node_modules/…/package.json` |
//! | Go | the build information of executables |
//! | RPM | `rpmdb.sqlite`, `Packages.db`, `Packages` in `var/lib/rpm` or `usr/lib/sysimage/rpm` |
//!
//! A database in a form that is not understood is said to be unread ([`Inventory::unread`]).

mod golang;
mod rpm;
mod text;
pub mod version;

use super::archive;
use super::layer::{LayerError, clean_path};
use super::manifest::{Choice, Config, ImageError};
use super::tar::{self, Entry, EntryKind, TarError};
use std::collections::BTreeMap;
use std::io::Read;

/// Largest file of a package manager that is read, in bytes.
const LARGEST_DATABASE: u64 = 64 * 1024 * 1024;
/// Largest database of RPM, whose headers name every file of every package. A larger one stays unread.
const LARGEST_RPM: u64 = 256 * 1024 * 1024;
/// Largest description of one package.
const LARGEST_DESCRIPTION: u64 = 4 * 1024 * 1024;
/// Most packages of one layer.
const MOST_PACKAGES: usize = 200_000;
/// Most whiteouts that are remembered of one layer.
const MOST_WHITEOUTS: usize = 1_000_000;

/// Where a package comes from: who names and numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// dpkg.
    Debian,
    /// apk.
    Alpine,
    /// PyPI.
    Python,
    /// npm.
    Node,
    /// Go modules, and Go itself as `stdlib`.
    Go,
    /// RPM.
    Rpm,
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Who numbers it.
    pub ecosystem: Ecosystem,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it was built from, and that one's version: security notices name these. Else as above.
    pub source: (String, String),
    /// File that says so, from the root.
    pub path: String,
    /// Number of the layer that brought it, from 0.
    pub layer: usize,
}

/// The distribution, from `os-release`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// `debian`, `alpine`, …
    pub id: String,
    /// `12`, `3.19.1`, …
    pub version: String,
    /// `Debian GNU/Linux 12 (bookworm)`.
    pub title: String,
}

/// What an image holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// The distribution, when the image says one.
    pub system: Option<System>,
    /// The packages, by file and name.
    pub packages: Vec<Package>,
    /// Package databases that were seen and are not understood.
    pub unread: Vec<String>,
}

/// What one layer says.
#[derive(Debug, Clone, Default)]
pub struct LayerPackages {
    files: Vec<(String, Found)>,
    /// Paths of lower layers that are gone, and directories whose lower content is.
    gone: Vec<String>,
    opaque: Vec<String>,
}

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Packages(Vec<Listed>),
    System(System),
    Unread,
}

/// A package as its file lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    ecosystem: Ecosystem,
    name: String,
    version: String,
    source: Option<(String, String)>,
}

/// What a file is, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Dpkg,
    Apk,
    Python,
    Node,
    Rpm,
    System,
    /// Perhaps a program.
    Other,
}

fn form(path: &str) -> Form {
    match path {
        "var/lib/dpkg/status" => return Form::Dpkg,
        "lib/apk/db/installed" | "usr/lib/apk/db/installed" => return Form::Apk,
        "etc/os-release" | "usr/lib/os-release" => return Form::System,
        _ => {}
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folder == "var/lib/dpkg/status.d" && !name.ends_with(".md5sums") {
        return Form::Dpkg;
    }
    let rpm = ["var/lib/rpm", "usr/lib/sysimage/rpm"].contains(&folder);
    if rpm && ["rpmdb.sqlite", "Packages", "Packages.db"].contains(&name) {
        return Form::Rpm;
    }
    match name {
        "METADATA" if folder.ends_with(".dist-info") => Form::Python,
        "PKG-INFO" if folder.ends_with(".egg-info") => Form::Python,
        "package.json" if is_module(folder) => Form::Node,
        _ => Form::Other,
    }
}

/// `…/node_modules/name` or `…/node_modules/@scope/name`.
fn is_module(folder: &str) -> bool {
    let mut parts = folder.rsplit('/').skip(1);
    match parts.next() {
        Some("node_modules") => true,
        Some(scope) => scope.starts_with('@') && parts.next() == Some("node_modules"),
        None => false,
    }
}

/// Reads the blob of a layer, packed or not, of `size` bytes.
///
/// # Errors
/// When it is broken, too large, or packed in a way that is not known.
pub fn read(blob: impl Read, size: u64) -> Result<LayerPackages, LayerError> {
    let mut layer = LayerPackages::default();
    let mut listed = 0;
    let mut reader = archive::entries(blob, size)?;
    while let Some(entry) = reader.next_entry()? {
        let path = clean_path(&entry.name).text;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if let Some(gone) = name.strip_prefix(".wh.") {
            if layer.gone.len() + layer.opaque.len() >= MOST_WHITEOUTS {
                return Err(LayerError::TooLarge("a million deletions"));
            }
            match gone {
                ".wh..opq" => layer.opaque.push(folder.to_owned()),
                gone if folder.is_empty() => layer.gone.push(gone.to_owned()),
                gone => layer.gone.push(format!("{folder}/{gone}")),
            }
            continue;
        }
        if entry.kind != EntryKind::File || entry.sparse {
            continue;
        }
        let found = look(&path, &entry, &mut reader)?;
        if let Some(Found::Packages(packages)) = &found {
            listed += packages.len();
            if listed > MOST_PACKAGES {
                return Err(LayerError::TooLarge("200,000 packages"));
            }
        }
        if let Some(found) = found {
            layer.files.push((path, found));
        }
    }
    Ok(layer)
}

/// Reads an image that streams by as an archive: what it holds, and its configuration.
///
/// # Errors
/// When the archive is broken, or is no image.
pub fn in_archive(archive: impl Read, choice: &Choice) -> Result<(Inventory, Config), ImageError> {
    let (config, layers) = archive::stream_with(archive, |blob, size| read(blob, size))?.choose(choice)?;
    Ok((stack(&layers), config))
}

fn look(path: &str, entry: &Entry, data: &mut impl Read) -> Result<Option<Found>, LayerError> {
    let mut bytes = |most: u64| -> Result<Vec<u8>, LayerError> {
        let mut bytes = Vec::new();
        data.take(most).read_to_end(&mut bytes).map_err(TarError::from)?;
        Ok(bytes)
    };
    let mut read = |most: u64| -> Result<String, LayerError> {
        if entry.size > most {
            return Err(LayerError::TooLarge("64 MB of one package database"));
        }
        Ok(String::from_utf8_lossy(&bytes(most)?).into_owned())
    };
    Ok(match form(path) {
        Form::Dpkg => Some(Found::Packages(text::dpkg(&read(LARGEST_DATABASE)?))),
        Form::Apk => Some(Found::Packages(text::apk(&read(LARGEST_DATABASE)?))),
        Form::System => text::system(&read(LARGEST_DESCRIPTION)?).map(Found::System),
        // One of these that is too large is no description, and no reason to stop.
        Form::Python | Form::Node if entry.size > LARGEST_DESCRIPTION => None,
        Form::Python => text::python(&read(LARGEST_DESCRIPTION)?).map(one),
        Form::Node => text::node(&read(LARGEST_DESCRIPTION)?).map(one),
        Form::Rpm if entry.size > LARGEST_RPM => Some(Found::Unread),
        Form::Rpm => Some(rpm::packages(&bytes(LARGEST_RPM)?).map_or(Found::Unread, Found::Packages)),
        Form::Other if entry.mode & 0o111 != 0 => {
            let mut head = [0; 4];
            let length = tar::fill(data, &mut head).map_err(TarError::from)?;
            if head[..length] != *b"\x7fELF" {
                return Ok(None);
            }
            let modules = golang::modules(data).map_err(TarError::from)?;
            (!modules.is_empty()).then_some(Found::Packages(modules))
        }
        Form::Other => None,
    })
}

fn one(package: Listed) -> Found {
    Found::Packages(vec![package])
}

/// Lays the layers, base first, on each other: what a later layer overwrites or deletes is gone, and a
/// package that a database lists again was brought by the layer that listed it first.
pub fn stack<'a>(layers: impl IntoIterator<Item = &'a LayerPackages>) -> Inventory {
    let mut files: BTreeMap<&str, (&Found, Vec<usize>)> = BTreeMap::new();
    for (number, layer) in layers.into_iter().enumerate() {
        let below = |path: &str, folder: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        if !layer.opaque.is_empty() || !layer.gone.is_empty() {
            files.retain(|path, _| {
                let hidden = layer.opaque.iter().any(|folder| below(path, folder));
                let deleted = layer.gone.iter().any(|gone| path == gone || below(path, gone));
                !hidden && !deleted
            });
        }
        for (path, found) in &layer.files {
            let before = files.remove(path.as_str());
            let origins = origins(found, number, before.as_ref());
            files.insert(path, (found, origins));
        }
    }
    let mut inventory = Inventory::default();
    for (path, (found, origins)) in files {
        match found {
            Found::System(system) => inventory.system = Some(system.clone()),
            Found::Unread => inventory.unread.push(path.to_owned()),
            Found::Packages(listed) => {
                inventory.packages.extend(
                    listed.iter().zip(origins).map(|(listed, layer)| Package {
                        ecosystem: listed.ecosystem,
                        name: listed.name.clone(),
                        version: listed.version.clone(),
                        source: listed
                            .source
                            .clone()
                            .unwrap_or_else(|| (listed.name.clone(), listed.version.clone())),
                        path: path.to_owned(),
                        layer,
                    }),
                );
            }
        }
    }
    inventory
}

/// For each package of a file in layer `number`, the layer it came with: that of the same package in
/// the file that this one replaces, when it was there.
fn origins(found: &Found, number: usize, before: Option<&(&Found, Vec<usize>)>) -> Vec<usize> {
    let Found::Packages(listed) = found else { return Vec::new() };
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    if let Some((Found::Packages(before), layers)) = before {
        for (package, layer) in before.iter().zip(layers) {
            known.insert((&package.name, &package.version), *layer);
        }
    }
    listed
        .iter()
        .map(|package| {
            known.get(&(package.name.as_str(), package.version.as_str())).copied().unwrap_or(number)
        })
        .collect()
}

#[cfg(test)]
mod tests;
