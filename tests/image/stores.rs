//! The engine's other image store, containerd's, and what only it holds: images for several platforms,
//! packed layers, attestations.

use super::oci::{GZIP, Layout, Pack, ZSTD, tar};
use super::support::{self, Home};
use super::{image, json, text};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn the_second_engines_images_tell_the_same() {
    if support::in_turn() {
        return;
    }
    if let Some(other) = support::second_engine() {
        other.once_more(&[]);
    }
}

fn layers(architecture: &str) -> Vec<Vec<u8>> {
    let file = |path: &str, content: &[u8]| (path.to_owned(), content.to_vec());
    vec![
        tar(&[file("etc/os-release", &[b'x'; 5_000]), file("srv/big", &[b'y'; 100_000])]),
        tar(&[file("srv/.wh.big", b""), file("srv/for", architecture.as_bytes())]),
    ]
}

/// An archive for two processors, the one that nobody asks for first, with an attestation.
fn several(name: &str, pack: Pack) -> Vec<u8> {
    let mut layout = Layout::default();
    let arm = layout.image("arm64", &layers("arm64"), pack);
    let amd = layout.image("amd64", &layers("amd64"), pack);
    let attestation = layout.attestation(&amd);
    layout.archive(name, &[arm, amd, attestation])
}

fn files(told: &Value) -> BTreeSet<(u64, String, String, u64)> {
    let layers = told["layers"].as_array().unwrap();
    let of = |layer: &Value| {
        let number = layer["number"].as_u64().unwrap();
        let all = layer["files"].as_array().unwrap().iter();
        let file = |file: &Value| {
            let word = |field: &str| file[field].as_str().unwrap_or_default().to_owned();
            (number, word("path"), word("change"), file["size"].as_u64().unwrap_or(0))
        };
        all.filter(|file| file["kind"] != "directory").map(file).collect::<Vec<_>>()
    };
    layers.iter().flat_map(of).collect()
}

fn is_right(told: &Value, architecture: &str) {
    assert_eq!(told["platform"], format!("linux/{architecture}"));
    let expected: BTreeSet<_> = [
        (1, "/etc/os-release", "added", 5_000),
        (1, "/srv/big", "added", 100_000),
        (2, "/srv/big", "removed", 0),
        (2, "/srv/for", "added", 5),
    ]
    .map(|(layer, path, change, size)| (layer, path.to_owned(), change.to_owned(), size))
    .into();
    assert_eq!(files(told), expected);
    let numbers = ["size_bytes", "merged_bytes", "wasted_bytes"].map(|field| told[field].as_u64().unwrap());
    assert_eq!(numbers, [105_005, 5_005, 100_000]);
    let instructions: Vec<&str> = told["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["instruction"].as_str().unwrap())
        .collect();
    assert_eq!(instructions, ["RUN step 0", "RUN step 1"]);
    let diff_ids: Vec<String> = layers(architecture).iter().map(|layer| super::oci::digest(layer)).collect();
    assert!(
        diff_ids.iter().zip(told["layers"].as_array().unwrap()).all(|(id, layer)| layer["diff_id"] == **id)
    );
}

#[test]
fn an_archive_for_several_platforms_is_read_for_each() {
    if support::in_turn() {
        return; // It needs no engine.
    }
    let home = Home::new();
    for (pack, file) in [(GZIP, "gzip.tar"), (ZSTD, "zstd.tar")] {
        let path = home.write(file, several("several:1", pack));
        let path = path.to_str().unwrap();
        is_right(&json(&home, &[path, "--files"]), "amd64");
        is_right(&json(&home, &[path, "--files", "--platform", "linux/arm64"]), "arm64");
        let other = image(&home, &[path, "--platform", "linux/s390x"]);
        let why = String::from_utf8_lossy(&other.stderr).into_owned();
        assert_eq!(other.status.code(), Some(2), "{why}");
        assert!(why.contains("there are: linux/arm64, linux/amd64"), "{why}");
    }
}

#[test]
fn the_containerd_store_gives_each_platform_of_an_image() {
    // Once is enough: from the first engine's turn.
    let Some(other) = (if support::in_turn() { None } else { support::second_engine() }) else { return };
    let engine = other.engine();
    let home = Home::new();
    let asked = |arguments: &[&str]| {
        let mut all = vec!["image"];
        all.extend(arguments);
        home.command(&all).env("DOCKER_HOST", engine.host()).env_remove("CI").output().unwrap()
    };
    for (pack, word) in [(GZIP, "gzip"), (ZSTD, "zstd")] {
        let name = format!("docker-ecr-tutor-test-{word}-{}:1", std::process::id());
        engine.load(&several(&name, pack));
        let told = |more: &[&str]| -> Value {
            let output = asked(&[&[name.as_str(), "--files", "--format", "json"], more].concat());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice(&output.stdout).unwrap()
        };
        is_right(&told(&[]), "amd64");
        is_right(&told(&["--platform", "linux/arm64"]), "arm64");
        is_right(&told(&["--platform", "linux/arm64", "--no-cache"]), "arm64");
        let to = home.path().join(format!("for-{word}"));
        let out = to.to_str().unwrap();
        let taken = asked(&[&name, "--platform", "linux/arm64", "--extract", "/srv/for", "-o", out]);
        assert!(taken.status.success(), "{}", text(&taken));
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "arm64");
        engine.remove_image(&name);
    }
}
