//! Hostile course folders. What holds is measured by what was read, not by a clock.

use super::*;

/// A course folder with one good lesson.
fn course() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("lessons")).unwrap();
    fs::write(dir.path().join("lessons/01-good.md"), GOOD).unwrap();
    dir
}

const GOOD: &str =
    "---\ntitle: Good\nsummary: A page.\nminutes: 1\nobjectives: [Read]\n---\n# Good\n\nText.\n";

/// The only problem of the folder, which still gives its good lesson.
fn only_problem(dir: &tempfile::TempDir) -> (Problem, u64) {
    let files = read_folder(dir.path());
    assert!(files.content.contains_key("lessons/01-good.md"), "the good file is there");
    assert_eq!(files.problems.len(), 1, "{:?}", files.problems);
    (files.problems[0].clone(), files.bytes_read)
}

#[test]
fn a_file_of_100_mb_is_refused_without_reading_it() {
    let dir = course();
    let file = File::create(dir.path().join("lessons/02-big.md")).unwrap();
    file.set_len(100 << 20).unwrap();
    let (problem, read) = only_problem(&dir);
    assert_eq!(problem.path, "lessons/02-big.md");
    assert_eq!(problem.message, "The file is larger than 1 MiB.");
    assert_eq!(read, GOOD.len() as u64);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_course_is_refused_unopened() {
    let dir = course();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(outside.path(), "secret").unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("lessons/02-link.md")).unwrap();
    let (problem, read) = only_problem(&dir);
    assert_eq!(problem.message, "This symbolic link leads out of the course.");
    assert_eq!(read, GOOD.len() as u64);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_of_the_course_is_followed() {
    let dir = course();
    std::os::unix::fs::symlink("01-good.md", dir.path().join("lessons/02-same.md")).unwrap();
    let files = read_folder(dir.path());
    assert_eq!(files.problems, []);
    assert_eq!(files.content["lessons/02-same.md"].as_ref(), GOOD.as_bytes());
}

#[cfg(unix)]
#[test]
fn links_to_folders_and_to_nowhere_are_refused() {
    for (target, message) in
        [(".", "This is a symbolic link to a folder."), ("gone", "This symbolic link leads nowhere")]
    {
        let dir = course();
        std::os::unix::fs::symlink(target, dir.path().join("lessons/loop")).unwrap();
        assert!(only_problem(&dir).0.message.starts_with(message));
    }
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_devices_are_never_opened() {
    let dir = course();
    let pipe = dir.path().join("lessons/02-pipe.md");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // Opening it would wait for ever for a writer.
    assert_eq!(only_problem(&dir).0.message, "This is a named pipe, not a regular file.");

    let dir = course();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("lessons/02.sock")).unwrap();
    assert_eq!(only_problem(&dir).0.message, "This is a socket, not a regular file.");

    let dir = course();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("lessons/02-zero.md")).unwrap();
    assert_eq!(only_problem(&dir).0.message, "This symbolic link leads out of the course.");
}

#[cfg(unix)]
#[test]
fn a_pipe_swapped_in_after_the_look_does_not_make_us_wait() {
    let dir = course();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(read_bounded(&pipe).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_plain_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    for name in [&b"02-\xff.md"[..], b"02-\x1b[2J.md"] {
        let dir = course();
        fs::write(dir.path().join("lessons").join(std::ffi::OsStr::from_bytes(name)), GOOD).unwrap();
        let (problem, _) = only_problem(&dir);
        assert_eq!(problem.message, "The file's name is not plain UTF-8 text.");
        assert!(!problem.path.contains('\u{1b}'));
    }
}

#[test]
fn a_maze_of_folders_ends_at_the_limit() {
    let dir = course();
    let mut deep = dir.path().join("exercises");
    for _ in 0..100 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    let (problem, _) = only_problem(&dir);
    assert_eq!(problem.message, format!("Folders are nested more than {MAX_DEPTH} deep."));
}

#[test]
fn ten_thousand_files_end_at_the_limit() {
    let dir = course();
    let start = dir.path().join("exercises/exercise-1/start");
    fs::create_dir_all(&start).unwrap();
    for n in 0..MAX_FILES + 500 {
        File::create(start.join(format!("{n}"))).unwrap();
    }
    let files = read_folder(dir.path());
    assert_eq!(files.problems.len(), 1);
    assert!(files.problems[0].message.starts_with("The course is larger than 4000 files"));
    assert_eq!(files.content.len(), MAX_FILES);
}

#[test]
fn a_folder_that_is_missing_or_empty_or_a_file_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let message = |path: &Path| read_folder(path).problems.remove(0).message;
    assert!(message(&dir.path().join("gone")).starts_with("The course folder cannot be opened"));
    assert!(message(dir.path()).starts_with("There is no course here"));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(message(&dir.path().join("file")).starts_with("This is a file"));
}
