//! The course that the binary carries.

use super::files::Files;
use include_dir::{Dir, DirEntry, include_dir};
use std::borrow::Cow;

static ROOTS: [(&str, Dir<'static>); 5] = [
    ("lessons", include_dir!("$CARGO_MANIFEST_DIR/lessons")),
    ("exercises", include_dir!("$CARGO_MANIFEST_DIR/exercises")),
    ("solutions", include_dir!("$CARGO_MANIFEST_DIR/solutions")),
    ("assets/reference", include_dir!("$CARGO_MANIFEST_DIR/assets/reference")),
    ("assets/examples", include_dir!("$CARGO_MANIFEST_DIR/assets/examples")),
];

/// The embedded files; nothing is copied.
pub(super) fn files() -> Files {
    let mut files = Files::default();
    for (root, dir) in &ROOTS {
        collect(root, dir, &mut files);
    }
    files
}

fn collect(root: &str, dir: &'static Dir<'static>, files: &mut Files) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(root, dir, files),
            DirEntry::File(file) => {
                if let Some(path) = file.path().to_str() {
                    files.content.insert(format!("{root}/{path}"), Cow::Borrowed(file.contents()));
                }
            }
        }
    }
}
