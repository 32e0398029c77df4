//! An exercise: its task, its files in the learner's own editor, findings, checks, hints.

use super::{Leave, Room, Talk, explain, split};
use crate::cli::{check, environment};
use crate::course::model::Exercise;
use crate::dockerfile;
use crate::engine::Engine;
use crate::grade::{self, Access, CheckResult, Event, Report, Status};
use crate::lint::{Applicability, Config, fix, lint, report};
use crate::store::editor;
use crate::store::workspace::Workspace;
use crate::text::{LineIndex, sanitise};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const WORDS: &str = "Words: task, files, show FILE, edit FILE, lint, fix, rule CODE, check, check static, hint, \
                     back, quit. FILE is a name or a number; the Dockerfile when it is left out.";

/// Works on `exercise` until the person leaves it.
pub(super) fn work(room: &mut Room<'_>, talk: &mut Talk<'_>, exercise: &Exercise) -> io::Result<Leave> {
    let opened = room.global.work().map_err(|failure| failure.to_string()).and_then(|root| {
        Workspace::open(&root, &exercise.id, exercise.start_files()).map_err(|error| error.to_string())
    });
    let workspace = match opened {
        Ok(workspace) => workspace,
        Err(error) => {
            talk.say(&format!(
                "The exercise's folder cannot be used: {error}. --workspace DIR takes another."
            ))?;
            return Ok(Leave::Back);
        }
    };
    let mut desk = Desk { room, talk, exercise, workspace };
    desk.task()?;
    desk.files()?;
    desk.talk.say(WORDS)?;
    loop {
        let Some(said) = desk.talk.ask(&format!("\n{}", exercise.id))? else { return Ok(Leave::Quit) };
        match split(&said) {
            ("task" | "t", _) => desk.task()?,
            ("files" | "f", _) => desk.files()?,
            ("show" | "s", name) => desk.show(name)?,
            ("edit" | "e", name) => desk.edit(name)?,
            ("lint" | "l", _) => desk.lint()?,
            ("fix", _) => desk.fix()?,
            ("rule" | "explain" | "r", code) => explain(desk.talk, code)?,
            ("check" | "c", how) => desk.check(how == "static")?,
            ("hint" | "h", _) => desk.hint()?,
            ("back" | "b", _) => return Ok(Leave::Back),
            ("quit" | "q" | "exit", _) => return Ok(Leave::Quit),
            _ => desk.talk.say(WORDS)?,
        }
    }
}

struct Desk<'a, 'b, 'c> {
    room: &'a mut Room<'b>,
    talk: &'a mut Talk<'c>,
    exercise: &'a Exercise,
    workspace: Workspace,
}

impl Desk<'_, '_, '_> {
    fn task(&mut self) -> io::Result<()> {
        let exercise = self.exercise;
        self.talk
            .say(&format!("\n{}: {}. About {} minutes.", exercise.id, exercise.title, exercise.minutes))?;
        self.talk.read_out(&exercise.task)
    }

    fn files(&mut self) -> io::Result<()> {
        self.talk.say(&format!("\nYour files are in {}:", self.workspace.dir().display()))?;
        for (at, file) in self.exercise.files.iter().enumerate() {
            let mine = if file.edit { "yours to change" } else { "to read" };
            let there = if self.workspace.load(&file.path).is_ok() { "" } else { ", not there yet" };
            self.talk.say(&format!("{}. {}, {mine}{there}", at + 1, file.path))?;
        }
        Ok(())
    }

    /// The file of that name or number; the first when nothing is said.
    fn named(&mut self, name: &str) -> io::Result<Option<String>> {
        let files = &self.exercise.files;
        let number = name.parse::<usize>().ok().and_then(|n| files.get(n.checked_sub(1)?));
        let found = match name {
            "" => files.iter().find(|file| file.path == "Dockerfile").or(files.first()),
            name => number.or_else(|| files.iter().find(|file| file.path == name)),
        };
        if found.is_none() {
            self.talk.say(&format!("This exercise has no file {name:?}; files lists them."))?;
        }
        Ok(found.map(|file| file.path.clone()))
    }

    fn text(&self, path: &str) -> Option<String> {
        let (bytes, _) = self.workspace.load(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn show(&mut self, name: &str) -> io::Result<()> {
        let Some(path) = self.named(name)? else { return Ok(()) };
        let Some(text) = self.text(&path) else { return self.talk.say(&format!("{path} is not there yet.")) };
        self.talk.say(&format!("{path}, {} lines:", text.lines().count()))?;
        for (at, line) in text.lines().enumerate() {
            self.talk.say(&format!("{}: {line}", at + 1))?;
        }
        Ok(())
    }

    fn edit(&mut self, name: &str) -> io::Result<()> {
        let Some(path) = self.named(name)? else { return Ok(()) };
        if !self.exercise.files.iter().any(|file| file.path == path && file.edit) {
            return self.talk.say(&format!("{path} is only to be read."));
        }
        let (program, arguments) = editor::command(&self.workspace.dir().join(&path), 1);
        self.talk.out.flush()?;
        match std::process::Command::new(&program).args(arguments).status() {
            Ok(status) if status.success() => self.talk.say(&format!("{path} is back from {program}.")),
            Ok(status) => self.talk.say(&format!("{program} ended with {status}.")),
            Err(error) => self
                .talk
                .say(&format!("{program} could not be started ({error}). Set EDITOR to your editor.")),
        }
    }

    /// The linter's configuration here, and the Dockerfile's text.
    fn dockerfile(&mut self) -> io::Result<Option<(Config, String)>> {
        let Some(text) = self.text("Dockerfile") else {
            self.talk.say("There is no Dockerfile yet; edit makes one.")?;
            return Ok(None);
        };
        let ignore = self.text(".dockerignore");
        Ok(Some((Config { dockerignore: Some(ignore), ..Config::default() }, text)))
    }

    fn lint(&mut self) -> io::Result<()> {
        let Some((config, text)) = self.dockerfile()? else { return Ok(()) };
        let (tree, _) = dockerfile::parse(&text);
        let found = lint(&tree, &config);
        let index = LineIndex::new(&text);
        match found.len() {
            0 => self.talk.say("No problems in the Dockerfile.")?,
            1 => self.talk.say("1 problem in the Dockerfile:")?,
            count => self.talk.say(&format!("{count} problems in the Dockerfile:"))?,
        }
        for problem in found {
            let fix = match problem.fix.map(|fix| fix.applicability) {
                Some(Applicability::Safe) => " Can be fixed safely.",
                Some(Applicability::Unsafe) => " Can be fixed by an unsafe fix: lint --unsafe-fixes.",
                None => "",
            };
            let line = index.line(problem.span.start);
            let level = report::level(problem.severity);
            self.talk.say(&format!("Line {line}, {level} {}: {}.{fix}", problem.code, problem.message))?;
        }
        Ok(())
    }

    fn fix(&mut self) -> io::Result<()> {
        let Some((config, text)) = self.dockerfile()? else { return Ok(()) };
        let fixed = fix::apply_all(&text, &config, Applicability::Safe);
        if fixed.applied.is_empty() {
            return self.talk.say("There is nothing that can safely be fixed by itself.");
        }
        if let Err(error) = self.workspace.save("Dockerfile", fixed.source.as_bytes()) {
            return self.talk.say(&format!("Nothing was changed: {error}"));
        }
        for (code, title) in fixed.applied {
            self.talk.say(&format!("{code}: {title}."))?;
        }
        Ok(())
    }

    fn hint(&mut self) -> io::Result<()> {
        let total = self.exercise.hints.len();
        let kept = self.room.progress.exercises.get(&self.exercise.id).map_or(0, |kept| kept.hints_opened);
        let opened = usize::try_from(kept).unwrap_or(total);
        let Some(hint) = self.exercise.hints.get(opened.min(total.saturating_sub(1))) else {
            return self.talk.say("There are no hints here.");
        };
        let number = opened.min(total - 1) + 1;
        self.talk.say(&format!("Hint {number} of {total}:"))?;
        self.talk.read_out(hint)?;
        let (id, number) = (self.exercise.id.clone(), u32::try_from(number).unwrap_or(u32::MAX));
        self.room.keep(self.talk, |store| store.open_hint(&id, number))
    }

    fn check(&mut self, only_static: bool) -> io::Result<()> {
        let graded = if only_static {
            Ok(grade::grade_static(self.exercise, self.workspace.dir()))
        } else {
            self.talk.say("Checking. Ctrl-C stops it.")?;
            self.talk.out.flush()?;
            self.grade()
        };
        let report = match graded {
            Ok(report) => report,
            Err(reason) => return self.talk.say(&format!("The checks could not be run: {reason}")),
        };
        let total = report.results.len();
        for (at, result) in report.results.iter().enumerate() {
            self.talk.say(&verdict(at + 1, total, result))?;
        }
        let not_run = report.count(Status::NotRun);
        let rest = if not_run > 0 { format!(", {not_run} checks not run") } else { String::new() };
        let passed = if report.passed() { "Passed: " } else { "" };
        self.talk.say(&format!("{passed}{} of {} points{rest}.", report.score(), report.max_score()))?;
        if report.only_static {
            return Ok(());
        }
        self.room.keep(self.talk, |store| store.record_attempt(&report.attempt()))
    }

    /// Grades with the engine, when there is one.
    fn grade(&self) -> Result<Report, String> {
        let titles: Vec<String> = self.exercise.checks.iter().map(|check| check.title.clone()).collect();
        let events: grade::Events = Arc::new(move |event| {
            if let Event::CheckStarted(at) = event
                && let Some(title) = titles.get(at)
            {
                // A person who cannot see a spinner wants to know that something goes on.
                let _ = writeln!(io::stdout().lock(), "Now: {}", sanitise::plain(title));
            }
        });
        let runtime = crate::cli::runtime().map_err(|failure| failure.to_string())?;
        runtime.block_on(async {
            let (access, engine) = match Engine::connect(&environment(self.room.global)).await {
                Ok(engine) => (Access::Ready(engine.clone()), Some(engine)),
                Err(error) => (Access::Missing(error.to_string()), None),
            };
            let options = grade::Options::new(access);
            let cancel = CancellationToken::new();
            let grading = grade::grade(self.exercise, self.workspace.dir(), &options, events, cancel.clone());
            let mut grading = std::pin::pin!(grading);
            let report = tokio::select! {
                report = &mut grading => report,
                _ = check::stop_signal() => {
                    cancel.cancel();
                    grading.await
                }
            };
            if let Some(engine) = engine {
                engine.settle(Duration::from_secs(10)).await;
            }
            Ok(report)
        })
    }
}

/// A check in sentences.
fn verdict(number: usize, total: usize, result: &CheckResult) -> String {
    let kind = if result.bonus { "bonus " } else { "" };
    let plural = if result.points == 1 { "" } else { "s" };
    let points = format!("{} {kind}point{plural}", result.points);
    let earned = if result.score > 0 { format!(" What held earns {}.", result.score) } else { String::new() };
    let head = format!("Check {number} of {total}, {}, {points}:", result.title);
    let sentence = |label: &str, text: &str| {
        if text.is_empty() { String::new() } else { format!(" {label}: {}.", text.trim_end_matches('.')) }
    };
    match result.status {
        Status::Pass => format!("{head} passed."),
        Status::NotRun => format!("{head} not run.{}", sentence("Because", &result.found)),
        Status::Fail => format!(
            "{head} failed.{}{}{}{}{earned}",
            sentence("Found", &result.found),
            sentence("Wanted", &result.expected),
            sentence("Look at", &result.look_at),
            sentence("Why", &result.why),
        ),
    }
}
