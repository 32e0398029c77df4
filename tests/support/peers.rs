//! The programs that tests compare with, from the project's set-up or this machine.

use std::path::{Path, PathBuf};

/// The peer of this name, or `None` after saying on standard error that this test is not run. With
/// `CI=true` a missing peer fails the test.
pub fn peer(name: &str) -> Option<PathBuf> {
    let set_up = std::env::var_os("TUTOR_SETUP_CACHE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/setup"), PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(set_up.join("bin")).chain(std::env::split_paths(&path));
    let found = places.map(|place| place.join(name)).find(|program| program.is_file());
    if found.is_none() {
        let why = format!("there is no {name} (tests/setup/setup.sh installs it)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!("not run: {test}: {why}");
    }
    found
}

/// PATH with the folder of `program` before all others.
pub fn path_with(program: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".into());
    format!("{}:{path}", program.parent().unwrap_or(program).display())
}
