//! Steps that many journeys take.

use super::{Exit, Session};
use std::path::Path;
use std::time::{Duration, Instant};

/// Waits until a file's text is as `met` wants it.
pub fn wait_file(path: &Path, met: impl Fn(&str) -> bool) {
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if met(&text) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{} holds {text:?}", path.display());
        std::thread::yield_now();
    }
}

/// Waits until the process with this id has ended.
pub fn wait_dead(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).expect("a process id");
    let start = Instant::now();
    // One that has ended, and whose parent has not asked how, is dead as well.
    let ended = || {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        stat.contains(") Z ") || rustix::process::test_kill_process(pid).is_err()
    };
    while !ended() {
        assert!(start.elapsed() < Duration::from_secs(20), "process {pid:?} still runs");
        std::thread::yield_now();
    }
}

/// Leaves the program as a person does; the terminal must be as it was, with nothing foreign sent.
pub fn leave(mut tutor: Session) {
    tutor.send("Ctrl-q");
    assert_eq!(tutor.wait_exit(), Exit::Code(0));
    tutor.assert_restored();
    tutor.assert_clean();
}
