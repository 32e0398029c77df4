//! `--course` from a git repository and from archives: what is taken, what is refused, and that nothing of it is run.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::Home;

const HARBOUR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/harbour");
const WHOLE: &str = "2 lessons, 4 exercises, 1 example, 1 reference page, 0 problems\n";

/// Exit code and output of `course check COURSE`.
fn check(home: &Home, course: &str) -> (i32, String, String) {
    let mut command = home.command(&["course", "check", course]);
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "protocol.file.allow=always",
    ]);
    let out =
        command.current_dir(folder).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// The harbour in a repository.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").args(["-r", &format!("{HARBOUR}/."), "."]).current_dir(dir.path()).status();
    assert!(copied.unwrap().success());
    git(dir.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(dir.path(), &["add", "--all"]);
    git(dir.path(), &["commit", "--quiet", "--message=Harbour"]);
    dir
}

fn commit(repository: &Path, path: &str, change: impl FnOnce(String) -> String) {
    let file = repository.join(path);
    fs::write(&file, change(fs::read_to_string(&file).unwrap_or_default())).unwrap();
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message=Change"]);
}

#[test]
fn a_course_comes_from_a_repository_is_renewed_with_it_and_outlives_it() {
    let (home, repository) = (Home::new(), repository());
    let url = format!("file://{}", repository.path().display());
    assert_eq!(check(&home, &url), (0, WHOLE.to_owned(), String::new()));
    let lesson = "lessons/02-shipping.md";
    commit(repository.path(), lesson, |text| text.replace("minutes: 5", "minutes: 500"));
    let (code, out, _) = check(&home, &url);
    assert!(code == 2 && out.contains("02-shipping.md:4:1: A lesson takes 1 to"), "{out}");
    // A branch is a course of its own.
    git(repository.path(), &["branch", "first", "HEAD~1"]);
    assert_eq!(check(&home, &format!("{url}#first")).0, 0);
    let (code, _, err) = check(&home, &format!("{url}#none"));
    assert!(code == 3 && err.contains("git cannot fetch") && err.contains("none"), "{err}");
    // Without the repository the copy of last time serves, and that is said.
    drop(repository);
    let (code, out, err) = check(&home, &url);
    assert!(code == 2 && out.contains("02-shipping.md:4:1"), "{out}");
    assert!(
        err.starts_with("note: git cannot fetch") && err.contains("the copy of last time is used"),
        "{err}"
    );
}

#[test]
fn nothing_of_a_repository_is_run_and_nothing_else_fetched() {
    let (home, repository, other) = (Home::new(), repository(), repository());
    let seen = home.path().join("seen");
    // A filter that a person's own settings know, as LFS's is, and a submodule.
    home.write(
        ".gitconfig",
        format!("[filter \"spy\"]\n\tsmudge = touch {0}; cat\n\tclean = cat\n", seen.display()),
    );
    commit(repository.path(), ".gitattributes", |_| "*.md filter=spy diff=spy\n".to_owned());
    let inner = format!("file://{}", other.path().display());
    git(repository.path(), &["submodule", "--quiet", "add", &inner, "exercises/more"]);
    git(repository.path(), &["commit", "--quiet", "--message=More"]);
    let (code, out, err) = check(&home, &format!("file://{}", repository.path().display()));
    assert!(!seen.exists(), "a filter ran");
    assert_eq!((code, out.as_str(), err.as_str()), (0, WHOLE, ""), "the submodule is not there");
}

#[test]
fn addresses_that_could_run_or_tell_something_are_refused() {
    let home = Home::new();
    for address in ["ext::sh -c 'touch seen'", "http://example.org/course", "git://example.org/course"] {
        let (code, _, err) = check(&home, address);
        assert!(code == 2 && err.contains("a course comes by https, ssh or file"), "{address}: {err}");
    }
    let (code, _, err) = check(&home, "https://ada:hunter2@example.org/course");
    assert!(code == 2 && err.contains("credential helper") && !err.contains("hunter2"), "{err}");
    assert!(!home.path().join("seen").exists());
}

/// A tar of the harbour below one folder, with `more` behind it.
fn packed(more: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.follow_symlinks(false);
    builder.append_dir_all("harbour-1.0", HARBOUR).unwrap();
    more(&mut builder);
    builder.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_course_comes_from_an_archive_and_is_read_again_when_that_changes() {
    let home = Home::new();
    let tar = packed(|_| {});
    let zst = zstd::encode_all(tar.as_slice(), 1).unwrap();
    for (name, bytes) in
        [("a.tar", tar.clone()), ("a.tar.gz", gz(&tar)), ("a.tar.zst", zst), ("nameless", gz(&tar))]
    {
        let path = home.write(name, bytes).display().to_string();
        assert_eq!(check(&home, &path), (0, WHOLE.to_owned(), String::new()), "{name}");
        assert_eq!(check(&home, &path).0, 0, "{name} again");
    }
    let path = home.path().join("a.tar.gz").display().to_string();
    let more = packed(|tar| {
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        tar.append_data(&mut header, "harbour-1.0/lessons/odd.md", &b"odd"[..]).unwrap();
    });
    home.write("a.tar.gz", gz(&more));
    let (code, out, _) = check(&home, &path);
    assert!(code == 2 && out.contains("lessons/odd.md: The file's name is not that of a lesson."), "{out}");
}

#[test]
fn archives_that_reach_out_or_swell_are_refused() {
    let home = Home::new();
    let entry = |kind: tar::EntryType, path: &str, link: &str| {
        packed(|tar| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            if !link.is_empty() {
                header.set_link_name(link).unwrap();
            }
            // Written by hand: the library refuses to.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
        })
    };
    let bomb = packed(|tar| {
        let size = 80_u64 << 20;
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        tar.append_data(
            &mut header,
            "harbour-1.0/lessons/zeros",
            std::io::Read::take(std::io::repeat(0), size),
        )
        .unwrap();
    });
    for (name, bytes, said) in [
        ("link", entry(tar::EntryType::Symlink, "lessons/09-x.md", "/etc/passwd"), "is a link or a device"),
        ("hard", entry(tar::EntryType::Link, "lessons/09-x.md", "/etc/passwd"), "is a link or a device"),
        ("pipe", entry(tar::EntryType::Fifo, "lessons/09-x.md", ""), "is a link or a device"),
        ("disk", entry(tar::EntryType::Block, "lessons/09-x.md", ""), "is a link or a device"),
        ("out", entry(tar::EntryType::Regular, "lessons/../../../out.md", ""), "leads out of the course"),
        ("bomb", bomb, "is larger than 64 MiB"),
    ] {
        let path = home.write(format!("{name}.tar.gz"), gz(&bytes)).display().to_string();
        let (code, _, err) = check(&home, &path);
        assert!(code == 2 && err.contains(said) && err.contains("try: "), "{name}: {err}");
    }
    assert!(!home.path().join("out.md").exists());
    let path = home.write("a.zip", b"PK\x03\x04 and so on").display().to_string();
    let (code, _, err) = check(&home, &path);
    assert!(code == 2 && err.contains("zip") && err.contains("pack it with tar -czf"), "{err}");
    let torn = gz(&packed(|_| {}));
    let path = home.write("torn.tar.gz", &torn[..torn.len() / 2]).display().to_string();
    let (code, _, err) = check(&home, &path);
    assert!(code == 2 && err.contains("cannot read the archive"), "{err}");
}

#[test]
fn it_is_opened_as_any_other_course() {
    let (home, repository) = (Home::new(), repository());
    let url = format!("file://{}", repository.path().display());
    for _ in 0..2 {
        let tutor = home.start(&["--course", &url], (100, 30), &[]);
        tutor.wait_for("Mooring an image");
        support::leave(tutor);
    }
}
