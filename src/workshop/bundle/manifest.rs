//! What a bundle says of itself. Read from outside: every name in it is checked before anything is made of it.

use crate::dockerfile::reference::Reference;
use crate::text::sanitise;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// Version of this format.
pub(super) const FORMAT: u32 = 1;
/// The entry that holds the manifest.
pub(super) const NAME: &str = "manifest.json";
/// The entry that holds the plan.
pub(super) const PLAN: &str = "workshop.yaml";
/// Largest manifest, in bytes.
pub(super) const MAX_MANIFEST: u64 = 4 << 20;
/// Largest file of a course or plan, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes of a course.
const MAX_COURSE: u64 = 64 << 20;
/// Most files of a course.
const MAX_FILES: usize = 4_000;
/// Most images.
const MAX_IMAGES: usize = 200;
/// Most bytes of all images.
const MAX_BYTES: u64 = 200 << 30;
/// Longest path, in bytes: what a tar without extensions can hold.
const MAX_PATH: usize = 250;

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// Whether the course is the one inside that program.
    pub embedded: bool,
    /// What the images run on: `linux/amd64`; empty when there are none.
    pub platform: String,
    /// The plan.
    pub plan: Listed,
    /// Files of the course, in order of their paths.
    pub course: Vec<Listed>,
    /// Images, in order of their names.
    pub images: Vec<Image>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its path in the bundle.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256, in small hex.
    pub sha256: String,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its name, which is the only one in its archive.
    pub name: String,
    /// Its archive, as the engine saved it.
    pub file: Listed,
}

impl Manifest {
    /// Every entry behind the manifest, in the order in which they stand in the bundle.
    pub fn entries(&self) -> impl Iterator<Item = &Listed> {
        std::iter::once(&self.plan).chain(&self.course).chain(self.images.iter().map(|image| &image.file))
    }

    /// Bytes of all that it lists.
    pub fn bytes(&self) -> u64 {
        self.entries().fold(0, |sum, entry| sum.saturating_add(entry.bytes))
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// Why it is refused, in words that are safe to show.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let shape = |error: serde_json::Error| {
            format!("its manifest cannot be read: {}", sanitise::plain(&error.to_string()))
        };
        let head: Head = serde_json::from_slice(bytes).map_err(shape)?;
        if head.format != FORMAT {
            return Err(format!(
                "it is of format {}; this program reads format {FORMAT}: update docker-ecr-tutor",
                head.format
            ));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(shape)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for entry in self.entries() {
            let shown = sanitise::bounded(&sanitise::plain(&entry.path), 80).into_owned();
            if !is_plain(&entry.path) {
                return Err(format!("`{shown}` leads out of it, or is no plain path"));
            }
            if !seen.insert(entry.path.as_str()) || entry.path == NAME {
                return Err(format!("`{shown}` is listed twice"));
            }
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            if entry.sha256.len() != 64 || !entry.sha256.bytes().all(hex) {
                return Err(format!("`{shown}` has no digest"));
            }
        }
        if self.plan.path != PLAN || self.plan.bytes > MAX_FILE {
            return Err("its plan is not where it should be, or too large".into());
        }
        let course = self.course.iter().fold(0u64, |sum, file| sum.saturating_add(file.bytes));
        if self.course.len() > MAX_FILES || course > MAX_COURSE {
            return Err(format!("its course is larger than {MAX_FILES} files or {} MiB", MAX_COURSE >> 20));
        }
        let folders = ["lessons", "exercises", "solutions", "assets"];
        let of_course = |path: &str| {
            path.strip_prefix("course/")
                .and_then(|rest| rest.split('/').next())
                .is_some_and(|f| folders.contains(&f))
        };
        if self.course.iter().any(|file| !of_course(&file.path) || file.bytes > MAX_FILE) {
            return Err("a file of its course is none, or too large".into());
        }
        let images = self.images.iter().fold(0u64, |sum, image| sum.saturating_add(image.file.bytes));
        if self.images.len() > MAX_IMAGES || images > MAX_BYTES {
            return Err(format!("it has more than {MAX_IMAGES} images or {} GiB of them", MAX_BYTES >> 30));
        }
        let mut names = BTreeSet::new();
        for image in &self.images {
            let in_place = image.file.path.strip_prefix("images/").is_some_and(|name| !name.contains('/'));
            let reference = Reference::of(&image.name);
            let valid = reference.is_valid() && reference.tag.is_some() && reference.digest.is_none();
            if !in_place || !valid || !names.insert(&image.name) {
                return Err("an image of it is not where it should be, or has no name of its own".into());
            }
        }
        Ok(())
    }
}

/// Whether a path stays where it begins and can be shown.
fn is_plain(path: &str) -> bool {
    let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty()
        && path.len() <= MAX_PATH
        && !path.contains(['\\', ':'])
        && !path.chars().any(sanitise::is_unsafe)
        && Path::new(path).components().all(normal)
        && path.split('/').all(|part| !part.is_empty() && part != ".")
}
