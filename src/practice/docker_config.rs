//! The docker configuration of whoever is given a practice ECR: logins stay out of the learner's own.

use std::path::{Path, PathBuf};

/// A docker configuration of the command's own: logins made in it end with it, while the learner's
/// contexts and plugins go on working.
#[derive(Debug)]
pub struct DockerConfig {
    folder: PathBuf,
}

impl DockerConfig {
    /// Makes one in a folder below `beside`.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn new(beside: &Path) -> std::io::Result<Self> {
        let folder = beside.join(format!("docker-config-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        let made = Self { folder };
        let home = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from).or_else(|| {
            let home = etcetera::home_dir().ok()?;
            Some(home.join(".docker"))
        });
        let mut kept = serde_json::Map::new();
        if let Some(home) = home {
            let own: serde_json::Value = std::fs::read(home.join("config.json"))
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default();
            if let Some(context) = own.get("currentContext") {
                kept.insert("currentContext".into(), context.clone());
            }
            #[cfg(unix)]
            for shared in ["contexts", "cli-plugins"].iter().filter(|name| home.join(name).exists()) {
                std::os::unix::fs::symlink(home.join(shared), made.folder.join(shared))?;
            }
        }
        std::fs::write(made.folder.join("config.json"), serde_json::Value::Object(kept).to_string())?;
        Ok(made)
    }

    /// The value of `DOCKER_CONFIG`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for DockerConfig {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder.display(), "left behind");
        }
    }
}
