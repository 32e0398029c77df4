//! Archives that are small and unpack to more than a disk holds: ADD would unpack them in the engine itself,
//! where nothing holds them. So they are unpacked here first, into nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A smaller packed file cannot unpack to a gigabyte: deflate packs a thousand to one at most.
const HARMLESS: u64 = 256 * 1024;
/// Folders in folders.
const DEEPEST: usize = 64;

/// The first file below `folder` that unpacks to more than `most` bytes, in words. Blocks for as long as that
/// takes.
pub(crate) fn bomb(folder: &Path, most: u64) -> Option<String> {
    found(folder, folder, most, 0)
}

fn found(root: &Path, folder: &Path, most: u64, depth: usize) -> Option<String> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let (path, meta) = (entry.path(), entry.metadata().ok()?);
        if meta.is_dir() && depth < DEEPEST {
            if let Some(bomb) = found(root, &path, most, depth + 1) {
                return Some(bomb);
            }
        } else if meta.is_file() && meta.len() >= HARMLESS && unpacks_to_more(&path, most) {
            let name = path.strip_prefix(root).unwrap_or(&path).display();
            return Some(format!(
                "{name} is an archive of {} bytes that unpacks to more than {} MiB",
                meta.len(),
                most >> 20
            ));
        }
    }
    None
}

fn unpacks_to_more(path: &Path, most: u64) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut head = [0; 4];
    if file.read_exact(&mut head).is_err() {
        return false;
    }
    let Ok(file) = File::open(path).map(std::io::BufReader::new) else { return false };
    match head {
        [0x1f, 0x8b, ..] => is_longer(flate2::bufread::MultiGzDecoder::new(file), most),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            zstd::Decoder::with_buffer(file).is_ok_and(|plain| is_longer(plain, most))
        }
        _ => false,
    }
}

fn is_longer(mut plain: impl Read, most: u64) -> bool {
    let (mut bytes, mut buffer) = (0u64, vec![0; 256 * 1024]);
    loop {
        match plain.read(&mut buffer) {
            // What is no archive after all is not unpacked either.
            Ok(0) | Err(_) => return false,
            Ok(read) => bytes += read as u64,
        }
        if bytes > most {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_named_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0; 1 << 20];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        (0..400).for_each(|_| gzip.write_all(&zeros).unwrap());
        let packed = gzip.finish().unwrap();
        assert!(packed.len() as u64 >= HARMLESS);
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/layers.bin"), &packed).unwrap();
        std::fs::write(folder.path().join("plain"), &zeros).unwrap();
        std::fs::write(folder.path().join("broken.gz"), [&[0x1f, 0x8b, 8, 0][..], &zeros].concat()).unwrap();
        assert_eq!(bomb(folder.path(), 401 << 20), None);
        let told = bomb(folder.path(), 100 << 20).unwrap();
        assert!(told.starts_with("deep/layers.bin is an archive of "), "{told}");
        assert!(told.ends_with("that unpacks to more than 100 MiB"), "{told}");
    }
}
