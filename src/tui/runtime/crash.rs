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
}
