//! Layers from archives, and kept ones.

use super::*;
use crate::image::fixture::{self, Put};

fn layer(puts: &[Put<'_>]) -> Layer {
    read(&fixture::layer_tar(puts)[..], true).unwrap()
}

fn lines(layer: &Layer) -> Vec<String> {
    let mut lines = Vec::new();
    layer.each(|record| {
        let kind = format!("{:?}", record.kind).replace("Entry(", "").replace(')', "");
        lines.push(format!("{kind} {} {:o} {} {}", record.path, record.mode, record.size, record.link));
    });
    lines
}

#[test]
fn whiteouts_and_opaque_marks_are_told_from_files() {
    let layer = layer(&[
        Put::Dir("etc", 0o755),
        Put::Mode("etc/ssh", 0o4755, b"abc"),
        Put::Gone("etc/old"),
        Put::Gone("top"),
        Put::Opaque("etc/dir"),
        Put::File("etc/.wh..wh.plnk", b"aufs"),
        Put::Hardlink("etc/two", "./etc/ssh"),
        Put::Symlink("etc/three", "../x"),
    ]);
    assert_eq!(
        lines(&layer),
        [
            "Directory etc 755 0 ",
            "File etc/ssh 4755 3 ",
            "Whiteout etc/old 0 0 ",
            "Whiteout top 0 0 ",
            "Opaque etc/dir 0 0 ",
            "Hardlink etc/two 777 0 etc/ssh",
            "Symlink etc/three 777 0 ../x",
        ]
    );
    assert_eq!(layer.bytes, 3);
}

#[test]
fn the_diff_id_is_that_of_the_whole_archive() {
    let mut archive = fixture::layer_tar(&[Put::File("a", b"x")]);
    archive.extend([0; 4096]); // padding behind the end counts too
    assert_eq!(read(&archive[..], true).unwrap().diff_id, Some(fixture::digest(&archive)));
    assert_eq!(read(&archive[..], false).unwrap().diff_id, None);
}

#[test]
fn names_stay_inside_the_root_and_apart() {
    let clean = |raw: &[u8]| {
        let path = clean_path(raw);
        (path.text, path.escapes)
    };
    assert_eq!(clean(b"./usr//bin/./x/"), ("usr/bin/x".into(), false));
    assert_eq!(clean(b"/etc/passwd"), ("etc/passwd".into(), false));
    assert_eq!(clean(b"a/../b"), ("b".into(), false));
    assert_eq!(clean(b"../../etc/passwd"), ("etc/passwd".into(), true));
    assert_eq!(clean(b"a/\xff"), ("a/\\xff".into(), false));
    assert_ne!(clean(b"\xfe"), clean(b"\xff"));
    let escaping = layer(&[]);
    assert_eq!(escaping.count, 0);
}

#[test]
fn a_kept_layer_is_the_same_and_a_damaged_one_none() {
    let kept = layer(&[
        Put::File("a/key", b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo\n"),
        Put::File("a/kez", &[9; 70_000]),
        Put::File("b", b""),
        Put::Gone("c"),
    ]);
    let bytes = kept.to_bytes();
    assert_eq!(Layer::from_bytes(&bytes), Some(kept.clone()));
    let mut signs = Vec::new();
    kept.each(|record| signs.extend(record.signs.secrets()));
    assert_eq!(signs, ["private key"]);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert_eq!(Layer::from_bytes(&damaged), None, "byte {at}");
    }
    assert_eq!(Layer::from_bytes(&[]), None);
}

#[test]
fn negative_times_and_large_owners_survive() {
    let mut writer = Writer::default();
    for mtime in [i64::MIN, -1, 0, 1, i64::MAX] {
        let record = Record {
            path: "é/x",
            kind: Kind::Entry(EntryKind::File),
            mode: 0o7777,
            uid: u32::MAX,
            gid: 0,
            size: u64::MAX,
            mtime,
            digest: [1; 16],
            link: "",
            signs: Signs::default(),
        };
        writer.push(&record).unwrap();
    }
    let mut times = Vec::new();
    writer.layer.each(|record| times.push((record.mtime, record.size, record.path.to_owned())));
    assert_eq!(times.iter().map(|time| time.0).collect::<Vec<_>>(), [i64::MIN, -1, 0, 1, i64::MAX]);
    assert!(times.iter().all(|time| time.1 == u64::MAX && time.2 == "é/x"));
    assert_eq!(writer.layer.bytes, u64::MAX);
}
