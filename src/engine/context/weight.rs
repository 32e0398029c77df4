//! How much of a folder goes to a builder and what of it is largest, so that who sends a gigabyte by
//! mistake is told before it has travelled.

use super::Entry;
use crate::image::human_size;
use crate::text::sanitise;
use std::collections::BTreeMap;

/// From so many bytes on it is said.
const HEAVY: u64 = 200_000_000;
/// How many names are told, and how long each may be.
const NAMED: usize = 3;
const LONGEST: usize = 60;

/// Sums over what is sent.
#[derive(Debug, Default)]
pub(in crate::engine) struct Weight {
    bytes: u64,
    files: u64,
    /// By the first name of their paths.
    by_name: BTreeMap<String, u64>,
}

impl Weight {
    /// Adds a file; folders and links weigh nothing.
    pub(in crate::engine) fn add(&mut self, entry: &Entry<'_>) {
        if !entry.metadata.is_file() {
            return;
        }
        let bytes = entry.metadata.len();
        self.bytes += bytes;
        self.files += 1;
        let first = entry.relative.iter().next().unwrap_or_default().to_string_lossy();
        match self.by_name.get_mut(&*first) {
            Some(sum) => *sum += bytes,
            None => drop(self.by_name.insert(first.into_owned(), bytes)),
        }
    }

    /// What to say when it is much.
    pub(in crate::engine) fn warning(&self) -> Option<String> {
        if self.bytes < HEAVY {
            return None;
        }
        let mut largest: Vec<(&String, u64)> = self.by_name.iter().map(|(name, sum)| (name, *sum)).collect();
        largest.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
        let named = largest.iter().take(NAMED).map(|(name, sum)| {
            format!("{} ({})", sanitise::bounded(&sanitise::plain(name), LONGEST), human_size(*sum))
        });
        let files = if self.files == 1 { "1 file".to_owned() } else { format!("{} files", self.files) };
        Some(format!(
            "the build takes {} of its folder, {files}; biggest: {}. Name in .dockerignore what the image does \
             not need",
            human_size(self.bytes),
            named.collect::<Vec<_>>().join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_biggest_are_named_by_what_a_line_of_the_ignore_file_can_name() {
        let folder = tempfile::tempdir().expect("folder");
        let mut weight = Weight::default();
        let mut add = |path: &str, bytes: u64| {
            let at = folder.path().join("file");
            let file = std::fs::File::create(&at).expect("file");
            file.set_len(bytes).expect("its length");
            let metadata = file.metadata().expect("metadata");
            weight.add(&Entry { path: &at, relative: Path::new(path), metadata: &metadata });
            weight.warning()
        };
        assert_eq!(add("main.py", 1_000), None);
        assert_eq!(add("node_modules/a/b", 90_000_000), None);
        assert_eq!(add("node_modules/c\u{1b}[2J", 90_000_000), None);
        assert_eq!(add("x\u{1b}[2J", 9_000), None);
        assert_eq!(
            add(".git/objects/pack", 920_000_000).expect("a warning"),
            "the build takes 1.10 GB of its folder, 5 files; biggest: .git (920 MB), node_modules (180 MB), x\u{fffd}[2J (9.00 kB). \
             Name in .dockerignore what the image does not need"
        );
    }
}
