//! Package databases as the managers write them, in layers that overwrite and delete.

use super::*;
use crate::image::fixture::*;

fn layer(puts: &[Put<'_>]) -> LayerPackages {
    let tar = layer_tar(puts);
    read(&tar[..], tar.len() as u64).unwrap()
}

/// `name version layer`, one a line.
fn listed(layers: &[LayerPackages]) -> Vec<String> {
    stack(layers).packages.iter().map(|p| format!("{} {} {}", p.name, p.version, p.layer)).collect()
}

const STATUS: &[u8] = b"Package: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: 3.0.11-1~deb12u1\n\
Description: a library\n of many: words\n\nPackage: zlib1g\nStatus: install ok installed\nSource: zlib (1:1.2.13.dfsg-1)\n\
Version: 1:1.2.13.dfsg-1+b1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";

#[test]
fn a_package_keeps_the_layer_that_brought_it_when_the_database_is_written_again() {
    let more = [STATUS, b"\nPackage: curl\nStatus: install ok installed\nVersion: 7.88.1-10\n"].concat();
    let more = String::from_utf8(more).unwrap().replace("1:1.2.13.dfsg-1+b1", "1:1.2.13.dfsg-2");
    let layers = [
        layer(&[
            File("var/lib/dpkg/status", STATUS),
            File("usr/lib/os-release", b"ID=debian\nVERSION_ID=\"12\"\n"),
        ]),
        layer(&[File("app/x", b"x")]),
        layer(&[File("var/lib/dpkg/status", more.as_bytes())]),
    ];
    assert_eq!(
        listed(&layers),
        ["libssl3 3.0.11-1~deb12u1 0", "zlib1g 1:1.2.13.dfsg-2 2", "curl 7.88.1-10 2"]
    );
    let inventory = stack(&layers);
    assert_eq!(inventory.packages[0].source, ("openssl".into(), "3.0.11-1~deb12u1".into()));
    assert_eq!(inventory.packages[1].source, ("zlib".into(), "1:1.2.13.dfsg-1".into()));
    let system = inventory.system.unwrap();
    assert_eq!(
        (system.id.as_str(), system.version.as_str(), system.title.as_str()),
        ("debian", "12", "debian 12")
    );
}

#[test]
fn what_a_later_layer_deletes_is_not_installed() {
    let metadata = b"Metadata-Version: 2.1\nName: PyYAML\nVersion: 5.3\n\nName: not-this\n";
    let package = br#"{"name":"minimist","version":"1.2.5","x":[1]}"#;
    let base = layer(&[
        File("usr/lib/python3/dist-packages/PyYAML-5.3.dist-info/METADATA", metadata),
        File("app/node_modules/minimist/package.json", package),
        File("app/node_modules/@a/b/package.json", br#"{"name":"@a/b","version":"2.0.0"}"#),
        File("app/node_modules/minimist/test/package.json", package),
        File("app/package.json", package),
        File("other/node_modules/minimist/package.json", package),
    ]);
    assert_eq!(
        listed(std::slice::from_ref(&base)),
        ["@a/b 2.0.0 0", "minimist 1.2.5 0", "minimist 1.2.5 0", "pyyaml 5.3 0"]
    );
    let after = layer(&[
        Gone("usr/lib/python3/dist-packages/PyYAML-5.3.dist-info"),
        Opaque("app/node_modules"),
        File("app/node_modules/qs/package.json", br#"{"name":"qs","version":"6.11.0"}"#),
    ]);
    assert_eq!(listed(&[base, after]), ["qs 6.11.0 1", "minimist 1.2.5 0"]);
}

#[test]
fn distroless_alpine_and_rpm() {
    let layers = [layer(&[
        File("var/lib/dpkg/status.d/base", b"Package: base-files\nVersion: 12.4\n"),
        File("var/lib/dpkg/status.d/base.md5sums", b"Package: x\nVersion: 1\n"),
        File(
            "lib/apk/db/installed",
            b"C:Q1=\nP:libcrypto3\nV:3.1.3-r0\no:openssl\n\nP:busybox\nV:1.36.1-r5\n\n",
        ),
        File("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0"),
        File("usr/lib/sysimage/rpm/Packages.db", b"RpmP"),
    ])];
    assert_eq!(listed(&layers), ["libcrypto3 3.1.3-r0 0", "busybox 1.36.1-r5 0", "base-files 12.4 0"]);
    let inventory = stack(&layers);
    assert_eq!(inventory.packages[0].source, ("openssl".into(), "3.1.3-r0".into()));
    assert_eq!(inventory.unread, ["usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite"]);
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(&include_bytes!("rpm/fixtures/rpmdb.sqlite.gz")[..])
        .read_to_end(&mut database)
        .unwrap();
    let amazon = layer(&[File("var/lib/rpm/rpmdb.sqlite", &database)]);
    let inventory = stack(&[layers[0].clone(), amazon]);
    assert_eq!(inventory.unread, ["usr/lib/sysimage/rpm/Packages.db"]);
    let package = inventory.packages.iter().find(|package| package.name == "openssl-libs").unwrap();
    assert_eq!((package.ecosystem, package.layer), (Ecosystem::Rpm, 1));
    assert_eq!(package.source, ("openssl".into(), "1:3.0.8-1.amzn2023.0.1".into()));
}

/// An executable as Go makes it, but for all that is not its build information.
fn program(before: usize) -> Vec<u8> {
    let modules = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\ndep\tgolang.org/x/net\tv0.10.0\th1:=\n\
                   dep\texample.com/old\tv1.0.0\th1:=\n=>\texample.com/new\tv1.2.3\th1:=\nbuild\t-compiler=gc\n";
    let mut bytes = b"\x7fELF".to_vec();
    bytes.resize(before, 0);
    // A program that looks for the magic number holds it too.
    bytes.extend_from_slice(b"\xff Go buildinf:nothing");
    bytes.extend_from_slice(b"\xff Go buildinf:\x08\x02");
    bytes.resize(bytes.len() + 16, 0);
    bytes.push(6);
    bytes.extend_from_slice(b"go1.20");
    let listed = [&[1; 16][..], modules.as_bytes(), &[2; 16]].concat();
    bytes.extend([(listed.len() & 0x7f) as u8 | 0x80, (listed.len() >> 7) as u8]);
    bytes.extend(listed);
    bytes.resize(bytes.len() + 100, 7);
    bytes
}

#[test]
fn go_programs_say_what_they_are_made_of_wherever_it_stands_in_them() {
    // Around the places where chunks meet too.
    for before in [8, 1000, 65_500, 65_520, 65_536, 131_050, 2_000_000] {
        let program = program(before);
        let layers =
            [layer(&[Mode("app", 0o755, &program), File("data", &program), Mode("sh", 0o755, b"#!/bin/sh")])];
        assert_eq!(
            listed(&layers),
            ["stdlib 1.20 0", "golang.org/x/net 0.10.0 0", "example.com/new 1.2.3 0"],
            "{before}"
        );
    }
    assert_eq!(listed(&[layer(&[Mode("app", 0o755, b"\x7fELF and nothing of Go")])]), Vec::<String>::new());
}

#[test]
fn rubbish_is_no_package_and_no_panic() {
    let layers = [layer(&[
        File("var/lib/dpkg/status", b"\xff\xfe: \n\n:\n\nPackage\nVersion:"),
        File("lib/apk/db/installed", b"P:\nV:"),
        File("a.dist-info/METADATA", b"Name: x"),
        File("node_modules/x/package.json", b"{\"name\":7}"),
        Mode("cut", 0o755, b"\x7fELF\xff Go buildinf:\x08\x02"),
    ])];
    assert_eq!(listed(&layers), Vec::<String>::new());
    assert!(read(&b"no archive at all"[..], 17).is_err());
}
