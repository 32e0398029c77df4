//! Checkstyle's XML.

use super::xml::escape;
use super::{FileReport, level, placed};
use crate::lint::Severity;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><checkstyle version=\"4.3\">")?;
    for file in files.iter().filter(|file| !file.findings.is_empty()) {
        write!(out, "<file name=\"{}\">", escape(&file.shown))?;
        for found in placed(file) {
            let severity = match found.finding.severity {
                Severity::Style => "info",
                other => level(other),
            };
            write!(
                out,
                "<error column=\"{}\" line=\"{}\" message=\"{}\" severity=\"{severity}\" source=\"{}\"/>",
                found.start.column,
                found.start.line,
                escape(&found.finding.message),
                found.finding.code
            )?;
        }
        write!(out, "</file>")?;
    }
    writeln!(out, "</checkstyle>")
}
