//! Where reports go, and in which format.

use crate::failure::{Failure, Kind};
use crate::grade::Report;
use crate::grade::report::{json, text};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

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
        let format = match name {
            "text" => Format::Text,
            "json" => Format::Json,
            _ => return Err(format!("there is no format `{name}`: text, json")),
        };
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

/// Writes the reports wherever they are wanted.
pub(super) fn write(
    targets: &[Target],
    reports: &[Report],
    times: bool,
    ascii: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for target in targets {
        let rendered = match target.format {
            Format::Json => json::render(reports, times).map_err(|e| Failure::new(Kind::Internal, e))?,
            Format::Text => {
                let terminal = target.file.is_none() && std::io::stdout().is_terminal();
                let look = text::Look { colour: terminal && colour(), ascii, ..text::Look::default() };
                let rendered: Vec<String> = reports.iter().map(|one| text::render(one, look)).collect();
                rendered.join("\n")
            }
        };
        let written = match &target.file {
            None => out.write_all(rendered.as_bytes()).and_then(|()| out.flush()),
            Some(file) => std::fs::write(file, rendered),
        };
        written.map_err(|error| {
            let name = target.file.as_ref().map_or("standard output".into(), |f| f.display().to_string());
            let told = anyhow::Error::new(error).context(format!("cannot write the report to {name}"));
            Failure::new(Kind::Environment, told)
        })?;
    }
    Ok(())
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
