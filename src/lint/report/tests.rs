//! Each format by a snapshot, and that none lets a control character through.

use super::*;
use crate::lint::{Config, lint};

const SOURCE: &str = "FROM debian\nRUN pip install flask\nLABEL Foo=\"x\"\nCMD echo \"<&>\" é\n";

fn report(name: &str, source: &str) -> FileReport {
    let (file, _) = crate::dockerfile::parse(source);
    let findings = lint(&file, &Config::default());
    FileReport { name: name.into(), shown: name.into(), source: source.into(), findings }
}

fn written(format: Format, files: &[FileReport], style: Style) -> String {
    let mut out = Vec::new();
    write(format, files, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn formats() {
    let files = [report("Dockerfile", SOURCE), report("clean", "FROM a:1\nUSER 1\n")];
    for (name, format) in Format::ALL {
        insta::assert_snapshot!(name, written(format, &files, Style::default()));
    }
    insta::assert_snapshot!(
        "tty_hadolint",
        written(Format::Tty, &files, Style { hadolint: true, color: false })
    );
}

#[test]
fn no_control_character_reaches_the_output() {
    let source = "FROM \u{1b}[31mdebian\u{9b}\u{202e}\nRUM \u{7}\u{1b}]0;x\u{7}\nADD \u{1b}x /\n";
    for (name, format) in Format::ALL {
        let text = written(format, &[report("D\u{1b}ockerfile", source)], Style::default());
        let unsafe_char = |c: char| (c.is_control() && !matches!(c, '\n' | '\0')) || c == '\u{202e}';
        let raw = text.chars().find(|c| unsafe_char(*c));
        assert!(raw.is_none(), "{name}: {raw:?} in {text}");
    }
}

#[test]
fn json_formats_are_json_and_places_are_right() {
    let files = [report("Dockerfile", SOURCE)];
    let list: serde_json::Value =
        serde_json::from_str(&written(Format::Json, &files, Style::default())).unwrap();
    let first = &list[0];
    assert_eq!(
        (first["line"].as_u64(), first["column"].as_u64(), first["endColumn"].as_u64()),
        (Some(1), Some(6), Some(12))
    );
    for format in [Format::GitlabCodeclimate, Format::Sonarqube, Format::Sarif] {
        serde_json::from_str::<serde_json::Value>(&written(format, &files, Style::default())).unwrap();
    }
}
