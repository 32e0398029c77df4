//! Bundles without images: what was packed comes out again, and nothing hostile does.

use super::*;
use crate::course::{Source, embedded};
use crate::workshop::needs::Needs;
use crate::workshop::plan::Plan;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use tokio_util::sync::CancellationToken;

fn packing(output: PathBuf) -> Packing {
    let plan = Plan::of(embedded()).to_yaml();
    Packing { plan, needs: Needs::default(), source: Source::Embedded, output }
}

async fn packed(output: &Path) -> Manifest {
    pack(packing(output.to_owned()), None, &CancellationToken::new(), |_| {}).await.unwrap()
}

fn refusal(bundle: &Path, folder: &Path) -> String {
    let before = names(folder);
    let refused = unpack(bundle, &folder.join("out"), &CancellationToken::new(), |_| {});
    let told = refused.map(|_| ()).unwrap_err().to_string();
    assert_eq!(names(folder), before, "something was left behind");
    told
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut all: Vec<_> = all.map(|name| name.to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_was_packed_comes_out_again_and_two_bundles_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.tar.zst", "a.tar"] {
        let (one, two) = (folder.path().join(name), folder.path().join(format!("b-{name}")));
        let manifest = packed(&one).await;
        // Names differ, contents do not.
        packed(&two).await;
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        let out = folder.path().join(format!("out-{name}"));
        let unpacked = unpack(&one, &out, &CancellationToken::new(), |_| {}).unwrap();
        assert_eq!(unpacked.manifest, manifest);
        assert!(!out.exists(), "nothing has its place before it is loaded");
        load(unpacked, None, &CancellationToken::new(), |_| {}).await.unwrap();
        let course = crate::course::load(&Source::Folder(out.join("course")));
        assert_eq!(course.lessons, embedded().lessons);
        assert_eq!(course.exercises, embedded().exercises);
        assert_eq!(course.problems, []);
        let plan = fs::read_to_string(out.join("workshop.yaml")).unwrap();
        assert_eq!(Plan::read("w", &plan, &course).unwrap(), Plan::of(embedded()));
        assert_eq!(names(&out), ["course", "workshop.yaml"]);
    }
}

#[tokio::test]
async fn nothing_that_is_there_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar");
    packed(&file).await;
    let again = pack(packing(file.clone()), None, &CancellationToken::new(), |_| {}).await;
    assert!(matches!(again, Err(BundleError::There(_))));
    fs::create_dir(folder.path().join("out")).unwrap();
    assert!(refusal(&file, folder.path()).contains("is there already"));
}

#[tokio::test]
async fn who_cancels_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar");
    packed(&file).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let stopped = unpack(&file, &folder.path().join("out"), &cancel, |_| {});
    assert!(matches!(stopped.map(|_| ()), Err(BundleError::Cancelled)));
    assert_eq!(names(folder.path()), ["a.tar"]);
}

#[tokio::test]
async fn a_bundle_needs_an_engine_for_its_images() {
    let folder = tempfile::tempdir().unwrap();
    let mut packing = packing(folder.path().join("a.tar"));
    packing.needs.images.insert("alpine:3.19".into(), Default::default());
    let missing = pack(packing, None, &CancellationToken::new(), |_| {}).await;
    assert!(matches!(missing, Err(BundleError::Missing(names)) if names == ["alpine:3.19"]));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

/// An entry of a bundle that somebody made by hand.
struct Entry {
    path: String,
    kind: tar::EntryType,
    /// What its header says; its bytes are `content`.
    says: u64,
    content: Vec<u8>,
}

fn entry(path: &str, content: &[u8]) -> Entry {
    let kind = tar::EntryType::Regular;
    Entry { path: path.into(), kind, says: content.len() as u64, content: content.to_vec() }
}

/// Writes the entries as they are, whatever a careful writer would say.
fn write(file: &Path, entries: &[Entry]) {
    let mut bytes = Vec::new();
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.set_size(entry.says);
        header.set_mode(0o644);
        header.set_entry_type(entry.kind);
        if entry.kind.is_symlink() || entry.kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&entry.content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    fs::write(file, bytes).unwrap();
}

fn listed(path: &str, content: &[u8]) -> Listed {
    Listed {
        path: path.into(),
        bytes: content.len() as u64,
        sha256: format!("{:x}", Sha256::digest(content)),
    }
}

/// A bundle of a plan and one page, changed by `change` before its manifest is written.
fn forged(file: &Path, change: impl FnOnce(&mut Manifest, &mut Vec<Entry>)) {
    let (plan, page) = (&b"format: 1\n"[..], &b"---\n"[..]);
    let mut manifest = Manifest {
        format: 1,
        program: "0".into(),
        embedded: false,
        platform: String::new(),
        plan: listed("workshop.yaml", plan),
        course: vec![listed("course/lessons/01-a.md", page)],
        images: Vec::new(),
    };
    let mut entries = vec![entry("workshop.yaml", plan), entry("course/lessons/01-a.md", page)];
    change(&mut manifest, &mut entries);
    entries.insert(0, entry("manifest.json", &serde_json::to_vec(&manifest).unwrap()));
    write(file, &entries);
}

#[test]
fn hostile_bundles_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar");
    forged(&file, |_, _| {});
    drop(unpack(&file, &folder.path().join("out"), &CancellationToken::new(), |_| {}).unwrap());
    assert_eq!(names(folder.path()), ["b.tar"]);

    type Change = fn(&mut Manifest, &mut Vec<Entry>);
    let named = |path: &'static str| {
        move |manifest: &mut Manifest, entries: &mut Vec<Entry>| {
            manifest.course[0].path = path.into();
            entries[1].path = path.into();
        }
    };
    for path in [
        "course/lessons/../../../x",
        "/etc/x",
        "../x",
        "course/lessons/a\u{1b}",
        "course/lessons//a",
        "course\\x",
    ] {
        forged(&file, named(path));
        let told = refusal(&file, folder.path());
        assert!(told.contains("leads out of it"), "{path}: {told}");
        assert!(!told.contains('\u{1b}'));
    }
    let cases: [(&str, Change); 13] = [
        ("stands where", |_, entries| entries[1].path = "course/lessons/../../x".into()),
        ("stands where", |_, entries| entries.swap(0, 1)),
        ("is in no list", |_, entries| entries.push(entry("course/lessons/02-b.md", b"x"))),
        ("ends before", |_, entries| drop(entries.pop())),
        ("says it has", |_, entries| entries[1].says = 1 << 40),
        ("is not what the manifest says", |_, entries| entries[1].content = b"+++\n".to_vec()),
        ("no plain file", |_, entries| entries[1].kind = tar::EntryType::Symlink),
        ("no plain file", |_, entries| entries[1].kind = tar::EntryType::Link),
        ("no plain file", |_, entries| entries[1].kind = tar::EntryType::Char),
        ("listed twice", |manifest, _| manifest.course[0].path = "workshop.yaml".into()),
        ("or too large", |manifest, _| manifest.course[0].bytes = 2 << 20),
        ("is larger than", |manifest, _| manifest.course[0].bytes = u64::MAX),
        ("of format 2", |manifest, _| manifest.format = 2),
    ];
    for (why, change) in cases {
        forged(&file, change);
        let told = refusal(&file, folder.path());
        assert!(told.contains(why), "wanted {why:?}: {told}");
    }
    // Its extensions are not read, however long they say they are.
    let long = Entry { kind: tar::EntryType::GNULongName, says: 1 << 50, ..entry("manifest.json", b"x") };
    write(&file, &[long]);
    assert!(refusal(&file, folder.path()).contains("no plain file"));
    for bytes in [&b""[..], b"not a bundle at all", &[0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2], &[0; 4096]] {
        fs::write(&file, bytes).unwrap();
        assert!(refusal(&file, folder.path()).contains("is refused"));
    }
}

#[test]
fn what_does_not_fit_on_the_disk_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar");
    forged(&file, |manifest, entries| {
        manifest.platform = "linux/amd64".into();
        let huge = Listed { bytes: 199 << 30, ..listed("images/001.tar", b"") };
        manifest.images.push(Image { name: "a:1".into(), file: huge });
        entries.push(Entry { says: 199 << 30, ..entry("images/001.tar", b"") });
    });
    let told = refusal(&file, folder.path());
    let here = crate::engine::disk::free_space(folder.path()).unwrap_or(u64::MAX);
    assert!(here > 199 << 30 || told.contains("on the disk of"), "{told}");
}

#[test]
fn an_image_may_take_its_own_name_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("i.tar");
    let manifest = |tags: &str| entry("manifest.json", format!("[{{\"RepoTags\":{tags}}}]").as_bytes());
    for good in [
        vec![manifest("[\"python:3.12\"]")],
        vec![manifest("[\"docker.io/library/python:3.12\"]"), entry("repositories", b"{\"python\":{\"3.12\":\"x\"}}")],
        vec![
            manifest("null"),
            entry("index.json", br#"{"manifests":[{"annotations":{"io.containerd.image.name":"docker.io/library/python:3.12","org.opencontainers.image.ref.name":"3.12"}}]}"#),
        ],
    ] {
        write(&file, &good);
        assert_eq!(image::check(&file, "python:3.12"), Ok(()));
    }
    let link = Entry { kind: tar::EntryType::Symlink, ..entry("manifest.json", b"") };
    for (why, bad) in [
        ("would take the name alpine:3.19", vec![manifest("[\"python:3.12\",\"alpine:3.19\"]")]),
        ("would take the name", vec![manifest("[\"python:3.12\"]"), manifest("[\"alpine:3.19\"]")]),
        (
            "would take the name",
            vec![manifest("null"), entry("./repositories", b"{\"alpine\":{\"3.19\":\"x\"}}")],
        ),
        (
            "would take the name",
            vec![
                manifest("null"),
                entry("index.json", br#"{"manifests":[{"annotations":{"io.containerd.image.name":"a:1"}}]}"#),
            ],
        ),
        ("holds 2 images", vec![entry("manifest.json", b"[{},{}]")]),
        ("holds a link", vec![manifest("null"), link]),
        (
            "holds what an image does not",
            vec![manifest("null"), Entry { kind: tar::EntryType::Char, ..entry("x", b"") }],
        ),
        ("is no image", vec![entry("x", b"")]),
        ("manifest.json", vec![entry("manifest.json", b"{")]),
    ] {
        write(&file, &bad);
        let told = image::check(&file, "python:3.12").unwrap_err();
        assert!(told.contains(why), "wanted {why:?}: {told}");
    }
}
