//! Manifests of several tools, and instructions as builders record them.

use super::*;
use crate::image::fixture;
use std::collections::HashMap;

fn resolved(files: &[(&str, &str)], choice: &Choice) -> Result<Manifest, ImageError> {
    let files: HashMap<&str, &str> = files.iter().copied().collect();
    resolve(&mut |path| Ok(files.get(path).map(|text| text.as_bytes().to_vec())), choice)
}

fn named(name: &str) -> Choice {
    Choice { name: Some(name.into()), platform: None }
}

#[test]
fn instructions_read_as_in_a_dockerfile() {
    for (recorded, wanted) in [
        ("RUN /bin/sh -c apt-get update   && make # buildkit", "RUN apt-get update && make"),
        ("RUN |1 A=1 /bin/sh -c make # buildkit", "RUN make"),
        ("|2 A=1 B=2 /bin/sh -c make", "RUN make"),
        ("/bin/sh -c make", "RUN make"),
        ("/bin/sh -c #(nop) COPY file:12 in /x ", "COPY file:12 in /x"),
        ("COPY . . # buildkit", "COPY . ."),
        ("RUN [\"/bin/true\"]", "RUN [\"/bin/true\"]"),
        ("", ""),
    ] {
        assert_eq!(instruction(recorded), wanted, "{recorded}");
    }
}

#[test]
fn one_of_several_images_has_to_be_named() {
    let two = r#"[{"Config":"a.json","RepoTags":["a:1"],"Layers":["a.tar"]},{"Config":"b.json","RepoTags":null,"Layers":null}]"#;
    let files = [("manifest.json", two)];
    let error = resolved(&files, &Choice::default()).unwrap_err();
    assert_eq!(error.to_string(), "it holds several images: a:1, b.json");
    assert_eq!(resolved(&files, &named("docker.io/library/a:1")).unwrap().layers, ["a.tar"]);
    assert!(matches!(resolved(&files, &named("c")), Err(ImageError::Several(_))));
}

#[test]
fn an_index_is_followed_past_attestations_to_the_platform() {
    let files = fixture::oci(&[], &[], fixture::plain, false);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, data)| (path.as_str(), std::str::from_utf8(data).unwrap())).collect();
    let found = resolved(&files, &Choice::default()).unwrap();
    assert_eq!((found.layers.len(), &found.tags[..]), (0, &["docker.io/library/app:1".to_owned()][..]));
    assert!(resolved(&files, &named("app:1")).is_ok());
    let other = Choice { platform: Some("linux/arm64".into()), ..Choice::default() };
    let error = resolved(&files, &other).unwrap_err().to_string();
    assert_eq!(error, "none of its images is for linux/arm64; there are: linux/amd64");
}

#[test]
fn dockers_manifest_names_one_platform_and_the_index_the_others() {
    let docker = r#"[{"Config":"blobs/sha256/c1","RepoTags":["a:1"],"Layers":["blobs/sha256/l1"]}]"#;
    let index = r#"{"manifests":[
        {"digest":"sha256:m1","platform":{"os":"linux","architecture":"amd64"}},
        {"digest":"sha256:m2","platform":{"os":"linux","architecture":"arm64","variant":"v8"}}]}"#;
    let one = r#"{"config":{"digest":"sha256:c1"},"layers":[{"digest":"sha256:l1"}]}"#;
    let two = r#"{"config":{"digest":"sha256:c2"},"layers":[{"digest":"sha256:l2"}]}"#;
    let files = [
        ("manifest.json", docker),
        ("index.json", index),
        ("blobs/sha256/m1", one),
        ("blobs/sha256/m2", two),
    ];
    let of =
        |platform: &str| resolved(&files, &Choice { platform: Some(platform.into()), ..Choice::default() });
    assert_eq!(resolved(&files, &Choice::default()).unwrap().config, "blobs/sha256/c1");
    assert_eq!(of("linux/amd64").unwrap().layers, ["blobs/sha256/l1"]);
    assert_eq!(of("linux/arm64").unwrap().layers, ["blobs/sha256/l2"]);
    assert!(of("linux/arm64/v8").is_ok());
    assert!(matches!(of("linux/arm"), Err(ImageError::Platform { .. })));
    // A single image may be described without its platform.
    let alone = r#"{"manifests":[{"digest":"sha256:m1"}]}"#;
    let config = r#"{"os":"linux","architecture":"amd64"}"#;
    let files = [("index.json", alone), ("blobs/sha256/m1", one), ("blobs/sha256/c1", config)];
    let of =
        |platform: &str| resolved(&files, &Choice { platform: Some(platform.into()), ..Choice::default() });
    assert!(of("linux/amd64").is_ok());
    let error = of("linux/s390x").unwrap_err().to_string();
    assert_eq!(error, "none of its images is for linux/s390x; there are: linux/amd64");
}

#[test]
fn broken_and_hostile_manifests_are_errors() {
    assert!(matches!(resolved(&[], &Choice::default()), Err(ImageError::NotAnImage)));
    assert!(matches!(resolved(&[("manifest.json", "[")], &Choice::default()), Err(ImageError::Json { .. })));
    assert!(matches!(resolved(&[("manifest.json", "[]")], &Choice::default()), Err(ImageError::NotAnImage)));
    let deep = "[".repeat(100_000);
    assert!(matches!(resolved(&[("index.json", &deep)], &Choice::default()), Err(ImageError::Json { .. })));
    for digest in ["sha256:../../../etc/passwd", "../x", "sha256:", ""] {
        let index = format!(r#"{{"manifests":[{{"digest":"{digest}"}}]}}"#);
        let error = resolved(&[("index.json", &index)], &Choice::default()).unwrap_err();
        assert!(matches!(error, ImageError::Missing(_)), "{digest}: {error}");
    }
    // An index that holds itself.
    let circle = r#"{"manifests":[{"digest":"sha256:aa"}]}"#;
    let files = [("index.json", circle), ("blobs/sha256/aa", circle)];
    assert!(matches!(resolved(&files, &Choice::default()), Err(ImageError::NotAnImage)));
}

#[test]
fn a_history_that_does_not_fit_names_no_layer() {
    let layers = vec![vec![1], vec![2]];
    let fits = Config::parse("c", &fixture::config(&layers, &["ADD x /", "ENV A=1", "COPY a b"])).unwrap();
    assert_eq!(fits.instructions(), ["ADD x /", "COPY a b"]);
    let squashed = Config::parse("c", &fixture::config(&layers, &["ADD x /"])).unwrap();
    assert_eq!(squashed.instructions(), ["", ""]);
    assert_eq!((fits.config.user.as_str(), fits.platform.as_str()), ("app", "linux/amd64"));
    assert_eq!(Config::parse("c", b"{}").unwrap().diff_ids.len(), 0);
}
