//! Checkstyle's XML.

use super::xml::escape;
use super::{FileReport, Style, level, placed};
use crate::lint::Severity;
use crate::lint::rules::SYNTAX;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><checkstyle version=\"4.3\">")?;
    for file in files {
        if file.findings.is_empty() {
            write!(out, "<file name=\"{}\"/>", escape(&file.shown))?;
            continue;
        }
        write!(out, "<file name=\"{}\">", escape(&file.shown))?;
        for found in placed(file) {
            let severity = match found.finding.severity {
                // No level of Checkstyle's, but the one that hadolint writes.
                Severity::Style if !style.hadolint => "info",
                other => level(other),
            };
            write!(
                out,
                "<error column=\"{}\" line=\"{}\" message=\"{}\" severity=\"{severity}\"",
                found.start.column,
                found.start.line,
                escape(&found.finding.message),
            )?;
            match found.finding.code {
                SYNTAX if style.hadolint => write!(out, "/>")?,
                code => write!(out, " source=\"{code}\"/>")?,
            }
        }
        write!(out, "</file>")?;
    }
    write!(out, "</checkstyle>")?;
    if style.hadolint { Ok(()) } else { writeln!(out) }
}
