//! GNU's error format, which editors jump by.

use super::{FileReport, level, placed};
use crate::text::sanitise;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            let finding = found.finding;
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
