//! A defect of the program itself: the terminal is restored, a report is written, and the person is
//! told where. The report holds no file contents, no keys and no credentials.

use crate::tui::terminal;
use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Names of the last messages. A static, because a panic hook has nothing else.
static LAST: Mutex<VecDeque<&'static str>> = Mutex::new(VecDeque::new());
const KEPT: usize = 60;

/// Notes the name of a message.
pub fn note(name: &'static str) {
    if let Ok(mut last) = LAST.lock() {
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(name);
    }
}

/// From now on a panic leaves the terminal as it was and a report in `data`. A panic on another
/// thread than the one that draws ends only its own work: a report, and no word on the screen.
pub fn install(data: PathBuf) {
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        let fatal = std::thread::current().id() == drawing;
        if fatal {
            terminal::leave();
        }
        let report = report(&info.to_string(), &Backtrace::force_capture().to_string());
        let written = write(&data, &report);
        if fatal {
            eprintln!("docker-ecr-tutor met a defect of its own and had to stop. Your files are saved.");
            match written {
                Ok(at) => eprintln!("What happened is written in {}", at.display()),
                Err(error) => eprintln!("No report could be written ({error}). What happened:\n{report}"),
            }
        }
    }));
}

fn report(what: &str, backtrace: &str) -> String {
    let last = LAST.lock().map(|last| last.iter().copied().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    format!(
        "docker-ecr-tutor {} on {} {}\n\n{what}\n\nlast messages: {last}\n\n{backtrace}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}

fn write(data: &Path, report: &str) -> std::io::Result<PathBuf> {
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    std::fs::create_dir_all(data)?;
    let at = data.join(format!("crash-{seconds}.txt"));
    std::fs::write(&at, report)?;
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_what_happened_and_what_came_before() {
        note("Key");
        note("Job::Progress");
        let dir = tempfile::tempdir().unwrap();
        let at = write(&dir.path().join("new"), &report("boom at src/x.rs:1", "frames")).unwrap();
        let text = std::fs::read_to_string(at).unwrap();
        assert!(text.contains("boom at src/x.rs:1") && text.contains("Key Job::Progress"), "{text}");
        assert!(text.contains(env!("CARGO_PKG_VERSION")));
    }

    /// Not a test by itself: what [`a_panic_gives_the_terminal_back`] runs in a terminal.
    #[test]
    #[ignore = "a part of another test"]
    fn panics_in_a_terminal() {
        let Some(data) = std::env::var_os("CRASH_TEST_DATA") else { return };
        install(data.into());
        note("Key");
        let mut guard = terminal::Guard::new().unwrap();
        guard.draw(|frame| frame.render_widget("picture", frame.area())).unwrap();
        panic!("a defect on purpose");
    }

    #[cfg(unix)]
    #[test]
    fn a_panic_gives_the_terminal_back() {
        use std::io::Read;
        let data = tempfile::tempdir().unwrap();
        let size = portable_pty::PtySize { rows: 24, cols: 200, ..Default::default() };
        let pair = portable_pty::native_pty_system().openpty(size).unwrap();
        let mut command = portable_pty::CommandBuilder::new(std::env::current_exe().unwrap());
        let name = format!("{}::panics_in_a_terminal", module_path!().split_once("::").unwrap().1);
        command.args(["--exact", &name, "--ignored", "--nocapture"]);
        command.env("CRASH_TEST_DATA", data.path());
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut child = pair.slave.spawn_command(command).unwrap();
        let modes = pair.master.get_termios().unwrap();
        drop(pair.slave);
        let mut raw = Vec::new();
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut part) {
            raw.extend(&part[..count]);
        }
        assert!(!child.wait().unwrap().success());
        let mut parser = vt100::Parser::new(24, 200, 0);
        parser.process(&raw);
        let (screen, all) = (parser.screen(), String::from_utf8_lossy(&raw));
        assert!(all.contains("picture"), "it was in the terminal: {all:?}");
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(pair.master.get_termios().map(|now| now.local_flags), Some(modes.local_flags));
        let reports: Vec<_> = std::fs::read_dir(data.path()).unwrap().map(|f| f.unwrap().path()).collect();
        let [report] = &reports[..] else { panic!("one report: {reports:?}") };
        assert!(screen.contents().contains(&format!("What happened is written in {}", report.display())));
        let text = std::fs::read_to_string(report).unwrap();
        assert!(text.contains("a defect on purpose") && text.contains("last messages: Key"), "{text}");
    }
}
