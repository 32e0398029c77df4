//! Silencing a rule where it was found: the edit that writes `# hadolint ignore=CODE`.

use super::{pragma, rules};
use crate::dockerfile::{Comment, Dockerfile};
use crate::text::{Edit, Span};

/// The edit that silences `code` for the instruction that holds byte `at`: its code joins the
/// pragma on the line above, or a pragma of its own comes there. `None` where nothing can be
/// silenced: before the first instruction, for syntax errors, and where the pragma is what was found.
///
/// hadolint listens only to the line right above an instruction, and to no pragma that names
/// anything but its own codes and ShellCheck's. So other codes never join a pragma of its, and
/// stand above it.
pub fn here(file: &Dockerfile, at: usize, code: &str) -> Option<Edit> {
    if code == rules::SYNTAX || code == rules::PRAGMA {
        return None;
    }
    let index = file.instructions.partition_point(|i| i.span.start <= at).checked_sub(1)?;
    let source = &file.source;
    let start = file.instructions.get(index)?.span.start;
    let line = line_start(source, start);
    let mut insert_at = line;
    if let Some((comment, list)) = above(file, line) {
        let joins = hadolints(code) == list.of(source).split(',').all(|word| hadolints(word.trim()));
        if joins {
            return Some(Edit::insert(list.end, format!(",{code}")));
        }
        if !hadolints(code) {
            insert_at = line_start(source, comment.span.start);
        }
    }
    // As deep as the instruction, with the file's own line ends.
    let indent = source.get(line..start).filter(|blank| blank.trim().is_empty()).unwrap_or("");
    let eol = if source.get(..line).unwrap_or(source).ends_with("\r\n") || source.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    Some(Edit::insert(insert_at, format!("{indent}# hadolint ignore={code}{eol}")))
}

/// The pragma for one instruction on the line right above the one that begins at `line`, and the
/// span of its list of codes.
fn above(file: &Dockerfile, line: usize) -> Option<(&Comment, Span)> {
    let source = &file.source;
    let before = source.get(..line)?.trim_end_matches('\n').trim_end_matches('\r');
    if source.get(before.len()..line)?.matches('\n').count() != 1 {
        return None;
    }
    let at = file.comments.partition_point(|comment| comment.span.start < line).checked_sub(1)?;
    let comment = file.comments.get(at).filter(|comment| !comment.inside)?;
    // The last line before it, and nothing else on that line.
    if comment.span.start < line_start(source, before.len()) {
        return None;
    }
    let list = pragma::list(comment.span.of(source))?;
    Some((comment, Span::new(comment.span.start + list.start, comment.span.start + list.end)))
}

/// Whether hadolint knows codes of this kind.
fn hadolints(code: &str) -> bool {
    let digits = code.strip_prefix("DL").or_else(|| code.strip_prefix("SC"));
    digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn line_start(source: &str, at: usize) -> usize {
    source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::parse;
    use crate::lint::page::examples;
    use crate::lint::{all_rules, lint};
    use crate::text::apply_edits;

    /// `source` with the rule silenced where `place` stands in it.
    fn ignoring(source: &str, place: &str, code: &str) -> String {
        let (file, _) = parse(source);
        let edit = here(&file, source.find(place).unwrap(), code).unwrap();
        apply_edits(source, &[edit]).unwrap()
    }

    #[test]
    fn it_comes_above_the_instruction_as_deep_as_it_stands() {
        assert_eq!(
            ignoring("FROM a:1\n  ADD x \\\n   y /z\n", "y", "DL3020"),
            "FROM a:1\n  # hadolint ignore=DL3020\n  ADD x \\\n   y /z\n"
        );
        assert_eq!(
            ignoring("# syntax=x\nFROM a", "FROM", "DL3006"),
            "# syntax=x\n# hadolint ignore=DL3006\nFROM a"
        );
        assert_eq!(
            ignoring("FROM a:1\r\nADD x /y\r\n", "ADD", "DL3020"),
            "FROM a:1\r\n# hadolint ignore=DL3020\r\nADD x /y\r\n"
        );
    }

    #[test]
    fn it_joins_the_pragma_right_above() {
        assert_eq!(
            ignoring("# hadolint ignore=DL3007 # because\nFROM a", "FROM", "DL3006"),
            "# hadolint ignore=DL3007,DL3006 # because\nFROM a"
        );
        for apart in ["# hadolint ignore=DL3007\n\nFROM a", "# hadolint ignore=DL3007\n# words\nFROM a"] {
            assert!(ignoring(apart, "FROM", "DL3006").ends_with("\n# hadolint ignore=DL3006\nFROM a"));
        }
        let global = "# hadolint global ignore=DL3007\nFROM a";
        assert!(ignoring(global, "FROM", "DL3006").contains("=DL3007\n# hadolint ignore=DL3006\n"));
    }

    #[test]
    fn codes_that_hadolint_does_not_know_stay_apart_from_its_own() {
        assert_eq!(
            ignoring("# hadolint ignore=DL3007\nFROM a", "FROM", "DET0001"),
            "# hadolint ignore=DET0001\n# hadolint ignore=DL3007\nFROM a"
        );
        assert_eq!(
            ignoring("# hadolint ignore=DET0001\nFROM a", "FROM", "DL3006"),
            "# hadolint ignore=DET0001\n# hadolint ignore=DL3006\nFROM a"
        );
        assert_eq!(
            ignoring("# hadolint ignore=DET0001\nFROM a", "FROM", "CopyIgnoredFile"),
            "# hadolint ignore=DET0001,CopyIgnoredFile\nFROM a"
        );
    }

    #[test]
    fn nothing_silences_a_syntax_error() {
        let (file, _) = parse("FROM a\nRUN\n");
        assert_eq!(here(&file, 8, "DL1000"), None);
        assert_eq!(here(&parse("# only words\n").0, 0, "DL3006"), None);
    }

    #[test]
    fn every_rule_is_silent_where_it_is_ignored() {
        for info in all_rules().filter(|info| ![rules::SYNTAX, rules::PRAGMA].contains(&info.code)) {
            for example in examples(info.documentation).iter().filter(|example| example.kind == "bad") {
                for found in example.findings(info) {
                    let (file, _) = parse(&example.text);
                    let edit = here(&file, found.span.start, info.code);
                    let edit = edit.unwrap_or_else(|| panic!("{}: {}", info.code, example.text));
                    let text = apply_edits(&example.text, &[edit]).unwrap();
                    let left = lint(&parse(&text).0, &example.config(info));
                    let left = left.iter().filter(|d| d.code == info.code && d.message == found.message);
                    let before = example.findings(info);
                    let before = before.iter().filter(|d| d.message == found.message);
                    assert!(left.count() < before.count(), "{}:\n{text}", info.code);
                }
            }
        }
    }
}
