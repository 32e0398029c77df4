//! What the path and the query of a registry request name. Pure.

use crate::text::percent_encode;

/// A place below `/v2/`. Names and references are decoded, and not yet known to be valid.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// `/v2/`
    Root,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<name>/manifests/<tag or digest>`
    Manifest(String, String),
    /// `/v2/<name>/blobs/<digest>`
    Blob(String, String),
    /// `/v2/<name>/blobs/uploads/`
    NewUpload(String),
    /// `/v2/<name>/blobs/uploads/<id>`
    Upload(String, String),
    /// `/v2/<name>/tags/list`
    Tags(String),
    /// `/v2/<name>/referrers/<digest>`
    Referrers(String, String),
}

impl Place {
    /// Repository names have any number of parts, so the path is read from its end. Each part is decoded
    /// by itself: an encoded `/` or `.` leads nowhere that a plain one does not.
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v2")?;
        if matches!(path, "" | "/") {
            return Some(Self::Root);
        }
        let parts: Vec<String> = path.strip_prefix('/')?.split('/').map(part).collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let name = |parts: &[&str]| (!parts.is_empty()).then(|| parts.join("/"));
        match parts.as_slice() {
            ["_catalog"] => Some(Self::Catalog),
            [before @ .., "tags", "list"] => name(before).map(Self::Tags),
            [before @ .., "blobs", "uploads"] | [before @ .., "blobs", "uploads", ""] => {
                name(before).map(Self::NewUpload)
            }
            [.., ""] => None,
            [before @ .., "blobs", "uploads", id] => {
                name(before).map(|name| Self::Upload(name, (*id).into()))
            }
            [before @ .., "blobs", digest] => name(before).map(|name| Self::Blob(name, (*digest).into())),
            [before @ .., "manifests", reference] => {
                name(before).map(|name| Self::Manifest(name, (*reference).into()))
            }
            [before @ .., "referrers", digest] => {
                name(before).map(|name| Self::Referrers(name, (*digest).into()))
            }
            _ => None,
        }
    }

    /// The repository it is in.
    pub fn repository(&self) -> Option<&str> {
        match self {
            Self::Root | Self::Catalog => None,
            Self::Manifest(name, _)
            | Self::Blob(name, _)
            | Self::Upload(name, _)
            | Self::Referrers(name, _) => Some(name),
            Self::NewUpload(name) | Self::Tags(name) => Some(name),
        }
    }
}

/// A decoded part of a path, when nothing in it could be taken for more than one part.
fn part(text: &str) -> Option<String> {
    let decoded = decode(text, false)?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '\\' | '%');
    decoded.chars().all(plain).then_some(decoded)
}

/// The pairs of a query, decoded. `None` when one cannot be.
pub fn query(text: &str) -> Option<Query> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(key, true)?, decode(value, true)?))
    });
    pairs.collect::<Option<_>>().map(Query)
}

/// A decoded query.
#[derive(Debug, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// All values of `key`.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

/// Percent-decodes. `None` for what is no encoding, or no UTF-8.
fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
                u8::try_from(value).ok()?
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// Percent-encodes a query value.
pub fn encode(text: &str) -> String {
    percent_encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_its_end_because_names_have_any_depth() {
        let two = |make: fn(String, String) -> Place, a: &str, b: &str| Some(make(a.into(), b.into()));
        for (path, place) in [
            ("/v2", Some(Place::Root)),
            ("/v2/", Some(Place::Root)),
            ("/v2/_catalog", Some(Place::Catalog)),
            ("/v2/a/b/manifests/v1", two(Place::Manifest, "a/b", "v1")),
            ("/v2/ab/blobs/sha256:0", two(Place::Blob, "ab", "sha256:0")),
            ("/v2/ab/blobs/sha256%3A0", two(Place::Blob, "ab", "sha256:0")),
            ("/v2/a/blobs/uploads/", Some(Place::NewUpload("a".into()))),
            ("/v2/a/blobs/uploads", Some(Place::NewUpload("a".into()))),
            ("/v2/a/blobs/uploads/7", two(Place::Upload, "a", "7")),
            ("/v2/blobs/tags/list", Some(Place::Tags("blobs".into()))),
            ("/v2/tags/list/manifests/tags", two(Place::Manifest, "tags/list", "tags")),
            ("/v2/1/2/3/4/5/6/7/8/referrers/sha256:0", two(Place::Referrers, "1/2/3/4/5/6/7/8", "sha256:0")),
        ] {
            assert_eq!(Place::parse(path), place, "{path}");
        }
    }

    #[test]
    fn what_names_nothing_or_could_lead_elsewhere_is_no_place() {
        for path in [
            "/v2/a",
            "/v1/",
            "/v2a",
            "/v2/a/tags",
            "/v2/tags/list",
            "/v2/manifests/v1",
            "/v2/a/manifests/",
            "/v2/a/blobs/",
            "/v2/a%2Fb/manifests/v1",
            "/v2/a/manifests/..%2f..%2fx",
            "/v2/a/manifests/%252e",
            "/v2/a/manifests/%5c",
            "/v2/a/manifests/%00",
            "/v2/a/manifests/%zz",
            "/v2/a/manifests/%4",
            "/v2/a/manifests/%ff",
            "/v2/a/manifests/v1/",
        ] {
            assert_eq!(Place::parse(path), None, "{path}");
        }
        // A place, but with a name that no repository has.
        assert_eq!(Place::parse("/v2/%2e%2e/x/tags/list"), Some(Place::Tags("../x".into())));
    }

    #[test]
    fn queries_are_decoded() {
        let found = query("digest=sha256%3Aab&tag=a+b&&y&tag=c%2B").unwrap();
        assert_eq!(
            (found.get("digest"), found.get("y"), found.get("z")),
            (Some("sha256:ab"), Some(""), None)
        );
        assert_eq!(found.all("tag").collect::<Vec<_>>(), ["a b", "c+"]);
        assert_eq!(query("a=%f"), None);
        assert_eq!(query(&format!("k={}", encode("a/b+c é"))).unwrap().get("k"), Some("a/b+c é"));
    }
}
