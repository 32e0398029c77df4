//! Images into files and back: what `docker save` writes, and `docker load` takes.

use super::{Engine, EngineError};
use bollard::query_parameters as query;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::Path;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// Bytes that are read of a file at once.
const CHUNK: usize = 256 * 1024;

impl Engine {
    /// Writes an image into a file that must not be there yet, as `docker save` does. Answers with the file's
    /// bytes and their SHA-256 in hex. `progress` hears of the bytes that came so far.
    ///
    /// # Errors
    /// When the engine does not have the image, the connection breaks, or the file cannot be written.
    pub async fn save_to(
        &self,
        image: &str,
        file: &Path,
        cancel: &CancellationToken,
        progress: impl FnMut(u64) + Send,
    ) -> Result<(u64, String), EngineError> {
        let path = file.to_owned();
        let write = move |mut export: super::export::ExportReader| -> std::io::Result<(u64, String)> {
            let mut file = std::fs::File::create_new(path)?;
            let (mut bytes, mut hash) = (0, Sha256::new());
            let mut buffer = vec![0; CHUNK];
            loop {
                let read = export.read(&mut buffer)?;
                let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
                file.write_all(chunk)?;
                hash.update(chunk);
                bytes += chunk.len() as u64;
            }
            file.flush()?;
            Ok((bytes, format!("{:x}", hash.finalize())))
        };
        let written = self.read_export(image, cancel, progress, write).await?;
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => EngineError::NoSpace(error.to_string()),
            _ => EngineError::Lost(error.into()),
        })
    }

    /// Takes in the images of a file that [`Engine::save_to`] wrote, under the names that stand in it: a name
    /// that is there already is given to the new image, so look before.
    ///
    /// # Errors
    /// When the file cannot be read, the engine refuses it, or the connection breaks.
    pub async fn load_from(&self, file: &Path, cancel: &CancellationToken) -> Result<(), EngineError> {
        let lost = |error: std::io::Error| EngineError::Lost(error.into());
        let file = tokio::fs::File::open(file).await.map_err(lost)?;
        let options = query::ImportImageOptionsBuilder::new().quiet(true).build();
        let answers =
            self.docker.import_image_stream(options, ReaderStream::with_capacity(file, CHUNK), None);
        let mut answers = std::pin::pin!(answers);
        loop {
            let answer = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(EngineError::Cancelled),
                answer = answers.next() => answer,
            };
            match answer {
                None => return Ok(()),
                Some(Err(error)) => return Err(error.into()),
                Some(Ok(said)) => {
                    let refused = said.error_detail.and_then(|detail| detail.message);
                    if let Some(message) = refused {
                        return Err(EngineError::Refused { status: 0, message });
                    }
                }
            }
        }
    }
}
