//! An image of 2 GB: what reading it takes of memory and of the disk.

use super::support::{self, Home, PROGRAM};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const LAYERS: u64 = 4;
/// Of each layer: small files, and large ones of zeros.
const SMALL: u64 = 4_000;
const LARGE: u64 = 8;
const LARGE_BYTES: u64 = 64 * 1024 * 1024;

/// What it may take.
const MOST_MEMORY: u64 = 200_000_000;
const MOST_WRITTEN: u64 = 8_000_000;

/// A file whose zeros are holes, and the digest of what went into it since it was asked last.
struct Sparse {
    file: File,
    digest: Sha256,
}

impl Sparse {
    fn put(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.file.write_all(bytes).unwrap();
    }

    fn zeros(&mut self, count: u64) {
        static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        let mut left = count;
        while left > 0 {
            let part = left.min(ZEROS.len() as u64);
            self.digest.update(&ZEROS[..part as usize]);
            left -= part;
        }
        self.file.seek(SeekFrom::Current(i64::try_from(count).unwrap())).unwrap();
    }

    fn header(&mut self, path: &str, size: u64) {
        let mut header = tar::Header::new_gnu();
        header.set_path(path).unwrap();
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        self.put(header.as_bytes());
    }

    fn file(&mut self, path: &str, content: &[u8]) {
        self.header(path, content.len() as u64);
        self.put(content);
        self.zeros((content.len() as u64).wrapping_neg() % 512);
    }

    fn since(&mut self) -> String {
        format!("sha256:{:x}", std::mem::take(&mut self.digest).finalize())
    }
}

/// As `docker save` wrote it until Docker 24: 2 GB that take a few megabytes of the disk.
fn archive(path: &Path) -> u64 {
    let mut out = Sparse { file: File::create(path).unwrap(), digest: Sha256::new() };
    let (mut diff_ids, mut paths) = (Vec::new(), Vec::new());
    for layer in 0..LAYERS {
        let size = SMALL * 1024 + LARGE * (512 + LARGE_BYTES) + 1024;
        let path = format!("{layer:064}/layer.tar");
        out.header(&path, size);
        out.since();
        for at in 0..SMALL {
            // Half of them are in every layer.
            let of = if at % 2 == 0 { layer } else { 0 };
            out.file(
                &format!("usr/share/package-{at}/of-{of}/a-file-with-a-name"),
                format!("{layer}").as_bytes(),
            );
        }
        for at in 0..LARGE {
            out.header(&format!("data/of-{layer}/large-{at}"), LARGE_BYTES);
            out.zeros(LARGE_BYTES);
        }
        out.zeros(1024);
        diff_ids.push(out.since());
        paths.push(path);
    }
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    out.file("config.json", config.to_string().as_bytes());
    let manifest = serde_json::json!([{"Config": "config.json", "RepoTags": ["large:1"], "Layers": paths}]);
    out.file("manifest.json", manifest.to_string().as_bytes());
    out.zeros(1024);
    let length = out.file.stream_position().unwrap();
    out.file.set_len(length).unwrap();
    length
}

/// A number that the kernel keeps of a process.
fn kept(process: u32, file: &str, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Reads the image to its end. Its list of files is longer than a pipe holds: once the first of it comes,
/// all is read and known, and the program waits to be heard.
fn read(home: &Home, argument: &str, input: Stdio) -> (Value, u64, u64) {
    let mut command = Command::new(PROGRAM);
    command.args(["image", argument, "--files", "--format", "json"]);
    command.env_clear().envs(home.env()).env("TMPDIR", home.path()).stdin(input).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut told = vec![0];
    out.read_exact(&mut told).unwrap();
    let memory = kept(child.id(), "status", "VmHWM:") * 1024;
    let written = kept(child.id(), "io", "wchar:");
    out.read_to_end(&mut told).unwrap();
    assert!(child.wait().unwrap().success());
    (serde_json::from_slice(&told).unwrap(), memory, written)
}

#[test]
fn an_image_of_two_gigabytes_takes_little_memory_and_is_not_unpacked() {
    if support::in_turn() {
        return; // It needs no engine.
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tar");
    let length = archive(&path);
    assert!(length > 2_000_000_000, "{length}");
    let by_name = path.to_str().unwrap();
    let (from_file, streamed) = std::thread::scope(|scope| {
        let one = scope.spawn(|| read(&Home::new(), by_name, Stdio::null()));
        let other = scope.spawn(|| read(&Home::new(), "-", File::open(&path).unwrap().into()));
        (one.join().unwrap(), other.join().unwrap())
    });
    for (how, (told, memory, written)) in [("from a file", from_file), ("streamed", streamed)] {
        println!("{how}: {memory} bytes of memory, {written} written");
        assert_eq!(told["size_bytes"], LAYERS * (SMALL + LARGE * LARGE_BYTES), "{how}");
        let layers = told["layers"].as_array().unwrap();
        let files: usize = layers.iter().map(|layer| layer["files"].as_array().unwrap().len()).sum();
        assert!(files as u64 > LAYERS * (SMALL / 2 + LARGE), "{how}: {files}");
        assert!(memory < MOST_MEMORY, "{how}: {memory} bytes of memory");
        assert!(written < MOST_WRITTEN, "{how}: {written} bytes written");
    }
}
