//! The reader against archives of another writer, and against archives that mean harm.

use super::*;
use proptest::prelude::*;

fn read_all(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, TarError> {
    let mut reader = Reader::new(Stream(bytes));
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut data = Vec::new();
        reader.read_to_end(&mut data)?;
        all.push((entry, data));
    }
    Ok(all)
}

fn names(bytes: &[u8]) -> Vec<String> {
    let all = read_all(bytes).unwrap();
    all.iter().map(|(entry, _)| String::from_utf8_lossy(&entry.name).into_owned()).collect()
}

fn made(build: impl FnOnce(&mut ::tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    build(&mut builder);
    builder.into_inner().unwrap()
}

fn add(builder: &mut ::tar::Builder<Vec<u8>>, mut header: ::tar::Header, path: &str, data: &[u8]) {
    header.set_size(data.len() as u64);
    header.set_mode(0o4755);
    header.set_uid(1000);
    header.set_gid(7);
    header.set_mtime(1_700_000_000);
    builder.append_data(&mut header, path, data).unwrap();
}

/// A header block with this name, kind and size field.
fn raw(name: &str, kind: u8, size: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..124 + size.len()].copy_from_slice(size);
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    seal(&mut block);
    block
}

fn seal(block: &mut [u8; BLOCK]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn ustar_and_gnu_archives_are_read_with_long_names_and_links() {
    let long = "deep/".repeat(60) + "name";
    for header in [::tar::Header::new_gnu(), ::tar::Header::new_ustar()] {
        let archive = made(|builder| {
            add(builder, header.clone(), "a/b", b"hello");
            add(builder, header.clone(), "empty", b"");
            if header.as_gnu().is_some() {
                add(builder, header.clone(), &long, &[7; 1000]);
                let mut link = header.clone();
                link.set_entry_type(::tar::EntryType::Symlink);
                link.set_size(0);
                builder.append_link(&mut link, "link", &long).unwrap();
            }
        });
        let all = read_all(&archive).unwrap();
        let (first, data) = &all[0];
        assert_eq!((&first.name[..], &data[..]), (&b"a/b"[..], &b"hello"[..]));
        let rest = (first.kind, first.mode, first.uid, first.gid, first.size, first.mtime);
        assert_eq!(rest, (EntryKind::File, 0o4755, 1000, 7, 5, 1_700_000_000));
        if header.as_gnu().is_some() {
            assert_eq!(all[2].0.name, long.as_bytes());
            assert_eq!(all[2].1, [7; 1000]);
            assert_eq!((all[3].0.kind, &all[3].0.link[..]), (EntryKind::Symlink, long.as_bytes()));
        }
    }
}

#[test]
fn pax_records_say_more_than_the_header() {
    let long = "é".repeat(200);
    let archive = made(|builder| {
        let records = [
            ("path", long.as_bytes()),
            ("mtime", b"1700000001.75"),
            ("uid", b"3000000"),
            ("SCHILY.xattr.security.capability", &b"\x01\0\n="[..]),
        ];
        builder.append_pax_extensions(records).unwrap();
        add(builder, ::tar::Header::new_ustar(), "short", b"data");
        add(builder, ::tar::Header::new_ustar(), "next", b"");
    });
    let all = read_all(&archive).unwrap();
    assert_eq!(all[0].0.name, long.as_bytes());
    assert_eq!((all[0].0.mtime, all[0].0.uid, all[0].0.capabilities), (1_700_000_001, 3_000_000, true));
    assert_eq!((&all[1].0.name[..], all[1].0.capabilities), (&b"next"[..], false));
}

#[test]
fn sizes_in_base_256_and_sparse_files_are_understood() {
    let mut size = [0; 12];
    size[0] = 0x80;
    size[11] = 3;
    let mut archive = raw("big", b'0', &size).to_vec();
    archive.extend(b"abc");
    archive.resize(2 * BLOCK, 0);
    let mut sparse = raw("holes", b'S', b"00000000003");
    sparse[483..494].copy_from_slice(b"00000010000");
    sparse[482] = 1;
    seal(&mut sparse);
    archive.extend(sparse);
    archive.extend([0; BLOCK]); // one more block of the map
    archive.extend(b"xyz");
    archive.resize(6 * BLOCK, 0);
    let all = read_all(&archive).unwrap();
    assert_eq!((all[0].0.size, &all[0].1[..]), (3, &b"abc"[..]));
    assert_eq!((all[1].0.size, all[1].0.sparse, &all[1].1[..]), (4096, true, &b"xyz"[..]));
}

#[test]
fn an_archive_ends_at_two_empty_blocks_or_at_its_end() {
    let archive = made(|builder| add(builder, ::tar::Header::new_gnu(), "a", b"x"));
    assert_eq!(names(&archive), ["a"]);
    assert_eq!(names(&archive[..2 * BLOCK]), ["a"]);
    assert_eq!(names(&archive[..3 * BLOCK]), ["a"]);
    assert_eq!(names(&[]), [""; 0]);
    assert_eq!(names(&[0; 1024]), [""; 0]);
    let mut followed = archive[..3 * BLOCK].to_vec();
    followed.extend(raw("b", b'0', b"0"));
    assert!(matches!(read_all(&followed), Err(TarError::Header { .. })));
}

#[test]
fn what_is_cut_off_is_an_error_that_says_where() {
    let archive = made(|builder| add(builder, ::tar::Header::new_gnu(), "a", &[1; 2000]));
    for length in [100, 600, 1024, 2500] {
        let mut reader = Reader::new(Stream(&archive[..length]));
        let read = reader.next_entry().and_then(|_| reader.next_entry());
        assert!(matches!(read, Err(TarError::Truncated(_))), "{length}: {read:?}");
    }
}

#[test]
fn figures_beyond_reason_are_errors_and_cost_nothing() {
    let mut huge = [0xff; 12];
    huge[0] = 0x80;
    for (kind, size) in
        [(b'L', &b"77777777777"[..]), (b'x', b"77777777777"), (b'g', b"00100000000"), (b'0', &huge)]
    {
        let archive = raw("a", kind, size);
        assert!(matches!(read_all(&archive), Err(TarError::Header { .. })), "{}", char::from(kind));
    }
    // A size that the archive does not have, told when it is missed.
    assert!(read_all(&raw("a", b'0', b"77777777777")).is_err());
    assert!(matches!(read_all(&raw("a", b'0', b"zzz")), Err(TarError::Header { .. })));
    let mut wrong = raw("a", b'0', b"0");
    wrong[0] = b'b';
    assert!(matches!(read_all(&wrong), Err(TarError::Header { .. })));
}

#[test]
fn pax_records_that_lie_about_their_length_are_errors() {
    for records in
        ["5 a=b\n", "99 path=x\n", "x path=x\n", "0 path=x\n", "8 path=\n", "99999999999999999999 a=b\n"]
    {
        let mut archive = raw("x", b'x', format!("{:011o}", records.len()).as_bytes()).to_vec();
        archive.extend(records.as_bytes());
        archive.resize(2 * BLOCK, 0);
        archive.extend(raw("a", b'0', b"0"));
        let read = read_all(&archive);
        assert!(read.is_err() || records.starts_with('8'), "{records:?}: {read:?}");
    }
}

proptest! {
    /// Whatever the bytes, the reader ends, and what it holds in memory is bounded.
    #[test]
    fn arbitrary_blocks_never_panic(blocks in prop::collection::vec((any::<[u8; 32]>(), 0_u8..128, any::<bool>()), 0..12)) {
        let mut archive = Vec::new();
        for (noise, kind, sealed) in blocks {
            let mut block = raw("name", kind, b"00000000010");
            block[120..152].copy_from_slice(&noise);
            block[257] ^= noise[0] & 1;
            if sealed {
                seal(&mut block);
            }
            archive.extend(block);
        }
        let _ = read_all(&archive);
    }

    /// What another program writes is read as it meant it.
    #[test]
    fn what_was_written_is_read(files in prop::collection::vec(("[a-z/]{1,300}", prop::collection::vec(any::<u8>(), 0..1500)), 0..6)) {
        let archive = made(|builder| {
            for (path, data) in &files {
                add(builder, ::tar::Header::new_gnu(), &format!("x{path}x"), data);
            }
        });
        let read = read_all(&archive).unwrap();
        prop_assert_eq!(read.len(), files.len());
        for ((entry, data), (_, wanted)) in read.iter().zip(&files) {
            prop_assert_eq!(data, wanted);
            prop_assert_eq!(entry.size, wanted.len() as u64);
        }
    }
}
