//! GNU's error format, which editors jump by.

use super::{FileReport, level, placed};
use crate::lint::rules::SYNTAX;
use crate::text::sanitise;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            let finding = found.finding;
            if finding.code == SYNTAX {
                let (line, column) = (found.start.line, found.start.column);
                let (name, message) = (sanitise::plain(&file.name), sanitise::plain(&finding.message));
                writeln!(out, "hadolint:{name}:{line}:{column}: {message} ")?;
                continue;
            }
            writeln!(
                out,
                "hadolint:{}:{}: {} {}: {}",
                sanitise::plain(&file.name),
                found.start.line,
                finding.code,
                level(finding.severity),
                sanitise::plain(&finding.message)
            )?;
        }
    }
    Ok(())
}
