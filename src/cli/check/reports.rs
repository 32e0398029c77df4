//! Where reports go, and in which format.

use crate::failure::{Failure, Kind};
use crate::grade::Report;
use crate::grade::report::classroom50::Handed;
use crate::grade::report::{self, FORMATS, Format, Style, text};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// A format and where it goes; no file is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    format: Format,
    file: Option<PathBuf>,
}

impl Target {
    /// Reads `FORMAT` or `FORMAT=FILE`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::named(name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            format!("there is no format `{name}`: {}", known.join(", "))
        })?;
        Ok(Self { format, file })
    }

    /// What `--format` and `--output` ask for together: text to standard output when neither says
    /// anything.
    pub(super) fn all(formats: &[Self], output: Option<&Path>) -> Result<Vec<Self>, Failure> {
        let mut all = formats.to_vec();
        if all.is_empty() {
            all.push(Self { format: Format::Text, file: None });
        }
        if let Some(output) = output {
            let mut open: Vec<&mut Self> = all.iter_mut().filter(|target| target.file.is_none()).collect();
            match open.as_mut_slice() {
                [one] => one.file = Some(output.to_owned()),
                _ => {
                    let told = anyhow::anyhow!("--output belongs to one --format without a file of its own");
                    return Err(
                        Failure::new(Kind::User, told).hint("--format text --format json=report.json")
                    );
                }
            }
        }
        if all.iter().filter(|target| target.file.is_none()).count() > 1 {
            let told = anyhow::anyhow!("two formats cannot both go to standard output");
            return Err(Failure::new(Kind::User, told).hint("--format text --format json=report.json"));
        }
        Ok(all)
    }
}

/// Whether the formats can hold what is graded: some are about one submission, whoever reads them.
pub(super) fn fit(outputs: &[Target], targets: &[super::targets::Target<'_>]) -> Result<(), Failure> {
    let Some(narrow) = outputs.iter().find(|output| output.format.is_of_one()) else { return Ok(()) };
    let mut seen = std::collections::BTreeSet::new();
    if targets.iter().all(|target| seen.insert(&target.exercise.id)) {
        return Ok(());
    }
    let told = anyhow::anyhow!("{} is a format for one submission", narrow.format.name());
    Err(Failure::new(Kind::User, told).hint("name one --dir, or take json or csv for many"))
}

/// How the text report looks.
pub(super) fn look(ascii: bool, terminal: bool) -> text::Look {
    let usual = text::Look::default();
    // Wider lines are hard to read, however wide the terminal is.
    let width = if terminal { usual.width.min(usize::from(crate::cli::prose::width())) } else { usual.width };
    text::Look { colour: terminal && colour(), ascii, width }
}

/// Writes the reports wherever they are wanted.
pub(super) fn write(
    targets: &[Target],
    reports: &[Report],
    times: bool,
    ascii: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for target in targets {
        let terminal = target.file.is_none() && std::io::stdout().is_terminal();
        let handed = if target.format == Format::Classroom50 { handed() } else { Handed::default() };
        let style = Style { look: look(ascii, terminal), times, handed };
        let rendered =
            report::render(target.format, reports, &style).map_err(|e| Failure::new(Kind::Internal, e))?;
        match &target.file {
            None => out.write_all(rendered.as_bytes()).and_then(|()| out.flush()),
            Some(file) => std::fs::write(file, rendered),
        }
        .map_err(|error| unwritable(target.file.as_deref(), error))?;
        if target.format == Format::Github
            && let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        {
            let summary = PathBuf::from(summary);
            let file = std::fs::OpenOptions::new().create(true).append(true).open(&summary);
            file.and_then(|mut file| file.write_all(report::step_summary(reports).as_bytes()))
                .map_err(|error| unwritable(Some(&summary), error))?;
        }
    }
    Ok(())
}

fn unwritable(file: Option<&Path>, error: std::io::Error) -> Failure {
    let name = file.map_or("standard output".into(), |file| file.display().to_string());
    let told = anyhow::Error::new(error).context(format!("cannot write the report to {name}"));
    // A file that was named and cannot be written is named wrongly.
    Failure::new(if file.is_some() { Kind::User } else { Kind::Environment }, told)
}

/// What the environment of Classroom 50 says about the submission.
fn handed() -> Handed {
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let owner = Some(get("OWNER")).filter(|owner| !owner.is_empty());
    // Who wants the same bytes again sets the time, as for other builds.
    let told = get("SOURCE_DATE_EPOCH").parse().ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    Handed {
        classroom: get("CLASSROOM"),
        assignment: get("ASSIGNMENT"),
        assignment_type: get("ASSIGNMENT_TYPE"),
        owner: owner.unwrap_or_else(|| get("GITHUB_ACTOR")),
        submission: get("SUBMISSION_TAG"),
        commit: get("COMMIT_URL"),
        release: get("RELEASE_URL"),
        review: get("REVIEW_URL"),
        datetime: told.unwrap_or_else(jiff::Timestamp::now).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// Whether colours are welcome at all: not under `NO_COLOR`, nor on a terminal that says it is dumb.
fn colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_files_are_read_together() {
        let one = |text: &str| Target::parse(text).unwrap();
        assert_eq!(one("json=a=b"), Target { format: Format::Json, file: Some("a=b".into()) });
        assert!(Target::parse("xml").is_err() && Target::parse("json=").is_err());
        let all = |formats: &[&str], output: Option<&str>| {
            let formats: Vec<Target> = formats.iter().map(|text| one(text)).collect();
            Target::all(&formats, output.map(Path::new)).map_err(|failure| failure.to_string())
        };
        assert_eq!(all(&[], None).unwrap(), [one("text")]);
        assert_eq!(all(&["json"], Some("x")).unwrap(), [one("json=x")]);
        assert_eq!(all(&["text", "json=y"], None).unwrap(), [one("text"), one("json=y")]);
        assert!(all(&["text", "json"], None).unwrap_err().contains("two formats"));
        assert!(all(&["json=y"], Some("x")).unwrap_err().contains("--output"));
    }
}
