//! `workshop new|check`, and how every other command reads a plan.

use crate::course::model::Course;
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use crate::workshop::plan::{MAX_BYTES, Plan, PlanError};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;

/// Writes a plan to start from, of at most so many hours when that is said.
pub(super) fn new(file: &Path, hours: Option<u32>, course: &Course) -> Result<String, Failure> {
    let plan = match hours {
        None => Plan::of(course),
        Some(hours) => Plan::within(course, hours).ok_or_else(|| {
            let told = anyhow::anyhow!("not even the first lesson fits into {hours} h");
            Failure::new(Kind::User, told).hint("give it more hours, or leave --hours out")
        })?,
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    let written = options.open(file).and_then(|mut made| made.write_all(plan.to_yaml().as_bytes()));
    written
        .with_context(|| format!("cannot write {}", file.display()))
        .map_err(|error| Failure::new(Kind::User, error).hint("name a file that is not there yet"))?;
    let shown = file.display();
    Ok(format!(
        "{shown}: {}. It is yours to change; then: docker-ecr-tutor workshop check {shown}\n",
        measure(&plan)
    ))
}

/// Holds a plan against the course, and says what may surprise.
pub(super) fn check(file: &Path, course: &Course) -> Result<String, Failure> {
    let plan = read(file, course)?;
    let mut told = format!("{} holds: {}\n", file.display(), measure(&plan));
    for remark in plan.remarks(course) {
        let _ = writeln!(told, "note: {remark}");
    }
    Ok(told)
}

/// The plan in `file`, held against `course`.
///
/// # Errors
/// When the file cannot be read, or the plan does not hold: each fault at its place.
pub(in crate::cli) fn read(file: &Path, course: &Course) -> Result<Plan, Failure> {
    let shown = sanitise::plain(&file.display().to_string()).into_owned();
    let text = text(file).with_context(|| format!("cannot read {shown}")).map_err(|error| {
        Failure::new(Kind::User, error).hint("`docker-ecr-tutor workshop new` writes one to start from")
    })?;
    Plan::read(&shown, &text, course).map_err(|error| match error {
        PlanError::TooLarge(_) => Failure::new(Kind::Course, anyhow::anyhow!("{shown}: {error}")),
        PlanError::Broken(problems) => {
            let count = problems.len();
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let told = format!(
                "{shown} has {count} fault{}\n\n{}",
                if count == 1 { "" } else { "s" },
                told.join("\n\n")
            );
            Failure::new(Kind::Course, anyhow::anyhow!(sanitise::lines(&told).into_owned()))
        }
    })
}

/// The text of a file, at most a little over what a plan may have.
pub(super) fn text(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n"))
}

/// `3 parts, 1 h 05 min`.
fn measure(plan: &Plan) -> String {
    let (parts, minutes) = (plan.parts.len(), plan.minutes());
    let noun = if parts == 1 { "part" } else { "parts" };
    format!("{parts} {noun}, {} h {:02} min", minutes / 60, minutes % 60)
}
