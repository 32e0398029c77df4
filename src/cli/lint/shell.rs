//! ShellCheck's findings beside ours, when it is on this machine: all scripts of all files together.

use super::Usage;
use super::config::Settings;
use crate::dockerfile;
use crate::jobs::shellcheck::{HOW_TO_GET, ShellCheck};
use crate::lint::fix::Fixed;
use crate::lint::hide;
use crate::lint::report::FileReport;
use crate::lint::shellcheck::{Script, diagnose, scripts};
use crate::text::{Edit, apply_edits, sanitise};
use std::collections::BTreeSet;
use std::io::Write;

/// Adds what ShellCheck finds in the RUNs of `reports`. That it is not there is said only when
/// somebody asked for more words; that it failed, always.
pub(super) fn add(settings: &Settings, reports: &mut [FileReport], err: &mut dyn Write) -> Result<(), Usage> {
    if !settings.shellcheck {
        return Ok(());
    }
    let Some(program) = ShellCheck::find() else {
        if settings.verbose {
            writeln!(err, "ShellCheck: not on PATH, so the shell in RUN is not judged; {HOW_TO_GET}")?;
        }
        return Ok(());
    };
    if settings.verbose {
        let shown = program.program().to_string_lossy();
        writeln!(err, "ShellCheck: {}", sanitise::plain(&shown))?;
    }
    let mut files: Vec<(&mut FileReport, dockerfile::Dockerfile, Vec<Script>)> = Vec::new();
    for report in reports {
        let (file, _) = dockerfile::parse(&report.source);
        let scripts = scripts(&file, &settings.config);
        if !scripts.is_empty() {
            files.push((report, file, scripts));
        }
    }
    if files.is_empty() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let errors = runtime.block_on(async {
        tokio::select! {
            biased;
            signal = interrupted() => Err(Usage::Interrupted(signal)),
            errors = program.check(files.iter().flat_map(|(.., scripts)| scripts)) => Ok(errors),
        }
    })?;
    let errors: BTreeSet<String> = errors.iter().map(ToString::to_string).collect();
    for error in errors {
        writeln!(err, "lint: ShellCheck did not judge every RUN: {}", sanitise::plain(&error))?;
    }
    for (report, file, scripts) in files {
        let said: Vec<_> =
            scripts.iter().filter_map(|script| Some((script, program.known(script)?))).collect();
        let mut found =
            diagnose(&file, &settings.config, said.iter().map(|(script, said)| (*script, &**said)));
        hide(&file.source, &report.secrets, &mut found);
        report.findings.extend(found);
        report.findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    }
    Ok(())
}

/// Applies what ShellCheck would write, as far as it agrees with itself.
pub(super) fn mend(settings: &Settings, fixed: &mut Fixed, err: &mut dyn Write) -> Result<(), Usage> {
    let source = fixed.source.as_str().into();
    let mut reports = [FileReport {
        shown: String::new(),
        name: String::new(),
        source,
        findings: Vec::new(),
        secrets: Vec::new(),
    }];
    add(settings, &mut reports, err)?;
    let [report] = reports;
    let mut edits: Vec<Edit> = Vec::new();
    let mut applied = Vec::new();
    for found in &report.findings {
        let Some(fix) = &found.fix else { continue };
        let apart =
            |edit: &Edit| edits.iter().all(|e| edit.span.end < e.span.start || e.span.end < edit.span.start);
        if fix.edits.iter().all(apart) {
            edits.extend(fix.edits.iter().cloned());
            applied.push((found.code, fix.title.clone()));
        }
    }
    let Some(next) = apply_edits(&fixed.source, &edits) else { return Ok(()) };
    if dockerfile::parse(&next).1.len() <= dockerfile::parse(&fixed.source).1.len() {
        fixed.source = next;
        fixed.applied.extend(applied);
    }
    Ok(())
}

/// Waits for a signal to end and answers its number: the processes and their files are then cleared
/// away before the program ends.
#[cfg(unix)]
async fn interrupted() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind: SignalKind, number: u8| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
        number
    };
    tokio::select! {
        number = wait(SignalKind::interrupt(), 2) => number,
        number = wait(SignalKind::terminate(), 15) => number,
        number = wait(SignalKind::hangup(), 1) => number,
    }
}

#[cfg(not(unix))]
async fn interrupted() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
