//! The data plane: OCI Distribution 1.1 below `/v2/`, with ECR's own behaviour inside it.
//!
//! | file | owns |
//! | --- | --- |
//! | `place.rs` | paths and queries |
//! | `range.rs` | ranges, conditions, chunks |
//! | `body.rs` | bodies in and out, piece by piece |
//! | `manifests.rs`, `blobs.rs`, `uploads.rs`, `lists.rs` | what is done there |
//! | `error.rs` | what is answered when it is not |

mod blobs;
mod body;
mod error;
mod lists;
mod manifests;
mod place;
mod range;
mod uploads;

use super::store::{Digest, KEPT_WHEN_FULL, is_oci_name};
use super::tokens::Verdict;
use super::{Moment, Shared, hooks};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use body::Incoming;
use error::RegistryError;
use place::{Place, Query};

/// What is done at once at most; the rest waits. Each of them holds some memory.
#[derive(Debug)]
pub(super) struct Limits {
    uploads: tokio::sync::Semaphore,
    manifests: tokio::sync::Semaphore,
}

impl Default for Limits {
    fn default() -> Self {
        Self { uploads: tokio::sync::Semaphore::new(32), manifests: tokio::sync::Semaphore::new(8) }
    }
}

/// A request that may be answered.
struct Asked<'a> {
    shared: &'a Shared,
    method: &'a Method,
    headers: &'a HeaderMap,
    query: &'a Query,
}

impl Asked<'_> {
    /// What time it is.
    fn now(&self) -> Moment {
        self.shared.moment()
    }

    /// Whether `action` is allowed on the repository.
    fn may(&self, action: &'static str, repository: &str) -> Result<(), RegistryError> {
        hooks::denial(self.shared, action, repository).map_or(Ok(()), |why| Err(RegistryError::denied(why)))
    }
}

/// Any request below `/v2/`.
pub(super) async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut body = Incoming::new(body, shared.patience);
    let answered = answer(&shared, &head, &mut body).await;
    let mut response = match answered {
        Ok(response) => response,
        Err(error) => {
            if error.is_full() {
                let store = shared.store.clone();
                let freed = blocking(move || store.collect(KEPT_WHEN_FULL)).await;
                tracing::warn!(bytes = freed.unwrap_or_default(), "the disk is full; this much was freed");
            }
            // A client that waits for "100 Continue" has not begun to send.
            if !head.headers.contains_key(header::EXPECT) {
                body.drop_rest().await;
            }
            error.into_response()
        }
    };
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert("docker-distribution-api-version", version);
    response
}

async fn answer(
    shared: &Shared,
    head: &axum::http::request::Parts,
    body: &mut Incoming,
) -> Result<Response, RegistryError> {
    let shown = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match shared.tokens.verify(shown, shared.now()) {
        Verdict::Good => {}
        Verdict::Expired => return Err(RegistryError::expired()),
        Verdict::Unknown => return Err(RegistryError::unauthorized(&shared.registry())),
    }
    let place = Place::parse(head.uri.path())
        .ok_or_else(|| RegistryError::name_invalid("The path names nothing in a registry."))?;
    let query = place::query(head.uri.query().unwrap_or_default())
        .ok_or_else(|| RegistryError::query_invalid("The query is not properly percent-encoded."))?;
    let (method, headers) = (&head.method, &head.headers);
    if let Some(name) = place.repository() {
        if !is_oci_name(name) {
            return Err(RegistryError::name_invalid(format!("'{name}' is no repository name.")));
        }
        let pushes = matches!(
            (method, &place),
            (&Method::POST, Place::NewUpload(_)) | (&Method::PUT, Place::Manifest(..))
        );
        known(shared, name, pushes).await?;
    }
    let asked = Asked { shared, method, headers, query: &query };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match (method, &place) {
        (_, Place::Root) if reads => Ok(axum::Json(serde_json::json!({})).into_response()),
        (_, Place::Catalog) if reads => lists::catalog(&asked),
        (_, Place::Tags(name)) if reads => lists::tags(&asked, name),
        (_, Place::Referrers(name, digest)) if reads => lists::referrers(&asked, name, digest).await,
        (_, Place::Manifest(name, reference)) if reads => manifests::get(&asked, name, reference).await,
        (&Method::PUT, Place::Manifest(name, reference)) => {
            manifests::put(&asked, name, reference, body).await
        }
        (&Method::DELETE, Place::Manifest(name, reference)) => {
            manifests::delete(&asked, name, reference).await
        }
        (_, Place::Blob(name, digest)) if reads => blobs::get(&asked, name, digest).await,
        (&Method::DELETE, Place::Blob(name, digest)) => blobs::delete(&asked, name, digest).await,
        (&Method::POST, Place::NewUpload(name)) => uploads::start(&asked, name, body).await,
        (_, Place::Upload(name, id)) if reads => uploads::status(&asked, name, id).await,
        (&Method::PATCH, Place::Upload(name, id)) => uploads::append(&asked, name, id, body).await,
        (&Method::PUT, Place::Upload(name, id)) => uploads::close(&asked, name, id, body).await,
        (&Method::DELETE, Place::Upload(name, id)) => uploads::cancel(&asked, name, id).await,
        _ => Err(RegistryError::unsupported()),
    }
}

/// That a repository is there. Only a push may make one, and only when a creation template says so.
async fn known(shared: &Shared, name: &str, pushes: bool) -> Result<(), RegistryError> {
    let there = |shared: &Shared| shared.store.read(name, |_| ()).is_ok();
    if there(shared) {
        return Ok(());
    }
    if pushes {
        let (owned, wanted) = (shared.clone(), name.to_owned());
        if blocking(move || hooks::create_on_push(&owned, &wanted)).await? {
            return Ok(());
        }
    }
    Err(RegistryError::name_unknown(name))
}

/// Runs `work`, which touches the disk, off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RegistryError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| RegistryError::server(&error))
}

fn header_value(text: &str) -> Result<HeaderValue, RegistryError> {
    HeaderValue::from_str(text).map_err(|error| RegistryError::server(&error))
}

/// The entity tag of content: it is its digest, and never changes.
fn tag_of(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}
