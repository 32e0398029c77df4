//! Images made in memory for tests, by another tar writer than the reader under test.

use sha2::{Digest, Sha256};
use std::io::Write;

/// Something a layer holds.
#[derive(Debug, Clone)]
pub enum Put<'a> {
    /// A file, 0644.
    File(&'a str, &'a [u8]),
    /// A file with these permission bits.
    Mode(&'a str, u32, &'a [u8]),
    /// A folder with these permission bits.
    Dir(&'a str, u32),
    /// A symbolic link and its target.
    Symlink(&'a str, &'a str),
    /// Another name of a file.
    Hardlink(&'a str, &'a str),
    /// That a path is gone.
    Gone(&'a str),
    /// That a folder hides what was in it.
    Opaque(&'a str),
}
pub use Put::*;

/// The archive of a layer.
pub fn layer_tar(puts: &[Put<'_>]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for put in puts {
        let mut header = ::tar::Header::new_gnu();
        header.set_mtime(1_700_000_000);
        header.set_size(0);
        let (path, mode, kind, data): (String, u32, ::tar::EntryType, &[u8]) = match put {
            File(path, data) => (path.to_string(), 0o644, ::tar::EntryType::Regular, data),
            Mode(path, mode, data) => (path.to_string(), *mode, ::tar::EntryType::Regular, data),
            Dir(path, mode) => (format!("{path}/"), *mode, ::tar::EntryType::Directory, &[]),
            Gone(path) => (whiteout(path), 0, ::tar::EntryType::Regular, &[]),
            Opaque(path) => (format!("{path}/.wh..wh..opq"), 0, ::tar::EntryType::Regular, &[]),
            Symlink(path, target) | Hardlink(path, target) => {
                let hard = matches!(put, Hardlink(..));
                header.set_entry_type(if hard { ::tar::EntryType::Link } else { ::tar::EntryType::Symlink });
                header.set_mode(0o777);
                builder.append_link(&mut header, path, target).unwrap();
                continue;
            }
        };
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(data.len() as u64);
        builder.append_data(&mut header, path, data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn whiteout(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/.wh.{name}"),
        None => format!(".wh.{path}"),
    }
}

/// `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// A configuration for these layers, each with its instruction.
pub fn config(layers: &[Vec<u8>], made_by: &[&str]) -> Vec<u8> {
    let history: Vec<_> = made_by
        .iter()
        .map(|line| serde_json::json!({"created_by": line, "empty_layer": line.starts_with("ENV")}))
        .collect();
    let json = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-02T03:04:05Z",
        "config": {
            "User": "app",
            "Env": ["PATH=/bin", "API_TOKEN=abc"],
            "Cmd": ["python", "main.py"],
            "ExposedPorts": {"8000/tcp": {}},
            "Labels": {"a": "b"},
        },
        "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| digest(layer)).collect::<Vec<_>>()},
        "history": history,
    });
    json.to_string().into_bytes()
}

/// A tar of these files.
pub fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let puts: Vec<Put<'_>> = files.iter().map(|(path, data)| File(path, data)).collect();
    layer_tar(&puts)
}

/// As `docker save` wrote it until Docker 24.
pub fn docker_old(layers: &[Vec<u8>], made_by: &[&str]) -> Vec<u8> {
    let config = config(layers, made_by);
    let paths: Vec<String> = (0..layers.len()).map(|at| format!("{at:064}/layer.tar")).collect();
    let name = format!("{}.json", &digest(&config)[7..]);
    let manifest = serde_json::json!([{"Config": name, "RepoTags": ["app:1"], "Layers": paths}]);
    let mut files = vec![(name, config)];
    files.extend(paths.iter().cloned().zip(layers.iter().cloned()));
    files.push(("manifest.json".into(), manifest.to_string().into_bytes()));
    files.push(("repositories".into(), b"{}".to_vec()));
    tar_of(&files)
}

/// How a layer is packed.
pub type Pack = fn(&[u8]) -> Vec<u8>;

/// As it is.
pub fn plain(layer: &[u8]) -> Vec<u8> {
    layer.to_vec()
}

/// gzip, in two members as pigz and eStargz write.
pub fn gzip(layer: &[u8]) -> Vec<u8> {
    let (one, two) = layer.split_at(layer.len() / 2);
    let mut out = Vec::new();
    for part in [one, two] {
        let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap();
    }
    out
}

/// zstd, in two frames.
pub fn zstd(layer: &[u8]) -> Vec<u8> {
    let (one, two) = layer.split_at(layer.len() / 2);
    [::zstd::encode_all(one, 1).unwrap(), ::zstd::encode_all(two, 1).unwrap()].concat()
}

/// The files of an OCI layout, an attestation beside the image; with Docker's manifest too when asked.
pub fn oci(layers: &[Vec<u8>], made_by: &[&str], pack: Pack, docker: bool) -> Vec<(String, Vec<u8>)> {
    let config = config(layers, made_by);
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", &digest(bytes)[7..]);
    let packed: Vec<Vec<u8>> = layers.iter().map(|layer| pack(layer)).collect();
    let descriptor = |bytes: &[u8]| serde_json::json!({"digest": digest(bytes), "size": bytes.len()});
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "config": descriptor(&config),
        "layers": packed.iter().map(|layer| descriptor(layer)).collect::<Vec<_>>(),
    })
    .to_string()
    .into_bytes();
    let mut one = descriptor(&manifest);
    one["platform"] = serde_json::json!({"os": "linux", "architecture": "amd64"});
    let inner = serde_json::json!({"manifests": [
        {"digest": digest(b"att"), "platform": {"os": "unknown", "architecture": "unknown"},
         "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {"digest": digest(b"not here"), "platform": {"os": "linux", "architecture": "arm64"}},
        one,
    ]})
    .to_string()
    .into_bytes();
    let mut outer = descriptor(&inner);
    outer["annotations"] = serde_json::json!({"io.containerd.image.name": "docker.io/library/app:1"});
    let index = serde_json::json!({"schemaVersion": 2, "manifests": [outer]});
    let mut files = vec![("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    files.extend([&config, &manifest, &inner].map(|bytes| (blob(bytes), bytes.clone())));
    files.extend(packed.iter().map(|layer| (blob(layer), layer.clone())));
    files.push(("index.json".into(), index.to_string().into_bytes()));
    if docker {
        let paths: Vec<String> = packed.iter().map(|layer| blob(layer)).collect();
        let json = serde_json::json!([{"Config": blob(&config), "RepoTags": ["app:1"], "Layers": paths}]);
        files.push(("manifest.json".into(), json.to_string().into_bytes()));
    }
    files
}

/// The image of these layers, understood.
pub fn explored(layers: &[&[Put<'_>]]) -> super::explore::Explored {
    let tars: Vec<Vec<u8>> = layers.iter().map(|puts| layer_tar(puts)).collect();
    let made: Vec<String> =
        (0..layers.len()).map(|at| format!("RUN /bin/sh -c step {at} # buildkit")).collect();
    let made: Vec<&str> = made.iter().map(String::as_str).collect();
    let mut streamed = super::archive::stream(&docker_old(&tars, &made)[..], true).unwrap();
    let image = super::archive::assemble(&mut streamed, &Default::default()).unwrap();
    super::explore::Explored::new("app:1", "sha256:id", image).unwrap()
}
