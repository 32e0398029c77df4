//! Secrets a builder asks for while a `RUN --mount=type=secret` runs: files, read at that moment, handed
//! over and neither kept nor logged.

use bollard::moby::buildkit::secrets::v1::secrets_server::Secrets;
use bollard::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use tonic::{Request, Response, Status};

/// Largest secret in bytes, as BuildKit has it.
const LARGEST: u64 = 500 * 1024;

/// Serves files as secrets.
pub(super) struct Files {
    by_id: BTreeMap<String, PathBuf>,
}

impl Files {
    pub(super) fn new(by_id: &BTreeMap<String, PathBuf>) -> Self {
        Self { by_id: by_id.clone() }
    }
}

#[tonic::async_trait]
impl Secrets for Files {
    async fn get_secret(
        &self,
        request: Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        let id = request.into_inner().id;
        // Not found, and nothing else, is how a secret that nobody hands over is told.
        let Some(path) = self.by_id.get(&id).cloned() else {
            return Err(Status::not_found(format!("no secret {id:?} is handed to this build")));
        };
        let data = tokio::task::spawn_blocking(move || read(&path))
            .await
            .map_err(|error| Status::internal(error.to_string()))??;
        Ok(Response::new(GetSecretResponse { data }))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Status> {
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Status::not_found(format!("{} is not there", path.display())),
        _ => Status::internal(format!("{} cannot be read: {error}", path.display())),
    };
    let mut data = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut data)).map_err(told)?;
    if data.len() as u64 > LARGEST {
        return Err(Status::invalid_argument(format!("{} is larger than 500 KiB", path.display())));
    }
    Ok(data)
}
