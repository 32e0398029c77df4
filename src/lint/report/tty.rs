//! For people: place, code and message, then the line with what is meant underlined.

use super::{FileReport, Placed, Style, level, placed};
use crate::lint::Severity;
use crate::lint::hidden;
use crate::lint::rules::SYNTAX;
use crate::text::{Span, sanitise};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// The most characters of a line that are shown.
const WIDEST: usize = 160;

pub(super) fn write(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            if style.hadolint {
                hadolint(file, &found, out)?;
            } else {
                snippet(file, &found, style, out)?;
            }
        }
    }
    Ok(())
}

/// hadolint's line: `file:line CODE level: message`.
fn hadolint(file: &FileReport, found: &Placed<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = sanitise::plain(&file.name);
    let message = sanitise::plain(&found.finding.message).into_owned();
    if found.finding.code == SYNTAX {
        return writeln!(out, "{name}:{}:{} {message}", found.start.line, found.start.column);
    }
    let (code, level) = (found.finding.code, level(found.finding.severity));
    writeln!(out, "{name}:{} {code} {level}: {message}", found.start.line)
}

fn snippet(file: &FileReport, found: &Placed<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = |code: &str, text: &str| match style.color {
        true => format!("\x1b[{code}m{text}\x1b[0m"),
        false => text.to_owned(),
    };
    let finding = found.finding;
    let tint = match finding.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Info => "1;36",
        Severity::Style => "1;35",
    };
    let name = sanitise::plain(&file.name);
    let message = sanitise::plain(&finding.message);
    let place = format!("{name}:{}:{}", found.start.line, found.start.column);
    let head = paint(tint, &format!("{} {}", finding.code, level(finding.severity)));
    writeln!(out, "{} {head}: {message} {}", paint("1", &place), paint("2", &format!("({})", finding.name)))?;
    // No more of a long line is looked at than can be shown.
    let line = found.line.of(&file.source);
    let end = line.char_indices().nth(2 * WIDEST + 2).map_or(line.len(), |(at, _)| at) + found.line.start;
    let (from, to) = (finding.span.start.min(end), finding.span.end.clamp(finding.span.start.min(end), end));
    let part = |from: usize, to: usize| {
        sanitise::plain(&hidden(&file.source, Span::new(from, to), &file.secrets)).into_owned()
    };
    let (before, marked, after) = (part(found.line.start, from), part(from, to), part(to, end));
    let seen = found.start.column <= WIDEST;
    if seen && before.width() + marked.width() <= WIDEST {
        let number = found.start.line.to_string();
        let gutter = " ".repeat(number.len());
        let shown = format!("{before}{marked}{after}");
        let bar = paint("2", "|");
        writeln!(out, "  {} {bar} {}", paint("2", &number), sanitise::bounded(&shown, WIDEST))?;
        let marks = "~".repeat(marked.width().max(1));
        writeln!(out, "  {gutter} {bar} {}{}", " ".repeat(before.width()), paint(tint, &marks))?;
    }
    if let Some(fix) = &finding.fix {
        let how = match fix.applicability {
            crate::lint::Applicability::Safe => "--fix",
            crate::lint::Applicability::Unsafe => "--unsafe-fixes",
        };
        writeln!(out, "  {} {} ({how})", paint("1;32", "fix:"), sanitise::plain(&fix.title))?;
    }
    writeln!(out)
}
