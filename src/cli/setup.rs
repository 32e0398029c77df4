//! `setup`: what is here, what is missing, and how to get it.

use super::Global;
use crate::engine::Environment;
use crate::failure::{Failure, Kind};
use crate::jobs::{DoctorLine, Job, JobEvent, Jobs, Outcome};
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

pub(super) fn run(global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let lines = super::runtime()?.block_on(look(super::environment(global)))?;
    out.write_all(render(&lines, global.ascii).as_bytes())
        .map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if lines.iter().any(|line| line.ok == Some(false)) { 3 } else { 0 })
}

async fn look(environment: Environment) -> Result<Vec<DoctorLine>, Failure> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let jobs = Jobs::with_environment(tokio::runtime::Handle::current(), environment, move |event| {
        // Nobody listens any more once the answer has come.
        let _ = sender.send(event);
    });
    jobs.start(Job::Doctor);
    let outcome = loop {
        match receiver.recv().await {
            Some(JobEvent::Finished(_, outcome)) => break outcome,
            Some(JobEvent::Progress(..)) => {}
            None => break Outcome::Cancelled,
        }
    };
    jobs.shutdown(Duration::from_secs(1)).await;
    match outcome {
        Outcome::Doctored(lines) => Ok(lines),
        Outcome::Failed { message, .. } => Err(Failure::new(Kind::Internal, anyhow::anyhow!(message))),
        _ => Err(Failure::new(Kind::Internal, anyhow::anyhow!("the look around came to no end"))),
    }
}

fn render(lines: &[DoctorLine], ascii: bool) -> String {
    let width = lines.iter().map(|line| line.what.width()).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let sign = match (line.ok, ascii) {
            (Some(true), false) => "✓",
            (Some(true), true) => "+",
            (Some(false), false) => "✗",
            (Some(false), true) => "x",
            (None, _) => "-",
        };
        let _ = writeln!(text, "{sign} {:<width$}  {}", line.what, sanitise::plain(&line.found));
        if !line.remedy.is_empty() {
            let _ = writeln!(text, "  {:<width$}  to get it: {}", "", sanitise::plain(&line.remedy));
        }
    }
    let verdict = match lines.iter().filter(|line| line.ok == Some(false)).count() {
        0 => "Everything the course needs is here.",
        _ => "Lessons, the linter and static checks work as it is; builds need what is marked above.",
    };
    let _ = writeln!(text, "\n{verdict}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_its_remedy() {
        let line = |what: &str, ok, remedy: &str| DoctorLine {
            what: what.into(),
            ok,
            found: "so\u{1b}[2J".into(),
            remedy: remedy.into(),
        };
        let lines = [
            line("engine", Some(false), "install it"),
            line("trivy", None, ""),
            line("disk", Some(true), ""),
        ];
        insta::assert_snapshot!(render(&lines, true));
    }
}
