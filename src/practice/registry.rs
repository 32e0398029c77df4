//! The data plane: OCI Distribution below `/v2/`. Uploads stream to disk and are hashed once complete,
//! so that one may be resumed after anything.

use super::Shared;
use super::error::RegistryError;
use super::store::{Digest, Image, StoreError, is_repository_name, is_tag};
use super::tokens::Verdict;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use sha2::Digest as _;
use std::collections::HashMap;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

/// Largest manifest, as on ECR: 4 MiB.
const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;

/// What a path below `/v2/` names.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Root,
    Manifest(&'a str, &'a str),
    Blob(&'a str, &'a str),
    NewUpload(&'a str),
    Upload(&'a str, &'a str),
    Tags(&'a str),
}

impl<'a> Place<'a> {
    /// Repository names have any number of parts, so the path is read from its end.
    fn parse(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/v2")?;
        if matches!(path, "" | "/") {
            return Some(Self::Root);
        }
        let path = path.strip_prefix('/')?;
        if let Some(name) = path.strip_suffix("/tags/list") {
            return Some(Self::Tags(name));
        }
        if let Some(name) =
            path.strip_suffix("/blobs/uploads/").or_else(|| path.strip_suffix("/blobs/uploads"))
        {
            return Some(Self::NewUpload(name));
        }
        let (rest, last) = path.rsplit_once('/')?;
        if let Some(name) = rest.strip_suffix("/blobs/uploads") {
            return Some(Self::Upload(name, last));
        }
        if let Some(name) = rest.strip_suffix("/blobs") {
            return Some(Self::Blob(name, last));
        }
        rest.strip_suffix("/manifests").map(|name| Self::Manifest(name, last))
    }

    fn repository(&self) -> Option<&'a str> {
        match *self {
            Self::Root => None,
            Self::Manifest(name, _) | Self::Blob(name, _) | Self::Upload(name, _) => Some(name),
            Self::NewUpload(name) | Self::Tags(name) => Some(name),
        }
    }
}

/// Any request below `/v2/`.
pub(super) async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    answer(&shared, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(shared: &Shared, request: Request) -> Result<Response, RegistryError> {
    let (head, body) = request.into_parts();
    let shown = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match shared.tokens.verify(shown, (shared.clock)()) {
        Verdict::Good => {}
        Verdict::Expired => return Err(RegistryError::Expired),
        Verdict::Unknown => return Err(RegistryError::Unauthorized),
    }
    let place = Place::parse(head.uri.path())
        .ok_or_else(|| RegistryError::NameInvalid("The path names nothing in a registry.".into()))?;
    if let Some(name) = place.repository() {
        if !is_repository_name(name) {
            return Err(RegistryError::NameInvalid(format!("'{name}' is no repository name.")));
        }
        if shared.store.repository(name).is_none() {
            return Err(RegistryError::NameUnknown(name.to_owned()));
        }
    }
    let query = query(head.uri.query().unwrap_or(""));
    match (&head.method, place) {
        (&Method::GET | &Method::HEAD, Place::Root) => Ok(with_version(StatusCode::OK.into_response())),
        (&Method::GET | &Method::HEAD, Place::Tags(name)) => tags(shared, name),
        (&Method::GET | &Method::HEAD, Place::Manifest(name, reference)) => {
            get_manifest(shared, name, reference).await
        }
        (&Method::PUT, Place::Manifest(name, reference)) => {
            put_manifest(shared, name, reference, &head.headers, body).await
        }
        (&Method::GET | &Method::HEAD, Place::Blob(name, digest)) => {
            get_blob(shared, name, digest, &head.method).await
        }
        (&Method::POST, Place::NewUpload(name)) => start_upload(shared, name, &query, body).await,
        (&Method::GET, Place::Upload(name, id)) => upload_status(shared, name, id).await,
        (&Method::PATCH, Place::Upload(name, id)) => {
            append(shared, id, expected_start(&head.headers), body).await?;
            upload_status(shared, name, id).await.map(|r| (StatusCode::ACCEPTED, r).into_response())
        }
        (&Method::PUT, Place::Upload(name, id)) => {
            append(shared, id, expected_start(&head.headers), body).await?;
            finish_upload(shared, name, id, query.get("digest").map_or("", String::as_str)).await
        }
        (&Method::DELETE, Place::Upload(_, id)) => {
            let path = shared.store.upload_path(upload_id(id)?);
            tokio::fs::remove_file(path).await.map_err(|_| RegistryError::UploadUnknown)?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Err(RegistryError::Unsupported),
    }
}

fn query(text: &str) -> HashMap<String, String> {
    pairs(text).collect()
}

/// `a=b&c=d`, percent-decoded.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode(key), percent_decode(value))
    })
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = match byte {
            b'%' => {
                let pair: Vec<u8> = bytes.by_ref().take(2).collect();
                std::str::from_utf8(&pair)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    .unwrap_or(b'?')
            }
            b'+' => b' ',
            other => other,
        };
        out.push(decoded);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn with_version(mut response: Response) -> Response {
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert("docker-distribution-api-version", version);
    response
}

fn header_value(text: &str) -> Result<HeaderValue, RegistryError> {
    HeaderValue::from_str(text).map_err(|error| RegistryError::server(&error))
}

/// Runs `work`, which touches the disk, off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RegistryError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| RegistryError::server(&error))
}

fn tags(shared: &Shared, name: &str) -> Result<Response, RegistryError> {
    let state = shared.store.repository(name).ok_or_else(|| RegistryError::NameUnknown(name.into()))?;
    let tags: Vec<&String> = state.tags.keys().collect();
    Ok(axum::Json(serde_json::json!({ "name": name, "tags": tags })).into_response())
}

async fn get_manifest(shared: &Shared, name: &str, reference: &str) -> Result<Response, RegistryError> {
    let missing = || RegistryError::ManifestUnknown(format!("Requested image not found: {name}:{reference}"));
    let state = shared.store.repository(name).ok_or_else(missing)?;
    let digest = state.tags.get(reference).map_or(reference, String::as_str);
    let image = state.images.get(digest).ok_or_else(missing)?;
    let digest = Digest::parse(digest).ok_or_else(missing)?;
    let (store, repository, wanted) = (shared.store.clone(), name.to_owned(), digest.clone());
    let bytes = blocking(move || store.manifest(&repository, &wanted)).await?.ok_or_else(missing)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header_value(&image.media_type)?);
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    Ok(with_version(response))
}

async fn put_manifest(
    shared: &Shared,
    name: &str,
    reference: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, RegistryError> {
    let bytes = axum::body::to_bytes(body, MAX_MANIFEST_BYTES)
        .await
        .map_err(|_| RegistryError::TooLarge("A manifest has at most 4 MiB.".into()))?;
    let digest = Digest::of(&bytes);
    let tag = match Digest::parse(reference) {
        Some(named) if named == digest => None,
        Some(_) => {
            return Err(RegistryError::DigestInvalid("The manifest does not have the digest named.".into()));
        }
        None if is_tag(reference) => Some(reference.to_owned()),
        None => {
            return Err(RegistryError::ManifestInvalid(format!("'{reference}' is neither tag nor digest.")));
        }
    };
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let image = read_manifest(shared, name, &bytes, declared)?;
    let (store, repository, kept) = (shared.store.clone(), name.to_owned(), digest.clone());
    let (wanted, content) = (tag.clone(), bytes.clone());
    blocking(move || store.put_manifest(&repository, &kept, &content, image, wanted.as_deref()))
        .await?
        .map_err(|error| match error {
            StoreError::Immutable => {
                RegistryError::TagImmutable { tag: tag.unwrap_or_default(), repository: name.to_owned() }
            }
            StoreError::NoRepository => RegistryError::NameUnknown(name.to_owned()),
            other => RegistryError::server(&other),
        })?;
    let mut response = StatusCode::CREATED.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&format!("/v2/{name}/manifests/{digest}"))?);
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    Ok(with_version(response))
}

/// What a manifest says of its image. Every blob and manifest it names must be in the repository.
fn read_manifest(
    shared: &Shared,
    name: &str,
    bytes: &[u8],
    declared: Option<&str>,
) -> Result<Image, RegistryError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Descriptor {
        digest: String,
        #[serde(default)]
        size: u64,
        media_type: Option<String>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Manifest {
        media_type: Option<String>,
        config: Option<Descriptor>,
        #[serde(default)]
        layers: Vec<Descriptor>,
        #[serde(default)]
        manifests: Vec<Descriptor>,
    }
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| RegistryError::ManifestInvalid(error.to_string()))?;
    if manifest.config.is_none() && manifest.manifests.is_empty() {
        return Err(RegistryError::ManifestInvalid(
            "The manifest names neither a config nor manifests.".into(),
        ));
    }
    let missing = |what: &str| RegistryError::ManifestInvalid(format!("{what} was not pushed before."));
    for blob in manifest.config.iter().chain(&manifest.layers) {
        let known = Digest::parse(&blob.digest).and_then(|digest| shared.store.blob(name, &digest));
        known.ok_or_else(|| missing(&blob.digest))?;
    }
    let images = shared.store.repository(name).map(|state| state.images).unwrap_or_default();
    if let Some(child) = manifest.manifests.iter().find(|child| !images.contains_key(&child.digest)) {
        return Err(missing(&child.digest));
    }
    let media_type =
        manifest.media_type.as_deref().or(declared).unwrap_or("application/vnd.oci.image.manifest.v1+json");
    Ok(Image {
        media_type: media_type.to_owned(),
        size_bytes: manifest.config.iter().chain(&manifest.layers).map(|blob| blob.size).sum(),
        config_media_type: manifest.config.and_then(|config| config.media_type),
        pushed_at: (shared.clock)(),
    })
}

async fn get_blob(
    shared: &Shared,
    name: &str,
    digest: &str,
    method: &Method,
) -> Result<Response, RegistryError> {
    let unknown = || RegistryError::BlobUnknown(format!("The blob '{digest}' is not in this repository."));
    let digest = Digest::parse(digest).ok_or_else(unknown)?;
    let (path, size) = shared.store.blob(name, &digest).ok_or_else(unknown)?;
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let file = tokio::fs::File::open(path).await.map_err(|_| unknown())?;
        Body::from_stream(tokio_util::io::ReaderStream::with_capacity(file, 256 * 1024))
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, header_value(&size.to_string())?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    Ok(with_version(response))
}

async fn start_upload(
    shared: &Shared,
    name: &str,
    query: &HashMap<String, String>,
    body: Body,
) -> Result<Response, RegistryError> {
    if let (Some(digest), Some(from)) = (query.get("mount").and_then(|d| Digest::parse(d)), query.get("from"))
    {
        let (store, from, to, wanted) = (shared.store.clone(), from.clone(), name.to_owned(), digest.clone());
        let had = blocking(move || {
            is_repository_name(&from) && store.mount_blob(&from, &to, &wanted).unwrap_or(false)
        });
        if had.await? {
            return created(name, &digest);
        }
    }
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| RegistryError::server(&error))?;
    let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = shared.store.upload_path(&id);
    tokio::fs::File::create_new(path).await.map_err(|error| RegistryError::server(&error))?;
    if let Some(digest) = query.get("digest") {
        append(shared, &id, None, body).await?;
        return finish_upload(shared, name, &id, digest).await;
    }
    upload_status(shared, name, &id).await.map(|response| (StatusCode::ACCEPTED, response).into_response())
}

/// `id` itself, when it is one that [`start_upload`] made.
fn upload_id(id: &str) -> Result<&str, RegistryError> {
    let ours = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then_some(id).ok_or(RegistryError::UploadUnknown)
}

async fn upload_status(shared: &Shared, name: &str, id: &str) -> Result<Response, RegistryError> {
    let path = shared.store.upload_path(upload_id(id)?);
    let have = tokio::fs::metadata(path).await.map_err(|_| RegistryError::UploadUnknown)?.len();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&format!("/v2/{name}/blobs/uploads/{id}"))?);
    headers.insert(header::RANGE, header_value(&format!("0-{}", have.saturating_sub(1)))?);
    headers.insert("docker-upload-uuid", header_value(id)?);
    Ok(with_version(response))
}

/// First byte of `Content-Range: 100-199`, when the client says where its chunk belongs.
fn expected_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.trim_start_matches("bytes ").split('-').next()?.parse().ok()
}

/// Adds `body` to the upload, in memory no more than a chunk at a time.
async fn append(shared: &Shared, id: &str, start: Option<u64>, body: Body) -> Result<(), RegistryError> {
    let path = shared.store.upload_path(upload_id(id)?);
    let opened = tokio::fs::OpenOptions::new().write(true).open(path).await;
    let mut file = opened.map_err(|_| RegistryError::UploadUnknown)?;
    let have = file.seek(std::io::SeekFrom::End(0)).await.map_err(|error| RegistryError::server(&error))?;
    if start.is_some_and(|start| start != have) {
        return Err(RegistryError::Range(have));
    }
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        // A client that went away leaves what it sent; it may go on from there.
        let chunk: Bytes = chunk.map_err(|_| RegistryError::UploadUnknown)?;
        file.write_all(&chunk).await.map_err(|error| RegistryError::server(&error))?;
    }
    file.flush().await.map_err(|error| RegistryError::server(&error))
}

async fn finish_upload(
    shared: &Shared,
    name: &str,
    id: &str,
    digest: &str,
) -> Result<Response, RegistryError> {
    let named = Digest::parse(digest)
        .ok_or_else(|| RegistryError::DigestInvalid(format!("'{digest}' is no sha256 digest.")))?;
    let path = shared.store.upload_path(upload_id(id)?);
    let (store, repository, wanted) = (shared.store.clone(), name.to_owned(), named.clone());
    blocking(move || {
        let found = hash_and_sync(&path).map_err(|_| RegistryError::UploadUnknown)?;
        if found != wanted {
            let gone = std::fs::remove_file(&path);
            tracing::debug!(?gone, "upload with another digest dropped");
            let message = format!("The upload has digest {found}, not {wanted}.");
            return Err(RegistryError::DigestInvalid(message));
        }
        store.adopt_blob(&repository, &wanted, &path).map_err(|error| RegistryError::server(&error))
    })
    .await??;
    created(name, &named)
}

/// The file's digest, once its bytes are safe on disk.
fn hash_and_sync(path: &std::path::Path) -> std::io::Result<Digest> {
    let mut file = std::fs::File::open(path)?;
    file.sync_all()?;
    let mut hasher = sha2::Sha256::new();
    std::io::copy(&mut file, &mut hasher)?;
    Ok(Digest::finish(hasher))
}

fn created(name: &str, digest: &Digest) -> Result<Response, RegistryError> {
    let mut response = StatusCode::CREATED.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&format!("/v2/{name}/blobs/{digest}"))?);
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    Ok(with_version(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_its_end_because_names_have_any_depth() {
        assert_eq!(Place::parse("/v2/"), Some(Place::Root));
        assert_eq!(Place::parse("/v2/a/b/manifests/v1"), Some(Place::Manifest("a/b", "v1")));
        assert_eq!(Place::parse("/v2/ab/blobs/sha256:0"), Some(Place::Blob("ab", "sha256:0")));
        assert_eq!(Place::parse("/v2/a/blobs/uploads/"), Some(Place::NewUpload("a")));
        assert_eq!(Place::parse("/v2/a/blobs/uploads/7"), Some(Place::Upload("a", "7")));
        assert_eq!(Place::parse("/v2/blobs/tags/list"), Some(Place::Tags("blobs")));
        assert_eq!(Place::parse("/v2/a"), None);
        assert_eq!(Place::parse("/v1/"), None);
    }

    #[test]
    fn queries_are_decoded() {
        let found = query("digest=sha256%3Aab&x=a+b&&y");
        assert_eq!(found["digest"], "sha256:ab");
        assert_eq!(found["x"], "a b");
        assert_eq!(found["y"], "");
    }
}
