//! Images in files and folders; those of the engine are in `tests/image.rs`.

use super::*;
use crate::image::fixture::{self, Put};

fn layers() -> Vec<Vec<u8>> {
    vec![
        fixture::layer_tar(&[Put::File("a", b"12345"), Put::File("d/b", &[7; 100_000])]),
        fixture::layer_tar(&[Put::Gone("a"), Put::Hardlink("c", "d/b"), Put::File("d/b", &[8; 10])]),
    ]
}

const MADE_BY: [&str; 2] = ["ADD rootfs /", "RUN /bin/sh -c rm /a # buildkit"];

fn opener(data: Option<&Path>) -> Opener {
    let cache = data.map_or_else(Cache::none, Cache::of);
    Opener { engine: None, cache, cancel: CancellationToken::new() }
}

fn lay_out(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (path, data) in files {
        let place = folder.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, data).unwrap();
    }
}

async fn open(opener: &Opener, target: &Target) -> Result<Explored, OpenError> {
    opener.open(target, &Choice::default(), |_| {}).await
}

#[test]
fn a_word_is_a_file_a_layout_or_an_image_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("saved");
    fs::write(&archive, b"").unwrap();
    assert_eq!(Target::of(archive.to_str().unwrap()), Target::Archive(archive.clone()));
    assert_eq!(Target::of("-"), Target::Input);
    assert_eq!(Target::of("python:3.12-slim"), Target::Engine("python:3.12-slim".into()));
    assert_eq!(Target::of("127.0.0.1:5000/app"), Target::Engine("127.0.0.1:5000/app".into()));
    assert_eq!(Target::of("docker://app"), Target::Engine("app".into()));
    assert_eq!(Target::of("docker-archive://x.tar"), Target::Archive("x.tar".into()));
    assert_eq!(Target::of("./missing"), Target::Archive("./missing".into()));
    fs::write(folder.path().join("index.json"), b"{}").unwrap();
    assert_eq!(Target::of(folder.path().to_str().unwrap()), Target::Layout(folder.path().into()));
}

#[tokio::test]
async fn archives_and_layouts_are_the_same_image_and_the_second_time_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.tar");
    fs::write(&old, fixture::docker_old(&layers(), &MADE_BY)).unwrap();
    let files = fixture::oci(&layers(), &MADE_BY, fixture::zstd, false);
    let new = folder.path().join("new.tar");
    fs::write(&new, fixture::tar_of(&files)).unwrap();
    let layout = folder.path().join("layout");
    lay_out(&layout, &files);
    let opener = opener(Some(folder.path()));
    let mut seen = Vec::new();
    for target in [Target::Archive(old), Target::Archive(new), Target::Layout(layout)] {
        let first = open(&opener, &target).await.unwrap();
        let bytes = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let counted = std::sync::Arc::clone(&bytes);
        let count = move |read| counted.store(read, std::sync::atomic::Ordering::Relaxed);
        let again = opener.open(&target, &Choice::default(), count).await.unwrap();
        assert_eq!(bytes.load(std::sync::atomic::Ordering::Relaxed), 0, "no layer is read again");
        assert_eq!(first, again);
        seen.push((first.layers, first.waste, first.info.config));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    // `d/b` of the first layer lives on as `c`.
    assert_eq!((seen[0].1.bytes(), seen[0].1.layers_bytes), (100_005, 100_015));
}

#[tokio::test]
async fn a_file_that_changed_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    let opener = opener(Some(folder.path()));
    let target = Target::Archive(path.clone());
    fs::write(&path, fixture::docker_old(&layers(), &MADE_BY)).unwrap();
    assert_eq!(open(&opener, &target).await.unwrap().layers.len(), 2);
    fs::write(&path, fixture::docker_old(&layers()[..1], &MADE_BY[..1])).unwrap();
    assert_eq!(open(&opener, &target).await.unwrap().layers.len(), 1);
}

#[tokio::test]
async fn files_come_out_as_they_are_after_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    fs::write(&path, fixture::docker_old(&layers(), &MADE_BY)).unwrap();
    let opener = opener(None);
    let target = Target::Archive(path);
    let image = open(&opener, &target).await.unwrap();
    let take = async |path: &str, layer, name: &str| {
        let out = folder.path().join(name);
        let size = opener.extract(&target, &image, path, layer, &out).await;
        size.map(|size| (size, fs::read(&out).unwrap())).map_err(|error| with_causes(&error))
    };
    assert_eq!(take("/d/b", None, "1").await, Ok((10, vec![8; 10])));
    assert_eq!(take("d/b", Some(0), "2").await, Ok((100_000, vec![7; 100_000])));
    assert_eq!(take("/a", Some(0), "4").await, Ok((5, b"12345".to_vec())));
    assert_eq!(take("/a", None, "5").await.unwrap_err(), "/a is not there after layer 2; --layer 1 has it");
    assert_eq!(take("/no", None, "5").await.unwrap_err(), "/no is in no layer of this image");
    assert_eq!(take("/d", None, "5").await.unwrap_err(), "/d is no regular file");
    assert_eq!(take("/d/b", Some(7), "5").await.unwrap_err(), "there is no layer 8; the last is 2");
    assert!(!folder.path().join("5").exists());
    // What is there is not written over.
    assert!(take("/d/b", None, "1").await.unwrap_err().starts_with("cannot write "));
    assert_eq!(fs::read(folder.path().join("1")).unwrap(), [8; 10]);
}

#[tokio::test]
async fn what_is_no_image_is_told_and_layouts_lead_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let told = async |target: Target| {
        let error = open(&opener(None), &target).await.unwrap_err();
        let hints = error.hints().len();
        (with_causes(&error).replace(&folder.path().display().to_string(), "DIR"), hints)
    };
    let missing = told(Target::Archive(folder.path().join("no.tar"))).await;
    assert!(
        missing.0.starts_with("DIR/no.tar cannot be read as an image: the image cannot be read: No such")
    );
    fs::write(folder.path().join("text"), [b'x'; 600]).unwrap();
    let text = told(Target::Archive(folder.path().join("text"))).await;
    assert_eq!(
        text.0,
        "DIR/text cannot be read as an image: the archive cannot be read: the header at byte 0 is broken: its checksum is wrong"
    );
    fs::write(folder.path().join("empty.tar"), [0; 1024]).unwrap();
    assert_eq!(told(Target::Archive(folder.path().join("empty.tar"))).await.1, 1);
    // A layout whose blob is a link to somewhere else.
    let files = fixture::oci(&layers(), &MADE_BY, fixture::plain, false);
    let layout = folder.path().join("layout");
    lay_out(&layout, &files);
    let blob = layout.join(&files[4].0);
    fs::rename(&blob, folder.path().join("moved")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("moved"), &blob).unwrap();
    assert!(told(Target::Layout(layout)).await.0.contains("which is not in it"));
}

#[tokio::test]
async fn a_cancelled_reading_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    fs::write(&path, fixture::docker_old(&layers(), &MADE_BY)).unwrap();
    let opener = opener(None);
    opener.cancel.cancel();
    let error = open(&opener, &Target::Archive(path)).await.unwrap_err();
    assert!(matches!(error, OpenError::Cancelled), "{error:?}");
}
