//! `setup`: what is here, what is missing, and how to get it; with `--workshop` by the plan of a workshop.

mod workshop;

pub(super) use workshop::Told;

use super::Global;
use crate::engine::Environment;
use crate::failure::{Failure, Kind};
use crate::jobs::{DoctorLine, Job, JobEvent, Jobs, Outcome, Progress};
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// What `setup` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0    all that is needed is here
  2    wrong usage, or a plan that does not hold
  3    something is missing; its line says how to get it
  130  interrupted; 143  terminated: a pull that was under way has been ended in the engine too")]
pub struct Args {
    /// Look for what this plan of a workshop needs: base images, disk, ports, programs, terminal
    #[arg(long, value_name = "FILE")]
    workshop: Option<PathBuf>,
    /// Pull the base images that are missing; one that is there is never replaced
    #[arg(long, requires = "workshop")]
    pull: bool,
    /// Pull from this registry, and give the images their public names
    #[arg(long, requires = "pull", value_name = "HOST[:PORT][/PREFIX]", value_parser = crate::workshop::mirror::Mirror::parse)]
    mirror: Option<crate::workshop::mirror::Mirror>,
    /// Look whether the workshop's server answers; nothing is sent to it
    #[arg(long, requires = "workshop", value_name = "nats://HOST[:PORT]")]
    server: Option<String>,
}

pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let job = match &args.workshop {
        Some(file) => workshop::job(file, args, global)?,
        None => Job::Doctor,
    };
    let lines = match super::runtime()?.block_on(look(super::environment(global), job))? {
        Ended::Looked(lines) => lines,
        Ended::Stopped(signal) => return Ok(128 + signal),
    };
    let missing = lines.iter().filter(|line| line.ok == Some(false)).count();
    let verdict = match (&args.workshop, missing) {
        (None, 0) => "Everything the course needs is here.".to_owned(),
        (None, _) => "Lessons, the linter and static checks work as it is; builds need what is marked above."
            .to_owned(),
        (Some(_), 0) => "Everything this workshop needs is here.".to_owned(),
        (Some(_), 1) => "One thing is missing; its line says how to get it.".to_owned(),
        (Some(_), missing) => format!("{missing} things are missing; their lines say how to get them."),
    };
    out.write_all(render(&lines, &verdict, global.ascii).as_bytes())
        .map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if missing > 0 { 3 } else { 0 })
}

/// How a look around ended.
enum Ended {
    Looked(Vec<DoctorLine>),
    Stopped(u8),
}

async fn look(environment: Environment, job: Job) -> Result<Ended, Failure> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let jobs = Jobs::with_environment(tokio::runtime::Handle::current(), environment, move |event| {
        // Nobody listens any more once the answer has come.
        let _ = sender.send(event);
    });
    let id = jobs.start(job);
    let mut progress = Told::new();
    let mut stopped = None;
    let mut stop = std::pin::pin!(super::check::stop_signal());
    let outcome = loop {
        let event = tokio::select! {
            event = receiver.recv() => event,
            signal = &mut stop, if stopped.is_none() => {
                stopped = Some(signal);
                jobs.cancel(id);
                continue;
            }
        };
        match event {
            Some(JobEvent::Finished(_, outcome)) => break outcome,
            Some(JobEvent::Progress(_, Progress::Message(text))) => progress.message(&text),
            Some(JobEvent::Progress(_, Progress::Transfer(transfer))) => progress.transfer(transfer),
            Some(JobEvent::Progress(..)) => {}
            None => break Outcome::Cancelled,
        }
    };
    progress.end();
    jobs.shutdown(Duration::from_secs(1)).await;
    match (outcome, stopped) {
        (_, Some(signal)) => Ok(Ended::Stopped(signal)),
        (Outcome::Doctored(lines), _) => Ok(Ended::Looked(lines)),
        (Outcome::Failed { message, .. }, _) => Err(Failure::new(Kind::Internal, anyhow::anyhow!(message))),
        _ => Err(Failure::new(Kind::Internal, anyhow::anyhow!("the look around came to no end"))),
    }
}

fn render(lines: &[DoctorLine], verdict: &str, ascii: bool) -> String {
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
        let what = sanitise::plain(&line.what);
        let _ = writeln!(text, "{sign} {what:<width$}  {}", sanitise::plain(&line.found));
        if !line.remedy.is_empty() {
            let _ = writeln!(text, "  {:<width$}  to get it: {}", "", sanitise::plain(&line.remedy));
        }
    }
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
        let verdict =
            "Lessons, the linter and static checks work as it is; builds need what is marked above.";
        insta::assert_snapshot!(render(&lines, verdict, true));
    }
}
