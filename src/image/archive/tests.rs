//! Images as several tools write them, and archives that mean harm.

use super::*;
use crate::image::fixture::{self, Put};
use std::io::Write;

const MADE_BY: [&str; 3] = ["ADD rootfs /", "ENV A=1", "RUN /bin/sh -c rm /b # buildkit"];

fn layers() -> Vec<Vec<u8>> {
    vec![
        fixture::layer_tar(&[Put::File("a", b"12345"), Put::File("b", &[1; 100_000])]),
        fixture::layer_tar(&[Put::Gone("b")]),
    ]
}

fn image(archive: &[u8]) -> Result<Image, ImageError> {
    assemble(&mut stream(archive, true)?, &Choice::default())
}

fn paths(image: &Image) -> Vec<String> {
    let mut paths = Vec::new();
    for layer in &image.layers {
        layer.each(|record| paths.push(format!("{:?} {}", record.kind, record.path)));
    }
    paths
}

#[test]
fn every_form_of_archive_is_the_same_image() {
    let layers = layers();
    let old = image(&fixture::docker_old(&layers, &MADE_BY)).unwrap();
    assert_eq!(paths(&old), ["Entry(File) a", "Entry(File) b", "Whiteout b"]);
    assert_eq!(old.config.instructions(), ["ADD rootfs /", "RUN rm /b"]);
    let packs: [fixture::Pack; 3] = [fixture::plain, fixture::gzip, fixture::zstd];
    for pack in packs {
        for docker in [true, false] {
            let files = fixture::oci(&layers, &MADE_BY, pack, docker);
            let new = image(&fixture::tar_of(&files)).unwrap();
            assert_eq!((&new.layers, &new.config), (&old.layers, &old.config));
        }
    }
}

#[test]
fn an_archive_for_another_platform_is_not_shown_for_the_one_asked() {
    let archive = fixture::docker_old(&layers(), &MADE_BY);
    let of = |platform: &str| {
        let choice = Choice { platform: Some(platform.into()), ..Choice::default() };
        assemble(&mut stream(&archive[..], true).unwrap(), &choice)
    };
    assert!(of("linux/amd64").is_ok());
    assert!(matches!(of("linux/arm64"), Err(ImageError::Platform { .. })));
}

#[test]
fn a_layer_that_is_a_link_to_another_is_found() {
    let layer = fixture::layer_tar(&[Put::File("a", b"1")]);
    let config = fixture::config(&[layer.clone(), layer.clone()], &[]);
    let manifest = br#"[{"Config":"c.json","Layers":["1/layer.tar","2/layer.tar"]}]"#;
    let archive = fixture::layer_tar(&[
        Put::File("1/layer.tar", &layer),
        Put::Symlink("2/layer.tar", "../1/layer.tar"),
        Put::Symlink("loop", "loop"),
        Put::File("c.json", &config),
        Put::File("manifest.json", manifest),
    ]);
    let image = image(&archive).unwrap();
    assert_eq!(image.layers.len(), 2);
    assert_eq!(image.manifest.layers, ["1/layer.tar", "1/layer.tar"]);
    let directory = Directory::list(Cursor::new(&archive), archive.len() as u64).unwrap();
    let (at, size) = directory.part("2/layer.tar").unwrap();
    assert_eq!(&archive[at as usize..(at + size) as usize], &layer[..]);
    assert_eq!(directory.part("loop"), None);
}

#[test]
fn a_layer_that_is_not_what_the_configuration_says_is_an_error() {
    let mut lying = layers();
    let archive = fixture::docker_old(&lying, &MADE_BY);
    lying[1] = fixture::layer_tar(&[Put::Gone("a")]);
    let other = fixture::docker_old(&lying, &MADE_BY);
    // The configuration of one with the layers of the other.
    let mut streamed = stream(&archive[..], true).unwrap();
    streamed.layers = stream(&other[..], true).unwrap().layers;
    let error = assemble(&mut streamed, &Choice::default()).unwrap_err();
    assert!(matches!(error, ImageError::Digest { number: 2, .. }), "{error}");
}

#[test]
fn what_is_missing_or_cut_off_is_told() {
    let files = fixture::oci(&layers(), &MADE_BY, fixture::gzip, true);
    let without = |wanted: usize| {
        let kept: Vec<_> =
            files.iter().enumerate().filter(|(at, _)| *at != wanted).map(|(_, f)| f.clone()).collect();
        image(&fixture::tar_of(&kept)).unwrap_err().to_string()
    };
    assert!(without(1).contains("which is not in it"));
    assert!(without(4).contains("which is not in it"));
    let whole = fixture::tar_of(&files);
    for length in (0..whole.len() - 1024).step_by(97) {
        assert!(image(&whole[..length]).is_err(), "{length}");
    }
    let mut bad = files.clone();
    let middle = bad[4].1.len() / 2;
    bad[4].1[middle] ^= 0xff;
    assert!(matches!(image(&fixture::tar_of(&bad)), Err(ImageError::Layer { number: 1, .. })));
    bad[4].1 = b"BZh91AY".repeat(200);
    let error = anyhow::Error::new(image(&fixture::tar_of(&bad)).unwrap_err());
    assert_eq!(
        format!("{error:#}"),
        "layer 1 cannot be read: it is packed with bzip2; this program knows gzip and zstd"
    );
    assert!(matches!(image(b""), Err(ImageError::NotAnImage)));
    assert!(image(&[b'x'; 5000]).is_err());
}

/// Says that zeros come for ever, without holding them.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
        buffer[..length].fill(0);
        self.0 -= length as u64;
        Ok(length)
    }
}

#[test]
fn a_packed_layer_that_never_ends_is_stopped() {
    let mut bounded = Bounded { inner: Endless(u64::MAX), left: 1_000_000, limit: 1_000_000 };
    let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
    assert_eq!(error.to_string(), "it unpacks to more than 1.00 MB");
    // Names of a gigabyte, packed into a megabyte.
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::GNULongName);
    header.set_path("././@LongLink").unwrap();
    header.set_size(1 << 30);
    header.set_cksum();
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(header.as_bytes()).unwrap();
    io::copy(&mut Endless(1 << 20), &mut encoder).unwrap();
    let packed = encoder.finish().unwrap();
    assert!(read_blob(&packed[..], packed.len() as u64, false).is_err());
}

#[test]
fn a_file_comes_out_as_it_went_in() {
    let layer = fixture::layer_tar(&[
        Put::File("x", b"no"),
        Put::File("./d/b", &[5; 70_000]),
        Put::Symlink("l", "x"),
    ]);
    let packs: [fixture::Pack; 3] = [fixture::plain, fixture::gzip, fixture::zstd];
    for pack in packs {
        let blob = pack(&layer);
        let mut out = Vec::new();
        assert_eq!(extract(&blob[..], blob.len() as u64, "d/b", &mut out).unwrap(), Some(70_000));
        assert_eq!(out, [5; 70_000]);
        assert_eq!(extract(&blob[..], blob.len() as u64, "l", &mut out).unwrap(), None);
    }
    let archive = fixture::layer_tar(&[Put::File("1/layer.tar", &layer)]);
    let mut out = Vec::new();
    assert_eq!(extract_streamed(&archive[..], "1/layer.tar", "x", &mut out).unwrap(), Some(2));
    assert_eq!(extract_streamed(&archive[..], "2/layer.tar", "x", &mut out).unwrap(), None);
}
