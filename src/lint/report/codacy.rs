//! Codacy's objects, one behind the other.

use super::{FileReport, json_line, placed};
use serde_json::json;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            let value = json!({
                "filename": file.shown,
                "line": found.start.line,
                "message": found.finding.message,
                "patternId": found.finding.code,
            });
            json_line(out, &value)?;
        }
    }
    Ok(())
}
