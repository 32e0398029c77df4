//! RPM's database: which packages are installed, from the headers in it.
//!
//! | file in the image | form | read by |
//! | --- | --- | --- |
//! | `rpmdb.sqlite` | SQLite 3: Fedora, Amazon Linux 2023, RHEL 9 | `sqlite.rs` |
//! | `Packages.db` | RPM's own: openSUSE | `ndb.rs` |
//! | `Packages` | Berkeley DB hash: Amazon Linux 2, CentOS 7, RHEL 8 | `bdb.rs` |
//!
//! Each of the three is read from its bytes, by its published format: the files come out of strangers'
//! images, so that everything in them is checked, and a database engine would be more than is wanted. All
//! give the same: header blobs, whose layout is RPM's own (rpm.org, "RPM Package Format", Header).

mod bdb;
mod ndb;
mod sqlite;

use super::{Ecosystem, Listed};

/// Entries of one header. RPM's own limit.
const MOST_ENTRIES: usize = 0xFFFF;

/// The packages in a database; `None` when it is in no form that is known, or broken.
pub(super) fn packages(database: &[u8]) -> Option<Vec<Listed>> {
    let mut found = Vec::new();
    let mut take = |header: &[u8]| found.extend(Header::read(header).and_then(Header::listed));
    if database.is_empty() {
        // Made, and never written.
    } else if database.starts_with(sqlite::MAGIC) {
        sqlite::headers(database, &mut take)?;
    } else if database.starts_with(ndb::MAGIC) {
        ndb::headers(database, &mut take)?;
    } else {
        bdb::headers(database, &mut take)?;
    }
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Some(found)
}

/// What is read of a package's header.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header<'a> {
    name: &'a str,
    epoch: Option<u32>,
    version: &'a str,
    release: &'a str,
    arch: &'a str,
    source_rpm: &'a str,
}

impl<'a> Header<'a> {
    /// Number of entries, bytes of data, then the entries (tag, type, offset, count), then the data.
    fn read(blob: &'a [u8]) -> Option<Self> {
        const STRING: u32 = 6;
        const INT32: u32 = 4;
        let entries = usize::try_from(big(blob, 0)?).ok().filter(|count| *count <= MOST_ENTRIES)?;
        let length = usize::try_from(big(blob, 4)?).ok()?;
        let (index, data) = blob.get(8..)?.split_at_checked(entries.checked_mul(16)?)?;
        let data = data.get(..length)?;
        let mut header = Self::default();
        for at in 0..entries {
            let [tag, kind, offset] = [0, 4, 8].map(|field| big(index, at * 16 + field).unwrap_or(0));
            let Some(value) = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)) else {
                continue;
            };
            let text = || {
                let end = value.iter().position(|byte| *byte == 0)?;
                std::str::from_utf8(value.get(..end)?).ok()
            };
            let field = match (tag, kind) {
                (1003, INT32) => {
                    header.epoch = big(value, 0);
                    continue;
                }
                (1000, STRING) => &mut header.name,
                (1001, STRING) => &mut header.version,
                (1002, STRING) => &mut header.release,
                (1022, STRING) => &mut header.arch,
                (1044, STRING) => &mut header.source_rpm,
                _ => continue,
            };
            *field = text().unwrap_or_default();
        }
        Some(header)
    }

    /// As a package of an image: `[epoch:]version-release`. A public key that RPM keeps like a package has
    /// no architecture, and is none.
    fn listed(self) -> Option<Listed> {
        let missing = [self.name, self.version, self.release, self.arch].contains(&"");
        if missing || self.name == "gpg-pubkey" {
            return None;
        }
        let epoch =
            self.epoch.filter(|epoch| *epoch > 0).map(|epoch| format!("{epoch}:")).unwrap_or_default();
        // `openssl-3.0.8-1.amzn2023.src.rpm`; what it was built from has the epoch of what was built.
        let source = self.source_rpm.strip_suffix(".src.rpm").or(self.source_rpm.strip_suffix(".nosrc.rpm"));
        let source = source.and_then(|stem| {
            let (rest, release) = stem.rsplit_once('-')?;
            let (name, version) = rest.rsplit_once('-')?;
            Some((name.to_owned(), format!("{epoch}{version}-{release}")))
        });
        Some(Listed {
            ecosystem: Ecosystem::Rpm,
            name: self.name.to_owned(),
            version: format!("{epoch}{}-{}", self.version, self.release),
            source,
        })
    }
}

/// Four bytes at `at`, most significant first.
fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Four bytes at `at`, least significant first.
fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
