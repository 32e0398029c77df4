//! Databases as RPM 4.18 wrote it (SQLite), as Berkeley DB's own loader wrote it from the same headers, as
//! SQLite wrote a tall one, and one after the format of RPM's ndb; and all of them broken.

use super::*;
use std::io::Read as _;

/// Four packages that `rpmbuild` built and `rpm --justdb` installed, one of 200 files and one of an epoch.
const SQLITE: &[u8] = include_bytes!("fixtures/rpmdb.sqlite.gz");
/// Their headers, loaded into a hash by `db5.3_load`.
const BERKELEY: &[u8] = include_bytes!("fixtures/Packages.gz");
/// One header 300 times under other names, on pages of 512 bytes.
const TALL: &[u8] = include_bytes!("fixtures/many.sqlite.gz");

fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut bytes).unwrap();
    bytes
}

/// `Packages.db` with these headers, and a slot between them that nobody has.
fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let long = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let [slot, head, tail] = [b"Slot", b"BlbS", b"BlbE"].map(|magic| u32::from_le_bytes(*magic));
    let mut slots = [b"RpmP".to_vec(), long(&[0, 1, 1, headers.len() as u32 + 1, 0, 0, 0])].concat();
    let mut blobs = Vec::new();
    for (number, header) in headers.iter().enumerate() {
        let (package, block) = (number as u32 + 1, ((4096 + blobs.len()) / 16) as u32);
        let blocks = (16 + header.len() + 12).div_ceil(16);
        slots.extend(long(&[slot, package, block, blocks as u32, slot, 0, 0, 0]));
        let end = blobs.len() + blocks * 16;
        blobs.extend(long(&[head, package, 1, header.len() as u32]));
        blobs.extend(header);
        blobs.resize(end - 12, 0);
        blobs.extend(long(&[0, header.len() as u32, tail]));
    }
    while slots.len() < 4096 {
        slots.extend(long(&[slot, 0, 0, 0]));
    }
    [slots, blobs].concat()
}

fn headers_of(sqlite: &[u8]) -> Vec<Vec<u8>> {
    let mut headers = Vec::new();
    sqlite::headers(sqlite, &mut |header| headers.push(header.to_vec())).unwrap();
    headers
}

fn listed(database: &[u8]) -> Vec<String> {
    let packages = packages(database).unwrap();
    let line = |package: Listed| {
        let (source, version) = package.source.unwrap();
        format!("{} {} from {source} {version}", package.name, package.version)
    };
    packages.into_iter().map(line).collect()
}

#[test]
fn three_forms_of_one_database_say_what_rpm_says() {
    let sqlite = unpacked(SQLITE);
    let headers = headers_of(&sqlite);
    assert_eq!(headers.iter().map(Vec::len).collect::<Vec<_>>(), [2440, 2396, 2140, 27_084]);
    for database in [&sqlite, &unpacked(BERKELEY), &ndb(&headers)] {
        assert_eq!(
            listed(database),
            [
                "bash 5.2.15-1.amzn2023.0.2 from bash 5.2.15-1.amzn2023.0.2",
                "curl-minimal 8.0.1-1.amzn2023 from curl 8.0.1-1.amzn2023",
                "glibc 2.34-52.amzn2023.0.3 from glibc 2.34-52.amzn2023.0.3",
                "openssl-libs 1:3.0.8-1.amzn2023.0.1 from openssl 1:3.0.8-1.amzn2023.0.1",
            ]
        );
    }
    let glibc = Header::read(&headers[3]).unwrap();
    assert_eq!((glibc.arch, glibc.source_rpm), ("x86_64", "glibc-2.34-52.amzn2023.0.3.src.rpm"));
}

#[test]
fn a_tall_tree_is_read_to_its_last_leaf() {
    let names: Vec<String> = packages(&unpacked(TALL)).unwrap().into_iter().map(|p| p.name).collect();
    assert_eq!(names.len(), 300);
    assert!(names.iter().enumerate().all(|(at, name)| *name == format!("package-{at:04}")), "{names:?}");
}

#[test]
fn a_public_key_is_no_package_and_an_empty_file_holds_none() {
    let header = |fields: &[(u32, &str)]| {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for (tag, text) in fields {
            index.extend([*tag, 6, data.len() as u32, 1].iter().flat_map(|n| n.to_be_bytes()));
            data.extend([text.as_bytes(), b"\0"].concat());
        }
        [&(fields.len() as u32).to_be_bytes()[..], &(data.len() as u32).to_be_bytes(), &index, &data].concat()
    };
    let key = header(&[(1000, "gpg-pubkey"), (1001, "d832c631"), (1002, "6515c85e")]);
    let own = header(&[(1000, "own"), (1001, "1"), (1002, "2"), (1022, "noarch")]);
    let found = packages(&ndb(&[key, own])).unwrap();
    assert_eq!(found.iter().map(|p| (&*p.name, &*p.version)).collect::<Vec<_>>(), [("own", "1-2")]);
    assert_eq!(found[0].source, None);
    assert_eq!(packages(b""), Some(Vec::new()));
}

#[test]
fn a_broken_database_is_refused_or_read_in_part_and_never_reads_on_for_ever() {
    let sqlite = unpacked(SQLITE);
    for whole in [unpacked(BERKELEY), ndb(&headers_of(&sqlite)), sqlite] {
        for cut in (0..whole.len()).step_by(4999).chain([1, 15, 16, 24, 26, 31, 32, 99, 100]) {
            packages(&whole[..cut]);
        }
        // Each of the bytes that say where something is, and a good part of the others.
        for at in (0..200).chain((200..whole.len()).step_by(613)) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                packages(&broken);
            }
        }
    }
    assert_eq!(packages(b"no database at all, but long enough to be looked at for what it is"), None);
    // A tree whose only page is its own child.
    let mut circle = unpacked(TALL);
    circle[512] = 5;
    packages(&circle);
}
