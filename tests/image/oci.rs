//! Archives with an OCI layout, as builders write them for several platforms.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// A tar of these files.
pub fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

/// How a layer is packed: the end of its media type, and the packer.
pub type Pack = (&'static str, fn(&[u8]) -> Vec<u8>);

pub const GZIP: Pack = ("tar+gzip", |layer| {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(layer).unwrap();
    encoder.finish().unwrap()
});

pub const ZSTD: Pack = ("tar+zstd", |layer| zstd::encode_all(layer, 1).unwrap());

/// The blobs of a layout.
#[derive(Default)]
pub struct Layout(BTreeMap<String, Vec<u8>>);

impl Layout {
    fn put(&mut self, kind: &str, bytes: Vec<u8>) -> Value {
        let descriptor = json!({"mediaType": format!("application/vnd.{kind}"), "digest": digest(&bytes), "size": bytes.len()});
        self.0.insert(digest(&bytes), bytes);
        descriptor
    }

    /// An image for linux on `architecture`; answers with its descriptor.
    pub fn image(&mut self, architecture: &str, layers: &[Vec<u8>], pack: Pack) -> Value {
        let diff_ids: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
        let history: Vec<Value> = (0..layers.len())
            .map(|at| json!({"created_by": format!("RUN /bin/sh -c step {at} # buildkit")}))
            .collect();
        let config = json!({
            "architecture": architecture, "os": "linux", "config": {"Cmd": ["/x"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
        });
        let config = self.put("oci.image.config.v1+json", config.to_string().into_bytes());
        let packed: Vec<Value> = layers
            .iter()
            .map(|layer| self.put(&format!("oci.image.layer.v1.{}", pack.0), pack.1(layer)))
            .collect();
        let mut image = self.manifest(&config, &packed);
        image["platform"] = json!({"os": "linux", "architecture": architecture});
        image
    }

    fn manifest(&mut self, config: &Value, layers: &[Value]) -> Value {
        let kind = "oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": format!("application/vnd.{kind}"), "config": config, "layers": layers,
        });
        self.put(kind, manifest.to_string().into_bytes())
    }

    /// What a builder attests of `image`.
    pub fn attestation(&mut self, image: &Value) -> Value {
        let config = json!({"architecture": "unknown", "os": "unknown", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(b"statement")]}});
        let config = self.put("oci.image.config.v1+json", config.to_string().into_bytes());
        let statement =
            self.put("in-toto+json", br#"{"_type":"https://in-toto.io/Statement/v0.1"}"#.to_vec());
        let mut attestation = self.manifest(&config, &[statement]);
        attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
        attestation["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"],
        });
        attestation
    }

    /// The archive, whose image `name` is for all the platforms of `manifests`.
    pub fn archive(mut self, name: &str, manifests: &[Value]) -> Vec<u8> {
        let kind = "oci.image.index.v1+json";
        let index = |manifests: &[Value]| {
            json!({"schemaVersion": 2, "mediaType": format!("application/vnd.{kind}"), "manifests": manifests})
                .to_string()
                .into_bytes()
        };
        let mut inner = self.put(kind, index(manifests));
        inner["annotations"] = json!({
            "io.containerd.image.name": format!("docker.io/library/{name}"),
            "org.opencontainers.image.ref.name": name.split(':').next_back(),
        });
        let mut files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
        files.extend(
            self.0.into_iter().map(|(digest, bytes)| (format!("blobs/sha256/{}", &digest[7..]), bytes)),
        );
        files.push(("index.json".to_owned(), index(&[inner])));
        tar(&files)
    }
}
