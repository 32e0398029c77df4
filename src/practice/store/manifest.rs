//! What a manifest says, whatever its kind: OCI image and index, Docker schema 2 and list, or any other
//! JSON document with a media type. Pure.

use super::digest::Digest;
use super::repository::Image;
use crate::practice::Moment;
use base64::Engine as _;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Docker image manifest, version 2, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Layers that may lie elsewhere and are not pushed (OCI image specification, "Non-Distributable Layers",
/// and Docker's foreign layers).
const ELSEWHERE: [&str; 2] =
    ["application/vnd.oci.image.layer.nondistributable.", "application/vnd.docker.image.rootfs.foreign."];

/// A reference to content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Type of what it refers to.
    #[serde(default)]
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    #[serde(default)]
    pub size: u64,
    /// Where else it may be fetched.
    #[serde(default)]
    pub urls: Vec<String>,
    /// The content itself, in base64.
    #[serde(default)]
    data: Option<String>,
}

impl Descriptor {
    /// Whether the content must be in the repository: it is not meant to lie elsewhere, and does not
    /// come along in the manifest.
    pub fn must_be_here(&self) -> bool {
        let elsewhere = ELSEWHERE.iter().any(|kind| self.media_type.starts_with(kind));
        !elsewhere && !self.embedded().is_some_and(|data| self.describes(&data))
    }

    fn embedded(&self) -> Option<Vec<u8>> {
        base64::engine::general_purpose::STANDARD.decode(self.data.as_deref()?).ok()
    }

    fn describes(&self, content: &[u8]) -> bool {
        content.len() as u64 == self.size && Digest::with(self.digest.algorithm(), content) == self.digest
    }
}

/// A manifest, as far as a registry reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its type, without parameters.
    pub media_type: String,
    /// What it says it is.
    pub artifact_type: Option<String>,
    /// Its config.
    pub config: Option<Descriptor>,
    /// Its layers, first to last.
    pub layers: Vec<Descriptor>,
    /// The manifests that an index names.
    pub manifests: Vec<Descriptor>,
    /// The manifest that it is about.
    pub subject: Option<Descriptor>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// A manifest as it is written. What is absent may be `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    media_type: Option<String>,
    artifact_type: Option<String>,
    schema_version: Option<u64>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

impl Manifest {
    /// Reads a manifest that was sent as `content_type`.
    ///
    /// # Errors
    /// In words for whoever pushed it.
    pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(bytes)
            .map_err(|error| format!("The manifest cannot be read: {error}."))?;
        let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let sent = content_type.map(essence).filter(|kind| !matches!(kind.as_str(), "" | "application/json"));
        let said = written.media_type.filter(|kind| !kind.is_empty());
        let media_type = match (said, sent) {
            (Some(said), Some(sent)) if !said.eq_ignore_ascii_case(&sent) => {
                return Err(format!("The manifest says it is '{said}', but was sent as '{sent}'."));
            }
            (Some(said), _) => said,
            (None, Some(sent)) => sent,
            (None, None) if written.manifests.is_some() => OCI_INDEX.to_owned(),
            (None, None) if written.config.is_some() => OCI_MANIFEST.to_owned(),
            (None, None) => return Err("The manifest has no media type.".into()),
        };
        let manifest = Self {
            media_type,
            artifact_type: written.artifact_type.filter(|kind| !kind.is_empty()),
            config: written.config,
            layers: written.layers.unwrap_or_default(),
            manifests: written.manifests.unwrap_or_default(),
            subject: written.subject,
            annotations: written.annotations.unwrap_or_default(),
        };
        manifest.check(written.schema_version)?;
        Ok(manifest)
    }

    /// What its kind asks for.
    fn check(&self, schema_version: Option<u64>) -> Result<(), String> {
        let kind = self.media_type.as_str();
        if matches!(kind, OCI_MANIFEST | OCI_INDEX | DOCKER_MANIFEST | DOCKER_LIST)
            && schema_version.is_some_and(|version| version != 2)
        {
            return Err("The manifest's schemaVersion is not 2.".into());
        }
        match kind {
            OCI_MANIFEST | DOCKER_MANIFEST if self.config.is_none() => {
                Err("The manifest names no config.".into())
            }
            OCI_MANIFEST | DOCKER_MANIFEST if !self.manifests.is_empty() => {
                Err("The manifest of an image names manifests, as only an index does.".into())
            }
            OCI_INDEX | DOCKER_LIST if self.config.is_some() || !self.layers.is_empty() => {
                Err("The index names a config or layers, as only an image does.".into())
            }
            kind if kind.starts_with("application/vnd.docker.distribution.manifest.v1+") => {
                Err("Manifests of schema 1 are not supported.".into())
            }
            _ => Ok(()),
        }
    }

    /// Whether it is a list of others.
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), OCI_INDEX | DOCKER_LIST)
    }

    /// The `artifactType` that a list of referrers gives: its own, else its config's media type; an
    /// index has only its own.
    pub fn listed_type(&self) -> Option<&str> {
        let config = || self.config.as_ref().map(|config| config.media_type.as_str());
        self.artifact_type.as_deref().or_else(config).filter(|kind| !kind.is_empty())
    }

    /// Digests of blobs that must be in the repository.
    pub fn blobs(&self) -> impl Iterator<Item = &Digest> {
        let all = self.config.iter().chain(&self.layers);
        all.filter(|blob| blob.must_be_here()).map(|blob| &blob.digest)
    }

    /// What is kept of it, but its other digest. `children_bytes` are the sizes of the images that an
    /// index names.
    pub fn image(&self, bytes: u64, children_bytes: u64, now: Moment) -> Image {
        let blobs = self.config.iter().chain(&self.layers);
        let own = blobs.fold(0u64, |sum, blob| sum.saturating_add(blob.size));
        Image {
            media_type: self.media_type.clone(),
            artifact_type: self.listed_type().map(str::to_owned),
            config: self.config.as_ref().map(|config| config.digest.clone()),
            layers: self.layers.iter().map(|layer| layer.digest.clone()).collect(),
            children: self.manifests.iter().map(|child| child.digest.clone()).collect(),
            subject: self.subject.as_ref().map(|subject| subject.digest.clone()),
            also: None,
            manifest_bytes: bytes,
            size_bytes: own.saturating_add(children_bytes),
            pushed_at: now,
            pulled_at: None,
            archived_at: None,
            activated_at: None,
            tags: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    fn descriptor(kind: &str, more: &str) -> String {
        format!(r#"{{"mediaType":"{kind}","digest":"{EMPTY}","size":2{more}}}"#)
    }

    #[test]
    fn the_kind_is_what_the_manifest_says_else_what_it_was_sent_as() {
        let config = format!(r#""config":{}"#, descriptor("c", ""));
        let read = |body: &str, kind| Manifest::read(body.as_bytes(), kind);
        let own = read(&format!(r#"{{"mediaType":"{DOCKER_MANIFEST}",{config}}}"#), None).unwrap();
        assert_eq!((own.media_type.as_str(), own.listed_type()), (DOCKER_MANIFEST, Some("c")));
        let sent = read(&format!("{{{config}}}"), Some("Application/vnd.x+json; charset=utf-8")).unwrap();
        assert_eq!(sent.media_type, "application/vnd.x+json");
        assert_eq!(read(&format!("{{{config}}}"), None).unwrap().media_type, OCI_MANIFEST);
        assert_eq!(read(r#"{"manifests":[]}"#, None).unwrap().media_type, OCI_INDEX);
        for (bad, kind, says) in [
            ("{}", None, "no media type"),
            ("[]", Some(OCI_MANIFEST), "cannot be read"),
            ("{}", Some(OCI_MANIFEST), "no config"),
            (r#"{"mediaType":"a/b"}"#, Some("a/c"), "sent as"),
            (r#"{"schemaVersion":1,"manifests":[]}"#, Some(OCI_INDEX), "schemaVersion"),
            ("{}", Some("application/vnd.docker.distribution.manifest.v1+prettyjws"), "schema 1"),
            (r#"{"layers":[{"digest":"sha256:../x"}]}"#, Some(OCI_MANIFEST), "cannot be read"),
        ] {
            let error = read(bad, kind).unwrap_err();
            assert!(error.contains(says), "{bad}: {error}");
        }
    }

    #[test]
    fn blobs_that_lie_elsewhere_or_come_along_need_not_be_here() {
        let here =
            [descriptor("application/vnd.oci.image.layer.v1.tar", ""), descriptor("c", r#","data":"e30""#)];
        let not = [
            descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", r#","urls":["x"]"#),
            descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ""),
            descriptor("c", r#","data":"e30=""#),
        ];
        for (descriptors, must) in [(&here[..], true), (&not[..], false)] {
            for descriptor in descriptors {
                let descriptor: Descriptor = serde_json::from_str(descriptor).unwrap();
                assert_eq!(descriptor.must_be_here(), must, "{descriptor:?}");
            }
        }
    }

    #[test]
    fn sizes_of_a_liar_do_not_overflow() {
        let layer = format!(r#"{{"digest":"{EMPTY}","size":{}}}"#, u64::MAX);
        let body = format!(r#"{{"config":{layer},"layers":[{layer},{layer}]}}"#);
        let manifest = Manifest::read(body.as_bytes(), None).unwrap();
        assert_eq!(manifest.image(1, 5, Moment::default()).size_bytes, u64::MAX);
    }
}
