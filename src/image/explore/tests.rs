//! What is said about whole images: findings, dive's numbers, comparisons.

use super::*;
use crate::image::finding::Concern;
use crate::image::fixture::{Put, explored};

const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo\n";

fn told(explored: &Explored, concern: Concern) -> Vec<String> {
    let of = explored.findings.iter().filter(|finding| finding.concern == concern);
    let line = |finding: &Finding| {
        let layer = finding.layer.map_or_else(String::new, |layer| format!(" in layer {layer}"));
        let hidden = finding.hidden_by.map_or_else(String::new, |layer| format!(", hidden by {layer}"));
        let doubt = if finding.doubtful { "?" } else { "" };
        format!("{}{doubt}: {}{layer}{hidden}", finding.what, finding.place)
    };
    of.map(line).collect()
}

#[test]
fn secrets_are_found_in_any_layer_and_in_the_configuration() {
    let image = explored(&[
        &[Put::File("app/.env", b"A=1"), Put::File("app/key.txt", KEY), Put::File("app/.env.example", b"A=")],
        &[
            Put::Gone("app/.env"),
            Put::File("usr/lib/test/key.pem", KEY),
            Put::File("root/.ssh/id_rsa.pub", b"x"),
        ],
    ]);
    assert_eq!(
        told(&image, Concern::Secret),
        [
            "private key: /app/key.txt in layer 0",
            "environment file: /app/.env in layer 0, hidden by 1",
            "a variable that names a secret: ENV API_TOKEN",
            "private key?: /usr/lib/test/key.pem in layer 1",
        ]
    );
}

#[test]
fn caches_are_summed_by_layer() {
    let image = explored(&[
        &[
            Put::File("var/lib/apt/lists/a", b"12"),
            Put::File("var/lib/apt/lists/b", b"123"),
            Put::File("home/me/.cache/pip/x", b"1"),
            Put::File("src/.git/HEAD", b"ref"),
        ],
        &[Put::Gone("var/lib/apt/lists")],
        &[Put::File("var/lib/apt/lists/c", b"1")],
    ]);
    assert_eq!(
        told(&image, Concern::Cache),
        [
            "apt package lists: /var/lib/apt/lists in layer 0, hidden by 1",
            "Git repository, with its whole history: /src/.git in layer 0",
            "user cache (pip, go-build, yarn, …): /home/me/.cache in layer 0",
            "apt package lists: /var/lib/apt/lists in layer 2",
        ]
    );
}

#[test]
fn wide_rights_are_those_of_the_merged_image() {
    let image = explored(&[
        &[
            Put::Mode("bin/su", 0o4755, b"1"),
            Put::Mode("bin/gone", 0o4755, b"1"),
            Put::Mode("bin/wall", 0o2755, b"1"),
            Put::Mode("data", 0o666, b"1"),
            Put::Dir("tmp", 0o1777),
            Put::Dir("open", 0o777),
            Put::Symlink("link", "data"),
        ],
        &[Put::Gone("bin/gone")],
    ]);
    assert_eq!(
        told(&image, Concern::SetUid),
        ["runs as user 0: /bin/su in layer 0", "runs as group 0: /bin/wall in layer 0"]
    );
    assert_eq!(
        told(&image, Concern::WorldWritable),
        [
            "a file that everybody may change: /data in layer 0",
            "a folder in which everybody may replace anything: /open in layer 0"
        ]
    );
}

#[test]
fn dives_numbers_are_dives_mistakes_included() {
    let image = explored(&[
        &[
            Put::File("kept", &[0; 100]),
            Put::File("d/one", &[0; 30]),
            Put::File("d/two", &[0; 20]),
            Put::File("gone", &[0; 50]),
        ],
        &[Put::File("kept", &[1; 110]), Put::Gone("d"), Put::Gone("gone")],
    ]);
    let dive = &image.dive;
    let paths: Vec<_> =
        dive.inefficient.iter().map(|f| (f.count, f.size_bytes, image.stack.path(f.node))).collect();
    // The folder's own whiteout is its first appearance as a leaf: dive does not list it.
    assert_eq!(paths, [(2, 210, "/kept".into()), (2, 50, "/gone".into())]);
    assert_eq!((dive.wasted_bytes, dive.size_bytes, dive.user_size_bytes), (260, 310, 110));
    // cum: kept 210, d/one 30, d/two 20, gone 50, d 0 (its files are not entries of the archive's own folder)
    let (min, cum) = (100.0 + 30.0 + 20.0, 210.0 + 30.0 + 20.0 + 50.0);
    assert!((dive.efficiency - min / cum).abs() < 1e-9, "{}", dive.efficiency);
    assert_eq!(image.waste.bytes(), 200);
}

#[test]
fn an_image_of_one_layer_wastes_nothing() {
    let image = explored(&[&[Put::File("a", b"1")]]);
    assert_eq!((image.dive.efficiency, image.dive.user_wasted_percent), (1.0, 0.0));
    let empty = explored(&[]);
    assert_eq!((empty.dive.efficiency, empty.waste.bytes(), empty.last_layer()), (1.0, 0, None));
}

#[test]
fn a_dangling_whiteout_ends_its_layer_for_dive() {
    let puts = |extra: bool| -> Explored {
        let upper: &[Put<'_>] = if extra {
            &[Put::File("a", b"2"), Put::Gone("m"), Put::File("z", b"22")]
        } else {
            &[Put::File("a", b"2"), Put::File("z", b"22")]
        };
        explored(&[&[Put::File("a", b"1"), Put::File("z", b"11")], upper])
    };
    assert_eq!(puts(false).dive.inefficient.len(), 2);
    // `.wh.m` sorts before both.
    assert_eq!(puts(true).dive.inefficient.len(), 0);
}

#[test]
fn two_images_are_compared_by_what_they_show() {
    let left = explored(&[
        &[
            Put::File("same", b"1"),
            Put::File("lib/a", &[0; 50]),
            Put::File("lib/b", &[0; 50]),
            Put::File("x", b"12"),
        ],
        &[Put::File("tmp", b"1")],
        &[Put::Gone("tmp")],
    ]);
    let right = explored(&[&[
        Put::File("same", b"1"),
        Put::File("x", b"1234"),
        Put::File("new", b"1"),
        Put::Mode("y", 0o600, b""),
    ]]);
    let lines: Vec<_> = compare(&left, &right)
        .iter()
        .map(|d| format!("{:?} {} {} {}", d.change, d.path, d.delta(), d.files))
        .collect();
    assert_eq!(lines, ["Removed /lib -100 2", "Changed /x 2 1", "Added /new 1 1", "Added /y 0 1"]);
    assert!(compare(&left, &left).is_empty());
}

#[test]
fn the_layer_that_holds_a_files_bytes_is_found() {
    let image =
        explored(&[&[Put::File("a", b"1"), Put::Hardlink("d/b", "a")], &[Put::Mode("c", 0o600, b"2")]]);
    let holder = |path| image.holder(image.stack.find(path).unwrap(), 1);
    assert_eq!(holder("d/b"), Some((0, "a".into())));
    assert_eq!(holder("c"), Some((1, "c".into())));
    assert_eq!(holder("d"), None);
}
