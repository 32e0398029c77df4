//! JUnit's XML: a suite for a file, a failing case for a finding.

use super::xml::escape;
use super::{FileReport, level, placed};
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    let total: usize = files.iter().map(|file| file.findings.len()).sum();
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    write!(
        out,
        "<testsuites name=\"lint\" tests=\"{}\" failures=\"{total}\" errors=\"0\">",
        total.max(files.len())
    )?;
    for file in files {
        let (name, count) = (escape(&file.shown), file.findings.len());
        write!(
            out,
            "<testsuite name=\"{name}\" tests=\"{}\" failures=\"{count}\" errors=\"0\">",
            count.max(1)
        )?;
        if count == 0 {
            write!(out, "<testcase name=\"{name}\" classname=\"{name}\"/>")?;
        }
        for found in placed(file) {
            let finding = found.finding;
            let message = escape(&finding.message);
            write!(
                out,
                "<testcase name=\"{}\" classname=\"{name}\" line=\"{}\"><failure type=\"{}\" message=\"{message}\">line {}, column {}: {message}</failure></testcase>",
                finding.code,
                found.start.line,
                level(finding.severity),
                found.start.line,
                found.start.column
            )?;
        }
        write!(out, "</testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}
