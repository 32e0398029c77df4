//! Layers that were read before, on disk under their diff ids, and which layers an image is made of. A
//! cache: nothing in it is needed, whatever is damaged in it is as if it were not there.

use crate::image::archive::Image;
use crate::image::layer::Layer;
use crate::image::manifest::{Config, Manifest};
use crate::store::files;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most bytes on disk; what was used longest ago goes first.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The form of what is kept; another is as if it were not there.
const FORM: u32 = 1;

/// A folder of layers.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// What an image is made of.
#[derive(Debug, Serialize, Deserialize)]
struct Described {
    form: u32,
    config_path: String,
    layers: Vec<String>,
    tags: Vec<String>,
    config: String,
}

impl Cache {
    /// The cache of a data folder.
    pub fn of(data: &Path) -> Self {
        Self { folder: Some(data.join("cache").join("layers")) }
    }

    /// One that keeps nothing.
    pub fn none() -> Self {
        Self { folder: None }
    }

    fn path(&self, kind: &str, key: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{:x}.{kind}", Sha256::digest(key))))
    }

    /// The image that was kept under `key`, when all its layers are still there.
    pub fn image(&self, key: &str) -> Option<Image> {
        let kept: Described = serde_json::from_slice(&fs::read(self.path("image", key)?).ok()?).ok()?;
        if kept.form != FORM {
            return None;
        }
        let config = Config::parse(&kept.config_path, kept.config.as_bytes()).ok()?;
        let layers: Option<Vec<Layer>> = config.diff_ids.iter().map(|id| self.layer(id)).collect();
        let manifest = Manifest { config: kept.config_path, layers: kept.layers, tags: kept.tags };
        Some(Image { manifest, config_text: kept.config.into_bytes(), config, layers: layers? })
    }

    fn layer(&self, diff_id: &str) -> Option<Layer> {
        let path = self.path("layer", diff_id)?;
        let layer = Layer::from_bytes(&fs::read(&path).ok()?)?;
        // So that the ones in use are the last to go.
        if let Ok(file) = fs::File::open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        (layer.diff_id.as_deref() == Some(diff_id)).then_some(layer)
    }

    /// Keeps an image under `key`, which has to change when anything of it does. Its layers have to be
    /// those of their diff ids. What cannot be kept is not.
    pub fn keep(&self, key: &str, image: &Image) {
        let Some(folder) = &self.folder else { return };
        if fs::create_dir_all(folder).is_err() {
            return;
        }
        for layer in &image.layers {
            if let Some(path) = layer.diff_id.as_ref().and_then(|id| self.path("layer", id))
                && !path.exists()
            {
                let _ = files::create(&path, &layer.to_bytes());
            }
        }
        let described = Described {
            form: FORM,
            config_path: image.manifest.config.clone(),
            layers: image.manifest.layers.clone(),
            tags: image.manifest.tags.clone(),
            config: String::from_utf8_lossy(&image.config_text).into_owned(),
        };
        if let (Some(path), Ok(text)) = (self.path("image", key), serde_json::to_vec(&described)) {
            let _ = files::replace(&path, &text);
        }
        prune(folder, MOST_BYTES);
    }
}

/// Removes what was used longest ago until the rest has at most `most` bytes.
fn prune(folder: &Path, most: u64) {
    files::sweep(folder);
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut kept: Vec<(SystemTime, u64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((meta.modified().ok()?, meta.len(), entry.path()))
        })
        .collect();
    kept.sort();
    let mut total: u64 = kept.iter().map(|(_, size, _)| size).sum();
    for (_, size, path) in kept {
        if total <= most {
            return;
        }
        if fs::remove_file(path).is_ok() {
            total -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::archive::{assemble, stream};
    use crate::image::fixture::{self, Put};

    fn image() -> Image {
        let layers = [fixture::layer_tar(&[Put::File("a", b"1")]), fixture::layer_tar(&[Put::Gone("a")])];
        let archive = fixture::docker_old(&layers, &["ADD a /", "RUN rm a"]);
        assemble(&mut stream(&archive[..], true).unwrap(), &Default::default()).unwrap()
    }

    fn files(data: &Path, kind: &str) -> Vec<PathBuf> {
        let all = fs::read_dir(data.join("cache/layers")).unwrap();
        all.map(|entry| entry.unwrap().path()).filter(|path| path.extension().unwrap() == kind).collect()
    }

    #[test]
    fn what_was_kept_comes_back_and_what_was_damaged_does_not() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path());
        assert_eq!(cache.image("key"), None);
        cache.keep("key", &image());
        assert_eq!(cache.image("key"), Some(image()));
        assert_eq!(cache.image("other"), None);
        assert_eq!(files(data.path(), "layer").len(), 2);
        for path in files(data.path(), "layer") {
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..whole.len() - 1]).unwrap();
            assert_eq!(cache.image("key"), None);
            fs::write(&path, &whole).unwrap();
        }
        // One layer under another's name.
        let layers = files(data.path(), "layer");
        fs::copy(&layers[0], &layers[1]).unwrap();
        assert_eq!(cache.image("key"), None);
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        for (at, name) in ["old", "middle", "new"].iter().enumerate() {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let when = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 * at as u64);
            fs::File::open(&path).unwrap().set_modified(when).unwrap();
        }
        prune(folder.path(), 250);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["middle", "new"]);
    }
}
