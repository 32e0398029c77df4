//! hadolint itself, when the set-up has installed it: many files in few processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The binary.
pub struct Peer(PathBuf);

/// How many files one process gets.
const BATCH: usize = 250;

/// hadolint, or `None` after saying so; with `CI=true` that fails the test.
pub fn hadolint() -> Option<Peer> {
    let cache = std::env::var_os("TUTOR_SETUP_CACHE").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/setup"));
    let path = cache.join("bin/hadolint");
    if path.is_file() {
        return Some(Peer(path));
    }
    let why = "there is no hadolint to compare with (tests/setup/setup.sh installs it)";
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("not run: {test}: {why}");
    None
}

impl Peer {
    /// `CODE@line` of each text, without ShellCheck's codes, of which hadolint shows one a RUN; `None`
    /// when hadolint crashes.
    pub fn lint(&self, texts: &[&str], args: &[&str]) -> Option<Vec<BTreeSet<String>>> {
        let folder = tempfile::tempdir().unwrap();
        let mut found = vec![BTreeSet::new(); texts.len()];
        let names: Vec<String> = (0..texts.len()).map(|at| at.to_string()).collect();
        for (name, text) in names.iter().zip(texts) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        for names in names.chunks(BATCH) {
            let json = self.run(folder.path(), "json", args, names);
            let list: Vec<serde_json::Value> = serde_json::from_str(&json).ok()?;
            for finding in list {
                let code = finding["code"].as_str().unwrap();
                let at: usize = finding["file"].as_str().unwrap().parse().unwrap();
                if !code.starts_with("SC") {
                    found[at].insert(format!("{code}@{}", finding["line"]));
                }
            }
        }
        Some(found)
    }

    /// The report about files, and the messages in it.
    pub fn report(&self, files: &[(&str, &str)], format: &str) -> (String, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        let json = self.run(folder.path(), "json", &[], &names);
        let list: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        let messages = list.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect();
        (self.run(folder.path(), format, &[], &names), messages)
    }

    fn run(&self, folder: &Path, format: &str, args: &[&str], names: &[String]) -> String {
        // A configuration of the person who runs the tests must not count.
        let clean: BTreeMap<&str, &Path> = BTreeMap::from([("HOME", folder), ("XDG_CONFIG_HOME", folder)]);
        let mut command = Command::new(&self.0);
        command.args(["--no-fail", "--no-color", "--format", format]).args(args).args(names);
        let output = command.current_dir(folder).env_clear().envs(clean).env("LANG", "C.UTF-8").output();
        String::from_utf8(output.expect("hadolint runs").stdout).unwrap()
    }
}
