//! Workflow commands, which GitHub Actions shows as annotations in the diff.

use super::{FileReport, placed};
use crate::lint::Severity;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            let kind = match found.finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Style => "notice",
            };
            writeln!(
                out,
                "::{kind} file={},line={},col={},endLine={},endColumn={},title={}::{}",
                property(&file.shown),
                found.start.line,
                found.start.column,
                found.end.line,
                found.end.column,
                property(&format!("{} {}", found.finding.code, found.finding.name)),
                data(&found.finding.message)
            )?;
        }
    }
    Ok(())
}

/// Text of a command.
pub(crate) fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    crate::text::sanitise::plain(&text).into_owned()
}

/// Text of a property of a command.
pub(crate) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
