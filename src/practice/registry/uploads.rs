//! Blobs on their way in: at once, in chunks, taken up again, given up, or shared from another repository.

use super::error::{RegistryError, held};
use super::range::{Chunk, chunk};
use super::{Asked, Incoming, blocking, header_value};
use crate::practice::hooks;
use crate::practice::store::{Algorithm, Digest, Session, StoreError, Upload, is_full, is_repository_name};
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Pieces that may wait for the disk.
const PIECES_WAITING: usize = 8;

/// How long a request waits for another one of the same upload, which may be one whose client is gone.
const TURN: Duration = Duration::from_secs(10);

/// `POST /v2/<name>/blobs/uploads/`
pub async fn start(asked: &Asked<'_>, name: &str, body: &mut Incoming) -> Result<Response, RegistryError> {
    asked.may("ecr:InitiateLayerUpload", name)?;
    if let Some(mount) = asked.query.get("mount") {
        let digest = digest_of(mount)?;
        if mounted(asked, name, &digest).await? {
            return created(name, &digest);
        }
    }
    let named = asked.query.get("digest").map(digest_of).transpose()?;
    let algorithm = match (asked.query.get("digest-algorithm"), &named) {
        (Some(text), _) => Algorithm::parse(text)
            .ok_or_else(|| RegistryError::digest_invalid("The algorithm is neither sha256 nor sha512."))?,
        (None, Some(digest)) => digest.algorithm(),
        (None, None) => Algorithm::Sha256,
    };
    let (store, repository) = (asked.shared.store.clone(), name.to_owned());
    let session = blocking(move || {
        store.tidy();
        store.begin_upload(&repository, algorithm)
    });
    let session = session.await?;
    let session = session.map_err(|error| RegistryError::store(error, name))?;
    let Some(digest) = named else {
        let upload = turn(session).await?;
        return progress(name, &upload, StatusCode::ACCEPTED);
    };
    let upload = turn(session).await?;
    match receive(asked, name, upload, body).await {
        Ok(upload) => finish(asked, name, upload, digest).await,
        Err((upload, error)) => {
            // Nobody knows of this upload, so nobody can go on with it.
            if let Some(upload) = upload {
                let store = asked.shared.store.clone();
                drop(blocking(move || store.cancel_upload(&upload)).await?);
            }
            Err(error)
        }
    }
}

/// Shares the blob from the repository that `from` names. Whether it is here now.
async fn mounted(asked: &Asked<'_>, name: &str, digest: &Digest) -> Result<bool, RegistryError> {
    let Some(from) = asked.query.get("from").filter(|from| is_repository_name(from)) else {
        return Ok(false);
    };
    if !hooks::may_mount(asked.shared) || asked.may("ecr:GetDownloadUrlForLayer", from).is_err() {
        return Ok(false);
    }
    let (store, from, to) = (asked.shared.store.clone(), from.to_owned(), name.to_owned());
    let digest = digest.clone();
    let done = blocking(move || store.mount_blob(&from, &to, &digest)).await?;
    done.map_err(|error| RegistryError::store(error, name))
}

/// `GET` of an upload: how far it is.
pub async fn status(asked: &Asked<'_>, name: &str, id: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:UploadLayerPart", name)?;
    let upload = turn(session(asked, name, id).await?).await?;
    progress(name, &upload, StatusCode::NO_CONTENT)
}

/// `PATCH` of an upload: a chunk.
pub async fn append(
    asked: &Asked<'_>,
    name: &str,
    id: &str,
    body: &mut Incoming,
) -> Result<Response, RegistryError> {
    asked.may("ecr:UploadLayerPart", name)?;
    let upload = turn(session(asked, name, id).await?).await?;
    let upload = receive(asked, name, upload, body).await.map_err(|(_, error)| error)?;
    progress(name, &upload, StatusCode::ACCEPTED)
}

/// `PUT` of an upload: a last chunk, perhaps, and its end.
pub async fn close(
    asked: &Asked<'_>,
    name: &str,
    id: &str,
    body: &mut Incoming,
) -> Result<Response, RegistryError> {
    asked.may("ecr:CompleteLayerUpload", name)?;
    let digest = asked.query.get("digest").ok_or_else(|| {
        RegistryError::digest_invalid("An upload ends with the digest of the whole blob, in the query.")
    });
    let digest = digest_of(digest?)?;
    let upload = turn(session(asked, name, id).await?).await?;
    let upload = receive(asked, name, upload, body).await.map_err(|(_, error)| error)?;
    finish(asked, name, upload, digest).await
}

/// `DELETE` of an upload.
pub async fn cancel(asked: &Asked<'_>, name: &str, id: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:UploadLayerPart", name)?;
    let upload = turn(session(asked, name, id).await?).await?;
    let store = asked.shared.store.clone();
    let done = blocking(move || store.cancel_upload(&upload)).await?;
    done.map_err(|error| RegistryError::store(error, name))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn digest_of(text: &str) -> Result<Digest, RegistryError> {
    let invalid =
        || RegistryError::digest_invalid(format!("'{text}' is neither a sha256 nor a sha512 digest."));
    Digest::parse(text).ok_or_else(invalid)
}

async fn session(asked: &Asked<'_>, name: &str, id: &str) -> Result<Session, RegistryError> {
    let (store, repository, id) = (asked.shared.store.clone(), name.to_owned(), id.to_owned());
    let found = blocking(move || store.upload(&repository, &id)).await?;
    found.map_err(|error| RegistryError::store(error, name))
}

async fn turn(session: Session) -> Result<OwnedMutexGuard<Upload>, RegistryError> {
    let waited = tokio::time::timeout(TURN, session.lock_owned()).await;
    waited.map_err(|_| RegistryError::too_many("Another request is sending to this upload."))
}

/// An upload in hand, when it still is, and why nothing more came of it.
type Failed = (Option<OwnedMutexGuard<Upload>>, RegistryError);

/// Adds the body to the upload: written and hashed on one thread while the next pieces come in.
async fn receive(
    asked: &Asked<'_>,
    name: &str,
    upload: OwnedMutexGuard<Upload>,
    body: &mut Incoming,
) -> Result<OwnedMutexGuard<Upload>, Failed> {
    let had = upload.bytes();
    let length = match chunk(asked.headers) {
        Chunk::Next => None,
        Chunk::At(first, _) if first != had => {
            let error = RegistryError::out_of_order(location(name, &upload), had);
            return Err((Some(upload), error));
        }
        Chunk::At(_, length) => Some(length),
        Chunk::Unreadable => {
            let message = "Content-Range is not of the form <first>-<last>.";
            return Err((Some(upload), RegistryError::upload_invalid(message)));
        }
    };
    let Ok(_turn) = asked.shared.limits.uploads.acquire().await else {
        return Err((Some(upload), RegistryError::server(&"uploads are closed")));
    };
    body.begin();
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(PIECES_WAITING);
    let writer = tokio::task::spawn_blocking(move || {
        let mut upload = upload;
        let written = upload.append(|| receiver.blocking_recv());
        (upload, written)
    });
    let received = loop {
        match body.next().await {
            Ok(Some(piece)) => {
                if sender.send(piece).await.is_err() {
                    // The disk refused; the writer says how.
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(sender);
    let (mut upload, written) = match writer.await {
        Ok(done) => done,
        Err(error) => return Err((None, RegistryError::server(&error))),
    };
    if let Err(error) = written {
        if is_full(&error) {
            // What it has would only keep others from their room.
            let store = asked.shared.store.clone();
            drop(blocking(move || store.cancel_upload(&upload)).await);
            return Err((None, RegistryError::full()));
        }
        let error = match error.kind() {
            std::io::ErrorKind::NotFound => RegistryError::upload_unknown(),
            _ => RegistryError::server(&error),
        };
        return Err((Some(upload), error));
    }
    if let Err(error) = received {
        return Err((Some(upload), error));
    }
    if length.is_some_and(|length| length != upload.bytes() - had) {
        let got = upload.bytes() - had;
        let undone = blocking(move || upload.truncate(had).map(|()| upload)).await;
        let upload = undone.ok().and_then(Result::ok);
        let message = format!("The chunk has {got} bytes, which is not what its Content-Range says.");
        return Err((upload, RegistryError::size_invalid(message)));
    }
    Ok(upload)
}

async fn finish(
    asked: &Asked<'_>,
    name: &str,
    mut upload: OwnedMutexGuard<Upload>,
    digest: Digest,
) -> Result<Response, RegistryError> {
    let (store, wanted) = (asked.shared.store.clone(), digest.clone());
    let done: Result<(), StoreError> = blocking(move || store.finish_upload(&mut upload, &wanted)).await?;
    done.map_err(|error| RegistryError::store(error, name))?;
    created(name, &digest)
}

fn location(name: &str, upload: &Upload) -> String {
    format!("/v2/{name}/blobs/uploads/{}", upload.id())
}

fn progress(name: &str, upload: &Upload, status: StatusCode) -> Result<Response, RegistryError> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&location(name, upload))?);
    headers.insert(header::RANGE, header_value(&held(upload.bytes()))?);
    headers.insert("docker-upload-uuid", header_value(upload.id())?);
    Ok(response)
}

fn created(name: &str, digest: &Digest) -> Result<Response, RegistryError> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&format!("/v2/{name}/blobs/{digest}"))?);
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    Ok(response)
}
